/* logscan.c - see logscan.h.
 *
 *     chunks   |  history: seen or unseen, in any order  |  live: from front to back, as it grows |
 *              0                                       first                       live pointer →
 * size
 *
 * A line belongs to the chunk in which it begins. The last line, while it is still being written,
 * is not counted, but asked about anew each time. */
#include "tui/logscan.h"

enum {
	CHUNK = 256 << 10,
	PART = 16 << 10, /* looked through at a time: where each line is asked much, a chunk is 10
			    ms */
	FEW = 8,         /* lines of a chunk whose places are kept */
	DENSE = 4,       /* chunks with more of them, kept whole for now */
	GROW = 256,      /* chunks */
};

#define UNSEEN UINT32_MAX /* in hits */

/* Of the lines that were met in a chunk: where in it they begin, in order. */
struct places {
	uint32_t *at;
	size_t count, room;
	size_t chunk;
	unsigned used; /* when last */
};

struct logscan {
	struct world *world;
	struct world_log *log;
	struct logquery *query;
	size_t count, room; /* chunks */
	uint32_t *hits, (*few)[FEW];
	size_t first;       /* live chunk */
	uint64_t live;      /* up to here it was looked through */
	size_t unseen_from; /* history above is seen */
	size_t seen;        /* chunks of history */
	size_t wanted;      /* chunk that somebody waits for; SIZE_MAX: none */
	int direction;      /* in which he goes on */
	uint64_t now_ns, size, hit_sum, line_sum;
	/* A chunk of history that is being looked through: from where on, and what was found. */
	size_t open; /* SIZE_MAX: none */
	uint64_t open_from;
	uint32_t open_lines;
	struct places dense[DENSE], scratch, found;
	unsigned clock;
};

/* ---- chunks ---- */

static bool make_room(struct logscan *scan, size_t count)
{
	size_t room = (count + GROW) / GROW * GROW;
	uint32_t *hits, (*few)[FEW];

	if (count <= scan->room)
		return true;
	hits = reallocarray(scan->hits, room, sizeof(*hits));
	scan->hits = hits ? hits : scan->hits;
	few = reallocarray(scan->few, room, sizeof(*few));
	scan->few = few ? few : scan->few;
	if (!hits || !few)
		return false;
	scan->room = room;
	return true;
}

/* Out of memory, the log ends where it ended. */
static void grow(struct logscan *scan)
{
	uint64_t size = scan->world->ops->log->size(scan->log);
	size_t count = (size_t)(size / CHUNK) + 1;

	if (!make_room(scan, count))
		return;
	scan->size = size;
	for (; scan->count < count; scan->count++)
		scan->hits[scan->count] = scan->count < scan->first ? UNSEEN : 0;
}

struct logscan *logscan_new(struct world *world, struct world_log *log, struct logquery *query)
{
	auto_of(logscan) struct logscan *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return NULL;
	scan->world = world;
	scan->log = log;
	scan->query = query;
	scan->wanted = scan->open = SIZE_MAX;
	for (size_t i = 0; i < DENSE; i++)
		scan->dense[i].chunk = SIZE_MAX;
	scan->first = scan->unseen_from = (size_t)(world->ops->log->size(log) / CHUNK);
	grow(scan);
	if (!scan->count)
		return NULL;
	scan->live = logscan_line_from(world, log, (uint64_t)scan->first * CHUNK);
	return take(scan);
}

void logscan_free(struct logscan *scan)
{
	if (!scan)
		return;
	for (size_t i = 0; i < DENSE; i++)
		free(scan->dense[i].at);
	free(scan->scratch.at);
	free(scan->found.at);
	free(scan->hits);
	free(scan->few);
	free(scan);
}

uint64_t logscan_line_from(struct world *world, struct world_log *log, uint64_t offset)
{
	const struct world_log_ops *ops = world->ops->log;
	struct log_piece piece;

	ops->seek(log, offset);
	if (!offset || ops->previous(log, &piece) != 1)
		return offset;
	return piece.offset + piece.len > offset ? piece.offset + piece.len : offset;
}

