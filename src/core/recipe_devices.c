/* recipe_devices.c - the host's devices in a container, and what it may do to their queues. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/device_option.h"
#include "core/privilege.h"
#include "core/recipe_parts.h"
#include "util/own.h"
#include "util/path.h"

enum { DEPTH_MAX = 8 };

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "devices: out of memory");
}

/* ---- nodes ---- */

static const char *type_of(mode_t mode)
{
	return S_ISBLK(mode) ? "b" : "c";
}

static int add_node(struct spec *spec, const char *path, const struct stat *st, struct err *err)
{
	struct spec_device *device = spec_grow(&spec->lnx.devices);

	if (!device || !(device->path = strdup(path)) ||
		!(device->type = strdup(type_of(st->st_mode))))
		return no_memory(err);
	device->major = major(st->st_rdev);
	device->minor = minor(st->st_rdev);
	device->file_mode = (struct spec_number){true, st->st_mode & 07777};
	device->uid = (struct spec_number){true, st->st_uid};
	device->gid = (struct spec_number){true, st->st_gid};
	return 0;
}

static int allow(struct spec *spec, char type, int64_t major_number, int64_t minor_number,
	const char *access, struct err *err)
{
	struct spec_device_rule *rule = spec_grow(&spec->lnx.resources.devices);
	const char text[2] = {type};

	if (!rule || !(rule->type = strdup(text)) || !(rule->access = strdup(access)))
		return no_memory(err);
	rule->allow = true;
	rule->major = (struct spec_number){major_number >= 0, major_number};
	rule->minor = (struct spec_number){minor_number >= 0, minor_number};
	return 0;
}

/* Outside /dev a node of the host is bound: its place belongs to the image. So is all that a user
 * namespace gets, where nobody makes one. */
static int add_elsewhere(struct spec *spec, const char *host, const char *path, struct err *err)
{
	return spec_add_mount(spec, path, "bind", host, "bind,rprivate") < 0 ? no_memory(err) : 0;
}

struct adding {
	struct spec *spec;
	const char *access; /* NULL: the devices' cgroup allows all anyway */
	struct err *err;
	int depth;
};

/* With all privileges: all that the user may open. */
static bool is_out_of_reach(const struct adding *adding, const char *host)
{
	return !adding->access && privilege_is_rootless() && access(host, R_OK) < 0 &&
	       access(host, W_OK) < 0;
}

static int add_device(
	struct adding *adding, const char *host, const char *path, const struct stat *st)
{
	struct spec *spec = adding->spec;
	bool is_made = str_has_prefix(path, "/dev/") && !privilege_is_rootless();
	int failed;

	if (is_out_of_reach(adding, host))
		return 0;
	failed = is_made ? add_node(spec, path, st, adding->err)
			 : add_elsewhere(spec, host, path, adding->err);

