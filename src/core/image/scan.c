#include "core/image/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xxhash.h>

#include "core/chain.h"
#include "core/image/mounts.h"
#include "core/image/scan_links.h"
#include "util/own.h"

enum { PIECE = 128 << 10 };

struct scanning {
	const struct scan *scan;
	struct tree *tree;
	struct strs *dropped;
	struct scan_xattrs xattrs;
	struct scan_links links;
	char path[INDEX_PATH_MAX]; /* of the entry being looked at */
	size_t path_len;
	unsigned char *piece;
	unsigned long long mount; /* of the root */
};

/* One name in a directory, and what it is. */
struct found {
	int dir_fd;
	uint32_t dir;
	const char *name;
	size_t len;
	struct stat st;
	char target[INDEX_PATH_MAX];   /* of a symlink */
	const struct index_entry *low; /* what the layers below have at its path; or NULL */
	const struct index *low_index;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "scan: out of memory");
}

/* ---- below ---- */

static void look_below(struct scanning *s, bool visible, struct found *found)
{
	size_t owner;

	found->low = NULL;
	if (!visible)
		return;
	found->low = chain_find(s->scan->below, s->scan->n_below, s->path, &owner);
	if (found->low)
		found->low_index = s->scan->below[owner];
}

/* With its owners as they are known inside. */
static int look(const struct scanning *s, int dir_fd, const char *name, struct stat *out)
{
	if (fstatat(dir_fd, name, out, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) < 0)
		return -1;
	out->st_uid = id_inside(s->scan->owners.users, out->st_uid);
	out->st_gid = id_inside(s->scan->owners.groups, out->st_gid);
	return 0;
}

static int read_xattrs(struct scanning *s, int dir_fd, const char *name, struct err *err)
{
	const struct id_maps *users = s->scan->owners.users;
	int failed = scan_xattrs(&s->xattrs, dir_fd, name, err);

	if (!failed && users && users->len)
		scan_caps_plain(&s->xattrs, id_outside(users, 0));
	return failed;
}

static bool same_xattrs(const struct scan_xattrs *xattrs, const struct index *index,
	const struct index_entry *entry)
{
	struct index_xattr low;
	size_t n = 0, at = 0;

	for (; index_xattrs(index, entry, &at, &low); n++) {
		size_t i = 0;

		while (i < xattrs->n && !str_eq(xattrs->v[i].name, low.name))
			i++;
		if (i == xattrs->n || xattrs->v[i].len != low.len ||
			memcmp(xattrs->v[i].value, low.value, low.len) != 0)
			return false;
	}
	return n == xattrs->n;
}

static bool same_owner_and_mode(
	const struct scanning *s, const struct found *found, const struct index_entry *low)
{
	return found->st.st_mode == low->mode && found->st.st_uid == low->uid &&
	       found->st.st_gid == low->gid && same_xattrs(&s->xattrs, found->low_index, low);
}

static uint32_t rdev_of(const struct stat *st)
{
	return (major(st->st_rdev) & 0xfff) << 20 | (minor(st->st_rdev) & 0xfffff);
}

static bool same_content(struct scanning *s, const struct found *found)
{
	auto_close int fd =
		openat(found->dir_fd, found->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	XXH3_state_t *hash = XXH3_createState();
	XXH128_canonical_t canonical;
	ssize_t got = -1;

	if (hash && fd >= 0) {
		XXH3_128bits_reset(hash);
		while ((got = read(fd, s->piece, PIECE)) > 0)
			XXH3_128bits_update(hash, s->piece, (size_t)got);
		XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash));
	}
	XXH3_freeState(hash);
	return got == 0 && memcmp(canonical.digest, found->low->hash, INDEX_HASH) == 0;
}

/* Of anything but a directory. A file with more names is part of what is new about them. */
static bool is_unchanged(struct scanning *s, const struct found *found)
{
	const struct index_entry *low = found->low;
	const struct stat *st = &found->st;

	if (!low || !same_owner_and_mode(s, found, low) || st->st_mtim.tv_sec != low->mtime ||
		(uint32_t)st->st_mtim.tv_nsec != low->mtime_ns)
		return false;
	if (!s->scan->whole && st->st_nlink > 1)
		return false;
	if (S_ISLNK(st->st_mode))
		return str_eq(found->target, index_target(found->low_index, low));
	if (!S_ISREG(st->st_mode))
		return rdev_of(st) == low->rdev;
	/* A whole tree would be a whole image to read: docker takes size and time for it, too. */
	return (uint64_t)st->st_size == low->size &&
	       (s->scan->whole || !st->st_size || same_content(s, found));
}

