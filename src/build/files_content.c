/* files_content.c - the hashes of contents, on as many threads as there are cores.
 *
 * A file's is the SHA-256 of what is in it; of a large one, of the SHA-256s of its chunks one after
 * another, so that several threads can read it, and each two at a time (sha_pair.h). Work is one
 * list, of files and of chunks. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build/files.h"
#include "build/no_memory.h"
#include "build/stamps.h"
#include "core/image/sha.h"
#include "core/image/sha_pair.h"

enum {
	PIECE = 256 << 10,
	CHUNK = 8 << 20,
	THREADS_MAX = 4,
	WORTH_BYTES = 2 << 20, /* so much work, or so many files, pay for a thread */
	WORTH_FILES = 128,
};

/* A file, or a chunk of one, or two. */
struct piece_of_work {
	struct file *file;
	uint64_t offset;
	unsigned chunks;
	uint8_t *chunk; /* where their hashes go; NULL: the whole file, into file->hash */
};

struct hashing {
	const struct files_source *source;
	struct piece_of_work *work;
	size_t n, room;
	uint64_t bytes;
	uint8_t *chunks; /* hashes of them all, in order */
	size_t n_chunks;
	atomic_size_t next;
	pthread_mutex_t lock;
	struct err first; /* failure */
};

static int failed_at(const struct file *file, int code, struct err *err)
{
	return err_set(err, code, "%.300s: %s", file->path, err_name(code));
}

/* ---- one piece ---- */

/* A thread's own. */
struct hasher {
	struct hashing *all;
	struct sha *sha;
	struct sha_pair *pair; /* made when it is first wanted */
	char *piece;
};

static int read_part(
	struct hasher *hasher, const struct file *file, uint64_t offset, int fd, struct err *err)
{
	uint64_t left = file->size > CHUNK ? CHUNK : UINT64_MAX;

	while (left) {
		size_t want = left < PIECE ? (size_t)left : PIECE;
		ssize_t got = pread(fd, hasher->piece, want, (off_t)offset);

		if (got < 0)
			return failed_at(file, errno, err);
		if (!got)
			return 0;
		if (files_stop(hasher->all->source))
			return err_set(err, ECANCELED, "canceled");
		sha_add(hasher->sha, hasher->piece, (size_t)got);
		offset += (uint64_t)got;
		left -= (uint64_t)got;
	}
	return 0;
}

/* All of it; less is a file that has become shorter, which files_check finds. */
static int read_whole(int fd, char *to, size_t len, uint64_t offset)
{
	while (len) {
		ssize_t got = pread(fd, to, len, (off_t)offset);

		if (got <= 0)
			return got < 0 ? -errno : -ESTALE;
		to += got;
		len -= (size_t)got;
		offset += (uint64_t)got;
	}
	return 0;
}

static int read_two(
	struct hasher *hasher, const struct piece_of_work *work, int fd, struct err *err)
{
	char *first = hasher->piece, *second = first + PIECE / 2;

	if (!hasher->pair && !(hasher->pair = sha_pair_new()))
		return no_memory(err);
	for (uint64_t at = work->offset; at < work->offset + CHUNK; at += PIECE / 2) {
		int failed = read_whole(fd, first, PIECE / 2, at);

		if (!failed)
			failed = read_whole(fd, second, PIECE / 2, at + CHUNK);
		if (failed == -ESTALE && files_check(work->file, fd, err) < 0)
			return err->code;
		if (failed)
			return failed_at(work->file, failed, err);
		if (files_stop(hasher->all->source))
			return err_set(err, ECANCELED, "canceled");
		sha_pair_add(hasher->pair, first, second, PIECE / 2);
	}
	sha_pair_done(hasher->pair, work->chunk, work->chunk + FILES_HASH);
	return 0;
}

static int hash_piece(struct hasher *hasher, const struct piece_of_work *work, struct err *err)
{
	struct file *file = work->file;
	auto_close int fd = files_open(file, hasher->all->source, err);

	if (fd < 0)
		return fd;
	if (work->chunks == 2) {
		if (read_two(hasher, work, fd, err) < 0)
			return err->code;
	} else {
		if (read_part(hasher, file, work->offset, fd, err) < 0)
			return err->code;
		sha_done_bytes(hasher->sha, work->chunk ? work->chunk : file->hash);
	}
	return files_check(file, fd, err);
}

static int hash_target(struct hasher *hasher, struct file *file, struct err *err)
{
	ssize_t len = files_readlink(file, hasher->all->source, hasher->piece, PIECE, err);

	if (len < 0)
		return err->code;
	sha_add(hasher->sha, hasher->piece, (size_t)len);
	sha_done_bytes(hasher->sha, file->hash);
	return 0;
}

static int hash_all(struct hasher *hasher, struct err *err)
{
	struct hashing *all = hasher->all;
	size_t i;

	while ((i = atomic_fetch_add(&all->next, 1)) < all->n) {
		const struct piece_of_work *work = &all->work[i];
		int failed = S_ISLNK(work->file->mode) ? hash_target(hasher, work->file, err)
						       : hash_piece(hasher, work, err);

		if (failed)
			return failed;
	}
	return 0;
}

