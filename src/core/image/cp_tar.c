/* cp_tar.c - a tree as a tar stream, and a tar stream into a tree that is there already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/image/clean.h"
#include "core/image/compress.h"
#include "core/image/cp.h"
#include "core/image/layer_tar.h"
#include "core/image/outfile.h"
#include "core/image/unpack_private.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { PIECE = 256 << 10 };

/* ---- out ---- */

struct flowing {
	struct outflow flow;
	uint64_t bytes;
};

static int flow_put(void *arg, const void *data, size_t len, struct err *err)
{
	struct flowing *flowing = arg;

	flowing->bytes += len;
	return outflow_put(&flowing->flow, data, len, err);
}

int cp_to_tar(struct cp *cp, int dir_fd, const char *name, int fd, struct err *err)
{
	auto_of(tree) struct tree *tree = NULL;
	const atomic_bool *canceled = cp->watch ? cp->watch->canceled : NULL;
	const struct scan scan = {.root_fd = dir_fd,
		.only = name,
		.any_name = true,
		.cross = true,
		.owners = {cp->source.users, cp->source.groups},
		.latest = SCAN_ANY_TIME,
		.canceled = canceled};
	struct flowing flowing = {0};
	struct layer_tar tar = {.diff_fd = dir_fd,
		.record = true,
		.cross = true,
		.canceled = canceled,
		.put = flow_put,
		.arg = &flowing};
	int failed = scan_tree(&scan, &tree, NULL, err);

	if (failed)
		return failed;
	tar.tree = tree;
	if (name) /* the directory that the one name is in is none of it */
		tree_at(tree, TREE_ROOT)->flags |= INDEX_IMPLIED;
	failed = outflow_init(&flowing.flow, fd, "copy", err);
	if (!failed)
		failed = layer_tar_write(&tar, err);
	if (!failed)
		failed = outflow_end(&flowing.flow, err);
	outflow_fini(&flowing.flow);
	cp->bytes = flowing.bytes;
	return failed;
}

/* ---- in ---- */

struct taking {
	struct cp *cp;
	int root_fd;
	const char *inside;
	int fd;
	unsigned char *in, *out;
	struct decoder *decoder;
	struct buf dirs; /* what is dated last: path, NUL, struct timespec */
};

static ssize_t more_input(void *arg, const unsigned char **data, struct err *err)
{
	struct taking *t = arg;
	size_t have = 0;

	/* A whole piece, so that its kind can be told. */
	while (have < PIECE) {
		ssize_t got = read(t->fd, t->in + have, PIECE - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "read the archive");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	*data = t->in;
	return (ssize_t)have;
}

static ssize_t more_tar(void *arg, const unsigned char **data, struct err *err)
{
	struct taking *t = arg;
	ssize_t got;

	if (cp_is_canceled(t->cp))
		return err_set(err, ECANCELED, "canceled");
	got = decoder_read(t->decoder, t->out, PIECE, err);
	if (got > 0)
		t->cp->bytes += (uint64_t)got;
	*data = t->out;
	return got;
}

static int write_content(struct tar *tar, int fd, uint64_t size, struct err *err)
{
	struct tar_piece piece;

	for (;;) {
		size_t done = 0;

		if (tar_data(tar, &piece, err) < 0)
			return err->code;
		if (!piece.len)
			return ftruncate(fd, (off_t)size) < 0 ? err_sys(err, "write") : 0;
		while (done < piece.len) {
			ssize_t put = pwrite(
				fd, piece.data + done, piece.len - done, (off_t)(piece.at + done));

			if (put < 0)
				return err_sys(err, "write");
			done += (size_t)put;
		}
	}
}

/* The directory an entry goes into: links that are there are followed, inside the root. */
static int open_parent(struct taking *t, const char *clean, const char **name, struct err *err)
{
	const char *slash = strrchr(clean, '/');
	auto_buf path = BUF_INIT;
	int fd;

	*name = slash ? slash + 1 : clean;
	buf_addf(&path, "%s/%.*s", t->inside, slash ? (int)(slash - clean) : 0, clean);
	fd = path_mkdirs_in(t->root_fd, buf_text(&path), 0755);
	return fd < 0 ? err_set(err, fd, "%.300s: %s", clean, err_name(fd)) : fd;
}

static int take_link(struct taking *t, const struct tar_entry *entry, int dir_fd, const char *name,
	struct err *err)
{
	char clean[INDEX_PATH_MAX], path[40];
	auto_buf whole = BUF_INIT;
	auto_close int target = -1;

	if (clean_path(entry->target, clean, err) < 0)
		return err->code;
	buf_addf(&whole, "%s/%s", t->inside, clean);
	target = path_open_in(t->root_fd, buf_text(&whole), O_PATH | O_NOFOLLOW, 0);
	if (target < 0)
		return err_set(err, target, "%.200s: hard link to %.200s: %s", entry->path, clean,
			err_name(target));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", target);
	if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "%.300s", entry->path);
	return linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) < 0
		       ? err_sys(err, "%.300s: hard link", entry->path)
		       : 0;
}

