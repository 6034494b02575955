/* files_paint.c - the explorer as it looks: layers, the tree, and where its parts go. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

enum role files_mark_role(char mark)
{
	switch (mark) {
	case '+':
		return ROLE_OK;
	case '~':
		return ROLE_WARN;
	case 'm':
		return ROLE_INFO;
	case '-':
	case '!':
		return ROLE_BAD;
	case 'o':
		return ROLE_MARK;
	case '^':
		return ROLE_DIM;
	default:
		return ROLE_TEXT;
	}
}

/* ---- what made a layer ---- */

static const char *skip(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : NULL;
}

const char *files_step_words(const struct layers_layer *layer, char *out, size_t room)
{
	const char *text = layer->created_by, *rest;
	size_t at = 0;

	if (layer->live) {
		snprintf(out, room, "what it wrote");
		return out;
	}
	if ((rest = skip(text, "/bin/sh -c #(nop) "))) {
		text = rest + strspn(rest, " ");
	} else if ((rest = skip(text, "RUN /bin/sh -c ")) || (rest = skip(text, "/bin/sh -c "))) {
		at = (size_t)snprintf(out, room, "RUN ");
		text = rest;
	}
	if (!*text)
		text = *layer->comment ? layer->comment : "(nobody told)";
	/* One line, blanks joined. */
	for (; *text && at + 1 < room; text++) {
		char c = *text == '\n' || *text == '\t' ? ' ' : *text;

		if (strcmp(text, " # buildkit") == 0)
			break;
		if (c != ' ' || (at && out[at - 1] != ' '))
			out[at++] = c;
	}
	out[at] = '\0';
	return out;
}

/* ---- frames ---- */

void files_rule(struct canvas canvas, bool focused, const char *title)
{
	const char *line = canvas_glyph(canvas, focused ? GLYPH_HLINE_FOCUS : GLYPH_HLINE);

	for (int x = 0; x < canvas.w; x++)
		canvas_text(canvas, x, 0, focused ? ROLE_FOCUS : ROLE_BORDER, line);
	if (!*title || canvas.w < 8)
		return;
	canvas_text(canvas, 1, 0, ROLE_TEXT, " ");
	canvas_cut(canvas, 2, 0, canvas.w - 4, focused ? ROLE_FOCUS : ROLE_TITLE, title);
	if (2 + text_width(title) < canvas.w - 2)
		canvas_text(canvas, 2 + text_width(title), 0, ROLE_TEXT, " ");
}

static void paint_selected(struct canvas line, bool focused)
{
	canvas_text(line, 0, 0, ROLE_KEY, ">");
	if (!focused)
		return;
	canvas_bar(line, 0, ROLE_SELECTION);
	canvas_cursor(line, 0, 0, false);
}

/* ---- layers ---- */

static uint64_t lost_of(const struct files *files, unsigned layer)
{
	return files->waste && layer < files->waste->layers ? files->waste->lost_of[layer] : 0;
}

static void paint_layer(const struct files *files, struct canvas line, unsigned layer)
{
	const struct layers_layer *facts = layers_at(explorer_layers(files->explorer), layer);
	struct strata_span after = explorer_after(files->explorer);
	enum role role = layer < after.to ? ROLE_TEXT : ROLE_DIM;
	char name[16], words[200], size[FIGURE_MAX];
	uint64_t lost = lost_of(files, layer);
	int right = line.w - 7, lost_w = line.w >= 42 ? 7 : 1;

	explorer_layer_name(files->explorer, layer, name);
	canvas_textf(line, 1, 0, layer + 1 == after.to ? ROLE_FOCUS : role, "%-3s%s", name,
		layer + 1 == after.to ? "*" : " ");
	files_step_words(facts, words, sizeof(words));
	canvas_cut(line, 6, 0, right - 6 - lost_w, role, words);
	canvas_right(line, right, 0, 6, role, format_bytes(facts->size, size));
	if (lost < (facts->size / 100 ? facts->size / 100 : 1))
		return;
	if (lost_w == 1) {
		canvas_text(line, right - 1, 0, ROLE_WARN, "!");
		return;
	}
	format_bytes(lost, size);
	canvas_textf(line, right - 1 - (int)strlen(size), 0, ROLE_WARN, "-%s", size);
}

