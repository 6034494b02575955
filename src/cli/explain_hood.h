/* explain_hood.h - explain --hood and --why: what a container is made of, and why it ended. */
#ifndef CLI_EXPLAIN_HOOD_H
#define CLI_EXPLAIN_HOOD_H

#include "cli/form.h"
#include "util/strs.h"

struct hood_wish {
	const struct strs *parts; /* names; empty: all */
	const char *beside;       /* a container, or "host"; NULL */
	bool proofs;
};

/* Each gives the exit code. form NULL: as text. */
int explain_hood(
	struct cli *cli, const char *who, const struct hood_wish *wish, const struct form *form);
int explain_why(struct cli *cli, const char *who, const struct form *form);

#endif
