/* logview_private.h - what the parts of the log view share. For logview*.c only. */
#ifndef TUI_WIDGET_LOGVIEW_PRIVATE_H
#define TUI_WIDGET_LOGVIEW_PRIVATE_H

#include "tui/ansi.h"
#include "tui/widget/logview.h"

enum { BOOKMARKS_MAX = 64, SEARCH_MAX = 400, MARGIN = 2 };

/* A line on the screen. */
struct logview_shown {
	struct logfeed_place place;
	size_t source;
	uint64_t offset, time_ns;
	int y, rows;
	bool is_mark, too_long;
};

struct logview_bookmark {
	size_t source;
	uint64_t offset, time_ns;
};

struct logview {
	struct world *world;
	struct logfeed *feed;
	char names[LOGFEED_MAX][136];
	int name_width;
	/* the window */
	struct logfeed_place top;
	bool follow, wrap;
	enum logview_times times;
	enum logview_streams streams;
	int left, width, height;
	uint64_t now_ns, top_ns;
	struct logfeed_place end; /* behind the last line in view, or where following stopped */
	bool empty;
	struct logview_shown *shown;
	size_t shown_count, shown_room;
	/* what is asked for, and looked for */
	struct filter *filter;
	struct logquery *ask, *look;
	struct pattern *pattern;
	char search[SEARCH_MAX], search_before[SEARCH_MAX];
	struct logfeed_place top_before; /* at the beginning of the search */
	bool follow_before;
	struct logfeed_place search_from;
	bool search_back, finding, found, waits, busy, stopped;
	uint64_t stepped_size; /* of the log when it was last looked through */
	bool find_back;        /* the direction of the step under way */
	struct logfeed_place find_from;
	bool has_match;
	struct logview_bookmark match;
	/* selecting, marking */
	bool selecting;
	struct logfeed_place anchor, point;
	struct logview_bookmark bookmarks[BOOKMARKS_MAX];
	size_t bookmark_count;
	/* where news begin: the end of the log when the window left it */
	struct logfeed_place news, news_counted;
	uint64_t news_count;
	struct ansi_line line; /* being painted */
};

/* ---- logview.c ---- */

/* Puts the window where this line is in view, not at its edge. */
void logview_show(struct logview *view, const struct logfeed_place *place);
void logview_unfollow(struct logview *view);
struct logfeed_place logview_place_of(struct logview *view, const struct logview_bookmark *line);
enum logscan_answer logview_next(
	struct logview *view, struct logfeed_place *place, struct logfeed_row *row);
enum logscan_answer logview_previous(
	struct logview *view, struct logfeed_place *place, struct logfeed_row *row);

/* ---- logview_paint.c ---- */

/* How many rows of the window a line takes. */
int logview_rows(struct logview *view, const struct logfeed_row *row);
/* The place from which the lines before `end` fill the window; skip: rows of its first line that do
 * not fit. */
struct logfeed_place logview_fill(struct logview *view, const struct logfeed_place *end, int *skip);

/* ---- logview_find.c ---- */

void logview_find_on(struct logview *view, bool back, int times);
/* After a change of what is asked for. */
bool logview_ask(struct logview *view);

/* ---- logview_pick.c ---- */

const struct logview_shown *logview_current(const struct logview *view);
bool logview_is_selected(const struct logview *view, const struct logfeed_place *place);
bool logview_is_bookmarked(const struct logview *view, size_t source, uint64_t offset);
void logview_bookmark(struct logview *view);
void logview_next_bookmark(struct logview *view);
void logview_select(struct logview *view);
void logview_move_point(struct logview *view, int lines);

#endif
