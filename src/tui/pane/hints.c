/* hints.c - see hints.h. */
#include "tui/pane/hints.h"

struct hint_word {
	enum action action;
	const char *word;
};

/* The most likely first: a narrow screen shows the first few. */
static const struct hint_word when_running[] = {
	{ACTION_STOP, "stop"},
	{ACTION_LOGS, "logs"},
	{ACTION_SHELL, "shell"},
	{ACTION_ATTACH, "attach"},
	{ACTION_INSPECT, "inspect"},
	{ACTION_PAUSE, "pause"},
	{ACTION_REMOVE, "remove"},
	{ACTION_RESTART, "restart"},
	{ACTION_KILL, "signal"},
	{ACTION_MARK, "mark"},
	{ACTION_FILTER, "filter"},
	{ACTION_SORT, "sort"},
	{ACTION_ATTACH_FULL, "attach full screen"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_paused[] = {
	{ACTION_PAUSE, "resume"},
	{ACTION_STOP, "stop"},
	{ACTION_LOGS, "logs"},
	{ACTION_INSPECT, "inspect"},
	{ACTION_REMOVE, "remove"},
	{ACTION_FILTER, "filter"},
	{ACTION_RESTART, "restart"},
	{ACTION_KILL, "signal"},
	{ACTION_MARK, "mark"},
	{ACTION_SORT, "sort"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_over[] = {
	{ACTION_START, "start"},
	{ACTION_LOGS, "logs"},
	{ACTION_INSPECT, "inspect"},
	{ACTION_REMOVE, "remove"},
	{ACTION_MARK, "mark"},
	{ACTION_FILTER, "filter"},
	{ACTION_SORT, "sort"},
	{ACTION_IMAGES, "images"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_marked[] = {
	{ACTION_START, "start"},
	{ACTION_STOP, "stop"},
	{ACTION_RESTART, "restart"},
	{ACTION_PAUSE, "pause"},
	{ACTION_REMOVE, "remove"},
	{ACTION_MERGE, "logs"},
	{ACTION_UNMARK, "unmark"},
	{ACTION_KILL, "signal"},
	{ACTION_MARK_ALL, "mark all"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_on_group[] = {
	{ACTION_LOGS, "fold"},
	{ACTION_MERGE, "logs of all"},
	{ACTION_START, "start all"},
	{ACTION_STOP, "stop all"},
	{ACTION_RESTART, "restart all"},
	{ACTION_MARK, "mark all"},
	{ACTION_FOLD_ALL, "fold groups"},
	{ACTION_GROUPS, "one list"},
	{ACTION_REMOVE, "remove all"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_empty[] = {
	{ACTION_NEW, "new"},
	{ACTION_IMAGES, "images"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_broken[] = {
	{ACTION_IMAGES, "images"},
	{ACTION_NONE, NULL},
};

static const struct hint_word when_filtered_out[] = {
	{ACTION_FILTER, "filter"},
	{ACTION_NONE, NULL},
};

static const struct hint_word *hints_of(struct app *app, const struct row *row)
{
	const struct model *model = app_model(app);

	if (model_marked(model))
		return when_marked;
	if (!row)
		return *model_filter_text(model) ? when_filtered_out
		       : app_trouble(app)        ? when_broken
						 : when_empty;
	switch (row->c.state) {
	case CONTAINER_RUNNING:
	case CONTAINER_RESTARTING:
		return when_running;
	case CONTAINER_PAUSED:
		return when_paused;
	default:
		return when_over;
	}
}

/* What a session that changes nothing answers with a command line is no hint there. */
static bool is_refused(struct app *app, enum action action)
{
	static const enum action changing[] = {ACTION_START, ACTION_STOP, ACTION_RESTART,
		ACTION_PAUSE, ACTION_KILL, ACTION_REMOVE, ACTION_NEW, ACTION_SHELL, ACTION_ATTACH,
		ACTION_ATTACH_FULL};

	for (size_t i = 0; app_is_read_only(app) && i < array_len(changing); i++)
		if (changing[i] == action)
			return true;
	return false;
}

static void paint(struct pane *pane, struct canvas canvas, const struct hint_word *words)
{
	const struct model *model = app_model(pane->app);
	struct canvas room =
		hint_ends(pane, canvas, *model_filter_text(model) ? "show all" : "quit");
	int x = 1;

	for (const struct hint_word *at = words; at->word; at++)
		if (!is_refused(pane->app, at->action))
			x = hint(pane, room, x, at->action, at->word);
}

void hints_for_row(struct pane *pane, struct canvas canvas, const struct row *row)
{
	paint(pane, canvas, hints_of(pane->app, row));
}

void hints_for_group(struct pane *pane, struct canvas canvas)
{
	paint(pane, canvas, model_marked(app_model(pane->app)) ? when_marked : when_on_group);
}
