#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/transcript.h"
#include "runtime/wire.h"
#include "util/buf.h"
#include "../support/scratch.h"

/* A log as a shim leaves it: `text` and one mark. */
static void put_file(const struct scratch *scratch, const char *suffix, const char *text,
	size_t len, uint64_t before, uint64_t time_ns)
{
	struct log_head head = {.magic = LOG_MAGIC, .version = 1, .before = before};
	struct log_mark mark = {0 << 2 | LOG_STDOUT, time_ns};
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "log.index%s", suffix);
	fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, &mark, sizeof(mark)), sizeof(mark));
	close(fd);
	snprintf(name, sizeof(name), "log%s", suffix);
	fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void add_mark(const struct scratch *scratch, uint64_t offset, unsigned stream, uint64_t time)
{
	struct log_mark mark = {offset << 2 | stream, time};
	int fd = openat(scratch->fd, "log.index", O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, &mark, sizeof(mark)), sizeof(mark));
	close(fd);
}

static size_t walk_forward(struct transcript *text, bool runs, uint64_t *ends, size_t room)
{
	struct log_piece piece;
	uint64_t at = 0;
	size_t count = 0;

	while (transcript_next(text, &at, runs, &piece) == 1 && count < room)
		ends[count++] = at;
	return count;
}

/* Going back from the end meets, in reverse, what going forward met. */
static void check_both_ways(struct transcript *text)
{
	enum { ROOM = 20000 };
	uint64_t *ends = calloc(ROOM, sizeof(*ends)), at = transcript_size(text);
	size_t count = walk_forward(text, false, ends, ROOM);

	assert_true(count > 0 && count < ROOM);
	assert_int_equal(ends[count - 1], at);
	while (count-- > 0) {
		assert_true(transcript_back(text, &at));
		assert_int_equal(at, count ? ends[count - 1] : 0);
	}
	assert_false(transcript_back(text, &at));
	free(ends);
}

static void lines_of_any_length_are_the_same_forwards_and_backwards(void **state)
{
	static const size_t lengths[] = {1, 2, 100, 65535, 65536, 65537, 90000, 131071, 131072,
		131073, 200000, 1000000, 1, 1, 262144, 64, 0};
	struct scratch *scratch = *state;
	auto_buf bytes = BUF_INIT;
	struct transcript *text;

	for (size_t i = 0; lengths[i]; i++) {
		for (size_t n = 1; n < lengths[i]; n++)
			buf_addc(&bytes, 'x');
		buf_addc(&bytes, '\n');
	}
	buf_adds(&bytes, "unfinished");
	put_file(scratch, "", bytes.data, bytes.len, 0, 1);
	text = transcript_open(scratch->fd);
	check_both_ways(text);
	transcript_free(text);
}

static void a_line_without_end_is_cut_in_the_same_places_from_anywhere(void **state)
{
	enum { SIZE = 900000, BEGIN = 70000 };
	struct scratch *scratch = *state;
	char *bytes = malloc(SIZE);
	struct log_piece piece;
	struct transcript *text;
	uint64_t at, ends[40], here;
	size_t count;

	memset(bytes, 'y', SIZE);
	bytes[BEGIN - 1] = '\n';
	put_file(scratch, "", bytes, SIZE, 0, 1);
	text = transcript_open(scratch->fd);
	check_both_ways(text);
	count = walk_forward(text, false, ends, array_len(ends));
	for (uint64_t from = BEGIN + 140000; from < SIZE; from += 33333) {
		bool met = false;

		at = from;
		assert_true(transcript_back(text, &at));
		here = at;
		assert_int_equal(transcript_next(text, &here, false, &piece), 1);
		assert_true(at < from && here >= from);
		for (size_t i = 0; i < count; i++)
			met |= ends[i] == at;
		assert_true(met);
	}
	transcript_free(text);
	free(bytes);
}

static void the_other_stream_breaks_a_line(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text;
	struct log_piece piece;
	uint64_t at = 0;

	put_file(scratch, "", "halfERR\nrest\n", 13, 0, 100);
	add_mark(scratch, 4, LOG_STDERR, 200);
	add_mark(scratch, 8, LOG_STDOUT, 300);
	text = transcript_open(scratch->fd);
	assert_int_equal(transcript_next(text, &at, true, &piece), 1);
	assert_int_equal(piece.len, 4);
	assert_int_equal(transcript_next(text, &at, true, &piece), 1);
	assert_int_equal(piece.stream, SESSION_STDERR);
	assert_int_equal(piece.time_ns, 200);
	check_both_ways(text);
	assert_int_equal(transcript_time(text, 5), 200);
	assert_int_equal(transcript_since(text, 201), 8);
	assert_int_equal(transcript_since(text, 999), 13);
	transcript_free(text);
}

