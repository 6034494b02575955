#include "core/request.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

/* Which members own memory; the rest is copied as it is. */
static const size_t strings[] = {
	offsetof(struct container_request, image),
	offsetof(struct container_request, name),
	offsetof(struct container_request, hostname),
	offsetof(struct container_request, domainname),
	offsetof(struct container_request, workdir),
	offsetof(struct container_request, user),
	offsetof(struct container_request, platform),
	offsetof(struct container_request, cpuset_cpus),
	offsetof(struct container_request, cpuset_mems),
	offsetof(struct container_request, stop_signal),
	offsetof(struct container_request, restart),
	offsetof(struct container_request, pid_mode),
	offsetof(struct container_request, ipc_mode),
	offsetof(struct container_request, uts_mode),
	offsetof(struct container_request, cgroupns_mode),
	offsetof(struct container_request, userns_mode),
	offsetof(struct container_request, subuid_name),
	offsetof(struct container_request, subgid_name),
	offsetof(struct container_request, cgroup_parent),
	offsetof(struct container_request, log_driver),
	offsetof(struct container_request, healthcheck),
};

static const size_t lists[] = {
	offsetof(struct container_request, command),
	offsetof(struct container_request, entrypoint),
	offsetof(struct container_request, env),
	offsetof(struct container_request, labels),
	offsetof(struct container_request, dns),
	offsetof(struct container_request, dns_search),
	offsetof(struct container_request, dns_options),
	offsetof(struct container_request, extra_hosts),
	offsetof(struct container_request, binds),
	offsetof(struct container_request, mounts),
	offsetof(struct container_request, volumes_from),
	offsetof(struct container_request, tmpfs),
	offsetof(struct container_request, devices),
	offsetof(struct container_request, device_rules),
	offsetof(struct container_request, read_bps),
	offsetof(struct container_request, write_bps),
	offsetof(struct container_request, read_iops),
	offsetof(struct container_request, write_iops),
	offsetof(struct container_request, weight_devices),
	offsetof(struct container_request, security),
	offsetof(struct container_request, annotations),
	offsetof(struct container_request, log_options),
	offsetof(struct container_request, owned),
	offsetof(struct container_request, cap_add),
	offsetof(struct container_request, cap_drop),
	offsetof(struct container_request, ulimits),
	offsetof(struct container_request, sysctls),
	offsetof(struct container_request, groups),
	offsetof(struct container_request, networks),
	offsetof(struct container_request, publish),
	offsetof(struct container_request, expose),
	offsetof(struct container_request, uid_maps),
	offsetof(struct container_request, gid_maps),
};

static char **string_at(struct container_request *request, size_t offset)
{
	return (char **)((char *)request + offset);
}

static struct strs *list_at(const struct container_request *request, size_t offset)
{
	return (struct strs *)((char *)request + offset);
}

void container_request_init(struct container_request *request)
{
	*request = (struct container_request){.stop_timeout = INT_MIN,
		.swappiness = -1,
		.attach_stdout = true,
		.attach_stderr = true};
}

void container_request_fini(struct container_request *request)
{
	for (size_t i = 0; i < array_len(lists); i++)
		strs_fini(list_at(request, lists[i]));
}

struct container_request *request_copy(const struct container_request *request)
{
	struct container_request *copy = malloc(sizeof(*copy));
	bool failed = false;

	if (!copy)
		return NULL;
	*copy = *request;
	for (size_t i = 0; i < array_len(lists); i++) {
		struct strs *list = list_at(copy, lists[i]);

		*list = (struct strs)STRS_INIT;
		strs_copy(list, list_at(request, lists[i]));
		failed |= strs_failed(list);
	}
	for (size_t i = 0; i < array_len(strings); i++) {
		char **text = string_at(copy, strings[i]);

		*text = *text ? strdup(*text) : NULL;
		failed |= !*text && *string_at((struct container_request *)request, strings[i]);
	}
	if (!failed)
		return copy;
	request_free(copy);
	return NULL;
}

void request_free(struct container_request *request)
{
	if (!request)
		return;
	for (size_t i = 0; i < array_len(strings); i++)
		free(*string_at(request, strings[i]));
	container_request_fini(request);
	free(request);
}

void exec_request_init(struct exec_request *request)
{
	*request = (struct exec_request){0};
}

void exec_request_fini(struct exec_request *request)
{
	strs_fini(&request->command);
	strs_fini(&request->env);
}
