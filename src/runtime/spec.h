/* spec.h - what to run: the OCI runtime specification's config.json, version 1.2.
 *
 * One struct a JSON object, members named as there; spec_schema.c says how each is
 * read, written, bounded and freed. What a runtime must refuse rather than ignore
 * (Intel RDT, ...) is refused by name; unknown members are ignored, as the
 * specification demands. 0, NULL and empty mean "not given" unless there is a `set`. */
#ifndef RUNTIME_SPEC_H
#define RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

/* linux.seccomp of a container without a filter; none at all means the default one. */
#define SPEC_SECCOMP_NONE "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}"
/* The type of a mount that a running container lends: its source is that one's id, and it lies
 * where it does there. */
#define SPEC_MOUNT_PEER "davit-peer"

enum { SPEC_SIZE_MAX = 4 << 20, SPEC_LIST_MAX = 4096 };

/* A number for which 0 is an answer too. */
struct spec_number {
	bool set;
	int64_t value;
};

#define spec_list(type)                                                                            \
	struct {                                                                                   \
		type *v;                                                                           \
		size_t len;                                                                        \
	}

struct spec_user {
	uint32_t uid, gid;
	struct spec_number umask;
	spec_list(struct spec_number) additional_gids;
	/* "user[:group]", looked up in the container's own passwd and group at the launch. When
	 * given it wins over uid and gid: what an image or `-u` names is known only inside the
	 * root. */
	char *username;
	struct strs group_names; /* additional groups, looked up likewise */
};

struct spec_caps {
	struct strs bounding, effective, permitted, inheritable, ambient;
};

struct spec_rlimit {
	char *type; /* "RLIMIT_NOFILE" */
	uint64_t soft, hard;
};

struct spec_scheduler {
	char *policy; /* "SCHED_BATCH" */
	struct spec_number nice;
	int64_t priority;
	struct strs flags;
	uint64_t runtime, deadline, period; /* ns */
};

struct spec_io_priority {
	char *class; /* "IOPRIO_CLASS_BE" */
	int64_t priority;
};

struct spec_process {
	bool terminal;
	uint32_t rows, columns; /* consoleSize */
	struct spec_user user;
	struct strs args, env;
	char *cwd;
	struct spec_caps capabilities;
	bool has_capabilities; /* none given at all: the process keeps none */
	spec_list(struct spec_rlimit) rlimits;
	bool no_new_privileges;
	struct spec_number oom_score_adj;
	char *apparmor_profile, *selinux_label;
	struct spec_scheduler scheduler;
	bool has_scheduler;
	struct spec_io_priority io_priority;
	bool has_io_priority;
	char *cpus_initial, *cpus_final; /* of an exec: while it is made, and afterwards */
};

struct spec_namespace {
	char *type; /* "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" */
	char *path; /* join this one; NULL: a new one */
};

struct spec_id_map {
	uint32_t container_id, host_id, size;
};

struct spec_mount {
	char *destination, *type, *source;
	struct strs options;
	spec_list(struct spec_id_map) uid_mappings, gid_mappings;
};

struct spec_hook {
	char *path;
	struct strs args, env;
	struct spec_number timeout; /* seconds */
};

typedef spec_list(struct spec_hook) spec_hooks;

/* In the order in which they are called. */
struct spec_all_hooks {
	spec_hooks prestart, create_runtime, create_container, start_container, poststart, poststop;
};

struct spec_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct spec_memory_policy {
	char *mode; /* "MPOL_INTERLEAVE" */
	char *nodes;
	struct strs flags;
};

struct spec_device {
	char *type, *path; /* "c", "u", "b", "p" */
	int64_t major, minor;
	struct spec_number file_mode, uid, gid;
};

struct spec_device_rule {
	bool allow;
	char *type;                      /* "a" (or none), "c", "b" */
	struct spec_number major, minor; /* unset or -1: any */
	char *access;                    /* of "rwm"; none: all */
};

struct spec_memory {
	int64_t limit, reservation, swap; /* bytes; -1: no limit */
	struct spec_number swappiness;
	bool disable_oom_killer;
};

