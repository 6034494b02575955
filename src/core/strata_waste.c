/* strata_waste.c - the bytes of an image that nobody sees, each with its reason (strata.h).
 *
 * Every regular file of every layer has one fate. It lives when the whole stack shows it, by this
 * name or by a hard link in the same layer; else the lowest layer above that hides it decides: by a
 * version of the same path, which is compared, or by deleting it or a directory above. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/strata.h"

const char *strata_fate_name(enum strata_fate fate)
{
	static const char *const names[] = {
		[STRATA_LIVE] = "live",
		[STRATA_LOST_SAME] = "rewritten",
		[STRATA_LOST_METADATA] = "metadata",
		[STRATA_LOST_CHANGED] = "changed",
		[STRATA_LOST_DELETED] = "deleted",
	};

	return names[fate];
}

struct weighing {
	struct strata *strata;
	struct strata_waste *out;
	struct strata_state *states; /* of every spot, at the top */
	uint8_t **linked;            /* by layer and entry: a link shows it; NULL: has no links */
	size_t losses_room, doubles_room;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

/* ---- what lives ---- */

static void find_states(struct weighing *weighing)
{
	const struct strata *strata = weighing->strata;
	unsigned height = strata_layers(strata);

	weighing->states[STRATA_ROOT] = strata_state(strata, STRATA_ROOT, height);
	for (uint32_t i = 1; i < strata_count(strata); i++)
		weighing->states[i] = strata_state_below(
			strata, &weighing->states[strata_parent(strata, i)], i, height);
}

static int mark_linked(struct weighing *weighing, const struct strata_version *version,
	const struct index_entry *entry, struct err *err)
{
	const struct index *index = strata_index(weighing->strata, version->layer);
	uint8_t **linked = &weighing->linked[version->layer];
	const struct index_entry *target;

	/* A link to a link ends at the file itself; a damaged index may go in circles. */
	for (int i = 0; entry && entry->flags & INDEX_LINK && i < 8; i++)
		entry = index_find(index, index_target(index, entry));
	target = entry;
	if (!target || target->flags & INDEX_LINK)
		return 0;
	if (!*linked && !(*linked = calloc(index_count(index), 1)))
		return no_memory(err);
	(*linked)[target - index_at(index, 0)] = 1;
	return 0;
}

static int find_linked(struct weighing *weighing, struct err *err)
{
	for (uint32_t i = 0; i < strata_count(weighing->strata); i++) {
		const struct strata_version *shown = weighing->states[i].shown;
		const struct index_entry *entry =
			shown ? strata_entry(weighing->strata, shown) : NULL;

		if (entry && entry->flags & INDEX_LINK &&
			mark_linked(weighing, shown, entry, err) < 0)
			return err->code;
	}
	return 0;
}

static bool lives(
	const struct weighing *weighing, uint32_t spot, const struct strata_version *version)
{
	const uint8_t *linked = weighing->linked[version->layer];

	return weighing->states[spot].shown == version || (linked && linked[version->entry]);
}

/* ---- what does not ---- */

static struct strata_loss loss_of(const struct strata *strata, uint32_t spot,
	const struct strata_version *version, const struct strata_version *above)
{
	uint32_t cut = strata_cut(strata, strata_parent(strata, spot), version->layer);
	struct strata_loss loss = {.spot = spot,
		.layer = version->layer,
		.by = cut,
		.fate = STRATA_LOST_DELETED,
		.bytes = strata_bytes(strata_entry(strata, version))};
	unsigned difference;

	if (!above || above->layer > cut)
		return loss;
	loss.by = above->layer;
	if (strata_entry(strata, above)->flags & INDEX_WHITEOUT)
		return loss;
	difference = strata_compare(strata, version, above);
	loss.fate = difference & (STRATA_TYPE | STRATA_CONTENT) ? STRATA_LOST_CHANGED
		    : difference & (STRATA_MODE | STRATA_OWNER | STRATA_XATTRS)
			    ? STRATA_LOST_METADATA
			    : STRATA_LOST_SAME;
	return loss;
}

static int add_loss(struct weighing *weighing, const struct strata_loss *loss, struct err *err)
{
	struct strata_waste *out = weighing->out;

	if (out->n_losses == weighing->losses_room) {
		size_t room = weighing->losses_room ? weighing->losses_room * 2 : 64;
		void *grown = realloc(out->losses, room * sizeof(*out->losses));

		if (!grown)
			return no_memory(err);
		out->losses = grown;
		weighing->losses_room = room;
	}
	out->losses[out->n_losses++] = *loss;
	out->layers[loss->layer].lost += loss->bytes;
	if (loss->by < strata_layers(weighing->strata))
		out->layers[loss->by].hides += loss->bytes;
	return 0;
}

