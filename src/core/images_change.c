#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/images_own.h"
#include "core/trash.h"

/* ---- a change ---- */

/* Lock before mutex, everywhere: who waits for the lock must not keep other threads from the
 * database that its holder needs. */
int images_change_begin(struct images_change *change, struct err *err)
{
	change->freed = (struct image_freed){0};
	change->lock = store_lock(change->engine->store, true, err);
	if (change->lock < 0)
		return err->code;
	change->alone = store_alone(change->engine->store, err);
	if (change->alone < 0 && change->alone != -EAGAIN) {
		own_closep(&change->lock);
		return err->code;
	}
	err_forgive(err);
	uv_mutex_lock(&change->engine->store_lock);
	return 0;
}

static bool is_used(const char *id, void *arg)
{
	struct images_users users;

	images_find_users(arg, id, &users);
	return users.running[0] || images_are_held(&users);
}

int images_change_end(struct images_change *change, int failed, struct err *err)
{
	struct store *store = change->engine->store;
	struct err later;

	/* What a container that has gone held goes with whatever is removed next. */
	if (!failed && change->alone >= 0)
		failed = image_collect(store, is_used, change->engine, &change->freed, err);
	uv_mutex_unlock(&change->engine->store_lock);
	own_closep(&change->alone);
	own_closep(&change->lock);
	change->alone = change->lock = -1;
	if (image_delete_freed(store, &change->freed, &later) < 0 && !failed)
		failed = err_set(err, later.code, "%s", later.text);
	return failed;
}

/* ---- users ---- */

void images_find_users(struct engine *engine, const char *id, struct images_users *out)
{
	unsigned last = roster_last(engine->roster);
	const char *hex = digest_hex(id);

	*out = (struct images_users){0};
	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		if (roster_read(engine->roster, i, &row) < 0 || strncmp(row.image_id, hex, 64) != 0)
			continue;
		if (row.use == ROW_USED)
			engine_correct_row(engine, i, &row);
		snprintf(row_is_monitored(&row) ? out->running : out->stopped, 65, "%.64s", row.id);
	}
	trash_find_user(engine->store, hex, out->kept);
}

/* ---- its steps ---- */

static void announce(
	struct images_change *change, const char *action, const char *id, const char *name)
{
	journal_add(change->engine->journal, EVENT_IMAGE, action, id,
		(const char *const[]){"name", name, NULL}, NULL);
}

int images_untag(
	struct images_change *change, const struct image *image, const char *name, struct err *err)
{
	if (image_untag(change->engine->store, name, err) < 0)
		return err->code;
	buf_addf(change->lines, "%s%s\n", change->untagged, name);
	announce(change, "untag", image->id, name);
	return 0;
}

static int untag_all(struct images_change *change, const struct image *image, struct err *err)
{
	for (size_t i = 0; i < image->tags.len; i++)
		if (images_untag(change, image, image->tags.v[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < image->digests.len; i++)
		if (images_untag(change, image, image->digests.v[i], err) < 0)
			return err->code;
	return 0;
}

int images_delete(
	struct images_change *change, const struct image *image, bool held, struct err *err)
{
	size_t before = change->freed.diff_ids.len;

	if (untag_all(change, image, err) < 0 ||
		image_remove(change->engine->store, image->id, held, change->alone >= 0,
			&change->freed, err) < 0)
		return err->code;
	buf_addf(change->lines, "%s%s\n", change->deleted, image->id);
	for (size_t i = before; i < change->freed.diff_ids.len; i++)
		buf_addf(change->lines, "%s%s\n", change->deleted, change->freed.diff_ids.v[i]);
	announce(change, "delete", image->id, image->id);
	return 0;
}
