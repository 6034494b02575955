/* parts.h - where the rest of davit is: beside the executable (a build tree), or in ../lib/davit
 * (installed). */
#ifndef CORE_PARTS_H
#define CORE_PARTS_H

#include "util/err.h"

struct parts;

int parts_open(struct parts **out, struct err *err);
void parts_close(struct parts *parts);
/* O_PATH fds, lent, opened on first use; negative errno when missing (err says where it was looked
 * for). */
int parts_shim(struct parts *parts, struct err *err);
/* Closed until it is asked for again: closing a mount of our own waits for the kernel, and right
 * after a birth there is time. Only for who works on one thread. */
void parts_shim_done(struct parts *parts);
/* The caller's to close. */
int parts_init(struct parts *parts, struct err *err);
int parts_runtime(struct parts *parts, struct err *err);
int parts_self(struct parts *parts, struct err *err);

#endif
