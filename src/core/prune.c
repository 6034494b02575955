/* prune.c - what nobody needs any more goes: images without a use, containers that ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/images_own.h"
#include "core/inspect.h"
#include "core/lifecycle.h"
#include "core/op.h"
#include "core/usage.h"

/* ---- labels ---- */

static bool has_label(const struct strs *labels, const char *wanted)
{
	const char *equals = strchr(wanted, '=');
	size_t len = equals ? strlen(wanted) : strlen(wanted) + 1;

	for (size_t i = 0; i < labels->len; i++) {
		const char *label = labels->v[i];

		if (equals ? str_eq(label, wanted)
			   : strncmp(label, wanted, len - 1) == 0 && label[len - 1] == '=')
			return true;
	}
	return false;
}

bool prune_labels_fit(const struct prune_request *request, const struct strs *labels)
{
	for (size_t i = 0; i < request->labels.len; i++)
		if (!has_label(labels, request->labels.v[i]))
			return false;
	for (size_t i = 0; i < request->lacks.len; i++)
		if (has_label(labels, request->lacks.v[i]))
			return false;
	return true;
}

/* ---- images ---- */

struct choosing {
	const struct prune_request *request;
	struct strs ids;
};

static bool is_prunable(const struct prune_request *request, const struct image *image)
{
	if (!request->all && image->tags.len)
		return false;
	return !request->until_ns || (uint64_t)image->created * 1000000000u < request->until_ns;
}

static int choose(const struct image *image, void *arg)
{
	struct choosing *choosing = arg;

	if (is_prunable(choosing->request, image))
		strs_add(&choosing->ids, image->id);
	return 0;
}

/* Asked again with the lock held: a container or a name may have come meanwhile. */
static int prune_one(struct op *op, struct images_change *change, const char *id, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	struct images_users users;
	int failed = image_get(op->engine->store, id, &image, err);

	if (failed)
		return failed == -ENOENT ? err_forgive(err) : failed;
	images_find_users(op->engine, id, &users);
	if (users.running[0] || users.stopped[0] || !is_prunable(&op->prune, image) ||
		!prune_labels_fit(&op->prune, &image->config.labels))
		return 0;
	return images_delete(change, image, users.kept[0], err);
}

static int prune_each(struct op *op, const struct strs *ids, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < ids->len && !failed; i++) {
		struct images_change change = {.engine = op->engine,
			.lines = &op->lines,
			.untagged = "untagged: ",
			.deleted = "deleted: "};

		failed = images_change_begin(&change, err);
		if (failed)
			break;
		failed = prune_one(op, &change, ids->v[i], err);
		failed = images_change_end(&change, failed, err);
		op->bytes += change.freed.bytes;
		image_freed_fini(&change.freed);
	}
	return failed;
}

/* What an earlier removal had to leave, because somebody was at work. */
static int collect_left(struct op *op, struct err *err)
{
	struct images_change change = {.engine = op->engine, .lines = &op->lines};
	int failed = images_change_begin(&change, err);

	if (!failed)
		failed = images_change_end(&change, 0, err);
	op->bytes += change.freed.bytes;
	image_freed_fini(&change.freed);
	return failed;
}

static int prune_images(struct op *op, struct err *err)
{
	struct choosing choosing = {.request = &op->prune};
	int failed;

	uv_mutex_lock(&op->engine->store_lock);
	failed = image_each(op->engine->store, choose, &choosing, err);
	uv_mutex_unlock(&op->engine->store_lock);
	if (!failed && strs_failed(&choosing.ids))
		failed = err_set(err, ENOMEM, "prune images: out of memory");
	if (!failed)
		failed = prune_each(op, &choosing.ids, err);
	if (!failed)
		failed = collect_left(op, err);
	strs_fini(&choosing.ids);
	return failed;
}

struct op *engine_image_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "prune", .prepare = prune_images};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}

/* ---- containers ---- */

/* The writable layer; with the copy driver, the whole tree. What the rest of the directory weighs
 * is the same few pages for each. */
uint64_t prune_weigh(struct engine *engine, const char *id)
{
	static const char *const parts[] = {"upper", "root"};
	char path[100];
	uint64_t bytes = 0;

	for (size_t i = 0; i < array_len(parts); i++) {
		snprintf(path, sizeof(path), "%.64s/%s", id, parts[i]);
		bytes += usage_of(store_dir(engine->store, STORE_CONTAINERS), path);
	}
	return bytes;
}

static bool has_ended(const struct row *row)
{
	return row->use == ROW_USED &&
	       (row->state.status == ROW_CREATED || row->state.status == ROW_EXITED ||
		       row->state.status == ROW_DEAD);
}

static bool is_wanted(struct op *op, const struct row *row)
{
	auto_strs labels = STRS_INIT;

	if (!has_ended(row) || (op->prune.until_ns && row->created_ns >= op->prune.until_ns))
		return false;
	if (!op->prune.labels.len && !op->prune.lacks.len)
		return true;
	return inspect_labels(op->engine, row->id, &labels, NULL) == 0 &&
	       prune_labels_fit(&op->prune, &labels);
}

static int prune_containers(struct op *op, struct err *err)
{
	unsigned last = roster_last(op->engine->roster);

	for (unsigned i = 1; i <= last; i++) {
		struct row row;
		uint64_t bytes;
		int failed;

		if (roster_read(op->engine->roster, i, &row) < 0)
			continue;
		engine_correct_row(op->engine, i, &row);
		if (!is_wanted(op, &row))
			continue;
		bytes = prune_weigh(op->engine, row.id);
		failed = lifecycle_remove(op->engine, i, &row, REMOVAL_WAIT, false, err);
		if (failed == -EBUSY) {
			err_forgive(err); /* somebody has just started it */
			continue;
		}
		if (failed)
			return failed;
		buf_addf(&op->lines, "%s\n", row.id);
		op->bytes += bytes;
	}
	return 0;
}

struct op *engine_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "prune", .prepare = prune_containers};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}
