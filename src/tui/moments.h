/* moments.h - what was done and what happened, in one order: the Journal's rows. */
#ifndef TUI_MOMENTS_H
#define TUI_MOMENTS_H

#include "tui/actions.h"
#include "tui/filter.h"
#include "tui/model.h"

/* One of the two; lent from the model or the actions, until moments_turn is another. */
struct moment_row {
	const struct act *act;
	const struct happening *event;
};

enum { MOMENTS_MAX = ACTIONS_KEPT + EVENTS_KEPT };

uint64_t moment_time(const struct moment_row *row);
/* Unlike any other row's, as long as it is kept. */
uint64_t moment_key(const struct moment_row *row);
const char *moment_name(const struct moment_row *row);
/* Of whom it is about: an id, or "". */
const char *moment_id(const struct moment_row *row);
/* "ok", "failed", "exit 3", …: how it came out; "" when there is nothing to say. */
const char *moment_result(const struct moment_row *row, char room[24]);

/* Counts up whenever something was done or happened. */
size_t moments_turn(const struct actions *actions, const struct model *model);
/* The nth, newest first, of both together; false: no more. *a and *e: where it goes on, 0 to begin.
 */
bool moments_next(const struct actions *actions, const struct model *model, size_t *a, size_t *e,
	struct moment_row *out);

extern const struct filter_set moment_fields; /* of struct moment_row */

#endif
