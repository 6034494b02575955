/* engine_container.h - the façade (core/engine.h): containers, read and changed. */
#ifndef CORE_ENGINE_CONTAINER_H
#define CORE_ENGINE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

/* ---- containers: reading ---- */

enum container_state {
	CONTAINER_CREATED = 1,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_REMOVING,
	CONTAINER_EXITED,
	CONTAINER_DEAD,
};
const char *container_state_name(enum container_state state); /* docker's words */

enum container_health {
	CONTAINER_HEALTH_NONE, /* no health check, or it has never begun */
	CONTAINER_HEALTH_STARTING,
	CONTAINER_HEALTH_HEALTHY,
	CONTAINER_HEALTH_UNHEALTHY,
};
const char *container_health_name(enum container_health health); /* likewise */

struct container {
	char id[65];
	char name[136];
	char image[200]; /* as given to run; may be cut */
	char image_id[65];
	char command[136]; /* may be cut */
	enum container_state state;
	bool oom_killed, by_hand, auto_remove, tty, stdin_open;
	bool has_ports; /* its last start published or exposed ports: engine_container_ports */
	bool stopping;  /* it runs, and was asked to end by a stop or a restart */
	bool code_lost; /* exited while nobody watched: exit_code is 255 */
	int pid;        /* of its init, in our pid namespace; 0: none */
	int exit_code;
	unsigned restarts;
	enum container_health health;
	unsigned failing_streak;
	uint64_t created_ns, started_ns, finished_ns; /* CLOCK_REALTIME; 0: never */
	char error[168]; /* why the last start failed, or what became of its monitor */
};

/* A snapshot, newest first, corrected for what died unseen; the caller frees it with free(). */
int engine_containers(
	struct engine *engine, struct container **out, size_t *count, struct err *err);
/* By full id, then name, then unique id prefix. -ENOENT "No such container: x". */
int engine_container(
	struct engine *engine, const char *who, struct container *out, struct err *err);
/* docker's inspect object; the caller deletes it (cJSON_Delete). */
int engine_container_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);
/* The same of one that engine_containers or engine_container told of, as it was then, without
 * finding it again. */
int engine_container_describe(struct engine *engine, const struct container *container,
	struct cJSON **out, struct err *err);

struct container_stats {
	bool valid;         /* it was running */
	uint64_t cpu_ns;    /* used by all its processes */
	uint64_t system_ns; /* by the whole host, over all processors */
	unsigned processors;
	uint64_t memory, memory_limit; /* bytes; docker's "usage": without inactive file pages */
	uint64_t pids, pids_limit;     /* limit 0: none */
	uint64_t read_bytes, written_bytes;  /* block devices */
	uint64_t received_bytes, sent_bytes; /* network, without loopback */
};
/* Reads counters now (files are kept open between calls); percentages are differences between two
 * calls. */
int engine_stats(
	struct engine *engine, const char *id, struct container_stats *out, struct err *err);

struct container_process {
	int pid, ppid;              /* as the host counts */
	int container_pid;          /* as the container does; 0: not known */
	unsigned uid, tty, threads; /* effective; a device number, 0: none */
	char state;                 /* ps's letter */
	uint64_t started_ns;        /* CLOCK_REALTIME */
	uint64_t cpu_ns, virtual_bytes, resident_bytes;
	char name[64];      /* safe to show, and so is this: */
	char command[1024]; /* with arguments; may be cut */
};
/* All that run in it now, by pid; the caller frees it with free(). -ESRCH "container X is not
 * running". */
int engine_container_processes(struct engine *engine, const char *who,
	struct container_process **out, size_t *count, struct err *err);

/* A signal to one of them, if it is the process that began then: a number may be another's by now.
 * -ESRCH when it has ended. */
int engine_process_signal(struct engine *engine, const char *who, int pid, uint64_t started_ns,
	int signal, struct err *err);

/* ---- containers: changing ---- */

