/* images_paint.c - the images in the store as a list, with a card beside it where there is room. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/image_card.h"
#include "tui/pane/images_own.h"

enum { LEAD = 4, WIDE = 100, NAME_LEAST = 20 };

/* Flush right but for the id; those further on go first where it is narrow. */
static const struct heading {
	const char *heading;
	enum image_sort sort; /* IMAGE_SORTS: none goes by it */
	int width;
} columns[] = {
	{"SIZE", IMAGE_BY_SIZE, 5},
	{"AGE", IMAGE_BY_AGE, 4},
	{"USED", IMAGE_BY_USE, 6},
	{"ALONE", IMAGE_BY_UNIQUE, 6},
	{"ID", IMAGE_SORTS, 12},
};

static int longest_name(const struct image_lines *lines)
{
	int longest = 0;

	for (size_t i = 0; i < lines->count; i++) {
		int width = text_width(lines->list[i].image->reference) + 2 * lines->list[i].more;

		longest = width > longest ? width : longest;
	}
	return longest;
}

/* A name in full is worth more than an id. */
static size_t columns_in(int width, int longest)
{
	int room = width - LEAD - NAME_LEAST;
	size_t n = 0;

	while (n < array_len(columns) && room >= columns[n].width + 2)
		room -= columns[n++].width + 2;
	if (n == array_len(columns) && NAME_LEAST + room - 1 < longest)
		n--;
	return n;
}

static int name_width(int width, size_t shown)
{
	int room = width - LEAD - 1;

	for (size_t i = 0; i < shown; i++)
		room -= columns[i].width + 2;
	return room;
}

static void write_cell(
	const struct image_line *line, size_t column, uint64_t real_ns, char out[FIGURE_MAX])
{
	const struct image_entry *image = line->image;

	switch (columns[column].sort) {
	case IMAGE_BY_SIZE:
		format_bytes(image->size, out);
		return;
	case IMAGE_BY_AGE:
		if (image->created_ns)
			format_age(image->created_ns, real_ns, out);
		else
			snprintf(out, FIGURE_MAX, "-");
		return;
	case IMAGE_BY_USE:
		snprintf(out, FIGURE_MAX, image->containers ? "%u" : "-", image->containers);
		return;
	case IMAGE_BY_UNIQUE:
		if (line->shared == UINT64_MAX || line->shared > image->size)
			snprintf(out, FIGURE_MAX, "-");
		else
			format_bytes(image->size - line->shared, out);
		return;
	default:
		snprintf(out, FIGURE_MAX, "%.12s", image->id);
	}
}

static look cell_style(const struct image_line *line, size_t column)
{
	if (columns[column].sort == IMAGE_BY_USE)
		return line->image->containers ? ROLE_OK : ROLE_DIM;
	return columns[column].sort == IMAGE_SORTS ? ROLE_DIM : ROLE_TEXT;
}

static void paint_line(const struct images *view, struct canvas canvas,
	const struct image_line *line, size_t shown)
{
	const char *name = *line->image->reference ? line->image->reference : "<none>";
	int width = name_width(canvas.w, shown), x = LEAD + width;
	look style = *line->image->reference ? ROLE_TEXT : ROLE_DIM;

	if (images_is_marked(view, line->image))
		canvas_text(canvas, 1, 0, ROLE_MARK, "*");
	if (line->more)
		canvas_text(canvas, LEAD, 0, ROLE_DIM, "=");
	canvas_name(canvas, LEAD + 2 * line->more, 0, width - 2 * line->more, style, name);
	for (size_t i = 0; i < shown && !line->more; i++) {
		char text[FIGURE_MAX];

		write_cell(line, i, app_real_ns(view->pane.app), text);
		canvas_right(canvas, x + 2, 0, columns[i].width, cell_style(line, i), text);
		x += columns[i].width + 2;
	}
}

static void paint_headings(struct images *view, struct canvas canvas, size_t shown)
{
	const struct choices *choices = app_choices(view->pane.app);
	int x = LEAD + name_width(canvas.w, shown);

	canvas_text(canvas, LEAD, 0,
		choices->image_sort == IMAGE_BY_NAME ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM,
		"IMAGE");
	for (size_t i = 0; i < shown; i++) {
		bool by = columns[i].sort == choices->image_sort;

		canvas_right(canvas, x + 2, 0, columns[i].width,
			by ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM, columns[i].heading);
		x += columns[i].width + 2;
	}
}

