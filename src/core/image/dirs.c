#include "core/image/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

void dirs_init(struct dirs *dirs, int root_fd, const struct tree *tree)
{
	dirs->root_fd = root_fd;
	dirs->tree = tree;
	dirs->cross = false;
	for (int i = 0; i < DIRS_SLOTS; i++) {
		dirs->slots[i].node = TREE_ROOT;
		dirs->slots[i].fd = -1;
	}
}

void dirs_fini(struct dirs *dirs)
{
	for (int i = 0; i < DIRS_SLOTS; i++)
		if (dirs->slots[i].fd >= 0)
			close(dirs->slots[i].fd);
}

int dirs_fd(struct dirs *dirs, uint32_t node, struct err *err)
{
	/* The tree's paths have no links and no dots; whatever else the disk shows is an attack. */
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve =
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | (dirs->cross ? 0 : RESOLVE_NO_XDEV),
	};
	int slot = (int)(node % DIRS_SLOTS), fd;
	char path[INDEX_PATH_MAX];

	if (node == TREE_ROOT)
		return dirs->root_fd;
	if (dirs->slots[slot].node == node)
		return dirs->slots[slot].fd;
	tree_path(dirs->tree, node, path);
	fd = (int)syscall(SYS_openat2, dirs->root_fd, path, &how, sizeof(how));
	if (fd < 0)
		return err_sys(err, "%s", path);
	if (dirs->slots[slot].fd >= 0)
		close(dirs->slots[slot].fd);
	dirs->slots[slot].node = node;
	dirs->slots[slot].fd = fd;
	return fd;
}
