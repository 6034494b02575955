/* transcript.c - see transcript.h. */
#include "core/transcript.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/segment.h"

enum {
	GRAIN = 64 << 10,
	PIECE_MAX = 2 * GRAIN,
	WINDOW = 256 << 10,
	SEGMENTS_MAX = 256,
	FORGET_EVERY = 256, /* windows: 64 MB */
	AHEAD = 4 << 20,
};

/* Bytes [from, from + len) of one segment. */
struct window {
	size_t segment;
	uint64_t from;
	size_t len;
	char *bytes; /* WINDOW of them, made at the first use */
};

struct transcript {
	int dir_fd;
	struct segment segments[SEGMENTS_MAX];
	uint64_t base[SEGMENTS_MAX]; /* offset of each segment's first byte */
	size_t count;
	uint64_t before;
	struct window lines, runs; /* apart, so that looking through far away does not cost the
				    * lines in view their window */
	unsigned moved;            /* windows read since the index was forgotten */
};

/* ---- segments ---- */

static void add_segment(struct transcript *text, const struct segment *segment)
{
	if (text->count == SEGMENTS_MAX) {
		segment_fini(&text->segments[0]);
		text->count--;
		memmove(text->segments, text->segments + 1, text->count * sizeof(*segment));
		memmove(text->base, text->base + 1, text->count * sizeof(*text->base));
		text->lines.len = text->runs.len = 0;
	}
	text->base[text->count] = transcript_size(text);
	text->segments[text->count++] = *segment;
}

/* The files from log.N down to log, from the one after `newest` on; 0: all of them. */
static void open_after(struct transcript *text, ino_t newest)
{
	struct segment found[SEGMENTS_MAX];
	char suffix[24] = "";
	size_t count = 0;

	for (size_t i = 0; count < SEGMENTS_MAX - 1; i++) {
		if (i)
			snprintf(suffix, sizeof(suffix), ".%zu", i);
		if (segment_open(text->dir_fd, suffix, &found[count]) < 0) {
			if (i)
				break;
			continue; /* just being rotated */
		}
		if (found[count].inode == newest) {
			segment_fini(&found[count]);
			break;
		}
		count++;
	}
	while (count > 0)
		add_segment(text, &found[--count]);
}

struct transcript *transcript_open(int dir_fd)
{
	struct transcript *text = calloc(1, sizeof(*text));

	if (!text)
		return NULL;
	text->dir_fd = dir_fd;
	open_after(text, 0);
	if (text->count)
		text->before = segment_before(&text->segments[0]);
	return text;
}

void transcript_free(struct transcript *text)
{
	if (!text)
		return;
	for (size_t i = 0; i < text->count; i++)
		segment_fini(&text->segments[i]);
	free(text->lines.bytes);
	free(text->runs.bytes);
	free(text);
}

uint64_t transcript_size(const struct transcript *text)
{
	size_t last = text->count - 1;

	return text->count ? text->base[last] + text->segments[last].size : 0;
}

uint64_t transcript_begin(const struct transcript *text)
{
	return text->count ? text->base[0] : 0;
}

uint64_t transcript_before(const struct transcript *text)
{
	return text->before + transcript_begin(text);
}

