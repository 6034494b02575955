#include "core/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_named(int dir_fd, const char *name, const char *suffix)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%s", name, suffix);
	return openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int segment_open(int dir_fd, const char *suffix, struct segment *out)
{
	struct segment segment = {.map = MAP_FAILED};
	struct stat st;

	segment.fd = open_named(dir_fd, "log", suffix);
	if (segment.fd < 0)
		return -errno;
	segment.index_fd = open_named(dir_fd, "log.index", suffix);
	if (segment.index_fd < 0 || fstat(segment.fd, &st) < 0) {
		int failed = -errno;

		close(segment.fd);
		if (segment.index_fd >= 0)
			close(segment.index_fd);
		return failed;
	}
	segment.inode = st.st_ino;
	*out = segment;
	return segment_refresh(out);
}

void segment_fini(struct segment *segment)
{
	if (segment->map != MAP_FAILED)
		munmap(segment->map, segment->map_len);
	close(segment->fd);
	close(segment->index_fd);
}

static int map_index(struct segment *segment, size_t len)
{
	if (segment->map != MAP_FAILED)
		munmap(segment->map, segment->map_len);
	segment->map = mmap(NULL, len, PROT_READ, MAP_SHARED, segment->index_fd, 0);
	segment->map_len = len;
	return segment->map == MAP_FAILED ? -errno : 0;
}

/* The index grows before the log does, so every byte below `size` has its mark; measuring in the
 * other order would not promise that. */
int segment_refresh(struct segment *segment)
{
	struct stat log, index;
	size_t whole;

	if (fstat(segment->fd, &log) < 0 || fstat(segment->index_fd, &index) < 0)
		return -errno;
	segment->size = (uint64_t)log.st_size;
	whole = (size_t)index.st_size;
	segment->count = whole > sizeof(struct log_head)
				 ? (whole - sizeof(struct log_head)) / sizeof(struct log_mark)
				 : 0;
	if (!segment->count)
		return 0;
	if (whole > segment->map_len || segment->map == MAP_FAILED) {
		/* Room to grow into, so that following does not map anew for each mark. */
		int failed = map_index(segment, whole + (1 << 20));

		if (failed) {
			segment->count = 0;
			return failed;
		}
	}
	segment->marks =
		(const struct log_mark *)((const char *)segment->map + sizeof(struct log_head));
	return 0;
}

uint64_t segment_before(const struct segment *segment)
{
	struct log_head head;

	return pread(segment->index_fd, &head, sizeof(head), 0) == sizeof(head) ? head.before : 0;
}

void segment_forget(const struct segment *segment)
{
	if (segment->map != MAP_FAILED)
		madvise(segment->map, segment->map_len, MADV_DONTNEED);
}

uint64_t segment_mark_offset(const struct segment *segment, size_t mark)
{
	return mark < segment->count ? segment->marks[mark].offset_stream >> 2 : segment->size;
}

unsigned segment_mark_stream(const struct segment *segment, size_t mark)
{
	unsigned stream = mark < segment->count ? (unsigned)(segment->marks[mark].offset_stream & 3)
						: LOG_STDOUT;

	return stream == LOG_STDERR ? LOG_STDERR : LOG_STDOUT;
}

size_t segment_mark(const struct segment *segment, uint64_t offset)
{
	size_t low = 0, high = segment->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (segment_mark_offset(segment, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t segment_run_end(const struct segment *segment, size_t mark, uint64_t limit)
{
	unsigned stream = segment_mark_stream(segment, mark);

	if (limit > segment->size)
		limit = segment->size;
	while (++mark < segment->count && segment_mark_offset(segment, mark) < limit)
		if (segment_mark_stream(segment, mark) != stream)
			return segment_mark_offset(segment, mark);
	return limit;
}

uint64_t segment_run_begin(const struct segment *segment, size_t mark, uint64_t limit)
{
	unsigned stream = segment_mark_stream(segment, mark);

	while (mark > 0 && segment_mark_offset(segment, mark) > limit) {
		if (segment_mark_stream(segment, mark - 1) != stream)
			return segment_mark_offset(segment, mark);
		mark--;
	}
	return limit;
}

uint64_t segment_since(const struct segment *segment, uint64_t time_ns)
{
	size_t low = 0, high = segment->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (segment->marks[middle].time_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return segment_mark_offset(segment, low);
}
