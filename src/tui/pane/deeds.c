/* deeds.c - see deeds.h. */
#include <signal.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/about_row.h"
#include "tui/pane/deeds.h"
#include "tui/pane/forms.h"
#include "tui/pane/removal.h"

enum { LISTED_MAX = 6, MANY_RUNNING = 5 };

/* What is about to happen, to whom; owned by the dialog that asks. */
struct deed {
	enum verb verb;
	int signal;
	size_t count;
	char ids[][65];
};

static bool is_live(const struct row *row)
{
	return row->c.state == CONTAINER_RUNNING || row->c.state == CONTAINER_PAUSED ||
	       row->c.state == CONTAINER_RESTARTING;
}

static struct deed *deed_new(struct app *app, enum verb verb, struct row *const *rows, size_t count)
{
	struct deed *deed = calloc(1, sizeof(*deed) + (count + 1) * sizeof(deed->ids[0]));

	if (!deed) {
		app_toast(app, ROLE_BAD, "out of memory");
		return NULL;
	}
	deed->verb = verb;
	for (; deed->count < count; deed->count++)
		memcpy(deed->ids[deed->count], rows[deed->count]->c.id, sizeof(deed->ids[0]));
	return deed;
}

static void carry_out(struct app *app, const struct deed *deed)
{
	app_act_many(app, deed->verb, deed->ids, deed->count, deed->signal);
	model_unmark(app_model(app));
}

static const struct row *row_of(struct app *app, const struct deed *deed, size_t i)
{
	return model_row(app_model(app), deed->ids[i]);
}

/* "shop/web" or "3 containers" */
static void name_them(struct app *app, const struct deed *deed, char *out, size_t room)
{
	const struct row *row = row_of(app, deed, 0);

	if (deed->count == 1 && row)
		snprintf(out, room, "%s", row->c.name);
	else
		snprintf(out, room, "%zu containers", deed->count);
}

static void list_them(struct app *app, const struct deed *deed, struct strs *lines)
{
	for (size_t i = 0; i < deed->count && i < LISTED_MAX; i++) {
		const struct row *row = row_of(app, deed, i);
		struct state_look state;
		char age[FIGURE_MAX];

		if (!row)
			continue;
		state = format_state(row, app_now_ms(app));
		if (is_live(row))
			strs_addf(lines, "%-24s %s, up %s", row->c.name, state.word,
				format_age(row->c.started_ns, app_real_ns(app), age));
		else
			strs_addf(lines, "%-24s %s", row->c.name, state.word);
	}
	if (deed->count > LISTED_MAX)
		strs_addf(lines, "and %zu more", deed->count - LISTED_MAX);
}

/* "davit stop shop/web …" */
static void put_command(
	struct app *app, const struct deed *deed, const char *command, struct buf *out)
{
	buf_addf(out, "davit %s", command);
	for (size_t i = 0; i < deed->count; i++) {
		const struct row *row = row_of(app, deed, i);

		if (i == LISTED_MAX) {
			buf_adds(out, " …");
			return;
		}
		if (row)
			buf_addf(out, " %s", row->c.name);
	}
}

static void add_command(
	struct app *app, const struct deed *deed, const char *command, struct strs *lines)
{
	auto_buf text = BUF_INIT;

	buf_adds(&text, "Same as: ");
	put_command(app, deed, command, &text);
	strs_add(lines, "");
	strs_add(lines, buf_text(&text));
}

static void on_chosen(struct app *app, void *arg, int index)
{
	if (index == 1)
		carry_out(app, arg);
}

static size_t count_live(struct app *app, const struct deed *deed)
{
	size_t live = 0;

	for (size_t i = 0; i < deed->count; i++) {
		const struct row *row = row_of(app, deed, i);

		live += row && is_live(row);
	}
	return live;
}

