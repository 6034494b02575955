/* inspect_host.c - the part of docker's inspect object that tells how a container meets its host.
 */
#include <stdio.h>
#include <string.h>

#include "core/device_option.h"
#include "core/inspect_parts.h"
#include "core/network_view.h"
#include "core/wanted.h"
#include "util/own.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* "key=value" each, as an object. */
static cJSON *add_pairs(cJSON *to, const char *key, const struct strs *list)
{
	cJSON *map = cJSON_AddObjectToObject(to, key);

	for (size_t i = 0; i < list->len; i++) {
		auto_free char *name = strdup(list->v[i]);
		char *equals = name ? strchr(name, '=') : NULL;

		if (equals)
			*equals = '\0';
		if (!name)
			continue;
		cJSON_DeleteItemFromObjectCaseSensitive(map, name);
		cJSON_AddStringToObject(map, name, equals ? equals + 1 : "");
	}
	return map;
}

static void add_policies(
	cJSON *host, const struct container_request *request, const struct recipe *recipe)
{
	cJSON *log = cJSON_AddObjectToObject(host, "LogConfig"), *restart;

	cJSON_AddStringToObject(
		log, "Type", request->log_driver ? request->log_driver : "json-file");
	add_pairs(log, "Config", &request->log_options);
	cJSON_AddStringToObject(host, "NetworkMode", wanted_mode_name(recipe->wanted));
	network_view_bindings(recipe->wanted, host);
	restart = cJSON_AddObjectToObject(host, "RestartPolicy");
	cJSON_AddStringToObject(restart, "Name", recipe_restart_name(recipe->restart));
	cJSON_AddNumberToObject(restart, "MaximumRetryCount", recipe->restart_max);
	cJSON_AddBoolToObject(host, "AutoRemove", request->auto_remove);
	cJSON_AddStringToObject(host, "VolumeDriver", "");
}

/* ---- namespaces ---- */

/* What was implied by something else is said, too. */
static const char *userns_mode(const struct container_request *request, const struct spec *spec)
{
	if (request->userns_mode && *request->userns_mode)
		return request->userns_mode;
	if (!spec_find_namespace(spec, "user"))
		return "";
	return request->strict && !request->uid_maps.len && !request->gid_maps.len &&
			       !request->subuid_name && !request->subgid_name
		       ? "auto"
		       : "private";
}

static void add_map(cJSON *to, const struct spec_id_map *map)
{
	char text[40];

	snprintf(text, sizeof(text), "%u:%u:%u", map->container_id, map->host_id, map->size);
	cJSON_AddItemToArray(to, cJSON_CreateString(text));
}

/* As podman shows them. */
static void add_ids(cJSON *host, const struct spec_linux *lnx)
{
	cJSON *both = cJSON_AddObjectToObject(host, "IDMappings");
	cJSON *users = cJSON_AddArrayToObject(both, "UidMap"),
	      *groups = cJSON_AddArrayToObject(both, "GidMap");

	for (size_t i = 0; i < lnx->uid_mappings.len; i++)
		add_map(users, &lnx->uid_mappings.v[i]);
	for (size_t i = 0; i < lnx->gid_mappings.len; i++)
		add_map(groups, &lnx->gid_mappings.v[i]);
}

static void add_modes(
	cJSON *host, const struct container_request *request, const struct recipe *recipe)
{
	const char *cgroup = request->cgroupns_mode;
	const struct spec *spec = recipe->spec;

	if (!cgroup || !*cgroup)
		cgroup = spec_find_namespace(spec, "cgroup") ? "private" : "host";
	cJSON_AddStringToObject(host, "CgroupnsMode", cgroup);
	cJSON_AddStringToObject(host, "IpcMode",
		request->ipc_mode && *request->ipc_mode ? request->ipc_mode : "private");
	cJSON_AddStringToObject(host, "Cgroup", "");
	cJSON_AddNullToObject(host, "Links");
	cJSON_AddNumberToObject(host, "OomScoreAdj", request->oom_score_adj);
	cJSON_AddStringToObject(host, "PidMode", or_empty(request->pid_mode));
	cJSON_AddBoolToObject(host, "Privileged", request->privileged);
	cJSON_AddBoolToObject(host, "PublishAllPorts", request->publish_all);
	cJSON_AddBoolToObject(host, "ReadonlyRootfs", request->read_only);
	inspect_add_list(host, "SecurityOpt", &request->security);
	cJSON_AddStringToObject(host, "UTSMode", or_empty(request->uts_mode));
	cJSON_AddStringToObject(host, "UsernsMode", userns_mode(request, spec));
	if (spec->lnx.uid_mappings.len)
		add_ids(host, &spec->lnx);
	cJSON_AddNumberToObject(
		host, "ShmSize", request->shm_size ? (double)request->shm_size : 64 << 20);
	if (request->sysctls.len)
		add_pairs(host, "Sysctls", &request->sysctls);
	cJSON_AddStringToObject(host, "Runtime", "davit");
	cJSON_AddStringToObject(host, "Isolation", "");
}

/* ---- limits ---- */

static void add_rates(cJSON *host, const char *key, const struct strs *list, bool bps)
{
	cJSON *rates =
		list->len ? cJSON_AddArrayToObject(host, key) : cJSON_AddNullToObject(host, key);

	for (size_t i = 0; i < list->len; i++) {
		auto_free char *path = NULL;
		uint64_t rate = 0;
		cJSON *one;

		if (device_option_rate(list->v[i], bps, &path, &rate, NULL) < 0)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "Path", path);
		cJSON_AddNumberToObject(one, "Rate", (double)rate);
		cJSON_AddItemToArray(rates, one);
	}
}

