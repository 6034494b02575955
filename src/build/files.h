/* files.h - what a COPY or ADD takes: names and facts of a part of a tree, in order.
 *
 * Walked from a held directory fd, never through a link inside it: the tree may be anybody's. A
 * source's own last link is followed, within the tree, as BuildKit does. Directories come before
 * what is in them; names in order of their bytes. Sockets are left out. */
#ifndef BUILD_FILES_H
#define BUILD_FILES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/own.h"

enum {
	FILES_MAX = 10000000,
	FILES_DEPTH_MAX = 256,
	FILES_HASH = 32,       /* bytes of a SHA-256 */
	FILES_SAMPLE = 16,     /* of one of parts of a large file */
	FILES_LARGE = 1 << 20, /* from this size on it is one */
};

struct file {
	const char *path; /* where it really is: from the root, without a slash before it; "" is the
			     root */
	const char *name; /* below the destination; "" is the source itself, a directory */
	uint32_t item;    /* the source it came with */
	mode_t mode;      /* with the type */
	uid_t uid;
	gid_t gid;
	uint64_t size, ino, dev, rdev;
	nlink_t links;
	struct timespec mtime, ctime;
	uint8_t hash[FILES_HASH];     /* of a regular file's content, or a link's target; see
				   * files_content.c
				   */
	uint8_t sample[FILES_SAMPLE]; /* of a large file: files_sample.c */
	bool hashed, sampled;         /* they are there */
	bool stamped;                 /* from stamps, or they have it */
};

static inline bool file_is_large(const struct file *file)
{
	return S_ISREG(file->mode) && file->size >= FILES_LARGE;
}

struct files {
	struct file *v;
	size_t n;
	size_t room;
	struct arena names;
	uint64_t bytes; /* of regular files */
};

/* Whether a path is left out. *below: something below it may be in nevertheless. */
typedef bool files_omit_fn(void *arg, const char *path, bool is_dir, bool *below);

struct files_source {
	int root_fd;
	files_omit_fn *omit; /* NULL: nothing */
	void *arg;
	const atomic_bool *canceled; /* or NULL */
	const atomic_bool *enough;   /* the same: nobody waits for it any more; or NULL */
};

static inline bool files_stop(const struct files_source *source)
{
	return (source->canceled && atomic_load(source->canceled)) ||
	       (source->enough && atomic_load(source->enough));
}

/* One source path without wildcards, "" is the root: a directory gives what is in it, a file
 * itself, under its last name. Appends; -ENOENT: there is none. */
struct files_pick {
	const char *path;
	bool parents; /* names keep the path's directories, which come too, from `keep` on */
	size_t keep;
	uint32_t item;
};
int files_add(struct files *files, const struct files_source *source, const struct files_pick *pick,
	struct err *err);
/* The paths that a pattern of Go's filepath.Match stands for, in order; a plain path is itself, if
 * it is there. */
struct strs;
int files_glob(
	const struct files_source *source, const char *pattern, struct strs *out, struct err *err);

/* A regular file of the list for reading, exactly as it was found; -ESTALE. The caller closes it.
 */
int files_open(const struct file *file, const struct files_source *source, struct err *err);
/* A symbolic link's target, without a NUL after it; its length. */
ssize_t files_readlink(const struct file *file, const struct files_source *source, char *target,
	size_t room, struct err *err);
/* Whether it still is, after reading. */
int files_check(const struct file *file, int fd, struct err *err);

void files_fini(struct files *files);
#define auto_files __attribute__((cleanup(files_fini))) struct files

/* ---- content ---- */

struct stamps; /* hashes of files that have not changed since: stamps.h */
/* Fills what is known from before. */
void files_look_up(struct files *files, struct stamps *stamps);
/* Fills the hashes that are missing of links and of files smaller than that; samples of all that
 * are large come with it. Whoever reads the list meanwhile may read all but these. */
int files_read(
	struct files *files, const struct files_source *source, uint64_t below, struct err *err);
int files_sample(struct files *files, const struct files_source *source, struct err *err);
/* What is known now, for another time. */
void files_note(struct files *files, struct stamps *stamps);
/* All of it: fills every hash. stamps may be NULL. */
int files_hash(struct files *files, const struct files_source *source, struct stamps *stamps,
	struct err *err);
/* One hash of all of it: names below the destination, types, modes, owners (if they are kept),
 * sizes, targets, capabilities, contents; no times. */
enum {
	FILES_OWNERS = 1 << 0,
	FILES_SAMPLED =
		1 << 1, /* of large files samples only: who differs in it is another, who does
				 * not may be */
};
int files_digest(const struct files *files, const struct files_source *source, unsigned flags,
	uint8_t out[FILES_HASH], struct err *err);

#endif
