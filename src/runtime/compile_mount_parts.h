/* compile_mount_parts.h - what the files of mounts share. For compile*.c only. */
#ifndef RUNTIME_COMPILE_MOUNT_PARTS_H
#define RUNTIME_COMPILE_MOUNT_PARTS_H

#include "runtime/compile_parts.h"

/* The options of a mount, read. */
struct mount_flags {
	uint64_t set, clear, propagation;
	uint64_t deep_set, deep_clear; /* on all mounts below */
	bool copy_up;
	bool bind, recursive, flat;
	const char *subpath;
	struct strs data;
};

/* The caller frees out->data, also on failure. */
int compile_mount_flags(
	struct compiler *c, const struct spec_mount *mount, struct mount_flags *out);

/* The path without ".", ".." and doubled slashes; "/" for the root. */
void compile_normalize(const char *path, struct buf *out);
const struct spec_mount *compile_find_mount(const struct spec *spec, const char *destination);
/* The tree at hand is mounted there; type: S_IFDIR, S_IFREG, 0 as it is found. */
void compile_attach(struct compiler *c, const char *destination, uint64_t type);

/* ---- compile_devices.c ---- */

/* Nobody makes devices in a user namespace: where somebody outside cannot do it either, the host's
 * are shown. */
bool compile_lends_devices(const struct compiler *c);
void compile_lend_devices(struct compiler *c);
/* Into the tmpfs of /dev, while it is a detached tree. */
int compile_fill_dev(struct compiler *c);
/* Devices that do not lie in /dev, and those of a root without one. */
int compile_remaining_devices(struct compiler *c);

#endif
