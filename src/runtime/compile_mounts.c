/* The spec's mounts as trees made, filled and attached. */
#include <linux/mount.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/compile_parts.h"

/* mount(8)'s words. Whatever is none of them is the file system's own. */
enum { ATTR_NOSYMFOLLOW = 0x200000 }; /* 5.14 */

static const struct option {
	const char *name;
	uint64_t set, clear; /* MOUNT_ATTR_* */
	uint64_t propagation;
	bool bind, recursive, flat; /* flat: what is mounted below keeps its own */
	bool deep;                  /* of all that is mounted below, too */
} known[] = {
	{"defaults", .set = 0},
	{"rw", .clear = MOUNT_ATTR_RDONLY},
	{"ro", .set = MOUNT_ATTR_RDONLY, .flat = true},
	{"rro", .set = MOUNT_ATTR_RDONLY, .deep = true},
	{"rrw", .clear = MOUNT_ATTR_RDONLY, .deep = true},
	{"rsuid", .clear = MOUNT_ATTR_NOSUID, .deep = true},
	{"rnosuid", .set = MOUNT_ATTR_NOSUID, .deep = true},
	{"rdev", .clear = MOUNT_ATTR_NODEV, .deep = true},
	{"rnodev", .set = MOUNT_ATTR_NODEV, .deep = true},
	{"rexec", .clear = MOUNT_ATTR_NOEXEC, .deep = true},
	{"rnoexec", .set = MOUNT_ATTR_NOEXEC, .deep = true},
	{"rrelatime", .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rnoatime", .set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rstrictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"ratime", .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rdiratime", .clear = MOUNT_ATTR_NODIRATIME, .deep = true},
	{"rnodiratime", .set = MOUNT_ATTR_NODIRATIME, .deep = true},
	{"rsymfollow", .clear = ATTR_NOSYMFOLLOW, .deep = true},
	{"rnosymfollow", .set = ATTR_NOSYMFOLLOW, .deep = true},
	{"symfollow", .clear = ATTR_NOSYMFOLLOW},
	{"nosymfollow", .set = ATTR_NOSYMFOLLOW},
	{"atime", .clear = MOUNT_ATTR__ATIME},
	{"norelatime", .clear = MOUNT_ATTR__ATIME},
	{"nostrictatime", .clear = MOUNT_ATTR__ATIME},
	/* what every file system does unless told otherwise */
	{"async", .set = 0},
	{"nomand", .set = 0},
	{"loud", .set = 0},
	{"noiversion", .set = 0},
	{"noacl", .set = 0},
	/* compile_ids.c */
	{"idmap", .set = 0},
	{"ridmap", .set = 0},
	{"suid", .clear = MOUNT_ATTR_NOSUID},
	{"nosuid", .set = MOUNT_ATTR_NOSUID},
	{"dev", .clear = MOUNT_ATTR_NODEV},
	{"nodev", .set = MOUNT_ATTR_NODEV},
	{"exec", .clear = MOUNT_ATTR_NOEXEC},
	{"noexec", .set = MOUNT_ATTR_NOEXEC},
	{"relatime", .set = MOUNT_ATTR_RELATIME, .clear = MOUNT_ATTR__ATIME},
	{"noatime", .set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME},
	{"strictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME},
	{"diratime", .clear = MOUNT_ATTR_NODIRATIME},
	{"nodiratime", .set = MOUNT_ATTR_NODIRATIME},
	{"bind", .bind = true},
	{"rbind", .bind = true, .recursive = true},
	{"private", .propagation = MS_PRIVATE},
	{"rprivate", .propagation = MS_PRIVATE | MS_REC},
	{"slave", .propagation = MS_SLAVE},
	{"rslave", .propagation = MS_SLAVE | MS_REC},
	{"shared", .propagation = MS_SHARED},
	{"rshared", .propagation = MS_SHARED | MS_REC},
	{"unbindable", .propagation = MS_UNBINDABLE},
	{"runbindable", .propagation = MS_UNBINDABLE | MS_REC},
};

/* Words that would change what the container sees, and that we cannot do. */
static const char *const refused[] = {"remount"};

struct flags {
	uint64_t set, clear, propagation;
	uint64_t deep_set, deep_clear; /* on all mounts below */
	bool copy_up;
	bool bind, recursive, flat;
	const char *subpath;
	struct strs data;
};

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < array_len(known); i++) {
		if (str_eq(known[i].name, word))
			return &known[i];
	}
	return NULL;
}

const char *compile_mount_option(size_t i)
{
	return i < array_len(known) ? known[i].name : NULL;
}

