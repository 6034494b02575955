/* submodules.c - repositories inside a repository.
 *
 * Where one comes from is what .gitmodules says for its path; its name, which has led programs out
 * of their directory, is not used for anything. A repository of the network cannot bring in a path
 * of this host. */
#include <errno.h>

#include "build/git/private.h"
#include "build/git/git_modules.h"
#include "util/own.h"
#include "util/strs.h"

int git_submodules_read(
	git_repository *repo, const git_tree *root, struct git_modules **out, struct err *err)
{
	const git_tree_entry *entry = git_tree_entry_byname(root, ".gitmodules");
	git_blob *blob = NULL;
	int failed;

	*out = NULL;
	if (!entry || git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK ||
		git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		return 0;
	if (git_blob_lookup(&blob, repo, git_tree_entry_id(entry)) < 0)
		return err_set(err, EBADMSG, "git: .gitmodules: its content is missing");
	failed = git_modules_parse(
		git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob), out, err);
	git_blob_free(blob);
	return failed ? err_in(err, "git") : 0;
}

static int check_url(
	struct git_job *job, const char *path, const char *parent, const char *url, struct err *err)
{
	bool local = !git_url_is(url) && !str_has_prefix(url, "http://") &&
		     !str_has_prefix(url, "https://");

	local = local || str_has_prefix(url, "file://");
	if (*url == '-' || strpbrk(url, "\n\r\t"))
		return err_set(
			err, EINVAL, "git: submodule %.100s: its URL is none: %.200s", path, url);
	if (local && !(job->request->allow_local && str_has_prefix(parent, "file://")))
		return err_set(err, EPERM,
			"git: submodule %.100s: %.200s is not fetched: only https, ssh and git are",
			path, url);
	return 0;
}

static int fetch_module(struct git_job *job, const char *url, const char *path,
	const git_oid *commit, int into, struct err *err)
{
	const struct git_want want = {.remote = url, .commit = commit};
	git_repository *repo = NULL;
	git_commit *found = NULL;
	int failed = git_fetch(job, &want, &repo, &found, err);

	if (!failed)
		failed = git_checkout(job, repo, found, url, NULL, into, err);
	git_commit_free(found);
	git_repository_free(repo);
	return failed ? err_in(err, "submodule %.100s", path) : 0;
}

int git_submodule_checkout(struct git_job *job, const struct git_modules *modules,
	const char *remote, const char *path, const git_oid *commit, int into, struct err *err)
{
	const char *named = modules ? git_modules_url(modules, path) : NULL;
	auto_free char *url = named ? git_url_join(remote, named) : NULL;
	const char *talking_to = job->remote;
	int failed;

	if (!named)
		return err_set(err, EINVAL,
			"git: no submodule mapping found in .gitmodules for path '%.200s'", path);
	if (!url)
		return err_set(
			err, EINVAL, "git: submodule %.100s: %.200s leads nowhere", path, named);
	failed = check_url(job, path, remote, url, err);
	if (failed)
		return failed;
	if (job->depth == GIT_MODULE_DEPTH_LIMIT)
		return err_set(
			err, ELOOP, "git: submodule %.200s: submodules stand too deep", path);
	job->depth++;
	failed = fetch_module(job, url, path, commit, into, err);
	job->depth--;
	job->remote = talking_to;
	return failed;
}
