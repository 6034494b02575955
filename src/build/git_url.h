/* git_url.h - what a build context, or an ADD source, that names a git repository says.
 *
 *     https://HOST/PATH.git[#REF[:SUBDIR]]      http(s) needs the ".git": without it, it is a file
 *     https://HOST/PATH.git?ref=…&subdir=…      ref, tag, branch, commit or checksum, subdir,
 *                                               submodules, keep-git-dir
 *     ssh://[USER@]HOST[:PORT]/PATH   git://…   USER@HOST:PATH
 *     github.com/USER/NAME                      https, as docker's command line has always had it
 *     file:///PATH                              only where the caller allows it
 *
 * Pure: nothing is looked up. */
#ifndef BUILD_GIT_URL_H
#define BUILD_GIT_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

struct git_url {
	char *remote; /* what is connected to, without fragment and query; owned */
	char *ref;    /* "main", "v1.2", "refs/heads/x", a commit; NULL: the remote's HEAD; owned */
	char *subdir; /* below the repository's root, without slashes around it; NULL: all; owned */
	char *commit; /* hex digits that the commit must begin with; NULL: any; owned */
	bool local;   /* a path of this host */
	bool no_submodules, keep_git_dir;
	bool wants_branch, wants_tag; /* ref must be one of this kind */
};

/* Whether a context or source is a git repository by its form. */
bool git_url_is(const char *text);
/* -EINVAL and BuildKit's words. The caller ends *out with git_url_fini. */
int git_url_parse(const char *text, struct git_url *out, struct err *err);
void git_url_fini(struct git_url *url);

/* The remote without a password, for messages; cut to the room. */
void git_url_show(const char *remote, char *text, size_t room);
/* The url of a submodule: "../lib.git" is relative to the repository's own; owned by the caller,
 * NULL: it leads nowhere (or out of memory). */
char *git_url_join(const char *base, const char *relative);

#endif
