#include "build/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "build/no_memory.h"
#include "core/image.h"
#include "core/privilege.h"
#include "runtime/launch/launch.h"
#include "runtime/plan_build.h"
#include "util/buf.h"
#include "util/path.h"

struct trees {
	struct store *store;
	const char *dir;
	int dir_fd;
	pthread_mutex_t lock;
	unsigned count;
	struct strs mounted; /* paths, in the order they were mounted */
};

int trees_new(struct store *store, const char *dir, int dir_fd, struct trees **out, struct err *err)
{
	struct trees *trees;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return err_sys(err, "build: enter a mount namespace");
	trees = calloc(1, sizeof(*trees));
	if (!trees)
		return no_memory(err);
	trees->store = store;
	trees->dir = dir;
	trees->dir_fd = dir_fd;
	pthread_mutex_init(&trees->lock, NULL);
	*out = trees;
	return 0;
}

void trees_free(struct trees *trees)
{
	if (!trees)
		return;
	for (size_t i = trees->mounted.len; i-- > 0;)
		umount2(trees->mounted.v[i], MNT_DETACH);
	strs_fini(&trees->mounted);
	pthread_mutex_destroy(&trees->lock);
	free(trees);
}

/* "DIR/tree-3", made. */
static int next_directory(struct trees *trees, char **path, struct err *err)
{
	char name[32];
	auto_buf text = BUF_INIT;

	pthread_mutex_lock(&trees->lock);
	snprintf(name, sizeof(name), "tree-%u", trees->count++);
	pthread_mutex_unlock(&trees->lock);
	buf_addf(&text, "%s/%s", trees->dir, name);
	if (mkdirat(trees->dir_fd, name, 0755) < 0)
		return err_sys(err, "build: make %s", name);
	*path = buf_take(&text);
	return *path ? 0 : no_memory(err);
}

int trees_directory(struct trees *trees, char **path, struct err *err)
{
	return next_directory(trees, path, err);
}

/* ---- the mount ---- */

/* Absolute paths: no working directory is changed, which other threads would share. */
static int list_lowers(const struct trees *trees, const struct strs *layers, struct strs *out)
{
	auto_strs mounted = STRS_INIT;
	char path[48];

	if (layers)
		image_mounted_layers(layers, &mounted);
	for (size_t i = mounted.len; i-- > 0;) {
		image_layer_path(mounted.v[i], path);
		strs_addf(out, "%s/%s", store_root(trees->store), path);
	}
	return strs_failed(out) || strs_failed(&mounted) ? -ENOMEM : 0;
}

/* The two steps of a plan that is made here and goes nowhere. */
static int mount_plan(struct plan_build *build, const char *at, struct err *err)
{
	struct launch launch = {.init = -1, .outer_mnt = -1, .outer_net = -1, .gate = -1};
	auto_buf bytes = BUF_INIT;
	int failed = plan_build_finish(build, &bytes);

	for (size_t i = 0; i < LAUNCH_DIRS; i++)
		launch.dir[i] = -1;
	if (!failed) {
		launch.plan.head = (const struct plan_header *)bytes.data;
		launch.plan.steps = (const struct plan_step *)(launch.plan.head + 1);
		launch.plan.data = bytes.data + launch.plan.head->data_at;
		failed = launch_overlay(&launch, &launch.plan.steps[0], &launch.plan.steps[1]);
	}
	return failed ? err_set(err, failed, "build: mount %s: %s", at, err_name(failed)) : 0;
}

static int mount_overlay(struct trees *trees, const struct strs *lowers, const char *at,
	const char *upper, const char *work, struct err *err)
{
	const struct plan_ref none = {0};
	struct plan_build build;
	struct plan_step overlay = {.op = PLAN_OVERLAY, .dir_a = PLAN_HOST, .dir_b = PLAN_HOST},
			 list = {.op = PLAN_LOWERS, .dir_a = PLAN_HOST};
	int failed;

	plan_build_init(&build, PLAN_CONTAINER);
	overlay.a = plan_build_text(&build, at);
	overlay.b = upper ? plan_build_text(&build, upper) : none;
	overlay.c = work ? plan_build_text(&build, work) : none;
	overlay.n[0] = (upper ? PLAN_OVERLAY_VOLATILE : 0) |
		       (privilege_is_rootless() ? PLAN_OVERLAY_USERXATTR : 0);
	list.a = plan_build_list(&build, lowers);
	plan_build_step(&build, &overlay);
	plan_build_step(&build, &list);
	failed = mount_plan(&build, at, err);
	plan_build_fini(&build);
	if (failed)
		return failed;
	pthread_mutex_lock(&trees->lock);
	strs_add(&trees->mounted, at);
	failed = strs_failed(&trees->mounted) ? no_memory(err) : 0;
	pthread_mutex_unlock(&trees->lock);
	return failed;
}

int trees_mount_dirs(
	struct trees *trees, const struct strs *dirs, bool writable, char **path, struct err *err)
{
	auto_free char *at = NULL, *upper = NULL, *work = NULL;

	if (dirs->len == 1 && !writable) {
		*path = strdup(dirs->v[0]);
		return *path ? 0 : no_memory(err);
	}
	if (next_directory(trees, &at, err) < 0 ||
		(writable && (next_directory(trees, &upper, err) < 0 ||
				     next_directory(trees, &work, err) < 0)) ||
		(dirs->len && mount_overlay(trees, dirs, at, upper, work, err) < 0))
		return err->code;
	*path = take(at);
	return 0;
}

/* One layer is its own tree; none is an empty one. */
int trees_mount(struct trees *trees, const struct strs *layers, char **path, struct err *err)
{
	auto_strs lowers = STRS_INIT;

	if (list_lowers(trees, layers, &lowers) < 0)
		return no_memory(err);
	return trees_mount_dirs(trees, &lowers, false, path, err);
}

int trees_mount_scratch(
	struct trees *trees, const struct strs *layers, char **path, struct err *err)
{
	auto_strs lowers = STRS_INIT;
	auto_free char *nothing = NULL;

	if (list_lowers(trees, layers, &lowers) < 0)
		return no_memory(err);
	if (!lowers.len) {
		if (next_directory(trees, &nothing, err) < 0)
			return err->code;
		strs_add(&lowers, nothing);
	}
	return trees_mount_dirs(trees, &lowers, true, path, err);
}
