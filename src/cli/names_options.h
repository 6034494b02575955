/* names_options.h - --dns, --dns-search, --dns-option and --add-host, checked in docker's words. */
#ifndef CLI_NAMES_OPTIONS_H
#define CLI_NAMES_OPTIONS_H

#include "cli/request.h"

/* One --add-host, added to `out` as "NAME:ADDRESS". */
int names_host(const char *given, struct strs *out, struct err *err);

/* -EINVAL names the option and the value. */
int names_options(
	const struct request_values *values, struct container_request *request, struct err *err);

#endif
