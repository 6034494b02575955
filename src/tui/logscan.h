/* logscan.h - where in a log of any size the lines are that are asked for.
 *
 * The log is looked through in chunks of 256 KiB, in slices, nearest first to where somebody waits
 * for an answer, then from the end backwards. Of each chunk the number of lines that were met is
 * kept, and their places while they are few; where they are many, one chunk is looked through again
 * when they are wanted. Ten gigabytes take two megabytes, whatever is found. */
#ifndef TUI_LOGSCAN_H
#define TUI_LOGSCAN_H

#include "tui/logquery.h"

struct logscan;

enum logscan_answer {
	LOGSCAN_NONE,
	LOGSCAN_FOUND,
	LOGSCAN_LATER, /* that part was not looked through yet; the next steps begin there */
};

struct logscan_sum {
	uint64_t hits, lines; /* lines: when logquery_counts */
	uint64_t bytes, size; /* looked through, of how many */
	bool done;
	bool whole; /* all that was there at the beginning is looked through */
};

/* Everything is lent. NULL: out of memory. */
struct logscan *logscan_new(struct world *world, struct world_log *log, struct logquery *query);
void logscan_free(struct logscan *scan);
own_define(logscan)

/* Looks through what the log has grown by, or part of a chunk; without background, one that
 * somebody waits for. False: there was nothing to do. */
bool logscan_step(struct logscan *scan, bool background, uint64_t now_ns);
/* The first line asked for that begins at or after an offset; the last that begins before one. */
enum logscan_answer logscan_next(struct logscan *scan, uint64_t offset, uint64_t *out);
enum logscan_answer logscan_previous(struct logscan *scan, uint64_t offset, uint64_t *out);
struct logscan_sum logscan_sum(struct logscan *scan);
/* How many begin before an offset, of the part that was looked through. */
uint64_t logscan_rank(struct logscan *scan, uint64_t offset);
/* The beginning of the first line at or after an offset. */
uint64_t logscan_line_from(struct world *world, struct world_log *log, uint64_t offset);

#endif
