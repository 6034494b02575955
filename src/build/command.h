/* command.h - an instruction whose words were checked: flags read, arguments counted and named.
 *
 * Nothing is expanded yet; what is to be is still as it was written. */
#ifndef BUILD_COMMAND_H
#define BUILD_COMMAND_H

#include <stdint.h>

#include "build/ast.h"
#include "build/plan.h"

struct pair {
	const char *name;
	const char *value; /* NULL: ARG without a default */
};

struct text_source {
	struct build_file_text file;
	bool expand;
};

struct command {
	enum keyword keyword;
	const struct instruction *in;

	/* FROM */
	const char *base, *platform; /* platform NULL: not given */
	const char *stage;           /* lower-case; "": it has no name */
	const char *stage_written, *as_word;

	/* ENV, LABEL, ARG */
	const struct pair *pairs;
	size_t pairs_len;

	/* RUN, CMD, ENTRYPOINT, HEALTHCHECK CMD, SHELL, EXPOSE, VOLUME */
	struct words words;
	bool shell_form;

	/* RUN */
	struct words mounts, devices;
	const char *network, *security; /* NULL: not given */

	/* COPY, ADD */
	const char *from, *chown, *chmod, *checksum; /* NULL: not given */
	bool link, parents;
	enum build_switch keep_git_dir, unpack;
	struct words excludes, sources;
	const struct text_source *texts;
	size_t texts_len;
	const char *dest;

	/* HEALTHCHECK */
	bool none;
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds; 0: not given */
	int retries;

	/* ONBUILD: the trigger as stored. MAINTAINER, STOPSIGNAL, USER, WORKDIR: the argument. */
	const char *text;
};

/* -EINVAL with BuildKit's sentence. */
int command_read(
	const struct instruction *in, struct arena *arena, struct command *out, struct err *err);

/* ---- flags.c ---- */

enum flag_kind { FLAG_BOOL, FLAG_SWITCH, FLAG_TEXT, FLAG_LIST };

struct flag {
	const char *name; /* NULL ends a table */
	enum flag_kind kind;
	size_t at; /* offset in what is filled */
};

/* Fills a struct from the instruction's flags: bool, enum build_switch, const char *, struct words.
 */
int flags_read(const struct flag *flags, const struct instruction *in, struct arena *arena,
	void *into, struct err *err);

/* ---- mount.c ---- */

/* A word of a mount as it will be: variables are the caller's. NULL expands nothing. */
struct mount_words {
	int (*expand)(void *context, const char *word, const char **out, struct err *err);
	void *context;
};

/* One --mount. Without `words` only what can be known before expansion is checked. from, source and
 * target are as written (NULL: not given); the planner makes them steps and paths. */
struct mount_request {
	struct build_mount mount;
	const char *from, *source, *target;
};
int mount_read(const char *text, const struct mount_words *words, struct arena *arena,
	struct mount_request *out, struct err *err);
/* Its from=; NULL: it has none. */
int mount_from(const char *text, struct arena *arena, const char **out, struct err *err);

#endif