static int read_options(struct compiler *c, const struct spec_mount *mount, struct flags *out)
{
	*out = (struct flags){.bind = str_eq(mount->type, "bind")};
	for (size_t i = 0; i < mount->options.len; i++) {
		const char *word = mount->options.v[i];
		const struct option *option = find_option(word);

		for (size_t r = 0; r < array_len(refused); r++) {
			if (str_eq(refused[r], word))
				return err_set(c->err, ENOTSUP,
					"mount %.200s: the option %s is not supported",
					mount->destination, word);
		}
		if (out->bind && str_has_prefix(word, "subpath=")) {
			out->subpath = word + strlen("subpath=");
			continue;
		}
		if (str_eq(word, "tmpcopyup") && str_eq(mount->type, "tmpfs")) {
			out->copy_up = true;
			continue;
		}
		if (!option) {
			strs_add(&out->data, word);
			continue;
		}
		/* the last word wins, as with mount(8) */
		out->set = (out->set & ~option->clear) | option->set;
		out->clear = (out->clear & ~option->set) | option->clear;
		if (option->deep) {
			out->deep_set = (out->deep_set & ~option->clear) | option->set;
			out->deep_clear = (out->deep_clear & ~option->set) | option->clear;
		}
		out->propagation = option->propagation ? option->propagation : out->propagation;
		if ((option->set | option->clear) & MOUNT_ATTR_RDONLY)
			out->flat = option->flat;
		out->bind |= option->bind;
		out->recursive |= option->recursive;
	}
	return strs_failed(&out->data) ? err_set(c->err, ENOMEM, "mounts: out of memory") : 0;
}

/* ---- where a mount may go ---- */

/* What lxcfs and its like put over single files of /proc. */
static const char *const proc_files[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",
	"/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
	"/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled"};

/* The path without ".", ".." and doubled slashes; "/" for the root. */
static void normalize(const char *path, struct buf *out)
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

/* ---- /dev ---- */

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{"null", 1, 3},
	{"zero", 1, 5},
	{"full", 1, 7},
	{"random", 1, 8},
	{"urandom", 1, 9},
	{"tty", 5, 0},
};

static const char *const links[][2] = {
	{"/proc/self/fd", "fd"},
	{"/proc/self/fd/0", "stdin"},
	{"/proc/self/fd/1", "stdout"},
	{"/proc/self/fd/2", "stderr"},
	{"/proc/kcore", "core"},
	{"pts/ptmx", "ptmx"},
};

static uint64_t node_type(const char *type)
{
	if (str_eq(type, "b"))
		return S_IFBLK;
	return str_eq(type, "p") ? S_IFIFO : S_IFCHR;
}

/* The directories on the way to "net/tun", once each. */
static void make_parents(struct compiler *c, const char *path, struct strs *made)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *dir = strndup(path, (size_t)(slash - path));
		bool known_dir = false;

		if (!dir) {
			c->plan.data.failed = true;
			return;
		}
		for (size_t i = 0; i < made->len; i++)
			known_dir |= str_eq(made->v[i], dir);
		if (known_dir)
			continue;
		strs_add(made, dir);
		step(c, .op = PLAN_TREE_MKDIR, .a = text(c, dir), .n = {0755});
	}
}

static void add_node(
	struct compiler *c, const struct spec_device *device, uint16_t op, struct plan_ref path)
{
	uint64_t mode = device->file_mode.set ? (uint64_t)device->file_mode.value & 07777 : 0666;
	struct compile_root owner =
		compile_owner(c, device->uid.set ? (uint32_t)device->uid.value : 0,
			device->gid.set ? (uint32_t)device->gid.value : 0);

	step(c, .op = op, .dir_a = op == PLAN_ROOT_NODE ? PLAN_ROOT : 0, .a = path,
		.n = {node_type(device->type) | mode,
			makedev((unsigned)device->major, (unsigned)device->minor), owner.uid,
			owner.gid});
}

static void root_device(struct compiler *c, const struct spec_device *device)
{
	add_node(c, device, PLAN_ROOT_NODE, text(c, device->path));
}

static int add_device(struct compiler *c, const struct spec_device *device, struct strs *made)
{
	auto_buf path = BUF_INIT;

	normalize(device->path, &path);
	if (!str_has_prefix(buf_text(&path), "/dev/") && c->facts->passing)
		return 0; /* made in the root, after all mounts */
	if (!str_has_prefix(buf_text(&path), "/dev/"))
		return err_set(c->err, ENOTSUP, "linux.devices: %.200s does not lie in /dev",
			device->path);
	for (size_t i = 0; i < array_len(nodes); i++) {
		if (str_eq(nodes[i].name, path.data + 5))
			return 0;
	}
	/* A host's own list of devices has them too. */
	for (size_t i = 0; i < array_len(links); i++) {
		if (str_eq(links[i][1], path.data + 5))
			return 0;
	}
	make_parents(c, path.data + 5, made);
	add_node(c, device, PLAN_TREE_NODE, text(c, path.data + 5));
	return 0;
}

