#include "core/image/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xxhash.h>

#include "core/image/blob.h"
#include "core/image/layer_private.h"
#include "core/privilege.h"
#include "core/store_db.h"

enum { PIECE = 256 << 10 };

struct checking {
	const struct index *index;
	int diff_fd, dir_fd;
	uint32_t dir;
	bool overlay;
	XXH3_state_t *hash;
	unsigned char *data;
};

static int differs(struct checking *checking, const struct index_entry *entry, struct err *err)
{
	char path[INDEX_PATH_MAX];

	index_path(checking->index, entry, path);
	return err_set(err, EBADMSG, "%.300s is not what was unpacked", path);
}

/* Names that no entry has: somebody wrote into the layer. Where whiteouts have no file of their own
 * fewer are there, never more. */
static bool has_more_names(int dir_fd, const char *path, const struct index_entry *dir)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	uint32_t count = 0;
	struct dirent *name;

	while (names && (name = readdir(names)))
		count += strcmp(name->d_name, ".") != 0 && strcmp(name->d_name, "..") != 0;
	if (names)
		closedir(names);
	else if (fd >= 0)
		close(fd);
	return !names || count > dir->children;
}

static int enter(struct checking *checking, const struct index_entry *entry, struct err *err)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	char path[INDEX_PATH_MAX];

	if (checking->dir_fd >= 0 && checking->dir == entry->parent)
		return 0;
	if (checking->dir_fd >= 0)
		close(checking->dir_fd);
	index_path(checking->index, index_at(checking->index, entry->parent), path);
	checking->dir = entry->parent;
	checking->dir_fd =
		(int)syscall(SYS_openat2, checking->diff_fd, *path ? path : ".", &how, sizeof(how));
	if (checking->dir_fd < 0)
		return differs(checking, entry, err);
	if (has_more_names(checking->dir_fd, ".", index_at(checking->index, entry->parent)))
		return err_set(err, EBADMSG, "/%.300s has files that were not unpacked", path);
	return 0;
}

static bool content_holds(
	struct checking *checking, const struct index_entry *entry, const char *name)
{
	auto_close int fd = openat(checking->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	XXH128_canonical_t canonical;
	ssize_t got = -1;

	XXH3_128bits_reset(checking->hash);
	while (fd >= 0 && (got = read(fd, checking->data, PIECE)) > 0)
		XXH3_128bits_update(checking->hash, checking->data, (size_t)got);
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(checking->hash));
	return got == 0 && memcmp(canonical.digest, entry->hash, INDEX_HASH) == 0;
}

/* Devices, where nobody can make one. */
static bool is_left_out(const struct index_entry *entry)
{
	return (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) && privilege_is_rootless();
}

static bool entry_holds(struct checking *checking, const struct index_entry *entry)
{
	char name[INDEX_NAME_MAX + 1];
	struct stat st;

	memcpy(name, index_name(checking->index, entry), entry->name_len);
	name[entry->name_len] = '\0';
	if (fstatat(checking->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return (entry->flags & INDEX_WHITEOUT && !checking->overlay) || is_left_out(entry);
	if (entry->flags & INDEX_WHITEOUT)
		return S_ISCHR(st.st_mode) && st.st_rdev == 0;
	if (st.st_mode != entry->mode || st.st_uid != entry->uid || st.st_gid != entry->gid)
		return false;
	if (S_ISDIR(entry->mode) && !entry->children)
		return !has_more_names(checking->dir_fd, name, entry);
	if (!S_ISREG(entry->mode))
		return true;
	return (uint64_t)st.st_size == entry->size &&
	       (entry->flags & INDEX_LINK || content_holds(checking, entry, name));
}

int verify_layer(const struct index *index, int diff_fd, enum store_driver driver, struct err *err)
{
	auto_free unsigned char *data = malloc(PIECE);
	struct checking checking = {
		.index = index,
		.diff_fd = diff_fd,
		.dir_fd = -1,
		.overlay = driver == STORE_OVERLAY,
		.hash = XXH3_createState(),
		.data = data,
	};
	int failed = checking.hash && data ? 0 : err_set(err, ENOMEM, "verify: out of memory");

	for (uint32_t i = 1; i < index_count(index) && !failed; i++) {
		const struct index_entry *entry = index_at(index, i);

		failed = enter(&checking, entry, err);
		if (!failed && !entry_holds(&checking, entry))
			failed = differs(&checking, entry, err);
	}
	if (checking.dir_fd >= 0)
		close(checking.dir_fd);
	XXH3_freeState(checking.hash);
	return failed;
}

/* What the database says about a layer, without trusting a byte of its directory. */
struct claim {
	char id[LAYER_ID_SIZE], diff_id[DIGEST_SIZE], blob[DIGEST_SIZE];
	bool doubtful;
};

static int read_claim(struct store *store, const char *id, struct claim *out, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool found;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT diff_id, blob, synced = 0 AND boot <> ? FROM layers WHERE id = ?",
			"tt", store_boot_id(store), id) < 0 ||
		db_step(row, &found, err) < 0)
		return err->code;
	if (!found)
		return err_set(err, ENOENT, "layer %s is not in the store", id);
	snprintf(out->id, sizeof(out->id), "%s", id);
	snprintf(out->diff_id, sizeof(out->diff_id), "%s", db_text(row, 0));
	snprintf(out->blob, sizeof(out->blob), "%s", db_text(row, 1));
	out->doubtful = db_int(row, 2);
	return 0;
}

