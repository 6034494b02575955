/* live.c - see live.h. The entries are their own queue: a directory's children are read when its
 * turn comes and stand at the end, which is the index's order. */
#include "core/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#define XXH_NO_INLINE_HINTS 1 /* forced, streams do not compile without optimization */
#include <xxhash.h>

#include "core/chain.h"
#include "util/buf.h"

enum { READ_MAX = 64 << 20, PIECE = 64 << 10, VALUES_MAX = 64 << 10 };

/* One name of a file that has several. */
struct name {
	uint64_t inode;
	uint32_t entry;
};

struct scanning {
	const struct live *live;
	int root_fd;
	struct index_entry *entries;
	uint32_t n, room;
	struct buf strings;
	struct name *names;
	size_t n_names, names_room;
	uint64_t may_read;
	char *piece;
	char path[INDEX_PATH_MAX + INDEX_NAME_MAX + 2]; /* of what is being looked at */
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "read the container's files: out of memory");
}

static int failed_at(const struct scanning *s, struct err *err)
{
	return err_sys(err, "/%.300s", s->path);
}

/* ---- growing ---- */

static struct index_entry *add_entry(
	struct scanning *s, uint32_t dir, const char *name, size_t len, struct err *err)
{
	if (s->n >= LIVE_ENTRIES_MAX) {
		err_set(err, E2BIG, "more than %d files were written: too many to be shown",
			LIVE_ENTRIES_MAX);
		return NULL;
	}
	if (s->n == s->room) {
		uint32_t room = s->room ? s->room * 2 : 256;
		void *grown = realloc(s->entries, room * sizeof(*s->entries));

		if (!grown) {
			no_memory(err);
			return NULL;
		}
		s->entries = grown;
		s->room = room;
	}
	s->entries[s->n] = (struct index_entry){
		.parent = dir, .name = (uint32_t)s->strings.len, .name_len = (uint16_t)len};
	buf_add(&s->strings, name, len);
	buf_addc(&s->strings, '\0');
	return &s->entries[s->n++];
}

static uint32_t add_text(struct scanning *s, const char *text)
{
	uint32_t at = (uint32_t)s->strings.len;

	buf_add(&s->strings, text, strlen(text) + 1);
	return at;
}

static int add_name(struct scanning *s, uint64_t inode, uint32_t entry, struct err *err)
{
	if (s->n_names == s->names_room) {
		size_t room = s->names_room ? s->names_room * 2 : 64;
		void *grown = realloc(s->names, room * sizeof(*s->names));

		if (!grown)
			return no_memory(err);
		s->names = grown;
		s->names_room = room;
	}
	s->names[s->n_names++] = (struct name){inode, entry};
	return 0;
}

/* ---- one object ---- */

/* Overlay's own are how it keeps whiteouts, and no part of a layer (core/image/unpack_file.c). */
static bool keeps_xattr(const char *name)
{
	return !str_has_prefix(name, "trusted.overlay.") &&
	       !str_has_prefix(name, "user.overlay.") && !str_eq(name, "security.selinux");
}

static void add_xattr(struct buf *list, const char *name, const char *value, size_t value_len)
{
	uint16_t name_len = (uint16_t)strlen(name);
	uint32_t len = (uint32_t)value_len;

	buf_add(list, &name_len, sizeof(name_len));
	buf_add(list, &len, sizeof(len));
	buf_add(list, name, name_len + 1u);
	buf_add(list, value, len);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "/proc/self/fd/N/name" is that very name, and no link is followed. */
static void read_xattrs(
	struct scanning *s, int dir_fd, const char *name, bool *opaque, uint32_t *at)
{
	char path[INDEX_NAME_MAX + 64], keys[4096], *sorted[64], *value = s->piece;
	auto_buf list = BUF_INIT;
	ssize_t len;
	size_t n = 0;
	uint32_t total;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	len = llistxattr(path, keys, sizeof(keys));
	for (char *key = keys; len > 0 && key < keys + len && n < 64; key += strlen(key) + 1)
		sorted[n++] = key;
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 0; i < n; i++) {
		ssize_t got = lgetxattr(path, sorted[i], value, VALUES_MAX);

		if (got < 0)
			continue;
		if (str_eq(sorted[i], "trusted.overlay.opaque") ||
			str_eq(sorted[i], "user.overlay.opaque"))
			*opaque = got == 1 && *value == 'y';
		if (keeps_xattr(sorted[i]))
			add_xattr(&list, sorted[i], value, (size_t)got);
	}
	if (!list.len)
		return;
	*at = (uint32_t)s->strings.len;
	total = (uint32_t)list.len;
	buf_add(&s->strings, &total, sizeof(total));
	buf_add(&s->strings, list.data, list.len);
}

