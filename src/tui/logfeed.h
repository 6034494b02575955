/* logfeed.h - the lines of one log, or of several in order of time, with what happened between
 * them, as one sequence that is read forwards and backwards from any place.
 *
 * A place is how far each log was read. Of several, the line with the earlier time comes first; of
 * the same time, that of the log added first. Each log's own lines keep their order whatever their
 * clock did. With a query, only the lines asked for come, as far as they are known yet. */
#ifndef TUI_LOGFEED_H
#define TUI_LOGFEED_H

#include "tui/logscan.h"

enum { LOGFEED_MAX = 12, LOGFEED_MARKS = 200, LOGFEED_MARK_TEXT = 100 };

struct logfeed;

struct logfeed_place {
	uint64_t at[LOGFEED_MAX];
	size_t mark;
};

struct logfeed_row {
	bool is_mark;
	size_t source; /* which log */
	struct logfeed_place place;
	struct log_piece piece; /* lent until the next call; of a mark only the time */
	const char *text;       /* of a mark; as long as the marks are */
};

struct logfeed_mark {
	uint64_t time_ns;
	size_t source;
	char text[LOGFEED_MARK_TEXT];
};

struct logfeed *logfeed_new(struct world *world);
void logfeed_free(struct logfeed *feed);
own_define(logfeed)

/* One more log; -E2BIG when there are too many. */
int logfeed_add(struct logfeed *feed, const char *id, struct err *err);
size_t logfeed_count(const struct logfeed *feed);
bool logfeed_has(const struct logfeed *feed, const struct world_log *log);
/* Copied, at most the last LOGFEED_MARKS, in order of time. Places that
 * are kept must go through logfeed_place_marks. */
void logfeed_marks(struct logfeed *feed, const struct logfeed_mark *marks, size_t count);
/* Which lines come; NULL: all. Lent. False: out of memory, all come. */
bool logfeed_ask(struct logfeed *feed, struct logquery *query);
/* What to look for, besides: for logfeed_find. */
bool logfeed_look_for(struct logfeed *feed, struct logquery *query);

struct logfeed_place logfeed_begin(const struct logfeed *feed);
struct logfeed_place logfeed_end(struct logfeed *feed);
/* Where the first line is that was read then or later. */
struct logfeed_place logfeed_since(struct logfeed *feed, uint64_t time_ns);
/* Of a line: what comes before it in the other logs is behind. */
struct logfeed_place logfeed_place_of(
	struct logfeed *feed, size_t source, uint64_t offset, uint64_t time_ns);
/* Counts the marks before a place anew. */
void logfeed_place_marks(struct logfeed *feed, struct logfeed_place *place);
/* < 0, 0, > 0 */
int logfeed_compare(const struct logfeed_place *a, const struct logfeed_place *b);
/* How far, of logfeed_size. */
uint64_t logfeed_bytes(const struct logfeed *feed, const struct logfeed_place *place);
uint64_t logfeed_size(struct logfeed *feed);
/* What was rotated away before the first. */
uint64_t logfeed_before(struct logfeed *feed);

/* LOGSCAN_FOUND: a row, and the place moves over it. LOGSCAN_LATER: it is not known yet. */
enum logscan_answer logfeed_next(
	struct logfeed *feed, struct logfeed_place *place, struct logfeed_row *out);
enum logscan_answer logfeed_previous(
	struct logfeed *feed, struct logfeed_place *place, struct logfeed_row *out);
/* The next line that is looked for at or after a place, or the last before it. */
enum logscan_answer logfeed_find(struct logfeed *feed, const struct logfeed_place *from, bool back,
	struct logfeed_place *out, size_t *source);

/* Looks through a little of what is asked and looked for, one log after the other. False: there was
 * nothing to do. */
bool logfeed_step(struct logfeed *feed, bool background, uint64_t now_ns);
/* What the line at a place is asked, in sum over all logs; what: of logfeed_ask or _look_for. */
struct logscan_sum logfeed_asked(struct logfeed *feed);
struct logscan_sum logfeed_looked(struct logfeed *feed);
/* How many that are looked for come before a place; of those asked for. */
uint64_t logfeed_looked_before(struct logfeed *feed, const struct logfeed_place *place);
/* How many lines were written since a place, which moves over them; at most `most`. */
uint64_t logfeed_written(struct logfeed *feed, struct logfeed_place *at, uint64_t most);
/* How many that are asked for begin at or after a place. */
uint64_t logfeed_asked_since(struct logfeed *feed, const struct logfeed_place *place);

#endif
