#include <string.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

/* An fd keeps naming the mount of the namespace it was opened in, and the kernel clones and mounts
 * only what is in the caller's own: so the same directory is opened again by its name, and
 * compared. */
static int open_again(int proc, int fd)
{
	char link[32], path[1024];
	struct stat was, is;
	ssize_t len;
	int again;

	launch_proc_fd(link, fd);
	len = readlinkat(proc, link, path, sizeof(path));
	if (len < 0)
		return -errno;
	if (len == sizeof(path))
		return -ENAMETOOLONG;
	path[len] = '\0';
	again = sys_open(AT_FDCWD, path, O_PATH | O_DIRECTORY);
	if (again < 0)
		return again;
	if (fstat(fd, &was) < 0 || fstat(again, &is) < 0 || was.st_dev != is.st_dev ||
		was.st_ino != is.st_ino) {
		close(again);
		return -ESTALE;
	}
	return again;
}

void launch_dirs_moved(struct launch *l)
{
	memset(l->dir_is_here, 0, sizeof(l->dir_is_here));
}

int launch_dir(struct launch *l, unsigned dir)
{
	int again;

	if (dir == PLAN_HOST)
		return AT_FDCWD;
	if (dir >= LAUNCH_DIRS || l->dir[dir] < 0)
		return -EBADF;
	if (dir == PLAN_ROOT || l->dir_is_here[dir])
		return l->dir[dir];
	again = open_again(l->proc, l->dir[dir]);
	if (again < 0)
		return again;
	/* Under its old number: others hold that. */
	if (dup3(again, l->dir[dir], O_CLOEXEC) < 0) {
		close(again);
		return -errno;
	}
	close(again);
	l->dir_is_here[dir] = true;
	return l->dir[dir];
}
