/* device_option.h - --device and its relatives, as docker writes them. Pure. */
#ifndef CORE_DEVICE_OPTION_H
#define CORE_DEVICE_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* "HOST[:CONTAINER][:rwm]"; the strings are the caller's to free. */
struct device_option {
	char *host, *container;
	char access[4];
};
int device_option_read(const char *text, struct device_option *out, struct err *err);
void device_option_fini(struct device_option *device);

/* "c 13:* rwm"; -1 is any. */
struct device_rule {
	char type; /* 'a', 'b' or 'c' */
	int64_t major, minor;
	char access[4];
};
int device_option_rule(const char *text, struct device_rule *out, struct err *err);

/* "/dev/sda:1mb" (bps: with a unit), "/dev/sda:1000"; *path is the caller's to free. */
int device_option_rate(const char *text, bool bps, char **path, uint64_t *rate, struct err *err);
/* "/dev/sda:300" */
int device_option_weight(const char *text, char **path, unsigned *weight, struct err *err);

#endif