static void *run(void *arg)
{
	struct hashing *all = arg;
	auto_of(sha) struct sha *sha = sha_new();
	auto_free char *piece = malloc(PIECE);
	struct hasher hasher = {.all = all, .sha = sha, .piece = piece};
	struct err err = {0};
	int failed = sha && piece ? hash_all(&hasher, &err) : no_memory(&err);

	sha_pair_free(hasher.pair);
	if (!failed)
		return NULL;
	/* The others end with what they are at. */
	atomic_store(&all->next, all->n);
	pthread_mutex_lock(&all->lock);
	if (!all->first.code)
		all->first = err;
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

static int run_all(struct hashing *all, struct err *err)
{
	pthread_t threads[THREADS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = 0,
	       more = all->bytes > WORTH_BYTES || all->n > WORTH_FILES ? (size_t)cores - 1 : 0;

	if (more > THREADS_MAX)
		more = THREADS_MAX;
	pthread_mutex_init(&all->lock, NULL);
	while (n < more && !pthread_create(&threads[n], NULL, run, all))
		n++;
	run(all);
	while (n)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&all->lock);
	if (all->first.code)
		*err = all->first;
	return all->first.code;
}

/* ---- the list ---- */

static int add_work(struct hashing *all, struct file *file, uint64_t offset, unsigned chunks)
{
	if (all->n == all->room) {
		size_t room = all->room ? 2 * all->room : 64;
		struct piece_of_work *more = realloc(all->work, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		all->work = more;
		all->room = room;
	}
	/* Not NULL stands for a chunk until there is room for their hashes. */
	all->work[all->n++] = (struct piece_of_work){.file = file,
		.offset = offset,
		.chunks = chunks,
		.chunk = chunks ? file->hash : NULL};
	all->n_chunks += chunks;
	return 0;
}

static int add_file(struct hashing *all, struct file *file)
{
	int failed = 0;

	if (S_ISREG(file->mode))
		all->bytes += file->size;
	if (!S_ISREG(file->mode) || file->size <= CHUNK)
		return add_work(all, file, 0, 0);
	for (uint64_t at = 0, n; at < file->size && !failed; at += n * CHUNK) {
		n = file->size - at >= 2 * (uint64_t)CHUNK ? 2 : 1;
		failed = add_work(all, file, at, (unsigned)n);
	}
	return failed;
}

static int place_chunks(struct hashing *all)
{
	size_t chunk = 0;

	all->chunks = calloc(all->n_chunks + 1, FILES_HASH);
	if (!all->chunks)
		return -ENOMEM;
	for (size_t i = 0; i < all->n; i++)
		if (all->work[i].chunk) {
			all->work[i].chunk = all->chunks + FILES_HASH * chunk;
			chunk += all->work[i].chunks;
		}
	return 0;
}

/* Those of one file stand together. */
static int join_chunks(struct hashing *all, struct err *err)
{
	auto_of(sha) struct sha *sha = sha_new();

	if (!sha)
		return no_memory(err);
	for (size_t i = 0; i < all->n; i++) {
		const struct piece_of_work *work = &all->work[i];

		if (!work->chunk)
			continue;
		sha_add(sha, work->chunk, (size_t)FILES_HASH * work->chunks);
		if (i + 1 == all->n || all->work[i + 1].file != work->file)
			sha_done_bytes(sha, work->file->hash);
	}
	return 0;
}

/* Directories and devices have none. */
static bool is_missing(const struct file *file, uint64_t below)
{
	return !file->hashed &&
	       (S_ISLNK(file->mode) || (S_ISREG(file->mode) && file->size < below));
}

void files_look_up(struct files *files, struct stamps *stamps)
{
	for (size_t i = 0; stamps && i < files->n; i++)
		if (S_ISREG(files->v[i].mode) && !files->v[i].hashed)
			stamps_find(stamps, &files->v[i]);
}

int files_read(
	struct files *files, const struct files_source *source, uint64_t below, struct err *err)
{
	struct hashing all = {.source = source};
	int failed = files_sample(files, source, err);

	for (size_t i = 0; i < files->n && !failed; i++)
		if (is_missing(&files->v[i], below) && add_file(&all, &files->v[i]) < 0)
			failed = no_memory(err);
	if (!failed && all.n && place_chunks(&all) < 0)
		failed = no_memory(err);
	if (!failed && all.n)
		failed = run_all(&all, err);
	if (!failed && all.n)
		failed = join_chunks(&all, err);
	for (size_t i = 0; i < all.n && !failed; i++)
		all.work[i].file->hashed = true;
	free(all.work);
	free(all.chunks);
	return failed;
}

void files_note(struct files *files, struct stamps *stamps)
{
	for (size_t i = 0; stamps && i < files->n; i++) {
		struct file *file = &files->v[i];

		if (S_ISREG(file->mode) && file->hashed && !file->stamped)
			stamps_note(stamps, file);
		file->stamped |= file->hashed;
	}
}

int files_hash(struct files *files, const struct files_source *source, struct stamps *stamps,
	struct err *err)
{
	int failed;

	files_look_up(files, stamps);
	failed = files_read(files, source, UINT64_MAX, err);
	if (!failed)
		files_note(files, stamps);
	return failed;
}
