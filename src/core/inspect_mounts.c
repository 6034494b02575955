/* inspect_mounts.c - what a container mounts, as docker's inspect object shows it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/inspect_parts.h"
#include "core/volume.h"
#include "util/own.h"

static void put_pairs(cJSON *to, const char *key, const struct strs *list)
{
	cJSON *map;

	if (!list->len)
		return;
	map = cJSON_AddObjectToObject(to, key);
	for (size_t i = 0; i < list->len; i++) {
		auto_free char *name = strdup(list->v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (equals)
			*equals = '\0';
		if (name && !cJSON_GetObjectItemCaseSensitive(map, name))
			cJSON_AddStringToObject(map, name, equals ? equals + 1 : "");
	}
}

/* ---- HostConfig ---- */

static void add_binds(cJSON *host, const struct container_request *request)
{
	cJSON *binds = NULL;

	for (size_t i = 0; i < request->binds.len; i++) {
		if (!strchr(request->binds.v[i], ':'))
			continue;
		binds = binds ? binds : cJSON_AddArrayToObject(host, "Binds");
		cJSON_AddItemToArray(binds, cJSON_CreateString(request->binds.v[i]));
	}
	if (!binds)
		cJSON_AddNullToObject(host, "Binds");
}

static void add_bind_options(cJSON *mount, const struct mount_option *option)
{
	cJSON *bind = cJSON_CreateObject();

	if (option->propagation)
		cJSON_AddStringToObject(bind, "Propagation", option->propagation);
	if (option->depth == MOUNT_FLAT)
		cJSON_AddTrueToObject(bind, "NonRecursive");
	if (option->makes_source)
		cJSON_AddTrueToObject(bind, "CreateMountpoint");
	if (option->depth == MOUNT_DEEP_WRITABLE)
		cJSON_AddTrueToObject(bind, "ReadOnlyNonRecursive");
	if (option->depth == MOUNT_DEEP_READ_ONLY)
		cJSON_AddTrueToObject(bind, "ReadOnlyForceRecursive");
	if (bind->child)
		cJSON_AddItemToObject(mount, "BindOptions", bind);
	else
		cJSON_Delete(bind);
}

static void add_volume_options(cJSON *mount, const struct mount_option *option)
{
	cJSON *volume = cJSON_CreateObject(), *driver;

	if (option->no_copy)
		cJSON_AddTrueToObject(volume, "NoCopy");
	put_pairs(volume, "Labels", &option->labels);
	if (option->subpath)
		cJSON_AddStringToObject(volume, "Subpath", option->subpath);
	if (option->driver || option->options.len) {
		driver = cJSON_AddObjectToObject(volume, "DriverConfig");
		cJSON_AddStringToObject(driver, "Name", option->driver ? option->driver : "local");
		put_pairs(driver, "Options", &option->options);
	}
	if (volume->child)
		cJSON_AddItemToObject(mount, "VolumeOptions", volume);
	else
		cJSON_Delete(volume);
}

static void add_tmpfs_options(cJSON *mount, const struct mount_option *option)
{
	const char *size = strs_env(&option->words, "size"),
		   *mode = strs_env(&option->words, "mode");
	cJSON *tmpfs;

	if (!size && !mode)
		return;
	tmpfs = cJSON_AddObjectToObject(mount, "TmpfsOptions");
	if (size)
		cJSON_AddNumberToObject(tmpfs, "SizeBytes", strtod(size, NULL));
	if (mode)
		cJSON_AddNumberToObject(tmpfs, "Mode", (double)strtoul(mode, NULL, 8));
}

static void add_extras(cJSON *host, const struct recipe *recipe)
{
	cJSON *list = NULL;

	for (size_t i = 0; i < recipe->mounts.len; i++) {
		const struct mount_option *option = &recipe->mounts.v[i].option;
		cJSON *mount;

		if (!recipe->mounts.v[i].is_extra)
			continue;
		list = list ? list : cJSON_AddArrayToObject(host, "Mounts");
		mount = cJSON_CreateObject();
		cJSON_AddItemToArray(list, mount);
		cJSON_AddStringToObject(mount, "Type", mount_type_name(option->type));
		if (option->source)
			cJSON_AddStringToObject(mount, "Source", option->source);
		cJSON_AddStringToObject(mount, "Target", option->target);
		if (option->read_only)
			cJSON_AddTrueToObject(mount, "ReadOnly");
		if (option->type == MOUNT_BIND)
			add_bind_options(mount, option);
		else if (option->type == MOUNT_VOLUME)
			add_volume_options(mount, option);
		else
			add_tmpfs_options(mount, option);
	}
}

static void add_tmpfs(cJSON *host, const struct container_request *request)
{
	cJSON *map;

	if (!request->tmpfs.len)
		return;
	map = cJSON_AddObjectToObject(host, "Tmpfs");
	for (size_t i = 0; i < request->tmpfs.len; i++) {
		auto_free char *target = strdup(request->tmpfs.v[i]);
		char *colon = target ? strchr(target, ':') : NULL;

		if (colon)
			*colon = '\0';
		if (target)
			cJSON_AddStringToObject(map, target, colon ? colon + 1 : "");
	}
}

void inspect_add_mount_options(
	cJSON *host, const struct container_request *request, const struct recipe *recipe)
{
	add_binds(host, request);
	inspect_add_list(host, "VolumesFrom", &request->volumes_from);
	add_extras(host, recipe);
	add_tmpfs(host, request);
}

/* ---- Mounts ---- */

static const char *mode_of(const struct mount_point *point)
{
	/* docker's default for a volume that somebody named. */
	if (point->option.type == MOUNT_VOLUME && !point->is_anonymous && !*point->option.mode)
		return "z";
	return point->option.mode;
}

static const char *propagation_of(const struct mount_option *option)
{
	if (option->propagation)
		return option->propagation;
	return option->type == MOUNT_BIND ? "rprivate" : "";
}

static cJSON *describe(const struct store *store, const struct mount_point *point)
{
	const struct mount_option *option = &point->option;
	cJSON *mount = cJSON_CreateObject();
	char path[4600] = "";

	cJSON_AddStringToObject(mount, "Type", mount_type_name(option->type));
	if (option->type == MOUNT_VOLUME) {
		volume_path(store, point->name, path, sizeof(path));
		cJSON_AddStringToObject(mount, "Name", point->name);
	}
	cJSON_AddStringToObject(
		mount, "Source", option->type == MOUNT_BIND ? option->source : path);
	cJSON_AddStringToObject(mount, "Destination", option->target);
	if (option->type == MOUNT_VOLUME)
		cJSON_AddStringToObject(mount, "Driver", "local");
	cJSON_AddStringToObject(mount, "Mode", mode_of(point));
	cJSON_AddBoolToObject(mount, "RW", !option->read_only);
	cJSON_AddStringToObject(mount, "Propagation", propagation_of(option));
	if (point->is_anonymous)
		cJSON_AddTrueToObject(mount, "Anonymous");
	return mount;
}

/* What --tmpfs made is in HostConfig alone, as with docker. */
void inspect_add_mounts(cJSON *to, const struct store *store, const struct recipe *recipe)
{
	cJSON *mounts = cJSON_AddArrayToObject(to, "Mounts");

	for (size_t i = 0; i < recipe->mounts.len; i++) {
		const struct mount_point *point = &recipe->mounts.v[i];

		if (point->option.type != MOUNT_TMPFS || point->is_extra)
			cJSON_AddItemToArray(mounts, describe(store, point));
	}
}
