/* image_card.c - see image_card.h. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/image_card.h"

enum { LABEL = 9 };

static int line(struct canvas canvas, int y, const char *label, const char *text)
{
	canvas_text(canvas, 1, y, ROLE_DIM, label);
	canvas_cut(canvas, LABEL + 1, y, canvas.w - LABEL - 2, ROLE_TEXT, text);
	return y + 1;
}

/* A name is told whole, on as many lines as it takes. */
static int name(struct canvas canvas, int y, const char *label, const char *text)
{
	do {
		size_t len = text_line(text, canvas.w - LABEL - 2);

		canvas_text(canvas, 1, y, ROLE_DIM, label);
		canvas_textn(canvas, LABEL + 1, y++, ROLE_TEXT, text, len);
		text += len;
		label = "";
	} while (*text);
	return y;
}

static void paint_user(struct canvas canvas, int y, const struct row *row, int64_t now_ms)
{
	struct state_look state = format_state(row, now_ms);

	canvas_text(canvas, 1, y, state.role, canvas_glyph(canvas, state.glyph));
	canvas_name(canvas, 3, y, canvas.w - 20, ROLE_TEXT, row->c.name);
	canvas_right(canvas, canvas.w - 16, y, 15, state.role, state.word);
}

/* As many as there is room for, then how many more. */
static void paint_users(struct canvas canvas, const struct image_entry *image,
	const struct model *model, int64_t now_ms)
{
	struct row *const *rows;
	size_t count, left = 0;
	int y = 1;

	rows = model_all(model, &count);
	canvas_text(canvas, 1, 0, ROLE_TITLE, "Used by");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i]->c.image_id, image->id) != 0)
			continue;
		if (y < canvas.h - 1)
			paint_user(canvas, y++, rows[i], now_ms);
		else
			left++;
	}
	if (left)
		canvas_textf(canvas, 1, y, ROLE_DIM, "and %zu more", left);
	else if (y == 1)
		canvas_text(canvas, 1, y, ROLE_DIM, "no container");
}

/* Its other names, when it has any. */
static int names(
	struct canvas canvas, int y, const struct image_entry *image, const struct model *model)
{
	size_t count;
	const struct image_entry *rows = model_images(model, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].id, image->id) == 0 &&
			strcmp(rows[i].reference, image->reference) != 0)
			y = name(canvas, y, "also", rows[i].reference);
	return y;
}

static int sizes(struct canvas canvas, int y, const struct image_line *of)
{
	char text[3 * FIGURE_MAX], size[FIGURE_MAX], alone[FIGURE_MAX];
	uint64_t total = of->image->size;

	format_bytes(total, size);
	if (of->shared == UINT64_MAX || of->shared > total)
		snprintf(text, sizeof(text), "%s", size);
	else
		snprintf(text, sizeof(text), "%s, %s of it shared", size,
			format_bytes(of->shared, alone));
	y = line(canvas, y, "size", text);
	if (of->shared != UINT64_MAX && of->shared <= total)
		y = line(canvas, y, "alone", format_bytes(total - of->shared, text));
	if (of->image->content_size)
		y = line(canvas, y, "as kept", format_bytes(of->image->content_size, text));
	return y;
}

void image_card_paint(struct canvas canvas, const struct image_line *of, const struct model *model,
	int64_t now_ms, uint64_t real_ns)
{
	const struct image_entry *image = of->image;
	char text[FIGURE_MAX], id[16];
	int y;

	snprintf(id, sizeof(id), "%.12s", image->id);
	y = name(canvas, 0, "name", *image->reference ? image->reference : "none: dangling");
	y = names(canvas, y, image, model);
	y = line(canvas, y, "id", id);
	if (*image->digest)
		y = line(canvas, y, "digest", image->digest);
	if (*image->platform)
		y = line(canvas, y, "platform", image->platform);
	y = line(canvas, y, "created",
		image->created_ns ? format_moment(image->created_ns, real_ns, text)
				  : "not recorded");
	y = sizes(canvas, y, of);
	paint_users(canvas_sub(canvas, 0, y + 1, canvas.w, canvas.h - y - 1), image, model, now_ms);
}