/* Nobody makes devices in a user namespace: where somebody outside cannot do it either, the host's
 * are shown. */
static bool lends_devices(const struct compiler *c)
{
	return c->facts->is_rootless || (compile_has_userns(c) && c->facts->passing);
}

/* While the tree is detached: no path of the container is touched (CVE-2026-41579). */
static int fill_dev(struct compiler *c)
{
	auto_strs made = STRS_INIT;
	int rc = 0;

	for (size_t i = 0; !lends_devices(c) && i < array_len(nodes); i++)
		step(c, .op = PLAN_TREE_NODE, .a = text(c, nodes[i].name),
			.n = {S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)});
	for (size_t i = 0; rc == 0 && !lends_devices(c) && i < c->spec->lnx.devices.len; i++)
		rc = add_device(c, &c->spec->lnx.devices.v[i], &made);
	for (size_t i = 0; rc == 0 && i < array_len(links); i++)
		step(c, .op = PLAN_TREE_LINK, .a = text(c, links[i][0]), .b = text(c, links[i][1]));
	return rc;
}

static void attach(struct compiler *c, const char *destination, uint64_t type)
{
	step(c, .op = PLAN_TREE_ATTACH, .dir_b = PLAN_ROOT, .b = text(c, destination), .n = {type});
}

/* The host's own is shown. */
static void lend_device(struct compiler *c, const char *path)
{
	step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, path));
	attach(c, path, S_IFREG);
}

static void lend_devices(struct compiler *c)
{
	char path[32];

	for (size_t i = 0; i < array_len(nodes); i++) {
		snprintf(path, sizeof(path), "/dev/%s", nodes[i].name);
		lend_device(c, path);
	}
	for (size_t i = 0; i < c->spec->lnx.devices.len; i++) {
		const char *name = c->spec->lnx.devices.v[i].path;
		bool is_usual = false;

		for (size_t n = 0; str_has_prefix(name, "/dev/") && n < array_len(nodes); n++)
			is_usual |= str_eq(nodes[n].name, name + 5);
		if (!is_usual)
			lend_device(c, name);
	}
}

/* Without a /dev of its own, the root gets them. */
static int fill_root(struct compiler *c)
{
	char path[32];

	if (lends_devices(c)) {
		lend_devices(c);
		return 0;
	}
	for (size_t i = 0; i < array_len(nodes); i++) {
		snprintf(path, sizeof(path), "/dev/%s", nodes[i].name);
		step(c, .op = PLAN_ROOT_NODE, .dir_a = PLAN_ROOT, .a = text(c, path),
			.n = {S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)});
	}
	for (size_t i = 0; i < c->spec->lnx.devices.len; i++)
		root_device(c, &c->spec->lnx.devices.v[i]);
	for (size_t i = 0; i < array_len(links); i++) {
		snprintf(path, sizeof(path), "/dev/%s", links[i][1]);
		step(c, .op = PLAN_ROOT_LINK, .dir_b = PLAN_ROOT, .a = text(c, links[i][0]),
			.b = text(c, path));
	}
	return 0;
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
		attach(c, buf_text(&at), S_IFDIR);
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
	attach(c, destination, S_IFDIR);
	/* Before anything lies on top, so that only this one mount is made read-only. */
	if (attrs & MOUNT_ATTR_RDONLY)
		step(c, .op = PLAN_READONLY, .dir_a = PLAN_ROOT, .a = text(c, destination));
	bind_hierarchies(c, destination, attrs);
}

static int mount_cgroup(
	struct compiler *c, const struct spec_mount *mount, const struct flags *flags)
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
	attach(c, mount->destination, S_IFDIR);
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

static int mount_bind(struct compiler *c, const struct spec_mount *mount, const struct flags *flags)
{
	auto_buf source = BUF_INIT;
	struct launch_path from;
	mode_t type = c->facts->passing ? LAUNCH_AS_FOUND : S_IFDIR;
	uint64_t how, number;

	if (!mount->source || mount->source[0] != '/')
		return err_set(c->err, EINVAL, "mount %.200s: the source must be an absolute path",
			mount->destination);
	normalize(mount->source, &source);
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
		attach(c, mount->destination, 0);
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
	attach(c, mount->destination,
		type == LAUNCH_AS_FOUND ? 0
		: type == S_IFDIR       ? S_IFDIR
					: S_IFREG);
	return 0;
}