uint64_t transcript_refresh(struct transcript *text)
{
	struct segment *newest = text->count ? &text->segments[text->count - 1] : NULL;
	struct stat st;

	if (newest)
		segment_refresh(newest);
	if (fstatat(text->dir_fd, "log", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		(newest && newest->inode == st.st_ino))
		return transcript_size(text);
	/* Rotated away under a new one, after its last line: measured again now that it is whole.
	 */
	if (newest)
		segment_refresh(newest);
	open_after(text, newest ? newest->inode : 0);
	return transcript_size(text);
}

static size_t segment_of(const struct transcript *text, uint64_t offset)
{
	size_t low = 0, high = text->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (text->base[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* ---- windows ---- */

/* Looking through ten gigabytes meets forty megabytes of index, which nobody needs in memory. */
static void forget_index(struct transcript *text)
{
	if (++text->moved % FORGET_EVERY)
		return;
	for (size_t i = 0; i < text->count; i++)
		segment_forget(&text->segments[i]);
}

static void fill(struct transcript *text, struct window *window, size_t number, uint64_t from)
{
	int fd = text->segments[number].fd;
	ssize_t len = -1;

	/* The kernel reads ahead by itself, but never backwards. */
	if (window->segment == number && from < window->from && window->from - from >= WINDOW)
		posix_fadvise(
			fd, from > AHEAD ? (off_t)(from - AHEAD) : 0, AHEAD, POSIX_FADV_WILLNEED);
	if (!window->bytes)
		window->bytes = malloc(WINDOW);
	if (window->bytes)
		len = pread(fd, window->bytes, WINDOW, (off_t)from);
	window->segment = number;
	window->from = from;
	window->len = len > 0 ? (size_t)len : 0;
	forget_index(text);
}

static bool is_inside(const struct window *window, size_t number, uint64_t offset)
{
	return number == window->segment && offset >= window->from &&
	       offset < window->from + window->len;
}

/* Makes bytes from `offset` of a segment visible, a whole piece of them at least; how many, 0 at
 * its end. */
static size_t show(struct transcript *text, struct window *window, size_t number, uint64_t offset,
	const char **data)
{
	uint64_t end = window->from + window->len, size = text->segments[number].size;

	if (!is_inside(window, number, offset) || (end - offset < PIECE_MAX && end < size)) {
		fill(text, window, number, offset);
		end = window->from + window->len;
	}
	if (end > size)
		end = size; /* written since it was measured: its mark may not be known */
	*data = window->bytes + (offset - window->from);
	return end > offset ? (size_t)(end - offset) : 0;
}

/* ---- pieces ---- */

/* The furthest that a piece can go which begins here. */
static uint64_t furthest(uint64_t offset)
{
	return (offset + GRAIN - 1) / GRAIN * GRAIN + GRAIN;
}

static size_t cut(uint64_t offset, const char *data, size_t len, bool runs)
{
	const char *end = runs ? memrchr(data, '\n', len) : NULL;

	if (end)
		return (size_t)(end - data) + 1;
	if (len > furthest(offset) - offset)
		len = (size_t)(furthest(offset) - offset);
	end = runs ? NULL : memchr(data, '\n', len);
	return end ? (size_t)(end - data) + 1 : len;
}

size_t transcript_cut(const struct log_piece *run, size_t from)
{
	return cut(run->offset + from, run->data + from, run->len - from, false);
}

int transcript_next(struct transcript *text, uint64_t *at, bool runs, struct log_piece *out)
{
	struct segment *segment;
	uint64_t offset, end;
	const char *data;
	size_t number, len, mark;

	if (*at < transcript_begin(text))
		*at = transcript_begin(text);
	if (*at >= transcript_size(text))
		return 0;
	number = segment_of(text, *at);
	segment = &text->segments[number];
	offset = *at - text->base[number];
	len = show(text, runs ? &text->runs : &text->lines, number, offset, &data);
	if (!len)
		return 0;
	mark = segment_mark(segment, offset);
	end = segment_run_end(segment, mark, offset + len);
	len = cut(*at, data, (size_t)(end - offset), runs);
	*out = (struct log_piece){
		.stream = segment_mark_stream(segment, mark) == LOG_STDERR ? SESSION_STDERR
									   : SESSION_STDOUT,
		.time_ns = segment->count ? segment->marks[mark].time_ns : 0,
		.offset = *at,
		.data = data,
		.len = len,
	};
	*at += len;
	return 1;
}

/* Where, at or after `floor`, the line begins whose last byte is before `end`; in the segment. */
static uint64_t line_begin(struct transcript *text, size_t number, uint64_t floor, uint64_t end)
{
	struct segment *segment = &text->segments[number];
	uint64_t begin = segment_run_begin(segment, segment_mark(segment, end - 1), floor);
	const char *data, *newline;

	/* One window behind, so that going on backwards finds its bytes in memory. */
	if (!is_inside(&text->lines, number, begin) || end > text->lines.from + text->lines.len) {
		uint64_t from = end > WINDOW ? end - WINDOW : 0;

		fill(text, &text->lines, number, from);
	}
	if (end > text->lines.from + text->lines.len || begin < text->lines.from)
		return begin; /* the file cannot be read: the place is all there is to say */
	data = text->lines.bytes + (begin - text->lines.from);
	newline = end - begin > 1 ? memrchr(data, '\n', (size_t)(end - begin) - 1) : NULL;
	return newline ? begin + (uint64_t)(newline - data) + 1 : begin;
}

bool transcript_back(struct transcript *text, uint64_t *at)
{
	uint64_t grain, floor, begin;
	size_t number;

	if (*at > transcript_size(text))
		*at = transcript_size(text);
	if (*at <= transcript_begin(text))
		return false;
	number = segment_of(text, *at - 1);
	grain = (*at - 1) / GRAIN * GRAIN;
	floor = grain > GRAIN ? grain - GRAIN : 0;
	if (floor < text->base[number])
		floor = text->base[number];
	begin = text->base[number] +
		line_begin(text, number, floor - text->base[number], *at - text->base[number]);
	/* A line without end, seen from behind: the piece that begins on the grain. */
	*at = furthest(begin) < *at ? grain : begin;
	return true;
}

/* ---- times ---- */

uint64_t transcript_time(const struct transcript *text, uint64_t offset)
{
	const struct segment *segment;
	size_t number;

	if (!text->count)
		return 0;
	number = segment_of(text, offset);
	segment = &text->segments[number];
	return segment->count
		       ? segment->marks[segment_mark(segment, offset - text->base[number])].time_ns
		       : 0;
}

uint64_t transcript_since(const struct transcript *text, uint64_t time_ns)
{
	for (size_t i = 0; i < text->count; i++) {
		uint64_t offset = segment_since(&text->segments[i], time_ns);

		if (offset < text->segments[i].size)
			return text->base[i] + offset;
	}
	return transcript_size(text);
}
