#include "core/volume_use.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/lifecycle.h"
#include "core/trash.h"
#include "core/usage.h"
#include "runtime/wire.h"
#include "util/own.h"
#include "util/path.h"

enum { LIST_MAX = 1 << 20 };

/* ---- users ---- */

static int add_user(int lock_fd, const char *id, struct err *err)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "users/%.64s", id);
	fd = openat(lock_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "note the volume's user");
	close(fd);
	return 0;
}

static void drop_user(int lock_fd, const char *id)
{
	char path[80];

	snprintf(path, sizeof(path), "users/%.64s", id);
	unlinkat(lock_fd, path, 0);
}

/* One in the trash still uses what nobody named. */
static bool is_there(struct engine *engine, const char *id, struct row *row)
{
	unsigned number;

	if (roster_find(engine->roster, id, &number, row, NULL) == 0 && str_eq(row->id, id))
		return true;
	*row = (struct row){.use = ROW_REMOVING};
	return trash_has(engine->store, id);
}

/* *up (may be NULL): whether one of them runs, other than `but`. */
static int list_users(struct engine *engine, int lock_fd, const char *but, struct strs *out,
	bool *up, struct err *err)
{
	int fd = openat(lock_fd, "users", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return err_sys(err, "list a volume's users");
	while ((entry = readdir(dir))) {
		struct row row;

		if (entry->d_name[0] == '.')
			continue;
		if (!is_there(engine, entry->d_name, &row)) {
			drop_user(lock_fd, entry->d_name);
			continue;
		}
		strs_add(out, entry->d_name);
		if (up)
			*up |= row_is_monitored(&row) && !str_eq(row.id, but);
	}
	closedir(dir);
	return strs_failed(out) ? err_set(err, ENOMEM, "list a volume's users: out of memory") : 0;
}

int volume_users(struct engine *engine, int lock_fd, struct strs *out, struct err *err)
{
	return list_users(engine, lock_fd, NULL, out, NULL, err);
}

static unsigned look_at_users(struct engine *engine, const char *name, struct strs *ids)
{
	char path[VOLUME_NAME_SIZE + 16];
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%.255s/users", name);
	fd = openat(store_dir(engine->store, STORE_VOLUMES), path,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && (entry = readdir(dir))) {
		struct row row;

		if (entry->d_name[0] == '.' || !is_there(engine, entry->d_name, &row))
			continue;
		count++;
		if (ids)
			strs_add(ids, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return count;
}

unsigned volume_count_users(struct engine *engine, const char *name)
{
	return look_at_users(engine, name, NULL);
}

int engine_volume_users(struct engine *engine, const char *name, struct strs *ids, struct err *err)
{
	look_at_users(engine, name, ids);
	return strs_failed(ids) ? err_set(err, ENOMEM, "list a volume's users: out of memory") : 0;
}

static bool is_busy(struct engine *engine, int lock_fd, const char *but)
{
	auto_strs ids = STRS_INIT;
	bool up = false;

	/* What cannot be asked is taken for busy: then nothing is unmounted. */
	return list_users(engine, lock_fd, but, &ids, &up, NULL) < 0 || up;
}

/* ---- removing ---- */

static int refuse_used(const char *name, const struct strs *ids, struct err *err)
{
	auto_buf list = BUF_INIT;

	for (size_t i = 0; i < ids->len; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", ids->v[i]);
	return err_set(err, EBUSY, "remove %s: volume is in use - [%s]", name, buf_text(&list));
}

static int remove_locked(struct engine *engine, const char *name, int lock_fd,
	char hidden[STORE_HIDDEN_SIZE], struct err *err)
{
	auto_strs ids = STRS_INIT;
	int failed = volume_users(engine, lock_fd, &ids, err);

	if (!failed && ids.len)
		failed = refuse_used(name, &ids, err);
	if (!failed)
		failed = volume_unmount(engine, lock_fd, err);
	if (failed)
		return failed;
	return store_hide(engine->store, STORE_VOLUMES, name, hidden, err);
}

int volume_remove(struct engine *engine, const char *name, uint64_t *bytes, struct err *err)
{
	auto_close int lock = volume_lock(engine->store, name, err);
	char hidden[STORE_HIDDEN_SIZE];
	int failed = lock < 0 ? lock : remove_locked(engine, name, lock, hidden, err);

	if (failed)
		return failed;
	journal_add(engine->journal, EVENT_VOLUME, "destroy", name,
		(const char *const[]){"driver", "local", NULL}, NULL);
	if (bytes)
		*bytes = usage_of(lock, "_data");
	return store_delete_hidden(engine->store, hidden, err);
}

/* ---- a container's list ---- */

struct used {
	bool anonymous, mounted;
	const char *name;
};

/* One line of the list; the next begins behind it. False: there is none. */
static bool next_used(char **at, struct used *out)
{
	char *line = *at, *end = line ? strchr(line, '\n') : NULL;

	if (!end || end - line < 5 || line[3] != ' ')
		return false;
	*end = '\0';
	*at = end + 1;
	line[4 + strcspn(line + 4, " ")] = '\0';
	*out = (struct used){line[0] == 'a', line[1] == 'm', line + 4};
	return true;
}

static bool read_list(int own_fd, const char *file, struct buf *text)
{
	return path_read_at(own_fd, file, LIST_MAX, text) == 0 && text->len && !buf_failed(text);
}

int volume_use_record(
	struct engine *engine, const struct mounts *mounts, int dir_fd, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed;

	for (size_t i = 0; i < mounts->len; i++) {
		const struct mount_point *mount = &mounts->v[i];
		auto_volume volume;

		volume_init(&volume);
		if (mount->option.type != MOUNT_VOLUME)
			continue;
		failed = volume_read(engine->store, mount->name, &volume, err);
		if (failed)
			return failed;
		buf_addf(&text, "%c%c%c %s ", mount->is_anonymous ? 'a' : 'n',
			volume.options.len ? 'm' : '-', mount->option.read_only ? 'r' : 'w',
			mount->name);
		for (const char *at = mount->option.target; *at; at++)
			buf_addc(&text, *at == '\n' ? '?' : *at); /* it is only told of */
		buf_addc(&text, '\n');
	}
	if (buf_failed(&text))
		return err_set(err, ENOMEM, "note the container's volumes: out of memory");
	failed = text.len ? path_replace_at(dir_fd, VOLUMES_LIST, buf_text(&text), text.len, 0600)
			  : 0;
	return failed ? err_set(err, failed, "note the container's volumes: %s", err_name(failed))
		      : 0;
}

static int mount_again(struct engine *engine, const char *name, const char *id, struct err *err)
{
	auto_close int lock = volume_lock(engine->store, name, err);
	auto_volume volume;
	int failed = lock < 0 ? lock : 0;

	volume_init(&volume);
	if (!failed)
		failed = volume_read(engine->store, name, &volume, err);
	return failed ? failed
		      : volume_mount(engine, &volume, lock, is_busy(engine, lock, id), err);
}

int volume_use_start(struct engine *engine, int own_fd, const char *id, struct err *err)
{
	auto_buf text = BUF_INIT;
	char *at;
	struct used used;
	int failed = 0;

	if (!read_list(own_fd, VOLUMES_LIST, &text))
		return 0;
	at = text.data;
	while (!failed && next_used(&at, &used))
		if (used.mounted)
			failed = mount_again(engine, used.name, id, err);
	return failed;
}

static void leave(struct engine *engine, const char *name, const char *id, bool remove)
{
	auto_close int lock = volume_lock(engine->store, name, NULL);

	if (lock < 0)
		return;
	drop_user(lock, id);
	if (volume_is_mounted(lock) && !is_busy(engine, lock, id))
		volume_unmount(engine, lock, NULL);
	own_closep(&lock);
	lock = -1;
	/* Refused where others use it, as it should be. */
	if (remove)
		volume_remove(engine, name, NULL, NULL);
}

void volume_use_end(struct engine *engine, const char *id, bool anonymous)
{
	auto_close int own = launch_own_dir(engine, id, NULL);

	if (own >= 0)
		volume_use_end_at(engine, own, id, anonymous);
}

void volume_use_end_at(struct engine *engine, int own, const char *id, bool anonymous)
{
	auto_buf text = BUF_INIT;
	struct used used;
	char *at;

	if (anonymous)
		renameat(own, VOLUMES_LIST, own, VOLUMES_GONE);
	if (read_list(own, VOLUMES_GONE, &text))
		anonymous = true;
	else if (!read_list(own, VOLUMES_LIST, &text))
		return;
	at = text.data;
	while (next_used(&at, &used))
		leave(engine, used.name, id, anonymous && used.anonymous);
}

void volume_use_keep(struct engine *engine, int own_fd, const char *id)
{
	auto_buf text = BUF_INIT;
	struct used used;
	char *at;

	if (!read_list(own_fd, VOLUMES_LIST, &text))
		return;
	at = text.data;
	while (next_used(&at, &used))
		if (!used.anonymous)
			leave(engine, used.name, id, false);
}

void volume_use_lost(struct engine *engine, int own_fd, const char *id)
{
	auto_buf text = BUF_INIT;
	struct used used;
	char *at;

	if (!read_list(own_fd, VOLUMES_LIST, &text))
		return;
	at = text.data;
	while (next_used(&at, &used))
		journal_add(engine->journal, EVENT_VOLUME, "unmount", used.name,
			(const char *const[]){"container", id, "driver", "local", NULL}, NULL);
}

static bool come_back(struct engine *engine, const char *name, const char *id)
{
	auto_close int lock = volume_lock(engine->store, name, NULL);

	return lock >= 0 && add_user(lock, id, NULL) == 0;
}

void volume_use_again(struct engine *engine, int own_fd, const char *id, struct strs *missing)
{
	auto_buf text = BUF_INIT;
	struct used used;
	char *at;

	if (!read_list(own_fd, VOLUMES_LIST, &text))
		return;
	at = text.data;
	while (next_used(&at, &used))
		if (!come_back(engine, used.name, id))
			strs_add(missing, used.name);
}

/* ---- creation ---- */

static int make_missing(struct engine *engine, const struct mount_point *mount, struct err *err)
{
	auto_volume volume;
	struct err why;
	int failed;

	volume_init(&volume);
	failed = volume_check_options(&mount->option.options, err);
	if (failed)
		return err_in(err, "create %s", mount->name);
	snprintf(volume.name, sizeof(volume.name), "%s", mount->name);
	volume.anonymous = mount->is_anonymous;
	strs_copy(&volume.labels, &mount->option.labels);
	if (volume.anonymous)
		strs_set_env(&volume.labels, VOLUME_ANONYMOUS "=");
	strs_copy(&volume.options, &mount->option.options);
	if (strs_failed(&volume.labels) || strs_failed(&volume.options))
		return err_set(err, ENOMEM, "make volume %s: out of memory", mount->name);
	failed = volume_make(engine->store, &volume, &why);
	if (failed == -EEXIST)
		return 0;
	if (failed)
		return err_set(err, failed, "%s", why.text);
	journal_add(engine->journal, EVENT_VOLUME, "create", mount->name,
		(const char *const[]){"driver", "local", NULL}, NULL);
	return 0;
}

static int use_locked(struct engine *engine, const struct mount_point *mount,
	const struct image *image, const char *id, int lock, struct err *err)
{
	auto_volume volume;
	bool busy;
	int failed;

	volume_init(&volume);
	failed = volume_read(engine->store, mount->name, &volume, err);
	if (!failed)
		failed = add_user(lock, id, err);
	if (failed || mount->option.no_copy)
		return failed;
	busy = volume.options.len && is_busy(engine, lock, id);
	failed = volume_mount(engine, &volume, lock, busy, err);
	if (!failed)
		failed = volume_fill(
			engine, image, lock, mount->option.subpath, mount->option.target, err);
	if (volume.options.len && !busy)
		volume_unmount(engine, lock, NULL);
	return failed;
}

static int use_one(struct engine *engine, const struct mount_point *mount,
	const struct image *image, const char *id, struct err *err)
{
	/* Somebody may remove it between the making and the lock: then it is made once more. */
	for (int attempt = 0;; attempt++) {
		auto_close int lock = -1;
		int failed = mount->is_taken ? 0 : make_missing(engine, mount, err);

		if (failed)
			return failed;
		lock = volume_lock(engine->store, mount->name, err);
		if (lock == -ENOENT && attempt < 10 && !mount->is_taken)
			continue;
		return lock < 0 ? lock : use_locked(engine, mount, image, id, lock, err);
	}
}

int volume_use_all(struct engine *engine, const struct mounts *mounts, const struct image *image,
	const char *id, struct err *err)
{
	for (size_t i = 0; i < mounts->len; i++) {
		if (mounts->v[i].option.type != MOUNT_VOLUME)
			continue;
		if (use_one(engine, &mounts->v[i], image, id, err) < 0) {
			volume_use_undo(engine, mounts, id);
			return err->code;
		}
	}
	return 0;
}

void volume_use_undo(struct engine *engine, const struct mounts *mounts, const char *id)
{
	for (size_t i = 0; i < mounts->len; i++) {
		const struct mount_point *mount = &mounts->v[i];

		if (mount->option.type == MOUNT_VOLUME)
			leave(engine, mount->name, id, mount->is_anonymous && !mount->is_taken);
	}
}