/* ---- looking through ---- */

static void add_place(struct places *places, uint32_t at)
{
	if (places->count == places->room) {
		size_t room = places->room ? places->room * 2 : 256;
		uint32_t *bigger = reallocarray(places->at, room, sizeof(*bigger));

		if (!bigger)
			return;
		places->at = bigger;
		places->room = room;
	}
	places->at[places->count++] = at;
}

struct walk {
	struct logscan *scan;
	struct places *found;
	uint64_t begin, end; /* of the chunk */
	uint64_t at;         /* the next line */
	uint32_t lines;
};

static bool is_finished(const struct logscan *scan, const struct log_piece *line)
{
	return line->data[line->len - 1] == '\n' || line->offset + line->len < scan->size;
}

/* Where in the run, at or after `from`, the next line begins that is worth a look. */
static size_t worthwhile(const struct logscan *scan, const struct log_piece *run, size_t from)
{
	size_t left = run->len - from;
	size_t skipped = logquery_skip(scan->query, run->stream, run->data + from, left);
	const char *newline;

	if (skipped == 0 || skipped == left)
		return from + skipped;
	newline = memrchr(run->data + from, '\n', skipped);
	return newline ? (size_t)(newline + 1 - run->data) : from;
}

/* The lines of one run that begin in the chunk; false when it is done. */
static bool walk_run(struct walk *walk, const struct log_piece *run)
{
	struct logscan *scan = walk->scan;
	struct log_piece line = *run;

	for (size_t from = 0;; from += line.len) {
		if (!logquery_counts(scan->query) && from < run->len)
			from = worthwhile(scan, run, from);
		walk->at = run->offset + from;
		if (from == run->len || walk->at >= walk->end)
			return walk->at < walk->end;
		line.offset = walk->at;
		line.data = run->data + from;
		line.len = log_run_line(run, from);
		line.time_ns = from ? 0 : run->time_ns;
		if (!is_finished(scan, &line))
			return false;
		walk->lines++;
		if (logquery_meets(scan->query, scan->log, &line, scan->now_ns))
			add_place(walk->found, (uint32_t)(line.offset - walk->begin));
	}
}

/* What is found is added to `found`. */
static struct walk walk_chunk(
	struct logscan *scan, struct places *found, size_t chunk, uint64_t from, uint64_t end)
{
	struct walk walk = {scan, found, (uint64_t)chunk * CHUNK, end, from, 0};
	struct log_piece run;

	while (walk.at < walk.end && scan->world->ops->log->run(scan->log, walk.at, &run) == 1 &&
		walk_run(&walk, &run))
		;
	return walk;
}

