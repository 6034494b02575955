/* forms.h - what needs words before it can be done to containers and images. Each shows the command
 * line that does the same. */
#ifndef TUI_PANE_FORMS_H
#define TUI_PANE_FORMS_H

#include "tui/pane/pane.h"

/* A container from an image; image "": it is asked for, too. */
void run_form_open(struct app *app, const char *image);
/* Limits and the restart policy of these. */
void limits_form_open(struct app *app, struct row *const *rows, size_t count);
/* An image of what it is now, made by a job. */
void commit_form_open(struct app *app, const struct row *row);
/* Any command in a container that runs. */
void exec_form_open(struct app *app, const struct row *row);
/* Its image has no shell: offers one beside it. */
void debug_ask(struct app *app, const struct row *row);
/* One line at the bottom. */
void rename_ask(struct app *app, const struct row *row);
void tag_ask(struct app *app, const char *who, const char *reference);

#endif
