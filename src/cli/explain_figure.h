/* explain_figure.h - explain --figure: a drawing of what is really there. */
#ifndef CLI_EXPLAIN_FIGURE_H
#define CLI_EXPLAIN_FIGURE_H

#include "cli/form.h"

/* object: NULL when none was given. Gives the exit code. form NULL: as boxes. */
int explain_figure(struct cli *cli, const char *name, const char *object, bool proofs,
	const struct form *form);

#endif
