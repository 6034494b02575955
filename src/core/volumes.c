/* volumes.c - the façade's view of volumes (engine_volume.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "core/images_own.h"
#include "core/mount_option.h"
#include "core/names.h"
#include "core/op.h"
#include "core/usage.h"
#include "core/volume_use.h"
#include "util/own.h"

/* ---- reading ---- */

static int describe(
	struct engine *engine, const char *name, struct volume_entry *out, struct err *err)
{
	auto_volume volume;
	char path[4600];
	int failed;

	volume_init(&volume);
	*out = (struct volume_entry){.labels = STRS_INIT};
	failed = volume_read(engine->store, name, &volume, err);
	if (failed)
		return failed;
	out->containers = volume_count_users(engine, name);
	volume_path(engine->store, name, path, sizeof(path));
	snprintf(out->name, sizeof(out->name), "%s", name);
	out->mountpoint = strdup(path);
	out->created_ns = volume.created_ns;
	out->anonymous = volume.anonymous;
	out->labels = volume.labels;
	out->options = volume.options;
	volume.labels = volume.options = (struct strs)STRS_INIT;
	return out->mountpoint ? 0 : err_set(err, ENOMEM, "list volumes: out of memory");
}

void engine_volumes_free(struct volume_entry *volumes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(volumes[i].mountpoint);
		strs_fini(&volumes[i].labels);
		strs_fini(&volumes[i].options);
	}
	free(volumes);
}

int engine_volumes(struct engine *engine, struct volume_entry **out, size_t *count, struct err *err)
{
	auto_strs names = STRS_INIT;
	struct volume_entry *volumes;
	size_t used = 0;
	int failed = volume_names(engine->store, &names, err);

	if (failed)
		return failed;
	volumes = calloc(names.len + 1, sizeof(*volumes));
	if (!volumes)
		return err_set(err, ENOMEM, "list volumes: out of memory");
	for (size_t i = 0; i < names.len; i++) {
		failed = describe(engine, names.v[i], &volumes[used], err);
		if (failed == -ENOENT) { /* it went meanwhile */
			err_forgive(err);
			continue;
		}
		used++;
		if (failed) {
			engine_volumes_free(volumes, used);
			return failed;
		}
	}
	*out = volumes;
	*count = used;
	return 0;
}

static void add_map(cJSON *to, const char *key, const struct strs *list)
{
	cJSON *map;

	if (!list->len) {
		cJSON_AddNullToObject(to, key);
		return;
	}
	map = cJSON_AddObjectToObject(to, key);
	for (size_t i = 0; i < list->len; i++) {
		auto_free char *name = strdup(list->v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (!equals)
			continue;
		*equals = '\0';
		cJSON_AddStringToObject(map, name, equals + 1);
	}
}

int engine_volume_inspect(
	struct engine *engine, const char *name, struct cJSON **out, struct err *err)
{
	auto_volume volume;
	time_t seconds;
	struct tm tm;
	char text[4600];
	int failed;

	volume_init(&volume);
	failed = volume_read(engine->store, name, &volume, err);
	if (failed)
		return failed;
	*out = cJSON_CreateObject();
	seconds = (time_t)(volume.created_ns / 1000000000u);
	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	cJSON_AddStringToObject(*out, "CreatedAt", text);
	cJSON_AddStringToObject(*out, "Driver", "local");
	add_map(*out, "Labels", &volume.labels);
	volume_path(engine->store, name, text, sizeof(text));
	cJSON_AddStringToObject(*out, "Mountpoint", text);
	cJSON_AddStringToObject(*out, "Name", name);
	add_map(*out, "Options", &volume.options);
	cJSON_AddStringToObject(*out, "Scope", "local");
	return 0;
}

uint64_t engine_volume_size(struct engine *engine, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%.255s/_data", name);
	return usage_of(store_dir(engine->store, STORE_VOLUMES), path);
}

/* ---- create ---- */

static int check_driver(const char *driver, struct err *err)
{
	if (!driver || !*driver || str_eq(driver, "local"))
		return 0;
	return err_set(err, ENOENT,
		"error looking up volume plugin %.60s: plugin \"%.60s\" not found", driver, driver);
}

static int create(struct op *op, struct err *err)
{
	auto_volume volume;
	char id[65];
	int failed;

	volume_init(&volume);
	volume.anonymous = !op->who || !*op->who;
	if (volume.anonymous && names_new_id(id) < 0)
		return err_sys(err, "make a volume's name");
	snprintf(volume.name, sizeof(volume.name), "%s", volume.anonymous ? id : op->who);
	failed = check_driver(op->name, err);
	if (!failed)
		failed = mount_option_check_name(volume.anonymous ? id : op->who, err);
	if (!failed && volume_check_options(&op->options, err) < 0)
		failed = err_in(err, "create %s", volume.name);
	strs_copy(&volume.labels, &op->labels);
	if (volume.anonymous)
		strs_set_env(&volume.labels, VOLUME_ANONYMOUS "=");
	strs_copy(&volume.options, &op->options);
	if (!failed)
		failed = volume_make(op->engine->store, &volume, err);
	if (failed && failed != -EEXIST)
		return failed;
	if (!failed)
		journal_add(op->engine->journal, EVENT_VOLUME, "create", volume.name,
			(const char *const[]){"driver", "local", NULL}, NULL);
	buf_addf(&op->lines, "%s\n", volume.name);
	return err_forgive(err);
}

struct op *engine_volume_create(
	struct engine *engine, const struct volume_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = create};
	struct op *op = op_new(request->name);

	if (!op)
		return NULL;
	op->name = request->driver ? strdup(request->driver) : NULL;
	strs_copy(&op->labels, &request->labels);
	strs_copy(&op->options, &request->options);
	return op_start(engine, &verb, op, done, arg);
}

/* ---- remove, prune ---- */

static int remove_one(struct op *op, struct err *err)
{
	int failed = volume_remove(op->engine, op->who, &op->bytes, err);

	return failed == -ENOENT && op->force ? err_forgive(err) : failed;
}

struct op *engine_volume_remove(
	struct engine *engine, const char *name, bool force, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.prepare = remove_one};
	struct op *op = op_new(name);

	if (op)
		op->force = force;
	return op_start(engine, &verb, op, done, arg);
}

static bool is_wanted(struct op *op, const char *name)
{
	auto_volume volume;

	volume_init(&volume);
	return volume_read(op->engine->store, name, &volume, NULL) == 0 &&
	       (op->prune.all || volume.anonymous) && prune_labels_fit(&op->prune, &volume.labels);
}

static int prune(struct op *op, struct err *err)
{
	auto_strs names = STRS_INIT;
	int failed = volume_names(op->engine->store, &names, err);

	for (size_t i = 0; i < names.len && !failed; i++) {
		uint64_t bytes = 0;

		if (!is_wanted(op, names.v[i]))
			continue;
		failed = volume_remove(op->engine, names.v[i], &bytes, err);
		if (failed == -EBUSY || failed == -ENOENT) {
			failed = err_forgive(err);
			continue;
		}
		op->bytes += bytes;
		if (!failed)
			buf_addf(&op->lines, "%s\n", names.v[i]);
	}
	return failed;
}

struct op *engine_volume_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "prune", .prepare = prune};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}
