#include "cli/request_host.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/request.h"
#include "cli/units.h"
#include "util/json.h"
#include "util/own.h"
#include "util/path.h"

#define at(member) offsetof(struct request_values, host.member)

const struct option request_host_options[] = {
	{"annotation", 0, OPTION_LIST, "map", "Add an annotation to the container",
		at(annotations)},
	{"blkio-weight", 0, OPTION_INT, "uint16",
		"Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
		at(blkio_weight)},
	{"blkio-weight-device", 0, OPTION_LIST, NULL, "Block IO weight (relative device weight)",
		at(weight_devices)},
	{"cgroup-parent", 0, OPTION_STRING, NULL, "Optional parent cgroup for the container",
		at(cgroup_parent)},
	{"cgroupns", 0, OPTION_STRING, NULL, "Cgroup namespace to use (host|private)",
		at(cgroupns)},
	{"cpu-period", 0, OPTION_INT, NULL, "Limit CPU CFS (Completely Fair Scheduler) period",
		at(cpu_period)},
	{"cpu-quota", 0, OPTION_INT, NULL, "Limit CPU CFS (Completely Fair Scheduler) quota",
		at(cpu_quota)},
	{"cpu-rt-period", 0, OPTION_INT, NULL, "Limit CPU real-time period in microseconds",
		at(cpu_rt_period)},
	{"cpu-rt-runtime", 0, OPTION_INT, NULL, "Limit CPU real-time runtime in microseconds",
		at(cpu_rt_runtime)},
	{"device", 0, OPTION_LIST, NULL, "Add a host device to the container", at(devices)},
	{"device-cgroup-rule", 0, OPTION_LIST, NULL,
		"Add a rule to the cgroup allowed devices list", at(device_rules)},
	{"device-read-bps", 0, OPTION_LIST, NULL,
		"Limit read rate (bytes per second) from a device", at(read_bps)},
	{"device-read-iops", 0, OPTION_LIST, NULL, "Limit read rate (IO per second) from a device",
		at(read_iops)},
	{"device-write-bps", 0, OPTION_LIST, NULL,
		"Limit write rate (bytes per second) to a device", at(write_bps)},
	{"device-write-iops", 0, OPTION_LIST, NULL, "Limit write rate (IO per second) to a device",
		at(write_iops)},
	{"disable-content-trust", 0, OPTION_BOOL, NULL, "Skip image verification (default true)",
		at(trust_disabled)},
	{"health-cmd", 0, OPTION_STRING, NULL, "Command to run to check health", at(health_cmd)},
	{"health-interval", 0, OPTION_DURATION, NULL,
		"Time between running the check (ms|s|m|h) (default 0s)", at(health_interval)},
	{"health-retries", 0, OPTION_INT, NULL, "Consecutive failures needed to report unhealthy",
		at(health_retries)},
	{"health-start-interval", 0, OPTION_DURATION, NULL,
		"Time between running the check during the start period (ms|s|m|h) (default 0s)",
		at(health_start_interval)},
	{"health-start-period", 0, OPTION_DURATION, NULL,
		"Start period for the container to initialize before starting health-retries "
		"countdown (ms|s|m|h) (default 0s)",
		at(health_start_period)},
	{"health-timeout", 0, OPTION_DURATION, NULL,
		"Maximum time to allow one check to run (ms|s|m|h) (default 0s)",
		at(health_timeout)},
	{"init", 0, OPTION_BOOL, NULL,
		"Run an init inside the container that forwards signals and reaps processes",
		at(init)},
	{"ipc", 0, OPTION_STRING, NULL, "IPC mode to use", at(ipc)},
	{"isolation", 0, OPTION_STRING, NULL, "Container isolation technology: default",
		at(isolation)},
	{"log-driver", 0, OPTION_STRING, NULL,
		"Logging driver for the container: json-file, local, none", at(log_driver)},
	{"log-opt", 0, OPTION_LIST, NULL, "Log driver options: max-size, max-file", at(log_opts)},
	{"memory-swappiness", 0, OPTION_INT, NULL,
		"Tune container memory swappiness (0 to 100) (default -1)", at(swappiness)},
	{"no-healthcheck", 0, OPTION_BOOL, NULL, "Disable any container-specified HEALTHCHECK",
		at(no_healthcheck)},
	{"oom-kill-disable", 0, OPTION_BOOL, NULL, "Disable OOM Killer", at(oom_kill_disable)},
	{"pid", 0, OPTION_STRING, NULL, "PID namespace to use", at(pid)},
	{"runtime", 0, OPTION_STRING, NULL, "Runtime to use for this container: davit",
		at(runtime)},
	{"security-opt", 0, OPTION_LIST, NULL, "Security Options", at(security)},
	{"storage-opt", 0, OPTION_LIST, NULL, NULL, at(storage_opts)},
	{"subgidname", 0, OPTION_STRING, NULL,
		"User namespace of the groups that NAME has in /etc/subgid", at(subgid_name)},
	{"subuidname", 0, OPTION_STRING, NULL,
		"User namespace of the users that NAME has in /etc/subuid", at(subuid_name)},
	{"gidmap", 0, OPTION_LIST, NULL, "Map of groups: CONTAINER:HOST[:COUNT]", at(gid_maps)},
	{"uidmap", 0, OPTION_LIST, NULL,
		"User namespace with a map of users: CONTAINER:HOST[:COUNT]", at(uid_maps)},
	{"userns", 0, OPTION_STRING, NULL,
		"User namespace to use: host, auto[:size=N], a map, container:NAME, ns:PATH",
		at(userns)},
	{"uts", 0, OPTION_STRING, NULL, "UTS namespace to use", at(uts)},
	{"volume-driver", 0, OPTION_STRING, NULL, "Optional volume driver for the container: local",
		at(volume_driver)},

	{"cpu-count", 0, OPTION_REFUSED, NULL, "it limits containers of Windows: use --cpus", 0},
	{"cpu-percent", 0, OPTION_REFUSED, NULL, "it limits containers of Windows: use --cpus", 0},
	{"gpus", 0, OPTION_REFUSED, NULL,
		"it needs a vendor's hooks: give the devices with --device and its libraries with "
		"-v",
		0},
	{"io-maxbandwidth", 0, OPTION_REFUSED, NULL,
		"it limits containers of Windows: use --device-read-bps and --device-write-bps", 0},
	{"io-maxiops", 0, OPTION_REFUSED, NULL,
		"it limits containers of Windows: use --device-read-iops and --device-write-iops",
		0},
	{"kernel-memory", 0, OPTION_REFUSED, NULL,
		"the kernel has given this limit up (5.16): --memory counts kernel memory too", 0},
	{"link", 0, OPTION_REFUSED, NULL,
		"join both containers to a network of their own and use --network-alias", 0},
	{"use-api-socket", 0, OPTION_REFUSED, NULL,
		"no daemon listens: a socket of davit's is root on this host", 0},
	{NULL, 0, 0, NULL, NULL, 0},
};

