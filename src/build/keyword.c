/* The words an instruction may begin with. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "build/ast.h"
#include "build/suggest.h"

/* clang-format off */
static const struct {
	const char *lower, *upper;
} keywords[KEYWORD_COUNT] = {
	[KEYWORD_UNKNOWN] = {"", ""},
	[KEYWORD_ADD] = {"add", "ADD"},
	[KEYWORD_ARG] = {"arg", "ARG"},
	[KEYWORD_CMD] = {"cmd", "CMD"},
	[KEYWORD_COPY] = {"copy", "COPY"},
	[KEYWORD_ENTRYPOINT] = {"entrypoint", "ENTRYPOINT"},
	[KEYWORD_ENV] = {"env", "ENV"},
	[KEYWORD_EXPOSE] = {"expose", "EXPOSE"},
	[KEYWORD_FROM] = {"from", "FROM"},
	[KEYWORD_HEALTHCHECK] = {"healthcheck", "HEALTHCHECK"},
	[KEYWORD_LABEL] = {"label", "LABEL"},
	[KEYWORD_MAINTAINER] = {"maintainer", "MAINTAINER"},
	[KEYWORD_ONBUILD] = {"onbuild", "ONBUILD"},
	[KEYWORD_RUN] = {"run", "RUN"},
	[KEYWORD_SHELL] = {"shell", "SHELL"},
	[KEYWORD_STOPSIGNAL] = {"stopsignal", "STOPSIGNAL"},
	[KEYWORD_USER] = {"user", "USER"},
	[KEYWORD_VOLUME] = {"volume", "VOLUME"},
	[KEYWORD_WORKDIR] = {"workdir", "WORKDIR"},
};
/* clang-format on */

const char *keyword_name(enum keyword keyword)
{
	return keywords[keyword].lower;
}

const char *keyword_upper(enum keyword keyword)
{
	return keywords[keyword].upper;
}

enum keyword keyword_find(const char *name, size_t len)
{
	for (int i = KEYWORD_UNKNOWN + 1; i < KEYWORD_COUNT; i++)
		if (strlen(keywords[i].lower) == len &&
			strncasecmp(keywords[i].lower, name, len) == 0)
			return (enum keyword)i;
	return KEYWORD_UNKNOWN;
}

static bool is_lower(const char *word)
{
	for (; *word; word++)
		if (isupper((unsigned char)*word))
			return false;
	return true;
}

int ast_unknown(const struct instruction *instruction, struct err *err)
{
	const char *options[KEYWORD_COUNT];
	bool lower = is_lower(instruction->name);
	const char *meant;

	for (int i = 0; i < KEYWORD_COUNT; i++)
		options[i] = lower ? keywords[i].lower : keywords[i].upper;
	meant = suggest(instruction->name, options + 1, KEYWORD_COUNT - 1, true);
	if (meant)
		return err_set(err, EINVAL, "unknown instruction: %.100s (did you mean %s?)",
			instruction->name, meant);
	return err_set(err, EINVAL, "unknown instruction: %.100s", instruction->name);
}
