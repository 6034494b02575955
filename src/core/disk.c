/* disk.c - what lies on the disk, weighed on the pool, and the plan of a prune (engine_disk.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/images_own.h"
#include "core/op.h"
#include "core/trash.h"
#include "core/usage.h"
#include "util/json.h"
#include "util/own.h"

/* ---- weighing ---- */

/* The log, what was rotated, and their indexes. */
static uint64_t weigh_logs(struct engine *engine, const char *id)
{
	int fd = openat(store_dir(engine->store, STORE_CONTAINERS), id,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint64_t bytes = 0;

	while (dir && (entry = readdir(dir)))
		if (str_has_prefix(entry->d_name, "log"))
			bytes += usage_of(dirfd(dir), entry->d_name);
	if (dir)
		closedir(dir);
	return bytes;
}

static void add_logs(struct engine *engine, cJSON *containers)
{
	cJSON *one;

	cJSON_ArrayForEach(one, containers) {
		const char *id = json_str_or(one, "Id", "");
		struct container container;
		struct err err;

		if (engine_container(engine, id, &container, &err) < 0)
			continue;
		cJSON_AddStringToObject(one, "Name", container.name);
		cJSON_AddStringToObject(one, "State", container_state_name(container.state));
		cJSON_AddNumberToObject(one, "LogSize", (double)weigh_logs(engine, id));
	}
}

static int add_cache(struct engine *engine, cJSON *usage, struct err *err)
{
	auto_free struct build_cache_entry *entries = NULL;
	cJSON *cache = cJSON_AddObjectToObject(usage, "Cache");
	uint64_t size = 0, reclaimable = 0;
	size_t count = 0;

	if (engine_build_cache(engine, NULL, &entries, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++) {
		size += entries[i].shared ? 0 : entries[i].size;
		reclaimable += entries[i].shared || entries[i].in_use ? 0 : entries[i].size;
	}
	cJSON_AddNumberToObject(cache, "Count", (double)count);
	cJSON_AddNumberToObject(cache, "Size", (double)size);
	cJSON_AddNumberToObject(cache, "Reclaimable", (double)reclaimable);
	return 0;
}

static int weigh_all(struct op *op, struct err *err)
{
	cJSON *usage = NULL;
	char *text = NULL;
	int failed = engine_usage_here(op->engine, &usage, err);

	if (!failed)
		failed = add_cache(op->engine, usage, err);
	if (!failed) {
		add_logs(op->engine, cJSON_GetObjectItemCaseSensitive(usage, "Containers"));
		text = cJSON_PrintUnformatted(usage);
		failed = text ? 0 : err_set(err, ENOMEM, "weigh: out of memory");
	}
	buf_adds(&op->lines, text ? text : "");
	free(text);
	cJSON_Delete(usage);
	return failed;
}

struct op *engine_usage(struct engine *engine, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "weigh", .prepare = weigh_all, .looks = true};

	return op_start(engine, &verb, op_new(NULL), done, arg);
}

/* ---- the plan of a prune ---- */

static void put(struct op *op, const char *kind, uint64_t bytes, bool after, const char *id,
	const char *name)
{
	buf_addf(&op->lines, "%s %" PRIu64 " %d %s %s\n", kind, bytes, after, *id ? id : "-", name);
	op->bytes += bytes;
}

static bool has_ended(const struct container *container)
{
	return container->state == CONTAINER_CREATED || container->state == CONTAINER_EXITED ||
	       container->state == CONTAINER_DEAD;
}

struct planning {
	struct op *op;
	struct container *containers;
	size_t count;
	struct images_share *shares;
	size_t n_shares;
};

static int plan_containers(struct planning *planning, struct err *err)
{
	if (engine_containers(planning->op->engine, &planning->containers, &planning->count, err) <
		0)
		return err->code;
	for (size_t i = 0; i < planning->count; i++) {
		const struct container *one = &planning->containers[i];

		if (has_ended(one))
			put(planning->op, "container", prune_weigh(planning->op->engine, one->id),
				false, one->id, one->name);
	}
	return 0;
}

static int plan_trash(struct planning *planning, struct err *err)
{
	auto_free struct trash_entry *entries = NULL;
	size_t count = 0;

	if (engine_trash(planning->op->engine, &entries, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		put(planning->op, "trash", entries[i].bytes, false, entries[i].id, entries[i].name);
	return 0;
}

static int plan_networks(struct planning *planning, struct err *err)
{
	auto_free struct network_entry *networks = NULL;
	size_t count = 0;

	if (engine_networks(planning->op->engine, &networks, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (!networks[i].containers && !networks[i].is_builtin)
			put(planning->op, "network", 0, false, networks[i].id, networks[i].name);
	return 0;
}

static int plan_volumes(struct planning *planning, struct err *err)
{
	struct engine *engine = planning->op->engine;
	struct volume_entry *volumes = NULL;
	size_t count = 0;
	int failed = engine_volumes(engine, &volumes, &count, err);

	for (size_t i = 0; i < count; i++)
		if (!volumes[i].containers && (planning->op->prune.all || volumes[i].anonymous))
			put(planning->op, "volume", engine_volume_size(engine, volumes[i].name),
				false, "", volumes[i].name);
	engine_volumes_free(volumes, count);
	return failed;
}

/* after: those that use it have ended; -1: it stays. */
static int image_goes(const struct planning *planning, const struct image *image)
{
	const char *hex = digest_hex(image->id);
	int after = 0;

	if (image->tags.len && !planning->op->prune.all)
		return -1;
	for (size_t i = 0; i < planning->count; i++) {
		if (strncmp(planning->containers[i].image_id, hex, 64) != 0)
			continue;
		if (!has_ended(&planning->containers[i]))
			return -1;
		after = 1;
	}
	return after;
}

static int plan_image(const struct image *image, void *arg)
{
	struct planning *planning = arg;
	int after = image_goes(planning, image);
	uint64_t shared = images_share_of(planning->shares, planning->n_shares, image->id);

	if (after >= 0)
		put(planning->op, "image", image->size > shared ? image->size - shared : 0, after,
			digest_hex(image->id), image->tags.len ? image->tags.v[0] : "<none>");
	return 0;
}

static int plan_images(struct planning *planning, struct err *err)
{
	struct engine *engine = planning->op->engine;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = images_shares(engine->store, &planning->shares, &planning->n_shares, err);
	if (!failed)
		failed = image_each(engine->store, plan_image, planning, err);
	uv_mutex_unlock(&engine->store_lock);
	free(planning->shares);
	return failed;
}

static int plan_cache(struct planning *planning, struct err *err)
{
	auto_free struct build_cache_entry *entries = NULL;
	size_t count = 0;

	if (engine_build_cache(planning->op->engine, &planning->op->prune, &entries, &count, err) <
		0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		put(planning->op, "cache", entries[i].shared ? 0 : entries[i].size, false,
			entries[i].id, entries[i].what);
	return 0;
}

static int plan(struct op *op, struct err *err)
{
	static int (*const parts[])(struct planning * planning, struct err * err) = {
		plan_containers, plan_trash, plan_networks, plan_volumes, plan_images, plan_cache};
	struct planning planning = {.op = op};
	int failed = 0;

	for (size_t i = 0; i < array_len(parts) && !failed && !op->canceled; i++)
		failed = parts[i](&planning, err);
	free(planning.containers);
	return failed;
}

struct op *engine_prune_plan(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {
		.doing = "plan a prune", .prepare = plan, .looks = true};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}
