/* CVE-2019-5736: whoever controls what a container executes can get hold of the program that put it
 * there, as /proc/PID/exe, and write to it once it is no longer running. So what enters a container
 * is executed from a view of our own file that nothing can ever write through: a read-only mount
 * attached nowhere, or a sealed copy. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "oci/oci.h"
#include "runtime/launch/sys.h"
#include "util/own.h"

#define HOME "DAVIT_RUNTIME_HOME"
#define EXE  "/proc/self/exe"

extern char **environ;

static bool is_sealed(void)
{
	auto_close int exe = open(EXE, O_RDONLY | O_CLOEXEC);
	struct statvfs fs;
	int seals = exe < 0 ? -1 : fcntl(exe, F_GET_SEALS);

	if (exe < 0)
		return false;
	if (seals > 0 && seals & F_SEAL_WRITE)
		return true;
	return fstatvfs(exe, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

static int readonly_view(void)
{
	const struct sys_mount_attr attr = {.set = SYS_ATTR_RDONLY};
	int tree = sys_open_tree(AT_FDCWD, EXE, SYS_OPEN_TREE_CLONE), error;

	if (tree < 0)
		return tree;
	error = sys_mount_setattr(tree, 0, &attr);
	if (error)
		close(tree);
	return error ? error : tree;
}

static int sealed_copy(void)
{
	auto_close int exe = open(EXE, O_RDONLY | O_CLOEXEC);
	int copy = memfd_create("davit-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;

	if (exe < 0 || copy < 0 || fstat(exe, &st) < 0)
		return -errno;
	for (off_t done = 0; done < st.st_size;)
		if (sendfile(copy, exe, &done, (size_t)(st.st_size - done)) <= 0)
			return -EIO;
	if (fchmod(copy, 0700) < 0 ||
		fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) <
			0)
		return -errno;
	return copy;
}

/* Its directory's name goes along: of the mount it is executed from only its own is left. */
static void note_home(char home[4096])
{
	ssize_t len = readlink(EXE, home, 4095);
	char *slash;

	home[len > 0 ? len : 0] = '\0';
	slash = strrchr(home, '/');
	if (slash)
		*slash = '\0';
	setenv(HOME, home, 1);
}

int oci_seal_self(char **argv, const char **home, struct err *err)
{
	static char path[4096];
	const char *known = getenv(HOME);
	int program;

	if (known && is_sealed()) {
		snprintf(path, sizeof(path), "%s", known);
		*home = path;
		unsetenv(HOME);
		prctl(PR_SET_NAME, "davit-runtime");
		return 0;
	}
	note_home(path);
	program = readonly_view();
	if (program < 0)
		program = sealed_copy();
	if (program < 0)
		return err_set(err, program, "protect our own program: %s", err_name(program));
	syscall(SYS_execveat, program, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(err, "execute our own program");
}
