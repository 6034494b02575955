/* sheet.c - see sheet.h. */
#include <stdio.h>

#include "tui/widget/sheet.h"

enum { LABEL_MAX = 16, COMMAND_ROWS_MAX = 4, OFFERS_MAX = 200 };

struct value {
	struct prompt text; /* of a text field */
	size_t chosen;      /* of a choice, and 1 of a toggle that is on */
};

struct sheet {
	struct sheet_shape shape;
	void *arg;
	size_t at, top, offered; /* the field, the first one shown, which offer stands behind it */
	char mistake[300];
	struct value *values;
};

struct sheet *sheet_new(const struct sheet_shape *shape, void *arg)
{
	auto_of(sheet) struct sheet *sheet = calloc(1, sizeof(*sheet));

	if (!sheet || !(sheet->values = calloc(shape->count, sizeof(*sheet->values))))
		return NULL;
	sheet->shape = *shape;
	sheet->arg = arg;
	return take(sheet);
}

void sheet_free(struct sheet *sheet)
{
	if (!sheet)
		return;
	free(sheet->values);
	free(sheet);
}

/* ---- values ---- */

static const struct sheet_field *field_of(const struct sheet *sheet, size_t field)
{
	return &sheet->shape.fields[field];
}

const char *sheet_get(const struct sheet *sheet, size_t field)
{
	const struct value *value = &sheet->values[field];

	switch (field_of(sheet, field)->kind) {
	case SHEET_TEXT:
		return value->text.text;
	case SHEET_CHOICE:
		return field_of(sheet, field)->choices[value->chosen];
	case SHEET_TOGGLE:
		break;
	}
	return value->chosen ? "yes" : "";
}

bool sheet_is_on(const struct sheet *sheet, size_t field)
{
	return *sheet_get(sheet, field) != '\0';
}

void sheet_set(struct sheet *sheet, size_t field, const char *text)
{
	struct value *value = &sheet->values[field];
	const char *const *choices = field_of(sheet, field)->choices;

	switch (field_of(sheet, field)->kind) {
	case SHEET_TEXT:
		prompt_set(&value->text, text);
		return;
	case SHEET_CHOICE:
		for (value->chosen = 0; choices[value->chosen]; value->chosen++)
			if (str_eq(choices[value->chosen], text))
				return;
		value->chosen = 0;
		return;
	case SHEET_TOGGLE:
		value->chosen = *text != '\0';
		return;
	}
}

size_t sheet_at(const struct sheet *sheet)
{
	return sheet->at;
}

void sheet_go(struct sheet *sheet, size_t field)
{
	sheet->at = field < sheet->shape.count ? field : sheet->shape.count - 1;
	sheet->offered = 0;
}

/* ---- offers ---- */

/* The value that stands behind what is typed, or false. */
static bool offer_of(const struct sheet *sheet, struct buf *value)
{
	const char *typed = sheet_get(sheet, sheet->at);

	if (!sheet->shape.offer || field_of(sheet, sheet->at)->kind != SHEET_TEXT ||
		!sheet->shape.offer(sheet->arg, sheet, sheet->at, sheet->offered, value))
		return false;
	return value->len > strlen(typed) && memcmp(buf_text(value), typed, strlen(typed)) == 0;
}

static bool has_offer(const struct sheet *sheet, size_t nth)
{
	auto_buf value = BUF_INIT;

	return sheet->shape.offer && field_of(sheet, sheet->at)->kind == SHEET_TEXT &&
	       nth < OFFERS_MAX && sheet->shape.offer(sheet->arg, sheet, sheet->at, nth, &value);
}

static bool take_offer(struct sheet *sheet)
{
	struct prompt *prompt = &sheet->values[sheet->at].text;
	auto_buf value = BUF_INIT;

	if (prompt->text[prompt->at] || !offer_of(sheet, &value))
		return false;
	prompt_set(prompt, buf_text(&value));
	sheet->offered = 0;
	return true;
}

static void turn_offers(struct sheet *sheet, bool back)
{
	if (!back && has_offer(sheet, sheet->offered + 1))
		sheet->offered++;
	else if (back && sheet->offered > 0)
		sheet->offered--;
}

/* ---- keys ---- */