/* Only of what is a file: opening a device or a pipe does something to it. */
static bool hash_content(struct scanning *s, int dir_fd, const char *name, uint8_t hash[INDEX_HASH])
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	XXH3_state_t state;
	XXH128_canonical_t canonical;
	struct stat st;
	ssize_t got = -1;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
		(uint64_t)st.st_size > s->may_read)
		return false;
	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	/* A file that grows meanwhile is read no further. */
	for (off_t left = st.st_size; left > 0 && (got = read(fd, s->piece, PIECE)) > 0;
		left -= got)
		XXH3_128bits_update(&state, s->piece, (size_t)got);
	s->may_read -= (uint64_t)st.st_size;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
	memcpy(hash, canonical.digest, INDEX_HASH);
	return got >= 0 || st.st_size == 0;
}

static const struct index_entry *find_below(const struct scanning *s)
{
	size_t owner;

	return chain_find(s->live->below, s->live->n_below, s->path, &owner);
}

static void read_file(struct scanning *s, int dir_fd, const char *name, struct index_entry *entry,
	const struct stat *st)
{
	const struct index_entry *low = find_below(s);

	entry->size = (uint64_t)st->st_size;
	if (!low || !S_ISREG(low->mode) || low->size != entry->size ||
		!hash_content(s, dir_fd, name, entry->hash))
		entry->flags |= INDEX_UNREAD;
}

static void read_link(struct scanning *s, int dir_fd, const char *name, struct index_entry *entry)
{
	char target[INDEX_PATH_MAX];
	ssize_t len = readlinkat(dir_fd, name, target, sizeof(target) - 1);

	target[len < 0 ? 0 : len] = '\0';
	entry->size = strlen(target);
	entry->target = add_text(s, target);
}

static void fill(struct scanning *s, int dir_fd, const char *name, struct index_entry *entry,
	const struct stat *st)
{
	bool opaque = false;

	entry->mode = (uint16_t)st->st_mode;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->mtime = st->st_mtim.tv_sec;
	entry->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	if (S_ISCHR(st->st_mode) && st->st_rdev == 0) {
		entry->flags |= INDEX_WHITEOUT;
		return;
	}
	if (S_ISREG(st->st_mode))
		read_file(s, dir_fd, name, entry, st);
	else if (S_ISLNK(st->st_mode))
		read_link(s, dir_fd, name, entry);
	else if (!S_ISDIR(st->st_mode))
		entry->rdev = (major(st->st_rdev) & 0xfff) << 20 | (minor(st->st_rdev) & 0xfffff);
	read_xattrs(s, dir_fd, name, &opaque, &entry->xattrs);
	if (S_ISDIR(st->st_mode) && opaque)
		entry->flags |= INDEX_OPAQUE;
}

/* In a whole tree: a file that is as it is below. As docker does, size and time decide. */
static bool is_as_below(const struct scanning *s, const struct stat *st)
{
	const struct index_entry *low =
		s->live->whole && !S_ISDIR(st->st_mode) ? find_below(s) : NULL;

	return low && low->mode == (uint16_t)st->st_mode && low->uid == st->st_uid &&
	       low->gid == st->st_gid && low->mtime == st->st_mtim.tv_sec &&
	       low->mtime_ns == (uint32_t)st->st_mtim.tv_nsec &&
	       (!S_ISREG(st->st_mode) || low->size == (uint64_t)st->st_size);
}

/* ---- directories ---- */

static int open_dir(const struct scanning *s, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};

	return (int)syscall(SYS_openat2, s->root_fd, *path ? path : ".", &how, sizeof(how));
}

static int read_names(int fd, struct strs *names, struct err *err)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct dirent *found;

	if (!dir) {
		own_closep(&own);
		return err_sys(err, "read the container's files");
	}
	while ((found = readdir(dir)))
		if (!str_eq(found->d_name, ".") && !str_eq(found->d_name, ".."))
			strs_add(names, found->d_name);
	closedir(dir);
	if (names->len)
		qsort(names->v, names->len, sizeof(char *), by_text);
	return strs_failed(names) ? no_memory(err) : 0;
}

