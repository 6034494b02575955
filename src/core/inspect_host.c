/* inspect_host.c - the part of docker's inspect object that tells how a container meets its host.
 */
#include <stdio.h>

#include "core/inspect_parts.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void add_policies(
	cJSON *host, const struct container_request *request, const struct recipe *recipe)
{
	cJSON *log = cJSON_AddObjectToObject(host, "LogConfig"), *restart;
	char number[32];

	cJSON_AddStringToObject(log, "Type", "davit");
	log = cJSON_AddObjectToObject(log, "Config");
	if (request->log_max_bytes) {
		snprintf(
			number, sizeof(number), "%llu", (unsigned long long)request->log_max_bytes);
		cJSON_AddStringToObject(log, "max-size", number);
		snprintf(number, sizeof(number), "%u", request->log_files);
		cJSON_AddStringToObject(log, "max-file", number);
	}
	cJSON_AddStringToObject(host, "NetworkMode", recipe->host_network ? "host" : "none");
	restart = cJSON_AddObjectToObject(host, "RestartPolicy");
	cJSON_AddStringToObject(restart, "Name", recipe_restart_name(recipe->restart));
	cJSON_AddNumberToObject(restart, "MaximumRetryCount", recipe->restart_max);
	cJSON_AddBoolToObject(host, "AutoRemove", request->auto_remove);
}

static void add_limits(cJSON *host, const struct container_request *request)
{
	cJSON_AddNumberToObject(host, "CpuShares", (double)request->cpu_shares);
	cJSON_AddNumberToObject(host, "Memory", (double)request->memory);
	cJSON_AddNumberToObject(host, "NanoCpus", (double)request->nano_cpus);
	cJSON_AddStringToObject(host, "CpusetCpus", or_empty(request->cpuset_cpus));
	cJSON_AddStringToObject(host, "CpusetMems", or_empty(request->cpuset_mems));
	cJSON_AddNumberToObject(host, "MemoryReservation", (double)request->memory_reservation);
	cJSON_AddNumberToObject(host, "MemorySwap", (double)request->memory_swap);
	cJSON_AddNumberToObject(host, "OomScoreAdj", request->oom_score_adj);
	if (request->pids_limit)
		cJSON_AddNumberToObject(host, "PidsLimit", (double)request->pids_limit);
	else
		cJSON_AddNullToObject(host, "PidsLimit");
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
	inspect_add_list(host, "CapAdd", &request->cap_add);
	inspect_add_list(host, "CapDrop", &request->cap_drop);
	add_names(host, request);
	inspect_add_list(host, "GroupAdd", &request->groups);
	cJSON_AddStringToObject(host, "IpcMode", "private");
	cJSON_AddBoolToObject(host, "Privileged", request->privileged);
	cJSON_AddBoolToObject(host, "ReadonlyRootfs", request->read_only);
	if (request->no_new_privs)
		cJSON_AddItemToArray(cJSON_AddArrayToObject(host, "SecurityOpt"),
			cJSON_CreateString("no-new-privileges"));
	else
		cJSON_AddNullToObject(host, "SecurityOpt");
	cJSON_AddNumberToObject(
		host, "ShmSize", request->shm_size ? (double)request->shm_size : 64 << 20);
	cJSON_AddStringToObject(host, "Runtime", "davit");
	add_limits(host, request);
	inspect_add_list(host, "MaskedPaths", &recipe->spec->lnx.masked_paths);
	inspect_add_list(host, "ReadonlyPaths", &recipe->spec->lnx.readonly_paths);
}