static void turn_choice(struct sheet *sheet, bool back)
{
	struct value *value = &sheet->values[sheet->at];
	size_t count = 2;

	if (field_of(sheet, sheet->at)->kind == SHEET_CHOICE)
		for (count = 0; field_of(sheet, sheet->at)->choices[count];)
			count++;
	value->chosen = (value->chosen + (back ? count - 1 : 1)) % count;
}

static bool move_key(struct sheet *sheet, const struct key *key)
{
	size_t count = sheet->shape.count;

	switch (key->code) {
	case KEY_TAB:
	case KEY_DOWN:
		sheet_go(sheet, (sheet->at + 1) % count);
		return true;
	case KEY_BACKTAB:
	case KEY_UP:
		sheet_go(sheet, (sheet->at + count - 1) % count);
		return true;
	default:
		return false;
	}
}

static bool text_key(struct sheet *sheet, const struct key *key)
{
	if (key->code == KEY_CONTROL('n') || key->code == KEY_CONTROL('p')) {
		turn_offers(sheet, key->code == KEY_CONTROL('p'));
		return true;
	}
	if ((key->code == KEY_RIGHT || key->code == KEY_END || key->code == KEY_CONTROL('e')) &&
		take_offer(sheet))
		return true;
	if (!prompt_key(&sheet->values[sheet->at].text, key))
		return false;
	sheet->offered = 0;
	return true;
}

bool sheet_key(struct sheet *sheet, const struct key *key)
{
	bool taken = true;

	if (move_key(sheet, key))
		return true;
	if (field_of(sheet, sheet->at)->kind == SHEET_TEXT)
		taken = text_key(sheet, key);
	else if (key->code == ' ' || key->code == KEY_RIGHT)
		turn_choice(sheet, false);
	else if (key->code == KEY_LEFT)
		turn_choice(sheet, true);
	else
		taken = false;
	if (taken)
		sheet->mistake[0] = '\0';
	return taken;
}

void sheet_complain(struct sheet *sheet, const char *sentence)
{
	snprintf(sheet->mistake, sizeof(sheet->mistake), "%s", sentence);
}

bool sheet_check(struct sheet *sheet)
{
	sheet->mistake[0] = '\0';
	for (size_t i = 0; sheet->shape.check && i < sheet->shape.count; i++) {
		auto_buf mistake = BUF_INIT;

		sheet->shape.check(sheet->arg, sheet, i, &mistake);
		if (!mistake.len)
			continue;
		sheet_go(sheet, i);
		sheet_complain(sheet, buf_text(&mistake));
		return false;
	}
	return true;
}

/* ---- painting ---- */

void sheet_command(const struct sheet *sheet, struct buf *line)
{
	auto_strs words = STRS_INIT;

	if (!sheet->shape.command)
		return;
	sheet->shape.command(sheet->arg, sheet, &words);
	for (size_t i = 0; i < words.len; i++) {
		if (i)
			buf_addc(line, ' ');
		sheet_quote(line, words.v[i]);
	}
}

/* The bytes of one row of the line: whole words where that is possible. */
static size_t row_of(const char *line, int width)
{
	size_t len = strlen(line), fits = text_fit(line, len, width), at;

	if (fits == len || fits == 0)
		return len;
	for (at = fits; at > 0 && line[at] != ' ';)
		at--;
	return at > 0 ? at : fits;
}

/* Paints, unless canvas is NULL; returns the rows that it takes. */
static int command_rows(const struct canvas *canvas, const char *line, int width)
{
	int rows = 0;

	while (*line && rows < COMMAND_ROWS_MAX) {
		int room = width - (rows ? 2 : 0);
		size_t len = rows == COMMAND_ROWS_MAX - 1 ? strlen(line) : row_of(line, room);
		char row[512];

		snprintf(row, sizeof(row), "%.*s", (int)len, line);
		if (canvas)
			canvas_cut(*canvas, rows ? 2 : 0, rows, room, ROLE_INFO, row);
		line += len + (line[len] == ' ');
		rows++;
	}
	return rows;
}

int sheet_height(const struct sheet *sheet, int width)
{
	auto_buf line = BUF_INIT;

	sheet_command(sheet, &line);
	return (int)sheet->shape.count + 2 + (line.len ? 1 : 0) +
	       command_rows(NULL, buf_text(&line), width);
}