static int mark(struct store *store, const char *id, bool synced, struct err *err)
{
	struct db *db;

	if (store_db(store, &db, err) < 0)
		return err->code;
	return db_run(db, err, "UPDATE layers SET synced = ?, boot = ? WHERE id = ?", "itt",
		(int64_t)synced, store_boot_id(store), id);
}

static int unpack_blob(
	struct store *store, const struct claim *claim, struct layer **out, struct err *err)
{
	struct layer_wish wish = {
		.digest = claim->blob,
		.diff_id = claim->diff_id,
		.blob = claim->blob,
	};
	auto_of(feed) struct feed *feed = NULL;
	auto_close int fd = -1;

	if (!claim->blob[0] || (fd = blob_open(store, claim->blob, &wish.size, err)) < 0)
		return err_set(err, ENOENT,
			"layer %.12s was damaged when the machine went down, and there "
			"is no blob to repair it from: pull or load the image again",
			digest_hex(claim->diff_id));
	feed = feed_of_part(fd, 0, wish.size);
	if (!feed)
		return err_set(err, ENOMEM, "repair: out of memory");
	return layer_unpack(store, feed, &wish, NULL, out, err);
}

static int repair(struct store *store, const struct claim *claim, struct layer *const *below,
	size_t n_below, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_close int lock = -1;

	if (unpack_blob(store, claim, &layer, err) < 0 ||
		layer_settle(layer, below, n_below, err) < 0)
		return err->code;
	if (!str_eq(layer->id, claim->id))
		return err_set(err, EBADMSG, "layer %s unpacks as %s: pull or load the image again",
			claim->id, layer->id);
	lock = store_lock(store, true, err);
	if (lock < 0 || layer_place(layer, err) < 0)
		return err->code;
	return mark(store, claim->id, false, err);
}

static bool holds(struct store *store, const struct claim *claim)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_close int diff_fd = -1;
	struct err err;

	if (layer_open(store, claim->id, &layer, &err) < 0)
		return false;
	diff_fd = layer_diff_fd(layer, &err);
	return diff_fd >= 0 && verify_layer(layer->index, diff_fd, store_driver(store), &err) == 0;
}

static int verify_one(
	struct store *store, const char *id, struct layer **layers, size_t i, struct err *err)
{
	struct claim claim;

	if (read_claim(store, id, &claim, err) < 0)
		return err->code;
	if (claim.doubtful && holds(store, &claim)) {
		/* It was just read from the disk, so that is where it is. */
		if (mark(store, id, true, err) < 0)
			return err->code;
	} else if (claim.doubtful && repair(store, &claim, layers, i, err) < 0) {
		return err->code;
	}
	return layer_open(store, id, &layers[i], err);
}

int verify_image(struct store *store, const struct image *image, struct err *err)
{
	size_t n = image->layers.len;
	auto_free struct layer **layers = calloc(n + 1, sizeof(struct layer *));
	int failed = layers ? 0 : err_set(err, ENOMEM, "verify: out of memory");

	for (size_t i = 0; i < n && !failed; i++)
		failed = verify_one(store, image->layers.v[i], layers, i, err);
	for (size_t i = 0; layers && i < n; i++)
		layer_free(layers[i]);
	return failed;
}
