/* signals.h - "9", "KILL", "SIGKILL", "RTMIN+3"; "0" asks only whether it is there. */
#ifndef OCI_SIGNALS_H
#define OCI_SIGNALS_H

#include "util/err.h"

int signals_number(const char *text, int *out, struct err *err);

#endif
