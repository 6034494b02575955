/* settings.h - what the screen lets one choose, by name.
 *
 * A settings file has one "name = value" a line, '#' begins a comment; "filter.NAME = text" is a
 * saved filter. Changing one setting changes its line and leaves the others, comments too, as they
 * are. */
#ifndef TUI_SETTINGS_H
#define TUI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

struct setting {
	const char *name;
	const char *choices; /* "auto dark light", the default first; NULL: any text */
	const char *help;
};

struct settings;

/* With the defaults; NULL when out of memory. */
struct settings *settings_new(void);
void settings_free(struct settings *settings);
own_define(settings)

/* All there are, saved filters apart. */
const struct setting *settings_table(size_t *count);
const struct setting *settings_find(const char *name); /* NULL: there is none */

/* Lent until it is set again; "" for a text that was not. name must be in the table. */
const char *settings_get(const struct settings *settings, const char *name);
bool settings_is(const struct settings *settings, const char *name, const char *value);
/* -EINVAL and a sentence that says what there is. "filter.NAME" with "" forgets it. */
int settings_set(struct settings *settings, const char *name, const char *value, struct err *err);
/* A saved filter, or NULL; and the nth one's name, or NULL. */
const char *settings_filter(const struct settings *settings, const char *name);
const char *settings_filter_name(const struct settings *settings, size_t index);

/* Reads a file; the error names the line, and nothing is changed. */
int settings_parse(struct settings *settings, const char *text, size_t len, struct err *err);
/* A file's text with one setting as it is now; appends to out. */
void settings_edit(const struct settings *settings, const char *name, const char *text, size_t len,
	struct buf *out);

#endif