/* ---- what is recorded ---- */

static void drop(struct scanning *s)
{
	if (s->dropped)
		strs_add(s->dropped, s->path);
}

static int64_t time_of(const struct scan *scan, const struct stat *st)
{
	int64_t seconds = st->st_mtim.tv_sec;

	if (seconds < 0)
		return 0;
	return seconds < scan->latest ? seconds : scan->latest;
}

static uint32_t add_name(struct scanning *s, const struct found *found)
{
	return tree_add(s->tree, found->dir, found->name, found->len);
}

static void record(struct scanning *s, uint32_t node, const struct found *found)
{
	struct index_entry *entry = tree_at(s->tree, node);
	const struct stat *st = &found->st;

	entry->mode = (uint16_t)st->st_mode;
	entry->flags &= (uint16_t)~INDEX_IMPLIED;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->mtime = time_of(s->scan, st);
	if (s->scan->marks &&
		(entry->mtime != st->st_mtim.tv_sec || st->st_mtim.tv_nsec || s->xattrs.overlays))
		entry->flags |= INDEX_UNTIDY;
	if (S_ISREG(st->st_mode))
		entry->size = (uint64_t)st->st_size;
	if (S_ISLNK(st->st_mode)) {
		entry->size = strlen(found->target);
		tree_set_target(s->tree, node, found->target);
	}
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		entry->rdev = rdev_of(st);
	tree_set_xattrs(s->tree, node, s->xattrs.v, s->xattrs.n);
}

static int add_link(struct scanning *s, const struct found *found, uint32_t first, struct err *err)
{
	uint32_t node = add_name(s, found);
	struct index_entry *entry = tree_at(s->tree, node), own = *entry;
	char target[INDEX_PATH_MAX];

	if (tree_failed(s->tree))
		return no_memory(err);
	*entry = *tree_at(s->tree, first);
	entry->parent = own.parent;
	entry->name = own.name;
	entry->name_len = own.name_len;
	entry->flags |= INDEX_LINK;
	tree_path(s->tree, first, target);
	tree_set_target(s->tree, node, target);
	return 0;
}

static int add_file(struct scanning *s, const struct found *found, struct err *err)
{
	bool linked = found->st.st_nlink > 1 && !S_ISLNK(found->st.st_mode);
	int64_t first = linked ? scan_links_find(&s->links, &found->st) : TREE_NONE;
	uint32_t node;

	if (first >= 0)
		return add_link(s, found, (uint32_t)first, err);
	node = add_name(s, found);
	if (tree_failed(s->tree))
		return no_memory(err);
	record(s, node, found);
	return linked ? scan_links_add(&s->links, &found->st, node, err) : 0;
}

static int add_whiteout(struct scanning *s, const struct found *found, struct err *err)
{
	uint32_t node = add_name(s, found);

	if (tree_failed(s->tree))
		return no_memory(err);
	tree_at(s->tree, node)->mode = S_IFCHR;
	tree_at(s->tree, node)->flags = INDEX_WHITEOUT;
	return 0;
}

/* ---- the walk ---- */

static int scan_dir(struct scanning *s, int dir_fd, uint32_t dir, bool visible, struct err *err);

static bool is_stub(const struct scanning *s)
{
	for (size_t i = 0; s->scan->stubs && i < s->scan->stubs->len; i++)
		if (str_eq(s->scan->stubs->v[i], s->path))
			return true;
	return false;
}

static int open_dir(int dir_fd, const char *name, bool cross)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | (cross ? 0 : RESOLVE_NO_XDEV),
	};

	return (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
}

