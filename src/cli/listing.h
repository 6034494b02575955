/* listing.h - rows of things (containers, images, events) in the form --format asks for.
 *
 *     (nothing), table      columns under their headers        json        one object a line
 *     table TEMPLATE        the template's columns             TEMPLATE    as it stands, once a row
 *
 * A listing names its fields once; each is computed only when the form shows it. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include <stdbool.h>

#include "cli/output.h"
#include "util/err.h"
#include "util/strs.h"

struct field {
	const char *name;   /* ".Names"; NULL ends the table */
	const char *header; /* "NAMES" */
	void (*put)(struct buf *out, const void *row);
	/* Instead of put, for what takes a word: {{.Label "key"}}. */
	void (*look)(struct buf *out, const void *row, const char *word);
};

struct listing;
/* columns: the names shown without --format, ending with NULL; type: what a row is called in an
 * error. */
int listing_new(const char *format, const struct field *fields, const char *const *columns,
	const char *type, struct listing **out, struct err *err);
void listing_free(struct listing *listing);
/* Whether rows will show this field. */
bool listing_wants(const struct listing *listing, const char *field);
int listing_add(struct listing *listing, const void *row, struct err *err);
/* Puts what was added, with its headers, into out. */
void listing_end(struct listing *listing, struct buf *out);
/* For a stream: puts what was added since the last time, without a table. */
void listing_drain(struct listing *listing, struct buf *out);
/* "a,b,c", as docker joins labels. */
void listing_put_list(struct buf *out, const struct strs *list);
/* At most len characters, the last of them "…": docker's formatter. */
void listing_put_short(struct buf *out, const char *text, size_t len);

#endif
