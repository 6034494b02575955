#include "build/stamps.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

/* The file's own format: see the header. */
struct stamp {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
	uint32_t mtime_ns, ctime_ns;
	uint8_t hash[FILES_HASH], sample[FILES_SAMPLE];
};
_Static_assert(sizeof(struct stamp) == 96, "the format");

struct head {
	char magic[8]; /* "davstmp2" */
	uint64_t count;
};

enum { TICK_NS = 20000000 };

struct stamps {
	int dir_fd;
	char *name;
	void *map;
	size_t map_len;
	const struct stamp *old;
	size_t n_old;
	struct stamp *v; /* of this run */
	size_t n, room;
	bool changed, failed;
	struct timespec began;
};

static int order(const struct stamp *stamp, uint64_t dev, uint64_t ino)
{
	if (stamp->ino != ino)
		return stamp->ino < ino ? -1 : 1;
	return stamp->dev == dev ? 0 : stamp->dev < dev ? -1 : 1;
}

static int by_key(const void *a, const void *b)
{
	const struct stamp *other = b;

	return order(a, other->dev, other->ino);
}

static void fill(struct stamp *stamp, const struct file *file)
{
	*stamp = (struct stamp){
		.dev = file->dev,
		.ino = file->ino,
		.size = file->size,
		.mtime = file->mtime.tv_sec,
		.mtime_ns = (uint32_t)file->mtime.tv_nsec,
		.ctime = file->ctime.tv_sec,
		.ctime_ns = (uint32_t)file->ctime.tv_nsec,
	};
	memcpy(stamp->hash, file->hash, FILES_HASH);
	memcpy(stamp->sample, file->sample, FILES_SAMPLE);
}

static void map_old(struct stamps *stamps)
{
	auto_close int fd = openat(stamps->dir_fd, stamps->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const struct head *head;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(*head))
		return;
	stamps->map_len = (size_t)st.st_size;
	stamps->map = mmap(NULL, stamps->map_len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (stamps->map == MAP_FAILED) {
		stamps->map = NULL;
		return;
	}
	head = stamps->map;
	if (memcmp(head->magic, "davstmp2", 8) != 0 ||
		head->count != (stamps->map_len - sizeof(*head)) / sizeof(struct stamp))
		return;
	stamps->old = (const struct stamp *)(head + 1);
	stamps->n_old = head->count;
}

int stamps_open(int dir_fd, const char *name, struct stamps **out, struct err *err)
{
	struct stamps *stamps = calloc(1, sizeof(*stamps));

	if (!stamps || !(stamps->name = strdup(name))) {
		free(stamps);
		return err_set(err, ENOMEM, "file stamps: out of memory");
	}
	stamps->dir_fd = dir_fd;
	clock_gettime(CLOCK_REALTIME, &stamps->began);
	map_old(stamps);
	*out = stamps;
	return 0;
}

static void keep(struct stamps *stamps, const struct stamp *stamp)
{
	size_t room = stamps->room ? stamps->room * 2 : 1024;
	struct stamp *more;

	if (stamps->n == stamps->room) {
		more = realloc(stamps->v, room * sizeof(*more));
		if (!more) {
			stamps->failed = true;
			return;
		}
		stamps->v = more;
		stamps->room = room;
	}
	stamps->v[stamps->n++] = *stamp;
}

static void tell(const struct stamp *stamp, struct file *file)
{
	memcpy(file->hash, stamp->hash, FILES_HASH);
	memcpy(file->sample, stamp->sample, FILES_SAMPLE);
	file->hashed = file->sampled = file->stamped = true;
}

bool stamps_find(struct stamps *stamps, struct file *file)
{
	size_t low = 0, high = stamps->n_old;
	struct stamp wanted;

	fill(&wanted, file);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct stamp *stamp = &stamps->old[middle];
		int place = order(stamp, file->dev, file->ino);

		if (place < 0) {
			low = middle + 1;
		} else if (place > 0) {
			high = middle;
		} else {
			if (memcmp(stamp, &wanted, offsetof(struct stamp, hash)) != 0)
				return false;
			tell(stamp, file);
			keep(stamps, stamp);
			return true;
		}
	}
	return false;
}

static bool is_recent(const struct stamps *stamps, const struct timespec *time)
{
	int64_t since = (int64_t)(stamps->began.tv_sec - time->tv_sec) * 1000000000 +
			(stamps->began.tv_nsec - time->tv_nsec);

	return since < TICK_NS;
}

void stamps_note(struct stamps *stamps, const struct file *file)
{
	struct stamp stamp;

	if (is_recent(stamps, &file->mtime) || is_recent(stamps, &file->ctime))
		return;
	fill(&stamp, file);
	keep(stamps, &stamp);
	stamps->changed = true;
}

/* What this run did not ask for stays, as long as it is not the most of it: another Dockerfile of
 * the same tree may want it. */
static void keep_others(struct stamps *stamps)
{
	size_t own = stamps->n, at = 0;

	qsort(stamps->v, own, sizeof(*stamps->v), by_key);
	if (stamps->n_old > 4 * own + 100000)
		return;
	for (size_t i = 0; i < stamps->n_old; i++) {
		const struct stamp *old = &stamps->old[i];

		while (at < own && order(&stamps->v[at], old->dev, old->ino) < 0)
			at++;
		if (at == own || order(&stamps->v[at], old->dev, old->ino) != 0)
			keep(stamps, old);
	}
	qsort(stamps->v, stamps->n, sizeof(*stamps->v), by_key);
}

int stamps_save(struct stamps *stamps, struct err *err)
{
	struct head head = {.magic = "davstmp2"};
	auto_buf data = BUF_INIT;
	int failed;

	if (!stamps->changed || stamps->failed || !stamps->n)
		return 0;
	keep_others(stamps);
	head.count = stamps->n;
	buf_add(&data, &head, sizeof(head));
	buf_add(&data, stamps->v, stamps->n * sizeof(*stamps->v));
	failed = buf_failed(&data)
			 ? -ENOMEM
			 : path_replace_at(stamps->dir_fd, stamps->name, data.data, data.len, 0600);
	return failed ? err_set(err, failed, "file stamps: %s", err_name(failed)) : 0;
}

void stamps_free(struct stamps *stamps)
{
	if (!stamps)
		return;
	if (stamps->map)
		munmap(stamps->map, stamps->map_len);
	free(stamps->v);
	free(stamps->name);
	free(stamps);
}
