#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

enum { DEVPTS_MAGIC = 0x1cd1 };

/* A new terminal of the container's own devpts, and of nothing else that may lie under that name.
 */
static int open_master(int root)
{
	int master = launch_root_open(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, true);
	struct statfs fs;
	struct stat st;
	int locked = 0;

	if (master < 0)
		return master;
	if (fstatfs(master, &fs) < 0 || fs.f_type != DEVPTS_MAGIC || fstat(master, &st) < 0 ||
		!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) ||
		ioctl(master, TIOCSPTLCK, &locked) < 0) {
		close(master);
		return -ENODEV;
	}
	return master;
}

static int bind_console(int root, int peer)
{
	int target = launch_root_make(root, "dev/console", S_IFREG, true), tree, error;

	if (target < 0)
		return target;
	tree = sys_open_tree(peer, "", SYS_OPEN_TREE_CLONE | AT_EMPTY_PATH);
	error = tree < 0 ? tree : launch_attach(tree, target);
	close(target);
	return error;
}

static int become_stdio(int peer)
{
	for (int fd = 0; fd < 3; fd++)
		if (dup2(peer, fd) < 0)
			return -errno;
	return ioctl(0, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

/* The peer comes from the master (TIOCGPTPEER), never from a name in /dev/pts (CVE-2025-52565). */
int launch_console(struct launch *l, uint16_t rows, uint16_t columns)
{
	int root = l->dir[PLAN_ROOT], master = open_master(root), peer, error;
	struct winsize size = {.ws_row = rows, .ws_col = columns};

	if (master < 0)
		return launch_fail(l, master, 125, "terminal: /dev/pts/ptmx: %e", master);
	if (rows && columns)
		ioctl(master, TIOCSWINSZ, &size);
	peer = (int)sys_result(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
	error = peer < 0 ? peer : 0;
	if (!error && l->plan.head->kind == PLAN_CONTAINER)
		error = bind_console(root, peer);
	if (!error)
		error = become_stdio(peer);
	if (!error)
		error = launch_gate_console(l->gate, master);
	l->stdio.ours = true;
	sys_close(&peer);
	sys_close(&master);
	return error;
}
