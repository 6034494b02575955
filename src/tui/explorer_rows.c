/* explorer_rows.c - the rows of the explorer's tree (explorer.h). */
#include "tui/explorer_own.h"

/* One name of a directory that is being listed. */
struct child {
	uint32_t spot;
	uint32_t layer;
	uint64_t bytes;
	const char *name;
	size_t name_len;
	bool dir;
};

struct listing {
	struct explorer *explorer;
	struct err *err;
};

static bool no_memory(struct err *err)
{
	err_set(err, ENOMEM, "out of memory");
	return false;
}

/* ---- which are open ---- */

bool explorer_is_open(const struct explorer *explorer, uint32_t spot)
{
	return spot < explorer->open_spots && explorer->open[spot / 8] >> spot % 8 & 1;
}

void explorer_set_open(struct explorer *explorer, uint32_t spot, bool open)
{
	if (spot >= explorer->open_spots) {
		size_t spots = strata_count(layers_strata(explorer->layers)) + 8;
		uint8_t *grown = realloc(explorer->open, spots / 8 + 1);

		if (!grown)
			return; /* it stays as it is */
		memset(grown + explorer->open_spots / 8, 0,
			spots / 8 + 1 - explorer->open_spots / 8);
		explorer->open = grown;
		explorer->open_spots = spots / 8 * 8;
	}
	if (open)
		explorer->open[spot / 8] |= (uint8_t)(1 << spot % 8);
	else
		explorer->open[spot / 8] &= (uint8_t) ~(1 << spot % 8);
}

/* ---- one row ---- */

/* A layer alone: what it has, whether that shows or not. */
static bool fill_alone(const struct explorer *explorer, uint32_t spot, struct layers_row *out)
{
	const struct strata *strata = layers_strata(explorer->layers);
	unsigned layer = explorer->shown_after.to - 1;
	const struct strata_version *version = strata_version_in(strata, spot, layer);
	bool known = layers_row_between(
		explorer->layers, spot, explorer->shown_before, explorer->shown_after, out);
	const struct index *index = strata_index(strata, layer);

	if (!version)
		return false;
	if (!known) {
		*out = (struct layers_row){.spot = spot, .change = STRATA_SAME};
		out->name = strata_name(strata, spot, &out->name_len);
	}
	out->layer = layer;
	out->entry = strata_entry(strata, version);
	out->target = S_ISLNK(out->entry->mode) || out->entry->flags & INDEX_LINK
			      ? index_target(index, out->entry)
			      : "";
	out->bytes = strata_bytes(out->entry);
	out->has_children = out->entry->children > 0;
	return true;
}

bool explorer_row(const struct explorer *explorer, struct explorer_row row, struct layers_row *out)
{
	if (explorer->mode == EXPLORER_LAYER) {
		if (!fill_alone(explorer, row.spot, out))
			return false;
		out->bytes = row.alone ? row.alone : out->bytes;
		return true;
	}
	return layers_row_between(
		explorer->layers, row.spot, explorer->shown_before, explorer->shown_after, out);
}

size_t explorer_count(const struct explorer *explorer)
{
	return explorer->n_rows;
}

struct explorer_row explorer_at(const struct explorer *explorer, size_t index)
{
	struct explorer_row row = {.spot = explorer->rows[index]};

	if (explorer->flat)
		return row;
	row.depth = explorer->shapes[index].depth;
	row.open = explorer->shapes[index].open;
	row.alone = explorer->shapes[index].alone;
	return row;
}

static bool grow(void **array, size_t *room, size_t wanted, size_t each)
{
	size_t more = *room ? *room * 2 : 256;
	void *grown;

	if (wanted <= *room)
		return true;
	grown = realloc(*array, more * each);
	if (!grown)
		return false;
	*array = grown;
	*room = more;
	return true;
}

bool explorer_add_row(struct explorer *explorer, uint32_t spot)
{
	if (!grow((void **)&explorer->rows, &explorer->rows_room, explorer->n_rows + 1,
		    sizeof(*explorer->rows)))
		return false;
	explorer->rows[explorer->n_rows++] = spot;
	return true;
}

static bool add_shaped(struct explorer *explorer, uint32_t spot, struct shape shape)
{
	if (!grow((void **)&explorer->shapes, &explorer->shapes_room, explorer->n_rows + 1,
		    sizeof(*explorer->shapes)) ||
		!explorer_add_row(explorer, spot))
		return false;
	explorer->shapes[explorer->n_rows - 1] = shape;
	return true;
}

