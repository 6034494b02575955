/* cgroup_pressure.h - what cgroups say of throttling and stalls, read from their text. Pure. */
#ifndef RUNTIME_CGROUP_PRESSURE_H
#define RUNTIME_CGROUP_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

/* The number after "key " at the beginning of a line; 0 when there is none. */
uint64_t cgroup_text_value(const char *text, const char *key);
/* "QUOTA PERIOD" in processors; 0 for "max" or -1: no limit. */
double cgroup_text_cpus(const char *text);
/* "some avg10=1.50 …\nfull avg10=0.00 …"; false when it is no such text. */
bool cgroup_text_stall(const char *text, double *some, double *full);

#endif
