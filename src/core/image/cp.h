/* cp.h - `davit cp`: files between this host and a container's root, or as a tar stream.
 *
 * A container's tree is hostile even while it is frozen: its paths are resolved below its root by
 * the kernel (path.h), every object is held by an fd before it is looked at, and opened by that fd
 * and no second lookup; what is made is made by one name in a held directory, never through a link.
 * On the host's side the path the user typed is followed, and nothing that came from the container.
 */
#ifndef CORE_IMAGE_CP_H
#define CORE_IMAGE_CP_H

#include <sys/stat.h>

#include "core/image/scan.h"
#include "core/image/scan_links.h"
#include "core/image_ops.h"

int image_copy(const struct image_copy *copy, const struct image_watch *watch, struct err *err);

/* ---- cp_place.c: one object, by one name in a held directory ---- */

struct cp_facts {
	mode_t mode; /* with the type */
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	struct timespec mtime;
	const char *target; /* of a symlink */
	const struct tar_xattr *xattrs;
	size_t n_xattrs;
};

/* Makes way (what is there goes, unless one of the two is a directory and the other not) and makes
 * it, not yet dressed. *fd: a file's, to be written; a directory's, O_PATH; else -1. */
int cp_make(int dir_fd, const char *name, const struct cp_facts *facts, int *fd, struct err *err);
/* Owner, mode, attributes, time: last. fd: what cp_make gave, or -1. */
int cp_dress(int dir_fd, const char *name, int fd, const struct cp_facts *facts, struct err *err);

/* ---- cp_tree.c: from one directory to another ---- */

struct cp {
	/* Of the one of the two that is a container. */
	struct cp_ids {
		const struct id_maps *users, *groups;
	} source, target;
	bool keep_owner; /* else all belongs to us; see chown */
	bool chown;
	uid_t uid;
	gid_t gid;
	const struct image_watch *watch;
	uint64_t bytes; /* as many as its tar would have */
	struct scan_xattrs xattrs;
	struct scan_links links;
	struct strs made;         /* of links: "path in the destination" by number */
	unsigned long long mount; /* where it began: another is entered only if it holds files */
	int top_fd;               /* where the destination's paths begin */
	char path[INDEX_PATH_MAX];
	size_t path_len;
};

void cp_init(struct cp *cp, int top_fd, const struct image_watch *watch);
void cp_fini(struct cp *cp);
/* src_fd: O_PATH, of anything. It becomes `name` in top_fd. */
int cp_object(struct cp *cp, int src_fd, const char *name, struct err *err);
/* All that is in the directory src_fd, into top_fd. */
int cp_children(struct cp *cp, int src_fd, struct err *err);
void cp_own(const struct cp *cp, struct cp_facts *facts);
bool cp_is_canceled(const struct cp *cp);

/* ---- cp_tar.c ---- */

/* A tar stream, in any wrapping, into the directory `inside` of root_fd. */
int cp_from_tar(struct cp *cp, int root_fd, const char *inside, int fd, struct err *err);
/* `name` in dir_fd, or with NULL all that is in it, as a tar stream. */
int cp_to_tar(struct cp *cp, int dir_fd, const char *name, int fd, struct err *err);

#endif
