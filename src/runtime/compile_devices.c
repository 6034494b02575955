/* /dev: made in a tree of its own, in the root, or lent by the host. */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "runtime/compile_mount_parts.h"

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

	compile_normalize(device->path, &path);
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
bool compile_lends_devices(const struct compiler *c)
{
	return c->facts->is_rootless || (compile_has_userns(c) && c->facts->passing);
}

/* While the tree is detached: no path of the container is touched (CVE-2026-41579). */
int compile_fill_dev(struct compiler *c)
{
	auto_strs made = STRS_INIT;
	int rc = 0;

	for (size_t i = 0; !compile_lends_devices(c) && i < array_len(nodes); i++)
		step(c, .op = PLAN_TREE_NODE, .a = text(c, nodes[i].name),
			.n = {S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)});
	for (size_t i = 0; rc == 0 && !compile_lends_devices(c) && i < c->spec->lnx.devices.len;
		i++)
		rc = add_device(c, &c->spec->lnx.devices.v[i], &made);
	for (size_t i = 0; rc == 0 && i < array_len(links); i++)
		step(c, .op = PLAN_TREE_LINK, .a = text(c, links[i][0]), .b = text(c, links[i][1]));
	return rc;
}

/* The host's own is shown. */
static void lend_device(struct compiler *c, const char *path)
{
	step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, path));
	compile_attach(c, path, S_IFREG);
}

void compile_lend_devices(struct compiler *c)
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

	if (compile_lends_devices(c)) {
		compile_lend_devices(c);
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

/* Devices that do not lie in /dev, and those of a root without one. What is bound there has its
 * own.
 */
int compile_remaining_devices(struct compiler *c)
{
	for (size_t i = 0; i < c->spec->lnx.devices.len; i++) {
		const struct spec_device *device = &c->spec->lnx.devices.v[i];

		if (!str_has_prefix(device->path, "/dev/") && !compile_lends_devices(c))
			root_device(c, device);
	}
	return compile_find_mount(c->spec, "/dev") ? 0 : fill_root(c);
}
