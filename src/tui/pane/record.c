/* record.c - see record.h. */
#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/pane/question.h"
#include "tui/pane/record.h"
#include "util/strs.h"

enum { LABEL = 10 };

struct record {
	struct pane pane;
	char title[400];
	struct strs labels, texts;
	uint64_t seq; /* of the action */
	bool is_action, can_undo;
	char id[72], name[280];
};

/* ---- what it says ---- */

static void say(struct record *record, const char *label, const char *text)
{
	if (!*text)
		return;
	strs_add(&record->labels, label);
	strs_add(&record->texts, text);
}

static void say_when(struct record *record, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000u);
	struct tm tm;
	char text[80];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	say(record, "when", text);
}

static void say_front_end(struct record *record, const struct act *act)
{
	char text[200];

	snprintf(text, sizeof(text), "%s, process %d%s%s",
		strcmp(act->via, "cli") == 0 ? "command line" : act->via, act->pid,
		*act->from ? ", over ssh from " : "", act->from);
	say(record, "through", text);
}

static void say_undo(struct record *record, const struct act *act)
{
	struct undo_ground ground = app_undo_ground(record->pane.app);
	const char *why = actions_why_not(act, &ground);
	auto_buf words = BUF_INIT, command = BUF_INIT, text = BUF_INIT;

	record->can_undo = !why;
	if (why) {
		say(record, "undo", why);
		return;
	}
	engine_undo_describe(act->undo, &words, &command);
	buf_addf(&text, "%s: %s", buf_text(&words), buf_text(&command));
	say(record, "undo", buf_text(&text));
}

static void say_action(struct record *record, const struct act *act)
{
	char took[40];

	record->is_action = true;
	record->seq = act->seq;
	snprintf(record->title, sizeof(record->title), "%s %.300s", act->what, act->name);
	say_when(record, act->time_ns - act->us * 1000);
	say(record, "who", act->who);
	say_front_end(record, act);
	say(record, "what", event_type_name(act->type));
	say(record, "name", act->name);
	say(record, "id", act->id);
	say(record, "result", *act->error ? act->error : "ok");
	snprintf(took, sizeof(took), "%.3f ms", (double)act->us / 1e3);
	say(record, "took", act->us ? took : "");
	say(record, "command", act->command);
	say_undo(record, act);
}

static void say_event(struct record *record, const struct happening *event)
{
	snprintf(record->title, sizeof(record->title), "%s %.300s", event->action, event->name);
	say_when(record, event->time_ns);
	say(record, "what", event_type_name(event->type));
	say(record, "name", event->name);
	say(record, "id", event->id);
	say(record, "exit code", event->code);
	say(record, "all of it", event->text);
}

/* ---- the pane ---- */

/* How much of it one line takes: whole words, the blank behind the last one included. */
static size_t line_of(const char *text, size_t len, int width)
{
	size_t fits = text_fit(text, len, width), cut;

	if (fits == len || fits < 2)
		return fits ? fits : 1;
	for (cut = fits; cut > fits / 2 && text[cut - 1] != ' ';)
		cut--;
	return cut > fits / 2 ? cut : fits;
}

/* As many lines as it takes; returns the next one. */
static int paint_text(struct canvas box, int y, const char *label, const char *text)
{
	int width = box.w - LABEL - 6;
	size_t len = strlen(text);

	canvas_text(box, 3, y, ROLE_DIM, label);
	while (len && width > 0 && y < box.h - 3) {
		size_t fits = line_of(text, len, width);

		canvas_textn(box, 3 + LABEL, y++, ROLE_TEXT, text, fits);
		text += fits;
		len -= fits;
	}
	return y;
}

static int lines_of(const struct record *record, int width)
{
	int lines = 0;

	for (size_t i = 0; i < record->texts.len && width > 0; i++) {
		const char *text = record->texts.v[i];
		size_t len = strlen(text), fits;

		for (; len; text += fits, len -= fits, lines++)
			fits = line_of(text, len, width);
	}
	return lines;
}

static void record_paint(struct pane *pane, struct canvas canvas)
{
	const struct record *record = container_of(pane, struct record, pane);
	int w = canvas.w > 92 ? 90 : canvas.w, h = lines_of(record, w - LABEL - 6) + 6, y = 2;
	const char *undo_key = keymap_label(app_keymap(pane->app), ACTION_UNDO);
	const struct answer answers[] = {{KEY_ESC, "Esc", "Back", ROLE_TEXT | STYLE_REVERSE},
		{'c', "c", "Container", ROLE_TEXT},
		{(unsigned char)undo_key[0], undo_key, "Undo", ROLE_TEXT}};
	struct canvas box;

	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, record->title);
	for (size_t i = 0; i < record->texts.len && y < h - 3; i++)
		y = paint_text(box, y, record->labels.v[i], record->texts.v[i]);
	answers_paint(pane, canvas_sub(box, 3, h - 2, w - 6, 1), answers,
		array_len(answers) - !record->can_undo);
}

static void show_container(struct app *app, const char *id, const char *name)
{
	char filter[24];

	if (strlen(id) != 64 || !model_row(app_model(app), id)) {
		app_toast(app, ROLE_INFO, "%s is no container that is here now", name);
		return;
	}
	snprintf(filter, sizeof(filter), "id:%.12s", id);
	app_show_containers(app, filter);
}

void record_show_container(struct app *app, const struct moment_row *row)
{
	show_container(app, moment_id(row), moment_name(row));
}

static void undo(struct record *record)
{
	struct app *app = record->pane.app;
	const struct act *act = actions_find(app_actions(app), record->seq);

	if (act && record->can_undo)
		app_undo(app, act);
}

static bool record_key(struct pane *pane, const struct key *key)
{
	struct record *record = container_of(pane, struct record, pane);
	struct app *app = pane->app;
	enum action action = keymap_find(app_keymap(app), CONTEXT_GLOBAL, key);
	char id[72], name[280];

	if (action == ACTION_UNDO && record->is_action) {
		undo(record);
		app_close(app, pane);
	} else if (key->code == 'c') {
		memcpy(id, record->id, sizeof(id));
		memcpy(name, record->name, sizeof(name));
		app_close(app, pane);
		show_container(app, id, name);
	} else if (key->code == KEY_ESC || key->code == KEY_ENTER || action == ACTION_BACK) {
		app_close(app, pane);
	}
	return true;
}

static void record_hints(struct pane *pane, struct canvas canvas)
{
	(void)pane;
	hint_words(canvas, "Esc back");
}

static void record_free(struct pane *pane)
{
	struct record *record = container_of(pane, struct record, pane);

	strs_fini(&record->labels);
	strs_fini(&record->texts);
	free(record);
}

static const struct pane_ops record_ops = {
	.title = "Record",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = record_paint,
	.key = record_key,
	.hints = record_hints,
	.free = record_free,
};

struct pane *record_new(struct app *app, const struct moment_row *row)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->pane = (struct pane){.ops = &record_ops, .app = app};
	snprintf(record->id, sizeof(record->id), "%s", moment_id(row));
	snprintf(record->name, sizeof(record->name), "%s", moment_name(row));
	if (row->act)
		say_action(record, row->act);
	else
		say_event(record, row->event);
	return &record->pane;
}
