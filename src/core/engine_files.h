/* engine_files.h - the façade (core/engine.h): what is in a container's file system. */
#ifndef CORE_ENGINE_FILES_H
#define CORE_ENGINE_FILES_H

#include <stdbool.h>

#include "core/engine_base.h"

enum change_kind { CHANGE_ADDED = 'A', CHANGE_CHANGED = 'C', CHANGE_DELETED = 'D' };

/* path: "/etc/hosts", as bytes, lent for the call. Non-zero stops. */
typedef int change_fn(void *arg, enum change_kind kind, const char *path);
/* What a container added, changed and deleted, running or not; directories before what is in them,
 * names in the order of their bytes. Walks all that it wrote. */
int engine_changes(
	struct engine *engine, const char *who, change_fn *each, void *arg, struct err *err);

struct commit_request {
	const char *who;
	const char *reference;        /* the new image's name; NULL: none */
	const char *author, *message; /* or NULL */
	struct strs changes;          /* Dockerfile instructions that change only the config */
	bool running; /* it need not hold still: what it writes meanwhile may be cut */
};
/* An image of the container's image and what the container changed. It is frozen while that is
 * read. result: the image's id. */
int engine_commit_here(struct engine *engine, const struct commit_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

/* All its files as one tar, without what is mounted in it. path NULL: standard output. */
int engine_export_here(struct engine *engine, const char *who, const char *path,
	const struct job_options *options, struct err *err);

struct import_request {
	const char *source;    /* a file, an http or https URL, "-": standard input */
	const char *reference; /* or NULL */
	const char *message, *platform;
	struct strs changes;
};
/* An image of one layer. result: its id. */
int engine_import_here(struct engine *engine, const struct import_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

#endif
