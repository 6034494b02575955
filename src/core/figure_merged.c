/* figure_merged.c - a directory as a container sees it, and the layers it is merged of.
 *
 *     name        seen  own   3   2   1
 *     hosts          ●    ■       □          ■ seen    □ hidden by one above
 *     motd                x           □      x a whiteout: not to be seen
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/figure_parts.h"

enum { COLUMNS_MAX = 8, ROWS_MAX = 300, WRITTEN_MAX = 20000 };

/* The layers that have a say in the directory, the topmost first. */
struct columns {
	unsigned layer[COLUMNS_MAX];
	size_t count;
	unsigned more; /* layers there is no room for */
};

/* ---- which directory ---- */

/* Whether a layer below has a name in the directory: then there is something to be merged. */
static bool has_below(struct strata *strata, uint32_t dir, unsigned layer, struct err *err)
{
	uint32_t first, count;
	size_t n;

	if (strata_children(strata, dir, &first, &count, err) < 0)
		return true;
	for (uint32_t i = first; i < first + count; i++)
		if (strata_versions(strata, i, &n)->layer < layer)
			return true;
	return false;
}

/* Directories hold what was written; the one with most names of its own is worth looking at. */
uint32_t figure_busiest(struct strata *strata, unsigned layer, struct err *err)
{
	const struct index *index = strata_index(strata, layer);
	uint32_t count = index_count(index), best = 0, most = 0, spot;
	auto_free uint32_t *names = calloc(count + 1u, sizeof(*names));
	char path[INDEX_PATH_MAX];

	for (uint32_t i = 0; names && i < count && i < WRITTEN_MAX; i++) {
		const struct index_entry *entry = index_at(index, i);

		if (i && !S_ISDIR(entry->mode) && ++names[entry->parent] > most) {
			most = names[entry->parent];
			best = entry->parent;
		}
	}
	if (!most)
		return STRATA_ROOT;
	index_path(index, index_at(index, best), path);
	if (strata_find(strata, path, &spot, err) < 0 || spot == STRATA_NONE)
		return STRATA_ROOT;
	while (spot != STRATA_ROOT && !has_below(strata, spot, layer, err))
		spot = strata_parent(strata, spot);
	return spot;
}

/* ---- columns ---- */

static struct columns choose(
	const struct figure_stack *stack, const struct layers_row *rows, size_t count)
{
	struct columns columns = {0};

	for (unsigned layer = stack->count; layer-- > 0;) {
		bool wanted = stack->layers[layer].live;

		for (size_t i = 0; !wanted && i < count; i++)
			wanted = strata_version_in(stack->strata, rows[i].spot, layer);
		if (!wanted)
			continue;
		if (columns.count < COLUMNS_MAX)
			columns.layer[columns.count++] = layer;
		else
			columns.more++;
	}
	/* One column is for all those that have none. */
	if (columns.more) {
		columns.count--;
		columns.more++;
	}
	return columns;
}

static bool has_column(const struct columns *columns, unsigned layer)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->layer[i] == layer)
			return true;
	return false;
}

static const char *mark_of(
	const struct figure_stack *stack, const struct layers_row *row, unsigned layer, bool seen)
{
	size_t count;
	const struct strata_version *versions = strata_versions(stack->strata, row->spot, &count);

	for (size_t i = 0; i < count; i++) {
		const struct index_entry *entry = strata_entry(stack->strata, &versions[i]);
		struct strata_state state;

		if (versions[i].layer != layer)
			continue;
		if (entry->flags & INDEX_WHITEOUT)
			return "x";
		if (!seen)
			return "□";
		if (layer == row->layer)
			return "■";
		/* Directories are merged, as far down as nothing hides them. */
		state = strata_state(stack->strata, row->spot, stack->count);
		return S_ISDIR(row->entry->mode) && S_ISDIR(entry->mode) && layer >= state.floor
			       ? "■"
			       : "□";
	}
	return "·";
}

/* Of the layers that have no column of their own: what is seen counts more than what is hidden. */
static const char *mark_of_rest(const struct figure_stack *stack, const struct columns *columns,
	const struct layers_row *row, bool seen)
{
	const char *rest = "·";
	size_t count;
	const struct strata_version *versions = strata_versions(stack->strata, row->spot, &count);

	for (size_t i = 0; i < count; i++) {
		const char *mark;

		if (has_column(columns, versions[i].layer))
			continue;
		mark = mark_of(stack, row, versions[i].layer, seen);
		if (strcmp(rest, "■") != 0 && (strcmp(mark, "■") == 0 || strcmp(rest, "·") == 0))
			rest = mark;
	}
	return rest;
}