/* Below the list: the image as a whole, and what could be saved first. */
static void paint_sums(const struct files *files, struct canvas canvas)
{
	const struct files_waste *waste = files->waste;
	char bytes[FIGURE_MAX];
	int y = 0;

	if (canvas.h < 4 || layers_stacks(explorer_layers(files->explorer)) == 2)
		return;
	canvas_hline(canvas, 0, y++, canvas.w, ROLE_BORDER);
	if (!waste) {
		canvas_text(canvas, 1, y, ROLE_DIM, "Adding up what is wasted");
		return;
	}
	canvas_textf(canvas, 1, y, ROLE_TEXT, "%.0f%% efficient", 100 * waste->efficiency);
	canvas_right(canvas, 18, y++, canvas.w - 19, waste->lost ? ROLE_WARN : ROLE_DIM,
		waste->lost ? format_bytes(waste->lost, bytes) : "nothing lost");
	for (size_t i = 0; i < waste->count && y < canvas.h; i++, y++) {
		const struct files_advice *one = &waste->advice[i];

		if (one->bytes < waste->total / 200)
			break;
		canvas_right(canvas, 1, y, 6, ROLE_WARN, format_bytes(one->bytes, bytes));
		canvas_cut(canvas, 8, y, canvas.w - 9, ROLE_TEXT, strata_reason_name(one->reason));
		if (canvas.w >= 40)
			canvas_name(canvas, 27, y, canvas.w - 28, ROLE_DIM, one->path);
	}
}

static void paint_layers(struct files *files, struct canvas canvas)
{
	struct strata_span stack = explorer_stack(files->explorer);
	size_t n = stack.to - stack.from;
	bool focused = files->focus == FILES_LAYERS;
	struct canvas list = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);

	files_rule(canvas, focused,
		layers_stacks(explorer_layers(files->explorer)) == 2 ? files->other_name
								     : "Layers");
	list_fit(&files->layers, n, list.h > 0 ? (size_t)list.h : 0);
	for (int y = 0; y < list.h && files->layers.top + (size_t)y < n; y++) {
		size_t i = files->layers.top + (size_t)y;
		struct canvas line = canvas_sub(list, 0, y, list.w, 1);

		paint_layer(files, line, files_layer_at(files, i));
		if (i == files->layers.selected)
			paint_selected(line, focused);
	}
	if ((size_t)list.h > n + 1)
		paint_sums(files, canvas_sub(list, 0, (int)n, list.w, list.h - (int)n));
}

/* ---- the tree ---- */

struct columns {
	bool mode, owner, versions;
	int name; /* where names begin */
};

static struct columns columns_for(int width)
{
	struct columns c = {.mode = width >= 60, .owner = width >= 72, .versions = width >= 40};

	c.name = 14 + (c.mode ? 6 : 0) + (c.owner ? 11 : 0);
	return c;
}

static void put_mode(char out[8], const struct index_entry *entry)
{
	static const char types[] = "?pc?d?b?-?l?s???";

	snprintf(out, 8, "%c%03o", types[entry->mode >> 12 & 15], entry->mode & 07777u);
}

static void put_owner(char out[24], const struct index_entry *entry)
{
	if (entry->uid == entry->gid)
		snprintf(out, 24, entry->uid ? "%u" : "root", entry->uid);
	else
		snprintf(out, 24, "%u:%u", entry->uid, entry->gid);
}

/* What stands behind a name: where a link leads, what an opaque directory or a deletion hides. */
static void put_note(
	const struct files *files, const struct layers_row *row, char mark, char *out, size_t room)
{
	uint64_t hidden =
		mark == '=' || mark == '+' ? 0 : explorer_hidden(files->explorer, row->spot);
	char bytes[FIGURE_MAX];

	*out = '\0';
	if (S_ISLNK(row->entry->mode))
		snprintf(out, room, " -> %s", row->target);
	else if (row->entry->flags & INDEX_LINK)
		snprintf(out, room, " = /%s", row->target);
	else if (mark == 'o')
		snprintf(out, room, "  hides what is below");
	else if (mark == '!')
		snprintf(out, room, "  was %s",
			row->before && S_ISDIR(row->before->mode) ? "a directory"
								  : "something else");
	else if (hidden)
		snprintf(out, room, "  %s hidden", format_bytes(hidden, bytes));
	else if (S_ISDIR(row->entry->mode) && row->changes)
		snprintf(out, room, "  %u changed", row->changes);
}

static void put_name(
	const struct files *files, const struct layers_row *row, char *out, size_t room)
{
	char path[INDEX_PATH_MAX];
	const char *slash = S_ISDIR(row->entry->mode) ? "/" : "";

	if (!explorer_filter(files->explorer)) {
		snprintf(out, room, "%.*s%s", (int)row->name_len, row->name, slash);
		return;
	}
	strata_path(layers_strata(explorer_layers(files->explorer)), row->spot, path);
	snprintf(out, room, "%s%s", path, slash);
}

