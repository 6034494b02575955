/* explorer.c - see explorer.h: what is looked at, and the work that it takes. */
#include "tui/explorer_own.h"

#include <stdio.h>

struct explorer *explorer_new(void)
{
	struct explorer *explorer = calloc(1, sizeof(*explorer));

	if (explorer)
		explorer->next = STRATA_NONE;
	return explorer;
}

void explorer_free(struct explorer *explorer)
{
	if (!explorer)
		return;
	layers_close(explorer->layers);
	filter_free(explorer->filter);
	free(explorer->rows);
	free(explorer->shapes);
	free(explorer->open);
	free(explorer);
}

struct layers *explorer_layers(const struct explorer *explorer)
{
	return explorer->layers;
}

/* ---- taking layers ---- */

/* Paths that are open, one after another, each with its NUL. */
static void remember_open(const struct explorer *explorer, struct buf *paths)
{
	const struct strata *strata = layers_strata(explorer->layers);
	char path[INDEX_PATH_MAX];

	for (uint32_t i = 1; i < strata_count(strata); i++)
		if (explorer_is_open(explorer, i))
			buf_add(paths, path, strata_path(strata, i, path) + 1);
}

static void open_again(struct explorer *explorer, const struct buf *paths)
{
	struct strata *strata = layers_strata(explorer->layers);
	struct err err;
	uint32_t spot;

	for (const char *at = buf_text(paths); at < buf_text(paths) + paths->len;
		at += strlen(at) + 1)
		if (strata_find(strata, at, &spot, &err) == 0 && spot != STRATA_NONE)
			explorer_set_open(explorer, spot, true);
}

void explorer_take(struct explorer *explorer, struct layers *layers)
{
	auto_buf paths = BUF_INIT;
	bool first = !explorer->layers, top;
	unsigned layers_of_stack;

	top = first ||
	      explorer->height == explorer_stack(explorer).to - explorer_stack(explorer).from;
	if (!first)
		remember_open(explorer, &paths);
	layers_close(explorer->layers);
	explorer->layers = layers;
	free(take(explorer->open));
	explorer->open_spots = 0;
	if (!buf_failed(&paths))
		open_again(explorer, &paths);
	layers_of_stack = explorer_stack(explorer).to - explorer_stack(explorer).from;
	if (top || explorer->height > layers_of_stack)
		explorer->height = layers_of_stack;
	if (first && layers_stacks(layers) == 2) {
		explorer->mode = EXPLORER_COMPARE;
		explorer->changes_only = true;
	}
	explorer->n_rows = 0;
	explorer->next = explorer->filter ? 0 : STRATA_NONE;
	explorer->stale = true;
	explorer->weighed = false;
}

/* ---- what is looked at ---- */

struct strata_span explorer_stack(const struct explorer *explorer)
{
	return explorer->layers
		       ? layers_stack(explorer->layers, layers_stacks(explorer->layers) - 1)
		       : (struct strata_span){0, 0};
}

struct strata_span explorer_after(const struct explorer *explorer)
{
	unsigned from = explorer_stack(explorer).from;

	return (struct strata_span){from, from + explorer->height};
}

struct strata_span explorer_before(const struct explorer *explorer)
{
	struct strata_span span = explorer_after(explorer);

	if (explorer->mode != EXPLORER_COMPARE)
		span.to -= span.to > span.from;
	else if (layers_stacks(explorer->layers) == 2)
		span = layers_stack(explorer->layers, 0);
	else
		span.to = span.from + explorer->base;
	return span;
}

static void make_stale(struct explorer *explorer)
{
	explorer->stale = true;
	explorer->weighed = false;
	if (explorer->filter)
		explorer->next = 0;
}

void explorer_set_height(struct explorer *explorer, unsigned height)
{
	struct strata_span stack = explorer_stack(explorer);

	if (height > stack.to - stack.from)
		height = stack.to - stack.from;
	if (height == 0 && stack.to > stack.from)
		height = 1;
	if (height == explorer->height)
		return;
	explorer->height = height;
	make_stale(explorer);
}

unsigned explorer_height(const struct explorer *explorer)
{
	return explorer->height;
}

enum explorer_mode explorer_mode(const struct explorer *explorer)
{
	return explorer->mode;
}

void explorer_set_mode(struct explorer *explorer, enum explorer_mode mode)
{
	explorer->mode = mode;
	make_stale(explorer);
}

void explorer_set_base(struct explorer *explorer, unsigned height)
{
	explorer->base = height;
	explorer_set_mode(explorer, EXPLORER_COMPARE);
}

void explorer_set_sort(struct explorer *explorer, enum explorer_sort sort, bool reverse)
{
	explorer->sort = sort;
	explorer->reverse = reverse;
	explorer->stale = true;
}

enum explorer_sort explorer_sort(const struct explorer *explorer, bool *reverse)
{
	*reverse = explorer->reverse;
	return explorer->sort;
}

const char *explorer_sort_name(enum explorer_sort sort)
{
	static const char *const names[EXPLORER_SORTS] = {"size", "name", "layer"};

	return names[sort];
}