static void paint_text(struct sheet *sheet, struct canvas canvas, size_t field, bool here)
{
	const char *text = sheet_get(sheet, field);
	auto_buf offer = BUF_INIT;
	int x;

	if (!here) {
		canvas_cut(
			canvas, 0, 0, canvas.w, *text ? ROLE_TEXT : ROLE_DIM, *text ? text : "-");
		return;
	}
	x = prompt_paint(&sheet->values[field].text, canvas, 0, 0, ROLE_TEXT | STYLE_UNDERLINE);
	if (!offer_of(sheet, &offer))
		return;
	/* That it is not there yet is not said by its colour alone. */
	canvas_cut(canvas, x, 0, canvas.w - x, ROLE_DIM, buf_text(&offer) + strlen(text));
	x += text_width(buf_text(&offer) + strlen(text));
	if (canvas.w - x >= 18)
		canvas_right(canvas, x, 0, canvas.w - x, ROLE_DIM, "Right takes it");
}

static void paint_value(struct sheet *sheet, struct canvas canvas, size_t field, bool here)
{
	look style = here ? ROLE_TEXT | STYLE_BOLD : ROLE_TEXT;

	switch (field_of(sheet, field)->kind) {
	case SHEET_TEXT:
		paint_text(sheet, canvas, field, here);
		return;
	case SHEET_CHOICE:
		canvas_textf(canvas, 0, 0, style, here ? "< %s >" : "%s", sheet_get(sheet, field));
		break;
	case SHEET_TOGGLE:
		canvas_text(canvas, 0, 0, style, sheet_is_on(sheet, field) ? "[x] yes" : "[ ] no");
		break;
	}
	if (here)
		canvas_cursor(canvas, 0, 0, true);
}

static int label_width(const struct sheet *sheet)
{
	int widest = 0;

	for (size_t i = 0; i < sheet->shape.count; i++) {
		int width = text_width(field_of(sheet, i)->label);

		widest = width > widest ? width : widest;
	}
	return widest > LABEL_MAX ? LABEL_MAX : widest;
}

static void paint_fields(struct sheet *sheet, struct canvas canvas)
{
	int label = label_width(sheet);

	if (canvas.h < 1)
		return;
	if (sheet->at < sheet->top)
		sheet->top = sheet->at;
	if (sheet->at >= sheet->top + (size_t)canvas.h)
		sheet->top = sheet->at - (size_t)canvas.h + 1;
	for (int y = 0; y < canvas.h && sheet->top + (size_t)y < sheet->shape.count; y++) {
		size_t field = sheet->top + (size_t)y;
		bool here = field == sheet->at;

		canvas_text(canvas, 0, y, ROLE_KEY, here ? ">" : " ");
		canvas_cut(canvas, 2, y, label, here ? ROLE_TITLE : ROLE_DIM,
			field_of(sheet, field)->label);
		paint_value(sheet, canvas_sub(canvas, label + 4, y, canvas.w - label - 4, 1), field,
			here);
	}
}

static void paint_word(const struct sheet *sheet, struct canvas canvas)
{
	const char *help = field_of(sheet, sheet->at)->help;

	if (*sheet->mistake)
		canvas_cut(canvas, 0, 0, canvas.w, ROLE_BAD, sheet->mistake);
	else if (help)
		canvas_cut(canvas, 0, 0, canvas.w, ROLE_DIM, help);
}

void sheet_paint(struct sheet *sheet, struct canvas canvas)
{
	auto_buf line = BUF_INIT;
	struct canvas below;
	int rows, fields, gap;

	sheet_command(sheet, &line);
	rows = command_rows(NULL, buf_text(&line), canvas.w);
	if (rows > 0 && canvas.h < 8)
		rows = 1;
	/* Where fields would have to be scrolled, what is blank is theirs. */
	gap = canvas.h >= (int)sheet->shape.count + 2 + (rows ? rows + 1 : 0);
	fields = canvas.h - 1 - gap - (rows ? rows + gap : 0);
	if (fields > (int)sheet->shape.count)
		fields = (int)sheet->shape.count;
	paint_fields(sheet, canvas_sub(canvas, 0, 0, canvas.w, fields));
	paint_word(sheet, canvas_sub(canvas, 0, fields + gap, canvas.w, 1));
	below = canvas_sub(canvas, 0, fields + 1 + 2 * gap, canvas.w, rows);
	command_rows(&below, buf_text(&line), canvas.w);
}
