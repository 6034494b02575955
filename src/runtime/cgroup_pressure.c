/* cgroup_pressure.c - see cgroup_pressure.h. */
#include "runtime/cgroup_pressure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t cgroup_text_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return strtoull(text + len, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

double cgroup_text_cpus(const char *text)
{
	long long quota, period;

	if (sscanf(text, "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0)
		return 0;
	return (double)quota / (double)period;
}

static bool average(const char *text, const char *kind, double *out)
{
	const char *line = strstr(text, kind);

	*out = 0;
	return line && sscanf(line + strlen(kind), " avg10=%lf", out) == 1;
}

bool cgroup_text_stall(const char *text, double *some, double *full)
{
	average(text, "full", full); /* of the processor it may be missing */
	return average(text, "some", some);
}
