/* The spec's mounts as trees made, filled and attached. */
#include <linux/mount.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/compile_mount_parts.h"

/* ---- where a mount may go ---- */

/* What lxcfs and its like put over single files of /proc. */
static const char *const proc_files[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",
	"/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
	"/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled"};

/* The path without ".", ".." and doubled slashes; "/" for the root. */
void compile_normalize(const char *path, struct buf *out)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && memcmp(path, "..", 2) == 0) {
			const char *slash = out->len ? memrchr(out->data, '/', out->len) : NULL;

			if (slash)
				out->len = (size_t)(slash - out->data);
		} else if (len && !(len == 1 && path[0] == '.')) {
			buf_addc(out, '/');
			buf_add(out, path, len);
		}
		path += len + (path[len] == '/');
	}
	if (out->len)
		out->data[out->len] = '\0';
	else
		buf_addc(out, '/');
}

/* Something else in /proc's place would receive what is written there for the container:
 * CVE-2019-16884, CVE-2019-19921. */
static int check_destination(
	struct compiler *c, const struct spec_mount *mount, const char *destination)
{
	if (str_eq(destination, "/"))
		return err_set(c->err, EINVAL, "mount %.200s: cannot cover the root", destination);
	if (!str_eq(destination, "/proc") && !str_has_prefix(destination, "/proc/"))
		return 0;
	if (str_eq(destination, "/proc") && str_eq(mount->type, "proc"))
		return 0;
	for (size_t i = 0; i < array_len(proc_files); i++) {
		if (str_eq(proc_files[i], destination))
			return 0;
	}
	return err_set(c->err, EINVAL, "mount %.200s: cannot be mounted inside /proc", destination);
}

void compile_attach(struct compiler *c, const char *destination, uint64_t type)
{
	step(c, .op = PLAN_TREE_ATTACH, .dir_b = PLAN_ROOT, .b = text(c, destination), .n = {type});
}

const struct spec_mount *compile_find_mount(const struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		if (str_eq(spec->mounts.v[i].destination, destination))
			return &spec->mounts.v[i];
	}
	return NULL;
}

/* ---- cgroups ---- */

/* "cpu,cpuacct" is found under both names too. */
static void link_names(struct compiler *c, const char *name)
{
	auto_free char *copy = strchr(name, ',') ? strdup(name) : NULL;
	char *rest = copy, *word;

	while ((word = strsep(&rest, ",")) != NULL)
		step(c, .op = PLAN_TREE_LINK, .a = text(c, name), .b = text(c, word));
}

/* The last part of where the host has it: "systemd" for name=systemd, "cpu,cpuacct". */
static const char *place_of(const struct cgroup_hierarchy *h)
{
	return strrchr(h->mount, '/') + 1;
}

static void bind_hierarchies(struct compiler *c, const char *destination, uint64_t attrs)
{
	const struct cgroup_layout *layout = c->facts->cgroups;

	for (size_t i = 0; i < cgroup_count(layout); i++) {
		const struct cgroup_hierarchy *h = cgroup_at(layout, i);
		auto_buf at = BUF_INIT;

		buf_addf(&at, "%s/%s", destination, place_of(h));
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = compile_cgroup_dir(c, h),
			.n = {attrs});
		compile_attach(c, buf_text(&at), S_IFDIR);
	}
}

/* v1: a directory of binds, where v2 has one file system. */
static void mount_v1(struct compiler *c, const char *destination, uint64_t attrs)
{
	const struct cgroup_layout *layout = c->facts->cgroups;
	auto_strs mode = STRS_INIT;

	strs_add(&mode, "mode=755");
	step(c, .op = PLAN_TREE_NEW, .a = text(c, "tmpfs"), .c = plan_build_list(&c->plan, &mode),
		.n = {attrs & ~(uint64_t)MOUNT_ATTR_RDONLY});
	for (size_t i = 0; i < cgroup_count(layout); i++) {
		const char *place = place_of(cgroup_at(layout, i));

		step(c, .op = PLAN_TREE_MKDIR, .a = text(c, place), .n = {0755});
		link_names(c, place);
	}
	compile_attach(c, destination, S_IFDIR);
	/* Before anything lies on top, so that only this one mount is made read-only. */
	if (attrs & MOUNT_ATTR_RDONLY)
		step(c, .op = PLAN_READONLY, .dir_a = PLAN_ROOT, .a = text(c, destination));
	bind_hierarchies(c, destination, attrs);
}

static int mount_cgroup(
	struct compiler *c, const struct spec_mount *mount, const struct mount_flags *flags)
{
	const struct cgroup_layout *layout = c->facts->cgroups;

