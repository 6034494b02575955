#include "core/image/layer_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "core/image/dirs.h"
#include "core/image/tar_write.h"
#include "core/image/unpack.h"
#include "util/buf.h"
#include "util/path.h"

enum { PIECE = 256 << 10 };

struct writing {
	const struct layer_tar *tar;
	struct tree *tree;
	struct dirs dirs;
	struct buf head;      /* the next header */
	unsigned char *piece; /* NULL: only sizes are asked for */
	XXH3_state_t *hash;
	uint64_t offset;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layer: out of memory");
}

static int put(struct writing *w, const void *data, size_t len, struct err *err)
{
	w->offset += len;
	return w->piece && len ? w->tar->put(w->tar->arg, data, len, err) : 0;
}

static int put_head(struct writing *w, struct err *err)
{
	int failed = buf_failed(&w->head) ? no_memory(err) : put(w, w->head.data, w->head.len, err);

	buf_clear(&w->head);
	return failed;
}

/* ---- what an entry says ---- */

struct said {
	struct tar_entry entry;
	char path[INDEX_PATH_MAX + 16];
	struct tar_xattr xattrs[UNPACK_XATTRS_MAX];
};

static enum tar_type type_of(const struct index_entry *entry)
{
	if (entry->flags & INDEX_LINK)
		return TAR_LINK;
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return TAR_DIR;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFCHR:
		return TAR_CHAR;
	case S_IFBLK:
		return TAR_BLOCK;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		return TAR_FILE;
	}
}

static void say(const struct writing *w, uint32_t node, struct said *said)
{
	const struct index_entry *entry = tree_at(w->tree, node);
	enum tar_type type = type_of(entry);
	size_t len = tree_path(w->tree, node, said->path);

	if (type == TAR_DIR)
		snprintf(said->path + len, sizeof(said->path) - len, "%s",
			node == TREE_ROOT ? "./" : "/");
	said->entry = (struct tar_entry){
		.type = type,
		.path = said->path,
		.target =
			type == TAR_LINK || type == TAR_SYMLINK ? tree_target(w->tree, node) : NULL,
		.mode = entry->mode & 07777,
		.uid = entry->uid,
		.gid = entry->gid,
		.size = type == TAR_FILE ? entry->size : 0,
		.mtime = {.tv_sec = entry->mtime},
		.major = entry->rdev >> 20,
		.minor = entry->rdev & 0xfffff,
		.xattrs = said->xattrs,
		.n_xattrs = type == TAR_LINK
				    ? 0
				    : tree_xattrs(w->tree, node, said->xattrs, UNPACK_XATTRS_MAX),
	};
}

static void say_deleted(const struct writing *w, uint32_t dir, const char *name, struct said *said)
{
	size_t len = tree_path(w->tree, dir, said->path);

	snprintf(said->path + len, sizeof(said->path) - len, "%s.wh.%s", len ? "/" : "", name);
	said->entry = (struct tar_entry){.type = TAR_FILE, .path = said->path};
}

/* Where the header itself stands, behind what extends it. */
static int put_said(struct writing *w, uint32_t node, const struct said *said, struct err *err)
{
	tar_put_entry(&w->head, &said->entry);
	if (w->tar->record && w->head.len >= TAR_BLOCK_SIZE)
		tree_at(w->tree, node)->offset = w->offset + w->head.len - TAR_BLOCK_SIZE;
	return put_head(w, err);
}

/* ---- content ---- */

static int changed(const struct said *said, struct err *err)
{
	return err_set(err, EBADMSG, "%.300s: it changed while it was read", said->path);
}

/* What a file's bytes are read from, and where they are written on the way; -1: they are there. */
struct content {
	int from, to;
};

static void content_fini(struct content *content)
{
	own_closep(&content->from);
	own_closep(&content->to);
}
#define auto_content __attribute__((cleanup(content_fini))) struct content

static int put_content(
	struct writing *w, const struct content *content, const struct said *said, struct err *err)
{
	uint64_t left = said->entry.size;

	XXH3_128bits_reset(w->hash);
	while (left) {
		size_t room = PIECE;
		unsigned char *own = w->tar->room ? w->tar->room(w->tar->arg, &room) : NULL;
		unsigned char *piece = own ? own : w->piece;
		ssize_t got = read(content->from, piece, left < room ? (size_t)left : room);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "%.300s", said->path);
		if (!got)
			return changed(said, err);
		if (w->tar->canceled && atomic_load(w->tar->canceled))
			return err_set(err, ECANCELED, "canceled");
		if (content->to >= 0 && path_write_all(content->to, piece, (size_t)got) < 0)
			return err_sys(err, "copy to /%.300s", said->path);
		XXH3_128bits_update(w->hash, piece, (size_t)got);
		if (put(w, piece, (size_t)got, err) < 0)
			return err->code;
		left -= (uint64_t)got;
	}
	return 0;
}

static void record_hash(struct writing *w, uint32_t node)
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(w->hash));
	memcpy(tree_at(w->tree, node)->hash, canonical.digest, INDEX_HASH);
}

static int open_file(struct writing *w, uint32_t node, struct said *said, struct content *content,
	struct err *err)
{
	const struct layer_late *late = w->tar->late;
	int dir_fd = dirs_fd(&w->dirs, tree_at(w->tree, node)->parent, err);
	char name[INDEX_NAME_MAX + 1];
	struct stat st;
	int fd;

