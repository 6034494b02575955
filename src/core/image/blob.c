#include "core/image/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/sha.h"
#include "util/json.h"
#include "util/path.h"

struct ingest {
	struct store *store;
	char digest[DIGEST_SIZE];
	char name[DIGEST_HEX + sizeof(".part")];
	int dir_fd, fd;
	uint64_t have;
};

int blob_open(struct store *store, const char *digest, uint64_t *size, struct err *err)
{
	auto_close int fd = openat(store_dir(store, STORE_BLOBS), digest_hex(digest),
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (!digest_is_sha256(digest))
		return err_set(err, EINVAL, "invalid checksum digest format");
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "blob %.19s", digest);
	if (size)
		*size = (uint64_t)st.st_size;
	return take_fd(&fd);
}

bool blob_exists(struct store *store, const char *digest)
{
	return digest_is_sha256(digest) &&
	       faccessat(store_dir(store, STORE_BLOBS), digest_hex(digest), F_OK, 0) == 0;
}

int blob_read(struct store *store, const char *digest, struct buf *out, struct err *err)
{
	char found[DIGEST_SIZE];
	int failed = path_read_at(store_dir(store, STORE_BLOBS), digest_hex(digest), JSON_MAX, out);

	if (failed)
		return err_set(err, failed, "blob %.19s: %s", digest, err_name(failed));
	sha_of(out->data, out->len, found);
	if (strcmp(found, digest) != 0)
		return err_set(
			err, EBADMSG, "blob %.19s is damaged: its digest is %.19s", digest, found);
	return 0;
}

int blob_write(struct store *store, const void *data, size_t len, char digest[DIGEST_SIZE],
	struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	int failed;

	sha_of(data, len, digest);
	if (blob_exists(store, digest))
		return 0;
	if (stage_new(store, &stage, err) < 0)
		return err->code;
	failed = path_replace_at(stage_fd(stage), "blob", data, len, 0444);
	if (!failed && renameat(stage_fd(stage), "blob", store_dir(store, STORE_BLOBS),
			       digest_hex(digest)) < 0)
		failed = -errno;
	return failed ? err_set(err, failed, "blob %.19s: %s", digest, err_name(failed)) : 0;
}

