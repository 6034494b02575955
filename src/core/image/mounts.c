#include "core/image/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "util/own.h"
#include "util/strs.h"

enum { MQUEUE_MAGIC = 0x19800202 };

unsigned long long mount_of(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) == 0 && stx.stx_mask & STATX_MNT_ID
		       ? stx.stx_mnt_id
		       : 0;
}

bool mount_is_invented(int fd, const char *name, unsigned long long from)
{
	static const long magics[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, BPF_FS_MAGIC, MQUEUE_MAGIC};
	struct statfs fs;

	if (from && mount_of(fd) == from)
		return false;
	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < array_len(magics); i++)
		if ((long)fs.f_type == magics[i])
			return true;
	return fs.f_type == TMPFS_MAGIC && str_eq(name, "dev");
}
