#include "shim/restart.h"

enum { FIRST_MS = 100, LAST_MS = 60000 };
#define CALM_NS 10000000000ull

static bool is_wanted(
	const struct restart *restart, const struct plan_header *plan, int exit_code, bool by_hand)
{
	switch (plan->restart) {
	case PLAN_RESTART_ALWAYS:
	case PLAN_RESTART_UNLESS_STOPPED:
		return !by_hand;
	case PLAN_RESTART_ON_FAILURE:
		return !by_hand && exit_code &&
		       (!plan->restart_max || restart->count < plan->restart_max);
	default:
		return false;
	}
}

bool restart_decide(struct restart *restart, const struct plan_header *plan, int exit_code,
	bool by_hand, uint64_t ran_ns, uint32_t *pause_ms)
{
	if (ran_ns >= CALM_NS)
		restart->pause_ms = 0;
	/* The pause grows even when the answer is no, as docker's does. */
	restart->pause_ms = restart->pause_ms ? restart->pause_ms * 2 : FIRST_MS;
	if (restart->pause_ms > LAST_MS)
		restart->pause_ms = LAST_MS;
	*pause_ms = restart->pause_ms;
	if (!is_wanted(restart, plan, exit_code, by_hand))
		return false;
	restart->count++;
	return true;
}