static void shrink(void **array, size_t *room, size_t used, size_t each)
{
	size_t less = used < 256 ? 256 : used;
	void *shrunk;

	if (*room / 4 < less)
		return;
	shrunk = realloc(*array, less * each);
	if (!shrunk)
		return;
	*array = shrunk;
	*room = less;
}

void explorer_trim(struct explorer *explorer)
{
	shrink((void **)&explorer->rows, &explorer->rows_room, explorer->n_rows,
		sizeof(*explorer->rows));
	shrink((void **)&explorer->shapes, &explorer->shapes_room,
		explorer->flat ? 0 : explorer->n_rows, sizeof(*explorer->shapes));
}

/* ---- order ---- */

static int by_name(const struct child *a, const struct child *b)
{
	int order = memcmp(a->name, b->name, a->name_len < b->name_len ? a->name_len : b->name_len);

	return order ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct explorer *explorer = arg;
	const struct child *x = a, *y = b;
	int order = 0;

	if (explorer->sort == EXPLORER_BY_SIZE)
		order = (x->bytes < y->bytes) - (x->bytes > y->bytes);
	else if (explorer->sort == EXPLORER_BY_LAYER)
		order = (x->layer < y->layer) - (x->layer > y->layer);
	if (!order)
		order = by_name(x, y);
	return explorer->reverse ? -order : order;
}

/* ---- the tree ---- */

static bool is_shown(const struct explorer *explorer, const struct layers_row *row)
{
	return !explorer->changes_only || explorer_is_change(row) || row->changes;
}

static struct child child_of(const struct layers_row *row)
{
	return (struct child){
		row->spot, row->layer, row->bytes, row->name, row->name_len, row->has_children};
}

static size_t list_merged(const struct listing *l, uint32_t dir, struct child **out, bool *failed)
{
	const struct explorer *explorer = l->explorer;
	struct layers_row *rows = NULL;
	size_t count = 0, n = 0;

	*failed = layers_list_between(explorer->layers, dir, explorer->shown_before,
			  explorer->shown_after, &rows, &count, l->err) < 0;
	*out = *failed ? NULL : malloc((count + 1) * sizeof(**out));
	for (size_t i = 0; *out && i < count; i++)
		if (is_shown(explorer, &rows[i]))
			(*out)[n++] = child_of(&rows[i]);
	free(rows);
	if (!*failed && !*out)
		*failed = !no_memory(l->err);
	return n;
}

/* What a layer has in a directory is told by its index alone, and only when rows are made. */
static uint64_t weigh_alone(const struct index *index, const struct index_entry *entry)
{
	uint64_t bytes = strata_bytes(entry);

	for (uint32_t i = 0; S_ISDIR(entry->mode) && i < entry->children; i++)
		bytes += weigh_alone(index, index_at(index, entry->first_child + i));
	return bytes;
}

static size_t list_alone(const struct listing *l, uint32_t dir, struct child **out, bool *failed)
{
	const struct explorer *explorer = l->explorer;
	const struct index *index =
		strata_index(layers_strata(explorer->layers), explorer->shown_after.to - 1);
	uint32_t first, count = 0;
	struct layers_row row;
	size_t n = 0;

	*failed = strata_children(layers_strata(explorer->layers), dir, &first, &count, l->err) < 0;
	*out = *failed ? NULL : malloc((count + 1u) * sizeof(**out));
	for (uint32_t i = 0; *out && i < count; i++)
		if (fill_alone(explorer, first + i, &row)) {
			row.bytes = weigh_alone(index, row.entry);
			(*out)[n++] = child_of(&row);
		}
	if (!*failed && !*out)
		*failed = !no_memory(l->err);
	return n;
}

static bool add_dir(const struct listing *l, uint32_t dir, unsigned depth)
{
	struct explorer *explorer = l->explorer;
	auto_free struct child *children = NULL;
	bool failed;
	size_t n = explorer->mode == EXPLORER_LAYER ? list_alone(l, dir, &children, &failed)
						    : list_merged(l, dir, &children, &failed);

	if (failed)
		return false;
	/* Names stand in order already. */
	if (n && (explorer->sort != EXPLORER_BY_NAME || explorer->reverse))
		qsort_r(children, n, sizeof(*children), compare, explorer);
	for (size_t i = 0; i < n; i++) {
		struct shape shape = {.depth = (uint16_t)depth,
			.open = children[i].dir && explorer_is_open(explorer, children[i].spot),
			.alone = explorer->mode == EXPLORER_LAYER ? children[i].bytes : 0};

		if (!add_shaped(explorer, children[i].spot, shape))
			return no_memory(l->err);
		if (shape.open && !add_dir(l, children[i].spot, depth + 1))
			return false;
	}
	return true;
}

