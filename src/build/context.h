/* context.h - where COPY's files come from: the main context and those with a name.
 *
 *     a directory            read in place
 *     "-", an archive, a URL, a git repository
 *                            brought into the build's own directory by a confined process
 *
 * Each is then a directory with the patterns of its .dockerignore. */
#ifndef BUILD_CONTEXT_H
#define BUILD_CONTEXT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "build/build.h"
#include "build/ignore.h"
#include "util/buf.h"
#include "util/digest.h"
#include "util/err.h"
#include "util/own.h"

struct contexts;
struct build_context;

/* What bringing one needs. Lent. */
struct context_place {
	struct engine *engine;
	const char *dir; /* absolute path of the build's directory, as dir_fd */
	int dir_fd;
	const struct build_request *request;
	void (*note)(void *arg, const char *line);
	void *arg;
	const atomic_bool *canceled;
};

/* The main context, the Dockerfile's text and name, and the patterns that go with it. The caller
 * owns *out; file and name are filled. */
int contexts_open(const struct context_place *place, struct contexts **out, struct buf *file,
	struct buf *name, struct err *err);
void contexts_free(struct contexts *contexts);
own_define(contexts)

/* The names of --build-context; lent. */
const struct strs *contexts_names(const struct contexts *contexts);
/* "" is the main one. A named one is brought when it is first asked for; one thread at a time.
 * Lent. */
int contexts_get(struct contexts *contexts, const char *name, const struct build_context **out,
	struct err *err);
/* What a named one stands for when it is an image: "docker-image://…"; NULL. */
const char *contexts_image(const struct contexts *contexts, const char *name);

const char *context_path(const struct build_context *context);
int context_fd(const struct build_context *context);
const struct ignore *context_ignore(const struct build_context *context); /* NULL: nothing */
/* The name of its stamps; false: it is new each time. */
bool context_stamps(const struct build_context *context, char name[80]);

/* ---- bringing, also for ADD ---- */

/* The URL with what else is wanted of it in its query: the commit it must be (or NULL), the .git
 * directory. */
int context_git_url(
	const char *url, const char *commit, bool keep, struct buf *out, struct err *err);
/* *path: a new directory with the files, the caller's to free. secrets: the environment of whoever
 * fetches (context_git_secrets). */
int context_bring_git(const struct context_place *place, const char *url,
	const struct strs *secrets, char **path, struct err *err);
/* What --secret has for that host: GIT_AUTH_TOKEN, GIT_AUTH_HEADER, perhaps with ".HOST". */
int context_git_secrets(
	const struct build_request *request, const char *url, struct strs *env, struct err *err);

struct context_wish {
	const char *url;      /* NULL: fd */
	int fd;               /* 0: standard input */
	const char *name;     /* of the file, when it stays one */
	const char *checksum; /* "sha256:…"; NULL */
	bool unpack;          /* if it is an archive */
};
/* *path likewise; *archive: the directory has its files. */
int context_bring_url(const struct context_place *place, const struct context_wish *wish,
	char **path, bool *archive, struct err *err);

#endif