/* How each verb is put to the user. */
static const struct asking {
	const char *label, *consequence, *command;
} askings[VERB_COUNT] = {
	[VERB_START] = {"Start", "Runs its command; files are kept.", "start"},
	[VERB_STOP] = {"Stop", "Asks the processes to end, and ", "stop"},
	[VERB_RESTART] = {"Restart", "Stops, then starts anew; files are kept.", "restart"},
	[VERB_PAUSE] = {"Pause", "Freezes the processes; nothing is lost.", "pause"},
	[VERB_UNPAUSE] = {"Resume", "The processes go on where they were.", "unpause"},
	[VERB_KILL] = {"Kill", "", "kill"},
	[VERB_REMOVE] = {"Remove", "", "rm --trash"},
};

/* How long each of them has: asked of a few, said in general of many. */
static void put_grace(struct app *app, const struct deed *deed, struct buf *out)
{
	struct world *world = app_world(app);
	int grace = deed->count ? world->ops->grace(world, deed->ids[0]) : 0;

	for (size_t i = 1; i < deed->count; i++)
		if (deed->count > LISTED_MAX || world->ops->grace(world, deed->ids[i]) != grace) {
			buf_adds(out, "kills each after its own grace time.");
			return;
		}
	if (grace < 0)
		buf_adds(out, "waits for them, however long it takes.");
	else
		buf_addf(out, "kills them after their grace time (%d s).", grace);
}

/* Takes over the deed. Choice 0 is Cancel; the other is the default where it is safe. */
static void ask(struct app *app, struct deed *deed, bool safe)
{
	const struct asking *asking = &askings[deed->verb];
	const struct choice choices[] = {{'n', "Cancel"}, {'y', asking->label}};
	char title[200], name[160], word[24];
	auto_buf consequence = BUF_INIT;
	auto_strs lines = STRS_INIT;
	struct pane *dialog;

	name_them(app, deed, name, sizeof(name));
	snprintf(title, sizeof(title), "%s %s?", asking->label, name);
	list_them(app, deed, &lines);
	strs_add(&lines, "");
	buf_adds(&consequence, asking->consequence);
	if (deed->verb == VERB_STOP)
		put_grace(app, deed, &consequence);
	strs_add(&lines, buf_text(&consequence));
	add_command(app, deed, asking->command, &lines);
	snprintf(word, sizeof(word), "%zu", deed->count);
	if (strs_failed(&lines))
		dialog = NULL;
	else if (count_live(app, deed) > MANY_RUNNING && deed->verb != VERB_START &&
		 app_safety(app) != SAFETY_FAST)
		dialog = typed_new(app, title, &lines, word, on_chosen, deed);
	else
		dialog = dialog_new(app, title, (const char *const *)lines.v, lines.len, choices,
			array_len(choices), safe && app_safety(app) != SAFETY_STRICT, on_chosen,
			deed);
	if (!dialog)
		free(deed);
	app_push(app, dialog);
}

/* Everything that can be undone by the opposite key happens at once. */
static void do_now(struct app *app, struct deed *deed)
{
	if (app_safety(app) == SAFETY_STRICT) {
		ask(app, deed, true);
		return;
	}
	carry_out(app, deed);
	free(deed);
}

static void ask_to_end(struct app *app, struct deed *deed)
{
	size_t live = count_live(app, deed);

	if (!live) {
		app_toast(app, ROLE_INFO, "Already stopped");
		free(deed);
	} else if (app_safety(app) == SAFETY_FAST && live <= MANY_RUNNING) {
		carry_out(app, deed);
		free(deed);
	} else {
		ask(app, deed, true);
	}
}

/* In a hurry, what can be brought back goes at once; one that cannot is refused by the engine. */
static void ask_to_remove(struct app *app, struct deed *deed)
{
	if (app_safety(app) == SAFETY_FAST && count_live(app, deed) <= MANY_RUNNING)
		removal_do(app, deed->ids, deed->count, 0);
	else
		app_push(app, removal_new(app, deed->ids, deed->count));
	free(deed);
}

