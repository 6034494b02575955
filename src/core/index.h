/* index.h - what is in a layer, as a file beside it that is mapped and read in place.
 *
 *     header     96 bytes, below
 *     entries    88 bytes each, breadth first: the root is 0, a directory's children stand together
 *                and in order of their names' bytes; so parent < entry < its children
 *     strings    names, link targets, attribute lists
 *
 * Little endian. Written once while the layer is unpacked; checked whole when it is opened, so that
 * no reader needs to doubt an offset. Whiteouts are entries of their own, in whatever form the
 * storage driver keeps them on the disk. */
#ifndef CORE_INDEX_H
#define CORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/err.h"
#include "util/own.h"

enum {
	INDEX_VERSION = 1,
	INDEX_ENTRIES_MAX = 10000000,
	INDEX_DEPTH_MAX = 256, /* directories above a name */
	INDEX_PATH_MAX = 4096,
	INDEX_NAME_MAX = 255,
	INDEX_HASH = 16, /* bytes of an XXH3-128 */
};

enum index_flag {
	INDEX_WHITEOUT = 1 << 0, /* hides its name in the layers below */
	INDEX_OPAQUE = 1 << 1,   /* a directory that hides what the layers below have in it */
	INDEX_LINK = 1 << 2,     /* another name of the file at `target` in this layer */
	INDEX_IMPLIED = 1 << 3,  /* a directory that has no entry of its own in the tar */
	INDEX_SPARSE = 1 << 4,
	INDEX_COPIED = 1 << 5, /* not in the tar: copied from a layer below, for a hard link */
	INDEX_UNREAD = 1 << 6, /* only in memory (live.h): its content was not hashed */
	INDEX_UNTIDY = 1 << 7, /* only in memory (scan.h): it is not yet as the entry says */
};

/* The file's own format: see above. Offsets are into strings; 0 is the empty string. */
struct index_entry {
	uint32_t parent;
	uint32_t name;
	uint16_t name_len;
	uint16_t mode; /* with the type, as in st_mode */
	uint32_t uid, gid;
	uint16_t flags;
	uint16_t reserved;
	uint64_t size; /* a symlink's is its target's length */
	int64_t mtime;
	uint32_t mtime_ns;
	uint32_t target; /* of a symlink, or INDEX_LINK; NUL-terminated */
	uint32_t xattrs; /* 0: none; else see index_xattrs */
	uint32_t first_child, children;
	uint32_t rdev;            /* major << 20 | minor */
	uint64_t offset;          /* of the header in the tar */
	uint8_t hash[INDEX_HASH]; /* of a regular file's content */
};
_Static_assert(sizeof(struct index_entry) == 88, "the format");

struct index_header {
	char magic[8]; /* "davitidx" */
	uint32_t version;
	uint32_t entries;
	uint64_t strings; /* bytes */
	uint64_t size;    /* sum of the files' sizes, hard links counted once */
	uint64_t check;   /* XXH3-64 of all that follows the header */
	uint8_t diff_id[32];
	uint8_t reserved[24];
};
_Static_assert(sizeof(struct index_header) == 96, "the format");

struct index;

/* -ENOENT, or -EBADMSG for anything but a whole, sound index. The caller owns *out. */
int index_open(int dir_fd, const char *name, struct index **out, struct err *err);
/* The same of memory, which must stay and be aligned to 8 bytes. */
int index_of_memory(const void *data, size_t len, struct index **out, struct err *err);
/* The same, of memory from malloc that now is the index's; on failure it is still the caller's. */
int index_take_memory(void *data, size_t len, struct index **out, struct err *err);
void index_free(struct index *index);
own_define(index)

uint32_t index_count(const struct index *index);
uint64_t index_size(const struct index *index);
const uint8_t *index_diff_id(const struct index *index); /* 32 bytes */
const struct index_entry *index_at(const struct index *index, uint32_t number);
/* Not NUL-terminated: entry->name_len bytes. */
const char *index_name(const struct index *index, const struct index_entry *entry);
const char *index_target(const struct index *index, const struct index_entry *entry);
/* The child of a directory by name; NULL: none. */
const struct index_entry *index_child(
	const struct index *index, const struct index_entry *dir, const char *name, size_t len);
/* "usr/bin/env"; "" is the root. NULL: this layer says nothing about it. */
const struct index_entry *index_find(const struct index *index, const char *path);
/* "usr/bin/env" into the caller's room; its length. */
size_t index_path(
	const struct index *index, const struct index_entry *entry, char path[INDEX_PATH_MAX]);

/* An attribute list is: total bytes u32, then for each: name length u16, value length u32, name,
 * NUL, value. at begins at 0; false: no more. */
struct index_xattr {
	const char *name; /* NUL-terminated */
	const void *value;
	size_t len;
};
bool index_xattrs(const struct index *index, const struct index_entry *entry, size_t *at,
	struct index_xattr *out);

#endif