/* ---- all of them ---- */

static const struct spec_mount *find_mount(const struct spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		if (str_eq(spec->mounts.v[i].destination, destination))
			return &spec->mounts.v[i];
	}
	return NULL;
}

bool compile_has_dev(const struct compiler *c)
{
	const struct spec_mount *dev = find_mount(c->spec, "/dev");

	return compile_is_mapped(c) && !lends_devices(c) && dev && str_eq(dev->type, "tmpfs");
}

int compile_dev_between(struct compiler *c)
{
	const struct spec_mount *dev = find_mount(c->spec, "/dev");
	struct compile_root root = compile_root(c);
	struct flags flags;
	int rc;

	if (!compile_has_dev(c))
		return 0;
	rc = read_options(c, dev, &flags);
	step(c, .op = PLAN_MAKE_AS, .n = {root.uid, root.gid});
	step(c, .op = PLAN_TREE_NEW, .a = text(c, dev->type),
		.c = plan_build_list(&c->plan, &flags.data), .n = {flags.set});
	if (rc == 0)
		rc = fill_dev(c);
	step(c, .op = PLAN_TREE_KEEP);
	strs_fini(&flags.data);
	return rc;
}

static int mount_new(struct compiler *c, const struct spec_mount *mount, const struct flags *flags,
	const char *destination)
{
	if (str_eq(destination, "/dev") && compile_has_dev(c)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, destination),
			.n = {[4] = PLAN_FROM_KEPT | compile_held_trees(c) << 32});
		attach(c, destination, S_IFDIR);
		return 0;
	}
	step(c, .op = PLAN_TREE_NEW, .a = text(c, mount->type),
		.c = plan_build_list(&c->plan, &flags->data), .n = {flags->set});
	if (str_eq(destination, "/dev") && str_eq(mount->type, "tmpfs")) {
		int rc = fill_dev(c);

		if (rc < 0)
			return rc;
		attach(c, destination, S_IFDIR);
		if (lends_devices(c))
			lend_devices(c);
		return 0;
	}
	if (flags->copy_up)
		step(c, .op = PLAN_TREE_FILL, .dir_a = PLAN_ROOT, .a = text(c, destination));
	attach(c, destination, S_IFDIR);
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

static int mount_one(struct compiler *c, const struct spec_mount *mount, const struct flags *flags)
{
	auto_buf destination = BUF_INIT;
	uint64_t number;
	int rc;

	normalize(mount->destination, &destination);
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
		attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (!mount->type || !mount->type[0])
		return err_set(
			c->err, EINVAL, "mount %.200s: the type must be set", mount->destination);
	if (compile_placed(c, mount, &number)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, "/sys"),
			.n = {flags->set, 0, 0, 0, PLAN_FROM_KEPT | number << 32});
		attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (is_lent(c, mount)) {
		step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, host_place(mount)),
			.n = {flags->set, 0, true, MS_SLAVE | MS_REC});
		attach(c, destination.data, S_IFDIR);
		return 0;
	}
	if (str_eq(mount->type, "cgroup") || str_eq(mount->type, "cgroup2"))
		return mount_cgroup(c, mount, flags);
	return mount_new(c, mount, flags, destination.data);
}

/* Devices that do not lie in /dev, and those of a root without one. What is bound there has its
 * own.
 */
static int remaining_devices(struct compiler *c)
{
	for (size_t i = 0; i < c->spec->lnx.devices.len; i++) {
		const struct spec_device *device = &c->spec->lnx.devices.v[i];

		if (!str_has_prefix(device->path, "/dev/") && !lends_devices(c))
			root_device(c, device);
	}
	return find_mount(c->spec, "/dev") ? 0 : fill_root(c);
}

int compile_mounts(struct compiler *c)
{
	const struct spec_mount *dev = find_mount(c->spec, "/dev");
	int rc = 0;

	if (c->spec->lnx.devices.len && !c->facts->passing && (!dev || !str_eq(dev->type, "tmpfs")))
		return err_set(c->err, ENOTSUP,
			"linux.devices: can only be made in a tmpfs mounted at /dev");
	for (size_t i = 0; rc == 0 && i < c->spec->mounts.len; i++) {
		struct flags flags;

		rc = read_options(c, &c->spec->mounts.v[i], &flags);
		if (rc == 0)
			rc = mount_one(c, &c->spec->mounts.v[i], &flags);
		strs_fini(&flags.data);
	}
	return rc == 0 && c->facts->passing ? remaining_devices(c) : rc;
}