static void on_signal(struct app *app, void *arg, int signal)
{
	struct deed *deed = arg;

	if (signal <= 0)
		return;
	deed->signal = signal;
	carry_out(app, deed);
}

static void choose_signal(struct app *app, struct deed *deed)
{
	struct pane *menu;
	char whom[160];

	if (!count_live(app, deed)) {
		app_toast(app, ROLE_INFO, "Not running: nothing to signal");
		free(deed);
		return;
	}
	name_them(app, deed, whom, sizeof(whom));
	menu = signals_new(app, whom, on_signal, deed);
	if (!menu)
		free(deed);
	app_push(app, menu);
}

/* Of whom it is so already, or of whom it cannot be: left out, and told where nobody is left. */
static bool is_left_anyone(struct app *app, struct deed *deed, enum action action)
{
	const struct row *row = row_of(app, deed, 0);
	size_t asked = deed->count;
	const char *why = NULL;

	deed->count = 0;
	for (size_t i = 0; i < asked; i++) {
		const char *why_not = row_why_not(row_of(app, deed, i), action);

		if (!why_not)
			memmove(deed->ids[deed->count++], deed->ids[i], sizeof(deed->ids[0]));
		else if (!why)
			why = why_not;
	}
	if (deed->count || !asked)
		return deed->count > 0;
	if (asked > 1)
		app_toast(app, ROLE_WARN,
			action == ACTION_START ? "All %zu are running already"
					       : "None of the %zu is running",
			asked);
	else if (row && row->c.state == CONTAINER_PAUSED)
		app_toast(app, ROLE_WARN, "%s is paused: %s resumes it", row->c.name,
			keymap_label(app_keymap(app), ACTION_PAUSE));
	else if (row && action == ACTION_PAUSE)
		app_toast(app, ROLE_WARN, "%s is %s: %s starts it", row->c.name, why,
			keymap_label(app_keymap(app), ACTION_START));
	else if (row)
		app_toast(app, ROLE_WARN, "%s is %s", row->c.name, why);
	return false;
}

static bool refused(struct app *app, const struct deed *deed)
{
	auto_buf command = BUF_INIT;

	put_command(app, deed, askings[deed->verb].command, &command);
	return app_refuses(app, buf_text(&command));
}

bool deeds_act(struct app *app, enum action action, struct row *const *rows, size_t count)
{
	static const struct {
		enum action action;
		enum verb verb;
		void (*begin)(struct app *app, struct deed *deed);
	} table[] = {
		{ACTION_START, VERB_START, do_now},
		{ACTION_STOP, VERB_STOP, ask_to_end},
		{ACTION_RESTART, VERB_RESTART, ask_to_end},
		{ACTION_PAUSE, VERB_PAUSE, do_now},
		{ACTION_KILL, VERB_KILL, choose_signal},
		{ACTION_REMOVE, VERB_REMOVE, ask_to_remove},
	};

	if (action == ACTION_LIMITS) {
		limits_form_open(app, rows, count);
		return true;
	}
	for (size_t i = 0; i < array_len(table); i++) {
		struct deed *deed;

		if (table[i].action != action)
			continue;
		deed = deed_new(app, table[i].verb, rows, count);
		if (deed && deed->count && action == ACTION_PAUSE) {
			const struct row *first = row_of(app, deed, 0);

			if (first && first->c.state == CONTAINER_PAUSED)
				deed->verb = VERB_UNPAUSE;
		}
		if (deed && deed->count && !refused(app, deed) &&
			(table[i].begin != do_now || is_left_anyone(app, deed, action)))
			table[i].begin(app, deed);
		else
			free(deed);
		return true;
	}
	return false;
}

bool deeds_on(struct app *app, enum action action, struct row *row)
{
	return deeds_act(app, action, &row, 1) || deeds_open(app, action, row);
}

/* ---- looking inside ---- */

