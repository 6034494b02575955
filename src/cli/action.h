/* action.h - which commands change something, and the record that each leaves
 * (core/engine_actions.h). */
#ifndef CLI_ACTION_H
#define CLI_ACTION_H

#include "cli/cli.h"

/* It makes a container: the record is about that, not about the image among its operands. id "": it
 * is not there yet; name NULL: the one that it got. */
void action_made(struct cli *cli, const char *id, const char *name);
/* Once the command has ended, with its engine still open. Does nothing for one that only looks. */
void action_record(struct cli *cli, int code);

#endif