static void a_run_ends_with_a_line_and_leaves_the_lines_alone(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text;
	struct log_piece line, run;
	uint64_t at = 0, far = 0;

	put_file(scratch, "", "one\ntwo\nthr", 11, 0, 1);
	text = transcript_open(scratch->fd);
	assert_int_equal(transcript_next(text, &at, false, &line), 1);
	assert_int_equal(transcript_next(text, &far, true, &run), 1);
	assert_int_equal(run.len, 8);
	assert_memory_equal(line.data, "one\n", 4);
	transcript_free(text);
}

static void rotated_files_are_one_text_and_what_is_gone_is_counted(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text;

	put_file(scratch, ".2", "first\n", 6, 1000, 10);
	put_file(scratch, ".1", "second\n", 7, 1006, 20);
	put_file(scratch, "", "third\n", 6, 1013, 30);
	text = transcript_open(scratch->fd);
	assert_int_equal(transcript_size(text), 19);
	assert_int_equal(transcript_before(text), 1000);
	assert_int_equal(transcript_since(text, 15), 6);
	check_both_ways(text);
	transcript_free(text);
}

static void rename_in(const struct scratch *scratch, const char *from, const char *to)
{
	assert_int_equal(renameat(scratch->fd, from, scratch->fd, to), 0);
}

static void rotate(const struct scratch *scratch)
{
	renameat(scratch->fd, "log.1", scratch->fd, "log.2");
	renameat(scratch->fd, "log.index.1", scratch->fd, "log.index.2");
	rename_in(scratch, "log", "log.1");
	rename_in(scratch, "log.index", "log.index.1");
}

static void two_rotations_between_two_looks_lose_nothing(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text;

	put_file(scratch, "", "first\n", 6, 0, 10);
	text = transcript_open(scratch->fd);
	rotate(scratch);
	put_file(scratch, "", "second\n", 7, 6, 20);
	rotate(scratch);
	put_file(scratch, "", "third\n", 6, 13, 30);
	assert_int_equal(transcript_refresh(text), 19);
	check_both_ways(text);
	transcript_free(text);
}

static void a_log_rotated_very_often_keeps_its_newest_files(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text;
	uint64_t at = 0;
	struct log_piece piece;

	put_file(scratch, "", "line 0\n", 7, 0, 1);
	text = transcript_open(scratch->fd);
	for (int i = 1; i < 400; i++) {
		rotate(scratch);
		put_file(scratch, "", "line n\n", 7, (uint64_t)i * 7, (uint64_t)i);
		assert_int_equal(transcript_refresh(text), (i + 1) * 7);
	}
	assert_int_equal(transcript_begin(text), (400 - 256) * 7);
	assert_int_equal(transcript_before(text), (400 - 256) * 7);
	assert_int_equal(transcript_next(text, &at, false, &piece), 1);
	assert_int_equal(piece.offset, (400 - 256) * 7);
	transcript_free(text);
}

static void a_directory_without_a_log_is_an_empty_one(void **state)
{
	struct scratch *scratch = *state;
	struct transcript *text = transcript_open(scratch->fd);
	struct log_piece piece;
	uint64_t at = 5;

	assert_int_equal(transcript_next(text, &at, false, &piece), 0);
	assert_false(transcript_back(text, &at));
	assert_int_equal(transcript_refresh(text), 0);
	assert_int_equal(transcript_time(text, 0), 0);
	put_file(scratch, "", "now\n", 4, 0, 1);
	assert_int_equal(transcript_refresh(text), 4);
	transcript_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(lines_of_any_length_are_the_same_forwards_and_backwards),
		in_scratch(a_line_without_end_is_cut_in_the_same_places_from_anywhere),
		in_scratch(the_other_stream_breaks_a_line),
		in_scratch(a_run_ends_with_a_line_and_leaves_the_lines_alone),
		in_scratch(rotated_files_are_one_text_and_what_is_gone_is_counted),
		in_scratch(two_rotations_between_two_looks_lose_nothing),
		in_scratch(a_log_rotated_very_often_keeps_its_newest_files),
		in_scratch(a_directory_without_a_log_is_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
