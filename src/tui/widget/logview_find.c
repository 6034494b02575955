/* logview_find.c - searching and filtering: what is asked of lines, and doing it in slices. */
#include "tui/widget/logview_private.h"

#include <stdio.h>
#include <time.h>

enum {
	SLICE_US = 1000
}; /* what a key waits at most, and some more than a turn of the loop costs */

/* Only how long a slice takes is asked of this clock; nothing that is shown depends on it. */
static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool is_narrowed(const struct logview *view)
{
	return view->streams != STREAMS_BOTH ||
	       (view->filter && !filter_says_nothing(view->filter));
}

static struct logquery_parts parts_of(const struct logview *view, struct pattern *pattern)
{
	return (struct logquery_parts){
		.want_stdout = view->streams != STREAMS_STDERR,
		.want_stderr = view->streams != STREAMS_STDOUT,
		.filter = view->filter && !filter_says_nothing(view->filter) ? view->filter : NULL,
		.pattern = pattern,
	};
}

/* A search is among the lines that are shown. */
static bool look_for(struct logview *view)
{
	struct logquery_parts parts = parts_of(view, view->pattern);

	logfeed_look_for(view->feed, NULL);
	logquery_free(take(view->look));
	if (!view->pattern)
		return true;
	view->look = logquery_new(view->world, &parts);
	view->busy = true;
	return view->look && logfeed_look_for(view->feed, view->look);
}

bool logview_ask(struct logview *view)
{
	struct logquery_parts parts = parts_of(view, NULL);

	logfeed_ask(view->feed, NULL);
	logquery_free(take(view->ask));
	view->stopped = false;
	if (is_narrowed(view)) {
		view->ask = logquery_new(view->world, &parts);
		if (!view->ask || !logfeed_ask(view->feed, view->ask))
			return false;
		view->busy = true;
	}
	return look_for(view);
}

void logview_filter(struct logview *view, const char *text, const struct filter_context *context)
{
	struct filter *filter = *text ? filter_new(&logquery_fields, text, context) : NULL;

	filter_free(view->filter);
	view->filter = filter;
	logview_ask(view);
}

const struct filter *logview_filter_of(const struct logview *view)
{
	return view->filter;
}

/* ---- searching ---- */

static void find_from(struct logview *view, const struct logfeed_place *from, bool back)
{
	view->finding = view->busy = true;
	view->found = false;
	view->find_back = back;
	view->find_from = *from;
}

void logview_search_begin(struct logview *view)
{
	memcpy(view->search_before, view->search, sizeof(view->search));
	view->top_before = view->top;
	view->follow_before = view->follow;
	view->search_back = view->follow;
	view->search_from = view->follow ? logfeed_end(view->feed) : view->top;
}

void logview_search(struct logview *view, const char *text)
{
	snprintf(view->search, sizeof(view->search), "%s", text);
	view->has_match = view->finding = view->found = false;
	view->stopped = false;
	logfeed_look_for(view->feed, NULL);
	logquery_free(take(view->look));
	pattern_free(take(view->pattern));
	view->pattern = *text ? pattern_new(text) : NULL;
	if (view->pattern && look_for(view))
		find_from(view, &view->search_from, view->search_back);
}

void logview_search_leave(struct logview *view)
{
	char before[SEARCH_MAX];

	if (strcmp(view->search, view->search_before) == 0)
		return;
	memcpy(before, view->search_before, sizeof(before));
	logview_search(view, before);
	view->finding = false;
	view->top = view->top_before;
	view->follow = view->follow_before;
}

static bool is_in_view(const struct logview *view, const struct logview_bookmark *line)
{
	for (size_t i = 0; i < view->shown_count; i++)
		if (view->shown[i].source == line->source && !view->shown[i].is_mark &&
			view->shown[i].offset == line->offset)
			return true;
	return false;
}

/* From the last match while it is in view; else from the window. */
void logview_find_on(struct logview *view, bool back, int times)
{
	struct logfeed_place from = back ? view->end : view->top;

	(void)times;
	if (!view->look)
		return;
	if (view->has_match && is_in_view(view, &view->match)) {
		from = logview_place_of(view, &view->match);
		if (!back)
			from.at[view->match.source]++;
	}
	find_from(view, &from, back);
}

static void stop_at(struct logview *view, const struct logfeed_place *place, size_t source)
{
	struct logfeed_place at = *place;
	struct logfeed_row row;

	view->finding = false;
	view->found = view->has_match = true;
	view->match = (struct logview_bookmark){source, place->at[source], 0};
	if (logfeed_next(view->feed, &at, &row) == LOGSCAN_FOUND)
		view->match.time_ns = row.piece.time_ns;
	if (!is_in_view(view, &view->match))
		logview_show(view, place);
	else
		logview_unfollow(view);
}

static void find(struct logview *view)
{
	struct logfeed_place place;
	size_t source;

	switch (logfeed_find(view->feed, &view->find_from, view->find_back, &place, &source)) {
	case LOGSCAN_FOUND:
		stop_at(view, &place, source);
		return;
	case LOGSCAN_NONE:
		view->finding = false;
		return;
	case LOGSCAN_LATER:
		return;
	}
}

/* ---- in slices ---- */

bool logview_is_busy(const struct logview *view)
{
	return view->busy;
}

void logview_step(struct logview *view, uint64_t now_ns)
{
	int64_t until = now_us() + SLICE_US;
	uint64_t size = logfeed_size(view->feed);

	do {
		if (view->finding)
			find(view);
		view->busy = logfeed_step(view->feed, !view->stopped, now_ns);
		if (!view->busy) {
			/* Nothing is left to look through: what is not found is not there. */
			if (view->finding)
				find(view);
			view->finding = false;
			view->stepped_size = size;
			return;
		}
	} while (now_us() < until);
}

void logview_grew(struct logview *view)
{
	if ((view->ask || view->look) && logfeed_size(view->feed) != view->stepped_size)
		view->busy = true;
}

bool logview_stop(struct logview *view)
{
	bool whole = logfeed_asked(view->feed).whole && logfeed_looked(view->feed).whole;
	bool was = view->finding || (!whole && !view->stopped);

	view->finding = false;
	view->stopped = was || view->stopped;
	return was;
}
