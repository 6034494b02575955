/* replay.h - the pane of timelines: how something was done, span by span, live while it is done. */
#ifndef TUI_PANE_REPLAY_H
#define TUI_PANE_REPLAY_H

#include "tui/pane/pane.h"

enum { REPLAY_KINDS = 3 };

/* What may be looked at of one thing: kinds, ended by TIMELINE_KINDS, the first at first. title
 * NULL: whoever it stands in has one. NULL: out of memory. */
struct replay_wish {
	enum timeline_kind kinds[REPLAY_KINDS + 1];
	const char *title;
	unsigned step; /* of a build; 0: all */
};
struct pane *replay_new(struct app *app, const char *who, const struct replay_wish *wish);

/* Opens the timeline of a pull or a build; step: of a build, counted from 1; 0: all. */
void replay_job(struct app *app, const struct job *job, unsigned step);
const char *replay_why_not_job(const struct job *job); /* NULL: there is one */

#endif
