/* front.c - the façade's half that is always there: it opens the modules. */
#include "build/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build/git/git.h"
#include "core/confine.h"
#include "core/engine_own.h"
#include "core/image_ops.h"
#include "core/module.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

/* ---- git ---- */

typedef int git_fetch_files_fn(
	const struct git_request *request, char commit[GIT_COMMIT_SIZE], struct err *err);

static void on_git_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	const struct job_options *options = arg;
	struct job_progress progress = {.id = "git", .status = what, .done = done, .total = total};

	options->progress(options->arg, &progress);
}

/* Confined to the store, the network, the keys of hosts that the user knows and, when it is
 * allowed, the one path that the URL names. */
static int confine_git(struct engine *engine, const struct git_url *url, struct err *err)
{
	const char *home = getenv("HOME");
	char known[4096];
	const char *readable[4] = {"/etc/ssh", NULL};
	size_t count = 1;

	if (home &&
		snprintf(known, sizeof(known), "%s/.ssh/known_hosts", home) < (int)sizeof(known))
		readable[count++] = known;
	if (url->local)
		readable[count++] = url->remote + strlen("file://");
	return confine_job_reading(engine->store, CONFINE_NETWORK, readable, err);
}

static int fetch_git(struct engine *engine, const struct build_git_request *request,
	const struct git_url *url, const struct job_options *options, char commit[GIT_COMMIT_SIZE],
	struct err *err)
{
	auto_close int into = open(request->into, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char cache[4096];
	struct git_request git = {
		.url = url,
		.cache = cache,
		.into = into,
		.token = request->token,
		.header = request->header,
		.allow_local = request->allow_local,
		.watch = {.canceled = options ? options->cancel : NULL},
	};
	void *fetch_files;

	if (into < 0)
		return err_sys(err, "git: %.200s", request->into);
	if (mkdirat(store_dir(engine->store, STORE_CACHE), "git", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "git: cache");
	snprintf(cache, sizeof(cache), "%s/cache/git", store_root(engine->store));
	if (options && options->progress) {
		git.watch.on_progress = on_git_progress;
		git.watch.arg = (void *)options;
	}
	/* Opened first: where it is may not be readable afterwards. */
	if (module_symbol("git", "git_fetch_files", &fetch_files, err) < 0 ||
		confine_git(engine, url, err) < 0)
		return err->code;
	return ((git_fetch_files_fn *)fetch_files)(&git, commit, err);
}

int build_git_here(struct engine *engine, const struct build_git_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	char commit[GIT_COMMIT_SIZE];
	struct git_url url;
	int failed = git_url_parse(request->url, &url, err);

	if (failed)
		return failed;
	failed = fetch_git(engine, request, &url, options, commit, err);
	git_url_fini(&url);
	if (!failed)
		buf_addf(result, "%s\n", commit);
	return failed;
}

typedef int git_commit_files_fn(
	const struct git_making *wish, char commit[GIT_COMMIT_SIZE], struct err *err);

int build_git_commit(const char *files, const char *repository, const char *message,
	const char *tag, struct buf *result, struct err *err)
{
	const struct git_making wish = {
		.repository = repository, .files = files, .message = message, .tag = tag};
	char commit[GIT_COMMIT_SIZE];
	void *commit_files;
	int failed = module_symbol("git", "git_commit_files", &commit_files, err);

	if (!failed)
		failed = ((git_commit_files_fn *)commit_files)(&wish, commit, err);
	if (!failed)
		buf_addf(result, "%s\n", commit);
	return failed;
}

/* ---- files from elsewhere ---- */

int build_bring_here(struct engine *engine, const struct build_bring_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	const struct image_bring_options bring = {
		.source = request->url,
		.fd = STDIN_FILENO,
		.into = request->into,
		.name = request->name,
		.checksum = request->checksum,
		.unpack = request->unpack,
	};
	const struct image_watch watch = {.canceled = options ? options->cancel : NULL};
	const struct image_ops *ops;
	struct image_brought brought;

	if (module_image(&ops, err) < 0 ||
		ops->bring(engine->store, &bring, &watch, &brought, err) < 0)
		return err->code;
	buf_addf(result, "%s %s\n", brought.archive ? "archive" : "file", brought.digest);
	return 0;
}

/* ---- what steps made, elsewhere ---- */

static int fetch_layers(struct store *store, const struct image_cache_place *place,
	const struct build_cache_request *request, const struct image_watch *watch,
	struct buf *result, struct err *err)
{
	auto_strs ids = STRS_INIT;
	const struct image_ops *ops;

	if (module_image(&ops, err) < 0 ||
		ops->cache_fetch(store, place, &request->chain, watch, &ids, err) < 0)
		return err->code;
	for (size_t i = 0; i < ids.len; i++)
		buf_addf(result, "%s\n", ids.v[i]);
	return 0;
}

int build_cache_here(struct engine *engine, const struct build_cache_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	const struct image_cache_place place = {.reference = request->reference,
		.directory = request->directory,
		.tag = request->tag,
		.digest = request->digest,
		.insecure = request->insecure};
	const struct image_cache_write_options write = {
		.fd = STDIN_FILENO, .compression = request->compression};
	const struct image_watch watch = {.canceled = options ? options->cancel : NULL};
	const struct image_ops *ops;

	if (request->verb == BUILD_CACHE_FETCH)
		return fetch_layers(engine->store, &place, request, &watch, result, err);
	if (module_image(&ops, err) < 0)
		return err->code;
	return request->verb == BUILD_CACHE_READ
		       ? ops->cache_read(engine->store, &place, &watch, result, err)
		       : ops->cache_write(engine->store, &place, &write, &watch, err);
}
