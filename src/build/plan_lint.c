/* The checks that need no config: of the text, and of the stages' first lines. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "build/expand.h"
#include "build/planner.h"
#include "build/quote.h"
#include "core/reference.h"

/* ---- the text ---- */

static bool is_all(const char *word, int (*is)(int))
{
	for (; *word; word++)
		if (isalpha((unsigned char)*word) && !is((unsigned char)*word))
			return false;
	return true;
}

/* Lower where most are, upper else; a word of both cases is always wrong. */
static void check_casing(struct planner *p)
{
	size_t upper = 0, lower = 0;
	bool wants_lower;

	for (size_t i = 0; i < p->ast->len; i++) {
		upper += is_all(p->ast->v[i].name, isupper);
		lower += is_all(p->ast->v[i].name, islower);
	}
	wants_lower = lower > upper;
	for (size_t i = 0; i < p->ast->len; i++) {
		const struct instruction *in = &p->ast->v[i];

		if (!is_all(in->name, wants_lower ? islower : isupper))
			lint_warn(&p->lint, LINT_CONSISTENT_INSTRUCTION_CASING, &in->place,
				"Command '%s' should match the case of the command majority (%s)",
				in->name, wants_lower ? "lowercase" : "uppercase");
	}
}

void lint_file(struct planner *p)
{
	check_casing(p);
	for (size_t i = 0; i < p->ast->len; i++) {
		const struct instruction *in = &p->ast->v[i];

		if (in->empty_continuation)
			lint_warn(&p->lint, LINT_NO_EMPTY_CONTINUATION,
				&(struct place){.first = in->last_line, .last = in->last_line},
				"Empty continuation line");
		if (in->keyword == KEYWORD_MAINTAINER)
			lint_warn(&p->lint, LINT_MAINTAINER_DEPRECATED, &in->place,
				"Maintainer instruction is deprecated in favor of using label");
	}
}

/* ---- FROM ---- */

static void check_names(struct planner *p, const struct stage *stage)
{
	static const char *const reserved[] = {"context", "scratch"};
	const struct command *from = stage->from;
	const struct place *place = &from->in->place;
	auto_buf quoted = BUF_INIT;

	if (strcmp(from->stage, from->stage_written) != 0)
		lint_warn(&p->lint, LINT_STAGE_NAME_CASING, place,
			"Stage name '%s' should be lowercase", from->stage_written);
	if (*from->as_word &&
		((is_all(from->in->name, islower) && !is_all(from->as_word, islower)) ||
			(is_all(from->in->name, isupper) && !is_all(from->as_word, isupper))))
		lint_warn(&p->lint, LINT_FROM_AS_CASING, place,
			"'%s' and '%s' keywords' casing do not match", from->as_word,
			from->in->name);
	if (!*from->stage)
		return;
	quote_add(&quoted, piece_of(from->stage));
	for (size_t i = 0; i < array_len(reserved); i++)
		if (strcmp(from->stage, reserved[i]) == 0)
			lint_warn(&p->lint, LINT_RESERVED_STAGE_NAME, place,
				"Stage name should not use the same name as reserved stage %s",
				buf_text(&quoted));
	for (int i = 0; i < stage->index; i++)
		if (strcmp(p->stages[i].from->stage, from->stage) == 0) {
			lint_warn(&p->lint, LINT_DUPLICATE_STAGE_NAME, place,
				"Duplicate stage name %s, stage names should be unique",
				buf_text(&quoted));
			break;
		}
}

static bool is_variable(const char *text, const char *name)
{
	size_t len = strlen(name);

	return text[0] == '$' && (strcmp(text + 1, name) == 0 ||
					 (text[1] == '{' && strncmp(text + 2, name, len) == 0 &&
						 strcmp(text + 2 + len, "}") == 0));
}

/* A constant is meant well only where a stage's name says so. */
static void check_platform(struct planner *p, const struct stage *stage)
{
	const struct command *from = stage->from;
	auto_buf quoted = BUF_INIT;
	const char *slash;

	if (!from->platform)
		return;
	if (is_variable(from->platform, "TARGETPLATFORM"))
		lint_warn(&p->lint, LINT_REDUNDANT_TARGET_PLATFORM, &from->in->place,
			"Setting platform to predefined %s in FROM is redundant as this is the default behavior",
			from->platform);
	if (strchr(from->platform, '$'))
		return;
	for (const char *part = from->platform; *part; part = *slash ? slash + 1 : slash) {
		size_t len = strcspn(part, "/");
		char word[64];

		slash = part + len;
		if (len >= sizeof(word))
			continue;
		memcpy(word, part, len);
		word[len] = '\0';
		if (*from->stage && strcasestr(from->stage, word))
			return;
	}
	quote_add(&quoted, piece_of(from->platform));
	lint_warn(&p->lint, LINT_FROM_PLATFORM_FLAG_CONST_DISALLOWED, &from->in->place,
		"FROM --platform flag should not use constant value %s", buf_text(&quoted));
}

static const char *look_up(void *context, const char *name)
{
	return strs_env(context, name);
}

/* The base's name as it is when nobody passes --build-arg. */
static void check_default(struct planner *p, const struct stage *stage)
{
	const struct expander x = {
		.escape = p->ast->escape, .lookup = look_up, .context = &p->defaults};
	const char *base = stage->from->base;
	auto_buf text = BUF_INIT;
	struct reference ref;
	struct err ignored;

	if (!strchr(base, '$') || expand_word(&x, piece_of(base), &text, &ignored) < 0)
		return;
	if (strcmp(buf_text(&text), "scratch") == 0 ||
		(text.len && reference_parse(buf_text(&text), &ref, &ignored) == 0))
		return;
	lint_warn(&p->lint, LINT_INVALID_DEFAULT_ARG_IN_FROM, &stage->from->in->place,
		"Default value for ARG %s results in empty or invalid base image name", base);
}

static bool describes(const struct words *comments, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; len && i < comments->len; i++)
		if (strncmp(comments->v[i], name, len) == 0 && comments->v[i][len] == ' ')
			return true;
	return false;
}

/* A comment right above a stage or an argument is one about it, or not well placed. */
static void check_description(struct planner *p, const struct command *command)
{
	const struct words *comments = &command->in->comments;
	const char *name = command->keyword == KEYWORD_FROM ? command->stage
			   : command->pairs_len == 1        ? command->pairs[0].name
							    : "<arg_key>";
	bool fits = command->keyword == KEYWORD_FROM && describes(comments, command->stage);

	for (size_t i = 0; command->keyword == KEYWORD_ARG && i < command->pairs_len; i++)
		fits |= describes(comments, command->pairs[i].name);
	if (comments->len && *name && !fits)
		lint_warn(&p->lint, LINT_INVALID_DEFINITION_DESCRIPTION, &command->in->place,
			"Comment for %s should follow the format: `# %s <description>`",
			keyword_upper(command->keyword), name);
}

void lint_stages(struct planner *p)
{
	for (size_t i = 0; i < p->ast->len; i++)
		if (p->commands[i].keyword == KEYWORD_FROM || p->commands[i].keyword == KEYWORD_ARG)
			check_description(p, &p->commands[i]);
	for (size_t i = 0; i < p->len; i++) {
		check_names(p, &p->stages[i]);
		check_platform(p, &p->stages[i]);
		check_default(p, &p->stages[i]);
	}
}
