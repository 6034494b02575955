/* network_options.h - what the options of a network's driver mean, docker's com.docker.network.*:
 * one table, read when a network is made and when its record is. Pure. */
#ifndef CORE_NETWORK_OPTIONS_H
#define CORE_NETWORK_OPTIONS_H

#include "core/network.h"
#include "util/err.h"
#include "util/strs.h"

/* "NAME=VALUE" entries. Names outside docker's own space are anybody's notes and pass. -ENOTSUP:
 * docker has it and we do not; -EINVAL: the value is none of its kind. */
int network_options_check(const struct strs *options, struct err *err);
/* Sets what they say of mtu, isolated, masquerade and publish_on, and docker's defaults where they
 * say nothing. They have been checked; what has not is as if it were not there. */
void network_options_take(const struct strs *options, struct network *out);
/* The bridge's name of the user's choice; NULL or "": ours. Lent by the list. */
const char *network_options_bridge(const struct strs *options);

#endif
