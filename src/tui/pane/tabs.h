/* tabs.h - a pane that is several, of which one is looked at: a strip of names, and what is below.
 *
 * Whoever has tabs embeds a struct tabs and shows its pane. Of its operations TABS_OPS are the
 * tabs' own; the others it writes itself, and asks the functions here. */
#ifndef TUI_PANE_TABS_H
#define TUI_PANE_TABS_H

#include "tui/pane/pane.h"

enum { TABS_MAX = 12 };

struct tab {
	const char *name;
	enum action action; /* that opens it */
	struct pane *(*open)(struct app *app, const char *id);
};

struct tabs {
	struct pane pane;
	const struct tab *all;
	size_t count, current;
	char id[65];                  /* of what they are about */
	struct pane *panes[TABS_MAX]; /* opened when they are first looked at, and kept */
};

/* Opens the tab of an action, the last one when none is of it. False: out of memory; nothing is to
 * be freed. `all` and ops are lent for ever. */
bool tabs_init(struct tabs *tabs, const struct pane_ops *ops, struct app *app,
	const struct tab *all, size_t count, const char *id, enum action action);
void tabs_fini(struct tabs *tabs);

/* The strip, in the first line, and the tab below it. */
void tabs_paint(struct tabs *tabs, struct canvas canvas);
/* Keys that turn to another tab. */
bool tabs_act(struct tabs *tabs, enum action action);
/* What the tab has to copy; where that is less, *nth is left as that of its owner's. */
bool tabs_copies(struct tabs *tabs, size_t *nth, const char **what, struct buf *text);

/* One name of such a strip: a click on it calls fn. Returns the column after it. */
int tabs_name(struct pane *pane, struct canvas line, int x, bool current, const char *name,
	hot_fn *fn, size_t index);

/* ---- operations of whoever has tabs ---- */

struct pane *tabs_inner(struct pane *pane);
void tabs_hints(struct pane *pane, struct canvas canvas);
int64_t tabs_deadline(struct pane *pane);
void tabs_tick(struct pane *pane);
void tabs_log_grew(struct pane *pane, struct world_log *log);
void tabs_changed(struct pane *pane, enum world_noun noun);
bool tabs_measures(struct pane *pane, const char **only);

#define TABS_OPS                                                                                   \
	.context = CONTEXT_DETAIL, .inner = tabs_inner, .hints = tabs_hints,                       \
	.deadline = tabs_deadline, .tick = tabs_tick, .log_grew = tabs_log_grew,                   \
	.changed = tabs_changed, .measures = tabs_measures

#endif
