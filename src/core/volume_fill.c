/* volume_fill.c - an empty volume takes over what the image has where it is mounted. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/image_ops.h"
#include "core/image_root.h"
#include "core/module.h"
#include "core/volume_use.h"
#include "util/copy_tree.h"
#include "util/own.h"
#include "util/path.h"

static bool is_empty(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool empty = dir;

	while (empty && (entry = readdir(dir)))
		empty = entry->d_name[0] == '.' &&
			(!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2]));
	if (dir)
		closedir(dir);
	return empty;
}

/* A subpath was written by containers: it may lead nowhere else. */
static int open_data(int lock_fd, const char *subpath, struct err *err)
{
	auto_close int data =
		openat(lock_fd, "_data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	int fd;

	if (data < 0)
		return err_sys(err, "open the volume's data");
	if (!subpath)
		return take_fd(&data);
	fd = (int)syscall(SYS_openat2, data, subpath, &how, sizeof(how));
	return fd < 0 ? err_sys(err, "cannot access path %.200s in the volume", subpath) : fd;
}

/* -1: the image has no directory there. */
static int open_source(int root, const char *target)
{
	return path_open_in(root, target, O_RDONLY | O_DIRECTORY, 0);
}

static int fill_from(int root, int data, const char *target, struct err *err)
{
	auto_close int from = open_source(root, target);
	int failed = from < 0 ? 0 : copy_tree(from, data, err);

	return failed ? err_in(err, "copy the image's %.200s into the volume", target) : 0;
}

/* Where nothing can be mounted, the image is put together for the moment. */
static int fill_assembled(struct engine *engine, const struct image *image, int data,
	const char *target, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	const struct image_ops *ops;
	int failed = module_image(&ops, err);

	if (!failed)
		failed = stage_new(engine->store, &stage, err);
	if (!failed)
		failed = ops->assemble(engine->store, image, stage_fd(stage), NULL, NULL, err);
	return failed ? failed : fill_from(stage_fd(stage), data, target, err);
}

static int fill(struct engine *engine, const struct image *image, int data, const char *target,
	struct err *err)
{
	auto_close int root = -1;

	if (store_driver(engine->store) == STORE_COPY)
		return fill_assembled(engine, image, data, target, err);
	root = image_root_open(engine->store, image, err);
	return root < 0 ? root : fill_from(root, data, target, err);
}

int volume_fill(struct engine *engine, const struct image *image, int lock_fd, const char *subpath,
	const char *target, struct err *err)
{
	auto_close int data = open_data(lock_fd, subpath, err), mark = -1;
	bool resumes = faccessat(lock_fd, "copying", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	struct stat st;
	int failed;

	if (data < 0)
		return data;
	if (fstat(data, &st) < 0 || !S_ISDIR(st.st_mode) || (!resumes && !is_empty(data)))
		return 0;
	/* Whoever finds this mark goes on where we were killed. */
	mark = openat(lock_fd, "copying", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (mark < 0)
		return err_sys(err, "note the volume's copy");
	failed = fill(engine, image, data, target, err);
	if (!failed)
		unlinkat(lock_fd, "copying", 0);
	return failed;
}
