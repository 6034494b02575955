/* template.h - Go's text/template, as --format takes it.
 *
 * Rules: https://pkg.go.dev/text/template (the language and its error texts) and
 * docker's extra functions: json split join title lower upper pad truncate.
 * Data is JSON: an object is a map, an integral number an int. One difference is
 * wanted: int and float compare with each other, since JSON has only one number.
 * A template may be run many times; it keeps nothing of a run. */
#ifndef UTIL_TEMPLATE_H
#define UTIL_TEMPLATE_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

struct template;

/* JSON does not say which objects are structs (a name that is missing is the user's mistake) and
 * which are maps (it is an answer), nor what a null would have been. Members of these names are: */
enum template_shape {
	TEMPLATE_MAP,     /* prints map[] when null; a missing key is "no value" */
	TEMPLATE_STRINGS, /* the same, and `index` of a missing key is "" */
	TEMPLATE_LIST,    /* prints [] when null */
	TEMPLATE_POINTER, /* to a struct or a number: false, and <nil>, when null */
	TEMPLATE_TEXT,    /* "" when it is left out */
};

struct template_type {
	const char *name;
	enum template_shape shape;
	bool is_left_out; /* of the JSON when empty (Go's omitempty), but a template may name it */
};

struct template_options {
	const char *type;                  /* what the data is called in an error; NULL: a map */
	const struct template_type *types; /* ends with a NULL name; NULL: every object is a map */
	/* What the data does beside having members: {{.Label "key"}}. False: it has no such method.
	 * NULL: none. */
	bool (*method)(void *context, const char *name, const char *argument, struct buf *out);
	void *context;
};

/* -EINVAL with Go's sentence ("template: :1: unclosed action"). The caller owns *out. */
int template_parse(const char *text, struct template **out, struct err *err);
void template_free(struct template *tmpl);
own_define(template)

/* Appends to out; on failure what was printed before the mistake stays there, as in Go. */
int template_run(const struct template *tmpl, const cJSON *data,
	const struct template_options *options, struct buf *out, struct err *err);

/* Whether a run may look at this member of the data, so that dear ones are computed on demand. */
bool template_wants(const struct template *tmpl, const char *member);

#endif
