/* image_jobs.h - images that come and go: pull, push, save and load, asked for in forms. */
#ifndef TUI_PANE_IMAGE_JOBS_H
#define TUI_PANE_IMAGE_JOBS_H

#include "tui/pane/pane.h"

/* name: of the selected image, or "". False: the action is none of these. */
bool image_job_act(struct app *app, enum action action, const char *name);

#endif
