#include "core/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/timing.h"
#include "util/buf.h"
#include "util/json.h"
#include "util/path.h"
#include "util/size.h"

enum { RECORD_MAX = 1 << 20 };

void volume_init(struct volume *volume)
{
	*volume = (struct volume){.labels = STRS_INIT, .options = STRS_INIT};
}

void volume_fini(struct volume *volume)
{
	strs_fini(&volume->labels);
	strs_fini(&volume->options);
}

void volume_path(const struct store *store, const char *name, char *path, size_t room)
{
	snprintf(path, room, "%s/volumes/%s/_data", store_root(store), name);
}

/* ---- options ---- */

static int check_known(const struct strs *options, struct err *err)
{
	static const char *const known[] = {"type", "o", "device", "size"};

	for (size_t i = 0; i < options->len; i++) {
		size_t len = strcspn(options->v[i], "=");
		bool found = false;

		for (size_t k = 0; k < array_len(known); k++)
			found |= strlen(known[k]) == len &&
				 strncmp(known[k], options->v[i], len) == 0;
		if (!found)
			return err_set(err, EINVAL, "invalid option: \"%.*s\"",
				(int)(len > 100 ? 100 : len), options->v[i]);
	}
	return 0;
}

int volume_check_options(const struct strs *options, struct err *err)
{
	static const char *const needs[][2] = {
		{"device", "type"}, {"type", "device"}, {"o", "device"}, {"o", "type"}};
	int failed = check_known(options, err);

	if (failed)
		return failed;
	if (strs_env(options, "size"))
		return err_set(err, ENOTSUP,
			"quota size requested but no quota support: give the size of a tmpfs with o=size=…");
	for (size_t i = 0; i < array_len(needs); i++)
		if (strs_env(options, needs[i][0]) && !strs_env(options, needs[i][1]))
			return err_set(err, EINVAL, "missing required option: \"%s\"", needs[i][1]);
	return 0;
}

/* ---- the record ---- */

static void put_map(cJSON *to, const char *key, const struct strs *list)
{
	cJSON *map = cJSON_AddObjectToObject(to, key);

	for (size_t i = 0; i < list->len; i++) {
		auto_free char *name = strdup(list->v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (equals)
			*equals = '\0';
		if (name && !cJSON_GetObjectItemCaseSensitive(map, name))
			cJSON_AddStringToObject(map, name, equals ? equals + 1 : "");
	}
}

static int put_record(int dir_fd, const struct volume *volume, struct err *err)
{
	auto_json *record = cJSON_CreateObject();
	auto_free char *text = NULL;
	char created[24];
	int failed;

	/* Nanoseconds do not fit a JSON number. */
	snprintf(created, sizeof(created), "%llu", (unsigned long long)timing_wall());
	cJSON_AddNumberToObject(record, "Version", 1);
	cJSON_AddStringToObject(record, "Created", created);
	cJSON_AddBoolToObject(record, "Anonymous", volume->anonymous);
	put_map(record, "Labels", &volume->labels);
	put_map(record, "Options", &volume->options);
	text = cJSON_PrintUnformatted(record);
	if (!text)
		return err_set(err, ENOMEM, "make a volume: out of memory");
	failed = path_replace_at(dir_fd, "volume.json", text, strlen(text), 0600);
	return failed ? err_set(err, failed, "write volume.json: %s", err_name(failed)) : 0;
}

static void get_map(const cJSON *map, struct strs *out)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, map)
		strs_addf(
			out, "%s=%s", item->string, cJSON_IsString(item) ? item->valuestring : "");
}

static int no_such(const char *name, struct err *err)
{
	if (!*name)
		return err_set(err, EINVAL, "invalid volume name or ID: value is empty");
	return err_set(err, ENOENT, "get %.255s: no such volume", name);
}

/* What cannot be a name is none that exists, and reaches no file. */
static bool is_name(const char *name)
{
	return *name && name[0] != '.' && strlen(name) < VOLUME_NAME_SIZE && !strchr(name, '/');
}

int volume_read(struct store *store, const char *name, struct volume *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_json *record = NULL;
	char path[VOLUME_NAME_SIZE + 16];
	int failed = -ENOENT;

	snprintf(path, sizeof(path), "%.255s/volume.json", name);
	if (is_name(name))
		failed = path_read_at(store_dir(store, STORE_VOLUMES), path, RECORD_MAX, &text);
	if (failed == -ENOENT)
		return no_such(name, err);
	if (failed)
		return err_set(err, failed, "volume %s: %s", name, err_name(failed));
	if (json_parse(buf_text(&text), text.len, &record, err) < 0)
		return err_in(err, "volume %s: volume.json", name);
	snprintf(out->name, sizeof(out->name), "%s", name);
	out->created_ns = strtoull(json_str_or(record, "Created", "0"), NULL, 10);
	out->anonymous = json_is_true(record, "Anonymous");
	get_map(json_object(record, "Labels"), &out->labels);
	get_map(json_object(record, "Options"), &out->options);
	return strs_failed(&out->labels) || strs_failed(&out->options)
		       ? err_set(err, ENOMEM, "volume %s: out of memory", name)
		       : 0;
}

/* ---- making ---- */

int volume_make(struct store *store, const struct volume *volume, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	int failed;

	if (faccessat(store_dir(store, STORE_VOLUMES), volume->name, F_OK, AT_SYMLINK_NOFOLLOW) ==
		0)
		return err_set(err, EEXIST, "volume %s: it exists already", volume->name);
	failed = stage_new(store, &stage, err);
	if (failed)
		return failed;
	if (mkdirat(stage_fd(stage), "_data", 0755) < 0 ||
		fchmodat(stage_fd(stage), "_data", 0755, 0) < 0 ||
		mkdirat(stage_fd(stage), "users", 0700) < 0)
		return err_sys(err, "make volume %s", volume->name);
	failed = put_record(stage_fd(stage), volume, err);
	if (failed)
		return err_in(err, "make volume %s", volume->name);
	return stage_move(stage, STORE_VOLUMES, volume->name, err);
}

/* ---- finding ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int volume_names(struct store *store, struct strs *out, struct err *err)
{
	int fd = openat(store_dir(store, STORE_VOLUMES), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return err_sys(err, "list volumes");
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			strs_add(out, entry->d_name);
	closedir(dir);
	if (strs_failed(out))
		return err_set(err, ENOMEM, "list volumes: out of memory");
	if (out->len)
		qsort(out->v, out->len, sizeof(*out->v), by_name);
	return 0;
}

/* A volume that was removed, and perhaps made anew, while we waited for the lock is another one. */
static bool is_still(int dir_fd, int fd, const char *name)
{
	struct stat st, now;

	return fstat(fd, &st) == 0 && fstatat(dir_fd, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_ino == now.st_ino && st.st_dev == now.st_dev;
}

int volume_lock(struct store *store, const char *name, struct err *err)
{
	int dir_fd = store_dir(store, STORE_VOLUMES);

	for (;;) {
		auto_close int fd = -1;

		if (is_name(name))
			fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (!is_name(name) || errno == ENOENT))
			return no_such(name, err);
		if (fd < 0)
			return err_sys(err, "volume %s", name);
		while (flock(fd, LOCK_EX) < 0)
			if (errno != EINTR)
				return err_sys(err, "lock volume %s", name);
		if (is_still(dir_fd, fd, name))
			return take_fd(&fd);
	}
}