static int paint_fold(
	struct canvas line, int x, const struct explorer_row *at, const struct layers_row *row)
{
	if (row->has_children)
		canvas_text(line, x, 0, ROLE_DIM,
			canvas_glyph(line, at->open ? GLYPH_OPEN : GLYPH_FOLDED));
	return x + 2;
}

static void paint_name(const struct files *files, struct canvas line, int x,
	const struct explorer_row *at, const struct layers_row *row, char mark)
{
	char name[INDEX_PATH_MAX + 2], note[INDEX_PATH_MAX + 8];
	enum role role = S_ISDIR(row->entry->mode) ? ROLE_TITLE : ROLE_TEXT;
	int depth = at->depth < (line.w - x) / 4 ? at->depth : (line.w - x) / 4, room;

	if (mark == '-' || mark == '^')
		role = ROLE_DIM;
	if (!explorer_filter(files->explorer))
		x = paint_fold(line, x + 2 * depth, at, row);
	put_name(files, row, name, sizeof(name));
	put_note(files, row, mark, note, sizeof(note));
	room = line.w - x - 1;
	canvas_name(line, x, 0, room, role, name);
	x += text_width(name);
	if (x < line.w - 4)
		canvas_cut(line, x, 0, line.w - x - 1, ROLE_DIM, note);
	x += text_width(note);
	if (row->versions > 1 && !S_ISDIR(row->entry->mode) && x < line.w - 6)
		canvas_textf(line, x + 1, 0, ROLE_INFO, "[%u]", row->versions);
}

static void paint_row(const struct files *files, struct canvas line, const struct columns *c,
	const struct explorer_row *at, const struct layers_row *row)
{
	char mark = explorer_mark(files->explorer, row), name[16], bytes[FIGURE_MAX], text[24];
	int x = 14;

	canvas_textf(line, 1, 0, files_mark_role(mark), "%c", mark);
	canvas_text(line, 3, 0, ROLE_DIM, explorer_layer_name(files->explorer, row->layer, name));
	canvas_right(line, 7, 0, 6, ROLE_TEXT, mark == '-' ? "-" : format_bytes(row->bytes, bytes));
	if (c->mode && mark != '-') {
		put_mode(text, row->entry);
		canvas_text(line, x, 0, ROLE_DIM, text);
	}
	x += c->mode ? 6 : 0;
	if (c->owner && mark != '-') {
		put_owner(text, row->entry);
		canvas_cut(line, x, 0, 10, ROLE_DIM, text);
	}
	paint_name(files, line, c->name, at, row, mark);
}

/* While a merge is played, the first `flowed` changes in view are there already. */
static bool has_flowed(
	const struct files *files, const struct layers_row *row, size_t *seen, size_t in_view)
{
	if (!files->play.on || !explorer_is_change(row))
		return true;
	return (*seen)++ * PLAY_FRAMES < (files->play.frame + 1) * in_view;
}

static size_t changes_in_view(const struct files *files)
{
	const struct explorer *explorer = files->explorer;
	size_t end = files->tree.top + files->tree.height, changes = 0;
	struct layers_row row;

	for (size_t i = files->tree.top; i < end && i < explorer_count(explorer); i++)
		if (explorer_row(explorer, explorer_at(explorer, i), &row))
			changes += explorer_is_change(&row);
	return changes;
}

static void paint_rows(struct files *files, struct canvas list)
{
	struct columns c = columns_for(list.w);
	size_t n = explorer_count(files->explorer), seen = 0;
	size_t in_view = files->play.on ? changes_in_view(files) : 0;

	for (int y = 0; y < list.h && files->tree.top + (size_t)y < n; y++) {
		size_t i = files->tree.top + (size_t)y;
		struct canvas line = canvas_sub(list, 0, y, list.w, 1);
		struct explorer_row at = explorer_at(files->explorer, i);
		struct layers_row row;

		if (explorer_row(files->explorer, at, &row) &&
			has_flowed(files, &row, &seen, in_view))
			paint_row(files, line, &c, &at, &row);
		if (i == files->tree.selected && !files->play.on)
			paint_selected(line, files->focus == FILES_TREE);
	}
}

/* Why there are no rows, and what to do. */
static void paint_empty(const struct files *files, struct canvas list)
{
	if (explorer_filter(files->explorer))
		canvas_text(list, 2, 1, ROLE_DIM,
			explorer_is_busy(files->explorer) ? "Looking"
							  : "Nothing matches: Esc shows all");
	else if (explorer_changes_only(files->explorer) && !explorer_is_busy(files->explorer))
		canvas_text(list, 2, 1, ROLE_DIM,
			explorer_mode(files->explorer) == EXPLORER_COMPARE
				? "Nothing differs"
				: "Nothing changed here: a shows all");
	else if (!explorer_is_busy(files->explorer))
		canvas_text(list, 2, 1, ROLE_DIM, "No files");
}

