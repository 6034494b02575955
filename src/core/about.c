/* about.c - `davit info` and `davit version`: docker's objects, and what is ours. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/privilege.h"
#include "runtime/defaults.h"
#include "runtime/kernel.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

static void count_states(struct engine *engine, cJSON *to)
{
	int counts[CONTAINER_DEAD + 1] = {0};
	struct container *list = NULL;
	size_t count = 0;

	if (engine_containers(engine, &list, &count, NULL) == 0)
		for (size_t i = 0; i < count; i++)
			counts[list[i].state]++;
	free(list);
	cJSON_AddNumberToObject(to, "Containers", (double)count);
	cJSON_AddNumberToObject(
		to, "ContainersRunning", counts[CONTAINER_RUNNING] + counts[CONTAINER_RESTARTING]);
	cJSON_AddNumberToObject(to, "ContainersPaused", counts[CONTAINER_PAUSED]);
	cJSON_AddNumberToObject(to, "ContainersStopped",
		counts[CONTAINER_EXITED] + counts[CONTAINER_CREATED] + counts[CONTAINER_DEAD]);
}

static size_t count_images(struct engine *engine)
{
	struct image_entry *list = NULL;
	size_t count = 0, unique = 0;
	struct err ignored;

	if (engine_images(engine, &list, &count, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < i && strcmp(list[k].id, list[i].id) != 0)
			k++;
		unique += k == i;
	}
	free(list);
	return unique;
}

/* PRETTY_NAME of /etc/os-release. */
static void add_system(cJSON *to)
{
	auto_buf text = BUF_INIT;
	char *line;

	path_read_at(AT_FDCWD, "/etc/os-release", 64 << 10, &text);
	line = text.data ? strstr(text.data, "PRETTY_NAME=") : NULL;
	if (!line) {
		cJSON_AddStringToObject(to, "OperatingSystem", "Linux");
		return;
	}
	line += strlen("PRETTY_NAME=");
	line[strcspn(line, "\n")] = '\0';
	if (*line == '"' && line[1])
		line[strlen(line) - 1] = '\0';
	cJSON_AddStringToObject(to, "OperatingSystem", *line == '"' ? line + 1 : line);
}

static void add_host(cJSON *to)
{
	struct utsname name;
	struct sysinfo memory;

	if (uname(&name) == 0) {
		cJSON_AddStringToObject(to, "KernelVersion", name.release);
		cJSON_AddStringToObject(to, "OSType", "linux");
		cJSON_AddStringToObject(to, "Architecture", name.machine);
		cJSON_AddStringToObject(to, "Name", name.nodename);
	}
	add_system(to);
	cJSON_AddNumberToObject(to, "NCPU", (double)sysconf(_SC_NPROCESSORS_ONLN));
	if (sysinfo(&memory) == 0)
		cJSON_AddNumberToObject(to, "MemTotal", (double)memory.totalram * memory.mem_unit);
}

static void add_cgroups(struct engine *engine, cJSON *to)
{
	const struct cgroup_layout *layout;
	struct err err = {0};
	cJSON *where;

	if (groups_layout(engine, &layout, &err) < 0) {
		cJSON_AddStringToObject(to, "CgroupDriver", "cgroupfs");
		cJSON_AddStringToObject(to, "CgroupError", err.text);
		return;
	}
	cJSON_AddStringToObject(to, "CgroupDriver", groups_driver(engine, layout));
	cJSON_AddStringToObject(to, "CgroupVersion", cgroup_is_pure_v2(layout) ? "2" : "1");
	if (!cgroup_count(layout) && cgroup_lent_why(layout))
		cJSON_AddStringToObject(to, "CgroupReason", cgroup_lent_why(layout));
	where = cJSON_AddObjectToObject(to, "CgroupControllers");
	for (int i = 0; i < CGROUP_CONTROLLERS; i++) {
		const struct cgroup_hierarchy *hierarchy = cgroup_find(layout, i);

		cJSON_AddStringToObject(
			where, cgroup_controller_name(i), hierarchy ? hierarchy->mount : "");
	}
}

static void add_kernel(cJSON *to)
{
	struct kernel kernel;
	struct err err = {0};
	cJSON *features;

	if (kernel_read(getenv("DAVIT_KERNEL"), &kernel, &err) < 0) {
		cJSON_AddStringToObject(to, "KernelError", err.text);
		return;
	}
	kernel_probe(&kernel);
	features = cJSON_AddObjectToObject(to, "KernelFeatures");
	for (int i = 0; i < KERNEL_FEATURES; i++)
		cJSON_AddBoolToObject(features, kernel_feature_name(i), kernel_has(&kernel, i));
}

