/* recorded.h - a world of plain rows, told line by line, for screens without an engine.
 *
 *     container NAME STATE [code=N] [image=I] [up=SECONDS] [cpu=PERCENT] [mem=BYTES] [tty] [oom]
 *         [grace=SECONDS] [stopping] …
 *     log NAME out|err[@SECONDS-AGO] TEXT…      flood NAME LINES MILLISECONDS-APART
 *     file NAME (it is there)           image REFERENCE size=BYTES [used=N]
 *     event ACTION NAME                 many N        N running containers with a log each
 *     resting N                         the same, and they use no processor
 *     restless N                        the same, and all their figures change with every reading
 *     layer, wrote, thousands         files (recorded_layers.c)
 *     broken TEXT                       nothing can be read from now on, because; without: it can
 *     shop                              ten containers in all states, four images
 *
 * In values and texts, "\e", "\r", "\n", "\t", "\xNN" and "\s" (a blank) stand for bytes. */
#ifndef SUPPORT_RECORDED_H
#define SUPPORT_RECORDED_H

#include "tui/world.h"

enum { RECORDED_NOW_S = 1772460300 }; /* 2026-03-02 14:05:00 UTC */

struct recorded;

struct recorded *recorded_new(void);
void recorded_free(struct recorded *recorded);
struct world *recorded_world(struct recorded *recorded);
/* False: the line says nothing known. Tells the listener what changed. */
bool recorded_tell(struct recorded *recorded, const char *line);
/* The clock of its figures; until then it is the machine's own. */
void recorded_set_now(struct recorded *recorded, int64_t now_ms);

/* What was asked of the world, one a line ("stop shop/web"), and what its session was sent. Lent.
 */
const char *recorded_acts(const struct recorded *recorded);
const char *recorded_typed(const struct recorded *recorded);
/* Ends every act under way; error NULL: well. */
void recorded_finish(struct recorded *recorded, const char *error);
/* Answers the first of what was asked about files; false: nothing was. */
bool recorded_answer(struct recorded *recorded);
void recorded_output(struct recorded *recorded, const char *text);
void recorded_end_session(struct recorded *recorded, int exit_code);
/* What the command that was started last prints, and its end. */
void recorded_prints(struct recorded *recorded, const char *text);
void recorded_command_ends(struct recorded *recorded, int code);
bool recorded_has_session(const struct recorded *recorded);
size_t recorded_unescape(char *text); /* in place; the new length */

#endif
