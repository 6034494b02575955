/* trash_change.c - a container goes into the trash, and comes back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/lifecycle.h"
#include "core/privilege.h"
#include "core/process.h"
#include "core/trash_mark.h"
#include "core/usage.h"
#include "core/volume_use.h"
#include "runtime/wire.h"
#include "util/own.h"
#include "util/path.h"

/* ---- it goes ---- */

/* Not beside a change that is under way (update.c): it would write into what is not there any more.
 */
static int wait_for_changes(struct engine *engine, const char *id, int *held)
{
	*held = openat(store_dir(engine->store, STORE_CONTAINERS), id,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (*held >= 0 && flock(*held, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	return *held < 0 ? -errno : 0;
}

static int move(struct engine *engine, enum store_dir from, enum store_dir to, const char *id)
{
	return renameat2(store_dir(engine->store, from), id, store_dir(engine->store, to), id,
		       RENAME_NOREPLACE) < 0
		       ? -errno
		       : 0;
}

static int move_away(struct engine *engine, const struct row *row, int own, struct err *err)
{
	auto_close int held = -1;
	auto_strs missing = STRS_INIT;
	int failed = wait_for_changes(engine, row->id, &held);

	volume_use_keep(engine, own, row->id);
	if (!failed)
		failed = move(engine, STORE_CONTAINERS, STORE_KEPT, row->id);
	if (!failed)
		return 0;
	volume_use_again(engine, own, row->id, &missing);
	return err_set(err, failed,
		"container %s cannot be put into the trash: %s; 'davit rm %s' removes it for good",
		row->name, err_name(failed), row->name);
}

int trash_finish(
	struct engine *engine, unsigned number, const struct row *row, int own, struct err *err)
{
	int failed;

	groups_remove(engine, row->id);
	failed = move_away(engine, row, own, err);
	if (!failed)
		return lifecycle_forget(engine, number, row, err);
	roster_set_use(engine->roster, number, row->id, ROW_USED, NULL);
	trash_unmark(engine->store, row->id);
	return failed;
}

/* All that has to be written is, before anybody is told that it goes. */
static int put_mark(struct engine *engine, unsigned number, const struct row *row, int own,
	const struct trash_item *item, struct err *err)
{
	int failed = roster_save(engine->roster, number, row->id, own, err);

	if (failed == -ENOENT)
		return failed;
	if (!failed)
		failed = lifecycle_write_last(own, &row->state);
	if (!failed)
		failed = trash_mark(own, item);
	return failed ? err_set(err, failed,
				"container %s cannot be put into the trash: %s; 'davit rm %s' removes it for good",
				row->name, err_name(failed), row->name)
		      : 0;
}

static int put_held(struct engine *engine, unsigned number, const struct row *row, int own,
	const struct trash_item *item, struct err *err)
{
	int failed = put_mark(engine, number, row, own, item, err);

	if (!failed)
		failed = roster_set_use(engine->roster, number, row->id, ROW_REMOVING, err);
	if (failed) {
		trash_unmark(engine->store, row->id);
		return failed;
	}
	return trash_finish(engine, number, row, own, err);
}

int trash_may_keep(struct engine *engine, const struct row *row, uint64_t *bytes, struct err *err)
{
	struct trash_limits limits = engine_trash_limits();
	const char *name = row->name;

	if (row->state.flags & ROW_AUTO_REMOVE)
		return err_set(err, E2BIG,
			"%s was started with --rm and cannot be kept: 'davit rm -f %s' removes it for good",
			name, name);
	if (!limits.keep_ns || !limits.cap_bytes)
		return err_set(err, E2BIG,
			"the trash is switched off: 'davit rm -f %s' removes it for good", name);
	*bytes = usage_of(store_dir(engine->store, STORE_CONTAINERS), row->id);
	if (*bytes > limits.cap_bytes)
		return err_set(err, E2BIG,
			"%s is more than the trash holds: 'davit rm -f %s' removes it for good",
			name, name);
	return 0;
}

static unsigned caller(void)
{
	return privilege_user();
}

int trash_put(struct engine *engine, unsigned number, const struct row *row, bool volumes,
	struct err *err)
{
	struct trash_item item = {.removed_ns = timing_wall(), .uid = caller(), .volumes = volumes};
	auto_close int own = -1, lock = -1;
	struct row now;
	int failed = trash_may_keep(engine, row, &item.bytes, err);

	if (!failed)
		failed = lifecycle_claim(engine, number, row, &own, &now, &lock, err);
	if (failed)
		return failed == -ENOENT ? 0 : failed;
	failed = put_held(engine, number, &now, own, &item, err);
	if (failed)
		return failed;
	own_closep(&lock);
	lock = -1;
	trash_collect(engine);
	return 0;
}

/* ---- it comes back ---- */

/* A remover that was killed after its rename has left the row; -EEXIST when it is there for
 * another reason. */
static int clear_row(struct engine *engine, const char *id, struct err *err)
{
	struct row row;
	unsigned number;

	if (roster_find(engine->roster, id, &number, &row, NULL) < 0 || !str_eq(row.id, id))
		return 0;
	lifecycle_repair(engine, number, &row, NULL);
	if (roster_read(engine->roster, number, &row) < 0 || !str_eq(row.id, id))
		return 0;
	return err_set(err, EEXIST, "container %.12s is there already", id);
}

static int take_name(
	struct engine *engine, const struct row *row, unsigned *number, struct err *err)
{
	char other[136];
	int failed = roster_add(engine->roster, row, number, err);

	if (failed != -EEXIST)
		return failed;
	engine_trash_suggest(engine, row->name, other);
	return err_set(err, EEXIST,
		"the name \"%s\" is in use: davit trash restore --name %s %.12s brings it back under another",
		row->name, other, row->id);
}

static int check_whole(int own, const struct trash_item *item, struct err *err)
{
	if (!item->row.name[0])
		return err_set(
			err, EIO, "container %.12s is damaged and cannot come back", item->row.id);
	if (faccessat(own, VOLUMES_GONE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(err, ENOENT,
			"container %s is on its way out: its volumes are gone already",
			item->row.name);
	return 0;
}

/* In its new row, which is CREATING until the directory is in its place. */
static int move_back(struct engine *engine, const struct row *row, unsigned number, int own,
	bool renamed, struct strs *missing, struct err *err)
{
	struct row saved = *row;
	int failed = 0;

	saved.use = ROW_USED;
	if (renamed)
		failed = path_replace_at(own, "row", &saved, sizeof(saved), 0600);
	if (!failed) {
		volume_use_again(engine, own, row->id, missing);
		failed = move(engine, STORE_KEPT, STORE_CONTAINERS, row->id);
	}
	if (failed) {
		volume_use_keep(engine, own, row->id);
		roster_free(engine->roster, number, row->id, NULL);
		return err_set(err, failed, "container %s cannot be brought back: %s", row->name,
			err_name(failed));
	}
	trash_unmark(engine->store, row->id);
	engine_announce(engine, row, "create", (const char *const[]){"restored", "true", NULL});
	return roster_set_use(engine->roster, number, row->id, ROW_USED, err);
}

static int restore_held(struct engine *engine, const struct trash_item *item, int own,
	const char *name, struct strs *missing, struct err *err)
{
	struct row row = item->row;
	unsigned number;
	int failed = check_whole(own, item, err);

	if (!failed)
		failed = clear_row(engine, row.id, err);
	if (!failed && name)
		failed = lifecycle_check_name(name, err);
	if (failed)
		return failed;
	if (name)
		snprintf(row.name, sizeof(row.name), "%s", name);
	row.use = ROW_CREATING;
	row.maker = process_self();
	failed = take_name(engine, &row, &number, err);
	return failed ? failed
		      : move_back(engine, &row, number, own, !str_eq(row.name, item->row.name),
				missing, err);
}

int trash_restore(struct engine *engine, const char *who, const char *name, char id[65],
	struct strs *missing, struct err *err)
{
	auto_close int own = -1, lock = -1;
	struct trash_item item;
	int failed = trash_find(engine->store, who, &item, err);

	if (!failed)
		failed = trash_lock(engine->store, item.row.id, &own, &lock, err);
	if (!failed)
		failed = restore_held(engine, &item, own, name, missing, err);
	if (!failed)
		snprintf(id, 65, "%.64s", item.row.id);
	return failed;
}
