/* logfeed.c - see logfeed.h. */
#include "tui/logfeed.h"

#include <errno.h>

struct peek {
	enum logscan_answer answer;
	bool known;
	struct log_piece piece;
};

struct source {
	struct world_log *log;
	struct logscan *asked, *looked;
	struct peek peek; /* the piece after, or before, where the feed stands */
};

struct logfeed {
	struct world *world;
	struct source sources[LOGFEED_MAX];
	size_t count;
	struct logfeed_mark *marks;
	size_t mark_count;
	struct logfeed_place peeked; /* where, */
	bool peeked_back;            /* and in which direction, the peeks are true */
	size_t turn;                 /* whose step it is */
};

static const struct world_log_ops *ops_of(const struct logfeed *feed)
{
	return feed->world->ops->log;
}

struct logfeed *logfeed_new(struct world *world)
{
	struct logfeed *feed = calloc(1, sizeof(*feed));

	if (feed)
		feed->world = world;
	return feed;
}

void logfeed_free(struct logfeed *feed)
{
	if (!feed)
		return;
	for (size_t i = 0; i < feed->count; i++) {
		logscan_free(feed->sources[i].asked);
		logscan_free(feed->sources[i].looked);
		ops_of(feed)->close(feed->sources[i].log);
	}
	free(feed->marks);
	free(feed);
}

/* What was peeked at may no longer be so. */
static void forget_peeks(struct logfeed *feed)
{
	for (size_t i = 0; i < feed->count; i++)
		feed->sources[i].peek.known = false;
}

int logfeed_add(struct logfeed *feed, const char *id, struct err *err)
{
	int rc;

	if (feed->count == LOGFEED_MAX)
		return err_set(err, E2BIG, "at most %d logs are shown together", LOGFEED_MAX);
	rc = ops_of(feed)->open(feed->world, id, &feed->sources[feed->count].log, err);
	if (rc < 0)
		return rc;
	feed->count++;
	forget_peeks(feed);
	return 0;
}

size_t logfeed_count(const struct logfeed *feed)
{
	return feed->count;
}

bool logfeed_has(const struct logfeed *feed, const struct world_log *log)
{
	for (size_t i = 0; i < feed->count; i++)
		if (feed->sources[i].log == log)
			return true;
	return false;
}

void logfeed_marks(struct logfeed *feed, const struct logfeed_mark *marks, size_t count)
{
	if (count > LOGFEED_MARKS) {
		marks += count - LOGFEED_MARKS;
		count = LOGFEED_MARKS;
	}
	if (count && !feed->marks)
		feed->marks = calloc(LOGFEED_MARKS, sizeof(*marks));
	feed->mark_count = feed->marks ? count : 0;
	if (feed->mark_count)
		memcpy(feed->marks, marks, count * sizeof(*marks));
	forget_peeks(feed);
}

static bool set_scans(struct logfeed *feed, struct logquery *query, bool looked)
{
	bool all = true;

	for (size_t i = 0; i < feed->count; i++) {
		struct source *source = &feed->sources[i];
		struct logscan **scan = looked ? &source->looked : &source->asked;

		logscan_free(*scan);
		*scan = query ? logscan_new(feed->world, source->log, query) : NULL;
		all &= !query || *scan;
	}
	forget_peeks(feed);
	return all || set_scans(feed, NULL, looked);
}

bool logfeed_ask(struct logfeed *feed, struct logquery *query)
{
	return set_scans(feed, query, false);
}

bool logfeed_look_for(struct logfeed *feed, struct logquery *query)
{
	return set_scans(feed, query, true);
}

/* ---- places ---- */

struct logfeed_place logfeed_begin(const struct logfeed *feed)
{
	(void)feed;
	return (struct logfeed_place){0};
}

struct logfeed_place logfeed_end(struct logfeed *feed)
{
	struct logfeed_place place = {.mark = feed->mark_count};

	for (size_t i = 0; i < feed->count; i++)
		place.at[i] = ops_of(feed)->size(feed->sources[i].log);
	return place;
}

struct logfeed_place logfeed_since(struct logfeed *feed, uint64_t time_ns)
{
	struct logfeed_place place = {0};

	for (size_t i = 0; i < feed->count; i++) {
		struct world_log *log = feed->sources[i].log;

		place.at[i] =
			logscan_line_from(feed->world, log, ops_of(feed)->since(log, time_ns));
	}
	while (place.mark < feed->mark_count && feed->marks[place.mark].time_ns < time_ns)
		place.mark++;
	forget_peeks(feed); /* windows have moved under them */
	return place;
}

struct logfeed_place logfeed_place_of(
	struct logfeed *feed, size_t source, uint64_t offset, uint64_t time_ns)
{
	struct logfeed_place place, later;

	if (feed->count == 1 && !feed->mark_count)
		return (struct logfeed_place){.at = {offset}};
	place = logfeed_since(feed, time_ns);
	later = logfeed_since(feed, time_ns + 1);
	for (size_t i = 0; i < source; i++)
		place.at[i] = later.at[i];
	place.mark = later.mark;
	place.at[source] = offset;
	return place;
}

