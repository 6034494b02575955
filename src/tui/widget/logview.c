/* logview.c - see logview.h. The window, and moving it. */
#include "tui/widget/logview_private.h"

#include <stdio.h>

enum { SIDE_STEP = 20, TIMES_MAX = 10000, NAME_MAX_WIDTH = 16 };

struct logview *logview_new(struct world *world)
{
	auto_of(logview) struct logview *view = calloc(1, sizeof(*view));

	if (!view || !(view->feed = logfeed_new(world)))
		return NULL;
	view->world = world;
	view->follow = true;
	view->height = 1;
	view->empty = true;
	return take(view);
}

void logview_free(struct logview *view)
{
	if (!view)
		return;
	logfeed_free(view->feed);
	logquery_free(view->ask);
	logquery_free(view->look);
	pattern_free(view->pattern);
	filter_free(view->filter);
	free(view->shown);
	free(view);
}

int logview_add(struct logview *view, const char *id, const char *name, struct err *err)
{
	size_t which = logfeed_count(view->feed);
	int rc = logfeed_add(view->feed, id, err), width = text_width(name);

	if (rc < 0)
		return rc;
	snprintf(view->names[which], sizeof(view->names[which]), "%s", name);
	if (width > view->name_width)
		view->name_width = width < NAME_MAX_WIDTH ? width : NAME_MAX_WIDTH;
	return 0;
}

const char *logview_name(const struct logview *view, size_t source)
{
	return view->names[source];
}

bool logview_has(const struct logview *view, const struct world_log *log)
{
	return logfeed_has(view->feed, log);
}

bool logview_follows(const struct logview *view)
{
	return view->follow;
}

bool logview_shows_ages(const struct logview *view)
{
	return view->times == TIMES_AGO && view->shown_count > 0;
}

bool logview_is_recent(const struct logview *view, uint64_t span_ns)
{
	return view->shown_count > 0 &&
	       view->shown[view->shown_count - 1].time_ns + span_ns > view->now_ns;
}

struct logfeed *logview_feed(struct logview *view)
{
	return view->feed;
}

/* Places count marks: those that are kept are made anew where they were. */
void logview_marks(struct logview *view, const struct logfeed_mark *marks, size_t count)
{
	struct logfeed_place *kept[] = {&view->top, &view->end, &view->search_from,
		&view->find_from, &view->anchor, &view->point, &view->news};

	logfeed_marks(view->feed, marks, count);
	for (size_t i = 0; i < array_len(kept); i++)
		logfeed_place_marks(view->feed, kept[i]);
}

struct logview_state logview_state(struct logview *view)
{
	struct logview_state state = {
		.follow = view->follow,
		.wrap = view->wrap,
		.empty = view->empty,
		.times = view->times,
		.streams = view->streams,
		.left = view->left,
		.search = view->search,
		.search_back = view->search_back,
		.finding = view->finding,
		.found = view->found,
		.plain = view->pattern && !pattern_is_regular(view->pattern),
		.looked = logfeed_looked(view->feed),
		.asked = logfeed_asked(view->feed),
		.filtered = view->ask != NULL,
		.stopped = view->stopped,
		.selecting = view->selecting,
		.bookmarks = view->bookmark_count,
		.top_ns = view->top_ns,
		.size = logfeed_size(view->feed),
		.at = logfeed_bytes(view->feed, &view->end),
		.before = logfeed_before(view->feed),
	};

	for (size_t i = 0; i < view->shown_count; i++)
		state.selected += logview_is_selected(view, &view->shown[i].place);
	if (view->has_match && state.looked.done && view->look) {
		struct logfeed_place place = logview_place_of(view, &view->match);

		state.nth = logfeed_looked_before(view->feed, &place) + 1;
	}
	return state;
}

/* ---- places ---- */

/* A part that was not looked through yet is looked through next. */
static enum logscan_answer noted(struct logview *view, enum logscan_answer answer)
{
	if (answer == LOGSCAN_LATER)
		view->waits = view->busy = true;
	return answer;
}

enum logscan_answer logview_next(
	struct logview *view, struct logfeed_place *place, struct logfeed_row *row)
{
	return noted(view, logfeed_next(view->feed, place, row));
}

enum logscan_answer logview_previous(
	struct logview *view, struct logfeed_place *place, struct logfeed_row *row)
{
	return noted(view, logfeed_previous(view->feed, place, row));
}

struct logfeed_place logview_place_of(struct logview *view, const struct logview_bookmark *line)
{
	return logfeed_place_of(view->feed, line->source, line->offset, line->time_ns);
}

void logview_unfollow(struct logview *view)
{
	if (view->follow) {
		view->news = view->news_counted = logfeed_end(view->feed);
		view->news_count = 0;
	}
	view->follow = false;
}

