/* tape.c - the pure half of engine_tape.h: a tape's lines into events and text. */
#include "core/engine_tape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

enum { EVENTS_MAX = 500000, SIDE_MAX = 2000 };

struct tape {
	char title[200];
	unsigned columns, rows;
	struct tape_event *events;
	struct strs texts; /* that the events lend */
	size_t count, room;
};

void tape_free(struct tape *tape)
{
	if (!tape)
		return;
	strs_fini(&tape->texts);
	free(tape->events);
	free(tape);
}

const char *tape_title(const struct tape *tape)
{
	return tape->title;
}

unsigned tape_columns(const struct tape *tape)
{
	return tape->columns;
}

unsigned tape_rows(const struct tape *tape)
{
	return tape->rows;
}

const struct tape_event *tape_events(const struct tape *tape, size_t *count)
{
	*count = tape->count;
	return tape->events;
}

/* ---- reading ---- */

static unsigned side(const cJSON *head, const char *name)
{
	const cJSON *item = json_get(head, name);
	double value = cJSON_IsNumber(item) ? item->valuedouble : 0;

	return value >= 1 && value <= SIDE_MAX ? (unsigned)value : 0;
}

static int read_head(struct tape *tape, const cJSON *head, struct err *err)
{
	const cJSON *version = json_get(head, "version");
	const char *title = json_str(head, "title");

	if (!cJSON_IsObject(head) || !cJSON_IsNumber(version) || version->valueint != 2)
		return err_set(err, EINVAL, "line 1: not an asciicast of version 2");
	tape->columns = side(head, "width");
	tape->rows = side(head, "height");
	if (!tape->columns || !tape->rows)
		return err_set(err, EINVAL, "line 1: width and height are from 1 to %d", SIDE_MAX);
	snprintf(tape->title, sizeof(tape->title), "%s", title ? title : "");
	return 0;
}

static int make_room(struct tape *tape, struct err *err)
{
	size_t room = tape->room ? 2 * tape->room : 256;
	struct tape_event *events;

	if (tape->count < tape->room)
		return 0;
	events = room > EVENTS_MAX ? NULL : realloc(tape->events, room * sizeof(*events));
	if (!events)
		return err_set(err, E2BIG, "line %zu: more than a tape may hold", tape->count + 2);
	tape->events = events;
	tape->room = room;
	return 0;
}

/* Input and what later versions bring are passed over. */
static int read_event(struct tape *tape, const cJSON *line, size_t number, struct err *err)
{
	const cJSON *at = cJSON_GetArrayItem(line, 0);
	const char *kind = cJSON_GetStringValue(cJSON_GetArrayItem(line, 1));
	const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(line, 2));
	double before = tape->count ? tape->events[tape->count - 1].at_s : 0;
	bool mark;

	if (!cJSON_IsArray(line) || !cJSON_IsNumber(at) || !kind || !text)
		return err_set(err, EINVAL, "line %zu: not [seconds, kind, text]", number);
	mark = strcmp(kind, "m") == 0;
	if (!mark && strcmp(kind, "o") != 0)
		return 0;
	if (make_room(tape, err) < 0)
		return err->code;
	strs_add(&tape->texts, text);
	if (strs_failed(&tape->texts))
		return err_set(err, ENOMEM, "read a tape: out of memory");
	text = tape->texts.v[tape->texts.len - 1];
	tape->events[tape->count++] = (struct tape_event){mark ? TAPE_MARK : TAPE_OUTPUT,
		at->valuedouble > before ? at->valuedouble : before, text, strlen(text)};
	return 0;
}

static int read_line(
	struct tape *tape, const char *text, size_t len, size_t number, struct err *err)
{
	cJSON *line = NULL;
	struct err why;
	int failed;

	if (json_parse(text, len, &line, &why) < 0)
		return err_set(err, EINVAL, "line %zu: %.300s", number, why.text);
	failed = number == 1 ? read_head(tape, line, err) : read_event(tape, line, number, err);
	cJSON_Delete(line);
	return failed;
}

int tape_parse(const char *text, size_t len, struct tape **out, struct err *err)
{
	auto_of(tape) struct tape *tape = calloc(1, sizeof(*tape));
	const char *end = text + len;
	size_t number = 0;

	if (!tape)
		return err_set(err, ENOMEM, "read a tape: out of memory");
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((stop ? stop : end) - text);

		if (++number == 1 || line)
			if (read_line(tape, text, line, number, err) < 0)
				return err->code;
		text += line + 1;
	}
	if (!number)
		return err_set(err, EINVAL, "line 1: the tape is empty");
	*out = take(tape);
	return 0;
}

/* ---- as text ---- */

/* Behind an escape sequence: ESC [ … letter, ESC ] … BEL or ESC \, or ESC and one more. */
static size_t escape_len(const char *text, size_t len)
{
	size_t at = 2;

	if (len < 2)
		return len;
	if (text[1] == '[') {
		while (at < len && (text[at] < '@' || text[at] > '~'))
			at++;
		return at < len ? at + 1 : len;
	}
	if (text[1] == ']') {
		while (at < len && text[at] != '\a' && text[at] != '\033')
			at++;
		return at < len ? at + 1 + (text[at] == '\033' && at + 1 < len) : len;
	}
	return at;
}

static void add_text(const char *text, size_t len, struct buf *out)
{
	while (len) {
		size_t used = *text == '\033' ? escape_len(text, len) : 1;

		if (*text == '\n' || *text == '\t' || (unsigned char)*text >= ' ')
			if (*text != 0x7f)
				buf_addc(out, *text);
		text += used;
		len -= used;
	}
}

void tape_text(const struct tape *tape, struct buf *out)
{
	for (size_t i = 0; i < tape->count; i++)
		if (tape->events[i].kind == TAPE_OUTPUT)
			add_text(tape->events[i].text, tape->events[i].len, out);
}
