/* trash_ops.c - the façade of the trash (engine_trash.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/op.h"
#include "core/ops_talk.h"
#include "core/trash.h"
#include "core/usage.h"
#include "util/own.h"

int engine_trash(struct engine *engine, struct trash_entry **out, size_t *count, struct err *err)
{
	struct trash_limits limits = engine_trash_limits();
	auto_free struct trash_item *items = NULL;
	struct trash_entry *entries;
	uint64_t now = timing_wall();
	size_t found = 0, used = 0;

	if (trash_list(engine->store, &items, &found, err) < 0)
		return err->code;
	entries = calloc(found + 1, sizeof(*entries));
	if (!entries)
		return err_set(err, ENOMEM, "look into the trash: out of memory");
	for (size_t i = 0; i < found; i++) {
		const struct trash_item *item = &items[i];
		struct trash_entry *entry = &entries[used];

		entry->removed_ns = item->removed_ns;
		entry->until_ns = item->removed_ns + limits.keep_ns;
		entry->bytes = item->bytes;
		entry->uid = item->uid;
		snprintf(entry->id, sizeof(entry->id), "%.64s", item->row.id);
		snprintf(entry->name, sizeof(entry->name), "%s", item->row.name);
		snprintf(entry->image, sizeof(entry->image), "%s", item->row.image);
		used += entry->until_ns > now;
	}
	*out = entries;
	*count = used;
	return 0;
}

/* ---- put ---- */

/* Before anything is stopped: one that cannot be kept is left alone, or was to go in any case. */
static int find_to_put(struct op *op, struct err *err)
{
	struct row row;
	int failed = engine_find_row(op->engine, op->who, &op->number, &row, err);

	if (!failed)
		failed = trash_may_keep(op->engine, &row, &op->bytes, err);
	if (failed == -E2BIG && op->force) {
		buf_addf(&op->lines, "%s is gone for good", row.name);
		failed = err_forgive(err);
	}
	return failed ? failed : ops_find_to_stop(op, err);
}

static int put_now(struct op *op, struct err *err)
{
	int failed = 0;

	if (op->lines.len)
		return lifecycle_remove(
			op->engine, op->number, &op->row, REMOVAL_WAIT, op->volumes, err);
	failed = trash_put(op->engine, op->number, &op->row, op->volumes, err);
	/* It may have written more before it ended. */
	if (failed == -E2BIG && op->force) {
		buf_addf(&op->lines, "%s is gone for good", op->row.name);
		err_forgive(err);
		return put_now(op, err);
	}
	return failed;
}

struct op *engine_trash_put(
	struct engine *engine, const char *who, unsigned flags, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "remove",
		.prepare = find_to_put,
		.say = ops_say_stop,
		.hear = ops_hear_done,
		.again = true,
		.finish = put_now};
	struct op *op = op_new(who);

	if (op) {
		op->timeout_ms = -2; /* its own */
		op->volumes = flags & TRASH_VOLUMES;
		op->force = flags & TRASH_OR_REMOVE;
	}
	return op_start(engine, &verb, op, done, arg);
}

/* ---- restore ---- */

static int restore_now(struct op *op, struct err *err)
{
	auto_strs missing = STRS_INIT;
	char id[65] = "", *at = op->who;
	int failed = *at ? 0 : trash_restore(op->engine, "", op->name, id, &missing, err);

	for (char *who; !failed && (who = strsep(&at, " "));)
		if (*who)
			failed = trash_restore(op->engine, who, op->name, id, &missing, err);
	for (size_t i = 0; i < missing.len; i++)
		buf_addf(&op->lines, "%s\n", missing.v[i]);
	snprintf(op->row.id, sizeof(op->row.id), "%s", id);
	trash_collect(op->engine);
	return failed;
}

struct op *engine_trash_restore(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "restore", .prepare = restore_now};
	struct op *op = op_new(who);

	if (op && name && !(op->name = strdup(*name == '/' ? name + 1 : name))) {
		op_free(op);
		return NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

/* ---- empty ---- */

static int empty_one(struct op *op, const struct trash_item *item, struct err *err)
{
	int failed = trash_purge(op->engine, item, err);

	if (failed == -ENOENT)
		return err_forgive(err); /* somebody was faster */
	if (failed)
		return failed;
	buf_addf(&op->lines, "%s\n", item->row.id);
	op->bytes += item->bytes;
	return 0;
}

static int empty_now(struct op *op, struct err *err)
{
	auto_free struct trash_item *items = NULL;
	struct trash_item item;
	size_t count = 0;
	int failed;

	if (*op->who) {
		failed = trash_find(op->engine->store, op->who, &item, err);
		return failed ? failed : empty_one(op, &item, err);
	}
	store_sweep(op->engine->store); /* one before us may have been cut short */
	failed = trash_list(op->engine->store, &items, &count, err);
	for (size_t i = 0; i < count && !failed && !op->canceled; i++)
		failed = empty_one(op, &items[i], err);
	return failed;
}

struct op *engine_trash_empty(struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "empty the trash", .prepare = empty_now};

	return op_start(engine, &verb, op_new(who), done, arg);
}

/* ---- small questions ---- */

static bool is_taken(struct engine *engine, const char *name)
{
	struct roster_scan scan;
	const struct row *row;

	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan)))
		if (str_eq(row->name, name))
			return true;
	return false;
}

void engine_trash_suggest(struct engine *engine, const char *name, char out[136])
{
	for (unsigned i = 2; i < 10000; i++) {
		snprintf(out, 136, "%.124s-%u", name, i);
		if (!is_taken(engine, out))
			return;
	}
}

static int weigh(struct op *op, struct err *err)
{
	int failed = engine_find_row(op->engine, op->who, &op->number, &op->row, err);

	if (!failed)
		op->bytes = usage_of(store_dir(op->engine->store, STORE_CONTAINERS), op->row.id);
	return failed;
}

struct op *engine_container_weigh(
	struct engine *engine, const char *who, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "weigh", .prepare = weigh, .looks = true};

	return op_start(engine, &verb, op_new(who), done, arg);
}