void logfeed_place_marks(struct logfeed *feed, struct logfeed_place *place)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < feed->count; i++) {
		struct world_log *log = feed->sources[i].log;
		uint64_t time = place->at[i] < ops_of(feed)->size(log)
					? ops_of(feed)->time(log, place->at[i])
					: UINT64_MAX;

		least = time < least ? time : least;
	}
	for (place->mark = 0; place->mark < feed->mark_count; place->mark++)
		if (feed->marks[place->mark].time_ns > least)
			break;
}

int logfeed_compare(const struct logfeed_place *a, const struct logfeed_place *b)
{
	/* Along one sequence, no log goes back while another goes on. */
	for (size_t i = 0; i < LOGFEED_MAX; i++)
		if (a->at[i] != b->at[i])
			return a->at[i] < b->at[i] ? -1 : 1;
	return a->mark < b->mark ? -1 : a->mark > b->mark;
}

uint64_t logfeed_bytes(const struct logfeed *feed, const struct logfeed_place *place)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feed->count; i++)
		sum += place->at[i];
	return sum;
}

uint64_t logfeed_size(struct logfeed *feed)
{
	struct logfeed_place end = logfeed_end(feed);

	return logfeed_bytes(feed, &end);
}

uint64_t logfeed_before(struct logfeed *feed)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feed->count; i++)
		sum += ops_of(feed)->before(feed->sources[i].log);
	return sum;
}

/* ---- rows ---- */

static enum logscan_answer read_at(
	struct logfeed *feed, struct source *source, uint64_t offset, bool back)
{
	int got;

	ops_of(feed)->seek(source->log, offset);
	got = (back ? ops_of(feed)->previous : ops_of(feed)->next)(
		source->log, &source->peek.piece);
	return got == 1 ? LOGSCAN_FOUND : LOGSCAN_NONE;
}

static enum logscan_answer peek_at(
	struct logfeed *feed, struct source *source, uint64_t offset, bool back)
{
	enum logscan_answer answer = LOGSCAN_FOUND;

	if (source->peek.known)
		return source->peek.answer;
	if (source->asked)
		answer = (back ? logscan_previous : logscan_next)(source->asked, offset, &offset);
	if (answer == LOGSCAN_FOUND)
		answer = read_at(feed, source, offset, back && !source->asked);
	source->peek.known = true;
	return source->peek.answer = answer;
}

static bool same_place(const struct logfeed_place *a, const struct logfeed_place *b)
{
	return logfeed_compare(a, b) == 0;
}

/* Peeks are good as long as one goes on from where the last row was. */
static void stand_at(struct logfeed *feed, const struct logfeed_place *place, bool back)
{
	if (feed->peeked_back != back || !same_place(&feed->peeked, place))
		forget_peeks(feed);
	feed->peeked_back = back;
	feed->peeked = *place;
}

/* The log whose line comes next; count: none has one. LATER: one is not known, so none is. */
static enum logscan_answer choose(
	struct logfeed *feed, const struct logfeed_place *place, bool back, size_t *chosen)
{
	*chosen = feed->count;
	for (size_t i = 0; i < feed->count; i++) {
		struct source *source = &feed->sources[i];
		uint64_t time, best = *chosen < feed->count
					      ? feed->sources[*chosen].peek.piece.time_ns
					      : 0;

		switch (peek_at(feed, source, place->at[i], back)) {
		case LOGSCAN_LATER:
			source->peek.known = false;
			return LOGSCAN_LATER;
		case LOGSCAN_NONE:
			continue;
		case LOGSCAN_FOUND:
			break;
		}
		time = source->peek.piece.time_ns;
		if (*chosen == feed->count || (back ? time >= best : time < best))
			*chosen = i;
	}
	return *chosen < feed->count ? LOGSCAN_FOUND : LOGSCAN_NONE;
}

static void take_mark(struct logfeed *feed, size_t which, struct logfeed_row *out)
{
	*out = (struct logfeed_row){.is_mark = true,
		.source = feed->marks[which].source,
		.piece = {.time_ns = feed->marks[which].time_ns},
		.text = feed->marks[which].text};
}

static void take_line(struct logfeed *feed, size_t which, struct logfeed_row *out)
{
	*out = (struct logfeed_row){.source = which, .piece = feed->sources[which].peek.piece};
	feed->sources[which].peek.known = false;
}

/* At the same time, a mark comes before lines: what began printed them. */
enum logscan_answer logfeed_next(
	struct logfeed *feed, struct logfeed_place *place, struct logfeed_row *out)
{
	enum logscan_answer answer;
	bool has_mark = place->mark < feed->mark_count;
	size_t which;

	stand_at(feed, place, false);
	answer = choose(feed, place, false, &which);
	if (answer == LOGSCAN_LATER || (answer == LOGSCAN_NONE && !has_mark))
		return answer;
	if (has_mark &&
		(answer == LOGSCAN_NONE || feed->marks[place->mark].time_ns <=
						   feed->sources[which].peek.piece.time_ns)) {
		take_mark(feed, place->mark, out);
		out->place = *place;
		place->mark++;
	} else {
		take_line(feed, which, out);
		place->at[which] = out->piece.offset;
		out->place = *place;
		place->at[which] += out->piece.len;
	}
	feed->peeked = *place;
	return LOGSCAN_FOUND;
}

