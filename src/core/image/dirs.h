/* dirs.h - open directories of a tree that is being written, so that a file costs one name. */
#ifndef CORE_IMAGE_DIRS_H
#define CORE_IMAGE_DIRS_H

#include "core/image/tree.h"
#include "util/err.h"

enum { DIRS_SLOTS = 256 };

struct dirs {
	int root_fd; /* lent */
	const struct tree *tree;
	bool cross; /* directories may be mount points */
	struct {
		uint32_t node;
		int fd;
	} slots[DIRS_SLOTS];
};

void dirs_init(struct dirs *dirs, int root_fd, const struct tree *tree);
void dirs_fini(struct dirs *dirs);
/* An O_PATH fd of a directory in the tree, lent until the next call; or a negative errno. */
int dirs_fd(struct dirs *dirs, uint32_t node, struct err *err);

#endif
