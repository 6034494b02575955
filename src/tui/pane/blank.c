/* blank.c - see blank.h. */
#include "tui/pane/blank.h"

void blank_empty(struct app *app, struct canvas canvas)
{
	struct canvas text = canvas_sub(canvas, canvas.w > 60 ? canvas.w / 2 - 26 : 2,
		canvas.h > 12 ? canvas.h / 3 : 1, canvas.w, canvas.h);
	const char *filter = model_filter_text(app_model(app));
	size_t images;

	if (*filter) {
		canvas_textf(text, 0, 0, ROLE_TITLE, "Nothing matches \"%s\".", filter);
		canvas_text(text, 2, 2, ROLE_TEXT, "Esc shows all containers again.");
		return;
	}
	model_images(app_model(app), &images);
	canvas_text(text, 0, 0, ROLE_TITLE, "No containers yet.");
	canvas_text(text, 2, 2, ROLE_TEXT, "davit run -d --name hello davit/demo");
	canvas_text(
		text, 2, 3, ROLE_DIM, "in another terminal starts one; it appears here at once.");
	canvas_textf(text, 2, 5, ROLE_TEXT, "%s  images (%zu here)",
		keymap_label(app_keymap(app), ACTION_IMAGES), images);
	canvas_textf(text, 2, 6, ROLE_TEXT, "%s  help", keymap_label(app_keymap(app), ACTION_HELP));
}

void blank_trouble(struct canvas canvas, const char *trouble)
{
	struct canvas text = canvas_sub(canvas, 2, 1, canvas.w - 4, canvas.h - 2);
	size_t len = strlen(trouble), at = 0;
	int y = 2;

	canvas_text(text, 0, 0, ROLE_BAD, "davit cannot reach its store");
	canvas_text(text, 0, y, ROLE_DIM, "What");
	while (at < len && y < text.h) {
		size_t fit = text_fit(trouble + at, len - at, text.w - 9);

		canvas_textn(text, 8, y++, ROLE_TEXT, trouble + at, fit ? fit : 1);
		at += fit ? fit : 1;
	}
	canvas_text(text, 0, y + 1, ROLE_DIM, "Effect");
	canvas_text(
		text, 8, y + 1, ROLE_TEXT, "Nothing can be shown or started. What runs goes on.");
	canvas_text(text, 0, y + 3, ROLE_DIM, "Fix");
	canvas_text(text, 8, y + 3, ROLE_TEXT, "sudo davit            the system's containers");
	canvas_text(text, 8, y + 4, ROLE_TEXT, "davit --root DIR      a store of your own");
}