static int weigh_version(struct weighing *weighing, uint32_t spot,
	const struct strata_version *version, const struct strata_version *above, struct err *err)
{
	struct strata_waste *out = weighing->out;
	const struct index_entry *entry = strata_entry(weighing->strata, version);
	struct strata_loss loss = {.fate = STRATA_LIVE, .bytes = strata_bytes(entry)};

	if (!loss.bytes)
		return 0;
	if (!lives(weighing, spot, version)) {
		loss = loss_of(weighing->strata, spot, version, above);
		if (add_loss(weighing, &loss, err) < 0)
			return err->code;
	}
	out->bytes[loss.fate] += loss.bytes;
	out->files[loss.fate]++;
	out->total += loss.bytes;
	out->layers[version->layer].bytes += loss.bytes;
	out->layers[version->layer].files++;
	return 0;
}

static int weigh_versions(struct weighing *weighing, struct err *err)
{
	for (uint32_t i = 0; i < strata_count(weighing->strata); i++) {
		size_t count;
		const struct strata_version *versions =
			strata_versions(weighing->strata, i, &count);

		for (size_t k = 0; k < count; k++)
			if (weigh_version(weighing, i, &versions[k],
				    k + 1 < count ? &versions[k + 1] : NULL, err) < 0)
				return err->code;
	}
	return 0;
}

static int more_bytes_first(const void *a, const void *b)
{
	const struct strata_loss *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return (x->spot > y->spot) - (x->spot < y->spot);
}

/* ---- what lives twice ---- */

struct content {
	const struct index_entry *entry;
	uint32_t spot, layer;
};

static int by_content(const void *a, const void *b)
{
	const struct content *x = a, *y = b;
	int order = memcmp(x->entry->hash, y->entry->hash, INDEX_HASH);

	if (!order)
		order = (x->entry->size > y->entry->size) - (x->entry->size < y->entry->size);
	return order ? order : (x->spot > y->spot) - (x->spot < y->spot);
}

static int more_double_first(const void *a, const void *b)
{
	const struct strata_double *x = a, *y = b;
	uint64_t x_bytes = x->bytes * (x->copies - 1), y_bytes = y->bytes * (y->copies - 1);

	if (x_bytes != y_bytes)
		return x_bytes < y_bytes ? 1 : -1;
	return (x->spot > y->spot) - (x->spot < y->spot);
}

static int add_double(
	struct weighing *weighing, const struct content *first, uint32_t copies, struct err *err)
{
	struct strata_waste *out = weighing->out;

	if (out->n_doubles == weighing->doubles_room) {
		size_t room = weighing->doubles_room ? weighing->doubles_room * 2 : 64;
		void *grown = realloc(out->doubles, room * sizeof(*out->doubles));

		if (!grown)
			return no_memory(err);
		out->doubles = grown;
		weighing->doubles_room = room;
	}
	out->doubles[out->n_doubles++] =
		(struct strata_double){first->spot, first->layer, copies, first->entry->size};
	out->double_bytes += first->entry->size * (copies - 1);
	out->double_files += copies - 1;
	return 0;
}

static size_t collect_live(const struct weighing *weighing, struct content *contents)
{
	size_t n = 0;

	for (uint32_t i = 0; i < strata_count(weighing->strata); i++) {
		size_t count;
		const struct strata_version *versions =
			strata_versions(weighing->strata, i, &count);

		for (size_t k = 0; k < count; k++) {
			const struct index_entry *entry =
				strata_entry(weighing->strata, &versions[k]);

			if (strata_bytes(entry) && lives(weighing, i, &versions[k]))
				contents[n++] = (struct content){entry, i, versions[k].layer};
		}
	}
	return n;
}