/* The path of a name in the directory whose path is s->path[0..len). False: too long for an index.
 */
static bool set_name(struct scanning *s, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	if (len + name_len + 1 >= INDEX_PATH_MAX || name_len > INDEX_NAME_MAX)
		return false;
	snprintf(s->path + len, sizeof(s->path) - len, "%s%s", len ? "/" : "", name);
	return true;
}

/* ---- mount points ---- */

static bool is_stub_name(const struct scanning *s)
{
	for (size_t i = 0; s->live->stubs && i < s->live->stubs->len; i++)
		if (str_eq(s->live->stubs->v[i], s->path))
			return true;
	return false;
}

static bool holds_stubs(struct scanning *s);

/* A mount point that was made for it: new, and empty but for more of them. The path is s->path. */
static bool is_stub(struct scanning *s, const struct stat *st)
{
	if (!is_stub_name(s) || find_below(s))
		return false;
	return S_ISDIR(st->st_mode) ? holds_stubs(s) : S_ISREG(st->st_mode) && !st->st_size;
}

static bool holds_stubs(struct scanning *s)
{
	auto_strs names = STRS_INIT;
	auto_close int fd = open_dir(s, s->path);
	size_t len = strlen(s->path);
	bool only = fd >= 0 && read_names(fd, &names, &(struct err){0}) == 0;
	struct stat st;

	for (size_t i = 0; only && i < names.len; i++) {
		only = set_name(s, len, names.v[i]) &&
		       fstatat(fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 && is_stub(s, &st);
		s->path[len] = '\0';
	}
	return only;
}

/* ---- what is in a directory ---- */

/* With its owners as they are known inside. */
static int look(const struct scanning *s, int dir_fd, const char *name, struct stat *out)
{
	if (fstatat(dir_fd, name, out, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) < 0)
		return -1;
	out->st_uid = id_inside(s->live->owners.users, out->st_uid);
	out->st_gid = id_inside(s->live->owners.groups, out->st_gid);
	return 0;
}

static int add_found(
	struct scanning *s, uint32_t dir, int dir_fd, const char *name, size_t len, struct err *err)
{
	struct index_entry *entry;
	struct stat st;

	if (!set_name(s, len, name) || look(s, dir_fd, name, &st) < 0)
		return 0;
	if (is_as_below(s, &st) || is_stub(s, &st))
		return 0;
	entry = add_entry(s, dir, name, strlen(name), err);
	if (!entry)
		return err->code;
	fill(s, dir_fd, name, entry, &st);
	if (st.st_nlink > 1 && S_ISREG(st.st_mode))
		return add_name(s, st.st_ino, s->n - 1, err);
	return 0;
}

static int add_missing(struct scanning *s, uint32_t dir, const char *name, struct err *err)
{
	struct index_entry *entry = add_entry(s, dir, name, strlen(name), err);

	if (!entry)
		return err->code;
	entry->mode = S_IFCHR;
	entry->flags = INDEX_WHITEOUT;
	return 0;
}

/* Both lists are sorted: what is only below is missing here. */
static int add_all(struct scanning *s, uint32_t dir, int fd, const struct strs *names,
	const struct strs *below, struct err *err)
{
	size_t len = strlen(s->path), i = 0, k = 0;
	int failed = 0;

	while (!failed && (i < names->len || k < below->len)) {
		int order = i == names->len   ? 1
			    : k == below->len ? -1
					      : strcmp(names->v[i], below->v[k]);

		failed = order > 0 ? add_missing(s, dir, below->v[k], err)
				   : add_found(s, dir, fd, names->v[i], len, err);
		s->path[len] = '\0';
		i += order <= 0;
		k += order >= 0;
	}
	return failed;
}

static size_t set_path(struct scanning *s, uint32_t entry)
{
	size_t at = INDEX_PATH_MAX - 1, len;

	for (; entry; entry = s->entries[entry].parent) {
		size_t name_len = s->entries[entry].name_len;

		if (at != INDEX_PATH_MAX - 1)
			s->path[--at] = '/';
		at -= name_len;
		memcpy(s->path + at, s->strings.data + s->entries[entry].name, name_len);
	}
	len = INDEX_PATH_MAX - 1 - at;
	memmove(s->path, s->path + at, len);
	s->path[len] = '\0';
	return len;
}

static unsigned depth_of(const struct scanning *s, uint32_t entry)
{
	unsigned depth = 0;

	for (; entry; entry = s->entries[entry].parent)
		depth++;
	return depth;
}

static int scan_dir(struct scanning *s, uint32_t dir, struct err *err)
{
	auto_strs names = STRS_INIT, below = STRS_INIT;
	auto_close int fd = -1;
	uint32_t first = s->n;

	set_path(s, dir);
	/* Deeper than an index can say, a directory is shown and what is in it is not. */
	if (depth_of(s, dir) >= INDEX_DEPTH_MAX)
		return 0;
	fd = open_dir(s, s->path);
	if (fd < 0)
		return dir ? 0 : failed_at(s, err);
	if (read_names(fd, &names, err) < 0)
		return err->code;
	if (s->live->whole) {
		chain_names(s->live->below, s->live->n_below, s->path, &below);
		if (below.len)
			qsort(below.v, below.len, sizeof(char *), by_text);
	}
	if (add_all(s, dir, fd, &names, &below, err) < 0)
		return err->code;
	s->entries[dir].children = s->n - first;
	s->entries[dir].first_child = s->n > first ? first : 0;
	return 0;
}

static int scan_all(struct scanning *s, struct err *err)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct index_entry *entry = &s->entries[i];

		if (s->live->canceled && *s->live->canceled)
			return err_set(err, ECANCELED, "canceled");
		if (S_ISDIR(entry->mode) && !(entry->flags & INDEX_WHITEOUT) &&
			scan_dir(s, i, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- names of one file ---- */

static int by_inode(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

/* The first has the content, the others are links to it. */
static void link_names(struct scanning *s)
{
	if (s->n_names)
		qsort(s->names, s->n_names, sizeof(*s->names), by_inode);
	for (size_t i = 1, first = 0; i < s->n_names; i++) {
		if (s->names[i].inode != s->names[first].inode) {
			first = i;
			continue;
		}
		set_path(s, s->names[first].entry);
		s->entries[s->names[i].entry].target = add_text(s, s->path);
		s->entries[s->names[i].entry].flags |= INDEX_LINK;
	}
}

/* ---- the index ---- */

static int finish(struct scanning *s, struct index **out, struct err *err)
{
	size_t entries = s->n * sizeof(*s->entries);
	auto_free char *image = NULL;
	struct index_header *header;
	int failed;

	link_names(s);
	if (buf_failed(&s->strings) || s->strings.len > UINT32_MAX)
		return no_memory(err);
	image = malloc(sizeof(*header) + entries + s->strings.len);
	if (!image)
		return no_memory(err);
	header = (struct index_header *)image;
	*header = (struct index_header){.magic = "davitidx",
		.version = INDEX_VERSION,
		.entries = s->n,
		.strings = s->strings.len};
	for (uint32_t i = 0; i < s->n; i++)
		if (S_ISREG(s->entries[i].mode) && !(s->entries[i].flags & INDEX_LINK))
			header->size += s->entries[i].size;
	memcpy(image + sizeof(*header), s->entries, entries);
	memcpy(image + sizeof(*header) + entries, s->strings.data, s->strings.len);
	failed = index_take_memory(image, sizeof(*header) + entries + s->strings.len, out, err);
	if (!failed)
		take(image);
	return failed;
}

static int scan(struct scanning *s, struct index **out, struct err *err)
{
	struct index_entry *root;
	struct stat st;

	if (!s->piece)
		return no_memory(err);
	if (s->root_fd < 0 || look(s, s->root_fd, "", &st) < 0)
		return err_sys(err, "read the container's files");
	buf_addc(&s->strings, '\0');
	root = add_entry(s, 0, "", 0, err);
	if (!root)
		return err->code;
	fill(s, s->root_fd, ".", root, &st);
	if (scan_all(s, err) < 0)
		return err->code;
	return finish(s, out, err);
}

int live_scan(const struct live *live, struct index **out, struct err *err)
{
	struct scanning s = {.live = live,
		.root_fd = openat(
			live->dir_fd, live->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW),
		.piece = malloc(PIECE),
		.may_read = READ_MAX};
	int failed = scan(&s, out, err);

	own_closep(&s.root_fd);
	free(s.piece);
	free(s.names);
	free(s.entries);
	buf_fini(&s.strings);
	return failed;
}