/* ---- --security-opt ---- */

/* Its text, on as few lines as it can have, as the engine takes it. */
static int add_profile(struct strs *out, const char *path, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_json *profile = NULL;
	auto_free char *compact = NULL;
	int failed = path_read_at(AT_FDCWD, path, JSON_MAX, &text);

	if (failed)
		return err_set(err, failed, "opening seccomp profile (%s) failed: %s", path,
			err_name(failed));
	if (json_parse(buf_text(&text), text.len, &profile, err) < 0)
		return err_in(err, "compacting json for seccomp profile (%s) failed", path);
	compact = cJSON_PrintUnformatted(profile);
	if (!compact)
		return err_set(err, ENOMEM, "seccomp profile %s: out of memory", path);
	strs_addf(out, "seccomp=%s", compact);
	return 0;
}

static int security(const struct strs *given, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		const char *what = given->v[i], *value = what + strlen("seccomp=");

		if ((!str_has_prefix(what, "seccomp=") && !str_has_prefix(what, "seccomp:")) ||
			str_eq(value, "unconfined") || str_eq(value, "builtin"))
			strs_add(out, what);
		else if (add_profile(out, value, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- logs ---- */

static int log_option(struct container_request *request, const char *what, struct err *err)
{
	struct err why;
	int64_t value;

	if (str_has_prefix(what, "max-size=")) {
		if (units_bytes(what + 9, &value, &why) < 0)
			return err_set(err, EINVAL, "--log-opt %s: %s", what, why.text);
		request->log_max_bytes = (uint64_t)value;
		return 0;
	}
	if (str_has_prefix(what, "max-file=")) {
		char *end;
		unsigned long files = strtoul(what + 9, &end, 10);

		if (end == what + 9 || *end || files < 1 || files > 1000)
			return err_set(err, EINVAL, "--log-opt %s: not a number of files", what);
		request->log_files = (unsigned)files;
		return 0;
	}
	return err_set(err, ENOTSUP,
		"--log-opt %s is not supported: of a log's size, max-size and max-file are", what);
}

static int check_driver(const char *driver, struct err *err)
{
	static const char *const known[] = {"awslogs", "etwlogs", "fluentd", "gcplogs", "gelf",
		"journald", "logentries", "splunk", "syslog"};

	if (!driver || !*driver || str_eq(driver, "json-file") || str_eq(driver, "local") ||
		str_eq(driver, "none"))
		return 0;
	for (size_t i = 0; i < array_len(known); i++)
		if (str_eq(known[i], driver))
			return err_set(err, ENOTSUP,
				"logging driver %s is not supported: use json-file, local or none",
				driver);
	return err_set(err, EINVAL, "logger: no log driver named '%s' is registered", driver);
}

static int logs(const struct request_host *host, struct container_request *request, struct err *err)
{
	int failed = check_driver(host->log_driver, err);

	for (size_t i = 0; !failed && i < host->log_opts.len; i++)
		failed = str_eq(host->log_driver, "none")
				 ? err_set(err, EINVAL, "invalid logging opts for driver none")
				 : log_option(request, host->log_opts.v[i], err);
	request->log_driver = host->log_driver && *host->log_driver ? host->log_driver : NULL;
	strs_copy(&request->log_options, &host->log_opts);
	return failed;
}

/* ---- health ---- */

static int check_health(const struct request_host *host, struct err *err)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {{"interval", host->health_interval}, {"timeout", host->health_timeout},
		{"retries", host->health_retries}, {"start-period", host->health_start_period},
		{"start-interval", host->health_start_interval}};
	bool any = host->health_cmd && *host->health_cmd;

	for (size_t i = 0; i < array_len(numbers); i++) {
		any |= numbers[i].value != 0;
		if (numbers[i].value < 0)
			return err_set(
				err, EINVAL, "--health-%s cannot be negative", numbers[i].name);
	}
	if (host->no_healthcheck && any)
		return err_set(err, EINVAL, "--no-healthcheck conflicts with --health-* options");
	return any || host->no_healthcheck;
}

static void add_number(cJSON *to, const char *key, int64_t value)
{
	if (value)
		cJSON_AddNumberToObject(to, key, (double)value);
}

static void describe_health(const struct request_host *host, cJSON *config)
{
	cJSON *test = NULL;

	if (host->no_healthcheck || (host->health_cmd && *host->health_cmd)) {
		test = cJSON_AddArrayToObject(config, "Test");
		cJSON_AddItemToArray(
			test, cJSON_CreateString(host->no_healthcheck ? "NONE" : "CMD-SHELL"));
	}
	if (test && !host->no_healthcheck)
		cJSON_AddItemToArray(test, cJSON_CreateString(host->health_cmd));
	add_number(config, "Interval", host->health_interval);
	add_number(config, "Timeout", host->health_timeout);
	add_number(config, "StartPeriod", host->health_start_period);
	add_number(config, "StartInterval", host->health_start_interval);
	add_number(config, "Retries", host->health_retries);
}

static int health(
	const struct request_host *host, struct container_request *request, struct err *err)
{
	auto_json *config = NULL;
	auto_free char *text = NULL;
	int any = check_health(host, err);

	if (any <= 0)
		return any;
	config = cJSON_CreateObject();
	describe_health(host, config);
	text = cJSON_PrintUnformatted(config);
	strs_add(&request->owned, text ? text : "");
	if (!text || strs_failed(&request->owned))
		return err_set(err, ENOMEM, "health check: out of memory");
	request->healthcheck = request->owned.v[request->owned.len - 1];
	return 0;
}

/* ---- what there is only one of ---- */

static int check_only(const struct request_host *host, struct err *err)
{
	if (host->runtime && *host->runtime && !str_eq(host->runtime, "davit") &&
		!str_eq(host->runtime, "runc") && !str_eq(host->runtime, "io.containerd.runc.v2"))
		return err_set(err, EINVAL, "unknown or invalid runtime name: %s", host->runtime);
	if (host->isolation && *host->isolation && !str_eq(host->isolation, "default"))
		return err_set(err, EINVAL,
			"invalid isolation (%s): only 'default' is supported on Linux",
			host->isolation);
	if (host->volume_driver && *host->volume_driver && !str_eq(host->volume_driver, "local"))
		return err_set(err, ENOENT,
			"error looking up volume plugin %s: plugin \"%s\" not found",
			host->volume_driver, host->volume_driver);
	if (!host->trust_disabled)
		return err_set(err, ENOTSUP,
			"--disable-content-trust=false is not supported: signatures of images are not checked");
	if (host->storage_opts.len)
		return err_set(err, ENOTSUP,
			"--storage-opt %s is not supported: a container's layer has no quota of its own",
			host->storage_opts.v[0]);
	return 0;
}

static void copy_plain(const struct request_host *host, struct container_request *request)
{
	request->pid_mode = host->pid;
	request->ipc_mode = host->ipc;
	request->uts_mode = host->uts;
	request->cgroupns_mode = host->cgroupns;
	request->userns_mode = host->userns;
	request->subuid_name = host->subuid_name;
	request->subgid_name = host->subgid_name;
	request->cgroup_parent =
		host->cgroup_parent && *host->cgroup_parent ? host->cgroup_parent : NULL;
	request->blkio_weight = host->blkio_weight;
	request->cpu_period = host->cpu_period;
	request->cpu_quota = host->cpu_quota;
	request->cpu_rt_period = host->cpu_rt_period;
	request->cpu_rt_runtime = host->cpu_rt_runtime;
	request->swappiness = host->swappiness;
	request->oom_kill_disable = host->oom_kill_disable;
	request->init = host->init;
}

static int copy_annotations(const struct strs *given, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		if (!strchr(given->v[i], '=') || given->v[i][0] == '=')
			return err_set(err, EINVAL,
				"invalid argument \"%s\" for \"--annotation\" flag: must be key=value",
				given->v[i]);
		strs_set_env(out, given->v[i]);
	}
	return 0;
}

static void copy_lists(const struct request_host *host, struct container_request *request)
{
	strs_copy(&request->devices, &host->devices);
	strs_copy(&request->device_rules, &host->device_rules);
	strs_copy(&request->uid_maps, &host->uid_maps);
	strs_copy(&request->gid_maps, &host->gid_maps);
	strs_copy(&request->weight_devices, &host->weight_devices);
	strs_copy(&request->read_bps, &host->read_bps);
	strs_copy(&request->write_bps, &host->write_bps);
	strs_copy(&request->read_iops, &host->read_iops);
	strs_copy(&request->write_iops, &host->write_iops);
}

int request_host_build(
	const struct request_host *host, struct container_request *request, struct err *err)
{
	int failed = check_only(host, err);

	copy_plain(host, request);
	copy_lists(host, request);
	if (!failed)
		failed = copy_annotations(&host->annotations, &request->annotations, err);
	if (!failed)
		failed = security(&host->security, &request->security, err);
	if (!failed)
		failed = logs(host, request, err);
	return failed ? failed : health(host, request, err);
}
