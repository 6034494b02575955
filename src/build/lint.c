#include "build/lint.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build/number.h"
#include "util/own.h"

static const char *const rule_names[LINT_RULES] = {
	[LINT_CONSISTENT_INSTRUCTION_CASING] = "ConsistentInstructionCasing",
	[LINT_COPY_IGNORED_FILE] = "CopyIgnoredFile",
	[LINT_DUPLICATE_STAGE_NAME] = "DuplicateStageName",
	[LINT_EXPOSE_INVALID_FORMAT] = "ExposeInvalidFormat",
	[LINT_EXPOSE_PROTO_CASING] = "ExposeProtoCasing",
	[LINT_FROM_AS_CASING] = "FromAsCasing",
	[LINT_FROM_PLATFORM_FLAG_CONST_DISALLOWED] = "FromPlatformFlagConstDisallowed",
	[LINT_INVALID_BASE_IMAGE_PLATFORM] = "InvalidBaseImagePlatform",
	[LINT_INVALID_DEFAULT_ARG_IN_FROM] = "InvalidDefaultArgInFrom",
	[LINT_INVALID_DEFINITION_DESCRIPTION] = "InvalidDefinitionDescription",
	[LINT_JSON_ARGS_RECOMMENDED] = "JSONArgsRecommended",
	[LINT_LEGACY_KEY_VALUE_FORMAT] = "LegacyKeyValueFormat",
	[LINT_MAINTAINER_DEPRECATED] = "MaintainerDeprecated",
	[LINT_MULTIPLE_INSTRUCTIONS_DISALLOWED] = "MultipleInstructionsDisallowed",
	[LINT_NO_EMPTY_CONTINUATION] = "NoEmptyContinuation",
	[LINT_REDUNDANT_TARGET_PLATFORM] = "RedundantTargetPlatform",
	[LINT_RESERVED_STAGE_NAME] = "ReservedStageName",
	[LINT_SECRETS_USED_IN_ARG_OR_ENV] = "SecretsUsedInArgOrEnv",
	[LINT_STAGE_NAME_CASING] = "StageNameCasing",
	[LINT_UNDEFINED_ARG_IN_FROM] = "UndefinedArgInFrom",
	[LINT_UNDEFINED_VAR] = "UndefinedVar",
	[LINT_WORKDIR_RELATIVE_PATH] = "WorkdirRelativePath",
};

const char *lint_name(enum lint_rule rule)
{
	return rule_names[rule];
}

/* JSONArgsRecommended is json-args-recommended: a hyphen where a word begins. */
void lint_url(enum lint_rule rule, struct buf *out)
{
	const char *name = rule_names[rule];

	buf_adds(out, "https://docs.docker.com/go/dockerfile/rule/");
	for (size_t i = 0; name[i]; i++) {
		bool begins = isupper((unsigned char)name[i]) && i &&
			      (islower((unsigned char)name[i - 1]) ||
				      islower((unsigned char)name[i + 1]));

		if (begins)
			buf_addc(out, '-');
		buf_addc(out, (char)tolower((unsigned char)name[i]));
	}
	buf_addc(out, '/');
}

void lint_init(struct lint *lint, struct arena *arena)
{
	*lint = (struct lint){.arena = arena};
}

void lint_fini(struct lint *lint)
{
	free(lint->v);
}

/* ---- options ---- */

/* A rule that nobody knows is skipped easily. */
static void choose_rules(const char *names, bool *all, bool *chosen)
{
	struct piece rest = piece_of(names);

	while (rest.len) {
		const char *comma = memchr(rest.at, ',', rest.len);
		size_t len = comma ? (size_t)(comma - rest.at) : rest.len;
		struct piece name = piece_trim((struct piece){rest.at, len});

		if (piece_is(name, "all"))
			*all = true;
		for (int i = 0; i < LINT_RULES; i++)
			if (piece_is(name, rule_names[i]))
				chosen[i] = true;
		rest = piece_skip(rest, len + (comma != NULL));
	}
}

static int set_option(struct lint *lint, const char *key, const char *value, struct err *err)
{
	if (strcmp(key, "skip") == 0) {
		choose_rules(value, &lint->skip_all, lint->skip);
	} else if (strcmp(key, "experimental") == 0) {
		choose_rules(value, &lint->experimental_all, lint->experimental);
	} else if (strcmp(key, "error") == 0) {
		if (!number_bool(value, &lint->as_error))
			return err_set(err, EINVAL,
				"failed to parse check option \"error=%.100s\": it is true or false",
				value);
	} else {
		return err_set(err, EINVAL, "invalid check option \"%.100s\"", key);
	}
	return 0;
}

