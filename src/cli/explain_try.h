/* explain_try.h - explain --try: a system call, tried behind a container's walls. */
#ifndef CLI_EXPLAIN_TRY_H
#define CLI_EXPLAIN_TRY_H

#include "cli/form.h"

/* Gives the exit code: 0 when it was tried, whatever came of it. form NULL: as text. */
int explain_try(struct cli *cli, const char *who, const char *call, const struct form *form);

#endif