static void paint_rows(struct images *view, struct canvas canvas, size_t shown)
{
	for (int y = 0; y < canvas.h; y++) {
		size_t i = view->list.top + (size_t)y;
		struct canvas line = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (i >= view->lines.count)
			return;
		app_hot_row(&view->pane, line, i, view->list.selected);
		paint_line(view, line, &view->lines.list[i], shown);
		if (i == view->list.selected) {
			canvas_text(line, 0, 0, ROLE_KEY, ">");
			canvas_bar(line, 0, ROLE_SELECTION);
			canvas_cursor(line, 0, 0, false);
		}
	}
}

/* Beside the list when there is room; returns what is left for the list. */
static struct canvas paint_card(struct images *view, struct canvas canvas)
{
	int card = canvas.w >= 200 ? 60 : canvas.w >= 160 ? 48 : 38, list = canvas.w - card - 1;
	struct app *app = view->pane.app;
	const struct image_entry *image;

	if (canvas.w < WIDE)
		return canvas;
	canvas_vline(canvas, list, 0, canvas.h, ROLE_BORDER);
	if ((image = images_selected(view)))
		image_card_paint(canvas_sub(canvas, list + 1, 0, card, canvas.h),
			&view->lines.list[view->list.selected], app_model(app), app_now_ms(app),
			app_real_ns(app));
	return canvas_sub(canvas, 0, 0, list, canvas.h);
}

static void paint_summary(struct images *view, struct canvas canvas)
{
	struct image_totals totals = image_lines_totals(app_model(view->pane.app));
	char text[FIGURE_MAX];
	size_t names, marked = images_marked(view, NULL);
	int x = 1;

	if (marked)
		x = canvas_textf(canvas, x, 0, ROLE_MARK, "%zu marked %s ", marked,
			canvas_glyph(canvas, GLYPH_DOT));
	model_images(app_model(view->pane.app), &names);
	if (view->filter) {
		canvas_textf(canvas, x, 0, ROLE_INFO, "%zu of %zu match %s", view->lines.count,
			names, filter_text(view->filter));
		return;
	}
	x = canvas_textf(canvas, x, 0, ROLE_TEXT, "%zu image%s", totals.images,
		totals.images == 1 ? "" : "s");
	if (totals.dangling)
		x = canvas_textf(canvas, x + 1, 0, ROLE_WARN, "%s %zu without a name",
			canvas_glyph(canvas, GLYPH_DOT), totals.dangling);
	if (!totals.unused)
		return;
	x = canvas_textf(canvas, x + 1, 0, ROLE_DIM, "%s %zu unused",
		canvas_glyph(canvas, GLYPH_DOT), totals.unused);
	if (totals.unused_size)
		canvas_textf(canvas, x, 0, ROLE_DIM, ", %s that they alone have",
			format_bytes(totals.unused_size, text));
}

static void paint_none(struct canvas canvas, const struct keymap *keymap)
{
	static const struct {
		enum action action;
		const char *words;
	} ways[] = {{ACTION_PULL, "pull one from a registry"},
		{ACTION_LOAD, "load one from a file"}, {ACTION_BUILD, "build one"}};

	canvas_text(canvas, 4, 3, ROLE_TITLE, "No images yet.");
	for (size_t i = 0; i < array_len(ways); i++) {
		canvas_text(canvas, 4, 5 + (int)i, ROLE_KEY, keymap_label(keymap, ways[i].action));
		canvas_text(canvas, 8, 5 + (int)i, ROLE_TEXT, ways[i].words);
	}
	canvas_text(canvas, 8, 8, ROLE_DIM, "davit run davit/demo makes a small one here.");
}

void images_paint(struct pane *pane, struct canvas canvas)
{
	struct images *view = container_of(pane, struct images, pane);
	size_t count, shown;

	model_images(app_model(pane->app), &count);
	images_find(view, canvas.h > 2 ? (size_t)canvas.h - 2 : 0);
	paint_summary(view, canvas_sub(canvas, 0, 0, canvas.w, 1));
	if (count == 0) {
		paint_none(canvas, app_keymap(pane->app));
		return;
	}
	canvas = paint_card(view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1));
	shown = columns_in(canvas.w, longest_name(&view->lines));
	paint_headings(view, canvas_sub(canvas, 0, 0, canvas.w, 1), shown);
	paint_rows(view, canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1), shown);
	if (view->lines.count == 0)
		canvas_textf(canvas, 4, 2, ROLE_DIM, "Nothing here matches; %s shows all.",
			keymap_label(app_keymap(pane->app), ACTION_BACK));
}
