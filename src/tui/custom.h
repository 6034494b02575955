/* custom.h - commands of the user's own: a file with one "view.name = how template" a line.
 *
 *     containers.Root shell = terminal davit exec -it -u 0 {{.Name}} sh
 *     images.Scan           = output   trivy image {{.Name}}
 *
 * `terminal` has the whole terminal, `output` is shown in a pane. The template is Go's, as --format
 * takes it; what it puts in is quoted for the shell that runs the line. */
#ifndef TUI_CUSTOM_H
#define TUI_CUSTOM_H

#include "tui/keymap.h"
#include "util/buf.h"
#include "util/strs.h"

struct custom;

struct custom_command {
	enum context context;
	char name[60];
	char text[400];
	bool terminal;
};

/* The error names the line. The caller owns *out. */
int custom_parse(const char *text, size_t len, struct custom **out, struct err *err);
void custom_free(struct custom *custom);
own_define(custom)
/* The nth of a view; NULL: no more. */
const struct custom_command *custom_at(const struct custom *custom, enum context context, size_t n);
/* The line for the shell; fields: "Name=shop/web", … */
int custom_line(const struct custom_command *command, const struct strs *fields, struct buf *out,
	struct err *err);

#endif
