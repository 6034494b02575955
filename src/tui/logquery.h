/* logquery.h - which lines of a log are asked for: by stream, by filter, by pattern; all at once.
 *
 * What is compared is what would be seen: the line without its escape sequences. Its level and its
 * time are found out only when the filter asks for them. */
#ifndef TUI_LOGQUERY_H
#define TUI_LOGQUERY_H

#include "tui/filter.h"
#include "tui/pattern.h"
#include "tui/world.h"

/* Fields: level, stream, since, until, text. For completing too. */
extern const struct filter_set logquery_fields;

struct logquery;

struct logquery_parts {
	bool want_stdout, want_stderr;
	const struct filter *filter; /* lent; NULL: any line */
	struct pattern *pattern;     /* likewise */
};

/* NULL: out of memory. */
struct logquery *logquery_new(const struct world *world, const struct logquery_parts *parts);
void logquery_free(struct logquery *query);
own_define(logquery)

/* A line of a log: as log_next gives it, or time_ns 0 when it must be asked for. */
bool logquery_meets(struct logquery *query, struct world_log *log, const struct log_piece *line,
	uint64_t now_ns);
/* Of the lines in bytes[0..len) of one stream: where the first might be that is asked for, as far
 * as can be told many bytes at once; len: none is. */
size_t logquery_skip(
	const struct logquery *query, enum session_stream stream, const char *bytes, size_t len);
/* Lines that are skipped are not counted. */
bool logquery_counts(const struct logquery *query);

#endif
