/* fetch.c - a remote's bare repository, brought up to what is wanted.
 *
 *     connect → its list of refs → which of them → fetch it → the commit
 *
 * What is fetched stands below refs/davit/, so that the next fetch tells the remote what is here
 * already. A commit that no ref points to is looked for in all branches and tags. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "build/git/private.h"
#include "util/own.h"
#include "util/strs.h"

#define HEADS "refs/heads/"
#define TAGS  "refs/tags/"

struct fetch {
	struct git_job *job;
	const struct git_want *want;
	git_repository *repo;
	git_remote *remote;
	git_fetch_options options;
	char header[4200];
	char *headers[1];
	char refspec[1100];
	git_oid found; /* of the ref; when has_found */
	bool has_found, all;
};

/* ---- the bare repository ---- */

static int repository_path(const struct fetch *fetch, const char *suffix, char *path, size_t room)
{
	char name[GIT_COMMIT_SIZE];
	git_oid id;

	/* A name made of the URL, whatever is in it. */
	if (git_odb_hash(&id, fetch->want->remote, strlen(fetch->want->remote), GIT_OBJECT_BLOB) <
		0)
		return -EIO;
	git_oid_tostr(name, sizeof(name), &id);
	return snprintf(path, room, "%s/%s%s", fetch->job->request->cache, name, suffix) < (int)room
		       ? 0
		       : -ENAMETOOLONG;
}

/* One process at a time fetches a remote; the others then find it here. */
static int lock_repository(const struct fetch *fetch, struct err *err)
{
	char path[4096];
	int failed = repository_path(fetch, ".lock", path, sizeof(path));
	int fd = failed ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (failed)
		return err_set(err, failed, "git: cache: %s", err_name(failed));
	while (fd >= 0 && flock(fd, LOCK_EX) < 0)
		if (errno != EINTR || git_job_is_canceled(fetch->job)) {
			close(fd);
			return err_set(err, ECANCELED, "canceled");
		}
	if (fd < 0)
		return err_sys(err, "git: cache: %s", path);
	futimens(fd, NULL); /* when it was last of use */
	return fd;
}

static int open_repository(struct fetch *fetch, struct err *err)
{
	char path[4096];
	int failed = repository_path(fetch, ".git", path, sizeof(path));

	if (failed)
		return err_set(err, failed, "git: cache: %s", err_name(failed));
	if (git_repository_open_bare(&fetch->repo, path) < 0 &&
		git_repository_init(&fetch->repo, path, 1) < 0)
		return git_job_failed(fetch->job, "cache of", err);
	if (git_remote_create_anonymous(&fetch->remote, fetch->repo, fetch->want->remote) < 0)
		return git_job_failed(fetch->job, "cannot reach", err);
	return 0;
}

/* ---- what it says and sends ---- */

static int on_transfer(const git_indexer_progress *stats, void *arg)
{
	struct git_job *job = arg;
	const struct git_watch *watch = &job->request->watch;

	if (stats->received_bytes > GIT_FETCH_LIMIT || stats->total_objects > GIT_OBJECTS_LIMIT) {
		err_set(&job->err, EFBIG,
			"git: %.200s: more than davit takes (%u objects, %zu bytes)", job->remote,
			stats->total_objects, stats->received_bytes);
		return -1;
	}
	if (watch->on_progress)
		watch->on_progress(watch->arg, "Receiving objects", stats->received_objects,
			stats->total_objects);
	return git_job_is_canceled(job) ? -1 : 0;
}

static int on_sideband(const char *text, int len, void *arg)
{
	(void)text;
	(void)len;
	return git_job_is_canceled(arg) ? -1 : 0;
}