/* A refusal names the key that helps. */
static bool needs_running(struct app *app, const struct row *row)
{
	const struct keymap *keymap = app_keymap(app);

	switch (row->c.state) {
	case CONTAINER_RUNNING:
		return true;
	case CONTAINER_PAUSED:
		app_toast(app, ROLE_WARN, "%s is paused: %s resumes it", row->c.name,
			keymap_label(keymap, ACTION_PAUSE));
		return false;
	case CONTAINER_RESTARTING:
		app_toast(app, ROLE_WARN, "%s is between two starts: try again in a moment",
			row->c.name);
		return false;
	case CONTAINER_REMOVING:
		app_toast(app, ROLE_WARN, "%s is being removed", row->c.name);
		return false;
	case CONTAINER_CREATED:
	case CONTAINER_EXITED:
	case CONTAINER_DEAD:
		break;
	}
	app_toast(app, ROLE_WARN, "%s is not running: %s starts it", row->c.name,
		keymap_label(keymap, ACTION_START));
	return false;
}

static void no_shell(struct app *app, const struct row *row, const struct err *err)
{
	if (err->code == -ENOENT)
		debug_ask(app, row);
	else
		app_toast(app, ROLE_BAD, "%s: %s", row->c.name, err->text);
}

void deeds_compare(struct app *app, const struct compared *with)
{
	struct compared first = *model_compared(app_model(app));
	const char *key = keymap_label(app_keymap(app), ACTION_COMPARE);

	if (!*first.id || strcmp(first.id, with->id) == 0) {
		model_compare(app_model(app), with);
		app_toast(app, ROLE_INFO, "%s on another image or container compares it with %s",
			key, with->name);
		return;
	}
	model_compare(app_model(app), &(struct compared){.container = false});
	app_push(app, compare_new(app, &first, with));
}

static void compare_container(struct app *app, const struct row *row)
{
	struct compared with = {.container = true};

	snprintf(with.id, sizeof(with.id), "%s", row->c.id);
	snprintf(with.name, sizeof(with.name), "%s", row->c.name);
	deeds_compare(app, &with);
}

/* This session may speak to it, and it runs. Before and after: of its name in the command line. */
static bool may_enter(struct app *app, const struct row *row, const char *before, const char *after)
{
	char line[200];

	snprintf(line, sizeof(line), "davit %s %s%s", before, row->c.name, after);
	return !app_refuses(app, line) && needs_running(app, row);
}

bool deeds_open(struct app *app, enum action action, const struct row *row)
{
	struct err err;

	switch (action) {
	case ACTION_LOGS:
	case ACTION_STATS:
	case ACTION_INSPECT:
	case ACTION_TOP:
	case ACTION_FILES:
	case ACTION_HOOD:
	case ACTION_LAUNCH:
	case ACTION_LIFE:
		app_push(app, detail_new(app, row->c.id, action));
		return true;
	case ACTION_COMPARE:
		compare_container(app, row);
		return true;
	case ACTION_SHELL:
		if (may_enter(app, row, "exec -it", " sh") &&
			terminal_open(app, SESSION_SHELL, row->c.id, &err) < 0)
			no_shell(app, row, &err);
		return true;
	case ACTION_ATTACH:
		if (may_enter(app, row, "attach", "") &&
			terminal_open(app, SESSION_ATTACH, row->c.id, &err) < 0)
			app_toast(app, ROLE_BAD, "%s: %s", row->c.name, err.text);
		return true;
	case ACTION_EXEC:
		if (may_enter(app, row, "exec -it", " COMMAND"))
			exec_form_open(app, row);
		return true;
	case ACTION_RENAME:
		rename_ask(app, row);
		return true;
	case ACTION_COMMIT:
		commit_form_open(app, row);
		return true;
	case ACTION_ATTACH_FULL:
		if (may_enter(app, row, "attach", ""))
			app_lend(app, row->c.id, row->c.name);
		return true;
	default:
		return false;
	}
}