/* ---- rows ---- */

static void put_column(struct buf *out, const char *text, unsigned bytes_more)
{
	size_t len = strlen(text) - bytes_more;

	buf_addf(out, "%*s%s", len < 5 ? (int)(5 - len) : 0, "", text);
}

static void add_head(struct figure *figure, int parent, const struct figure_stack *stack,
	const struct columns *columns)
{
	auto_buf heads = BUF_INIT;
	char number[16];

	put_column(&heads, "seen", 0);
	for (size_t i = 0; i < columns->count; i++) {
		unsigned layer = columns->layer[i];

		snprintf(number, sizeof(number), "%u", layer + 1);
		put_column(&heads, stack->layers[layer].live ? "own" : number, 0);
	}
	if (columns->more)
		put_column(&heads, "rest", 0);
	figure_box(figure, parent, "name");
	figure_line(figure);
	figure_tone(figure, FIGURE_FAINT);
	figure_value(figure, "%s", buf_text(&heads));
	figure_words(figure,
		"Full: what is seen. Hollow: hidden by a layer above. x: a whiteout, which says "
		"that it is not to be seen. Dot: says nothing of it. own: what the container "
		"wrote.%s",
		columns->more ? " rest: the layers below those that are drawn." : "");
}

static void tell_row(struct figure *figure, const struct figure_stack *stack,
	const struct layers_row *row, bool seen)
{
	bool own = stack->layers[row->layer].live;

	if (!seen)
		figure_words(figure, "The container deleted it: a whiteout in its own layer hides "
				     "what the image has.");
	else if (own && row->versions > 1 && S_ISDIR(row->entry->mode))
		figure_words(figure, "The container wrote into it; all that has it is merged.");
	else if (own && row->versions > 1)
		figure_words(figure, "The container changed it: it was copied up, whole, and the "
				     "image's stays as it was.");
	else if (own)
		figure_words(figure, "The container made it; the image has nothing of that name.");
	else
		figure_words(figure, "Layer %u of the image has it, and nothing above does.",
			row->layer + 1);
}

static void prove_row(struct figure *figure, const struct figure_stack *stack,
	const struct layers_row *row, const char *path)
{
	const char *place = stack->layers[row->layer].path;
	auto_buf here = BUF_INIT, there = BUF_INIT;

	figure_quote(&there, "%s/%s/%s", stack->root, place, path);

	figure_proof(figure, "%s/%s/%s", stack->root, place, path);
	if (stack->pid)
		figure_command(figure, "ls -lad %s %s",
			figure_quote(&here, "/proc/%d/root/%s", stack->pid, path),
			buf_text(&there));
	else
		figure_command(figure, "ls -lad %s", buf_text(&there));
}

static void add_row(struct figure *figure, int parent, const struct figure_stack *stack,
	const struct columns *columns, const struct layers_row *row)
{
	bool seen = row->change != STRATA_REMOVED;
	char path[INDEX_PATH_MAX];
	auto_buf marks = BUF_INIT;

	put_column(&marks, seen ? "●" : "·", seen ? 2 : 1);
	for (size_t i = 0; i < columns->count; i++) {
		const char *mark = mark_of(stack, row, columns->layer[i], seen);

		put_column(&marks, mark, (unsigned)strlen(mark) - 1);
	}
	if (columns->more) {
		const char *mark = mark_of_rest(stack, columns, row, seen);

		put_column(&marks, mark, (unsigned)strlen(mark) - 1);
	}
	strata_path(stack->strata, row->spot, path);
	figure_box(figure, parent, "%.*s%s", (int)row->name_len, row->name,
		S_ISDIR(row->entry->mode) ? "/" : "");
	figure_line(figure);
	figure_value(figure, "%s", buf_text(&marks));
	figure_tone(figure, !seen                            ? FIGURE_GONE
			    : stack->layers[row->layer].live ? FIGURE_CHOSEN
							     : FIGURE_PLAIN);
	tell_row(figure, stack, row, seen);
	prove_row(figure, stack, row, path);
}

static bool is_mounted(const struct strs *mounted, const struct layers_row *row)
{
	for (size_t i = 0; i < mounted->len; i++)
		if (strlen(mounted->v[i]) == row->name_len &&
			memcmp(mounted->v[i], row->name, row->name_len) == 0)
			return true;
	return false;
}

