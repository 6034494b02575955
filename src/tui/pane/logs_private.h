/* logs_private.h - what the parts of the Logs tab share. For logs*.c only. */
#ifndef TUI_PANE_LOGS_PRIVATE_H
#define TUI_PANE_LOGS_PRIVATE_H

#include "tui/pane/pane.h"
#include "tui/widget/logview.h"

enum logs_range { LOGS_ALL, LOGS_SHOWN, LOGS_SELECTED };

struct logs_save;

struct logs {
	struct pane pane;
	char own[65]; /* whose tab it is; "": of all that were marked */
	char ids[LOGFEED_MAX][65];
	size_t count;
	struct logview *view; /* NULL: see err */
	struct err err;
	int64_t painted_ms, due_ms, told_ms,
		aged_ms;       /* the last frame; the next one, -1: none is due */
	uint64_t painted_size; /* bytes, then */
	bool pours;            /* more comes than anybody can read */
	int width;
	struct logs_save *save; /* under way */
};

/* ---- logs_head.c ---- */

/* Rows that are not the log's: switches, and what was asked for. */
int logs_head_rows(const struct logs *logs, const struct logview_state *state);
void logs_head_paint(struct logs *logs, struct canvas canvas, const struct logview_state *state);
/* What is there instead of lines. */
void logs_blank_paint(struct logs *logs, struct canvas canvas, const struct logview_state *state);

/* ---- logs_events.c ---- */

/* Puts what happened to the containers between the lines. */
void logs_put_events(struct logs *logs);

/* ---- logs_save.c ---- */

void logs_save_ask(struct logs *logs);
void logs_save_step(struct logs *logs);
/* Esc, or the pane goes: there is no file then. */
void logs_save_stop(struct logs *logs);
void logs_save_progress(
	const struct logs_save *save, const char **path, uint64_t *done, uint64_t *all);

#endif
