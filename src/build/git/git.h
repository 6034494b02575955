/* git.h - a commit of a git repository, fetched and laid out as files.
 *
 *     remote → bare repository of ours, one a URL → commit → tree → files below a directory
 *
 * The work of a process that does nothing else and has confined itself: everything here is foreign.
 * No program is run, no hook, no filter of a repository or of this host's configuration; files are
 * made with openat(2) one directory at a time, never through a link. A bare repository is kept for
 * each remote (below the store's cache), so that only the first fetch is long.
 *
 * libgit2 1.5 cannot fetch shallowly: the first fetch of a branch brings its history. */
#ifndef BUILD_GIT_GIT_H
#define BUILD_GIT_GIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "build/git_url.h"
#include "util/err.h"

enum {
	GIT_COMMIT_SIZE = 41,         /* the hex digits of a commit and a NUL */
	GIT_OBJECTS_LIMIT = 20000000, /* of one fetch */
	GIT_FILES_LIMIT = 2000000,    /* of one checkout, with its submodules */
	GIT_DEPTH_LIMIT = 256,        /* directories above a file */
	GIT_MODULE_DEPTH_LIMIT = 8,   /* submodules of submodules */
};
#define GIT_FETCH_LIMIT    (16ULL << 30) /* bytes of one fetch, as packed */
#define GIT_CHECKOUT_LIMIT (64ULL << 30) /* bytes of one checkout */
#define GIT_FILE_LIMIT     (2ULL << 30)  /* bytes of one file: it is held in memory */

struct git_watch {
	/* what: "Receiving objects", "Checking out files", …; total 0: not known */
	void (*on_progress)(void *arg, const char *what, uint64_t done, uint64_t total);
	void *arg;
	const atomic_bool *canceled; /* or NULL */
};

struct git_request {
	const struct git_url *url;
	const char *cache;  /* absolute path of the directory of bare repositories; must be there */
	int into;           /* an empty directory */
	const char *token;  /* for http(s): a password, the user is "x-access-token"; NULL */
	const char *header; /* for http(s): the value of Authorization; NULL */
	bool allow_local;   /* file:// and paths */
	struct git_watch watch;
};

/* The commit that was laid out. -ENOENT: no such ref, commit or directory; -EACCES: it wants
 * credentials; -ECANCELED. */
int git_fetch_files(
	const struct git_request *request, char commit[GIT_COMMIT_SIZE], struct err *err);

struct git_making {
	const char *repository;    /* a bare one; made when it is not there */
	const char *files;         /* the directory whose files are the commit, all of them */
	const char *message, *tag; /* tag: NULL */
};
/* One more commit on its branch "main". */
int git_commit_files(const struct git_making *wish, char commit[GIT_COMMIT_SIZE], struct err *err);

#endif
