/* relay.h - a process in the foreground: our terminal is its terminal, our signals are its signals.
 */
#ifndef OCI_RELAY_H
#define OCI_RELAY_H

#include "util/err.h"

/* Before the process is started, so that no signal is lost. */
int relay_prepare(struct err *err);
/* Until it has ended. console: its terminal's master, -1: none. *code: 128 + signal when killed. */
int relay_wait(int pidfd, int console, int *code, struct err *err);

#endif
