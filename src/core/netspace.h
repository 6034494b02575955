/* netspace.h - the network namespace that networks are in.
 *
 * With rights over the host's network that is the host's own, and everything here does nothing. A
 * davit without them (rootless) has a namespace of its own, RUN_ROOT/n/space, that
 * `davit-shim uplink` makes and keeps (runtime/launch_uplink.h). This process stays in the host's:
 * what is to be done in the other is done by a thread that goes there and ends, because nobody
 * comes back from there. Sockets belong to where they were opened. */
#ifndef CORE_NETSPACE_H
#define CORE_NETSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine_own.h"
#include "runtime/launch_uplink.h"

/* Whether networks are in a namespace of our own. */
bool netspace_is_own(const struct engine *engine);
/* Whether there is somewhere to be: always, unless it is our own and nobody needs it now. */
bool netspace_is_up(struct engine *engine);
/* Makes it so for the next moment. */
int netspace_need(struct engine *engine, struct err *err);

/* Calls what(arg) in there, on another thread if need be; its result, or -ENOENT and a sentence
 * when there is no such place. */
typedef int (*netspace_fn)(void *arg);
int netspace_do(struct engine *engine, netspace_fn what, void *arg, struct err *err);
/* The namespace, the caller's to close; -1: we are in it. */
int netspace_open(struct engine *engine, int *out, struct err *err);

/* ---- ties: who needs it (runtime/launch_uplink.h) ---- */

/* The caller's to close, or to hand to a monitor. -1 where nothing is needed. */
int netspace_tie(struct engine *engine, int *tie, struct err *err);
/* Until packets can leave, or the sentence why they cannot. */
int netspace_lead_out(struct engine *engine, int tie, struct err *err);
/* The socket of that port is served from now on. */
/* keep: the rules lead answers back to the client (rules.h). */
int netspace_publish(
	int tie, const struct net_mapping *mapping, bool keep, int socket, struct err *err);
void netspace_unpublish(struct engine *engine, const struct net_mapping *mapping);
/* Whoever made it goes, and the namespace: for a run root that is about to. Waits for it. */
void netspace_end(struct engine *engine);
/* -ENOENT: nothing runs. */
int netspace_status(struct engine *engine, struct uplink_message *out);

#endif
