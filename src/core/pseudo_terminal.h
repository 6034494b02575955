/* pseudo_terminal.h - a terminal for a program that somebody else listens to (pty(7)). */
#ifndef CORE_PSEUDO_TERMINAL_H
#define CORE_PSEUDO_TERMINAL_H

#include "util/err.h"

enum { PSEUDO_TERMINAL_NAME = 64 };

/* Our end, close-on-exec, the caller's to close; name: the path of the other end. */
int pseudo_terminal_open(
	unsigned rows, unsigned columns, char name[PSEUDO_TERMINAL_NAME], struct err *err);

#endif