bool explorer_make_rows(struct explorer *explorer, struct err *err)
{
	const struct listing listing = {explorer, err};

	if (!add_dir(&listing, STRATA_ROOT, 0))
		return false;
	explorer_trim(explorer);
	return true;
}

/* At once: what is open changes nothing that must be weighed. */
static void make_again(struct explorer *explorer)
{
	struct err err;

	explorer->n_rows = 0;
	explorer->flat = false;
	explorer->turn++;
	explorer_make_rows(explorer, &err);
}

/* ---- opening and closing ---- */

bool explorer_toggle(struct explorer *explorer, size_t index)
{
	struct layers_row row;
	uint32_t spot;

	if (index >= explorer->n_rows || explorer->filter || explorer->stale)
		return false;
	spot = explorer->rows[index];
	if (!explorer_row(explorer, explorer_at(explorer, index), &row) || !row.has_children)
		return false;
	explorer_set_open(explorer, spot, !explorer_is_open(explorer, spot));
	make_again(explorer);
	return true;
}

size_t explorer_parent(const struct explorer *explorer, size_t index)
{
	size_t at = index;

	if (index >= explorer->n_rows || explorer->flat)
		return index;
	while (at > 0 && explorer->shapes[at].depth >= explorer->shapes[index].depth)
		at--;
	return explorer->shapes[at].depth < explorer->shapes[index].depth ? at : index;
}

void explorer_fold_all(struct explorer *explorer)
{
	free(take(explorer->open));
	explorer->open_spots = 0;
	if (!explorer->filter && !explorer->stale && explorer->layers)
		make_again(explorer);
}

/* A closed directory that something changed in. */
static bool has_changes(const struct explorer *explorer, size_t index)
{
	struct layers_row row;

	return !explorer->shapes[index].open &&
	       explorer_row(explorer, explorer_at(explorer, index), &row) && row.has_children &&
	       row.changes;
}

void explorer_open_changes(struct explorer *explorer, size_t most)
{
	if (explorer->filter || explorer->stale)
		return;
	for (size_t i = 0; i < explorer->n_rows && explorer->n_rows < most; i++)
		if (has_changes(explorer, i)) {
			explorer_set_open(explorer, explorer->rows[i], true);
			make_again(explorer);
		}
}

size_t explorer_find(const struct explorer *explorer, uint32_t spot)
{
	for (size_t i = 0; i < explorer->n_rows; i++)
		if (explorer->rows[i] == spot)
			return i;
	return SIZE_MAX;
}

static bool changed(const struct explorer *explorer, size_t index)
{
	struct layers_row row;

	return explorer_row(explorer, explorer_at(explorer, index), &row) &&
	       explorer_is_change(&row);
}

/* The last row of the directory at index, which is open. */
static size_t last_below(const struct explorer *explorer, size_t index)
{
	size_t at = index + 1;

	while (at < explorer->n_rows && explorer->shapes[at].depth > explorer->shapes[index].depth)
		at++;
	return at - 1;
}

size_t explorer_next_change(struct explorer *explorer, size_t from, bool backwards)
{
	size_t at = from;

	if (explorer->stale)
		return SIZE_MAX;
	while (backwards ? at > 0 : at < explorer->n_rows) {
		/* Forwards, a directory comes before what is in it; backwards, after. */
		if (!backwards && !explorer->filter && has_changes(explorer, at))
			explorer_toggle(explorer, at);
		at = backwards ? at - 1 : at + 1;
		if (at >= explorer->n_rows)
			break;
		if (backwards && !explorer->filter && has_changes(explorer, at)) {
			explorer_toggle(explorer, at);
			at = last_below(explorer, at) + 1;
			continue;
		}
		if (changed(explorer, at))
			return at;
	}
	return SIZE_MAX;
}

size_t explorer_show(struct explorer *explorer, uint32_t spot)
{
	const struct strata *strata = layers_strata(explorer->layers);
	size_t at;

	if (explorer->filter)
		explorer_set_filter(explorer, NULL, 0);
	for (uint32_t i = strata_parent(strata, spot); i != STRATA_NONE && i != STRATA_ROOT;
		i = strata_parent(strata, i))
		explorer_set_open(explorer, i, true);
	explorer->stale = false;
	explorer->shown_before = explorer_before(explorer);
	explorer->shown_after = explorer_after(explorer);
	make_again(explorer);
	at = explorer_find(explorer, spot);
	if (at == SIZE_MAX && explorer->changes_only) {
		explorer->changes_only = false;
		make_again(explorer);
		at = explorer_find(explorer, spot);
	}
	return at;
}
