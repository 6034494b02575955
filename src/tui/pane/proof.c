/* proof.c - see proof.h. */
#include "tui/pane/proof.h"

static int paint_words(struct canvas canvas, int y, const char *words)
{
	for (; *words && y < canvas.h - 2; y++) {
		size_t len = text_line(words, canvas.w - 2);

		canvas_textn(canvas, 1, y, ROLE_TEXT, words, len);
		words += len;
		words += *words == ' ';
	}
	return y;
}

static void paint_line(struct canvas canvas, int y, const char *label, const char *text)
{
	if (!*text)
		return;
	canvas_text(canvas, 1, y, ROLE_DIM, label);
	canvas_cut(canvas, 8, y, canvas.w - 9, ROLE_LINK, text);
}

void proof_paint(struct canvas canvas, const struct proof *proof)
{
	int y = 1;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, proof->name);
	if (proof->beside) {
		canvas_cut(canvas, 1, y, 16, ROLE_DIM, proof->beside);
		canvas_cut(canvas, 18, y++, canvas.w - 19, ROLE_TEXT, proof->beside_value);
	}
	paint_words(canvas, y, proof->words);
	paint_line(canvas, canvas.h - 2, "proof", proof->path);
	paint_line(canvas, canvas.h - 1, "$", proof->command);
}

bool proof_copies(const struct proof *proof, const char *value, size_t nth, const char **what,
	struct buf *text)
{
	if (nth > 2)
		return false;
	*what = nth == 0   ? "the command that proves it"
		: nth == 1 ? "the value"
			   : "the proof's path";
	buf_adds(text, nth == 0 ? proof->command : nth == 1 ? value : proof->path);
	return true;
}

void proof_run(struct app *app, const char *command, const struct strs *env)
{
	auto_strs words = STRS_INIT;
	struct err err;

	if (!*command) {
		app_toast(app, ROLE_INFO, "No command shows this one alone.");
		return;
	}
	if (env)
		strs_copy(&words, env);
	strs_add(&words, "sh");
	strs_add(&words, "-c");
	strs_add(&words, command);
	if (output_open(app, command, &words, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}