static int open_part(struct ingest *ingest, struct err *err)
{
	struct stat st;

	ingest->dir_fd = path_mkdirs_in(store_dir(ingest->store, STORE_CACHE), "ingest", 0700);
	if (ingest->dir_fd < 0)
		return err_set(err, ingest->dir_fd, "cache: %s", err_name(ingest->dir_fd));
	ingest->fd = openat(
		ingest->dir_fd, ingest->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (ingest->fd < 0)
		return err_sys(err, "blob %.19s", ingest->digest);
	if (flock(ingest->fd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, EAGAIN, "blob %.19s is being fetched by another davit",
			ingest->digest);
	if (fstat(ingest->fd, &st) < 0)
		return err_sys(err, "blob %.19s", ingest->digest);
	/* Whoever had the lock before us finished it: the name is no longer this file's. */
	if (st.st_nlink == 0)
		return err_set(err, EAGAIN, "blob %.19s was just fetched by another davit",
			ingest->digest);
	ingest->have = (uint64_t)st.st_size;
	return 0;
}

int ingest_open(struct store *store, const char *digest, struct ingest **out, struct err *err)
{
	auto_of(ingest) struct ingest *ingest = NULL;

	if (!digest_is_sha256(digest))
		return err_set(err, EINVAL, "invalid checksum digest format");
	if (store_hold(store, err) < 0)
		return err->code;
	if (blob_exists(store, digest))
		return err_set(err, EEXIST, "blob %.19s is there already", digest);
	ingest = calloc(1, sizeof(*ingest));
	if (!ingest)
		return err_set(err, ENOMEM, "blob: out of memory");
	ingest->store = store;
	ingest->dir_fd = ingest->fd = -1;
	memcpy(ingest->digest, digest, DIGEST_SIZE);
	snprintf(ingest->name, sizeof(ingest->name), "%.64s.part", digest_hex(digest));
	if (open_part(ingest, err) < 0)
		return err->code;
	*out = take(ingest);
	return 0;
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	if (ingest->fd >= 0)
		close(ingest->fd);
	if (ingest->dir_fd >= 0)
		close(ingest->dir_fd);
	free(ingest);
}

int ingest_fd(const struct ingest *ingest)
{
	return ingest->fd;
}

uint64_t ingest_have(const struct ingest *ingest)
{
	return ingest->have;
}

int ingest_restart(struct ingest *ingest, struct err *err)
{
	ingest->have = 0;
	return ftruncate(ingest->fd, 0) < 0 ? err_sys(err, "blob %.19s", ingest->digest) : 0;
}

/* For file systems between which the kernel does not copy. */
static ssize_t copy_by_hand(int from, off_t at, int to, off_t to_at, size_t len)
{
	static const size_t piece = 256 << 10;
	auto_free char *data = malloc(piece);
	ssize_t got = data ? pread(from, data, len < piece ? len : piece, at) : -1;

	return got <= 0 ? got : pwrite(to, data, (size_t)got, to_at);
}

int ingest_copy(struct ingest *ingest, int from_fd, uint64_t offset, uint64_t len, struct err *err)
{
	uint64_t done = 0;

	while (done < len) {
		off_t from = (off_t)(offset + done), to = (off_t)done;
		size_t want = len - done < (1u << 30) ? (size_t)(len - done) : 1u << 30;
		ssize_t got = copy_file_range(from_fd, &from, ingest->fd, &to, want, 0);

		if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP))
			got = copy_by_hand(
				from_fd, (off_t)(offset + done), ingest->fd, (off_t)done, want);
		if (got < 0)
			return err_sys(err, "blob %.19s", ingest->digest);
		if (got == 0)
			return err_set(err, EBADMSG,
				"blob %.19s: the archive ends in the middle of it", ingest->digest);
		done += (uint64_t)got;
	}
	return 0;
}

static int check(struct ingest *ingest, struct err *err)
{
	enum { PIECE = 256 << 10 };
	auto_of(sha) struct sha *sha = sha_new();
	auto_free char *data = malloc(PIECE);
	char found[DIGEST_SIZE];
	off_t at = 0;
	ssize_t got;

	if (!sha || !data)
		return err_set(err, ENOMEM, "blob %.19s: out of memory", ingest->digest);
	while ((got = pread(ingest->fd, data, PIECE, at)) > 0) {
		sha_add(sha, data, (size_t)got);
		at += got;
	}
	if (got < 0)
		return err_sys(err, "blob %.19s", ingest->digest);
	sha_done(sha, found);
	if (strcmp(found, ingest->digest) != 0)
		return err_set(err, EBADMSG, "the digest does not match: wanted %s, found %s",
			ingest->digest, found);
	return 0;
}

int ingest_commit(struct ingest *ingest, uint64_t size, bool verified, struct err *err)
{
	struct stat st;

	if (fstat(ingest->fd, &st) < 0)
		return err_sys(err, "blob %.19s", ingest->digest);
	if ((uint64_t)st.st_size != size) {
		ingest_discard(ingest);
		return err_set(err, EBADMSG, "blob %.19s has %lld bytes instead of %llu",
			ingest->digest, (long long)st.st_size, (unsigned long long)size);
	}
	if (!verified && check(ingest, err) < 0) {
		if (err->code == -EBADMSG)
			ingest_discard(ingest);
		return err->code;
	}
	if (fchmod(ingest->fd, 0444) < 0 ||
		renameat(ingest->dir_fd, ingest->name, store_dir(ingest->store, STORE_BLOBS),
			digest_hex(ingest->digest)) < 0)
		return err_sys(err, "blob %.19s", ingest->digest);
	return 0;
}

void ingest_discard(struct ingest *ingest)
{
	unlinkat(ingest->dir_fd, ingest->name, 0);
}
