/* policy.h - restart policies where no shim applied them: after a boot, or when the service starts.
 * What a shim does after an exit is in shim/restart.h. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/roster.h"

/* As docker's daemon decides when it starts: whoever never ran is not started, and of those that a
 * user stopped only `always`, and `on-failure` when its recorded code was not 0. */
bool policy_wants_start(const struct row *row);
/* Of one whose monitor and process were killed: what the monitor would have decided. */
bool policy_wants_restart(const struct row *row);

struct policy_choice {
	unsigned number;
	uint64_t created_ns;
	char id[ROW_ID_LEN + 1];
	char name[sizeof(((struct row *)0)->name)];
};
/* All that policy_wants_start, oldest first: what joins another's namespaces was made after it. The
 * caller frees *out. */
int policy_choose(
	struct roster *roster, struct policy_choice **out, size_t *count, struct err *err);

#endif
