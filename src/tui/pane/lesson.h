/* lesson.h - lessons on the screen. */
#ifndef TUI_PANE_LESSON_H
#define TUI_PANE_LESSON_H

#include "tui/pane/pane.h"

/* The ith shipped one, from its beginning. */
struct pane *lesson_new(struct app *app, size_t i);

#endif
