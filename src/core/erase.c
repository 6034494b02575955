/* erase.c - see erase.h. */
#include "core/erase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/netspace.h"
#include "core/network_own.h"
#include "util/own.h"
#include "util/path.h"

struct erasing {
	struct err *err; /* the first failure */
	int failed;
};

static void note(struct erasing *erasing, const struct err *err)
{
	if (!err || erasing->failed)
		return;
	erasing->failed = err->code ? err->code : -EIO;
	*erasing->err = *err;
}

static void on_done(void *arg, const struct op_result *result)
{
	note(arg, result->err);
}

static void end_containers(struct engine *engine, struct erasing *erasing)
{
	auto_free struct container *all = NULL;
	size_t count;
	struct err err;

	if (engine_containers(engine, &all, &count, &err) < 0) {
		note(erasing, &err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		engine_remove(engine, all[i].id, true, true, on_done, erasing);
		uv_run(engine->loop, UV_RUN_DEFAULT);
	}
}

/* Those that are mounts would keep their directories. */
static void end_volumes(struct engine *engine, struct erasing *erasing)
{
	struct volume_entry *all;
	size_t count;
	struct err err;

	if (engine_volumes(engine, &all, &count, &err) < 0) {
		note(erasing, &err);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		engine_volume_remove(engine, all[i].name, true, on_done, erasing);
		uv_run(engine->loop, UV_RUN_DEFAULT);
	}
	engine_volumes_free(all, count);
}

static void empty(const struct engine_options *options, struct erasing *erasing)
{
	struct engine *engine;
	struct err err;
	uv_loop_t loop;

	if (uv_loop_init(&loop) < 0)
		return;
	if (engine_open(&loop, options, &engine, &err) < 0) {
		note(erasing, &err);
	} else {
		end_containers(engine, erasing);
		end_volumes(engine, erasing);
		network_tear_down(engine);
		netspace_end(engine);
		engine_close(engine);
	}
	uv_loop_close(&loop);
}

static void remove_tree(const char *path, struct erasing *erasing)
{
	auto_free char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;
	auto_close int parent = -1;
	struct err err;
	int failed;

	if (!slash || slash == copy)
		return;
	*slash = '\0';
	parent = open(copy, O_PATH | O_DIRECTORY | O_CLOEXEC);
	failed = parent < 0 ? 0 : path_remove_at(parent, slash + 1);
	if (failed && failed != -ENOENT) {
		err_set(&err, failed, "remove %s: %s", path, err_name(failed));
		note(erasing, &err);
	}
}

int erase_store(const char *root, const char *run_root, struct err *err)
{
	const struct engine_options options = {
		.root = root, .run_root = run_root, .inline_work = true, .quiet = true};
	struct erasing erasing = {.err = err};

	if (access(root, F_OK) == 0)
		empty(&options, &erasing);
	/* The lock that says whose it is lies in the run root, and goes last. */
	remove_tree(root, &erasing);
	remove_tree(run_root, &erasing);
	return erasing.failed;
}
