/* private.h - what the files of this directory share. */
#ifndef BUILD_GIT_PRIVATE_H
#define BUILD_GIT_PRIVATE_H

#include <git2.h>

#include "build/git/git.h"

/* One job: a repository and its submodules. */
struct git_job {
	const struct git_request *request;
	uint64_t files, bytes; /* laid out so far */
	unsigned depth;        /* of submodules */
	const char *remote;    /* what is being talked to */
	unsigned asked;        /* how often it asked for credentials */
	struct err err;        /* what a callback has to say about its -1 */
};

bool git_job_is_canceled(const struct git_job *job);
/* libgit2's last error in one sentence about the remote; a callback's own comes first. */
int git_job_failed(struct git_job *job, const char *doing, struct err *err);

/* ---- fetch.c ---- */

/* What of a remote is wanted: a ref in the user's words, or exactly a commit. */
struct git_want {
	const char *remote;
	const char *ref; /* NULL: its HEAD */
	bool wants_branch, wants_tag;
	const git_oid *commit; /* of a submodule; NULL */
};
/* Opens or makes the remote's bare repository, brings what is wanted, and finds the commit. */
int git_fetch(struct git_job *job, const struct git_want *want, git_repository **repo,
	git_commit **commit, struct err *err);

/* ---- credentials.c ---- */

void git_credentials_use(struct git_job *job, git_remote_callbacks *callbacks);

/* ---- checkout.c ---- */

/* The files of a commit, or of a directory of it, below the directory `into`. */
int git_checkout(struct git_job *job, git_repository *repo, git_commit *commit, const char *remote,
	const char *subdir, int into, struct err *err);

/* ---- submodules.c ---- */

struct git_modules;
/* The commit's .gitmodules; NULL in *out: it has none. */
int git_submodules_read(
	git_repository *repo, const git_tree *root, struct git_modules **out, struct err *err);
/* Lays out what stands at `path` below the empty directory `into`. */
int git_submodule_checkout(struct git_job *job, const struct git_modules *modules,
	const char *remote, const char *path, const git_oid *commit, int into, struct err *err);

/* ---- keep.c ---- */

/* Makes `into`/.git a repository of its own, with the commit checked out. */
int git_keep_directory(
	git_repository *repo, git_commit *commit, const char *remote, int into, struct err *err);

#endif
