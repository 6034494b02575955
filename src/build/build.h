/* build.h - the façade for builds: everything a front end may ask of them.
 *
 * As in core/engine.h; the work itself is in modules that are opened on first use. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/engine.h"

struct build_git_request {
	const char *url;    /* see build/git_url.h */
	const char *into;   /* an empty directory below the store's root */
	const char *token;  /* for http(s), a password; NULL */
	const char *header; /* for http(s), the value of Authorization; NULL */
	bool allow_local;   /* file:// */
};
/* Fetches a git repository and lays out its files; result: the commit. Confines the process for
 * good (see core/engine_base.h). */
int build_git_here(struct engine *engine, const struct build_git_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

/* A Dockerfile's text and what the user calls it; lent. */
struct build_file {
	const char *name;
	const char *text;
	size_t len;
};
/* Appends one JSON array an instruction. On failure excerpt has the lines in question in their
 * frame, or nothing. */
int build_dump(
	const struct build_file *file, struct buf *out, struct buf *excerpt, struct err *err);

/* What may be asked of a Dockerfile without building it. */
enum build_question {
	BUILD_CHECK,   /* the build checks' warnings */
	BUILD_OUTLINE, /* what the target may be given */
	BUILD_TARGETS, /* its stages */
	BUILD_DRY_RUN, /* every step, in order */
};

struct build_ask_request {
	enum build_question question;
	struct build_file file;
	const char *target;              /* NULL: the last stage */
	const char *platform;            /* NULL: this machine's */
	const char *checks;              /* "skip=…;error=true", on top of the file's; NULL */
	const struct strs *build_args;   /* "NAME=value"; NULL: none */
	const struct strs *contexts;     /* names of --build-context; NULL: none */
	const struct build_file *ignore; /* the context's .dockerignore; NULL: none */
	/* The config of an image that is here, lent until the next call; NULL: it is not, and what
	 * depends on it is not told. May itself be NULL. */
	const char *(*config)(void *arg, const char *reference, const char *platform, size_t *len);
	void *arg;
};

struct build_ask_answer {
	size_t warnings;    /* by the checks */
	bool as_error;      /* the file says that a warning fails a build */
	struct buf text;    /* what to print */
	struct buf excerpt; /* on failure: the lines in question in their frame, or nothing */
};
/* The caller ends *answer with build_ask_fini, whatever came. */
int build_ask(
	const struct build_ask_request *request, struct build_ask_answer *answer, struct err *err);
void build_ask_fini(struct build_ask_answer *answer);

#endif
