#include "core/spaces.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/inspect.h"
#include "core/privilege.h"
#include "util/json.h"
#include "util/own.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "namespaces: out of memory");
}

/* "container:WHO" as "container:ID", and its row. False: the mode is another one. */
static bool names_container(const char *mode)
{
	return mode && str_has_prefix(mode, "container:") && mode[10];
}

static int find_peer(
	struct engine *engine, const char *mode, char path[80], struct row *row, struct err *err)
{
	unsigned number;
	int failed = engine_find_row(engine, mode + strlen("container:"), &number, row, err);

	if (!failed)
		snprintf(path, 80, "container:%.64s", row->id);
	return failed;
}

static int join(struct engine *engine, struct spec *spec, const char *type, const char *mode,
	struct row *row, struct err *err)
{
	char path[80];
	int failed = find_peer(engine, mode, path, row, err);

	if (failed)
		return failed;
	return spec_set_namespace(spec, type, path) < 0 ? no_memory(err) : 0;
}

static bool is(const char *mode, const char *word)
{
	return mode && strcmp(mode, word) == 0;
}

static bool is_default(const char *mode)
{
	return !mode || !*mode;
}

/* ---- pid, uts, cgroup ---- */

static int set_pid(struct engine *engine, struct spec *spec, const char *mode, struct err *err)
{
	struct row row;

	if (names_container(mode))
		return join(engine, spec, "pid", mode, &row, err);
	if (is(mode, "host"))
		spec_drop_namespace(spec, "pid");
	else if (!is_default(mode))
		return err_set(err, EINVAL, "--pid: invalid PID mode");
	return 0;
}

static int set_uts(struct spec *spec, const char *mode, struct err *err)
{
	if (is(mode, "host")) {
		spec_drop_namespace(spec, "uts");
		free(take(spec->hostname));
		free(take(spec->domainname));
	} else if (!is_default(mode)) {
		return err_set(err, EINVAL, "--uts: invalid UTS mode");
	}
	return 0;
}

static int set_cgroup(struct spec *spec, const char *mode, struct err *err)
{
	if (is(mode, "host"))
		spec_drop_namespace(spec, "cgroup");
	else if (is(mode, "private"))
		return spec_set_namespace(spec, "cgroup", NULL) < 0 ? no_memory(err) : 0;
	else if (!is_default(mode))
		return err_set(err, EINVAL, "--cgroupns: invalid CGROUP mode");
	return 0;
}

/* ---- ipc: the namespace and what /dev/shm is ---- */

static void drop_mount(struct spec *spec, const char *destination)
{
	for (size_t i = spec->mounts.len; i-- > 0;)
		if (str_eq(spec->mounts.v[i].destination, destination))
			spec_drop_mount(spec, i);
}

static void drop_shm(struct spec *spec)
{
	drop_mount(spec, "/dev/shm");
}

static int check_shareable(struct engine *engine, const struct row *row, struct err *err)
{
	auto_json *object = NULL;
	int failed = inspect_fixed(engine, row->id, &object, err);

	if (failed || is(json_str(json_object(object, "HostConfig"), "IpcMode"), "shareable"))
		return failed;
	return err_set(err, EINVAL,
		"can't join IPC of container %s: non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
		row->id);
}

static int join_ipc(struct engine *engine, struct spec *spec, const char *mode, struct err *err)
{
	struct row row;
	int failed = join(engine, spec, "ipc", mode, &row, err);

	if (!failed)
		failed = check_shareable(engine, &row, err);
	if (failed)
		return failed;
	drop_shm(spec);
	return spec_add_mount(spec, "/dev/shm", SPEC_MOUNT_PEER, row.id, NULL) < 0 ? no_memory(err)
										   : 0;
}

static int set_ipc(struct engine *engine, struct spec *spec, const char *mode, struct err *err)
{
	if (names_container(mode))
		return join_ipc(engine, spec, mode, err);
	if (is_default(mode) || is(mode, "private") || is(mode, "shareable"))
		return 0;
	if (is(mode, "none")) {
		drop_shm(spec);
		return 0;
	}
	if (!is(mode, "host"))
		return err_set(err, EINVAL, "invalid IPC mode: %.60s", mode);
	spec_drop_namespace(spec, "ipc");
	drop_shm(spec);
	if (privilege_is_rootless() && access("/dev/mqueue", F_OK) < 0)
		drop_mount(spec, "/dev/mqueue"); /* it would be the host's, which has none */
	return spec_add_mount(spec, "/dev/shm", "bind", "/dev/shm", "rbind,rprivate") < 0
		       ? no_memory(err)
		       : 0;
}

int spaces_apply(struct engine *engine, const struct container_request *request,
	struct recipe *recipe, struct err *err)
{
	struct spec *spec = recipe->spec;
	int failed = set_pid(engine, spec, request->pid_mode, err);

	if (!failed && is(request->uts_mode, "host") && (request->hostname || request->domainname))
		failed = err_set(err, EINVAL, "conflicting options: hostname and the UTS mode");
	if (!failed)
		failed = set_uts(spec, request->uts_mode, err);
	if (!failed)
		failed = set_cgroup(spec, request->cgroupns_mode, err);
	return failed ? failed : set_ipc(engine, spec, request->ipc_mode, err);
}