static void set_options(struct fetch *fetch)
{
	const struct git_request *request = fetch->job->request;
	git_fetch_options *options = &fetch->options;

	git_fetch_options_init(options, GIT_FETCH_OPTIONS_VERSION);
	git_credentials_use(fetch->job, &options->callbacks);
	options->callbacks.transfer_progress = on_transfer;
	options->callbacks.sideband_progress = on_sideband;
	options->download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	options->proxy_opts.type = GIT_PROXY_AUTO;
	if (!request->header || !str_has_prefix(fetch->want->remote, "https://"))
		return;
	/* A header goes wherever a redirect leads, so none is followed with it. */
	snprintf(fetch->header, sizeof(fetch->header), "Authorization: %s", request->header);
	fetch->headers[0] = fetch->header;
	options->custom_headers = (git_strarray){.strings = fetch->headers, .count = 1};
	options->follow_redirects = GIT_REMOTE_REDIRECT_NONE;
}

static int connect_remote(struct fetch *fetch, struct err *err)
{
	const git_fetch_options *options = &fetch->options;

	if (git_remote_connect(fetch->remote, GIT_DIRECTION_FETCH, &options->callbacks,
		    &options->proxy_opts, &options->custom_headers) < 0)
		return git_job_failed(fetch->job, "cannot read", err);
	return 0;
}

/* ---- which ref ---- */

static bool is_commit_name(const char *text)
{
	size_t len = strlen(text);

	return len >= 7 && len <= GIT_OID_HEXSZ && strspn(text, "0123456789abcdef") == len;
}

static void take_head(struct fetch *fetch, const git_remote_head *head)
{
	/* The peeled form of an annotated tag is in the list and not to be had. */
	size_t len = strlen(head->name);

	if (len > 3 && strcmp(head->name + len - 3, "^{}") == 0)
		len -= 3;
	snprintf(fetch->refspec, sizeof(fetch->refspec), "+%.*s:refs/davit/%.*s", (int)len,
		head->name, (int)len, head->name);
	fetch->found = head->oid;
	fetch->has_found = true;
}

static bool find_name(
	struct fetch *fetch, const git_remote_head **heads, size_t count, const char *prefix)
{
	char name[600];

	snprintf(name, sizeof(name), "%s%.500s", prefix,
		fetch->want->ref ? fetch->want->ref : "HEAD");
	for (size_t i = 0; i < count; i++)
		if (str_eq(heads[i]->name, name)) {
			take_head(fetch, heads[i]);
			return true;
		}
	return false;
}

static bool find_commit(
	struct fetch *fetch, const git_remote_head **heads, size_t count, const git_oid *id)
{
	for (size_t i = 0; i < count; i++)
		if (git_oid_equal(&heads[i]->oid, id)) {
			take_head(fetch, heads[i]);
			fetch->found = *id;
			return true;
		}
	return false;
}

static void want_all(struct fetch *fetch)
{
	fetch->all = true;
}

static int choose(struct fetch *fetch, struct err *err)
{
	const struct git_want *want = fetch->want;
	const git_remote_head **heads;
	size_t count;
	git_oid id;

	if (git_remote_ls(&heads, &count, fetch->remote) < 0)
		return git_job_failed(fetch->job, "cannot list", err);
	if (want->commit) {
		if (!find_commit(fetch, heads, count, want->commit))
			want_all(fetch);
		return 0;
	}
	if ((!want->wants_tag && find_name(fetch, heads, count, HEADS)) ||
		(!want->wants_branch && find_name(fetch, heads, count, TAGS)) ||
		(!want->wants_tag && !want->wants_branch && find_name(fetch, heads, count, "")))
		return 0;
	if (want->ref && is_commit_name(want->ref) && !want->wants_tag && !want->wants_branch) {
		if (strlen(want->ref) != GIT_OID_HEXSZ || git_oid_fromstr(&id, want->ref) < 0 ||
			!find_commit(fetch, heads, count, &id))
			want_all(fetch);
		return 0;
	}
	return err_set(err, ENOENT, "git: %.200s has no %s %.100s", fetch->job->remote,
		want->wants_tag      ? "tag"
		: want->wants_branch ? "branch"
				     : "branch, tag or commit",
		want->ref ? want->ref : "HEAD (it is empty)");
}

