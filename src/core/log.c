/* log.c - a container's log as lines, forwards, backwards, by time, and as it grows.
 *
 * The rotated files and the current one are segments of one long text; an offset counts from the
 * oldest byte there was when the reader was opened. Nothing is read but what is asked for: a window
 * of one segment, moved along. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/segment.h"
#include "runtime/plan.h"
#include "util/own.h"

enum {
	WINDOW = 128 << 10,
	PIECE_MAX = 64 << 10,
	SEGMENTS_MAX = 256,
};

struct log_reader {
	struct engine *engine;
	char id[65];
	int dir_fd; /* containers/ID */
	struct log_options options;
	struct segment segments[SEGMENTS_MAX];
	uint64_t base[SEGMENTS_MAX]; /* offset of each segment's first byte */
	size_t count;
	uint64_t at; /* offset of the next piece */
	/* the window: bytes [from, from + len) of one segment */
	size_t window_segment;
	uint64_t window_from;
	size_t window_len;
	/* following */
	uv_fs_event_t watch;
	bool following, closed;
	void (*more)(void *arg, bool ended);
	void *arg;
	char window[WINDOW];
};

/* ---- segments ---- */

static void open_rotated(struct log_reader *reader)
{
	struct segment old[SEGMENTS_MAX];
	size_t count = 0;
	char suffix[16];

	for (; count < SEGMENTS_MAX - 1; count++) {
		snprintf(suffix, sizeof(suffix), ".%zu", count + 1);
		if (segment_open(reader->dir_fd, suffix, &old[count]) < 0)
			break;
	}
	while (count > 0)
		reader->segments[reader->count++] = old[--count];
}

static void place_segments(struct log_reader *reader)
{
	for (size_t i = 1; i < reader->count; i++)
		reader->base[i] = reader->base[i - 1] + reader->segments[i - 1].size;
}

static uint64_t total(const struct log_reader *reader)
{
	size_t last = reader->count - 1;

	return reader->count ? reader->base[last] + reader->segments[last].size : 0;
}

