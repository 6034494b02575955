/* lint.h - the build checks: what is not wrong, but not wise either.
 *
 * Names, sentences and links are BuildKit's. `# check=skip=A,B;error=true` is honoured, and so is
 * what the command line adds. */
#ifndef BUILD_LINT_H
#define BUILD_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "build/source.h"
#include "build/words.h"
#include "util/buf.h"
#include "util/err.h"

enum { LINT_MAX = 1000 }; /* warnings that are kept */

enum lint_rule {
	LINT_CONSISTENT_INSTRUCTION_CASING,
	LINT_COPY_IGNORED_FILE,
	LINT_DUPLICATE_STAGE_NAME,
	LINT_EXPOSE_INVALID_FORMAT,
	LINT_EXPOSE_PROTO_CASING,
	LINT_FROM_AS_CASING,
	LINT_FROM_PLATFORM_FLAG_CONST_DISALLOWED,
	LINT_INVALID_BASE_IMAGE_PLATFORM,
	LINT_INVALID_DEFAULT_ARG_IN_FROM,
	LINT_INVALID_DEFINITION_DESCRIPTION, /* asked for with experimental= */
	LINT_JSON_ARGS_RECOMMENDED,
	LINT_LEGACY_KEY_VALUE_FORMAT,
	LINT_MAINTAINER_DEPRECATED,
	LINT_MULTIPLE_INSTRUCTIONS_DISALLOWED,
	LINT_NO_EMPTY_CONTINUATION,
	LINT_REDUNDANT_TARGET_PLATFORM,
	LINT_RESERVED_STAGE_NAME,
	LINT_SECRETS_USED_IN_ARG_OR_ENV,
	LINT_STAGE_NAME_CASING,
	LINT_UNDEFINED_ARG_IN_FROM,
	LINT_UNDEFINED_VAR,
	LINT_WORKDIR_RELATIVE_PATH,
	LINT_RULES,
};

struct lint_warning {
	enum lint_rule rule;
	const char *text;
	struct place place;
};

struct lint {
	struct arena *arena;
	bool skip_all, skip[LINT_RULES];
	bool experimental_all, experimental[LINT_RULES];
	bool as_error; /* a warning fails the build */
	struct lint_warning *v;
	size_t len, room;
};

void lint_init(struct lint *lint, struct arena *arena);
void lint_fini(struct lint *lint);
/* "skip=A,B;error=true;experimental=C"; adds to what was set before. -EINVAL. */
int lint_options(struct lint *lint, const char *text, struct err *err);
void lint_warn(struct lint *lint, enum lint_rule rule, const struct place *place, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* By line, as they are shown. */
void lint_sort(struct lint *lint);

/* 0, or -EINVAL "lint violation found for rules: …" where warnings are to fail a build. */
int lint_verdict(const struct lint *lint, struct place *place, struct err *err);

const char *lint_name(enum lint_rule rule); /* "StageNameCasing" */
/* "https://docs.docker.com/go/dockerfile/rule/stage-name-casing/" */
void lint_url(enum lint_rule rule, struct buf *out);

/* " - RuleName: text (line N)", as a build ends with. */
void lint_brief(const struct lint *lint, struct buf *out);
/* What --check prints: each with its link, its description and its lines. */
void lint_report(const struct lint *lint, const struct source *source, struct buf *out);

#endif