	if (failed || !adding->access || privilege_is_rootless())
		return failed;
	return allow(spec, *type_of(st->st_mode), major(st->st_rdev), minor(st->st_rdev),
		adding->access, adding->err);
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* What every container has of its own, or no container may share. */
static bool is_left_out(const char *name)
{
	static const char *const names[] = {".", "..", "console", "fd", "mqueue", "ptmx", "pts",
		"shm", ".lxc", ".lxd-mounts", ".udev"};

	for (size_t i = 0; i < array_len(names); i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static int add_below(struct adding *adding, const char *host, const char *path);

static int add_entry(
	struct adding *adding, const char *host, const char *path, int dir_fd, const char *name)
{
	auto_free char *below = NULL, *at = NULL;
	struct stat st;

	if (is_left_out(name) || fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		(!S_ISDIR(st.st_mode) && !is_device(&st)))
		return 0;
	if (asprintf(&below, "%s/%s", host, name) < 0 || asprintf(&at, "%s/%s", path, name) < 0)
		return no_memory(adding->err);
	return S_ISDIR(st.st_mode) ? add_below(adding, below, at)
				   : add_device(adding, below, at, &st);
}

static int add_below(struct adding *adding, const char *host, const char *path)
{
	DIR *dir = adding->depth < DEPTH_MAX ? opendir(host) : NULL;
	struct dirent *entry;
	int failed = 0;

	if (!dir)
		return 0;
	adding->depth++;
	while (!failed && (entry = readdir(dir)))
		failed = add_entry(adding, host, path, dirfd(dir), entry->d_name);
	adding->depth--;
	closedir(dir);
	return failed;
}

/* Nobody but the host's root can allow less of a device than its own permissions do. */
static int check_access(const char *text, const struct device_option *option, struct err *err)
{
	if (!privilege_is_rootless() || str_eq(option->access, "rwm"))
		return 0;
	return err_set(err, ENOTSUP,
		"--device %.200s: an ordinary user's davit cannot keep a container from a part of a device: leave :%s out, its permissions on the host hold",
		text, option->access);
}

static int add_option(struct spec *spec, const char *text, bool privileged, struct err *err)
{
	__attribute__((cleanup(device_option_fini))) struct device_option option = {0};
	struct adding adding = {
		.spec = spec, .access = privileged ? NULL : option.access, .err = err};
	struct stat st;
	int failed = device_option_read(text, &option, err);

	if (!failed)
		failed = check_access(text, &option, err);
	if (failed)
		return failed;
	if (stat(option.host, &st) < 0)
		return err_sys(err,
			"error gathering device information while adding custom device "
			"\"%.200s\"",
			option.host);
	if (S_ISDIR(st.st_mode))
		return add_below(&adding, option.host, option.container);
	if (!is_device(&st))
		return err_set(err, EINVAL,
			"error gathering device information while adding custom device \"%.200s\": not a device node",
			option.host);
	return add_device(&adding, option.host, option.container, &st);
}

static int add_rule(struct spec *spec, const char *text, struct err *err)
{
	struct device_rule rule;
	int failed = device_option_rule(text, &rule, err);

	if (!failed && privilege_is_rootless())
		failed = err_set(err, ENOTSUP,
			"--device-cgroup-rule %.100s: nobody makes devices in an ordinary user's container: bind one with --device, or use sudo davit",
			text);

	if (!failed && rule.type == 'a')
		failed = allow(spec, 'b', rule.major, rule.minor, rule.access, err);
	if (failed)
		return failed;
	return allow(
		spec, rule.type == 'a' ? 'c' : rule.type, rule.major, rule.minor, rule.access, err);
}

int recipe_devices(struct spec *spec, const struct container_request *request, struct err *err)
{
	struct adding all = {.spec = spec, .err = err};
	int failed = request->privileged ? add_below(&all, "/dev", "/dev") : 0;

	for (size_t i = 0; !failed && i < request->devices.len; i++)
		failed = add_option(spec, request->devices.v[i], request->privileged, err);
	for (size_t i = 0; !failed && i < request->device_rules.len; i++)
		failed = add_rule(spec, request->device_rules.v[i], err);
	return failed;
}

/* ---- queues ---- */

static int find_device(
	const char *path, int64_t *major_number, int64_t *minor_number, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_sys(err, "%.200s", path);
	if (!S_ISBLK(st.st_mode))
		return err_set(err, EINVAL, "%.200s is not a block device", path);
	*major_number = major(st.st_rdev);
	*minor_number = minor(st.st_rdev);
	return 0;
}

static int set_rate(struct spec_throttle *throttle, const char *text, bool bps, struct err *err)
{
	auto_free char *path = NULL;
	int failed = device_option_rate(text, bps, &path, &throttle->rate, err);

	return failed ? failed : find_device(path, &throttle->major, &throttle->minor, err);
}

#define set_rates(list, given, bps, err)                                                           \
	({                                                                                         \
		int failed_ = 0;                                                                   \
		for (size_t i_ = 0; !failed_ && i_ < (given)->len; i_++) {                         \
			struct spec_throttle *throttle_ = spec_grow(list);                         \
                                                                                                   \
			failed_ = throttle_ ? set_rate(throttle_, (given)->v[i_], bps, err)        \
					    : no_memory(err);                                      \
		}                                                                                  \
		failed_;                                                                           \
	})

static int set_weights(
	struct spec_block_io *io, const struct container_request *request, struct err *err)
{
	for (size_t i = 0; i < request->weight_devices.len; i++) {
		auto_free char *path = NULL;
		struct spec_throttle *weight = spec_grow(&io->weight_devices);
		unsigned value = 0;
		int failed = device_option_weight(request->weight_devices.v[i], &path, &value, err);

		if (failed)
			return failed;
		if (!weight)
			return no_memory(err);
		weight->rate = value;
		failed = find_device(path, &weight->major, &weight->minor, err);
		if (failed)
			return failed;
	}
	return 0;
}

int recipe_block_io(struct spec *spec, const struct container_request *request, struct err *err)
{
	struct spec_block_io *io = &spec->lnx.resources.block_io;
	int failed;

	if (request->blkio_weight && (request->blkio_weight < 10 || request->blkio_weight > 1000))
		return err_set(err, EINVAL, "range of blkio weight is from 10 to 1000");
	if (request->blkio_weight)
		io->weight = (uint32_t)request->blkio_weight;
	failed = set_weights(io, request, err);
	if (!failed)
		failed = set_rates(&io->read_bps, &request->read_bps, true, err);
	if (!failed)
		failed = set_rates(&io->write_bps, &request->write_bps, true, err);
	if (!failed)
		failed = set_rates(&io->read_iops, &request->read_iops, false, err);
	return failed ? failed : set_rates(&io->write_iops, &request->write_iops, false, err);
}
