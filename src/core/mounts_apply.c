/* mounts_apply.c - a container's mounts as its spec has them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/idmap.h"
#include "core/mounts.h"
#include "core/volume.h"
#include "runtime/kernel.h"
#include "util/own.h"
#include "util/path.h"

enum { MOUNTINFO_MAX = 32 << 20 };

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "mounts: out of memory");
}

/* ---- what the host must have for it ---- */

/* "36 35 98:0 / /mnt rw,noatime shared:1 - ext3 …": the mount point of a line, and whether what
 * happens in it is told to others or heard from them. */
static bool read_line(char *line, const char **point, const char **tags)
{
	char *rest = line, *dash = strstr(line, " - ");

	for (int field = 0; field < 4; field++)
		if (!strsep(&rest, " "))
			return false;
	*point = strsep(&rest, " ");
	*tags = rest;
	if (!*point || !rest || !dash || dash < rest)
		return false;
	*dash = '\0';
	return true;
}

static bool lies_in(const char *path, const char *point)
{
	size_t len = strlen(point);

	return str_eq(point, "/") ||
	       (strncmp(path, point, len) == 0 && (path[len] == '/' || !path[len]));
}

/* The last line wins among equals: it covers the others. */
static void find_mount(char *info, const char *path, const char **point, const char **tags)
{
	const char *its_point, *its_tags;
	char *line;

	*point = "/";
	*tags = "";
	while ((line = strsep(&info, "\n"))) {
		if (!read_line(line, &its_point, &its_tags) || !lies_in(path, its_point) ||
			strlen(its_point) < strlen(*point))
			continue;
		*point = its_point;
		*tags = its_tags;
	}
}

static int check_propagation(const struct mount_option *option, struct err *err)
{
	auto_free char *real = NULL;
	auto_buf info = BUF_INIT;
	const char *point, *tags, *word = option->propagation;
	bool shared = word && strstr(word, "shared"), slave = word && strstr(word, "slave");

	if (!shared && !slave)
		return 0;
	real = realpath(option->source, NULL);
	if (!real || path_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &info) < 0)
		return err_sys(err, "find the mount of %.200s", option->source);
	find_mount(info.data, real, &point, &tags);
	if (strstr(tags, "shared:") || (slave && strstr(tags, "master:")))
		return 0;
	return err_set(err, EINVAL, "path %.200s is mounted on %.200s but it is not a %s mount",
		option->source, point, shared ? "shared" : "shared or slave");
}

static int check_depth(const struct mount_option *option, struct err *err)
{
	struct kernel kernel;

	if (option->depth != MOUNT_DEEP_READ_ONLY)
		return 0;
	if (kernel_read(getenv("DAVIT_KERNEL"), &kernel, err) < 0)
		return err->code;
	return kernel_has(&kernel, KERNEL_MOUNT_SETATTR)
		       ? 0
		       : err_set(err, ENOTSUP,
				 "bind-recursive=readonly: this kernel cannot make what is mounted below read-only (it needs 5.12)");
}

/* docker makes what -v names and is missing, as a directory. */
static int check_source(const struct mount_option *option, struct err *err)
{
	struct stat st;

	if (stat(option->source, &st) == 0)
		return 0;
	if (!option->makes_source)
		return err_set(err, ENOENT,
			"invalid mount config for type \"bind\": bind source path does not exist: %.300s",
			option->source);
	return path_mkdirs(option->source, 0755) < 0
		       ? err_sys(err, "error while creating mount source path '%.300s'",
				 option->source)
		       : 0;
}

/* ---- into the spec ---- */

static bool replaces(const char *target, const char *destination)
{
	/* What lies in /dev is ours to mount only while /dev is. */
	return str_eq(target, destination) ||
	       (str_eq(target, "/dev") && str_has_prefix(destination, "/dev/"));
}

static int add(struct spec *spec, const char *target, const char *type, const char *source,
	const struct strs *words, struct err *err)
{
	struct spec_mount *mount;

	if (spec_add_mount(spec, target, type, source, NULL) < 0)
		return no_memory(err);
	mount = &spec->mounts.v[spec->mounts.len - 1];
	strs_copy(&mount->options, words);
	return strs_failed(&mount->options) ? no_memory(err) : 0;
}

static void bind_words(const struct mount_option *option, struct strs *words)
{
	strs_add(words, option->depth == MOUNT_FLAT ? "bind" : "rbind");
	/* Never "rw": what is read-only on the host stays so. */
	if (option->read_only)
		strs_add(words, option->depth == MOUNT_DEEP || option->depth == MOUNT_DEEP_READ_ONLY
					? "rro"
					: "ro");
	strs_add(words, option->propagation ? option->propagation : "rprivate");
	if (option->subpath)
		strs_addf(words, "subpath=%s", option->subpath);
	if (option->idmap)
		strs_add(words, "idmap");
}

/* Of the mount that was just added. */
static int map_owners(struct spec *spec, const struct mount_option *option, struct err *err)
{
	return option->idmap ? idmap_apply(option->idmap, option->target, spec,
				       &spec->mounts.v[spec->mounts.len - 1], err)
			     : 0;
}

static int add_bind(struct spec *spec, const struct mount_option *option, struct err *err)
{
	auto_strs words = STRS_INIT;
	int failed = check_source(option, err);

	if (!failed)
		failed = check_propagation(option, err);
	if (!failed)
		failed = check_depth(option, err);
	bind_words(option, &words);
	if (!failed)
		failed = add(spec, option->target, "bind", option->source, &words, err);
	return failed ? failed : map_owners(spec, option, err);
}

static int add_volume(
	struct engine *engine, struct spec *spec, const struct mount_point *point, struct err *err)
{
	auto_strs words = STRS_INIT;
	char path[4600];

	volume_path(engine->store, point->name, path, sizeof(path));
	bind_words(&point->option, &words);
	if (add(spec, point->option.target, "bind", path, &words, err) < 0)
		return err->code;
	return map_owners(spec, &point->option, err);
}

int mounts_apply(
	struct engine *engine, const struct mounts *mounts, struct spec *spec, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < mounts->len; i++) {
		const struct mount_option *option = &mounts->v[i].option;

		for (size_t k = spec->mounts.len; k-- > 0;)
			if (replaces(option->target, spec->mounts.v[k].destination))
				spec_drop_mount(spec, k);
		if (option->type == MOUNT_BIND)
			failed = add_bind(spec, option, err);
		else if (option->type == MOUNT_VOLUME)
			failed = add_volume(engine, spec, &mounts->v[i], err);
		else
			failed = add(spec, option->target, "tmpfs", "tmpfs", &option->words, err);
	}
	return failed;
}

/* ---- order ---- */

static unsigned depth(const char *path)
{
	unsigned slashes = 0;

	for (; *path; path++)
		slashes += *path == '/' && path[1];
	return slashes;
}

/* Insertion: stable, and the list is nearly sorted as it is. */
void mounts_sort(struct spec *spec)
{
	struct spec_mount *v = spec->mounts.v;

	for (size_t i = 1; i < spec->mounts.len; i++) {
		struct spec_mount moving = v[i];
		size_t at = i;

		for (; at > 0 && depth(v[at - 1].destination) > depth(moving.destination); at--)
			v[at] = v[at - 1];
		v[at] = moving;
	}
}