	if (!layout)
		return 0;
	if (!cgroup_is_pure_v2(layout)) {
		mount_v1(c, mount->destination, flags->set);
		return 0;
	}
	if (spec_find_namespace(c->spec, "cgroup"))
		step(c, .op = PLAN_TREE_NEW, .a = text(c, "cgroup2"), .n = {flags->set});
	else
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST,
			.a = compile_cgroup_dir(c, cgroup_unified(layout)), .n = {flags->set});
	compile_attach(c, mount->destination, S_IFDIR);
	return 0;
}

/* ---- binds ---- */

static bool lies_below(const char *path, const char *dir, const char **rest)
{
	size_t len = dir ? strlen(dir) : 0;

	if (!len || strncmp(path, dir, len) != 0 || path[len] != '/')
		return false;
	*rest = path + len + 1;
	return **rest != '\0';
}

struct launch_path compile_source(const struct compiler *c, const char *path)
{
	const char *rest;

	if (lies_below(path, c->facts->own, &rest))
		return (struct launch_path){PLAN_OWN, rest};
	if (lies_below(path, c->facts->store, &rest))
		return (struct launch_path){PLAN_STORE, rest};
	return (struct launch_path){PLAN_HOST, path};
}

static int mount_bind(
	struct compiler *c, const struct spec_mount *mount, const struct mount_flags *flags)
{
	auto_buf source = BUF_INIT;
	struct launch_path from;
	mode_t type = c->facts->passing ? LAUNCH_AS_FOUND : S_IFDIR;
	uint64_t how, number;

	if (!mount->source || mount->source[0] != '/')
		return err_set(c->err, EINVAL, "mount %.200s: the source must be an absolute path",
			mount->destination);
	compile_normalize(mount->source, &source);
	if (c->facts->source_type)
		type = c->facts->source_type(c->facts->ctx, buf_text(&source));
	if (!type)
		return err_set(c->err, ENOENT,
			"invalid mount config for type \"bind\": bind source path does not exist: "
			"%.300s",
			buf_text(&source));
	if (flags->data.len)
		return err_set(c->err, EINVAL, "mount %.200s: unknown option \"%.60s\"",
			mount->destination, flags->data.v[0]);
	from = compile_source(c, buf_text(&source));
	if (c->facts->passing && (flags->deep_set || flags->deep_clear) &&
		!kernel_has(c->facts->kernel, KERNEL_MOUNT_SETATTR))
		return err_set(c->err, ENOTSUP,
			"mount %.200s: options of all that is mounted below need Linux 5.12",
			mount->destination);
	if (c->facts->passing) {
		how = compile_kept_tree(c, mount, &number) ? PLAN_FROM_KEPT | number << 32 : 0;
		step(c, .op = PLAN_TREE_CLONE, .a = text(c, from.path),
			.n = {flags->deep_set | flags->set << 32,
				flags->deep_clear | flags->clear << 32, flags->recursive,
				flags->propagation, how});
		compile_attach(c, mount->destination, 0);
		return 0;
	}
	how = flags->propagation & MS_SHARED && from.dir == PLAN_HOST ? PLAN_FROM_HOST : 0;
	if (how && compile_is_mapped(c))
		return err_set(c->err, ENOTSUP,
			"mount %.200s: a user namespace cannot share its mounts with the host: use "
			"another propagation, or --userns host",
			mount->destination);
	if (compile_placed(c, mount, &number))
		how = PLAN_FROM_KEPT | number << 32;
	if (flags->flat && flags->recursive && flags->set & MOUNT_ATTR_RDONLY)
		how |= PLAN_TOP_READONLY;
	step(c, .op = PLAN_TREE_CLONE, .dir_a = compile_dir(c, from), .a = compile_path(c, from),
		.c = flags->subpath ? text(c, flags->subpath) : (struct plan_ref){0},
		.n = {how & PLAN_TOP_READONLY ? flags->set & ~(uint64_t)MOUNT_ATTR_RDONLY
					      : flags->set,
			flags->clear, flags->recursive, flags->propagation, how});
	compile_attach(c, mount->destination,
		type == LAUNCH_AS_FOUND ? 0
		: type == S_IFDIR       ? S_IFDIR
					: S_IFREG);
	return 0;
}

/* ---- all of them ---- */

bool compile_has_dev(const struct compiler *c)
{
	const struct spec_mount *dev = compile_find_mount(c->spec, "/dev");

	return compile_is_mapped(c) && !compile_lends_devices(c) && dev &&
	       str_eq(dev->type, "tmpfs");
}

int compile_dev_between(struct compiler *c)
{
	const struct spec_mount *dev = compile_find_mount(c->spec, "/dev");
	struct compile_root root = compile_root(c);
	struct mount_flags flags;
	int rc;

	if (!compile_has_dev(c))
		return 0;
	rc = compile_mount_flags(c, dev, &flags);
	step(c, .op = PLAN_MAKE_AS, .n = {root.uid, root.gid});
	step(c, .op = PLAN_TREE_NEW, .a = text(c, dev->type),
		.c = plan_build_list(&c->plan, &flags.data), .n = {flags.set});
	if (rc == 0)
		rc = compile_fill_dev(c);
	step(c, .op = PLAN_TREE_KEEP);
	strs_fini(&flags.data);
	return rc;
}

