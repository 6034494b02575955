/* scope.h - a transient scope: the cgroup that systemd makes on request, and then leaves alone.
 *
 * Asked for over D-Bus, as one call with properties: begin, say them, start. */
#ifndef RUNTIME_SCOPE_H
#define RUNTIME_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct dbus_bus;

struct scope {
	const char *unit;           /* "davit.scope"; lent */
	const struct dbus_bus *bus; /* whose systemd is asked; NULL: the system's; lent */
	struct buf body;
	size_t properties;
};

#define auto_scope __attribute__((cleanup(scope_fini))) struct scope
void scope_fini(struct scope *scope);

/* In that slice ("system.slice"), delegated, with everything accounted. */
void scope_begin(struct scope *scope, const char *unit, const char *slice, const char *description);
void scope_bool(struct scope *scope, const char *name, bool value);
void scope_i32(struct scope *scope, const char *name, int value);
void scope_u64(struct scope *scope, const char *name, uint64_t value);
void scope_text(struct scope *scope, const char *name, const char *value);
/* A list of one, such as After. */
void scope_texts(struct scope *scope, const char *name, const char *value);
/* Bytes, such as AllowedCPUs: bit 0 of the first is 0. */
void scope_bytes(struct scope *scope, const char *name, const void *bytes, size_t len);
/* A list of one device and its number, such as IOReadBandwidthMax. */
void scope_device(struct scope *scope, const char *name, const char *device, uint64_t value);

/* With this process in it, which systemd moves there; waits until it is done. -EEXIST: there is one
 * of that name. */
int scope_start(struct scope *scope, int pid, struct err *err);
/* Other properties for one that is there, until it ends: begin, say them, make it so. */
void scope_begin_change(struct scope *scope, const char *unit);
int scope_change(struct scope *scope, struct err *err);
/* One more process into a cgroup below it ("/davit/monitors"), from wherever it is. */
int scope_attach(
	const struct dbus_bus *bus, const char *unit, const char *below, int pid, struct err *err);
/* Stops it, if it is still there. */
void scope_stop(const char *unit);
/* Whether systemd is this host's init (sd_booted(3)). */
bool scope_is_possible(void);

#endif