struct spec_cpu {
	uint64_t shares;
	int64_t quota; /* us in a period; -1: no limit */
	uint64_t period;
	char *cpus, *mems;
	struct spec_number idle;
	uint64_t rt_period;
	int64_t rt_runtime; /* us in a period of real-time scheduling */
	uint64_t burst;
};

struct spec_throttle {
	int64_t major, minor;
	uint64_t rate;
};

struct spec_block_io {
	uint32_t weight;                                /* 10 to 1000 */
	spec_list(struct spec_throttle) weight_devices; /* rate: the weight */
	spec_list(struct spec_throttle) read_bps, write_bps, read_iops, write_iops;
};

struct spec_hugepage {
	char *page_size; /* "2MB" */
	uint64_t limit;
};

struct spec_resources {
	spec_list(struct spec_device_rule) devices;
	struct spec_memory memory;
	struct spec_cpu cpu;
	int64_t pids_limit; /* -1: no limit */
	struct spec_block_io block_io;
	spec_list(struct spec_hugepage) hugepages;
	struct strs unified; /* "memory.high=1000": v2 files, written as they are */
};

struct spec_linux {
	spec_list(struct spec_namespace) namespaces;
	spec_list(struct spec_id_map) uid_mappings, gid_mappings;
	spec_list(struct spec_device) devices;
	char *cgroups_path;
	struct spec_resources resources;
	char *rootfs_propagation;
	struct strs sysctl; /* "net.ipv4.ip_forward=1" */
	struct strs masked_paths, readonly_paths;
	char *seccomp; /* the object's JSON text; NULL: no filter */
	char *mount_label;
	char *personality; /* "LINUX32" */
	struct spec_offset monotonic, boottime;
	struct spec_memory_policy memory_policy;
	bool has_memory_policy;
};

struct spec {
	char *oci_version;
	struct spec_process process;
	struct {
		char *path;
		bool readonly;
	} root;
	char *hostname, *domainname;
	spec_list(struct spec_mount) mounts;
	struct spec_linux lnx;
	struct strs annotations; /* carried, never acted upon */
	struct spec_all_hooks hooks;
};

/* NULL: out of memory. */
struct spec *spec_new(void);
void spec_free(struct spec *spec);
own_define(spec)

/* Reads and checks a config.json; the caller frees *out. -EINVAL: a sentence that names the
 * field, "config.json: process.args: must not be empty". */
int spec_read(const char *json, size_t len, struct spec **out, struct err *err);
/* A process alone, as `exec --process` brings it: in a spec that is otherwise empty. */
int spec_read_process(const char *json, size_t len, struct spec **out, struct err *err);
/* linux.resources alone, as `update --resources` brings them. */
int spec_read_resources(const char *json, size_t len, struct spec **out, struct err *err);
/* What JSON's types cannot say: required fields, absolute paths, no namespace twice... */
int spec_check(const struct spec *spec, struct err *err);
/* Of the process alone, as an exec brings it. */
int spec_check_process(const struct spec_process *process, struct err *err);
int spec_check_resources(const struct spec_resources *res, struct err *err);
/* Compact JSON; reading it again gives the same spec. -ENOMEM. */
int spec_write(const struct spec *spec, struct buf *out);

/* Grow a list of the spec by one zeroed element, to be filled; NULL: out of memory. */
#define spec_grow(list)                                                                            \
	((__typeof__((list)->v))spec_grow_bytes(                                                   \
		(void **)&(list)->v, &(list)->len, sizeof(*(list)->v)))
void *spec_grow_bytes(void **v, size_t *len, size_t size);

/* `options` is a comma-separated list or NULL. -ENOMEM. */
int spec_add_mount(struct spec *spec, const char *destination, const char *type, const char *source,
	const char *options);
/* Takes mount number `at` out. */
void spec_drop_mount(struct spec *spec, size_t at);
/* A second namespace of a type replaces the first; path may be NULL. */
int spec_set_namespace(struct spec *spec, const char *type, const char *path);
void spec_drop_namespace(struct spec *spec, const char *type);
/* NULL: the container shares the host's. */
const struct spec_namespace *spec_find_namespace(const struct spec *spec, const char *type);

#endif
