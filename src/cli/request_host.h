/* request_host.h - run's and create's options about how a container meets its host: devices,
 * limits, namespaces, profiles, logs, health. A part of request.h. */
#ifndef CLI_REQUEST_HOST_H
#define CLI_REQUEST_HOST_H

#include "cli/args.h"
#include "core/engine.h"

struct request_host {
	struct strs devices, device_rules, weight_devices;
	struct strs read_bps, write_bps, read_iops, write_iops;
	struct strs annotations, security, log_opts, storage_opts;
	struct strs uid_maps, gid_maps;
	const char *pid, *ipc, *uts, *cgroupns, *userns, *subuid_name, *subgid_name, *cgroup_parent;
	const char *log_driver, *runtime, *isolation, *volume_driver;
	int64_t blkio_weight, cpu_period, cpu_quota, cpu_rt_period, cpu_rt_runtime, swappiness;
	bool oom_kill_disable, init, no_healthcheck, trust_disabled;
	const char *health_cmd;
	int64_t health_interval, health_timeout, health_start_period, health_start_interval,
		health_retries;
};

/* Their table: values are at `host` of struct request_values. */
extern const struct option request_host_options[];

/* Into the request; what is refused or wrong is said by name. */
int request_host_build(
	const struct request_host *host, struct container_request *request, struct err *err);

#endif
