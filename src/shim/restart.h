/* restart.h - docker's restart policy as a pure function of what happened.
 *
 * The pause before a restart doubles from 100 ms to a minute and begins anew after a run of ten
 * seconds; a container that a user stopped is never restarted by its policy (it is cancelled until
 * the next start). */
#ifndef SHIM_RESTART_H
#define SHIM_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/plan.h"

struct restart {
	uint32_t count;    /* since the last start by hand */
	uint32_t pause_ms; /* the one before the next restart; 0: none yet */
};

/* Whether to restart; then *pause_ms says after how long, and count has grown. */
bool restart_decide(struct restart *restart, const struct plan_header *plan, int exit_code,
	bool by_hand, uint64_t ran_ns, uint32_t *pause_ms);

#endif
