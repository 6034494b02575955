/* cpuset.h - "0-3,5": processors or memory nodes that a container may use, as the kernel lists them
 * (cpuset(7), "List format"), held against what this host has. */
#ifndef CORE_CPUSET_H
#define CORE_CPUSET_H

#include "util/err.h"

/* Both are lists; -EINVAL in docker's words: wanted is none, or names what is not in available. */
int cpuset_check_cpus(const char *wanted, const char *available, struct err *err);
int cpuset_check_mems(const char *wanted, const char *available, struct err *err);
/* The same with what is online here. */
int cpuset_check(const char *cpus, const char *mems, struct err *err);

#endif
