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

#endif