static void remember_dir(struct taking *t, const char *clean, struct timespec time)
{
	buf_add(&t->dirs, clean, strlen(clean) + 1);
	buf_add(&t->dirs, &time, sizeof(time));
}

static size_t keep_xattrs(const struct tar_entry *entry, struct tar_xattr kept[UNPACK_XATTRS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < entry->n_xattrs && n < UNPACK_XATTRS_MAX; i++)
		if (unpack_keeps_xattr(&entry->xattrs[i]))
			kept[n++] = entry->xattrs[i];
	return n;
}

static int take_entry(struct taking *t, struct tar *tar, const struct tar_entry *entry,
	const char *clean, struct err *err)
{
	static const mode_t kinds[] = {[TAR_FILE] = S_IFREG,
		[TAR_SYMLINK] = S_IFLNK,
		[TAR_CHAR] = S_IFCHR,
		[TAR_BLOCK] = S_IFBLK,
		[TAR_DIR] = S_IFDIR,
		[TAR_FIFO] = S_IFIFO};
	struct tar_xattr kept[UNPACK_XATTRS_MAX];
	struct cp_facts facts = {.uid = entry->uid,
		.gid = entry->gid,
		.rdev = makedev(entry->major, entry->minor),
		.mtime = unpack_time(entry->mtime),
		.target = entry->target,
		.xattrs = kept,
		.n_xattrs = keep_xattrs(entry, kept)};
	const char *name;
	auto_close int dir_fd = open_parent(t, clean, &name, err), fd = -1;

	if (dir_fd < 0)
		return dir_fd;
	if (entry->type == TAR_LINK)
		return take_link(t, entry, dir_fd, name, err);
	facts.mode = kinds[entry->type] | entry->mode;
	cp_own(t->cp, &facts);
	if (cp_make(dir_fd, name, &facts, &fd, err) < 0 ||
		(entry->type == TAR_FILE && write_content(tar, fd, entry->size, err) < 0))
		return err->code;
	if (entry->type == TAR_DIR)
		remember_dir(t, clean, facts.mtime);
	return cp_dress(dir_fd, name, fd, &facts, err);
}

static int take_all(struct taking *t, struct err *err)
{
	auto_of(tar) struct tar *tar = tar_new(more_tar, t);
	const struct tar_entry *entry;
	char clean[INDEX_PATH_MAX];

	if (!tar)
		return err_set(err, ENOMEM, "copy: out of memory");
	for (;;) {
		if (tar_next(tar, &entry, err) < 0)
			return err->code;
		if (!entry)
			return tar_drain(tar, err);
		if (clean_path(entry->path, clean, err) < 0)
			return err->code;
		if (*clean && take_entry(t, tar, entry, clean, err) < 0)
			return err->code;
	}
}

/* Everything that came into a directory changed its time. */
static void date_dirs(struct taking *t)
{
	for (size_t at = 0; at < t->dirs.len;) {
		const char *path = t->dirs.data + at;
		auto_buf whole = BUF_INIT;
		struct timespec times[2];
		char link[40];
		auto_close int fd = -1;

		at += strlen(path) + 1;
		memcpy(&times[0], t->dirs.data + at, sizeof(times[0]));
		at += sizeof(times[0]);
		times[1] = times[0];
		buf_addf(&whole, "%s/%s", t->inside, path);
		fd = path_open_in(
			t->root_fd, buf_text(&whole), O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		if (fd >= 0)
			utimensat(AT_FDCWD, link, times, 0);
	}
}

int cp_from_tar(struct cp *cp, int root_fd, const char *inside, int fd, struct err *err)
{
	auto_free unsigned char *in = malloc(PIECE), *out = malloc(PIECE);
	auto_of(decoder) struct decoder *decoder = NULL;
	struct taking t = {
		.cp = cp, .root_fd = root_fd, .inside = inside, .fd = fd, .in = in, .out = out};
	int failed = in && out ? 0 : err_set(err, ENOMEM, "copy: out of memory");

	if (!failed)
		failed = decoder_new(more_input, &t, true, &decoder, err);
	t.decoder = decoder;
	if (!failed)
		failed = take_all(&t, err);
	if (!failed)
		date_dirs(&t);
	buf_fini(&t.dirs);
	return failed;
}
