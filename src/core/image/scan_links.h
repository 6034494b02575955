/* scan_links.h - the files with more than one name that a scan has met, by inode. */
#ifndef CORE_IMAGE_SCAN_LINKS_H
#define CORE_IMAGE_SCAN_LINKS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/err.h"

struct scan_link;

struct scan_links {
	struct scan_link *slots; /* open addressing; a power of two, at least twice count */
	size_t room, count;
};

/* The node that was added for this file, or TREE_NONE. */
int64_t scan_links_find(const struct scan_links *links, const struct stat *st);
int scan_links_add(struct scan_links *links, const struct stat *st, uint32_t node, struct err *err);
void scan_links_fini(struct scan_links *links);

#endif
