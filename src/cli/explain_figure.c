/* explain_figure.c - see explain_figure.h. */
#include "cli/explain_figure.h"

#include <stdlib.h>
#include <string.h>

#include "cli/terminal.h"

enum { COLUMNS = 80, COLUMNS_MAX = 100 };

static int no_such_figure(const char *name, struct err *err)
{
	auto_buf names = BUF_INIT;

	for (enum figure_kind kind = 0; kind < FIGURE_KINDS; kind++)
		buf_addf(&names, "%s%s", kind ? ", " : "", figure_name(kind));
	return err_set(err, EINVAL, "no figure is called '%.40s': %s", name, buf_text(&names));
}

/* A terminal that cannot show lines gets dashes. */
static bool wants_ascii(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < array_len(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return !strcasestr(value, "utf-8") && !strcasestr(value, "utf8");
	}
	return true;
}

static void put_drawing(const struct figure_drawing *drawing, struct buf *out)
{
	for (unsigned y = 0; y < drawing->h; y++) {
		const struct figure_cell *row = drawing->cells + (size_t)y * drawing->w;
		unsigned w = drawing->w;

		while (w && row[w - 1].glyph == ' ')
			w--;
		for (unsigned x = 0; x < w; x++)
			figure_put(&row[x], out);
		buf_addc(out, '\n');
	}
}

static void put_proofs(const struct figure *figure, struct buf *out)
{
	size_t count;
	const struct figure_box *boxes = figure_boxes(figure, &count);

	for (size_t i = 0; i < count; i++)
		if (*boxes[i].command)
			buf_addf(out, "%s%s\n  $ %s\n", i ? "" : "\n", boxes[i].title,
				boxes[i].command);
}

static int put_boxes(const struct figure *figure, bool proofs, struct buf *out, struct err *err)
{
	struct figure_drawing drawing;
	unsigned rows, columns;

	if (!terminal_size(STDOUT_FILENO, &rows, &columns) || columns < 40)
		columns = COLUMNS;
	if (figure_draw(figure, columns > COLUMNS_MAX ? COLUMNS_MAX : columns, wants_ascii(),
		    &drawing, err) < 0)
		return err->code;
	buf_addf(out, "%s\n%s\n\n", figure_title_of(figure), figure_caption_of(figure));
	put_drawing(&drawing, out);
	free(drawing.cells);
	if (proofs)
		put_proofs(figure, out);
	return 0;
}

static int put_json(
	const struct figure *figure, const struct form *form, struct buf *out, struct err *err)
{
	cJSON *json = figure_to_json(figure);
	int failed = form_put(form, json, out, err);

	cJSON_Delete(json);
	return failed;
}

int explain_figure(
	struct cli *cli, const char *name, const char *object, bool proofs, const struct form *form)
{
	enum figure_kind kind = figure_find(name);
	struct figure *figure = NULL;
	struct err err;
	int failed = kind == FIGURE_KINDS ? no_such_figure(name, &err)
					  : engine_figure(cli->engine, kind, object, &figure, &err);

	if (!failed)
		failed = form ? put_json(figure, form, &cli->out.text, &err)
			      : put_boxes(figure, proofs, &cli->out.text, &err);
	figure_free(figure);
	return failed ? cli_fail(&err, 1) : 0;
}