	if (dir_fd < 0 || (late && late->open(late->arg, said->path, &content->from, err) < 0))
		return err->code;
	tree_name(w->tree, node, name);
	fd = openat(dir_fd, name,
		(content->from < 0 ? O_RDONLY : O_WRONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	*(content->from < 0 ? &content->from : &content->to) = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "%.300s", said->path);
	if (!S_ISREG(st.st_mode) || (!w->tar->record && (uint64_t)st.st_size != said->entry.size))
		return changed(said, err);
	said->entry.size = tree_at(w->tree, node)->size = (uint64_t)st.st_size;
	return 0;
}

/* Writing changed its time. */
static int end_late(struct writing *w, uint32_t node, const struct content *content,
	const struct said *said, struct err *err)
{
	const struct timespec time = {.tv_sec = tree_at(w->tree, node)->mtime},
			      times[] = {time, time};

	if (w->tar->late->check(w->tar->late->arg, said->path, content->from, err) < 0)
		return err->code;
	return futimens(content->to, times) < 0 ? err_sys(err, "%.300s", said->path) : 0;
}

static int put_file(struct writing *w, uint32_t node, struct said *said, struct err *err)
{
	auto_content content = {-1, -1};

	if (w->piece && open_file(w, node, said, &content, err) < 0)
		return err->code;
	if (put_said(w, node, said, err) < 0)
		return err->code;
	if (!w->piece)
		w->offset += said->entry.size;
	else if (put_content(w, &content, said, err) < 0 ||
		 (content.to >= 0 && end_late(w, node, &content, said, err) < 0))
		return err->code;
	if (w->tar->record)
		record_hash(w, node);
	tar_put_padding(&w->head, said->entry.size);
	return put_head(w, err);
}

/* ---- the walk ---- */

static int put_dir(struct writing *w, uint32_t dir, struct said *said, struct err *err);

static int put_node(struct writing *w, uint32_t node, struct said *said, struct err *err)
{
	const struct index_entry *entry = tree_at(w->tree, node);
	char name[INDEX_NAME_MAX + 1];

	if (entry->flags & INDEX_WHITEOUT) {
		tree_name(w->tree, node, name);
		say_deleted(w, entry->parent, name, said);
		return put_said(w, node, said, err);
	}
	say(w, node, said);
	if (said->entry.type == TAR_FILE)
		return put_file(w, node, said, err);
	if (put_said(w, node, said, err) < 0)
		return err->code;
	return said->entry.type == TAR_DIR ? put_dir(w, node, said, err) : 0;
}

/* A later name of a file must look like the first, which alone was filled. */
static void repeat_facts(struct writing *w, uint32_t node)
{
	struct index_entry *entry = tree_at(w->tree, node);
	const char *path = tree_target(w->tree, node);
	int64_t first = TREE_ROOT;

	for (size_t len; first >= 0 && *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		first = tree_child(w->tree, (uint32_t)first, path, len);
	}
	if (first < 0)
		return;
	entry->size = tree_at(w->tree, (uint32_t)first)->size;
	memcpy(entry->hash, tree_at(w->tree, (uint32_t)first)->hash, INDEX_HASH);
}

static int put_dir(struct writing *w, uint32_t dir, struct said *said, struct err *err)
{
	size_t n;
	auto_free uint32_t *children = tree_children(w->tree, dir, &n);

	if (n && !children)
		return no_memory(err);
	if (tree_at(w->tree, dir)->flags & INDEX_OPAQUE) {
		say_deleted(w, dir, ".wh..opq", said);
		tar_put_entry(&w->head, &said->entry);
		if (put_head(w, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < n; i++) {
		if (put_node(w, children[i], said, err) < 0)
			return err->code;
		if (w->tar->record && tree_at(w->tree, children[i])->flags & INDEX_LINK)
			repeat_facts(w, children[i]);
	}
	return 0;
}

static int put_all(struct writing *w, struct err *err)
{
	auto_free struct said *said = malloc(sizeof(*said));

	if (!said)
		return no_memory(err);
	if (!(tree_at(w->tree, TREE_ROOT)->flags & INDEX_IMPLIED)) {
		say(w, TREE_ROOT, said);
		if (put_said(w, TREE_ROOT, said, err) < 0)
			return err->code;
	}
	if (put_dir(w, TREE_ROOT, said, err) < 0)
		return err->code;
	tar_put_end(&w->head);
	return put_head(w, err);
}

int layer_tar_write(const struct layer_tar *tar, struct err *err)
{
	auto_free unsigned char *piece = malloc(PIECE);
	struct writing w = {
		.tar = tar, .tree = tar->tree, .piece = piece, .hash = XXH3_createState()};
	int failed = piece && w.hash ? 0 : no_memory(err);

	dirs_init(&w.dirs, tar->diff_fd, tar->tree);
	w.dirs.cross = tar->cross;
	if (!failed)
		failed = put_all(&w, err);
	dirs_fini(&w.dirs);
	XXH3_freeState(w.hash);
	buf_fini(&w.head);
	return failed;
}

int layer_tar_size(struct tree *tree, uint64_t *size, struct err *err)
{
	const struct layer_tar nothing = {.tree = tree, .diff_fd = -1};
	struct writing w = {.tar = &nothing, .tree = tree};
	int failed = put_all(&w, err);

	buf_fini(&w.head);
	*size = w.offset;
	return failed;
}
