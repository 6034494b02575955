/* filter.h - one grammar that narrows every list: read once, asked of each row.
 *
 *     filter = and { "|" and } ;
 *     and    = term { term } ;
 *     term   = [ "-" | "!" ] ( field | word | "quoted words" | /regex/[i] | "(" filter ")"
 *                            | @saved ) ;
 *     field  = name op value { "," value } ;
 *     op     = ":" | "=" | "!=" | "~" | ">" | ">=" | "<" | "<=" ;
 *
 * ":" contains, or matches a glob; "=" is all of it; "~" is a regular expression; a comma means any
 * of. A capital makes case matter. Sizes are 10k, 1.5G; times 90s, 3d, 14:02, 2026-11-26, today.
 *
 * Nothing is an error: a word that cannot be what it looks like is plain text, and is told as a
 * range of the text so that whoever typed it sees which. */
#ifndef TUI_FILTER_H
#define TUI_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/own.h"
#include "util/strs.h"

enum {
	FILTER_MAX = 400
}; /* bytes that a prompt lets one type; longer texts are read all the same */

enum filter_kind {
	FILTER_TEXT,
	FILTER_BEGIN,  /* text, met from its beginning: ids */
	FILTER_LONG,   /* text of which a glob meets any part: lines of a log */
	FILTER_RANK,   /* one of `ranks`, in order; number is which */
	FILTER_FLAG,   /* number: 0 no, else yes */
	FILTER_NUMBER, /* number */
	FILTER_SIZE,   /* number, of bytes */
	FILTER_AGE,    /* time_ns, asked how long ago it is: age>3d */
	FILTER_WHEN,   /* time_ns: when>14:00, when:today, when:1h (the last hour) */
	FILTER_SINCE,  /* time_ns: since:10m, since:14:00 */
	FILTER_UNTIL,  /* time_ns */
};

struct filter_field {
	const char *name; /* "cpu"; one that ends with a dot takes a key: "label." is label.tier */
	enum filter_kind kind;
	bool everywhere;          /* words without a field are looked for here, too */
	const char *const *ranks; /* FILTER_RANK: the lowest first, then NULL */
	const char *help;
};

struct filter_value {
	const char *text; /* of the kinds of text: lent until the next call */
	double number;
	uint64_t time_ns;
};

/* The nth value that a row has in a field; false: there is no nth. A container has several ports,
 * and one that does not run no cpu. key: what follows the dot, else NULL. */
typedef bool filter_value_fn(
	const void *row, size_t field, const char *key, size_t nth, struct filter_value *out);

/* What can be asked of a kind of rows: a static table. */
struct filter_set {
	const struct filter_field *fields;
	size_t count;
	filter_value_fn *value;
	const char *example; /* of its fields, beside the prompt; NULL: none */
};

/* What the words may lean on; all of it may be left zeroed. */
struct filter_context {
	uint64_t now_ns; /* CLOCK_REALTIME: "14:02" is today's */
	const char *(*saved)(const void *arg, const char *name);  /* "@name", NULL: none */
	const char *(*saved_name)(const void *arg, size_t index); /* NULL: no more */
	const void *arg;
};

struct filter;

struct filter_bad {
	size_t from, len; /* in the text */
	const char *why;  /* "cpu is a number"; lives as long as the program */
};

/* NULL only when out of memory. set and context->arg are lent until filter_free. */
struct filter *filter_new(
	const struct filter_set *set, const char *text, const struct filter_context *context);
void filter_free(struct filter *filter); /* NULL is fine */
own_define(filter)

const char *filter_text(const struct filter *filter);        /* as typed */
bool filter_says_nothing(const struct filter *filter);       /* every row meets it */
bool filter_asks(const struct filter *filter, size_t field); /* for that field, by its name */
bool filter_meets(const struct filter *filter, const void *row, uint64_t now_ns);
/* What was taken as plain text though it looks like more. */
const struct filter_bad *filter_bad(const struct filter *filter, size_t *count);

struct filter_rows {
	const void *(*at)(const void *arg, size_t index); /* NULL: no more */
	const void *arg;
};

/* "10m" (ago), "14:02", "2026-11-26T14:02", "today" on their own; false: it is no time. */
bool filter_read_time(const char *text, uint64_t now_ns, uint64_t *time_ns);

/* What the word that ends at byte `at` of text may become: fields' names, or values that rows have.
 * Appends to `out`, the likeliest first, and sets *from to where the word begins. */
void filter_complete(const struct filter_set *set, const struct filter_context *context,
	const char *text, size_t at, const struct filter_rows *rows, struct strs *out,
	size_t *from);

#endif
