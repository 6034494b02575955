/* keep.c - the .git directory, for builds that ask git about themselves.
 *
 * A repository with the one commit's history, a detached HEAD, the remote's URL without a password,
 * and an index that matches the files; no hooks, no configuration of the remote's. */
#include <errno.h>
#include <stdio.h>

#include "build/git/private.h"
#include "util/own.h"

static int copy_history(git_repository *from, git_repository *to, git_commit *commit)
{
	char spec[GIT_COMMIT_SIZE + 40] = "+refs/davit/kept:refs/davit/kept";
	char *specs[] = {spec};
	git_strarray wanted = {.strings = specs, .count = 1};
	git_reference *ref = NULL;
	git_remote *remote = NULL;
	int failed =
		git_reference_create(&ref, from, "refs/davit/kept", git_commit_id(commit), 1, NULL);

	if (!failed)
		failed = git_remote_create_anonymous(&remote, to, git_repository_path(from));
	if (!failed)
		failed = git_remote_fetch(remote, &wanted, NULL, NULL);
	git_remote_free(remote);
	git_reference_free(ref);
	return failed;
}

/* Without a line in its log, which would have the time of the fetch: the same commit is to be the
 * same files. */
static int set_head(git_repository *repo, const git_oid *id)
{
	static const char log[] = "core.logallrefupdates";
	git_config *config = NULL;
	int failed = git_repository_config(&config, repo);

	if (!failed)
		failed = git_config_set_bool(config, log, 0);
	if (!failed)
		failed = git_repository_set_head_detached(repo, id);
	if (!failed)
		failed = git_config_set_bool(config, log, 1);
	git_config_free(config);
	return failed;
}

static int write_index(git_repository *repo, const git_oid *id)
{
	git_index *index = NULL;
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	int failed = git_commit_lookup(&commit, repo, id);

	if (!failed)
		failed = git_commit_tree(&tree, commit);
	if (!failed)
		failed = git_repository_index(&index, repo);
	if (!failed)
		failed = git_index_read_tree(index, tree);
	if (!failed)
		failed = git_index_write(index);
	git_index_free(index);
	git_tree_free(tree);
	git_commit_free(commit);
	return failed;
}

int git_keep_directory(
	git_repository *repo, git_commit *commit, const char *remote, int into, struct err *err)
{
	git_repository *kept = NULL;
	git_remote *origin = NULL;
	char path[64], shown[1000];
	int failed;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", into);
	git_url_show(remote, shown, sizeof(shown));
	failed = git_repository_init(&kept, path, 0);
	if (!failed)
		failed = copy_history(repo, kept, commit);
	if (!failed)
		failed = set_head(kept, git_commit_id(commit));
	if (!failed)
		failed = git_remote_create(&origin, kept, "origin", shown);
	if (!failed)
		failed = write_index(kept, git_commit_id(commit));
	git_remote_free(origin);
	git_repository_free(kept);
	if (failed)
		return err_set(err, EIO, "git: .git: %.200s",
			git_error_last() ? git_error_last()->message : "cannot be made");
	return 0;
}
