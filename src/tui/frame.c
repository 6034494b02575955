/* frame.c - see frame.h. */
#include <stdarg.h>
#include <stdio.h>

#include "tui/frame.h"
#include "tui/views.h"

enum { HINTS_LEAST = 40 }; /* columns for what there is to do, beside the way out */

/* Whether all names in full leave room for what is known of the line; the host's name is worth less
 * than theirs. */
static bool fits(const struct view *views, size_t count, int room, const char *corner)
{
	int width = 8 + text_width(corner);

	for (size_t i = 0; i < count; i++)
		width += 4 + text_width(views[i].name);
	return width + 2 <= room || !strchr(corner, ' ');
}

void frame_header(struct pane *pane, struct canvas canvas, enum action view, const char *corner)
{
	size_t count;
	const struct view *views = views_all(&count);
	bool narrow = canvas.w < 60;
	bool brief = narrow || !fits(views, count, canvas.w, corner);
	int x = narrow ? 0 : canvas_text(canvas, 1, 0, ROLE_TITLE, "davit") + 1;

	/* First, so that it is in view however many views there are. */
	if (app_is_read_only(pane->app))
		x = canvas_text(canvas, x, 0, ROLE_WARN | STYLE_REVERSE,
			canvas.w >= 100 ? " read-only " : " RO ");
	x += !narrow;

	for (size_t i = 0; i < count; i++) {
		bool current = views[i].action == view;
		int from = x;

		x = canvas_textf(canvas, x, 0, current ? ROLE_FOCUS | STYLE_REVERSE : ROLE_TEXT,
			narrow ? "%s %s" : " %s %s ",
			keymap_label(app_keymap(pane->app), views[i].action),
			brief ? views[i].narrow : views[i].name);
		app_hot_action(pane, canvas_sub(canvas, from, 0, x - from, 1), views[i].action);
		x += narrow || canvas.w >= 100;
	}
	if (canvas.w - x > 8)
		canvas_right(canvas, x, 0, canvas.w - x - 1, ROLE_DIM, corner);
}

int hint(struct pane *pane, struct canvas canvas, int x, enum action action, const char *word)
{
	const char *key = keymap_label_in(app_keymap(pane->app), pane->ops->context, action);
	int width = text_width(key) + 1 + text_width(word);

	/* Half a hint is none. */
	if (!*key || x + width > canvas.w)
		return canvas.w;
	app_hot_action(pane, canvas_sub(canvas, x, 0, width, 1), action);
	x = canvas_text(canvas, x, 0, ROLE_KEY, key);
	return canvas_text(canvas, x + 1, 0, ROLE_TEXT, word) + 2;
}

struct canvas hint_ends(struct pane *pane, struct canvas canvas, const char *out)
{
	const struct keymap *keymap = app_keymap(pane->app);
	enum context context = pane->ops->context;
	int help = canvas.w - text_width(keymap_label_in(keymap, context, ACTION_HELP)) - 6;
	int leave = help - text_width(keymap_label_in(keymap, context, ACTION_BACK)) -
		    text_width(out) - 3;

	/* Where it is narrow, what there is to do here is worth more. */
	if (help < 2)
		return canvas;
	hint(pane, canvas, help, ACTION_HELP, "help");
	if (leave < HINTS_LEAST)
		return canvas_sub(canvas, 0, 0, help - 1, 1);
	hint(pane, canvas, leave, ACTION_BACK, out);
	return canvas_sub(canvas, 0, 0, leave - 1, 1);
}

void hint_words(struct canvas canvas, const char *fmt, ...)
{
	char text[300], *at = text;
	va_list args;
	int x = 1;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	while (*at) {
		char *end = strstr(at, "   ");
		size_t len = end ? (size_t)(end - at) : strlen(at);

		/* Half a hint is none. */
		if (x > 1 && text_fit(at, len, canvas.w - x) < len)
			return;
		x = canvas_textn(canvas, x, 0, ROLE_DIM, at, len) + 3;
		at = end ? end + 3 : at + len;
	}
}
