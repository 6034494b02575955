#include "core/strata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Children stand behind their parent in the array, because they are found later. */
struct spot {
	uint32_t parent;
	uint32_t first_version; /* they end where the next spot's begin */
};

/* Of a spot that has children and was asked for them. They end where another's begin. */
struct family {
	uint32_t spot, first_child;
};

struct strata {
	unsigned layers;
	const struct index **indexes;
	struct spot *spots;
	uint32_t n_spots, room;
	struct family *families; /* by spot */
	uint32_t n_families, families_room;
	struct strata_version *versions;
	uint32_t n_versions, versions_room;
};

/* ---- growing ---- */

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

static int reserve(void **array, uint32_t *room, uint64_t wanted, size_t each, struct err *err)
{
	uint64_t more = *room ? *room : 256;
	void *grown;

	if (wanted <= *room)
		return 0;
	while (more < wanted)
		more *= 2;
	if (more >= STRATA_NONE)
		return err_set(err, EFBIG, "layers: more paths than can be shown");
	grown = realloc(*array, more * each);
	if (!grown)
		return no_memory(err);
	*array = grown;
	*room = (uint32_t)more;
	return 0;
}

static int add_version(struct strata *strata, uint32_t layer, uint32_t entry, struct err *err)
{
	if (reserve((void **)&strata->versions, &strata->versions_room,
		    (uint64_t)strata->n_versions + 1, sizeof(*strata->versions), err) < 0)
		return err->code;
	strata->versions[strata->n_versions++] = (struct strata_version){entry, (uint16_t)layer};
	return 0;
}

static int add_spot(struct strata *strata, uint32_t parent, struct err *err)
{
	if (reserve((void **)&strata->spots, &strata->room, (uint64_t)strata->n_spots + 1,
		    sizeof(*strata->spots), err) < 0)
		return err->code;
	strata->spots[strata->n_spots++] =
		(struct spot){.parent = parent, .first_version = strata->n_versions};
	return 0;
}

int strata_new(const struct index *const *indexes, unsigned n, struct strata **out, struct err *err)
{
	auto_of(strata) struct strata *strata = calloc(1, sizeof(*strata));

	if (n > UINT16_MAX)
		return err_set(err, EFBIG, "layers: more than can be shown");
	if (!strata || !(strata->indexes = calloc(n + 1, sizeof(*strata->indexes))))
		return no_memory(err);
	memcpy(strata->indexes, indexes, n * sizeof(struct index *));
	strata->layers = n;
	if (add_spot(strata, STRATA_NONE, err) < 0)
		return err->code;
	for (unsigned i = 0; i < n; i++)
		if (add_version(strata, i, 0, err) < 0)
			return err->code;
	*out = take(strata);
	return 0;
}

void strata_free(struct strata *strata)
{
	if (!strata)
		return;
	free(strata->indexes);
	free(strata->spots);
	free(strata->families);
	free(strata->versions);
	free(strata);
}

/* ---- children ---- */

/* Where one layer's list of a directory's children has been read to. */
struct cursor {
	uint32_t layer, at, end;
};

static const char *cursor_name(
	const struct strata *strata, const struct cursor *cursor, size_t *len)
{
	const struct index *index = strata->indexes[cursor->layer];
	const struct index_entry *entry = index_at(index, cursor->at);

	*len = entry->name_len;
	return index_name(index, entry);
}