static void put_tree_title(const struct files *files, char *out, size_t room)
{
	struct explorer *explorer = files->explorer;
	struct strata_span after = explorer_after(explorer), before = explorer_before(explorer);
	enum explorer_mode mode = explorer_mode(explorer);
	bool reverse;
	enum explorer_sort sort = explorer_sort(explorer, &reverse);
	char top[16] = "-", below[16] = "nothing";
	size_t n = explorer_count(explorer);

	if (after.to > after.from)
		explorer_layer_name(explorer, after.to - 1, top);
	if (before.to > before.from)
		explorer_layer_name(explorer, before.to - 1, below);
	if (explorer_filter(explorer))
		snprintf(out, room, "%zu match%s %s%s", n, n == 1 ? "" : "es", files->filter,
			explorer_is_busy(explorer) ? " …" : "");
	else if (mode == EXPLORER_COMPARE)
		snprintf(out, room, "%s to %s, by %s%s", below, top, explorer_sort_name(sort),
			reverse ? " up" : "");
	else
		snprintf(out, room, "%s %s%s, by %s%s",
			mode == EXPLORER_LAYER ? "Layer" : "Merged to", top,
			explorer_changes_only(explorer) ? ", changes" : "",
			explorer_sort_name(sort), reverse ? " up" : "");
}

static void paint_tree(struct files *files, struct canvas canvas)
{
	struct canvas list = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	char title[FILTER_MAX + 60];
	size_t n = explorer_count(files->explorer);

	put_tree_title(files, title, sizeof(title));
	files_rule(canvas, files->focus == FILES_TREE, title);
	list_fit(&files->tree, n, list.h > 0 ? (size_t)list.h : 0);
	if (n)
		paint_rows(files, list);
	else
		paint_empty(files, list);
}

/* ---- the line above ---- */

static int paint_count(struct canvas line, int x, enum role role, char mark, uint32_t count)
{
	return count ? canvas_textf(line, x + 1, 0, role, "%c%u", mark, count) : x;
}

/* What the top layer does, or all that differs; while it is played, what of it has flowed in. */
static int paint_counter(const struct files *files, struct canvas line, int x)
{
	struct explorer *explorer = files->explorer;
	struct layers_sums sums = layers_sums(explorer_layers(explorer));
	unsigned part = files->play.on ? files->play.frame + 1 : PLAY_FRAMES;
	struct strata_span after = explorer_after(explorer);
	char bytes[FIGURE_MAX], name[16];

	if (!explorer_is_weighed(explorer) || after.to == after.from)
		return x;
	x = canvas_text(line, x, 0, ROLE_DIM,
		explorer_mode(explorer) == EXPLORER_COMPARE
			? "differs"
			: explorer_layer_name(explorer, after.to - 1, name));
	x = paint_count(line, x, ROLE_OK, '+', sums.added * part / PLAY_FRAMES);
	x = paint_count(line, x, ROLE_WARN, '~', sums.changed * part / PLAY_FRAMES);
	x = paint_count(line, x, ROLE_INFO, 'm', sums.touched * part / PLAY_FRAMES);
	x = paint_count(line, x, ROLE_BAD, '-', sums.removed * part / PLAY_FRAMES);
	return canvas_textf(line, x, 0, ROLE_DIM, " %s",
		       format_bytes(sums.bytes * part / PLAY_FRAMES, bytes)) +
	       2;
}

static uint64_t size_of(const struct files *files, struct strata_span span)
{
	uint64_t bytes = 0;

	for (unsigned i = span.from; i < span.to; i++)
		bytes += layers_at(explorer_layers(files->explorer), i)->size;
	return bytes;
}

static int paint_waste(const struct files *files, struct canvas line, int x)
{
	const struct files_waste *waste = files->waste;
	char bytes[FIGURE_MAX];

	if (!waste || !waste->lost || layers_stacks(explorer_layers(files->explorer)) == 2)
		return x;
	return canvas_textf(line, x, 0, ROLE_WARN, "wasted %s (%.0f%%)",
		       format_bytes(waste->lost, bytes),
		       waste->total ? 100.0 * (double)waste->lost / (double)waste->total : 0) +
	       2;
}

/* What stood on it is read from the index as long as it is open; its files cannot be. */
static bool is_removed(const struct files *files)
{
	size_t count;
	const struct image_entry *images = model_images(app_model(files->pane.app), &count);

	if (files->wish.container || strlen(files->who) != sizeof(images->id) - 1)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(images[i].id, files->who) == 0)
			return false;
	return true;
}

