/* kernel.h - what this kernel can do that 5.10, our oldest, cannot.
 *
 * A launch reads it in two system calls: uname(2), for each feature has a version it came
 * with, and clone3(2) with nothing, which tells a kernel from a sandbox that hides its newer
 * half behind ENOSYS. kernel_probe asks the kernel itself, feature by feature, for `info`.
 *
 * DAVIT_KERNEL switches features off, to run old code paths on a new kernel: a list of a
 * version ("6.1": nothing that came later) and of "-name". */
#ifndef RUNTIME_KERNEL_H
#define RUNTIME_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

#define KERNEL_VERSION_OF(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor) << 8)
#define KERNEL_OLDEST                   KERNEL_VERSION_OF(5, 10)

enum kernel_feature {
	KERNEL_NEW_MOUNT,     /* fsopen, fsmount, open_tree, move_mount: 5.2 */
	KERNEL_PIDFD_OPEN,    /* 5.3 */
	KERNEL_OPENAT2,       /* 5.6 */
	KERNEL_TIME_NS,       /* CLONE_NEWTIME: 5.6 */
	KERNEL_INTO_CGROUP,   /* CLONE_INTO_CGROUP: 5.7 */
	KERNEL_SOCKET_LOOKUP, /* a program chooses the socket: 5.9 */
	KERNEL_CLOSE_RANGE,   /* 5.9; its CLOEXEC flag 5.11 */
	KERNEL_VOLATILE,      /* overlay's volatile: 5.10 */
	KERNEL_USERXATTR,     /* overlay in a user namespace: 5.11 */
	KERNEL_MOUNT_SETATTR, /* recursive read-only, idmapped mounts: 5.12 */
	KERNEL_LANDLOCK,      /* 5.13 */
	KERNEL_CGROUP_KILL,   /* 5.14 */
	KERNEL_OVERLAY_IDMAP, /* idmapped mounts as overlay layers: 5.19 */
	KERNEL_TMPFS_IDMAP,   /* idmapped mounts of tmpfs: 6.3 */
	KERNEL_LOWERDIR_PLUS, /* one fsconfig a layer: 6.5 */
	KERNEL_PIDFD_EXIT,    /* PIDFD_GET_INFO tells the exit code of who is not our child: 6.15 */
	KERNEL_MOUNT_DETACHED, /* mounts attached to mounts not yet attached: 6.15 */
	KERNEL_TREE_NAMESPACE, /* OPEN_TREE_NAMESPACE: 7.0 */
	KERNEL_FEATURES
};

struct kernel {
	uint32_t version; /* KERNEL_VERSION_OF what it says, or what it is to pass for */
	uint64_t features;
};

/* override: DAVIT_KERNEL's value, or NULL. -EINVAL names a word of it that means nothing;
 * -ENOSYS: older than KERNEL_OLDEST. */
int kernel_read(const char *override, struct kernel *out, struct err *err);
/* The pure half of it: release as uname(2) says it ("6.1.0-18-amd64"). */
int kernel_derive(const char *release, const char *override, struct kernel *out, struct err *err);
/* Clears every feature that the kernel, asked directly, does not have. Some ten system calls. */
void kernel_probe(struct kernel *kernel);

bool kernel_has(const struct kernel *kernel, enum kernel_feature feature);
const char *kernel_feature_name(enum kernel_feature feature); /* "lowerdir+" */

#endif