static int mount_new(struct compiler *c, const struct spec_mount *mount,
	const struct mount_flags *flags, const char *destination)
{
	if (str_eq(destination, "/dev") && compile_has_dev(c)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, destination),
			.n = {[4] = PLAN_FROM_KEPT | compile_held_trees(c) << 32});
		compile_attach(c, destination, S_IFDIR);
		return 0;
	}
	step(c, .op = PLAN_TREE_NEW, .a = text(c, mount->type),
		.c = plan_build_list(&c->plan, &flags->data), .n = {flags->set});
	if (str_eq(destination, "/dev") && str_eq(mount->type, "tmpfs")) {
		int rc = compile_fill_dev(c);

		if (rc < 0)
			return rc;
		compile_attach(c, destination, S_IFDIR);
		if (compile_lends_devices(c))
			compile_lend_devices(c);
		return 0;
	}
	if (flags->copy_up)
		step(c, .op = PLAN_TREE_FILL, .dir_a = PLAN_ROOT, .a = text(c, destination));
	compile_attach(c, destination, S_IFDIR);
	return 0;
}

static bool makes_network(const struct compiler *c)
{
	const struct spec_namespace *ns = spec_find_namespace(c->spec, "network");

	return ns && !ns->path;
}

static bool shares(const struct compiler *c, const char *type)
{
	return !spec_find_namespace(c->spec, type);
}

/* Only the owner of a network namespace may mount a sysfs of it; so with what shows processes, and
 * messages. Of a namespace that is the host's, the host's own mount is shown. */
static bool is_lent(const struct compiler *c, const struct spec_mount *mount)
{
	if (str_eq(mount->type, "sysfs"))
		return (compile_has_userns(c) || c->facts->is_rootless) && !makes_network(c);
	if (!c->facts->is_rootless || c->facts->passing)
		return false;
	return (str_eq(mount->type, "proc") && shares(c, "pid")) ||
	       (str_eq(mount->type, "mqueue") && shares(c, "ipc"));
}

static const char *host_place(const struct spec_mount *mount)
{
	if (str_eq(mount->type, "proc"))
		return "/proc";
	return str_eq(mount->type, "mqueue") ? "/dev/mqueue" : "/sys";
}

static int mount_one(
	struct compiler *c, const struct spec_mount *mount, const struct mount_flags *flags)
{
	auto_buf destination = BUF_INIT;
	uint64_t number;
	int rc;

	compile_normalize(mount->destination, &destination);
	if (buf_failed(&destination))
		return err_set(c->err, ENOMEM, "mounts: out of memory");
	rc = check_destination(c, mount, destination.data);
	if (rc < 0)
		return rc;
	if (flags->bind)
		return mount_bind(c, mount, flags);
	if (str_eq(mount->type, SPEC_MOUNT_PEER)) {
		step(c, .op = PLAN_TREE_PEER, .a = text(c, mount->source),
			.b = text(c, destination.data));
		compile_attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (!mount->type || !mount->type[0])
		return err_set(
			c->err, EINVAL, "mount %.200s: the type must be set", mount->destination);
	if (compile_placed(c, mount, &number)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, "/sys"),
			.n = {flags->set, 0, 0, 0, PLAN_FROM_KEPT | number << 32});
		compile_attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (is_lent(c, mount)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, host_place(mount)),
			.n = {flags->set, 0, true, MS_SLAVE | MS_REC});
		compile_attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (str_eq(mount->type, "cgroup") || str_eq(mount->type, "cgroup2"))
		return mount_cgroup(c, mount, flags);
	return mount_new(c, mount, flags, destination.data);
}

int compile_mounts(struct compiler *c)
{
	const struct spec_mount *dev = compile_find_mount(c->spec, "/dev");
	int rc = 0;

	if (c->spec->lnx.devices.len && !c->facts->passing && (!dev || !str_eq(dev->type, "tmpfs")))
		return err_set(c->err, ENOTSUP,
			"linux.devices: can only be made in a tmpfs mounted at /dev");
	for (size_t i = 0; rc == 0 && i < c->spec->mounts.len; i++) {
		struct mount_flags flags;

		rc = compile_mount_flags(c, &c->spec->mounts.v[i], &flags);
		if (rc == 0)
			rc = mount_one(c, &c->spec->mounts.v[i], &flags);
		strs_fini(&flags.data);
	}
	return rc == 0 && c->facts->passing ? compile_remaining_devices(c) : rc;
}
