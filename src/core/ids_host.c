/* ids_host.c - whether this host shows files with mapped owners: the kernel, and the file system
 * that the store lies on. */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "core/ids.h"
#include "runtime/kernel.h"

enum { XFS_MAGIC = 0x58465342 };

/* Those that learned it, and with what. */
static const struct {
	unsigned long magic;
	enum kernel_feature feature;
} able[] = {
	{EXT4_SUPER_MAGIC, KERNEL_MOUNT_SETATTR},
	{XFS_MAGIC, KERNEL_MOUNT_SETATTR},
	{BTRFS_SUPER_MAGIC, KERNEL_OVERLAY_IDMAP}, /* 5.15 */
	{F2FS_SUPER_MAGIC, KERNEL_OVERLAY_IDMAP},  /* 5.18 */
	{TMPFS_MAGIC, KERNEL_TMPFS_IDMAP},
};

static bool is_new_enough(const struct store *store, const struct kernel *kernel)
{
	return kernel_has(kernel,
		store_driver(store) == STORE_COPY ? KERNEL_MOUNT_SETATTR : KERNEL_OVERLAY_IDMAP);
}

bool ids_host_can(const struct store *store)
{
	struct kernel kernel;
	struct statfs fs;

	if (kernel_read(getenv("DAVIT_KERNEL"), &kernel, NULL) < 0 ||
		!is_new_enough(store, &kernel) || fstatfs(store_fd(store), &fs) < 0)
		return false;
	for (size_t i = 0; i < array_len(able); i++)
		if (able[i].magic == (unsigned long)fs.f_type)
			return kernel_has(&kernel, able[i].feature);
	return false;
}

int ids_host_check(const struct store *store, const char *what, struct err *err)
{
	struct kernel kernel;
	struct statfs fs;
	int failed = kernel_read(getenv("DAVIT_KERNEL"), &kernel, err);

	if (failed)
		return failed;
	if (!is_new_enough(store, &kernel))
		return err_set(err, ENOTSUP,
			"%s needs Linux %s (layers with mapped ids): this is %u.%u", what,
			store_driver(store) == STORE_COPY ? "5.12" : "5.19", kernel.version >> 16,
			kernel.version >> 8 & 0xff);
	/* What may have learned it meanwhile is tried. */
	if (fstatfs(store_fd(store), &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC)
		return err_set(err, ENOTSUP,
			"%s: %s lies on an overlay, which cannot show mapped owners: give --root a directory on ext4, xfs, btrfs or tmpfs",
			what, store_root(store));
	return 0;
}