/* That belongs to the chunk, after what was there. */
static void keep(struct logscan *scan, size_t chunk, const struct places *found, uint32_t lines)
{
	uint32_t before = scan->hits[chunk] == UNSEEN ? 0 : scan->hits[chunk];

	for (size_t i = 0; i < found->count && before + i < FEW; i++)
		scan->few[chunk][before + i] = found->at[i];
	scan->hits[chunk] = before + (uint32_t)found->count;
	scan->hit_sum += found->count;
	scan->line_sum += lines;
	for (size_t i = 0; i < DENSE; i++)
		if (scan->dense[i].chunk == chunk && found->count)
			scan->dense[i].chunk = SIZE_MAX;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* False: it does not go on, as far as it is known. */
static bool step_live(struct logscan *scan)
{
	size_t chunk = (size_t)(scan->live / CHUNK);
	uint64_t end = (uint64_t)(chunk + 1) * CHUNK;
	struct walk walk;

	if (scan->live >= scan->size || chunk >= scan->count)
		return false;
	scan->scratch.count = 0;
	walk = walk_chunk(scan, &scan->scratch, chunk, scan->live, sooner(end, scan->live + PART));
	keep(scan, chunk, &scan->scratch, walk.lines);
	if (walk.at == scan->live)
		return false;
	scan->live = walk.at;
	return true;
}

static void open_chunk(struct logscan *scan, size_t chunk)
{
	scan->open = chunk;
	scan->open_from = logscan_line_from(scan->world, scan->log, (uint64_t)chunk * CHUNK);
	scan->open_lines = 0;
	scan->found.count = 0;
}

/* A part of the open chunk; its places count when all of it was seen. */
static void see(struct logscan *scan)
{
	uint64_t end = (uint64_t)(scan->open + 1) * CHUNK;
	struct walk walk = walk_chunk(scan, &scan->found, scan->open, scan->open_from,
		sooner(end, scan->open_from + PART));

	scan->open_lines += walk.lines;
	if (walk.at > scan->open_from && walk.at < end) {
		scan->open_from = walk.at;
		return;
	}
	keep(scan, scan->open, &scan->found, scan->open_lines);
	scan->open = SIZE_MAX;
	scan->seen++;
}

/* The chunk to see next, and for whoever waits the one after it. */
static size_t choose(struct logscan *scan, bool background)
{
	size_t chunk = scan->wanted;

	scan->wanted = SIZE_MAX;
	if (chunk < scan->first && scan->hits[chunk] == UNSEEN) {
		if (background)
			scan->wanted = chunk + (size_t)scan->direction; /* below 0: none */
		return chunk;
	}
	if (!background)
		return SIZE_MAX;
	while (scan->unseen_from > 0 && scan->hits[scan->unseen_from - 1] != UNSEEN)
		scan->unseen_from--;
	return scan->unseen_from ? scan->unseen_from - 1 : SIZE_MAX;
}

bool logscan_step(struct logscan *scan, bool background, uint64_t now_ns)
{
	size_t chunk;

	scan->now_ns = now_ns;
	grow(scan);
	if (step_live(scan))
		return true;
	if (scan->open == SIZE_MAX) {
		chunk = choose(scan, background);
		if (chunk == SIZE_MAX)
			return false;
		open_chunk(scan, chunk);
	}
	see(scan);
	return true;
}

/* ---- answers ---- */

static struct places *oldest(struct logscan *scan)
{
	struct places *found = &scan->dense[0];

	for (size_t i = 1; i < DENSE; i++)
		if (scan->dense[i].used < found->used)
			found = &scan->dense[i];
	return found;
}

/* The places of a chunk that has more than a few. */
static const struct places *look_again(struct logscan *scan, size_t chunk)
{
	uint64_t begin = (uint64_t)chunk * CHUNK, end = begin + CHUNK;
	struct places *places = NULL, old;

	for (size_t i = 0; i < DENSE; i++)
		if (scan->dense[i].chunk == chunk)
			places = &scan->dense[i];
	if (!places) {
		places = oldest(scan);
		scan->scratch.count = 0;
		walk_chunk(scan, &scan->scratch, chunk,
			logscan_line_from(scan->world, scan->log, begin),
			scan->live < end && chunk >= scan->first ? scan->live : end);
		old = *places;
		*places = scan->scratch;
		scan->scratch = old;
		places->chunk = chunk;
	}
	places->used = ++scan->clock;
	return places;
}

static const uint32_t *places_of(struct logscan *scan, size_t chunk, size_t *count)
{
	const struct places *places;

	*count = scan->hits[chunk];
	if (*count <= FEW)
		return scan->few[chunk];
	places = look_again(scan, chunk);
	*count = places->count;
	return places->at;
}

/* How many places are before an offset from the chunk's beginning. */
static size_t places_before(const uint32_t *at, size_t count, uint64_t offset)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (at[middle] < offset)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

static enum logscan_answer ask_for(struct logscan *scan, size_t chunk, int direction)
{
	scan->wanted = chunk;
	scan->direction = direction;
	return LOGSCAN_LATER;
}

static bool tail_of(struct logscan *scan, struct log_piece *out)
{
	return scan->world->ops->log->run(scan->log, scan->live, out) == 1;
}

/* Whether anything after the live pointer was not looked at; if it is a line being written, whether
 * that is asked for. */
static enum logscan_answer ask_tail(struct logscan *scan)
{
	struct log_piece line;

	if (!tail_of(scan, &line))
		return LOGSCAN_NONE;
	line.len = log_run_line(&line, 0);
	if (is_finished(scan, &line))
		return LOGSCAN_LATER;
	return logquery_meets(scan->query, scan->log, &line, scan->now_ns) ? LOGSCAN_FOUND
									   : LOGSCAN_NONE;
}

enum logscan_answer logscan_next(struct logscan *scan, uint64_t offset, uint64_t *out)
{
	enum logscan_answer tail;

	for (size_t chunk = (size_t)(offset / CHUNK); chunk < scan->count; chunk++) {
		uint64_t begin = (uint64_t)chunk * CHUNK;
		const uint32_t *at;
		size_t count, which;

		if (scan->hits[chunk] == UNSEEN)
			return ask_for(scan, chunk, 1);
		if (!scan->hits[chunk])
			continue;
		at = places_of(scan, chunk, &count);
		which = places_before(at, count, offset > begin ? offset - begin : 0);
		if (which < count) {
			*out = begin + at[which];
			return LOGSCAN_FOUND;
		}
	}
	tail = ask_tail(scan);
	if (tail == LOGSCAN_FOUND && scan->live < offset)
		return LOGSCAN_NONE;
	*out = scan->live;
	return tail;
}

enum logscan_answer logscan_previous(struct logscan *scan, uint64_t offset, uint64_t *out)
{
	size_t chunk;
	enum logscan_answer tail = offset > scan->live ? ask_tail(scan) : LOGSCAN_NONE;

	*out = scan->live;
	if (tail != LOGSCAN_NONE)
		return tail;
	chunk = offset ? (size_t)((offset - 1) / CHUNK) : 0;
	if (chunk >= scan->count)
		chunk = scan->count - 1;
	for (; offset; chunk--) {
		uint64_t begin = (uint64_t)chunk * CHUNK;
		const uint32_t *at;
		size_t count, which;

		if (scan->hits[chunk] == UNSEEN)
			return ask_for(scan, chunk, -1);
		at = scan->hits[chunk] ? places_of(scan, chunk, &count) : NULL;
		which = at ? places_before(at, count, offset - begin) : 0;
		if (which) {
			*out = begin + at[which - 1];
			return LOGSCAN_FOUND;
		}
		if (!chunk)
			break;
	}
	return LOGSCAN_NONE;
}

struct logscan_sum logscan_sum(struct logscan *scan)
{
	uint64_t live = scan->live - (uint64_t)scan->first * CHUNK;

	return (struct logscan_sum){
		.hits = scan->hit_sum,
		.lines = scan->line_sum,
		.bytes = (uint64_t)scan->seen * CHUNK + live,
		.size = scan->size,
		.whole = scan->seen == scan->first,
		.done = scan->seen == scan->first && ask_tail(scan) != LOGSCAN_LATER,
	};
}

uint64_t logscan_rank(struct logscan *scan, uint64_t offset)
{
	size_t chunk = (size_t)(offset / CHUNK), count;
	uint64_t sum = 0;
	const uint32_t *at;

	for (size_t i = 0; i < chunk && i < scan->count; i++)
		sum += scan->hits[i] == UNSEEN ? 0 : scan->hits[i];
	if (chunk >= scan->count || scan->hits[chunk] == UNSEEN || !scan->hits[chunk])
		return sum;
	at = places_of(scan, chunk, &count);
	return sum + places_before(at, count, offset - (uint64_t)chunk * CHUNK);
}