struct container_request {
	const char *image, *name; /* name NULL: a random one */
	struct strs command;      /* empty: the image's */
	struct strs entrypoint;
	bool has_entrypoint; /* --entrypoint was given, perhaps as "" */
	struct strs env;     /* KEY=value, already resolved; later ones win */
	struct strs labels;
	const char *hostname, *domainname, *workdir, *user, *platform;
	bool tty, stdin_open, stdin_once, auto_remove, read_only, strict;
	bool privileged;
	int64_t memory, memory_swap,
		memory_reservation; /* bytes; 0: not given; swap -1: unlimited */
	int64_t nano_cpus;          /* 1e9 is one processor */
	int64_t cpu_shares;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids_limit; /* 0: not given; -1: unlimited */
	struct strs networks; /* "NAME" or "name=NAME,ip=…,ip6=…,mac-address=…,alias=…"; empty:
				 the default bridge; "host", "none" and "container:WHO" are alone */
	struct strs publish; /* -p: "[[ADDRESS:]HOST-PORTS:]PORTS[/PROTOCOL]" */
	struct strs expose;  /* --expose: "PORTS[/PROTOCOL]" */
	bool publish_all;    /* -P */
	/* As docker writes them (core/mount_option.h): */
	struct strs dns, dns_search, dns_options; /* each replaces what the host has */
	struct strs extra_hosts;  /* "NAME:ADDRESS", the address perhaps "host-gateway" */
	struct strs binds;        /* -v */
	struct strs mounts;       /* --mount */
	struct strs volumes_from; /* "CONTAINER[:ro]" */
	struct strs tmpfs;        /* --tmpfs */
	struct strs cap_add, cap_drop;
	/* core/device_option.h: */
	struct strs devices, device_rules;                      /* --device, --device-cgroup-rule */
	struct strs read_bps, write_bps, read_iops, write_iops; /* "DEVICE:RATE" */
	struct strs weight_devices;                             /* "DEVICE:WEIGHT" */
	int64_t blkio_weight;                                   /* 10 to 1000; 0: not given */
	int64_t cpu_period, cpu_quota, cpu_rt_period, cpu_rt_runtime; /* microseconds */
	int64_t swappiness;                                           /* 0 to 100; -1: not given */
	bool oom_kill_disable;
	bool init; /* our own reaper is the first process */
	/* "", "host", "private", "container:WHO"; ipc also "none" and "shareable". NULL: as "". */
	const char *pid_mode, *ipc_mode, *uts_mode, *cgroupns_mode, *userns_mode;
	/* core/ids_option.h: */
	struct strs uid_maps, gid_maps;
	const char *subuid_name, *subgid_name;
	const char *cgroup_parent; /* NULL: ours */
	struct strs security;    /* --security-opt; "seccomp=" and a profile's JSON, not its file */
	struct strs annotations; /* "key=value" */
	const char *log_driver;  /* "json-file", "local" or "none"; NULL: the first */
	struct strs log_options; /* as given, for inspect */
	struct strs owned;       /* what plain strings point to that nobody else keeps */
	bool attach_stdin, attach_stdout, attach_stderr; /* for inspect */
	struct strs ulimits;                             /* "nofile=1024:2048" */
	struct strs sysctls;                             /* "KEY=value" */
	struct strs groups;                              /* --group-add */
	const char *stop_signal;                         /* NULL: the image's */
	int stop_timeout;        /* seconds; -1: for ever; INT_MIN: not given */
	const char *healthcheck; /* docker's Config.Healthcheck as JSON text, over the image's;
				  * NULL: the image's */
	const char *restart;     /* "no", "always", "unless-stopped", "on-failure[:N]"; NULL: no */
	uint64_t log_max_bytes;  /* 0: never rotated */
	unsigned log_files;
	uint64_t shm_size; /* 0: 64 MiB */
	int oom_score_adj;
	unsigned rows, columns; /* of the terminal it will be shown on; 0: unknown */
};
void container_request_init(struct container_request *request);
void container_request_fini(
	struct container_request *request); /* the lists; plain strings stay the caller's */

struct op *engine_create(
	struct engine *engine, const struct container_request *request, op_done_fn done, void *arg);
struct op *engine_start(struct engine *engine, const char *who, op_done_fn done, void *arg);
/* timeout_s: -1 waits for ever, INT_MIN the container's own (10 s by default); signal 0: the
 * container's own. */
struct op *engine_stop(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg);
struct op *engine_restart(struct engine *engine, const char *who, int signal, int timeout_s,
	op_done_fn done, void *arg);
struct op *engine_kill(
	struct engine *engine, const char *who, int signal, op_done_fn done, void *arg);
struct op *engine_pause(struct engine *engine, const char *who, op_done_fn done, void *arg);
struct op *engine_unpause(struct engine *engine, const char *who, op_done_fn done, void *arg);
struct op *engine_remove(struct engine *engine, const char *who, bool force, bool volumes,
	op_done_fn done, void *arg);
struct op *engine_rename(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg);
/* Every container that does not run. result.lines: the ids. */
struct op *engine_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);
/* Until it is not running (at once when it is not); with next_exit, until the next exit in any
 * case. */
struct op *engine_wait(
	struct engine *engine, const char *who, bool next_exit, op_done_fn done, void *arg);

#endif
