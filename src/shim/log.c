#include "shim/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h> /* renameat(2) is declared there */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/launch/say.h"

enum { MARK_BYTES = 4096, MARK_NS = 10000000, CUT_ROOM = 64 << 10 };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int open_file(const struct log *log, const char *name, int flags)
{
	return openat(log->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
}

/* A mark may have been written for bytes that never were. */
static void trim_index(struct log *log)
{
	struct log_mark mark;

	log->index_size -= (log->index_size - sizeof(struct log_head)) % sizeof(mark);
	while (log->index_size > sizeof(struct log_head)) {
		uint64_t at = log->index_size - sizeof(mark);

		if (pread(log->index, &mark, sizeof(mark), (off_t)at) == sizeof(mark) &&
			mark.offset_stream >> 2 <= log->size)
			break;
		log->index_size = at;
	}
}

static int begin_index(struct log *log)
{
	struct log_head head = {.version = 1, .tty = log->tty};
	struct stat st;

	if (fstat(log->index, &st) < 0)
		return -errno;
	log->index_size = (uint64_t)st.st_size;
	if (log->index_size >= sizeof(head) &&
		pread(log->index, &head, sizeof(head), 0) == sizeof(head) &&
		!memcmp(head.magic, LOG_MAGIC, sizeof(head.magic))) {
		log->dropped = head.dropped;
		log->before = head.before;
		trim_index(log);
		return 0;
	}
	head = (struct log_head){.version = 1, .tty = log->tty, .before = log->before};
	memcpy(head.magic, LOG_MAGIC, sizeof(head.magic));
	if (ftruncate(log->index, 0) < 0 ||
		pwrite(log->index, &head, sizeof(head), 0) != sizeof(head))
		return errno ? -errno : -EIO;
	log->index_size = sizeof(head);
	log->dropped = 0;
	return 0;
}

static int begin(struct log *log)
{
	struct stat st;
	int error;

	log->last_stream = 0;
	log->fd = open_file(log, "log", 0);
	log->index = log->fd < 0 ? -1 : open_file(log, "log.index", 0);
	if (log->index < 0 || fstat(log->fd, &st) < 0)
		error = -errno;
	else {
		log->size = (uint64_t)st.st_size;
		error = S_ISREG(st.st_mode) ? begin_index(log) : -EINVAL;
	}
	if (error)
		log_close(log);
	return error;
}

int log_open(struct log *log, int dir, bool tty, uint64_t max_bytes, unsigned files)
{
	*log = (struct log){
		.dir = dir, .fd = -1, .index = -1, .tty = tty, .max = max_bytes, .files = files};
	return begin(log);
}

void log_close(struct log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	if (log->index >= 0)
		close(log->index);
	log->fd = log->index = -1;
}

bool log_is_open(const struct log *log)
{
	return log->fd >= 0;
}

static void drop(struct log *log, size_t len)
{
	log->dropped += len;
	if (log->index >= 0 && pwrite(log->index, &log->dropped, sizeof(log->dropped),
				       offsetof(struct log_head, dropped)) < 0)
		return; /* a full disk never fails this: the head exists */
}

/* One mark at a change of stream, else at most one per 4 KB or 10 ms. Before the bytes: a mark
 * without bytes is found and overwritten, bytes without a mark would be another stream's. */
static bool put_mark(struct log *log, enum log_stream stream)
{
	uint64_t now = now_ns();
	struct log_mark mark = {log->size << 2 | stream, now};

	if (stream == log->last_stream && log->size - log->last_offset < MARK_BYTES &&
		now - log->last_ns < MARK_NS)
		return true;
	if (pwrite(log->index, &mark, sizeof(mark), (off_t)log->index_size) != sizeof(mark))
		return false;
	log->last_stream = (uint8_t)stream;
	log->last_offset = log->size;
	log->last_ns = now;
	return true;
}

/* put_mark was for bytes that are there now; a later mark goes behind it. */
static void keep_mark(struct log *log, size_t len)
{
	if (log->last_offset == log->size)
		log->index_size += sizeof(struct log_mark);
	log->size += len;
}

static void append(struct log *log, enum log_stream stream, const char *data, size_t len)
{
	bool is_marked = put_mark(log, stream);

	while (len && is_marked) {
		ssize_t wrote = pwrite(log->fd, data, len, (off_t)log->size);

		if (wrote <= 0)
			break;
		keep_mark(log, (size_t)wrote);
		data += wrote;
		len -= (size_t)wrote;
	}
	if (len) {
		log->last_stream = 0;
		drop(log, len);
	}
}

static void shift(const struct log *log, const char *name)
{
	char from[32], to[32];

	for (unsigned i = log->files; i > 0; i--) {
		launch_say(to, sizeof(to), "%s.%u", name, i);
		if (i > 1)
			launch_say(from, sizeof(from), "%s.%u", name, i - 1);
		else
			launch_say(from, sizeof(from), "%s", name);
		renameat(log->dir, from, log->dir, to);
	}
	if (!log->files)
		unlinkat(log->dir, name, 0);
}

static void rotate(struct log *log)
{
	log_close(log);
	log->before += log->size;
	shift(log, "log");
	shift(log, "log.index");
	/* A disk that refuses the rename gets one long file instead of an endless attempt. */
	if (!begin(log) && log->size)
		log->max = 0;
}

static bool is_at_line_end(const struct log *log)
{
	char last;

	return log->size && pread(log->fd, &last, 1, (off_t)log->size - 1) == 1 && last == '\n';
}

/* How much of data still belongs to this file: up to its last line that fits; else, when this file
 * ends with a line, nothing; else up to the end of the line that is being written. */
static size_t cut(const struct log *log, const char *data, size_t len)
{
	size_t room = log->size < log->max ? log->max - log->size : 0;
	const char *end;

	if (len <= room)
		return len;
	end = room ? memrchr(data, '\n', room) : NULL;
	if (!end && is_at_line_end(log))
		return 0;
	if (!end)
		end = memchr(data + room, '\n', len - room);
	return end ? (size_t)(end - data) + 1 : len;
}

void log_write(struct log *log, enum log_stream stream, const char *data, size_t len)
{
	while (len) {
		size_t now = log->max && log->fd >= 0 ? cut(log, data, len) : len;

		if (log->fd < 0)
			drop(log, now);
		else
			append(log, stream, data, now);
		data += now;
		len -= now;
		/* Also a line without end stops somewhere. */
		if (log->max && log->fd >= 0 && (len || log->size > 2 * log->max))
			rotate(log);
	}
}

/* 1: bytes, 0: the end, -EAGAIN: nothing yet. Asked first so that no mark is written for nothing.
 */
static ssize_t what_waits(int pipe)
{
	struct pollfd wait = {pipe, POLLIN, 0};

	poll(&wait, 1, 0);
	return wait.revents & POLLIN ? 1 : wait.revents & (POLLHUP | POLLERR) ? 0 : -EAGAIN;
}

ssize_t log_splice(struct log *log, enum log_stream stream, int pipe, size_t max)
{
	off_t at = (off_t)log->size;
	ssize_t moved;

	if (log->fd < 0 || log->no_splice)
		return -EXFULL;
	if (log->max && (log->size >= log->max || log->max - log->size < CUT_ROOM))
		return -EXFULL;
	if (log->max && log->max - log->size < max)
		max = log->max - log->size;
	moved = what_waits(pipe);
	if (moved <= 0)
		return moved;
	if (!put_mark(log, stream))
		return -EXFULL;
	moved = splice(pipe, NULL, log->fd, &at, max, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	if (moved > 0)
		keep_mark(log, (size_t)moved);
	if (moved >= 0)
		return moved;
	log->last_stream = 0;
	if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	log->no_splice = errno == EINVAL;
	return -EXFULL;
}