/* The newest segment may have grown, or have been rotated away under a new one. */
static void refresh(struct log_reader *reader)
{
	struct stat st;

	if (reader->count)
		segment_refresh(&reader->segments[reader->count - 1]);
	if (fstatat(reader->dir_fd, "log", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		reader->count == SEGMENTS_MAX)
		return;
	if (reader->count && reader->segments[reader->count - 1].inode == st.st_ino)
		return;
	if (segment_open(reader->dir_fd, "", &reader->segments[reader->count]) == 0)
		reader->count++;
	place_segments(reader);
}

static size_t segment_of(const struct log_reader *reader, uint64_t offset)
{
	size_t i = reader->count;

	while (i > 1 && reader->base[i - 1] > offset)
		i--;
	return i - 1;
}

/* ---- the window ---- */

/* Makes bytes from `offset` of a segment visible; returns how many, 0 at its end. */
static size_t look(struct log_reader *reader, size_t segment, uint64_t offset, const char **data)
{
	uint64_t from = reader->window_from;
	bool inside = segment == reader->window_segment && offset >= from &&
		      offset < from + reader->window_len;
	ssize_t len;

	if (!inside || (from + reader->window_len - offset < PIECE_MAX &&
			       from + reader->window_len < reader->segments[segment].size)) {
		len = pread(reader->segments[segment].fd, reader->window, WINDOW, (off_t)offset);
		reader->window_segment = segment;
		reader->window_from = offset;
		reader->window_len = len > 0 ? (size_t)len : 0;
	}
	*data = reader->window + (offset - reader->window_from);
	return reader->window_len - (size_t)(offset - reader->window_from);
}

/* ---- forwards ---- */

static bool is_wanted(const struct log_reader *reader, const struct log_piece *piece)
{
	if (piece->stream == SESSION_STDOUT ? !reader->options.want_stdout
					    : !reader->options.want_stderr)
		return false;
	return !reader->options.since_ns || piece->time_ns >= reader->options.since_ns;
}

static size_t cut(const struct log_reader *reader, const char *data, size_t len)
{
	const char *end;

	if (len > PIECE_MAX)
		len = PIECE_MAX;
	end = reader->options.runs ? memrchr(data, '\n', len) : memchr(data, '\n', len);
	return end ? (size_t)(end - data) + 1 : len;
}

/* 1 and the piece at reader->at, which moves behind it. */
static int next_piece(struct log_reader *reader, struct log_piece *out)
{
	size_t number = segment_of(reader, reader->at);
	struct segment *segment = &reader->segments[number];
	uint64_t offset = reader->at - reader->base[number], end;
	const char *data;
	size_t len = look(reader, number, offset, &data), mark;

	if (!len)
		return 0;
	mark = segment_mark(segment, offset);
	end = segment_run_end(segment, mark, offset + len);
	len = cut(reader, data, (size_t)(end - offset));
	if (!len)
		return 0;
	*out = (struct log_piece){
		.stream = segment_mark_stream(segment, mark) == LOG_STDERR ? SESSION_STDERR
									   : SESSION_STDOUT,
		.time_ns = segment->count ? segment->marks[mark].time_ns : 0,
		.offset = reader->at,
		.data = data,
		.len = len,
	};
	reader->at += len;
	return 1;
}

int log_next(struct log_reader *reader, struct log_piece *out)
{
	if (reader->at >= total(reader))
		refresh(reader);
	while (reader->at < total(reader)) {
		int got = next_piece(reader, out);

		if (got <= 0)
			return got;
		if (reader->options.until_ns && out->time_ns > reader->options.until_ns)
			return 0;
		if (is_wanted(reader, out))
			return 1;
	}
	return 0;
}

/* ---- backwards ---- */

/* The offset in the segment where the line that ends before `end` begins: after the newline before
 * it, or where the other stream broke in, or PIECE_MAX back. */
static uint64_t line_begin(struct log_reader *reader, size_t number, uint64_t end)
{
	struct segment *segment = &reader->segments[number];
	uint64_t floor = end > PIECE_MAX ? end - PIECE_MAX : 0;
	size_t mark = segment_mark(segment, end - 1);
	uint64_t begin = segment_run_begin(segment, mark, floor);
	const char *data;

	/* One window behind, so that going on backwards finds its bytes in memory. */
	if (number != reader->window_segment || begin < reader->window_from ||
		end > reader->window_from + reader->window_len) {
		uint64_t from = end > WINDOW ? end - WINDOW : 0;

		reader->window_len = 0;
		look(reader, number, from, &data);
	}
	if (begin < reader->window_from)
		begin = reader->window_from;
	data = reader->window + (begin - reader->window_from);
	if (end - begin > 1) {
		const char *newline = memrchr(data, '\n', (size_t)(end - begin) - 1);

		if (newline)
			begin += (uint64_t)(newline - data) + 1;
	}
	return begin;
}

static bool step_back(struct log_reader *reader)
{
	size_t number;

	if (!reader->at)
		return false;
	number = segment_of(reader, reader->at - 1);
	reader->at = reader->base[number] +
		     line_begin(reader, number, reader->at - reader->base[number]);
	return true;
}

int log_previous(struct log_reader *reader, struct log_piece *out)
{
	while (step_back(reader)) {
		uint64_t here = reader->at;
		int got = next_piece(reader, out);

		reader->at = here;
		if (got <= 0)
			return got;
		if (reader->options.since_ns && out->time_ns < reader->options.since_ns)
			return 0;
		if (is_wanted(reader, out))
			return 1;
	}
	return 0;
}

void log_seek(struct log_reader *reader, uint64_t offset)
{
	uint64_t end;

	refresh(reader);
	end = total(reader);
	reader->at = offset < end ? offset : end;
}

uint64_t log_size(struct log_reader *reader)
{
	refresh(reader);
	return total(reader);
}

/* ---- opening ---- */

static void seek_tail(struct log_reader *reader, int64_t lines)
{
	reader->at = total(reader);
	while (lines-- > 0 && step_back(reader))
		;
}

static void seek_since(struct log_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		uint64_t offset = segment_since(&reader->segments[i], reader->options.since_ns);

		if (offset >= reader->segments[i].size && i + 1 < reader->count)
			continue;
		if (reader->base[i] + offset > reader->at)
			reader->at = reader->base[i] + offset;
		return;
	}
}

