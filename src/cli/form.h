/* form.h - one JSON object in the form --format asks for: inspect, version, info, explain. */
#ifndef CLI_FORM_H
#define CLI_FORM_H

#include <cjson/cJSON.h>

#include "cli/cli.h"
#include "util/err.h"
#include "util/buf.h"
#include "util/own.h"

/* Exit code of a template that does not parse, as docker has it. */
enum { FORM_BAD = 64 };

struct form;
/* format NULL or "": indented JSON; "json": on one line; else a Go template. */
int form_new(const char *format, struct form **out, struct err *err);
void form_free(struct form *form);
own_define(form)
bool form_is_template(const struct form *form);
/* Appends the object and a newline. */
int form_put(const struct form *form, const cJSON *json, struct buf *out, struct err *err);

/* The object of that name, owned by the caller. */
typedef int form_find(
	struct cli *cli, const void *context, const char *who, cJSON **out, struct err *err);
/* Prints every operand that was found, then says what was not; gives the exit code. */
int form_put_found(const struct form *form, struct cli *cli, form_find *find, const void *context,
	const struct operands *operands);

#endif
