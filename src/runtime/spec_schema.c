#include "runtime/spec_schema.h"

#include <sys/resource.h>

#include "runtime/spec.h"

#define AT(member) .offset = offsetof(T, member)
#define STR(key, member)                                                                           \
	{                                                                                          \
		key, SPEC_STR, AT(member)                                                          \
	}
#define STRS(key, member)                                                                          \
	{                                                                                          \
		key, SPEC_STRS, AT(member)                                                         \
	}
#define MAP(key, member)                                                                           \
	{                                                                                          \
		key, SPEC_MAP, AT(member)                                                          \
	}
#define BOOL(key, member)                                                                          \
	{                                                                                          \
		key, SPEC_BOOL, AT(member)                                                         \
	}
#define U64(key, member)                                                                           \
	{                                                                                          \
		key, SPEC_U64, AT(member)                                                          \
	}
#define U32(key, member)                                                                           \
	{                                                                                          \
		key, SPEC_U32, AT(member), .max = UINT32_MAX                                       \
	}
#define I64(key, member, low, high)                                                                \
	{                                                                                          \
		key, SPEC_I64, AT(member), .min = low, .max = high                                 \
	}
#define NUMBER(key, member, low, high)                                                             \
	{                                                                                          \
		key, SPEC_NUMBER, AT(member), .min = low, .max = high                              \
	}
#define LIST(key, member, of)                                                                      \
	{                                                                                          \
		key, SPEC_LIST, AT(member), .type = &(of)                                          \
	}
#define OBJECT(key, member, of)                                                                    \
	{                                                                                          \
		key, SPEC_OBJECT, AT(member), .type = &(of)                                        \
	}
#define CHOICE(key, member, list)                                                                  \
	{                                                                                          \
		key, SPEC_STR, AT(member), .choices = list                                         \
	}
#define REFUSED(name)                                                                              \
	{                                                                                          \
		.key = name, .kind = SPEC_REFUSED                                                  \
	}
#define END                                                                                        \
	{                                                                                          \
		.key = NULL                                                                        \
	}