/* --log-driver none is said in the plan. A container that never ran has no log either, and that is
 * an empty one. */
static int check_kept(struct engine *engine, const char *id, struct err *err)
{
	auto_close int own = launch_own_dir(engine, id, err), plan = -1;
	struct plan_header head;

	if (own < 0)
		return own;
	if (faccessat(own, "log", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	plan = openat(own, "plan", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (plan < 0 || pread(plan, &head, sizeof(head), 0) != sizeof(head) ||
		!(head.flags & PLAN_NO_LOG))
		return 0;
	return err_set(err, ENOTSUP, "configured logging driver does not support reading");
}

int engine_logs(struct engine *engine, const char *who, const struct log_options *options,
	struct log_reader **out, struct err *err)
{
	struct log_reader *reader;
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (!failed)
		failed = check_kept(engine, row.id, err);
	if (failed)
		return failed;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return err_set(err, ENOMEM, "read the log of %s: out of memory", who);
	reader->engine = engine;
	reader->options = *options;
	snprintf(reader->id, sizeof(reader->id), "%.64s", row.id);
	reader->dir_fd = launch_own_dir(engine, row.id, err);
	if (reader->dir_fd < 0) {
		failed = reader->dir_fd;
		free(reader);
		return failed;
	}
	open_rotated(reader);
	refresh(reader);
	if (options->tail >= 0)
		seek_tail(reader, options->tail);
	if (options->since_ns)
		seek_since(reader);
	*out = reader;
	return 0;
}

/* ---- following ---- */

static bool is_over(struct log_reader *reader)
{
	struct row row;
	unsigned number;

	if (engine_find_row(reader->engine, reader->id, &number, &row, NULL) < 0)
		return true;
	return row.state.status != ROW_RUNNING && row.state.status != ROW_PAUSED &&
	       row.state.status != ROW_RESTARTING && row.state.status != ROW_STARTING;
}

static void on_change(uv_fs_event_t *watch, const char *name, int events, int status)
{
	struct log_reader *reader = container_of(watch, struct log_reader, watch);

	(void)status;
	if (reader->closed || !name)
		return;
	/* "last" is replaced at every exit; the directory of a --rm container, which has none,
	 * moves away. What else changes here, but for the log itself, says nothing. */
	if (events & UV_RENAME)
		reader->more(reader->arg, is_over(reader));
	else if (strncmp(name, "log", 3) == 0)
		reader->more(reader->arg, false);
}

int log_follow(struct log_reader *reader, void (*more)(void *arg, bool ended), void *arg)
{
	char path[64];
	int failed;

	reader->more = more;
	reader->arg = arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->dir_fd);
	uv_fs_event_init(reader->engine->loop, &reader->watch);
	reader->following = true;
	failed = uv_fs_event_start(&reader->watch, on_change, path, 0);
	if (failed)
		return failed;
	/* What happened before the watch was there. */
	more(arg, is_over(reader));
	return 0;
}

static void log_free(struct log_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++)
		segment_fini(&reader->segments[i]);
	close(reader->dir_fd);
	free(reader);
}

static void on_closed(uv_handle_t *handle)
{
	log_free(container_of((uv_fs_event_t *)handle, struct log_reader, watch));
}

void log_close(struct log_reader *reader)
{
	if (!reader || reader->closed)
		return;
	reader->closed = true;
	if (reader->following)
		uv_close((uv_handle_t *)&reader->watch, on_closed);
	else
		log_free(reader);
}
