#include "build/git/git.h"

#include <errno.h>

#include "build/git/private.h"
#include "util/own.h"

bool git_job_is_canceled(const struct git_job *job)
{
	return job->request->watch.canceled && atomic_load(job->request->watch.canceled);
}

int git_job_failed(struct git_job *job, const char *doing, struct err *err)
{
	const git_error *last = git_error_last();
	char remote[300];

	git_url_show(job->remote, remote, sizeof(remote));
	if (git_job_is_canceled(job))
		return err_set(err, ECANCELED, "canceled");
	if (job->err.code)
		return err_set(err, job->err.code, "%s", job->err.text);
	return err_set(
		err, EIO, "git: %s %s: %.150s", doing, remote, last ? last->message : "failed");
}

/* Nothing of this host's or of a user's git configuration counts here. */
static int begin(struct err *err)
{
	static const int levels[] = {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_GLOBAL,
		GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA};
	const char *certificates = getenv("SSL_CERT_FILE");
	int failed = git_libgit2_init() < 0;

	for (size_t i = 0; i < array_len(levels) && !failed; i++)
		failed = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0;
	failed = failed || git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) < 0 ||
		 git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "davit") < 0 ||
		 git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)GIT_OBJECTS_LIMIT) < 0 ||
		 git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0) < 0;
	if (!failed && certificates && *certificates)
		failed = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, certificates, NULL) < 0;
	return failed ? err_set(err, EIO, "git: libgit2 could not be set up") : 0;
}

static int check_commit(const struct git_url *url, const char *commit, struct err *err)
{
	if (url->commit && strncmp(commit, url->commit, strlen(url->commit)) != 0)
		return err_set(err, EBADMSG, "git: expected commit %s of %.100s, got %s",
			url->commit, url->ref ? url->ref : "HEAD", commit);
	return 0;
}

static int lay_out(struct git_job *job, git_repository *repo, git_commit *commit, struct err *err)
{
	const struct git_url *url = job->request->url;
	int failed =
		git_checkout(job, repo, commit, url->remote, url->subdir, job->request->into, err);

	if (!failed && url->keep_git_dir && !url->subdir)
		failed = git_keep_directory(repo, commit, url->remote, job->request->into, err);
	return failed;
}

int git_fetch_files(
	const struct git_request *request, char commit[GIT_COMMIT_SIZE], struct err *err)
{
	const struct git_url *url = request->url;
	const struct git_want want = {.remote = url->remote,
		.ref = url->ref,
		.wants_branch = url->wants_branch,
		.wants_tag = url->wants_tag};
	struct git_job job = {.request = request};
	git_repository *repo = NULL;
	git_commit *found = NULL;
	int failed;

	if (url->local && !request->allow_local)
		return err_set(err, EPERM,
			"git: %.200s is a path of this host: allow it with --allow git.file",
			url->remote);
	failed = begin(err);
	if (!failed)
		failed = git_fetch(&job, &want, &repo, &found, err);
	if (!failed) {
		git_oid_tostr(commit, GIT_COMMIT_SIZE, git_commit_id(found));
		failed = check_commit(url, commit, err);
	}
	if (!failed)
		failed = lay_out(&job, repo, found, err);
	git_commit_free(found);
	git_repository_free(repo);
	git_libgit2_shutdown();
	return failed;
}
