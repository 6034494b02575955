/* build_prune.c - what builds keep, listed and taken away (core/engine_build_cache.h). */
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/build_cache.h"
#include "core/build_keep.h"
#include "core/images_own.h"
#include "core/op.h"
#include "util/own.h"

struct entries {
	struct build_cache_entry *v;
	size_t n, room;
};

static int add(void *arg, const struct build_cache_entry *entry, struct err *err)
{
	struct entries *entries = arg;

	if (entries->n == entries->room) {
		size_t room = entries->room * 2 + 64;
		struct build_cache_entry *grown = realloc(entries->v, room * sizeof(*grown));

		if (!grown)
			return err_set(err, ENOMEM, "build cache: out of memory");
		entries->v = grown;
		entries->room = room;
	}
	entries->v[entries->n++] = *entry;
	return 0;
}

static int add_steps(struct engine *engine, struct entries *entries, struct err *err)
{
	auto_free struct build_cached *steps = NULL;
	int64_t since = store_held_since(engine->store);
	size_t n = 0;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = build_cache_list(engine->store, &steps, &n, err);
	uv_mutex_unlock(&engine->store_lock);
	for (size_t i = 0; i < n && !failed; i++) {
		struct build_cache_entry entry = {.type = "regular",
			.created = steps[i].created,
			.used = steps[i].used,
			.uses = steps[i].uses,
			.size = steps[i].size,
			.in_use = steps[i].used >= since,
			/* Who changed nothing has nothing to give back either. */
			.shared = steps[i].shared || !*steps[i].layer};

		snprintf(entry.id, sizeof(entry.id), "%.64s", digest_hex(steps[i].key));
		snprintf(entry.what, sizeof(entry.what), "%s", steps[i].what);
		failed = add(entries, &entry, err);
	}
	return failed;
}

static int by_use(const void *a, const void *b)
{
	const struct build_cache_entry *one = a, *other = b;

	return one->used != other->used ? (one->used > other->used) - (one->used < other->used)
					: strcmp(one->id, other->id);
}

static bool is_step(const struct build_cache_entry *entry)
{
	return strcmp(entry->type, "regular") == 0;
}

/* ---- fields ---- */

static int says_yes(const char *value, bool *yes)
{
	*yes = !*value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	return *yes || strcmp(value, "false") == 0 || strcmp(value, "0") == 0 ? 0 : -EINVAL;
}

static int id_fits(const char *pattern, const char *id, bool *fits, struct err *err)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return err_set(err, EINVAL, "invalid filter 'id=%.100s'", pattern);
	*fits = regexec(&regex, id, 0, NULL, 0) == 0;
	regfree(&regex);
	return 0;
}

static int flag_fits(
	const char *field, const struct build_cache_entry *entry, bool *fits, struct err *err)
{
	const char *value = strchr(field, '=') + 1;
	bool yes, is = str_has_prefix(field, "inuse=")    ? entry->in_use
		       : str_has_prefix(field, "shared=") ? entry->shared
							  : !entry->shared;

	if (says_yes(value, &yes) < 0)
		return err_set(err, EINVAL, "invalid filter '%.100s'", field);
	*fits = is == yes;
	return 0;
}

static int field_fits(
	const char *field, const struct build_cache_entry *entry, bool *fits, struct err *err)
{
	const char *value = strchr(field, '=') + 1;

	if (str_has_prefix(field, "id="))
		return id_fits(value, entry->id, fits, err);
	if (str_has_prefix(field, "type="))
		*fits = strcmp(value, entry->type) == 0;
	else if (str_has_prefix(field, "description="))
		*fits = strcmp(value, entry->what) == 0;
	else
		return flag_fits(field, entry, fits, err);
	return 0;
}

/* All of them. */
static int fields_fit(const struct prune_request *request, const struct build_cache_entry *entry,
	bool *fits, struct err *err)
{
	*fits = true;
	for (size_t i = 0; i < request->fields.len && *fits; i++)
		if (field_fits(request->fields.v[i], entry, fits, err) < 0)
			return err->code;
	return 0;
}

/* ---- choosing ---- */

