#include <string.h>
#include <sys/vfs.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "runtime/launch_stat.h"

enum { PROC_MAGIC = 0x9fa0, PROC_ROOT_INODE = 1 };

bool launch_is_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_MAGIC;
}

/* In a user namespace that may not mount procfs, the one there is will do, if it is one. */
static int open_shared(void)
{
	int proc = sys_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	struct stat st;

	if (proc >= 0 &&
		(!launch_is_proc(proc) || fstat(proc, &st) < 0 || st.st_ino != PROC_ROOT_INODE)) {
		close(proc);
		return -EINVAL;
	}
	return proc;
}

int launch_proc_open(void)
{
	int fs = sys_fsopen("proc"), proc;

	if (fs < 0)
		return open_shared();
	proc = sys_fsconfig(fs, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
	if (!proc)
		proc = sys_fsmount(fs, SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC);
	close(fs);
	return proc < 0 ? open_shared() : proc;
}

int launch_proc_write(int proc, const char *dir, const char *name, const char *value)
{
	char path[320];
	size_t len = strlen(value);
	ssize_t wrote;
	int fd;

	if (launch_say(path, sizeof(path), "%s/%s", dir, name) + 1 == sizeof(path))
		return -ENAMETOOLONG;
	fd = sys_open(proc, path, O_WRONLY | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	wrote = sys_result(write(fd, value, len));
	close(fd);
	return wrote < 0 ? (int)wrote : (size_t)wrote == len ? 0 : -EIO;
}

void launch_proc_fd(char name[32], int fd)
{
	launch_say(name, 32, "self/fd/%d", fd);
}

uint64_t launch_proc_start(int proc, int pid)
{
	struct launch_stat stat;

	return launch_stat(proc, pid, &stat) < 0 ? 0 : stat.start;
}
