/* A process that is on its way into a container is, until its exec, a copy of this program; its
 * /proc/self/exe, as the container's entry point or as some script's interpreter, is this program's
 * file. Opened for writing there it would be the host's davit-shim that is overwritten
 * (CVE-2019-5736). So the shim runs from a read-only mount of its own file that is attached
 * nowhere, or, before Linux 5.12, from a sealed copy in memory. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static bool is_sealed(int exe)
{
	struct statvfs fs;
	int seals = fcntl(exe, F_GET_SEALS);

	if (seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS)
		return true;
	return !fstatvfs(exe, &fs) && fs.f_flag & ST_RDONLY;
}

static int open_readonly_mount(int exe)
{
	struct sys_mount_attr attr = {.set = SYS_ATTR_RDONLY};
	int tree = sys_open_tree(exe, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	int error = tree < 0 ? tree : sys_mount_setattr(tree, 0, &attr);

	if (error)
		sys_close(&tree);
	return error ? error : tree;
}

static int open_copy(int exe)
{
	int copy = memfd_create("davit-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	off_t at = 0;

	if (copy < 0)
		return -errno;
	while (sendfile(copy, exe, &at, 1 << 20) > 0)
		;
	if (fcntl(copy, F_ADD_SEALS, ALL_SEALS) < 0)
		sys_close(&copy);
	return copy < 0 ? -errno : copy;
}

int seal_self(char **argv)
{
	int exe = sys_open(AT_FDCWD, "/proc/self/exe", O_RDONLY), sealed;
	char *const envp[] = {NULL};

	if (exe < 0)
		return exe;
	if (is_sealed(exe)) {
		close(exe);
		return 0;
	}
	sealed = open_readonly_mount(exe);
	if (sealed < 0)
		sealed = open_copy(exe);
	close(exe);
	if (sealed < 0)
		return sealed;
	syscall(SYS_execveat, sealed, "", argv, envp, AT_EMPTY_PATH);
	return -errno;
}