static int find_doubles(struct weighing *weighing, struct err *err)
{
	auto_free struct content *contents =
		calloc(weighing->out->files[STRATA_LIVE] + 1, sizeof(*contents));
	size_t n = contents ? collect_live(weighing, contents) : 0;

	if (!contents)
		return no_memory(err);
	qsort(contents, n, sizeof(*contents), by_content);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1;
			k < n && contents[k].entry->size == contents[i].entry->size &&
			memcmp(contents[k].entry->hash, contents[i].entry->hash, INDEX_HASH) == 0;)
			k++;
		if (k - i > 1 && add_double(weighing, &contents[i], (uint32_t)(k - i), err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- as dive counts ---- */

/* The size of all that shows below a directory at a height. */
static uint64_t subtree(
	struct strata *strata, uint32_t dir, const struct strata_state *state, unsigned height)
{
	uint32_t first, count;
	uint64_t bytes = 0;
	struct err err;

	if (strata_children(strata, dir, &first, &count, &err) < 0)
		return 0;
	for (uint32_t i = first; i < first + count; i++) {
		struct strata_state child = strata_state_below(strata, state, i, height);

		if (!child.shown)
			continue;
		bytes += strata_bytes(strata_entry(strata, child.shown));
		if (S_ISDIR(strata_entry(strata, child.shown)->mode))
			bytes += subtree(strata, i, &child, height);
	}
	return bytes;
}

/* A file counts its size, a whiteout that of the directory it deletes, all else nothing. */
static uint64_t dive_size(
	struct strata *strata, uint32_t spot, const struct strata_version *version)
{
	const struct index_entry *entry = strata_entry(strata, version);
	struct strata_state before;

	if (!(entry->flags & INDEX_WHITEOUT))
		return strata_bytes(entry);
	before = strata_state(strata, spot, version->layer);
	if (!before.shown || !S_ISDIR(strata_entry(strata, before.shown)->mode))
		return 0;
	return subtree(strata, spot, &before, version->layer);
}

static void weigh_as_dive(struct weighing *weighing)
{
	struct strata_waste *out = weighing->out;
	uint64_t least_sum = 0, sum = 0, user = 0;

	for (uint32_t i = 0; i < strata_count(weighing->strata); i++) {
		uint64_t least = UINT64_MAX, all = 0;
		size_t count, seen = 0;
		const struct strata_version *versions =
			strata_versions(weighing->strata, i, &count);

		for (size_t k = 0; k < count; k++) {
			const struct index_entry *entry =
				strata_entry(weighing->strata, &versions[k]);
			uint64_t size;

			if (entry->children || entry->flags & INDEX_COPIED)
				continue; /* no leaf of its tree; not in the archive */
			size = dive_size(weighing->strata, i, &versions[k]);
			least = size < least ? size : least;
			all += size;
			seen++;
		}
		least_sum += seen ? least : 0;
		sum += all;
		out->dive_wasted += seen > 1 ? all : 0;
	}
	for (unsigned i = 1; i < strata_layers(weighing->strata); i++)
		user += out->layers[i].bytes;
	out->dive_efficiency = sum ? (double)least_sum / (double)sum : 1;
	out->dive_user_wasted = user ? (double)out->dive_wasted / (double)user : 0;
}

/* ---- all of it ---- */

static int weigh(struct weighing *weighing, struct err *err)
{
	struct strata_waste *out = weighing->out;

	find_states(weighing);
	if (find_linked(weighing, err) < 0 || weigh_versions(weighing, err) < 0 ||
		find_doubles(weighing, err) < 0)
		return err->code;
	if (out->n_losses)
		qsort(out->losses, out->n_losses, sizeof(*out->losses), more_bytes_first);
	if (out->n_doubles)
		qsort(out->doubles, out->n_doubles, sizeof(*out->doubles), more_double_first);
	out->efficiency = out->total ? (double)(out->bytes[STRATA_LIVE] - out->double_bytes) /
					       (double)out->total
				     : 1;
	weigh_as_dive(weighing);
	return 0;
}

int strata_waste(struct strata *strata, struct strata_waste *out, struct err *err)
{
	unsigned layers = strata_layers(strata);
	struct weighing weighing = {.strata = strata, .out = out};
	uint32_t next = 0;
	int failed;

	*out = (struct strata_waste){0};
	if (strata_expand(strata, &next, STRATA_NONE, err) < 0)
		return err->code;
	out->layers = calloc(layers + 1u, sizeof(*out->layers));
	weighing.linked = calloc(layers + 1u, sizeof(*weighing.linked));
	weighing.states = calloc(strata_count(strata), sizeof(*weighing.states));
	failed = out->layers && weighing.linked && weighing.states ? weigh(&weighing, err)
								   : no_memory(err);
	for (unsigned i = 0; weighing.linked && i < layers; i++)
		free(weighing.linked[i]);
	free(weighing.linked);
	free(weighing.states);
	return failed;
}

void strata_waste_fini(struct strata_waste *waste)
{
	free(waste->losses);
	free(waste->doubles);
	free(waste->layers);
}
