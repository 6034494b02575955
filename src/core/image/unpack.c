#include "core/image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/image/clean.h"
#include "core/image/unpack_private.h"
#include "core/privilege.h"
#include "util/path.h"
#include "util/strs.h"

#define WHITEOUT ".wh."
#define META     ".wh..wh."
#define OPAQUE   ".wh..wh..opq"

int unpack_new(int root_fd, enum store_driver driver, struct unpack **out, struct err *err)
{
	auto_of(unpack) struct unpack *unpack = calloc(1, sizeof(*unpack));

	if (unpack) {
		unpack->root_fd = root_fd;
		unpack->driver = driver;
		unpack->tree = tree_new();
		unpack->hash = XXH3_createState();
		dirs_init(&unpack->dirs, root_fd, unpack->tree);
	}
	if (!unpack || !unpack->tree || !unpack->hash)
		return err_set(err, ENOMEM, "unpack: out of memory");
	*out = take(unpack);
	return 0;
}

void unpack_free(struct unpack *unpack)
{
	if (!unpack)
		return;
	dirs_fini(&unpack->dirs);
	tree_free(unpack->tree);
	for (size_t i = 0; i < unpack->n_pending; i++)
		free(unpack->pending[i].target);
	free(unpack->pending);
	XXH3_freeState(unpack->hash);
	free(unpack);
}

uint64_t unpack_count(const struct unpack *unpack)
{
	return unpack->count;
}

struct tree *unpack_take_tree(struct unpack *unpack)
{
	return take(unpack->tree);
}

size_t unpack_take_pending(struct unpack *unpack, struct pending_link **out)
{
	size_t n = unpack->n_pending;

	*out = take(unpack->pending);
	unpack->n_pending = 0;
	return n;
}

int unpack_remove(struct unpack *unpack, uint32_t node, struct err *err)
{
	const struct index_entry *entry = tree_at(unpack->tree, node);
	int dir_fd = dirs_fd(&unpack->dirs, entry->parent, err), failed;
	char name[INDEX_NAME_MAX + 1];

	if (dir_fd < 0)
		return err->code;
	tree_name(unpack->tree, node, name);
	failed = path_remove_at(dir_fd, name);
	/* Links that wait for lower layers, and the copy driver's whiteouts, are not on the disk.
	 */
	if (failed && failed != -ENOENT)
		return err_set(err, failed, "%s: %s", name, err_name(failed));
	tree_remove(unpack->tree, node);
	return 0;
}

static uint32_t add(struct unpack *unpack, const struct place *place, mode_t mode, uint16_t flags)
{
	uint32_t node = tree_add(unpack->tree, place->dir, place->name, place->len);
	struct index_entry *entry = tree_at(unpack->tree, node);

	entry->mode = (uint16_t)mode;
	entry->flags = flags;
	return node;
}

static int no_memory(const struct unpack *unpack, struct err *err)
{
	return tree_failed(unpack->tree) ? err_set(err, ENOMEM, "unpack: out of memory") : 0;
}

int unpack_make_implied(struct unpack *unpack, uint32_t dir, const char *name, size_t len,
	bool opaque, uint32_t *out, struct err *err)
{
	int dir_fd = dirs_fd(&unpack->dirs, dir, err);

	if (dir_fd < 0)
		return err->code;
	if (mkdirat(dir_fd, name, 0755) < 0 || fchmodat(dir_fd, name, 0755, 0) < 0)
		return err_sys(err, "%.200s", name);
	*out = tree_add(unpack->tree, dir, name, len);
	*tree_at(unpack->tree, *out) = (struct index_entry){
		.parent = dir,
		.name = tree_at(unpack->tree, *out)->name,
		.name_len = (uint16_t)len,
		.mode = S_IFDIR | 0755,
		.flags = (uint16_t)(INDEX_IMPLIED | (opaque ? INDEX_OPAQUE : 0)),
	};
	return no_memory(unpack, err);
}

static size_t filter_xattrs(const struct tar_entry *entry, struct tar_xattr kept[UNPACK_XATTRS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < entry->n_xattrs && n < UNPACK_XATTRS_MAX; i++)
		if (unpack_keeps_xattr(&entry->xattrs[i]))
			kept[n++] = entry->xattrs[i];
	return n;
}