/* A third from the top, so that what led to it is in view; at the end, the end. */
void logview_show(struct logview *view, const struct logfeed_place *place)
{
	struct logfeed_place end = logfeed_end(view->feed), top = *place, last;
	struct logfeed_row row;
	int rows = view->height / 3, skip;

	logview_unfollow(view);
	last = logview_fill(view, &end, &skip);
	while (rows > 0 && logview_previous(view, &top, &row) == LOGSCAN_FOUND)
		rows -= logview_rows(view, &row);
	view->top = logfeed_compare(&top, &last) > 0 ? last : top;
}

/* ---- moving ---- */

static void scroll_up(struct logview *view, int lines)
{
	struct logfeed_row row;

	struct logfeed_place top = view->top;

	while (lines-- > 0 && logview_previous(view, &top, &row) == LOGSCAN_FOUND)
		;
	/* What is there whole goes on being followed. */
	if (logfeed_compare(&top, &view->top) == 0)
		return;
	logview_unfollow(view);
	view->top = top;
}

/* The window never goes past the end; there it begins to follow. */
static void scroll_down(struct logview *view, int lines)
{
	struct logfeed_place last, end = logfeed_end(view->feed);
	struct logfeed_row row;
	int skip;

	if (view->follow)
		return;
	last = logview_fill(view, &end, &skip);
	while (lines-- > 0 && logview_next(view, &view->top, &row) == LOGSCAN_FOUND)
		;
	if (logfeed_compare(&view->top, &last) >= 0)
		view->follow = true;
}

static void go_to_start(struct logview *view)
{
	logview_unfollow(view);
	view->top = logfeed_begin(view->feed);
}

void logview_go_to(struct logview *view, uint64_t time_ns)
{
	struct logfeed_place place = logfeed_since(view->feed, time_ns);
	struct logfeed_place end = logfeed_end(view->feed), last;
	int skip;

	logview_unfollow(view);
	last = logview_fill(view, &end, &skip);
	view->top = logfeed_compare(&place, &last) > 0 ? last : place;
	view->follow = logfeed_compare(&place, &last) > 0;
}

static int lines_of(const struct logview *view, enum action action)
{
	int half = view->height > 1 ? view->height / 2 : 1;

	switch (action) {
	case ACTION_DOWN:
		return 1;
	case ACTION_UP:
		return -1;
	case ACTION_HALF_DOWN:
		return half;
	case ACTION_HALF_UP:
		return -half;
	case ACTION_PAGE_DOWN:
		return view->height;
	case ACTION_PAGE_UP:
		return -view->height;
	default:
		return 0;
	}
}

static bool move(struct logview *view, enum action action, int times)
{
	int lines = lines_of(view, action) * times;

	if (action == ACTION_FIRST)
		go_to_start(view);
	else if (action == ACTION_LAST)
		view->follow = true;
	else if (!lines)
		return false;
	else if (view->selecting)
		logview_move_point(view, lines);
	else if (lines > 0)
		scroll_down(view, lines);
	else
		scroll_up(view, -lines);
	return true;
}

static bool toggle(struct logview *view, enum action action)
{
	switch (action) {
	case ACTION_FOLLOW:
		if (view->follow)
			logview_unfollow(view);
		else
			view->follow = true;
		return true;
	case ACTION_TIMES:
		view->times = (view->times + 1) % TIMES_COUNT;
		return true;
	case ACTION_WRAP:
		view->wrap = !view->wrap;
		view->left = 0;
		return true;
	case ACTION_STREAMS:
		view->streams = (view->streams + 1) % STREAMS_COUNT;
		logview_ask(view);
		return true;
	default:
		return false;
	}
}

static bool look_around(struct logview *view, enum action action, int times)
{
	switch (action) {
	case ACTION_LEFT:
		view->left = view->left > SIDE_STEP ? view->left - SIDE_STEP : 0;
		return true;
	case ACTION_RIGHT:
		view->left += view->wrap || view->left > ANSI_LINE_MAX ? 0 : SIDE_STEP;
		return true;
	case ACTION_NEXT:
		logview_find_on(view, view->search_back, times);
		return true;
	case ACTION_PREVIOUS:
		logview_find_on(view, !view->search_back, times);
		return true;
	case ACTION_BOOKMARK:
		logview_bookmark(view);
		return true;
	case ACTION_NEXT_BOOKMARK:
		logview_next_bookmark(view);
		return true;
	case ACTION_SELECT:
		logview_select(view);
		return true;
	default:
		return false;
	}
}

bool logview_act(struct logview *view, enum action action, int count)
{
	int times = count < 1 ? 1 : count > TIMES_MAX ? TIMES_MAX : count;

	return toggle(view, action) || look_around(view, action, times) ||
	       move(view, action, times);
}

uint64_t logview_news(struct logview *view)
{
	enum { MOST = 50000 }; /* lines counted for one frame */

	if (view->follow)
		return 0;
	if (view->ask)
		return logfeed_asked_since(view->feed, &view->news);
	view->news_count += logfeed_written(view->feed, &view->news_counted, MOST);
	return view->news_count;
}