/* ---- bringing it ---- */

static int find_wanted(struct fetch *fetch, git_object **object)
{
	const struct git_want *want = fetch->want;
	git_oid id;

	if (want->commit)
		return git_object_lookup(object, fetch->repo, want->commit, GIT_OBJECT_ANY);
	if (fetch->has_found)
		return git_object_lookup(object, fetch->repo, &fetch->found, GIT_OBJECT_ANY);
	if (git_oid_fromstrn(&id, want->ref, strlen(want->ref)) < 0)
		return -1;
	return git_object_lookup_prefix(
		object, fetch->repo, &id, strlen(want->ref), GIT_OBJECT_COMMIT);
}

static bool is_here(struct fetch *fetch)
{
	git_object *object = NULL;
	bool here = find_wanted(fetch, &object) == 0;

	git_object_free(object);
	return here;
}

static int download(struct fetch *fetch, struct err *err)
{
	char *all[] = {"+" HEADS "*:refs/davit/" HEADS "*", "+" TAGS "*:refs/davit/" TAGS "*"},
	     *one[] = {fetch->refspec};
	git_strarray specs = {.strings = fetch->all ? all : one, .count = fetch->all ? 2 : 1};

	if (is_here(fetch))
		return 0;
	if (git_remote_download(fetch->remote, &specs, &fetch->options) < 0 ||
		git_remote_update_tips(fetch->remote, &fetch->options.callbacks, 0,
			GIT_REMOTE_DOWNLOAD_TAGS_NONE, NULL) < 0)
		return git_job_failed(fetch->job, "cannot fetch", err);
	return 0;
}

static int read_commit(struct fetch *fetch, git_commit **out, struct err *err)
{
	git_object *object = NULL, *commit = NULL;
	const char *ref = fetch->want->ref ? fetch->want->ref : "HEAD";
	int failed = 0;

	if (find_wanted(fetch, &object) < 0)
		failed = fetch->want->commit
				 ? err_set(err, ENOENT,
					   "git: %.200s does not have the commit %s any more",
					   fetch->job->remote, git_oid_tostr_s(fetch->want->commit))
				 : err_set(err, ENOENT,
					   "git: %.200s has no branch, tag or commit %.100s",
					   fetch->job->remote, ref);
	else if (git_object_peel(&commit, object, GIT_OBJECT_COMMIT) < 0)
		failed = err_set(
			err, EINVAL, "git: %.100s of %.200s is no commit", ref, fetch->job->remote);
	git_object_free(object);
	*out = (git_commit *)commit;
	return failed;
}

static int bring(struct fetch *fetch, git_commit **commit, struct err *err)
{
	auto_close int lock = lock_repository(fetch, err);
	int failed = lock < 0 ? lock : open_repository(fetch, err);

	/* A commit that is here needs no remote. */
	if (!failed && fetch->want->commit && is_here(fetch))
		return read_commit(fetch, commit, err);
	set_options(fetch);
	if (!failed)
		failed = connect_remote(fetch, err);
	if (!failed)
		failed = choose(fetch, err);
	if (!failed)
		failed = download(fetch, err);
	if (fetch->remote)
		git_remote_disconnect(fetch->remote);
	return failed ? failed : read_commit(fetch, commit, err);
}

int git_fetch(struct git_job *job, const struct git_want *want, git_repository **repo,
	git_commit **commit, struct err *err)
{
	struct fetch fetch = {.job = job, .want = want};
	int failed;

	job->remote = want->remote;
	job->err.code = 0;
	failed = bring(&fetch, commit, err);
	git_remote_free(fetch.remote);
	if (failed)
		git_repository_free(fetch.repo);
	else
		*repo = fetch.repo;
	return failed;
}