static mode_t full_mode(const struct tar_entry *entry)
{
	static const mode_t types[] = {
		[TAR_FILE] = S_IFREG,
		[TAR_SYMLINK] = S_IFLNK,
		[TAR_CHAR] = S_IFCHR,
		[TAR_BLOCK] = S_IFBLK,
		[TAR_DIR] = S_IFDIR,
		[TAR_FIFO] = S_IFIFO,
	};

	/* Linux shows every symlink so, whatever the archive says. */
	return types[entry->type] | (entry->type == TAR_SYMLINK ? 0777 : entry->mode);
}

static int record(struct unpack *unpack, uint32_t node, const struct tar_entry *from,
	const uint8_t hash[INDEX_HASH], struct err *err)
{
	struct tar_xattr kept[UNPACK_XATTRS_MAX];
	struct index_entry *entry = tree_at(unpack->tree, node);
	struct timespec time = unpack_time(from->mtime);
	bool device = from->type == TAR_CHAR || from->type == TAR_BLOCK;

	entry->mode = (uint16_t)full_mode(from);
	entry->flags &= (uint16_t)~INDEX_IMPLIED;
	entry->flags |= from->sparse ? INDEX_SPARSE : 0;
	entry->uid = from->uid;
	entry->gid = from->gid;
	entry->size = from->type == TAR_SYMLINK ? strlen(from->target) : from->size;
	entry->mtime = time.tv_sec;
	entry->mtime_ns = (uint32_t)time.tv_nsec;
	entry->offset = from->offset;
	entry->rdev = device ? (from->major & 0xfff) << 20 | (from->minor & 0xfffff) : 0;
	memcpy(entry->hash, hash, INDEX_HASH);
	if (from->type == TAR_SYMLINK)
		tree_set_target(unpack->tree, node, from->target);
	tree_set_xattrs(unpack->tree, node, kept, filter_xattrs(from, kept));
	return no_memory(unpack, err);
}

static int add_pending(struct unpack *unpack, const struct place *place, const char *target,
	uint64_t offset, struct err *err)
{
	char *copy = strdup(target);

	if (unpack->n_pending == unpack->pending_room) {
		size_t room = unpack->pending_room ? unpack->pending_room * 2 : 8;
		struct pending_link *more = realloc(unpack->pending, room * sizeof(*more));

		if (more) {
			unpack->pending = more;
			unpack->pending_room = room;
		}
	}
	if (!copy || unpack->n_pending == unpack->pending_room) {
		free(copy);
		return err_set(err, ENOMEM, "unpack: out of memory");
	}
	unpack->pending[unpack->n_pending].node = add(unpack, place, S_IFREG, INDEX_LINK);
	unpack->pending[unpack->n_pending++].target = copy;
	tree_at(unpack->tree, unpack->pending[unpack->n_pending - 1].node)->offset = offset;
	return no_memory(unpack, err);
}

/* The node at a cleaned path, or TREE_NONE. */
static int find(struct unpack *unpack, const char *clean, int64_t *out, struct err *err)
{
	struct place place;
	bool found;

	if (unpack_locate(unpack, clean, false, &place, &found, err) < 0)
		return err->code;
	*out = found && place.len ? tree_child(unpack->tree, place.dir, place.name, place.len)
				  : TREE_NONE;
	return 0;
}

static bool is_pending(const struct unpack *unpack, uint32_t node)
{
	const struct index_entry *entry = tree_at(unpack->tree, node);

	return entry->flags & INDEX_LINK && !entry->target;
}

static int link_names(
	struct unpack *unpack, uint32_t target, const struct place *place, struct err *err)
{
	uint32_t target_dir = tree_at(unpack->tree, target)->parent;
	char name[INDEX_NAME_MAX + 1];
	auto_close int from = -1;
	int to;

	tree_name(unpack->tree, target, name);
	/* Duplicated: looking up the second directory may push the first out of the cache. */
	to = dirs_fd(&unpack->dirs, target_dir, err);
	from = to < 0 ? -1 : fcntl(to, F_DUPFD_CLOEXEC, 3);
	to = from < 0 ? -1 : dirs_fd(&unpack->dirs, place->dir, err);
	if (to < 0)
		return from < 0 ? err_sys(err, "%.200s", place->name) : err->code;
	if (linkat(from, name, to, place->name, 0) < 0)
		return err_sys(err, "%.200s: hard link to %.200s", place->name, name);
	return 0;
}