static void add_weights(cJSON *host, const struct strs *list)
{
	cJSON *weights = cJSON_AddArrayToObject(host, "BlkioWeightDevice");

	for (size_t i = 0; i < list->len; i++) {
		auto_free char *path = NULL;
		unsigned weight = 0;
		cJSON *one;

		if (device_option_weight(list->v[i], &path, &weight, NULL) < 0)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "Path", path);
		cJSON_AddNumberToObject(one, "Weight", weight);
		cJSON_AddItemToArray(weights, one);
	}
}

static void add_numbers(cJSON *host, const struct container_request *request)
{
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {{"CpuShares", request->cpu_shares}, {"Memory", request->memory},
		{"NanoCpus", request->nano_cpus}, {"BlkioWeight", request->blkio_weight},
		{"CpuPeriod", request->cpu_period}, {"CpuQuota", request->cpu_quota},
		{"CpuRealtimePeriod", request->cpu_rt_period},
		{"CpuRealtimeRuntime", request->cpu_rt_runtime},
		{"MemoryReservation", request->memory_reservation},
		{"MemorySwap", request->memory_swap}};

	for (size_t i = 0; i < array_len(numbers); i++)
		cJSON_AddNumberToObject(host, numbers[i].key, (double)numbers[i].value);
	if (request->swappiness >= 0)
		cJSON_AddNumberToObject(host, "MemorySwappiness", (double)request->swappiness);
	else
		cJSON_AddNullToObject(host, "MemorySwappiness");
	if (request->oom_kill_disable)
		cJSON_AddTrueToObject(host, "OomKillDisable");
	else
		cJSON_AddNullToObject(host, "OomKillDisable");
	if (request->pids_limit)
		cJSON_AddNumberToObject(host, "PidsLimit", (double)request->pids_limit);
	else
		cJSON_AddNullToObject(host, "PidsLimit");
}

static void add_ulimits(cJSON *host, const struct strs *list)
{
	cJSON *limits = cJSON_AddArrayToObject(host, "Ulimits");

	for (size_t i = 0; i < list->len; i++) {
		const char *type;
		uint64_t soft, hard;
		cJSON *one;

		if (options_ulimit(list->v[i], &type, &soft, &hard, NULL) < 0)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddNumberToObject(one, "Hard", (double)(int64_t)hard);
		cJSON_AddItemToObject(one, "Name", cJSON_CreateString(list->v[i]));
		*strchr(cJSON_GetObjectItem(one, "Name")->valuestring, '=') = '\0';
		cJSON_AddNumberToObject(one, "Soft", (double)(int64_t)soft);
		cJSON_AddItemToArray(limits, one);
	}
}

static void add_limits(cJSON *host, const struct container_request *request)
{
	cJSON_AddStringToObject(host, "CgroupParent", or_empty(request->cgroup_parent));
	add_numbers(host, request);
	cJSON_AddStringToObject(host, "CpusetCpus", or_empty(request->cpuset_cpus));
	cJSON_AddStringToObject(host, "CpusetMems", or_empty(request->cpuset_mems));
	add_weights(host, &request->weight_devices);
	add_rates(host, "BlkioDeviceReadBps", &request->read_bps, true);
	add_rates(host, "BlkioDeviceWriteBps", &request->write_bps, true);
	add_rates(host, "BlkioDeviceReadIOps", &request->read_iops, false);
	add_rates(host, "BlkioDeviceWriteIOps", &request->write_iops, false);
	add_ulimits(host, &request->ulimits);
}

/* ---- devices ---- */

static void add_devices(cJSON *host, const struct container_request *request)
{
	cJSON *devices = cJSON_AddArrayToObject(host, "Devices");

	for (size_t i = 0; i < request->devices.len; i++) {
		__attribute__((cleanup(device_option_fini))) struct device_option option = {0};
		cJSON *one;

		if (device_option_read(request->devices.v[i], &option, NULL) < 0)
			continue;
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "PathOnHost", option.host);
		cJSON_AddStringToObject(one, "PathInContainer", option.container);
		cJSON_AddStringToObject(one, "CgroupPermissions", option.access);
		cJSON_AddItemToArray(devices, one);
	}
	inspect_add_list(host, "DeviceCgroupRules", &request->device_rules);
	cJSON_AddNullToObject(host, "DeviceRequests");
}

static void add_names(cJSON *host, const struct container_request *request)
{
	inspect_add_list(host, "Dns", &request->dns);
	inspect_add_list(host, "DnsOptions", &request->dns_options);
	inspect_add_list(host, "DnsSearch", &request->dns_search);
	inspect_add_list(host, "ExtraHosts", &request->extra_hosts);
}

void inspect_add_host(
	cJSON *to, const struct container_request *request, const struct recipe *recipe)
{
	cJSON *host = cJSON_AddObjectToObject(to, "HostConfig"), *size;

	inspect_add_mount_options(host, request, recipe);
	add_policies(host, request, recipe);
	size = cJSON_AddArrayToObject(host, "ConsoleSize");
	cJSON_AddItemToArray(size, cJSON_CreateNumber(request->rows));
	cJSON_AddItemToArray(size, cJSON_CreateNumber(request->columns));
	if (request->annotations.len)
		add_pairs(host, "Annotations", &request->annotations);
	inspect_add_list(host, "CapAdd", &request->cap_add);
	inspect_add_list(host, "CapDrop", &request->cap_drop);
	add_names(host, request);
	inspect_add_list(host, "GroupAdd", &request->groups);
	add_modes(host, request, recipe);
	add_limits(host, request);
	add_devices(host, request);
	if (request->init)
		cJSON_AddTrueToObject(host, "Init");
	inspect_add_list(host, "MaskedPaths", &recipe->spec->lnx.masked_paths);
	inspect_add_list(host, "ReadonlyPaths", &recipe->spec->lnx.readonly_paths);
}