static int enter(struct scanning *s, struct found *found, struct err *err)
{
	const struct index_entry *low = found->low;
	bool hides = s->xattrs.opaque && low && S_ISDIR(low->mode);
	bool same = low && S_ISDIR(low->mode) && !hides && same_owner_and_mode(s, found, low);
	auto_close int fd = open_dir(found->dir_fd, found->name, s->scan->cross);
	uint32_t node;

	if (fd < 0)
		return err_sys(err, "%.300s", s->path);
	node = add_name(s, found);
	if (tree_failed(s->tree))
		return no_memory(err);
	record(s, node, found);
	tree_at(s->tree, node)->flags |= hides ? INDEX_OPAQUE : 0;
	if (s->scan->cross && mount_is_invented(fd, found->name, s->mount))
		return 0;
	if (scan_dir(s, fd, node, low && S_ISDIR(low->mode) && !s->xattrs.opaque && !hides, err) <
		0)
		return err->code;
	if (!tree_has_children(s->tree, node) && (same || (!low && is_stub(s)))) {
		tree_remove(s->tree, node);
		drop(s);
	}
	return 0;
}

static int read_link(struct scanning *s, struct found *found, struct err *err)
{
	ssize_t len = readlinkat(found->dir_fd, found->name, found->target, sizeof(found->target));

	if (len < 0)
		return err_sys(err, "%.300s", s->path);
	if ((size_t)len == sizeof(found->target))
		return err_set(err, ENAMETOOLONG, "%.300s: its target is too long", s->path);
	found->target[len] = '\0';
	return 0;
}

static int check_name(const struct scanning *s, const struct found *found, struct err *err)
{
	if (!s->scan->any_name && strncmp(found->name, ".wh.", 4) == 0)
		return err_set(err, EINVAL,
			"%.300s: a layer cannot hold a name that begins with .wh., which says that "
			"something was deleted; rename the file",
			s->path);
	if (tree_count(s->tree) > INDEX_ENTRIES_MAX)
		return err_set(err, E2BIG, "more than %d files for one layer", INDEX_ENTRIES_MAX);
	if (s->scan->canceled && atomic_load_explicit(s->scan->canceled, memory_order_relaxed))
		return err_set(err, ECANCELED, "canceled");
	return 0;
}

static int scan_found(struct scanning *s, struct found *found, bool visible, struct err *err)
{
	const struct stat *st = &found->st;
	bool whiteout = S_ISCHR(st->st_mode) && st->st_rdev == 0;

	if (S_ISSOCK(st->st_mode)) {
		drop(s);
		return 0;
	}
	if (check_name(s, found, err) < 0)
		return err->code;
	look_below(s, visible, found);
	if (whiteout && found->low)
		return add_whiteout(s, found, err);
	if (scan_xattrs(&s->xattrs, found->dir_fd, found->name, err) < 0)
		return err_in(err, "%.300s", s->path);
	if (S_ISLNK(st->st_mode) && read_link(s, found, err) < 0)
		return err->code;
	if (S_ISDIR(st->st_mode))
		return enter(s, found, err);
	if (whiteout || is_unchanged(s, found) ||
		(!found->low && S_ISREG(st->st_mode) && !st->st_size && is_stub(s))) {
		drop(s);
		return 0;
	}
	return add_file(s, found, err);
}

/* Puts a name at the end of the path; false when it is too long. */
static bool push(struct scanning *s, const char *name, size_t len, size_t *before)
{
	*before = s->path_len;
	if (s->path_len + len + 2 > sizeof(s->path))
		return false;
	if (s->path_len)
		s->path[s->path_len++] = '/';
	memcpy(s->path + s->path_len, name, len + 1);
	s->path_len += len;
	return true;
}

static void pop(struct scanning *s, size_t before)
{
	s->path_len = before;
	s->path[before] = '\0';
}

static int scan_name(struct scanning *s, int dir_fd, uint32_t dir, const char *name, bool visible,
	struct err *err)
{
	struct found found = {.dir_fd = dir_fd, .dir = dir, .name = name, .len = strlen(name)};
	size_t before;
	int failed;

