/* engine_hood.h - the façade (core/engine.h): under the hood of a running container.
 *
 * What the kernel itself says of it, row by row, each with its proof: the file that shows the same,
 * and a command of ordinary tools that does. Read anew at every call; nothing is remembered. */
#ifndef CORE_ENGINE_HOOD_H
#define CORE_ENGINE_HOOD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/engine_base.h"

enum hood_part {
	HOOD_NAMESPACES,
	HOOD_CGROUPS,
	HOOD_MOUNTS,
	HOOD_CAPABILITIES,
	HOOD_SECCOMP,
	HOOD_IDENTITY,
	HOOD_ENVIRONMENT, /* values named like secrets are hidden */
	HOOD_PROCESSES,
	HOOD_NETWORK,
	HOOD_RECORDS,
	HOOD_PARTS
};
enum { HOOD_ALL = (1 << HOOD_PARTS) - 1 };

const char *hood_part_name(enum hood_part part); /* "namespaces", … */
/* HOOD_PARTS: none of that name. */
enum hood_part hood_part_find(const char *name);

/* Texts are printable, whatever the container did; "" where there is nothing to say. */
struct hood_row {
	enum hood_part part;
	const char *name;    /* "pid", "memory", "/etc/hosts", "NET_RAW" */
	const char *value;   /* "own", "12.4M of 64M", "kept" */
	const char *words;   /* what that means, in one sentence */
	const char *proof;   /* "/proc/812/ns/pid" */
	const char *command; /* "readlink /proc/812/ns/pid" */
	bool open_door;      /* here it is not kept apart from the host */
};

struct hood;

/* parts: a mask of 1 << enum hood_part. who NULL: the host, as this process has it; of it there are
 * no records, cgroups and network. -ESRCH "container x is not running": then only HOOD_RECORDS can
 * be had. Blocks for about a millisecond; the caller frees *out. */
int engine_hood(
	struct engine *engine, const char *who, unsigned parts, struct hood **out, struct err *err);
void hood_free(struct hood *hood); /* NULL is fine */
/* In the order of parts; lent until hood_free. */
const struct hood_row *hood_rows(const struct hood *hood, size_t *count);
/* The row of the same part and name, or NULL. */
const struct hood_row *hood_find(const struct hood *hood, enum hood_part part, const char *name);

#endif
