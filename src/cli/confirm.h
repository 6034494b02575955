/* confirm.h - "are you sure?" before something goes for good. */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include <stdbool.h>

#include "cli/output.h"

/* The warning, docker's question, and the answer from standard input; anything but "y" is a no. */
bool confirm(struct output *out, const char *warning);

#endif
