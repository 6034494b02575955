/* network_own.h - what the files behind core/network.h share. */
#ifndef CORE_NETWORK_OWN_H
#define CORE_NETWORK_OWN_H

#include <cjson/cJSON.h>

#include "core/network.h"
#include "core/rules.h"

/* ---- network_record.c: STORE/networks/<id>.json, docker's inspect object and "Bridge" ---- */

/* All records, sorted by name; makes those of "bridge", "host" and "none" when they are missing.
 * The caller frees it. */
int records_list(struct engine *engine, struct network **out, size_t *count, struct err *err);
/* The object of one; the caller deletes it. */
int record_read(struct engine *engine, const char *id, cJSON **out, struct err *err);
int record_write(struct engine *engine, const struct network *network,
	const struct network_request *request, struct err *err);
int record_remove(struct engine *engine, const char *id, struct err *err);

/* docker's word for the kind: "bridge", "host", "null". */
const char *network_driver(enum network_kind kind);

/* ---- network_pool.c: subnets for networks that name none ---- */

/* A free one from the pools, apart from what the host can reach and what other networks have.
 * -ENOSPC in docker's words. */
int pool_choose(struct engine *engine, unsigned family, const struct network *others, size_t count,
	struct subnet *out, struct err *err);
/* -EINVAL in docker's words when it overlaps another network's. */
int pool_check(
	const struct subnet *subnet, const struct network *others, size_t count, struct err *err);

/* ---- network.c ---- */

/* RUN_ROOT/n, made if missing; lent fd is the caller's to close. */
int networks_run_dir(struct engine *engine, struct err *err);
/* Whoever changes networks or rules holds it. */
int networks_lock(struct engine *engine, int *lock, struct err *err);
typedef void (*network_known_fn)(struct engine *engine, const char *id, void *arg);
/* Of every network that is made ready in this boot. */
void networks_each_known(struct engine *engine, network_known_fn each, void *arg);
/* Directory, table of names, bridge; not its rules. Under the lock. */
int network_settle(struct engine *engine, const struct network *network, struct err *err);
/* network_settle, the rules, and forwarding, if there is anywhere to do it now (netspace.h). */
int network_bring_up(struct engine *engine, const struct network *network, struct err *err);
/* The other way round: bridge, directory. */
void network_unsettle(struct engine *engine, const struct network *network);
/* Every network of this store leaves the host: bridges, directories, our table. */
void network_tear_down(struct engine *engine);
/* Among those in list: by name, id, or unique prefix. */
int network_among(const struct network *list, size_t count, const char *who, struct network *out,
	struct err *err);

/* "net.ipv4.…" of the host as a path below /proc/sys; false when it cannot be written. */
bool host_sysctl_write(const char *path, const char *value);
bool host_sysctl_is(const char *path, const char *value);

#endif
