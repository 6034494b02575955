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

/* As text, for so many columns; 0: as wide as its lines are. One unit for all times, lines cut
 * where the columns end, from 110 on a bar that shows where in the whole a span lies. */
void explain_put_timeline(
	const struct timeline *timeline, bool proofs, unsigned columns, struct buf *out);
/* Gives the exit code. form NULL: as text. */
int explain_timeline(struct cli *cli, const struct timeline_wish *wish, const struct form *form);

#endif