#define TYPE(name, struct_type)                                                                    \
	static const struct spec_type name = {sizeof(struct_type), name##_fields}

enum { MAJOR_MAX = 0xfff, MINOR_MAX = 0xfffff };

static const char *const rlimit_names[] = {"RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA",
	"RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE",
	"RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
	"RLIMIT_SIGPENDING", "RLIMIT_STACK", NULL};
static const char *const namespace_names[] = {
	"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time", NULL};
static const char *const scheduler_names[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",
	"SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE", NULL};
static const char *const io_names[] = {
	"IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE", NULL};
static const char *const memory_modes[] = {"MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND",
	"MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE", NULL};
static const char *const personalities[] = {"LINUX", "LINUX32", NULL};
static const char *const device_types[] = {"c", "u", "b", "p", NULL};
static const char *const rule_types[] = {"a", "c", "b", NULL};
static const char *const propagations[] = {"private", "rprivate", "slave", "rslave", "shared",
	"rshared", "unbindable", "runbindable", NULL};

#define T struct spec_user
static const struct spec_field user_fields[] = {
	{"uid", SPEC_U32, AT(uid), .always = true, .max = INT32_MAX},
	{"gid", SPEC_U32, AT(gid), .always = true, .max = INT32_MAX},
	NUMBER("umask", umask, 0, 0777),
	{"additionalGids", SPEC_NUMBERS, AT(additional_gids), .max = INT32_MAX},
	STR("username", username),
	STRS("groupNames", group_names),
	END,
};
TYPE(user, T);
#undef T
#define T struct spec_caps
static const struct spec_field caps_fields[] = {
	STRS("bounding", bounding),
	STRS("effective", effective),
	STRS("permitted", permitted),
	STRS("inheritable", inheritable),
	STRS("ambient", ambient),
	END,
};
TYPE(caps, T);
#undef T
#define T struct spec_rlimit
static const struct spec_field rlimit_fields[] = {
	CHOICE("type", type, rlimit_names),
	{"soft", SPEC_U64, AT(soft), .always = true},
	{"hard", SPEC_U64, AT(hard), .always = true},
	END,
};
TYPE(rlimit, T);
#undef T
#define T struct spec_scheduler
static const struct spec_field scheduler_fields[] = {
	CHOICE("policy", policy, scheduler_names),
	NUMBER("nice", nice, -20, 19),
	I64("priority", priority, 0, 99),
	STRS("flags", flags),
	U64("runtime", runtime),
	U64("deadline", deadline),
	U64("period", period),
	END,
};
TYPE(scheduler, T);
#undef T
#define T struct spec_io_priority
static const struct spec_field io_priority_fields[] = {
	CHOICE("class", class, io_names),
	{"priority", SPEC_I64, AT(priority), .always = true, .min = 0, .max = 7},
	END,
};
TYPE(io_priority, T);
#undef T
#define T struct spec_process
static const struct spec_field console_fields[] = {
	{"height", SPEC_U32, AT(rows), .max = UINT16_MAX},
	{"width", SPEC_U32, AT(columns), .max = UINT16_MAX},
	END,
};
TYPE(console, T);
static const struct spec_field affinity_fields[] = {
	STR("initial", cpus_initial),
	STR("final", cpus_final),
	END,
};
TYPE(affinity, T);
static const struct spec_field process_fields[] = {
	BOOL("terminal", terminal),
	{"consoleSize", SPEC_OBJECT, .type = &console},
	{"user", SPEC_OBJECT, AT(user), .always = true, .type = &user},
	STRS("args", args),
	STRS("env", env),
	STR("cwd", cwd),
	{"capabilities", SPEC_OBJECT, AT(capabilities), .type = &caps,
		.present = offsetof(T, has_capabilities)},
	LIST("rlimits", rlimits, rlimit),
	BOOL("noNewPrivileges", no_new_privileges),
	NUMBER("oomScoreAdj", oom_score_adj, -1000, 1000),
	STR("apparmorProfile", apparmor_profile),
	STR("selinuxLabel", selinux_label),
	{"scheduler", SPEC_OBJECT, AT(scheduler), .type = &scheduler,
		.present = offsetof(T, has_scheduler)},
	{"ioPriority", SPEC_OBJECT, AT(io_priority), .type = &io_priority,
		.present = offsetof(T, has_io_priority)},
	{"execCPUAffinity", SPEC_OBJECT, .type = &affinity},
	END,
};
TYPE(process, T);
#undef T
#define T struct spec_id_map
static const struct spec_field id_map_fields[] = {
	{"containerID", SPEC_U32, AT(container_id), .always = true, .max = UINT32_MAX},
	{"hostID", SPEC_U32, AT(host_id), .always = true, .max = UINT32_MAX},
	U32("size", size),
	END,
};
TYPE(id_map, T);
#undef T
#define T struct spec_mount
static const struct spec_field mount_fields[] = {
	STR("destination", destination),
	STR("type", type),
	STR("source", source),
	STRS("options", options),
	LIST("uidMappings", uid_mappings, id_map),
	LIST("gidMappings", gid_mappings, id_map),
	END,
};
TYPE(mount, T);
#undef T
#define T struct spec_namespace
static const struct spec_field namespace_fields[] = {
	CHOICE("type", type, namespace_names),
	STR("path", path),
	END,
};
TYPE(namespace, T);
#undef T
#define T struct spec_hook
static const struct spec_field hook_fields[] = {
	STR("path", path),
	STRS("args", args),
	STRS("env", env),
	NUMBER("timeout", timeout, INT32_MIN, INT32_MAX),
	END,
};
TYPE(hook, T);
#undef T
#define T struct spec_memory_policy
static const struct spec_field memory_policy_fields[] = {
	CHOICE("mode", mode, memory_modes),
	STR("nodes", nodes),
	STRS("flags", flags),
	END,
};
TYPE(memory_policy, T);
#undef T
#define T struct spec_offset
static const struct spec_field offset_fields[] = {
	I64("secs", secs, INT32_MIN, INT32_MAX),
	{"nanosecs", SPEC_U32, AT(nanosecs), .max = 999999999},
	END,
};
TYPE(offset, T);
#undef T
#define T struct spec_device
static const struct spec_field device_fields[] = {
	CHOICE("type", type, device_types),
	STR("path", path),
	I64("major", major, 0, MAJOR_MAX),
	I64("minor", minor, 0, MINOR_MAX),
	NUMBER("fileMode", file_mode, 0, 0177777),
	NUMBER("uid", uid, 0, INT32_MAX),
	NUMBER("gid", gid, 0, INT32_MAX),
	END,
};
TYPE(device, T);
#undef T
#define T struct spec_device_rule
static const struct spec_field device_rule_fields[] = {
	{"allow", SPEC_BOOL, AT(allow), .always = true},
	CHOICE("type", type, rule_types),
	NUMBER("major", major, -1, MAJOR_MAX),
	NUMBER("minor", minor, -1, MINOR_MAX),
	STR("access", access),
	END,
};
TYPE(device_rule, T);
#undef T
#define T struct spec_memory
static const struct spec_field memory_fields[] = {
	I64("limit", limit, -1, INT64_MAX),
	I64("reservation", reservation, -1, INT64_MAX),
	I64("swap", swap, -1, INT64_MAX),
	NUMBER("swappiness", swappiness, 0, 100),
	BOOL("disableOOMKiller", disable_oom_killer),
	END,
};
TYPE(memory, T);
#undef T
#define T struct spec_cpu
static const struct spec_field cpu_fields[] = {
	U64("shares", shares),
	I64("quota", quota, -1, INT64_MAX),
	U64("period", period),
	U64("burst", burst),
	NUMBER("idle", idle, 0, 1),
	STR("cpus", cpus),
	STR("mems", mems),
	I64("realtimeRuntime", rt_runtime, 0, INT64_MAX),
	U64("realtimePeriod", rt_period),
	END,
};
TYPE(cpu, T);
#undef T
#define T struct spec_throttle
static const struct spec_field throttle_fields[] = {
	I64("major", major, 0, MAJOR_MAX),
	I64("minor", minor, 0, MINOR_MAX),
	U64("rate", rate),
	END,
};
TYPE(throttle, T);
static const struct spec_field weight_device_fields[] = {
	I64("major", major, 0, MAJOR_MAX),
	I64("minor", minor, 0, MINOR_MAX),
	{"weight", SPEC_U64, AT(rate)},
	END,
};
TYPE(weight_device, T);
#undef T
#define T struct spec_block_io
static const struct spec_field block_io_fields[] = {
	{"weight", SPEC_U32, AT(weight), .max = 1000},
	LIST("throttleReadBpsDevice", read_bps, throttle),
	LIST("throttleWriteBpsDevice", write_bps, throttle),
	LIST("throttleReadIOPSDevice", read_iops, throttle),
	LIST("throttleWriteIOPSDevice", write_iops, throttle),
	REFUSED("leafWeight"),
	LIST("weightDevice", weight_devices, weight_device),
	END,
};
TYPE(block_io, T);
#undef T
#define T struct spec_hugepage
static const struct spec_field hugepage_fields[] = {
	STR("pageSize", page_size),
	{"limit", SPEC_U64, AT(limit), .always = true},
	END,
};
TYPE(hugepage, T);
#undef T
#define T struct spec_resources
static const struct spec_field pids_fields[] = {
	I64("limit", pids_limit, -1, INT64_MAX),
	END,
};
TYPE(pids, T);
static const struct spec_field resources_fields[] = {
	LIST("devices", devices, device_rule),
	OBJECT("memory", memory, memory),
	OBJECT("cpu", cpu, cpu),
	{"pids", SPEC_OBJECT, .type = &pids},
	OBJECT("blockIO", block_io, block_io),
	LIST("hugepageLimits", hugepages, hugepage),
	MAP("unified", unified),
	REFUSED("network"),
	REFUSED("rdma"),
	END,
};
TYPE(resources, T);
#undef T
#define T struct spec_linux
static const struct spec_field offsets_fields[] = {
	OBJECT("monotonic", monotonic, offset),
	OBJECT("boottime", boottime, offset),
	END,
};
TYPE(offsets, T);
static const struct spec_field personality_fields[] = {
	CHOICE("domain", personality, personalities),
	REFUSED("flags"),
	END,
};
TYPE(personality, T);
static const struct spec_field linux_type_fields[] = {
	LIST("namespaces", namespaces, namespace),
	LIST("uidMappings", uid_mappings, id_map),
	LIST("gidMappings", gid_mappings, id_map),
	LIST("devices", devices, device),
	STR("cgroupsPath", cgroups_path),
	OBJECT("resources", resources, resources),
	CHOICE("rootfsPropagation", rootfs_propagation, propagations),
	MAP("sysctl", sysctl),
	STRS("maskedPaths", masked_paths),
	STRS("readonlyPaths", readonly_paths),
	{"seccomp", SPEC_RAW, AT(seccomp)},
	STR("mountLabel", mount_label),
	REFUSED("intelRdt"),
	{"personality", SPEC_OBJECT, .type = &personality},
	{"timeOffsets", SPEC_OBJECT, .type = &offsets},
	{"memoryPolicy", SPEC_OBJECT, AT(memory_policy), .type = &memory_policy,
		.present = offsetof(T, has_memory_policy)},
	REFUSED("netDevices"),
	END,
};
TYPE(linux_type, T);
#undef T
#define T struct spec
static const struct spec_field root_fields[] = {
	STR("path", root.path),
	BOOL("readonly", root.readonly),
	END,
};
TYPE(root, T);
#undef T
#define T struct spec_all_hooks
static const struct spec_field hooks_fields[] = {
	LIST("prestart", prestart, hook),
	LIST("createRuntime", create_runtime, hook),
	LIST("createContainer", create_container, hook),
	LIST("startContainer", start_container, hook),
	LIST("poststart", poststart, hook),
	LIST("poststop", poststop, hook),
	END,
};
TYPE(hooks, T);
#undef T
#define T struct spec
static const struct spec_field spec_fields[] = {
	STR("ociVersion", oci_version),
	OBJECT("process", process, process),
	{"root", SPEC_OBJECT, .type = &root},
	STR("hostname", hostname),
	STR("domainname", domainname),
	LIST("mounts", mounts, mount),
	OBJECT("linux", lnx, linux_type),
	MAP("annotations", annotations),
	OBJECT("hooks", hooks, hooks),
	END,
};
#undef T

const struct spec_type spec_schema = {sizeof(struct spec), spec_fields};
