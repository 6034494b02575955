/* etc_networks.h - a container's /etc in line with the networks that it is on now. */
#ifndef CORE_ETC_NETWORKS_H
#define CORE_ETC_NETWORKS_H

#include "util/err.h"

struct engine;

/* By its `net` (core/network.h), without one: by none. Before every start, when its addresses are
 * leased, and whenever a running container is connected or disconnected. own and run are its
 * directories. Fails in etc_follow's words. */
int etc_follow_networks(struct engine *engine, const char *id, int own, int run, struct err *err);

#endif