static int compare(const struct strata *strata, const struct cursor *a, const struct cursor *b)
{
	size_t a_len, b_len;
	const char *a_name = cursor_name(strata, a, &a_len);
	const char *b_name = cursor_name(strata, b, &b_len);
	int order = memcmp(a_name, b_name, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static uint32_t versions_end(const struct strata *strata, uint32_t spot)
{
	return spot + 1 < strata->n_spots ? strata->spots[spot + 1].first_version
					  : strata->n_versions;
}

/* The children of one layer alone are there in order already. */
static int add_alone(
	struct strata *strata, uint32_t parent, const struct cursor *cursor, struct err *err)
{
	for (uint32_t at = cursor->at; at < cursor->end; at++)
		if (add_spot(strata, parent, err) < 0 ||
			add_version(strata, cursor->layer, at, err) < 0)
			return err->code;
	return 0;
}

/* The least name of all lists becomes a spot, with a version of each list that has it. Lists stand
 * bottom first, so versions do too; one that has come to its end is taken out. */
static int add_least(
	struct strata *strata, uint32_t parent, struct cursor *cursors, size_t *n, struct err *err)
{
	struct cursor least = cursors[0];
	size_t kept = 0;

	for (size_t i = 1; i < *n; i++)
		if (compare(strata, &cursors[i], &least) < 0)
			least = cursors[i];
	if (add_spot(strata, parent, err) < 0)
		return err->code;
	for (size_t i = 0; i < *n; i++) {
		struct cursor *cursor = &cursors[i];

		if (compare(strata, cursor, &least) == 0) {
			if (add_version(strata, cursor->layer, cursor->at, err) < 0)
				return err->code;
			cursor->at++;
		}
		if (cursor->at < cursor->end)
			cursors[kept++] = *cursor;
	}
	*n = kept;
	return 0;
}

static int add_children(struct strata *strata, uint32_t spot, struct err *err)
{
	uint32_t version_at = strata->spots[spot].first_version, end = versions_end(strata, spot);
	auto_free struct cursor *cursors = calloc(end - version_at + 1u, sizeof(*cursors));
	size_t n = 0;

	if (!cursors)
		return no_memory(err);
	for (; version_at < end; version_at++) {
		const struct strata_version *version = &strata->versions[version_at];
		const struct index_entry *entry = strata_entry(strata, version);

		if (entry->children)
			cursors[n++] = (struct cursor){version->layer, entry->first_child,
				entry->first_child + entry->children};
	}
	while (n > 1)
		if (add_least(strata, spot, cursors, &n, err) < 0)
			return err->code;
	return n ? add_alone(strata, spot, &cursors[0], err) : 0;
}

/* Children stand together: in steps that double beyond the last, then back. */
static uint32_t count_children(const struct strata *strata, uint32_t parent, uint32_t first)
{
	uint32_t step = 1, low = first, high;

	while (low + step < strata->n_spots && strata->spots[low + step].parent == parent) {
		low += step;
		step *= 2;
	}
	high = low + step < strata->n_spots ? low + step : strata->n_spots;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (strata->spots[middle].parent == parent)
			low = middle;
		else
			high = middle;
	}
	return high - first;
}

/* Where the family of a spot stands, or would stand. */
static uint32_t family_of(const struct strata *strata, uint32_t spot)
{
	uint32_t low = 0, high = strata->n_families;

	if (high && strata->families[high - 1].spot < spot)
		return high; /* asked for in order */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (strata->families[middle].spot < spot)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int add_family(struct strata *strata, uint32_t spot, uint32_t at, struct err *err)
{
	uint32_t begin = strata->n_spots, versions = strata->n_versions;
	struct family *family;

	if (reserve((void **)&strata->families, &strata->families_room,
		    (uint64_t)strata->n_families + 1, sizeof(*strata->families), err) < 0)
		return err->code;
	if (add_children(strata, spot, err) < 0) {
		strata->n_spots = begin;
		strata->n_versions = versions;
		return err->code;
	}
	family = &strata->families[at];
	memmove(family + 1, family, (strata->n_families - at) * sizeof(*family));
	*family = (struct family){spot, begin};
	strata->n_families++;
	return 0;
}

int strata_children(
	struct strata *strata, uint32_t spot, uint32_t *first, uint32_t *count, struct err *err)
{
	uint32_t at;

	*first = *count = 0;
	if (!strata_has_children(strata, spot))
		return 0;
	at = family_of(strata, spot);
	if ((at == strata->n_families || strata->families[at].spot != spot) &&
		add_family(strata, spot, at, err) < 0)
		return err->code;
	*first = strata->families[at].first_child;
	*count = count_children(strata, spot, *first);
	return 0;
}

int strata_expand(struct strata *strata, uint32_t *next, uint32_t budget, struct err *err)
{
	uint32_t first, count;

	while (*next != STRATA_NONE && budget--) {
		if (strata_children(strata, *next, &first, &count, err) < 0)
			return err->code;
		if (++*next == strata->n_spots)
			*next = STRATA_NONE;
	}
	return 0;
}

static uint32_t find_child(
	const struct strata *strata, uint32_t first, uint32_t count, const char *name, size_t len)
{
	uint32_t low = first, high = first + count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		size_t other_len;
		const char *other = strata_name(strata, middle, &other_len);
		int order = memcmp(other, name, other_len < len ? other_len : len);

		if (!order)
			order = (other_len > len) - (other_len < len);
		if (!order)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return STRATA_NONE;
}

int strata_find(struct strata *strata, const char *path, uint32_t *out, struct err *err)
{
	uint32_t spot = STRATA_ROOT, first, count;

	while (spot != STRATA_NONE && *(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		if (strata_children(strata, spot, &first, &count, err) < 0)
			return err->code;
		spot = find_child(strata, first, count, path, len);
		path += len;
	}
	*out = spot;
	return 0;
}

/* ---- facts ---- */

unsigned strata_layers(const struct strata *strata)
{
	return strata->layers;
}

const struct index *strata_index(const struct strata *strata, unsigned layer)
{
	return strata->indexes[layer];
}

uint32_t strata_count(const struct strata *strata)
{
	return strata->n_spots;
}

uint32_t strata_parent(const struct strata *strata, uint32_t spot)
{
	return strata->spots[spot].parent;
}

const struct strata_version *strata_versions(
	const struct strata *strata, uint32_t spot, size_t *count)
{
	uint32_t first = strata->spots[spot].first_version;

	*count = versions_end(strata, spot) - first;
	return &strata->versions[first];
}

const struct strata_version *strata_version_in(
	const struct strata *strata, uint32_t spot, uint32_t layer)
{
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);

	for (size_t i = 0; i < count; i++)
		if (versions[i].layer == layer)
			return &versions[i];
	return NULL;
}

const struct index_entry *strata_entry(
	const struct strata *strata, const struct strata_version *version)
{
	return index_at(strata->indexes[version->layer], version->entry);
}

const char *strata_name(const struct strata *strata, uint32_t spot, size_t *len)
{
	const struct strata_version *version = &strata->versions[strata->spots[spot].first_version];
	const struct index_entry *entry;

	*len = 0;
	if (spot == STRATA_ROOT)
		return "";
	entry = strata_entry(strata, version);
	*len = entry->name_len;
	return index_name(strata->indexes[version->layer], entry);
}

/* The versions of a spot all have its path. */
size_t strata_path(const struct strata *strata, uint32_t spot, char path[INDEX_PATH_MAX])
{
	const struct strata_version *version = &strata->versions[strata->spots[spot].first_version];

	if (spot == STRATA_ROOT) {
		path[0] = '\0';
		return 0;
	}
	return index_path(strata->indexes[version->layer], strata_entry(strata, version), path);
}

bool strata_has_children(const struct strata *strata, uint32_t spot)
{
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);

	for (size_t i = 0; i < count; i++)
		if (strata_entry(strata, &versions[i])->children)
			return true;
	return false;
}

uint64_t strata_bytes(const struct index_entry *entry)
{
	return S_ISREG(entry->mode) && !(entry->flags & (INDEX_LINK | INDEX_WHITEOUT)) ? entry->size
										       : 0;
}

/* ---- what shows ---- */

static bool is_dir(const struct index_entry *entry)
{
	return S_ISDIR(entry->mode) && !(entry->flags & INDEX_WHITEOUT);
}

/* How far down a directory shows what is in it: version `at` is the topmost, `floor` its parent's.
 */
static uint32_t floor_of(const struct strata *strata, const struct strata_version *versions,
	size_t at, uint32_t floor)
{
	for (;; at--) {
		const struct index_entry *entry = strata_entry(strata, &versions[at]);

		if (!is_dir(entry))
			return versions[at].layer + 1;
		if (entry->flags & INDEX_OPAQUE)
			return versions[at].layer;
		if (at == 0 || versions[at - 1].layer < floor)
			return floor;
	}
}

static struct strata_state state_of(
	const struct strata *strata, uint32_t floor, uint32_t spot, unsigned height)
{
	struct strata_state state = {NULL, 0};
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);

	while (count && versions[count - 1].layer >= height)
		count--;
	if (!count || versions[count - 1].layer < floor)
		return state;
	if (strata_entry(strata, &versions[count - 1])->flags & INDEX_WHITEOUT)
		return state;
	state.shown = &versions[count - 1];
	state.floor = floor_of(strata, versions, count - 1, floor);
	return state;
}

struct strata_state strata_state_below(const struct strata *strata,
	const struct strata_state *parent, uint32_t spot, unsigned height)
{
	if (!parent->shown || !is_dir(strata_entry(strata, parent->shown)))
		return (struct strata_state){NULL, 0};
	return state_of(strata, parent->floor, spot, height);
}

struct strata_state strata_state_in(
	const struct strata *strata, uint32_t spot, struct strata_span span)
{
	uint32_t way[INDEX_DEPTH_MAX + 2];
	struct strata_state state;
	unsigned depth = 0;

	for (; spot != STRATA_ROOT; spot = strata->spots[spot].parent)
		way[depth++] = spot;
	state = state_of(strata, span.from, STRATA_ROOT, span.to);
	while (depth)
		state = strata_state_below(strata, &state, way[--depth], span.to);
	return state;
}

struct strata_state strata_state(const struct strata *strata, uint32_t spot, unsigned height)
{
	return strata_state_in(strata, spot, (struct strata_span){0, height});
}