static bool is_wanted(const struct prune_request *request, const struct build_cache_entry *entry)
{
	const struct strs none = STRS_INIT;

	if ((entry->in_use && !request->to_look) || !prune_labels_fit(request, &none))
		return false;
	if (!request->all && (entry->shared || strcmp(entry->type, "internal") == 0))
		return false;
	return !request->until_ns || (uint64_t)entry->used * 1000000000u < request->until_ns;
}

/* What images share gives nothing back, so it fills nothing either. */
static uint64_t weight(const struct build_cache_entry *entry)
{
	return entry->shared ? 0 : entry->size;
}

/* Keeps of the list what shall go, the least recently used first until the rest is small enough. */
static int choose(const struct prune_request *request, struct entries *entries, struct err *err)
{
	uint64_t left = 0;
	size_t kept = 0;

	for (size_t i = 0; i < entries->n; i++)
		left += weight(&entries->v[i]);
	for (size_t i = 0; i < entries->n; i++) {
		bool fits;

		if (request->keep_bytes && left <= request->keep_bytes)
			break;
		if (fields_fit(request, &entries->v[i], &fits, err) < 0)
			return err->code;
		if (!fits || !is_wanted(request, &entries->v[i]))
			continue;
		left -= weight(&entries->v[i]);
		entries->v[kept++] = entries->v[i];
	}
	entries->n = kept;
	return 0;
}

int engine_build_cache(struct engine *engine, const struct prune_request *request,
	struct build_cache_entry **out, size_t *count, struct err *err)
{
	struct entries entries = {0};
	int failed = add_steps(engine, &entries, err);

	if (!failed)
		failed = build_keep_each(engine->store, add, &entries, err);
	if (entries.n)
		qsort(entries.v, entries.n, sizeof(*entries.v), by_use);
	if (!failed && request)
		failed = choose(request, &entries, err);
	if (failed) {
		free(entries.v);
		return failed;
	}
	*out = entries.v;
	*count = entries.n;
	return 0;
}

/* ---- taking away ---- */

static void say(struct op *op, const struct build_cache_entry *entry)
{
	buf_addf(&op->lines, "%s\n", entry->id);
}

/* Whoever makes an image meanwhile may be using what was last used since it began; the rest is
 * nobody's. */
static int drop_steps(struct op *op, const struct strs *keys, struct strs *dropped, struct err *err)
{
	struct images_change change = {.engine = op->engine, .lines = &op->lines};
	struct store *store = op->engine->store;
	int failed = images_change_begin(&change, err);

	if (failed)
		return failed;
	failed =
		build_cache_drop(store, keys, store_held_since(store), dropped, &change.freed, err);
	failed = images_change_end(&change, failed, err);
	op->bytes += change.freed.bytes;
	image_freed_fini(&change.freed);
	return failed;
}

static int drop_all_steps(
	struct op *op, const struct build_cache_entry *entries, size_t n, struct err *err)
{
	auto_strs keys = STRS_INIT, dropped = STRS_INIT;

	for (size_t i = 0; i < n; i++)
		if (is_step(&entries[i]))
			strs_addf(&keys, "sha256:%s", entries[i].id);
	if (strs_failed(&keys))
		return err_set(err, ENOMEM, "build cache: out of memory");
	if (keys.len && drop_steps(op, &keys, &dropped, err) < 0)
		return err->code;
	for (size_t i = 0; i < dropped.len; i++)
		buf_addf(&op->lines, "%s\n", digest_hex(dropped.v[i]));
	return 0;
}

/* One that a build has begun to use stays, as if it had been in use before. */
static int drop_one(struct op *op, const struct build_cache_entry *entry, struct err *err)
{
	int failed = build_keep_drop(op->engine->store, entry, err);

	if (failed == -EBUSY)
		return err_forgive(err);
	if (failed)
		return failed;
	op->bytes += entry->size;
	say(op, entry);
	return 0;
}

static int prune(struct op *op, struct err *err)
{
	auto_free struct build_cache_entry *entries = NULL;
	size_t n = 0;
	int failed = engine_build_cache(op->engine, &op->prune, &entries, &n, err);

	for (size_t i = 0; i < n && !failed; i++)
		if (!is_step(&entries[i]))
			failed = drop_one(op, &entries[i], err);
	return failed ? failed : drop_all_steps(op, entries, n, err);
}

struct op *engine_build_cache_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "prune", .prepare = prune};

	return op_start(engine, &verb, op_new_prune(request), done, arg);
}