static int add_link(struct unpack *unpack, const struct place *place, const struct tar_entry *entry,
	int64_t target, const char *clean, struct err *err)
{
	struct index_entry facts;
	uint32_t node;

	if (target < 0 || is_pending(unpack, (uint32_t)target))
		return add_pending(unpack, place, clean, entry->offset, err);
	facts = *tree_at(unpack->tree, (uint32_t)target);
	if (S_ISDIR(facts.mode) || facts.flags & INDEX_WHITEOUT)
		return err_set(err, EBADMSG, "%.200s: hard link to %.200s, which is not a file",
			entry->path, clean);
	if (link_names(unpack, (uint32_t)target, place, err) < 0)
		return err->code;
	node = add(unpack, place, facts.mode, INDEX_LINK);
	facts.parent = place->dir;
	facts.name = tree_at(unpack->tree, node)->name;
	facts.name_len = (uint16_t)place->len;
	facts.flags |= INDEX_LINK;
	facts.offset = entry->offset;
	*tree_at(unpack->tree, node) = facts;
	tree_set_target(unpack->tree, node, clean);
	return no_memory(unpack, err);
}

static int set_opaque(struct unpack *unpack, uint32_t dir)
{
	tree_at(unpack->tree, dir)->flags |= INDEX_OPAQUE;
	return 0;
}

static int add_whiteout(struct unpack *unpack, const struct place *place, struct err *err)
{
	int dir_fd = dirs_fd(&unpack->dirs, place->dir, err);

	if (dir_fd < 0)
		return err->code;
	if (unpack->driver == STORE_OVERLAY && mknodat(dir_fd, place->name, S_IFCHR, 0) < 0)
		return err_sys(err, "%.200s: whiteout", place->name);
	add(unpack, place, S_IFCHR, INDEX_WHITEOUT);
	return no_memory(unpack, err);
}

static int apply_whiteout(struct unpack *unpack, const struct place *marker, struct err *err)
{
	struct place place = {.dir = marker->dir, .len = marker->len - strlen(WHITEOUT)};
	int64_t node;

	if (str_eq(marker->name, OPAQUE))
		return set_opaque(unpack, marker->dir);
	if (str_has_prefix(marker->name, META))
		return 0; /* AUFS's own bookkeeping */
	memcpy(place.name, marker->name + strlen(WHITEOUT), place.len + 1);
	if (!place.len || str_eq(place.name, ".") || str_eq(place.name, ".."))
		return err_set(err, EBADMSG, "invalid whiteout file %s", marker->name);
	node = tree_child(unpack->tree, place.dir, place.name, place.len);
	if (node < 0)
		return add_whiteout(unpack, &place, err);
	if (S_ISDIR(tree_at(unpack->tree, (uint32_t)node)->mode))
		return set_opaque(unpack, (uint32_t)node);
	return 0;
}

/* The layer's own root, "./". */
static int apply_root(struct unpack *unpack, const struct tar_entry *entry, struct err *err)
{
	static const uint8_t no_hash[INDEX_HASH];

	if (entry->type != TAR_DIR)
		return err_set(err, EBADMSG, "the layer's root is not a directory");
	if (unpack_dress(entry, unpack->root_fd, ".", err) < 0)
		return err->code;
	return record(unpack, TREE_ROOT, entry, no_hash, err);
}

static int update_dir(struct unpack *unpack, uint32_t node, const struct place *place,
	const struct tar_entry *entry, struct err *err)
{
	static const uint8_t no_hash[INDEX_HASH];
	int dir_fd = dirs_fd(&unpack->dirs, place->dir, err);

	if (dir_fd < 0 || unpack_dress(entry, dir_fd, place->name, err) < 0)
		return err->code;
	return record(unpack, node, entry, no_hash, err);
}

static int add_entry(struct unpack *unpack, struct tar *tar, const struct place *place,
	const struct tar_entry *entry, bool opaque, struct err *err)
{
	int dir_fd = dirs_fd(&unpack->dirs, place->dir, err);
	uint8_t hash[INDEX_HASH] = {0};
	uint32_t node;

	if (dir_fd < 0 || unpack_create(unpack, tar, entry, dir_fd, place->name, hash, err) < 0)
		return err->code;
	node = add(unpack, place, 0, opaque && entry->type == TAR_DIR ? INDEX_OPAQUE : 0);
	return record(unpack, node, entry, hash, err);
}

