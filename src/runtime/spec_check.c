/* What must hold in a config.json beyond its types. Each refusal names the field. */
#include "runtime/caps.h"
#include "runtime/spec_check.h"

#define refuse(err, ...) err_set(err, EINVAL, __VA_ARGS__)

static bool is_absolute(const char *path)
{
	return path && path[0] == '/';
}

static int check_rlimits(const struct spec_process *process, struct err *err)
{
	for (size_t i = 0; i < process->rlimits.len; i++) {
		const struct spec_rlimit *limit = &process->rlimits.v[i];

		if (!limit->type)
			return refuse(err, "process.rlimits[%zu].type: must be set", i);
		if (limit->soft > limit->hard)
			return refuse(err, "process.rlimits[%zu].soft: must not exceed hard", i);
		for (size_t j = 0; j < i; j++) {
			if (str_eq(process->rlimits.v[j].type, limit->type))
				return refuse(err, "process.rlimits[%zu].type: %s is given twice",
					i, limit->type);
		}
	}
	return 0;
}

static int check_caps(const struct spec_caps *caps, struct err *err)
{
	if (caps_from_names(&caps->effective) & ~caps_from_names(&caps->permitted))
		return refuse(err, "process.capabilities.effective: must be in permitted too");
	return 0;
}

int spec_check_process(const struct spec_process *process, struct err *err)
{
	int rc;

	if (process->args.len == 0)
		return refuse(err, "process.args: must not be empty");
	if (!process->args.v[0][0])
		return refuse(err, "process.args[0]: must not be empty");
	if (!is_absolute(process->cwd))
		return refuse(err, "process.cwd: must be an absolute path");
	for (size_t i = 0; i < process->env.len; i++) {
		if (!strchr(process->env.v[i], '=') || process->env.v[i][0] == '=')
			return refuse(err, "process.env[%zu]: must be NAME=value", i);
	}
	rc = check_rlimits(process, err);
	if (rc == 0)
		rc = spec_check_priorities(process, err);
	return rc < 0 ? rc : check_caps(&process->capabilities, err);
}

static int check_mounts(const struct spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		const struct spec_mount *mount = &spec->mounts.v[i];

		if (!is_absolute(mount->destination))
			return refuse(err, "mounts[%zu].destination: must be an absolute path", i);
		for (size_t o = 0; o < mount->options.len; o++) {
			if (!mount->options.v[o][0])
				return refuse(
					err, "mounts[%zu].options[%zu]: must not be empty", i, o);
		}
	}
	return 0;
}

/* Ours: "container:ID", for the id of a running one. */
static bool names_container(const char *path)
{
	return str_has_prefix(path, "container:") && str_is_hex(path + 10, 64) && !path[74];
}

static int check_namespaces(const struct spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->lnx.namespaces.len; i++) {
		const struct spec_namespace *ns = &spec->lnx.namespaces.v[i];

		if (!ns->type)
			return refuse(err, "linux.namespaces[%zu].type: must be set", i);
		if (ns->path && !is_absolute(ns->path) && !names_container(ns->path))
			return refuse(
				err, "linux.namespaces[%zu].path: must be an absolute path", i);
		if (spec_find_namespace(spec, ns->type) != ns)
			return refuse(
				err, "linux.namespaces[%zu].type: %s is given twice", i, ns->type);
	}
	if (!spec_find_namespace(spec, "mount"))
		return refuse(err, "linux.namespaces: a mount namespace is needed");
	if (spec->hostname && !spec_find_namespace(spec, "uts"))
		return refuse(err, "hostname: needs a uts namespace");
	if (spec->domainname && !spec_find_namespace(spec, "uts"))
		return refuse(err, "domainname: needs a uts namespace");
	return 0;
}

static int check_devices(const struct spec_linux *lnx, struct err *err)
{
	for (size_t i = 0; i < lnx->devices.len; i++) {
		if (!lnx->devices.v[i].type)
			return refuse(err, "linux.devices[%zu].type: must be set", i);
		if (!is_absolute(lnx->devices.v[i].path))
			return refuse(err, "linux.devices[%zu].path: must be an absolute path", i);
	}
	for (size_t i = 0; i < lnx->resources.devices.len; i++) {
		const char *access = lnx->resources.devices.v[i].access;

		if (access && access[strspn(access, "rwm")])
			return refuse(err,
				"linux.resources.devices[%zu].access: \"%.20s\" is not made of r, w and m",
				i, access);
	}
	return 0;
}

/* A v2 file name that climbs would write anywhere. */
int spec_check_resources(const struct spec_resources *res, struct err *err)
{
	if (res->block_io.weight > 0 && res->block_io.weight < 10)
		return refuse(err, "linux.resources.blockIO.weight: must be from 10 to 1000");
	for (size_t i = 0; i < res->unified.len; i++) {
		size_t name = strcspn(res->unified.v[i], "=");

		if (memchr(res->unified.v[i], '/', name) || res->unified.v[i][0] == '.')
			return refuse(err,
				"linux.resources.unified: \"%.*s\" is no file of a cgroup",
				(int)(name > 60 ? 60 : name), res->unified.v[i]);
	}
	for (size_t i = 0; i < res->hugepages.len; i++) {
		const char *size = res->hugepages.v[i].page_size;

		if (!size || !size[0] || strchr(size, '/'))
			return refuse(err,
				"linux.resources.hugepageLimits[%zu].pageSize: must be like 2MB",
				i);
	}
	return 0;
}

static int check_paths(const struct strs *paths, const char *field, struct err *err)
{
	for (size_t i = 0; i < paths->len; i++) {
		if (!is_absolute(paths->v[i]))
			return refuse(err, "%s[%zu]: must be an absolute path", field, i);
	}
	return 0;
}

static int check_cgroups_path(const char *path, struct err *err)
{
	auto_free char *copy = path ? strdup(path) : NULL;
	char *rest = copy, *part;

	if (path && !copy)
		return err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
	while ((part = strsep(&rest, "/")) != NULL) {
		if (str_eq(part, ".."))
			return refuse(err, "linux.cgroupsPath: must not contain \"..\"");
	}
	return 0;
}

int spec_check(const struct spec *spec, struct err *err)
{
	int rc;

	if (!spec->root.path || !spec->root.path[0])
		return refuse(err, "root.path: must be set");
	rc = spec_check_process(&spec->process, err);
	if (rc == 0)
		rc = check_mounts(spec, err);
	if (rc == 0)
		rc = check_namespaces(spec, err);
	if (rc == 0)
		rc = spec_check_ids(spec, err);
	if (rc == 0)
		rc = spec_check_time(spec, err);
	if (rc == 0)
		rc = spec_check_hooks(spec, err);
	if (rc == 0)
		rc = check_devices(&spec->lnx, err);
	if (rc == 0)
		rc = spec_check_resources(&spec->lnx.resources, err);
	if (rc == 0)
		rc = check_paths(&spec->lnx.masked_paths, "linux.maskedPaths", err);
	if (rc == 0)
		rc = check_paths(&spec->lnx.readonly_paths, "linux.readonlyPaths", err);
	return rc < 0 ? rc : check_cgroups_path(spec->lnx.cgroups_path, err);
}