	if (!push(s, name, found.len, &before) || tree_depth(s->tree, dir) >= INDEX_DEPTH_MAX)
		return err_set(err, ENAMETOOLONG,
			"%.200s…: deeper than a layer can hold (%d directories, %d bytes)", s->path,
			INDEX_DEPTH_MAX, INDEX_PATH_MAX - 1);
	if (look(s, dir_fd, name, &found.st) < 0)
		/* What vanishes while it is walked was never there. */
		failed = errno == ENOENT ? 0 : err_sys(err, "%.300s", s->path);
	else
		failed = scan_found(s, &found, visible, err);
	pop(s, before);
	return failed;
}

static int read_names(int dir_fd, struct strs *names)
{
	int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 3);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		own_closep(&fd);
		return -errno;
	}
	rewinddir(dir);
	while ((errno = 0, entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strs_add(names, entry->d_name);
	closedir(dir);
	return -errno;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A whole tree has no whiteouts: what it lacks is what was deleted. */
static int add_missing(struct scanning *s, uint32_t dir, const struct strs *names, struct err *err)
{
	auto_strs below = STRS_INIT;

	chain_names(s->scan->below, s->scan->n_below, s->path, &below);
	for (size_t i = 0; i < below.len; i++) {
		struct found found = {.dir = dir, .name = below.v[i], .len = strlen(below.v[i])};

		if (!names->len ||
			!bsearch(&below.v[i], names->v, names->len, sizeof(*names->v), by_bytes))
			if (add_whiteout(s, &found, err) < 0)
				return err->code;
	}
	return strs_failed(&below) ? no_memory(err) : 0;
}

static int scan_dir(struct scanning *s, int dir_fd, uint32_t dir, bool visible, struct err *err)
{
	auto_strs names = STRS_INIT;
	int failed = read_names(dir_fd, &names);

	if (failed)
		return err_set(err, failed, "%.300s: %s", s->path, err_name(failed));
	if (strs_failed(&names))
		return no_memory(err);
	if (dir == TREE_ROOT && s->scan->only)
		return scan_name(s, dir_fd, dir, s->scan->only, visible, err);
	if (names.len)
		qsort(names.v, names.len, sizeof(*names.v), by_bytes);
	for (size_t i = 0; i < names.len; i++)
		if (scan_name(s, dir_fd, dir, names.v[i], visible, err) < 0)
			return err->code;
	return s->scan->whole && visible ? add_missing(s, dir, &names, err) : 0;
}

/* The root has an entry of its own only when it is not what it was. */
static int scan_root(struct scanning *s, struct err *err)
{
	static const struct index_entry plain = {.mode = S_IFDIR | 0755};
	struct found found = {.dir_fd = s->scan->root_fd, .name = "."};
	const struct index_entry *low = &plain;

	if (look(s, s->scan->root_fd, "", &found.st) < 0)
		return err_sys(err, "scan");
	if (read_xattrs(s, s->scan->root_fd, ".", err) < 0)
		return err->code;
	found.low_index = chain_root(s->scan->below, s->scan->n_below);
	if (found.low_index)
		low = index_at(found.low_index, 0);
	else if (!s->xattrs.n && found.st.st_mode == plain.mode && !found.st.st_uid &&
		 !found.st.st_gid)
		return 0;
	if (!found.low_index || !same_owner_and_mode(s, &found, low))
		record(s, TREE_ROOT, &found);
	return 0;
}

int scan_tree(const struct scan *scan, struct tree **out, struct strs *dropped, struct err *err)
{
	auto_of(tree) struct tree *tree = tree_new();
	struct scanning s = {.scan = scan, .tree = tree, .dropped = dropped};
	auto_close int fd = open_dir(scan->root_fd, ".", false);
	auto_free unsigned char *piece = malloc(PIECE);
	int failed;

	if (!tree || !piece)
		return no_memory(err);
	if (fd < 0)
		return err_sys(err, "scan");
	s.piece = piece;
	s.mount = mount_of(fd);
	failed = scan_root(&s, err);
	if (!failed)
		failed = scan_dir(&s, fd, TREE_ROOT, scan->n_below > 0, err);
	scan_xattrs_fini(&s.xattrs);
	scan_links_fini(&s.links);
	if (!failed && (tree_failed(tree) || (dropped && strs_failed(dropped))))
		failed = no_memory(err);
	if (!failed)
		*out = take(tree);
	return failed;
}
