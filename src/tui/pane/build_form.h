/* build_form.h - what is to be built, filled in. */
#ifndef TUI_PANE_BUILD_FORM_H
#define TUI_PANE_BUILD_FORM_H

#include "tui/pane/pane.h"

/* like: a build whose words it begins with; NULL: of the last one. NULL when out of memory. */
struct pane *build_form_new(struct app *app, const struct job *like);

#endif
