/* logview.h - a window on one log, or on several in order of time, of any size.
 *
 * Keeps no lines: only where the window's top is. Each painting pulls the few lines in view through
 * a feed, so a log of 10 GB costs what a log of ten lines costs. What takes longer than a glance,
 * searching and filtering, is done in slices by logview_step. */
#ifndef TUI_WIDGET_LOGVIEW_H
#define TUI_WIDGET_LOGVIEW_H

#include "tui/canvas.h"
#include "tui/keymap.h"
#include "tui/logfeed.h"

struct logview;

enum logview_times { TIMES_OFF, TIMES_LOCAL, TIMES_UTC, TIMES_AGO, TIMES_COUNT };
enum logview_streams { STREAMS_BOTH, STREAMS_STDOUT, STREAMS_STDERR, STREAMS_COUNT };

struct logview_state {
	bool follow, wrap, empty;
	enum logview_times times;
	enum logview_streams streams;
	int left; /* columns scrolled sideways */
	/* searching */
	const char *search; /* as typed; "" when there is none */
	bool search_back;   /* upwards */
	bool finding;       /* the next match is being looked for */
	bool found, plain;  /* plain: it was no expression */
	uint64_t nth; /* which of looked.hits it is, once all is looked through; 0: not known */
	struct logscan_sum looked, asked;
	/* filtering */
	bool filtered;
	bool stopped; /* looking through goes on only where it is needed */
	/* selecting, marking */
	bool selecting;
	size_t selected, bookmarks;
	uint64_t top_ns;           /* when the first line in view was read; 0: there is none */
	uint64_t size, at, before; /* bytes: at the window's end; rotated away before the first */
};

/* NULL: out of memory. */
struct logview *logview_new(struct world *world);
void logview_free(struct logview *view);
own_define(logview)

/* Adds a log; its name is shown once there are several. */
int logview_add(struct logview *view, const char *id, const char *name, struct err *err);
bool logview_follows(const struct logview *view);
/* Times are shown as ages, which grow; the last line in view is younger than that. */
bool logview_shows_ages(const struct logview *view);
bool logview_is_recent(const struct logview *view, uint64_t span_ns);
bool logview_has(const struct logview *view, const struct world_log *log);
void logview_marks(struct logview *view, const struct logfeed_mark *marks, size_t count);
struct logfeed *logview_feed(struct logview *view); /* lent, for saving */

struct logview_state logview_state(struct logview *view);
/* Column 0 is kept for a sign: how bad a line is, or '!' for stderr, or '*' for a bookmark. */
void logview_paint(struct logview *view, struct canvas canvas, uint64_t now_ns);
/* CONTEXT_MOVE and CONTEXT_LOGS, as far as no one needs to be asked; false: none of them. */
bool logview_act(struct logview *view, enum action action, int count);

/* Something is to be looked through: logview_step does so for some milliseconds. */
bool logview_is_busy(const struct logview *view);
void logview_step(struct logview *view, uint64_t now_ns);
void logview_grew(struct logview *view);
/* Stops what is looked through in the background; false: nothing was. */
bool logview_stop(struct logview *view);

/* An expression (tui/pattern.h), looked for from where the search began (logview_search_begin):
 * upwards while following the end, else downwards. "" ends it. */
void logview_search_begin(struct logview *view);
void logview_search(struct logview *view, const char *text);
/* As it was at logview_search_begin, the window too. */
void logview_search_leave(struct logview *view);
/* Of tui/filter.h, with the fields of tui/logquery.h; "" shows all. */
void logview_filter(struct logview *view, const char *text, const struct filter_context *context);
const struct filter *logview_filter_of(const struct logview *view); /* NULL: none */

void logview_go_to(struct logview *view, uint64_t time_ns);
/* Lines that came since the window left the end. */
uint64_t logview_news(struct logview *view);

/* What is selected, or else the line with the match, or else the first in view. */
bool logview_copy(struct logview *view, struct buf *out, size_t *lines);
void logview_selection(
	struct logview *view, struct logfeed_place *first, struct logfeed_place *behind);
/* All of one line that does not fit, in rows of `width`. False: they all fit. */
bool logview_rest(struct logview *view, int width, struct buf *out);
/* A name for the file that it is saved to, and of the log in a row. */
const char *logview_name(const struct logview *view, size_t source);

#endif