static void add_security(cJSON *to)
{
	cJSON *options = cJSON_AddArrayToObject(to, "SecurityOptions");
	struct defaults_host host;

	cJSON_AddItemToArray(options, cJSON_CreateString("name=seccomp,profile=builtin"));
	if (privilege_is_rootless())
		cJSON_AddItemToArray(options, cJSON_CreateString("name=rootless"));
	defaults_host_read(&host);
	if (host.apparmor)
		cJSON_AddItemToArray(options,
			cJSON_CreateString(host.apparmor_ready
						   ? "name=apparmor,profile=" DEFAULTS_APPARMOR
						   : "name=apparmor,profile=not loaded"));
}

/* As the kernel has it, a line's blanks as one. */
static void add_map(cJSON *to, const char *key, const char *path)
{
	cJSON *list = cJSON_AddArrayToObject(to, key);
	auto_buf text = BUF_INIT;
	unsigned inside, outside, count;
	int used;

	if (path_read_at(AT_FDCWD, path, 64 << 10, &text) < 0)
		return;
	for (const char *at = buf_text(&text);
		sscanf(at, "%u %u %u%n", &inside, &outside, &count, &used) == 3; at += used) {
		char line[48];

		snprintf(line, sizeof(line), "%u:%u:%u", inside, outside, count);
		cJSON_AddItemToArray(list, cJSON_CreateString(line));
	}
}

static void add_rootless(cJSON *to)
{
	cJSON *rootless;

	if (!privilege_is_rootless())
		return;
	rootless = cJSON_AddObjectToObject(to, "Rootless");
	cJSON_AddNumberToObject(rootless, "User", privilege_user());
	add_map(rootless, "UIDMap", "/proc/self/uid_map");
	add_map(rootless, "GIDMap", "/proc/self/gid_map");
}

static void add_store(struct engine *engine, cJSON *to)
{
	cJSON *status = cJSON_AddArrayToObject(to, "DriverStatus"), *row;
	const char *pairs[][2] = {{"Chosen because", store_driver_reason(engine->store)}};

	for (size_t i = 0; i < array_len(pairs); i++) {
		row = cJSON_CreateStringArray(pairs[i], 2);
		cJSON_AddItemToArray(status, row);
	}
	cJSON_AddStringToObject(to, "DockerRootDir", store_root(engine->store));
	cJSON_AddStringToObject(to, "RunRoot", store_run_root(engine->store));
}

int engine_info(struct engine *engine, struct cJSON **out, struct err *err)
{
	cJSON *info = cJSON_CreateObject();

	if (!info)
		return err_set(err, ENOMEM, "describe davit: out of memory");
	cJSON_AddStringToObject(info, "ID", "davit");
	count_states(engine, info);
	cJSON_AddNumberToObject(info, "Images", (double)count_images(engine));
	cJSON_AddStringToObject(info, "Driver", store_driver_name(engine->store));
	add_store(engine, info);
	add_rootless(info);
	cJSON_AddStringToObject(info, "LoggingDriver", "davit");
	add_cgroups(engine, info);
	add_kernel(info);
	add_security(info);
	cJSON_AddStringToObject(info, "DefaultRuntime", "davit");
	add_host(info);
	cJSON_AddStringToObject(info, "ServerVersion", DAVIT_VERSION);
	*out = info;
	return 0;
}

/* One program is both halves: there is no daemon to ask, and its version is this one's. */
int engine_version(struct engine *engine, struct cJSON **out, struct err *err)
{
	cJSON *version = cJSON_CreateObject(), *half;
	struct utsname name = {0};

	(void)engine;
	if (!version)
		return err_set(err, ENOMEM, "describe davit: out of memory");
	uname(&name);
	half = cJSON_AddObjectToObject(version, "Client");
	cJSON_AddStringToObject(half, "Version", DAVIT_VERSION);
	cJSON_AddStringToObject(half, "Os", "linux");
	cJSON_AddStringToObject(
		half, "Arch", strcmp(name.machine, "x86_64") == 0 ? "amd64" : name.machine);
	half = cJSON_AddObjectToObject(version, "Server");
	cJSON_AddStringToObject(half, "Version", DAVIT_VERSION);
	cJSON_AddStringToObject(half, "Os", "linux");
	cJSON_AddStringToObject(
		half, "Arch", strcmp(name.machine, "x86_64") == 0 ? "amd64" : name.machine);
	cJSON_AddStringToObject(half, "KernelVersion", name.release);
	*out = version;
	return 0;
}