/* Makes way for an entry. *hidden: what was there was a whiteout. */
static int replace(struct unpack *unpack, int64_t node, bool *hidden, struct err *err)
{
	if (node < 0)
		return 0;
	*hidden = tree_at(unpack->tree, (uint32_t)node)->flags & INDEX_WHITEOUT;
	return unpack_remove(unpack, (uint32_t)node, err);
}

static int apply(struct unpack *unpack, struct tar *tar, const struct place *place,
	const struct tar_entry *entry, struct err *err)
{
	int64_t node = tree_child(unpack->tree, place->dir, place->name, place->len),
		target = TREE_NONE;
	char clean[INDEX_PATH_MAX];
	bool hidden = false;

	if (node >= 0 && entry->type == TAR_DIR &&
		S_ISDIR(tree_at(unpack->tree, (uint32_t)node)->mode))
		return update_dir(unpack, (uint32_t)node, place, entry, err);
	if (entry->type != TAR_LINK) {
		if (replace(unpack, node, &hidden, err) < 0)
			return err->code;
		return add_entry(unpack, tar, place, entry, hidden, err);
	}
	if (clean_path(entry->target, clean, err) < 0 || find(unpack, clean, &target, err) < 0)
		return err_in(err, "%.200s: hard link", entry->path);
	if (target >= 0 && target == node)
		return 0;
	if (replace(unpack, node, &hidden, err) < 0)
		return err->code;
	return add_link(unpack, place, entry, target, clean, err);
}

/* A 0/0 device would be a whiteout that the archive has no right to. */
static bool is_forged_whiteout(const struct tar_entry *entry)
{
	return entry->type == TAR_CHAR && entry->major == 0 && entry->minor == 0;
}

int unpack_entry(
	struct unpack *unpack, struct tar *tar, const struct tar_entry *entry, struct err *err)
{
	char clean[INDEX_PATH_MAX];
	struct place place;

	if (++unpack->count > INDEX_ENTRIES_MAX)
		return err_set(err, E2BIG, "the layer has more than %d entries", INDEX_ENTRIES_MAX);
	if (entry->n_xattrs > UNPACK_XATTRS_MAX)
		return err_set(err, E2BIG, "%.200s has more than %d attributes", entry->path,
			UNPACK_XATTRS_MAX);
	if (clean_path(entry->path, clean, err) < 0)
		return err->code;
	if (!*clean)
		return apply_root(unpack, entry, err);
	if (unpack_locate(unpack, clean, true, &place, NULL, err) < 0) {
		/* umoci deletes what was in a directory that it also replaces by a file. */
		bool moot = err->code == -ENOTDIR && str_has_prefix(place.name, WHITEOUT);

		return moot ? 0 : err->code;
	}
	if (str_has_prefix(place.name, WHITEOUT))
		return apply_whiteout(unpack, &place, err);
	if (is_forged_whiteout(entry))
		return 0;
	return apply(unpack, tar, &place, entry, err);
}

static int mark_opaque(int dir_fd, const char *name, struct err *err)
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsetxattr(fd, privilege_opaque_mark(), "y", 1, 0) < 0)
		return err_sys(err, "%.200s: opaque", name);
	return 0;
}

static int finish_dir(struct unpack *unpack, uint32_t node, struct err *err)
{
	const struct index_entry *entry = tree_at(unpack->tree, node);
	struct timespec time = {.tv_sec = entry->mtime, .tv_nsec = entry->mtime_ns};
	struct timespec times[] = {time, time};
	char name[INDEX_NAME_MAX + 1] = ".";
	int dir_fd = dirs_fd(&unpack->dirs, entry->parent, err);

	if (dir_fd < 0)
		return err->code;
	if (node != TREE_ROOT)
		tree_name(unpack->tree, node, name);
	if (entry->flags & INDEX_OPAQUE && unpack->driver == STORE_OVERLAY &&
		mark_opaque(dir_fd, name, err) < 0)
		return err->code;
	if (utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "%.200s", name);
	return 0;
}

int unpack_finish(struct unpack *unpack, struct err *err)
{
	for (uint32_t node = 0; node < tree_count(unpack->tree); node++)
		if (tree_is_live(unpack->tree, node) &&
			S_ISDIR(tree_at(unpack->tree, node)->mode) &&
			finish_dir(unpack, node, err) < 0)
			return err->code;
	return 0;
}