static void paint_summary(const struct files *files, struct canvas line)
{
	struct layers *layers = explorer_layers(files->explorer);
	struct strata_span stack = explorer_stack(files->explorer);
	char bytes[FIGURE_MAX];
	int x = 1;

	if (!files->is_tab)
		x = canvas_text(line, x, 0, ROLE_TITLE, files->name) + 2;
	if (is_removed(files))
		x = canvas_text(line, x, 0, ROLE_WARN, "removed since") + 2;
	if (layers_stacks(layers) == 2) {
		x = canvas_text(line, x, 0, ROLE_DIM, "compared with");
		x = canvas_text(line, x + 1, 0, ROLE_TITLE, files->other_name) + 2;
	}
	x = canvas_textf(line, x, 0, ROLE_TEXT, "%u layer%s  %s", stack.to - stack.from,
		    stack.to - stack.from == 1 ? "" : "s",
		    format_bytes(size_of(files, stack), bytes)) +
	    2;
	if (!files->play.on)
		x = paint_waste(files, line, x);
	x = paint_counter(files, line, x);
	if (files->play.on)
		canvas_text(line, x, 0, ROLE_BUSY, "playing: any key stops");
	else if (files->exporting)
		canvas_textf(line, x, 0, ROLE_BUSY, "exporting to %s", files->exported);
	else if (files->changed)
		canvas_text(line, x, 0, ROLE_INFO, "it wrote meanwhile: R reads again");
	else if (files->opening)
		canvas_text(line, x, 0, ROLE_BUSY, "reading");
}

/* ---- where the parts go ---- */

static void paint_part(struct files *files, enum files_part part, struct canvas canvas)
{
	if (part == FILES_LAYERS)
		paint_layers(files, canvas);
	else if (part == FILES_TREE)
		paint_tree(files, canvas);
	else
		files_why_paint(files, canvas);
}

static void paint_side_by_side(struct files *files, struct canvas canvas)
{
	int layers = canvas.w >= 180 ? 46 : canvas.w >= 140 ? 36 : 31;
	int why = canvas.w >= 180 ? 62 : canvas.w >= 140 ? 46 : 36;
	int tree = canvas.w - layers - why - 2;

	canvas_vline(canvas, layers, 0, canvas.h, ROLE_BORDER);
	canvas_vline(canvas, layers + tree + 1, 0, canvas.h, ROLE_BORDER);
	paint_part(files, FILES_LAYERS, canvas_sub(canvas, 0, 0, layers, canvas.h));
	paint_part(files, FILES_TREE, canvas_sub(canvas, layers + 1, 0, tree, canvas.h));
	paint_part(files, FILES_WHY, canvas_sub(canvas, layers + tree + 2, 0, why, canvas.h));
}

static void paint_two_over_one(struct files *files, struct canvas canvas)
{
	int layers = canvas.w >= 70 ? 27 : 22, why = canvas.h >= 18 ? 8 : 6;
	int top = canvas.h - why;

	canvas_vline(canvas, layers, 0, top, ROLE_BORDER);
	paint_part(files, FILES_LAYERS, canvas_sub(canvas, 0, 0, layers, top));
	paint_part(
		files, FILES_TREE, canvas_sub(canvas, layers + 1, 0, canvas.w - layers - 1, top));
	paint_part(files, FILES_WHY, canvas_sub(canvas, 0, top, canvas.w, why));
}

static void paint_reading(const struct files *files, struct canvas canvas)
{
	int64_t waited = app_now_ms(files->pane.app) - files->opened_ms;

	if (*files->trouble) {
		canvas_cut(canvas, 2, 1, canvas.w - 4, ROLE_BAD, files->trouble);
		canvas_text(canvas, 2, 3, ROLE_TEXT, "R tries again, Esc goes back.");
	} else if (waited >= 100) {
		canvas_textf(canvas, 2, 1, ROLE_BUSY, "Reading the layers%s",
			files->wish.container ? ", and what the container wrote" : "");
	}
}

void files_paint(struct files *files, struct canvas canvas)
{
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);

	if (!explorer_layers(files->explorer)) {
		paint_reading(files, canvas);
		return;
	}
	files_story_of(files);
	paint_summary(files, canvas_sub(canvas, 0, 0, canvas.w, 1));
	files->alone = canvas.w < 60 || body.h < 11;
	if (files->alone)
		paint_part(files, files->focus, body);
	else if (canvas.w >= 110)
		paint_side_by_side(files, body);
	else
		paint_two_over_one(files, body);
}
