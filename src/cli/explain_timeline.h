/* explain_timeline.h - explain --launch, --stop, --restart, --pull and --build: work as it was
 * done.
 */
#ifndef CLI_EXPLAIN_TIMELINE_H
#define CLI_EXPLAIN_TIMELINE_H

#include "cli/form.h"

struct timeline_wish {
	enum timeline_kind kind;
	const char *who;
	unsigned step; /* of a build; 0: all */
	bool proofs;   /* the system calls, and what shows the same, below each line */
};

/* Gives the exit code. form NULL: as text. */
int explain_timeline(struct cli *cli, const struct timeline_wish *wish, const struct form *form);

#endif
