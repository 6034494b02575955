#include "core/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/plan.h"
#include "util/own.h"

static bool has_more_tries(const struct row *row)
{
	return row->state.exit_code &&
	       (!row->restart_max || row->state.restarts < row->restart_max);
}

static bool wants(const struct row *row, bool by_hand)
{
	switch (row->restart ? row->restart - 1 : PLAN_RESTART_NO) {
	case PLAN_RESTART_ALWAYS:
		return true;
	case PLAN_RESTART_UNLESS_STOPPED:
		return !by_hand;
	case PLAN_RESTART_ON_FAILURE:
		return has_more_tries(row);
	default:
		return false;
	}
}

static bool has_ended(const struct row *row)
{
	return row->use == ROW_USED && row->state.status == ROW_EXITED && row->state.started_ns &&
	       !(row->state.flags & ROW_AUTO_REMOVE);
}

bool policy_wants_start(const struct row *row)
{
	return has_ended(row) && wants(row, row->state.flags & ROW_BY_HAND);
}

bool policy_wants_restart(const struct row *row)
{
	return has_ended(row) && row->state.flags & ROW_CODE_LOST &&
	       !(row->state.flags & ROW_BY_HAND) && wants(row, false);
}

static int oldest_first(const void *a, const void *b)
{
	const struct policy_choice *x = a, *y = b;

	return x->created_ns < y->created_ns ? -1 : x->created_ns > y->created_ns;
}

int policy_choose(struct roster *roster, struct policy_choice **out, size_t *count, struct err *err)
{
	unsigned last = roster_last(roster);
	struct policy_choice *list = calloc(last + 1, sizeof(*list));
	size_t used = 0;
	struct row row;

	if (!list)
		return err_set(err, ENOMEM, "apply restart policies: out of memory");
	for (unsigned i = 1; i <= last; i++) {
		struct policy_choice *choice = &list[used];

		if (roster_read(roster, i, &row) < 0 || !policy_wants_start(&row))
			continue;
		choice->number = i;
		choice->created_ns = row.created_ns;
		snprintf(choice->id, sizeof(choice->id), "%.64s", row.id);
		snprintf(choice->name, sizeof(choice->name), "%s", row.name);
		used++;
	}
	qsort(list, used, sizeof(*list), oldest_first);
	*out = list;
	*count = used;
	return 0;
}