int lint_options(struct lint *lint, const char *text, struct err *err)
{
	struct piece rest = piece_trim(piece_of(text));

	while (rest.len) {
		const char *end = memchr(rest.at, ';', rest.len);
		size_t len = end ? (size_t)(end - rest.at) : rest.len;
		const char *equals = memchr(rest.at, '=', len);
		struct piece key, value;
		char *name, *words;

		if (!equals)
			return err_set(err, EINVAL, "invalid check option \"%.*s\"",
				len > 100 ? 100 : (int)len, rest.at);
		key = piece_trim((struct piece){rest.at, (size_t)(equals - rest.at)});
		value = piece_trim(
			(struct piece){equals + 1, (size_t)(rest.at + len - equals - 1)});
		name = arena_copy(lint->arena, key.at, key.len);
		words = arena_copy(lint->arena, value.at, value.len);
		if (!name || !words)
			return err_set(err, ENOMEM, "out of memory");
		if (set_option(lint, name, words, err) < 0)
			return err->code;
		rest = piece_skip(rest, len + (end != NULL));
	}
	return 0;
}

/* ---- warnings ---- */

/* Asking for one by name outdoes skipping all. */
static bool is_wanted(const struct lint *lint, enum lint_rule rule)
{
	if (lint->experimental[rule])
		return true;
	if (rule == LINT_INVALID_DEFINITION_DESCRIPTION && !lint->experimental_all)
		return false;
	return !lint->skip_all && !lint->skip[rule];
}

void lint_warn(
	struct lint *lint, enum lint_rule rule, const struct place *place, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	if (!is_wanted(lint, rule) || lint->len >= LINT_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (lint->len == lint->room) {
		size_t room = lint->room ? lint->room * 2 : 16;
		struct lint_warning *v = realloc(lint->v, room * sizeof(*v));

		if (!v) {
			lint->arena->failed = true;
			return;
		}
		lint->v = v;
		lint->room = room;
	}
	lint->v[lint->len++] = (struct lint_warning){
		.rule = rule,
		.text = arena_copy(lint->arena, text, strlen(text)),
		.place = *place,
	};
}

static int by_place(const void *a, const void *b)
{
	const struct lint_warning *one = a, *other = b;

	if (one->place.first != other->place.first)
		return one->place.first < other->place.first ? -1 : 1;
	if (one->rule != other->rule)
		return one->rule < other->rule ? -1 : 1;
	return strcmp(one->text, other->text);
}

void lint_sort(struct lint *lint)
{
	if (lint->len)
		qsort(lint->v, lint->len, sizeof(*lint->v), by_place);
}

int lint_verdict(const struct lint *lint, struct place *place, struct err *err)
{
	bool told[LINT_RULES] = {false};
	auto_buf names = BUF_INIT;

	if (!lint->as_error || !lint->len)
		return 0;
	for (size_t i = 0; i < lint->len; i++) {
		if (!told[lint->v[i].rule])
			buf_addf(&names, "%s%s", names.len ? ", " : "", lint_name(lint->v[i].rule));
		told[lint->v[i].rule] = true;
	}
	*place = lint->v[0].place;
	return err_set(err, EINVAL, "lint violation found for rules: %s", buf_text(&names));
}

void lint_brief(const struct lint *lint, struct buf *out)
{
	for (size_t i = 0; i < lint->len; i++) {
		const struct lint_warning *warning = &lint->v[i];

		buf_addf(out, " - %s: %s", lint_name(warning->rule), warning->text);
		if (warning->place.first > 0)
			buf_addf(out, " (line %d)", warning->place.first);
		buf_addc(out, '\n');
	}
}

void lint_report(const struct lint *lint, const struct source *source, struct buf *out)
{
	for (size_t i = 0; i < lint->len; i++) {
		const struct lint_warning *warning = &lint->v[i];

		buf_addf(out, "\nWARNING: %s - ", lint_name(warning->rule));
		lint_url(warning->rule, out);
		buf_addf(out, "\n%s\n", warning->text);
		source_show(source, &warning->place, out);
	}
}
