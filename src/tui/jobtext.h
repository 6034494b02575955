/* jobtext.h - jobs in few words: a state as sign, word and role; how far it is; how long. */
#ifndef TUI_JOBTEXT_H
#define TUI_JOBTEXT_H

#include "core/engine.h"
#include "tui/format.h"
#include "tui/keymap.h"

enum { JOBTEXT_MAX = 120 };

struct job_look {
	enum glyph glyph;
	enum role role;
	const char *word;
};
struct job_look jobtext_state(const struct job *job);

/* "0.4s", "37s", "1:12", "2:03:11" */
const char *jobtext_span(uint64_t ns, char out[FIGURE_MAX]);
/* Of what still runs, whole seconds: "0:41", "2:03:11". */
const char *jobtext_clock(uint64_t ns, char out[FIGURE_MAX]);
/* How long it has run, or did; 0: that is not known. */
uint64_t jobtext_elapsed(const struct job *job, uint64_t real_ns);
/* That in words: "0:41" while it runs, "1.9s" when it is over, "-" when it is not known. */
const char *jobtext_took(const struct job *job, uint64_t real_ns, char out[FIGURE_MAX]);
/* "step 4/9", "63% 12/19M", "12M", or "". */
const char *jobtext_progress(const struct job *job, char out[JOBTEXT_MAX]);
/* 0 to 1 where a total is known, else -1. */
double jobtext_part(const struct job *job);
/* "ETA 0:52 (last time 1:21)", where the same was done before; or "". */
const char *jobtext_eta(const struct job *job, uint64_t real_ns, char out[JOBTEXT_MAX]);
/* "build api:1.10": what it is, and what about. */
const char *jobtext_name(const struct job *job, char out[JOBTEXT_MAX]);
/* The command as one would type it. */
void jobtext_command(const struct job *job, struct buf *out);
/* The nth of what can be copied of a job, as pane_ops.copies has it. */
bool jobtext_copies(const struct job *job, size_t nth, const char **what, struct buf *text);
/* Why an action would do nothing about it now; NULL: it would, or is not about jobs. job may be
 * NULL. */
const char *jobtext_why_not(const struct job *job, enum action action);

#endif