enum logscan_answer logfeed_previous(
	struct logfeed *feed, struct logfeed_place *place, struct logfeed_row *out)
{
	enum logscan_answer answer;
	bool has_mark = place->mark > 0;
	size_t which;

	stand_at(feed, place, true);
	answer = choose(feed, place, true, &which);
	if (answer == LOGSCAN_LATER || (answer == LOGSCAN_NONE && !has_mark))
		return answer;
	if (has_mark &&
		(answer == LOGSCAN_NONE || feed->marks[place->mark - 1].time_ns >
						   feed->sources[which].peek.piece.time_ns)) {
		take_mark(feed, --place->mark, out);
	} else {
		take_line(feed, which, out);
		place->at[which] = out->piece.offset;
	}
	out->place = feed->peeked = *place;
	return LOGSCAN_FOUND;
}

/* ---- finding ---- */

enum logscan_answer logfeed_find(struct logfeed *feed, const struct logfeed_place *from, bool back,
	struct logfeed_place *out, size_t *source)
{
	uint64_t offset = 0, found = 0, time, best = 0;
	size_t which = feed->count;
	bool later = false;

	forget_peeks(feed);
	for (size_t i = 0; i < feed->count; i++) {
		struct source *s = &feed->sources[i];
		enum logscan_answer answer =
			(back ? logscan_previous : logscan_next)(s->looked, from->at[i], &offset);

		later |= answer == LOGSCAN_LATER;
		if (answer != LOGSCAN_FOUND)
			continue;
		time = ops_of(feed)->time(s->log, offset);
		if (which == feed->count || (back ? time >= best : time < best)) {
			which = i;
			found = offset;
			best = time;
		}
	}
	if (later)
		return LOGSCAN_LATER;
	if (which == feed->count)
		return LOGSCAN_NONE;
	*source = which;
	*out = logfeed_place_of(feed, which, found, best);
	return LOGSCAN_FOUND;
}

bool logfeed_step(struct logfeed *feed, bool background, uint64_t now_ns)
{
	bool did = false;

	for (size_t i = 0; i < feed->count && !did; i++) {
		struct source *source = &feed->sources[feed->turn++ % feed->count];

		if (source->looked)
			did |= logscan_step(source->looked, background, now_ns);
		if (source->asked)
			did |= logscan_step(source->asked, background, now_ns);
	}
	forget_peeks(feed); /* they lie in windows that have moved */
	return did;
}

static void add_sum(struct logscan_sum *to, struct logscan *scan)
{
	struct logscan_sum sum = logscan_sum(scan);

	to->hits += sum.hits;
	to->lines += sum.lines;
	to->bytes += sum.bytes;
	to->size += sum.size;
	to->done &= sum.done;
	to->whole &= sum.whole;
}

struct logscan_sum logfeed_asked(struct logfeed *feed)
{
	struct logscan_sum sum = {.done = true, .whole = true};

	for (size_t i = 0; i < feed->count; i++)
		if (feed->sources[i].asked)
			add_sum(&sum, feed->sources[i].asked);
	return sum;
}

struct logscan_sum logfeed_looked(struct logfeed *feed)
{
	struct logscan_sum sum = {.done = true, .whole = true};

	for (size_t i = 0; i < feed->count; i++)
		if (feed->sources[i].looked)
			add_sum(&sum, feed->sources[i].looked);
	return sum;
}

uint64_t logfeed_looked_before(struct logfeed *feed, const struct logfeed_place *place)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feed->count; i++)
		if (feed->sources[i].looked)
			sum += logscan_rank(feed->sources[i].looked, place->at[i]);
	forget_peeks(feed);
	return sum;
}

/* Whole lines from *at on, which moves over them. */
static uint64_t count_lines(
	struct logfeed *feed, struct world_log *log, uint64_t *at, uint64_t most)
{
	struct log_piece run;
	uint64_t count = 0;

	while (count < most && ops_of(feed)->run(log, *at, &run) == 1) {
		const char *from = run.data, *end = run.data + run.len, *newline;

		while (count < most && (newline = memchr(from, '\n', (size_t)(end - from)))) {
			from = newline + 1;
			count++;
		}
		/* Broken off by the other stream or being written: it counts when it ends. */
		*at += (uint64_t)((count < most ? end : from) - run.data);
		if (from == run.data)
			break;
	}
	return count;
}

uint64_t logfeed_written(struct logfeed *feed, struct logfeed_place *at, uint64_t most)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feed->count && sum < most; i++)
		sum += count_lines(feed, feed->sources[i].log, &at->at[i], most - sum);
	return sum;
}

uint64_t logfeed_asked_since(struct logfeed *feed, const struct logfeed_place *place)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < feed->count; i++)
		if (feed->sources[i].asked)
			sum += logscan_sum(feed->sources[i].asked).hits -
			       logscan_rank(feed->sources[i].asked, place->at[i]);
	forget_peeks(feed);
	return sum;
}