void explorer_set_changes_only(struct explorer *explorer, bool only)
{
	explorer->changes_only = only;
	explorer->stale = true;
}

bool explorer_changes_only(const struct explorer *explorer)
{
	return explorer->changes_only;
}

void explorer_set_filter(struct explorer *explorer, struct filter *filter, uint64_t now_ns)
{
	filter_free(explorer->filter);
	if (filter && filter_says_nothing(filter))
		filter_free(take(filter));
	explorer->filter = filter;
	explorer->now_ns = now_ns;
	explorer->next = filter ? 0 : STRATA_NONE;
	explorer->stale = true;
}

const struct filter *explorer_filter(const struct explorer *explorer)
{
	return explorer->filter;
}

const char *explorer_layer_name(const struct explorer *explorer, unsigned layer, char out[16])
{
	struct strata_span first = layers_stack(explorer->layers, 0);

	if (layers_at(explorer->layers, layer)->live)
		snprintf(out, 16, "RW");
	else if (layers_stacks(explorer->layers) == 1)
		snprintf(out, 16, "L%u", layer + 1);
	else if (layer < first.to)
		snprintf(out, 16, "A%u", layer + 1);
	else
		snprintf(out, 16, "B%u", layer - first.to + 1);
	return out;
}

/* ---- work ---- */

bool explorer_is_busy(const struct explorer *explorer)
{
	return explorer->layers &&
	       (!explorer->weighed || explorer->stale || explorer->next != STRATA_NONE);
}

bool explorer_is_weighed(const struct explorer *explorer)
{
	return explorer->weighed;
}

unsigned explorer_turn(const struct explorer *explorer)
{
	return explorer->turn;
}

static bool weigh(struct explorer *explorer, uint32_t budget, struct err *err)
{
	if (layers_weigh_step(explorer->layers, explorer_before(explorer), explorer_after(explorer),
		    budget, &explorer->weighed, err) < 0)
		return false;
	/* Rows that were made before have no sums, and their order may be another now. */
	explorer->stale = explorer->stale || explorer->weighed;
	return true;
}

static bool make_rows(struct explorer *explorer, struct err *err)
{
	explorer->shown_before = explorer_before(explorer);
	explorer->shown_after = explorer_after(explorer);
	explorer->stale = false;
	explorer->turn++;
	explorer->n_rows = 0;
	explorer->flat = explorer->filter;
	return explorer->filter || explorer_make_rows(explorer, err);
}

bool explorer_step(struct explorer *explorer, uint32_t budget, struct err *err)
{
	if (!explorer->layers)
		return true;
	if (!explorer->weighed)
		return weigh(explorer, budget, err);
	if (explorer->stale)
		return make_rows(explorer, err);
	if (explorer->next != STRATA_NONE)
		return explorer_filter_step(explorer, budget / 4, err);
	return true;
}

/* ---- marks ---- */

bool explorer_is_change(const struct layers_row *row)
{
	return row->change != STRATA_SAME && row->change != STRATA_INSIDE;
}

/* The layer's entry does not show any more where all of the stack counts. */
static bool is_shadowed(const struct explorer *explorer, const struct layers_row *row)
{
	struct strata_state state = strata_state_in(
		layers_strata(explorer->layers), row->spot, explorer_stack(explorer));

	return !state.shown || state.shown->layer != row->layer;
}

char explorer_mark(const struct explorer *explorer, const struct layers_row *row)
{
	bool turned = row->before && (row->entry->mode & S_IFMT) != (row->before->mode & S_IFMT);

	if (row->entry->flags & INDEX_WHITEOUT)
		return '-';
	if (explorer->mode == EXPLORER_LAYER && !S_ISDIR(row->entry->mode) &&
		is_shadowed(explorer, row))
		return '^';
	if (row->change != STRATA_REMOVED && row->change != STRATA_SAME &&
		row->entry->flags & INDEX_OPAQUE)
		return 'o';
	switch (row->change) {
	case STRATA_ADDED:
		return '+';
	case STRATA_CHANGED:
		return turned ? '!' : '~';
	case STRATA_METADATA:
		return 'm';
	case STRATA_REMOVED:
		return '-';
	default:
		return '=';
	}
}

const char *explorer_mark_word(char mark)
{
	switch (mark) {
	case '+':
		return "added";
	case '~':
		return "content";
	case 'm':
		return "metadata";
	case '-':
		return "removed";
	case 'o':
		return "opaque";
	case '!':
		return "type";
	case '^':
		return "shadowed";
	default:
		return "inherited";
	}
}

uint64_t explorer_hidden(const struct explorer *explorer, uint32_t spot)
{
	const struct strata *strata = layers_strata(explorer->layers);
	struct strata_span after = explorer->shown_after;
	struct strata_state state = strata_state_in(strata, spot, after);
	uint64_t bytes = 0;
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);

	for (size_t i = 0; i < count; i++)
		if (&versions[i] != state.shown && versions[i].layer >= after.from &&
			versions[i].layer < after.to)
			bytes += strata_bytes(strata_entry(strata, &versions[i]));
	return bytes;
}