/* What lies over all layers: no layer has it, and nothing of it is ever written to one. */
static void add_mounted(struct figure *figure, int parent, const struct figure_stack *stack,
	const char *directory, const char *name)
{
	const char *slash = *directory ? "/" : "";
	auto_buf quoted = BUF_INIT;

	figure_box(figure, parent, "%s", name);
	figure_line(figure);
	figure_text(figure, "mounted there");
	figure_tone(figure, FIGURE_FAINT);
	figure_words(figure, "Not of any layer: something else is mounted at this place, and hides "
			     "whatever the layers have there.");
	figure_proof(figure, "/proc/%d/mountinfo", stack->pid);
	figure_command(figure, "findmnt -N %d %s", stack->pid,
		figure_quote(&quoted, "/%s%s%s", directory, slash, name));
}

static void add_rows(struct figure *figure, int parent, const struct figure_stack *stack,
	const struct columns *columns, const struct figure_directory *directory)
{
	for (size_t i = 0; i < directory->count && i < ROWS_MAX; i++)
		if (!is_mounted(&directory->mounted, &directory->rows[i]))
			add_row(figure, parent, stack, columns, &directory->rows[i]);
	if (directory->count > ROWS_MAX) {
		figure_box(figure, parent, "and %zu more", directory->count - ROWS_MAX);
		figure_line(figure);
	}
}

/* ---- what it is merged of ---- */

static void add_layer(struct figure *figure, int parent, const struct figure_stack *stack,
	unsigned i, const char *path)
{
	const struct layers_layer *layer = &stack->layers[i];
	char size[FIGURE_SIZE_TEXT], step[FIGURE_STEP_TEXT];
	auto_buf quoted = BUF_INIT;

	if (layer->live)
		figure_box(figure, parent, "own  what %s wrote", stack->name);
	else
		figure_box(figure, parent, "%u  %s", i + 1, figure_step(layer->created_by, step));
	figure_value(figure, "%s", figure_size(size, layer->size));
	figure_tone(figure, layer->live ? FIGURE_CHOSEN : FIGURE_PLAIN);
	figure_words(figure, "%s",
		layer->live ? "overlay's upper directory: the only one that is ever written to."
			    : "One of overlay's lower directories, read-only, and shared with "
			      "whoever stands on it.");
	figure_proof(figure, "%s/%s/%s", stack->root, layer->path, path);
	figure_command(figure, "ls -la %s",
		figure_quote(&quoted, "%s/%s/%s", stack->root, layer->path, path));
}

static void add_layers(struct figure *figure, const struct figure_stack *stack,
	const struct columns *columns, const char *path)
{
	int box = figure_box(figure, -1, "the layers that have something there");

	figure_link(figure, "merged of");
	figure_flow(figure, FIGURE_SLABS);
	if (columns->more)
		figure_value(figure, "and %u more below", columns->more);
	figure_words(figure, "overlay is told where they lie, and shows them as one.");
	if (stack->pid) {
		figure_proof(figure, "/proc/%d/mountinfo", stack->pid);
		figure_command(figure, "findmnt -N %d -o OPTIONS /", stack->pid);
	}
	for (size_t i = 0; i < columns->count; i++)
		add_layer(figure, box, stack, columns->layer[i], path);
}

int figure_of_merged(struct figure *figure, const struct figure_stack *stack,
	const struct figure_directory *directory, struct err *err)
{
	struct columns columns = choose(stack, directory->rows, directory->count);
	char path[INDEX_PATH_MAX];
	auto_buf quoted = BUF_INIT;
	int box;

	strata_path(stack->strata, directory->spot, path);
	figure_title(figure, "/%s as %s sees it", path, stack->name);
	figure_caption(figure,
		"One directory, merged of what the container wrote and of the image's layers.");
	box = figure_box(figure, -1, "/%s", path);
	figure_value(figure, "%zu name%s", directory->count, directory->count == 1 ? "" : "s");
	figure_words(figure, "What a program in the container finds there.");
	if (stack->pid) {
		figure_proof(figure, "/proc/%d/root/%s", stack->pid, path);
		figure_command(figure, "ls -la %s",
			figure_quote(&quoted, "/proc/%d/root/%s", stack->pid, path));
	}
	add_head(figure, box, stack, &columns);
	add_rows(figure, box, stack, &columns, directory);
	for (size_t i = 0; i < directory->mounted.len; i++)
		add_mounted(figure, box, stack, path, directory->mounted.v[i]);
	add_layers(figure, stack, &columns, path);
	return figure_failed(figure) ? err_set(err, ENOMEM, "the figure: out of memory") : 0;
}
