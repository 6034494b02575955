/* store_probe.c - does overlay work here? Found out by making one.
 *
 * A detached mount (fsopen, fsconfig, fsmount) needs no namespace, no child and no mount point, and
 * is gone when its fd is closed. Deleting through it shows whether whiteouts can be made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/privilege.h"
#include "core/store_private.h"
#include "util/path.h"

static int set_dir(int fs, const char *key, int dir_fd, const char *name)
{
	char path[64];

	/* Never the store's own path: it may hold a ':' or be longer than fsconfig's 255 bytes. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	return fsconfig(fs, FSCONFIG_SET_STRING, key, path, 0);
}

/* The kernel's own words ("e overlay: …") where it has any, else errno's. */
static void explain(int fs, const char *doing, char *reason, size_t size)
{
	int failed = errno;
	char words[160];
	ssize_t len = fs < 0 ? -1 : read(fs, words, sizeof(words) - 1);

	words[len > 0 ? len : 0] = '\0';
	words[strcspn(words, "\n")] = '\0';
	snprintf(reason, size, "%s: %s", doing, len > 2 ? words + 2 : err_name(failed));
}

static int mount_detached(int dir_fd, char *reason, size_t size)
{
	auto_close int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	int mounted;

	if (fs < 0 || set_dir(fs, "lowerdir", dir_fd, "lower") < 0 ||
		set_dir(fs, "upperdir", dir_fd, "upper") < 0 ||
		set_dir(fs, "workdir", dir_fd, "work") < 0 ||
		(privilege_is_rootless() &&
			fsconfig(fs, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0) ||
		fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		explain(fs, "overlay cannot be mounted here", reason, size);
		return -1;
	}
	mounted = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	if (mounted < 0)
		explain(fs, "overlay cannot be mounted here", reason, size);
	return mounted;
}

static bool try_overlay(int dir_fd, char *reason, size_t size)
{
	auto_close int mounted = mount_detached(dir_fd, reason, size);
	auto_close int upper = openat(dir_fd, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (mounted < 0)
		return false;
	if (unlinkat(mounted, "file", 0) < 0 || fstatat(upper, "file", &st, 0) < 0 ||
		!S_ISCHR(st.st_mode)) {
		explain(-1, "overlay cannot make whiteouts here", reason, size);
		return false;
	}
	if (fsetxattr(upper, privilege_opaque_mark(), "y", 1, 0) < 0) {
		explain(-1, "overlay's attributes cannot be set here", reason, size);
		return false;
	}
	snprintf(reason, size, "overlay mounts, whiteouts and %s attributes work here",
		privilege_is_rootless() ? "user" : "trusted");
	return true;
}

static int lay_out(int dir_fd)
{
	auto_close int file = -1;

	for (const char *const *name = (const char *const[]){"lower", "upper", "work", NULL}; *name;
		name++)
		if (mkdirat(dir_fd, *name, 0700) < 0)
			return -errno;
	file = openat(dir_fd, "lower/file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return file < 0 ? -errno : 0;
}

enum store_driver store_probe(int staging_fd, char *reason, size_t size)
{
	char name[32];
	auto_close int dir_fd = -1;
	bool works;

	snprintf(name, sizeof(name), "probe.%d", (int)getpid());
	if (mkdirat(staging_fd, name, 0700) == 0)
		dir_fd = openat(staging_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	works = dir_fd >= 0 && lay_out(dir_fd) == 0;
	if (!works)
		explain(-1, "overlay could not be tried", reason, size);
	else
		works = try_overlay(dir_fd, reason, size);
	path_remove_at(staging_fd, name);
	return works ? STORE_OVERLAY : STORE_COPY;
}
