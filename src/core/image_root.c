#include "core/image_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/privilege.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

/* Layers by fd: their paths may be too long for the kernel's options. */
struct lowers {
	int *fd;
	size_t len;
};

static void close_lowers(struct lowers *lowers)
{
	for (size_t i = 0; i < lowers->len; i++)
		close(lowers->fd[i]);
	free(lowers->fd);
}

static int open_layer(struct store *store, const char *id, struct err *err)
{
	char path[48];
	int fd;

	image_layer_path(id, path);
	fd = openat(store_fd(store), path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "open layer %s", id) : fd;
}

/* The top layer first, as overlay wants them. */
static int open_layers(
	struct store *store, const struct image *image, struct lowers *out, struct err *err)
{
	out->fd = calloc(image->layers.len, sizeof(*out->fd));
	if (!out->fd)
		return err_set(err, ENOMEM, "read the image: out of memory");
	for (size_t i = image->layers.len; i-- > 0;) {
		int fd = open_layer(store, image->layers.v[i], err);

		if (fd < 0)
			return fd;
		out->fd[out->len++] = fd;
	}
	return 0;
}

static int configure(int fs, const struct lowers *lowers)
{
	char path[40];

	for (size_t i = 0; i < lowers->len; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", lowers->fd[i]);
		if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "lowerdir+", path, 0) < 0)
			return -1;
	}
	if (privilege_is_rootless() &&
		syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

static int mount_new(const struct lowers *lowers)
{
	auto_close int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);

	if (fs < 0 || configure(fs, lowers) < 0)
		return -1;
	return (int)syscall(
		SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
}

/* Kernels before 6.5: mounted somewhere of ours for a moment, opened, and taken away again. */
static int mount_old(struct store *store, const struct lowers *lowers, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	auto_buf options = BUF_INIT;
	char at[40];
	int root, failed = stage_new(store, &stage, err);

	if (failed)
		return failed;
	buf_adds(&options, privilege_is_rootless() ? "userxattr,lowerdir=" : "lowerdir=");
	for (size_t i = 0; i < lowers->len; i++)
		buf_addf(&options, "%s/proc/self/fd/%d", i ? ":" : "", lowers->fd[i]);
	snprintf(at, sizeof(at), "/proc/self/fd/%d", stage_fd(stage));
	if (mount("overlay", at, "overlay", MS_RDONLY | MS_NOSUID, buf_text(&options)) < 0)
		return err_sys(err, "read the image");
	root = openat(store_dir(store, STORE_STAGING), stage_name(stage),
		O_PATH | O_DIRECTORY | O_CLOEXEC);
	failed = root < 0 ? err_sys(err, "read the image") : 0;
	snprintf(at, sizeof(at), "/proc/self/fd/%d", root);
	if (!failed && umount2(at, MNT_DETACH) < 0)
		failed = err_sys(err, "read the image");
	return failed ? failed : root;
}

int image_root_open(struct store *store, const struct image *image, struct err *err)
{
	__attribute__((cleanup(close_lowers))) struct lowers lowers = {0};
	int failed, root;

	if (store_driver(store) == STORE_COPY)
		return err_set(err, ENOTSUP, "the copy driver mounts no image");
	/* A single layer hides nothing, and overlay takes no single one. */
	if (image->layers.len == 1)
		return open_layer(store, image->layers.v[0], err);
	failed = open_layers(store, image, &lowers, err);
	if (failed)
		return failed;
	root = mount_new(&lowers);
	return root >= 0 ? root : mount_old(store, &lowers, err);
}
