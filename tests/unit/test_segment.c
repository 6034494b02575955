#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/segment.h"
#include "../support/scratch.h"

static void put(const struct scratch *scratch, const char *name, const void *data, size_t len)
{
	int fd = openat(scratch->fd, name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static void put_mark(
	const struct scratch *scratch, uint64_t offset, enum log_stream stream, uint64_t time_ns)
{
	struct log_mark mark = {offset << 2 | stream, time_ns};

	put(scratch, "log.index", &mark, sizeof(mark));
}

static void put_head(const struct scratch *scratch)
{
	struct log_head head = {.magic = LOG_MAGIC, .version = 1};

	put(scratch, "log.index", &head, sizeof(head));
}

/* out: 0-9, 10-19; err: 20-29; out: 30-39 */
static void four_marks(const struct scratch *scratch)
{
	put_head(scratch);
	put_mark(scratch, 0, LOG_STDOUT, 100);
	put_mark(scratch, 10, LOG_STDOUT, 200);
	put_mark(scratch, 20, LOG_STDERR, 300);
	put_mark(scratch, 30, LOG_STDOUT, 400);
	put(scratch, "log", "0123456789012345678901234567890123456789", 40);
}

static void a_byte_belongs_to_the_mark_before_it(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	four_marks(scratch);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	assert_int_equal(segment.size, 40);
	assert_int_equal(segment_mark(&segment, 0), 0);
	assert_int_equal(segment_mark(&segment, 9), 0);
	assert_int_equal(segment_mark(&segment, 10), 1);
	assert_int_equal(segment_mark(&segment, 39), 3);
	assert_int_equal(segment_mark_stream(&segment, 2), LOG_STDERR);
	segment_fini(&segment);
}

static void a_run_goes_over_marks_of_its_stream_and_ends_at_the_other(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	four_marks(scratch);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	assert_int_equal(segment_run_end(&segment, 0, 40), 20);
	assert_int_equal(segment_run_end(&segment, 0, 15), 15);
	assert_int_equal(segment_run_end(&segment, 2, 40), 30);
	assert_int_equal(segment_run_end(&segment, 3, 1000), 40);
	assert_int_equal(segment_run_begin(&segment, 1, 0), 0);
	assert_int_equal(segment_run_begin(&segment, 2, 0), 20);
	assert_int_equal(segment_run_begin(&segment, 1, 5), 5);
	segment_fini(&segment);
}

static void a_time_leads_to_the_first_byte_read_then_or_later(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	four_marks(scratch);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	assert_int_equal(segment_since(&segment, 0), 0);
	assert_int_equal(segment_since(&segment, 200), 10);
	assert_int_equal(segment_since(&segment, 201), 20);
	assert_int_equal(segment_since(&segment, 500), 40);
	segment_fini(&segment);
}

static void what_is_written_later_is_seen_after_a_refresh(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	put_head(scratch);
	put(scratch, "log", "", 0);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	assert_int_equal(segment.count, 0);
	assert_int_equal(segment_mark_offset(&segment, 0), 0);
	put_mark(scratch, 0, LOG_STDOUT, 1);
	put(scratch, "log", "new", 3);
	assert_int_equal(segment_refresh(&segment), 0);
	assert_int_equal(segment.size, 3);
	assert_int_equal(segment.count, 1);
	assert_int_equal(segment_run_end(&segment, 0, 3), 3);
	segment_fini(&segment);
}

static void an_index_grows_past_what_was_mapped(void **state)
{
	enum { MARKS = 150000 }; /* 2.4 MB */
	struct scratch *scratch = *state;
	struct log_mark *marks = calloc(MARKS, sizeof(*marks));
	struct segment segment;

	assert_non_null(marks);
	for (unsigned i = 0; i < MARKS; i++)
		marks[i] = (struct log_mark){(uint64_t)i << 2 | LOG_STDOUT, i};
	put_head(scratch);
	put(scratch, "log.index", marks, sizeof(*marks));
	put(scratch, "log", "x", 1);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	put(scratch, "log.index", marks + 1, (MARKS - 1) * sizeof(*marks));
	free(marks);
	assert_int_equal(segment_refresh(&segment), 0);
	assert_int_equal(segment.count, MARKS);
	assert_int_equal(segment_mark_offset(&segment, MARKS - 1), MARKS - 1);
	assert_int_equal(segment_since(&segment, 149999), 149999);
	segment_fini(&segment);
}

static void a_torn_mark_at_the_end_does_not_count(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	four_marks(scratch);
	put(scratch, "log.index", "torn", 4);
	assert_int_equal(segment_open(scratch->fd, "", &segment), 0);
	assert_int_equal(segment.count, 4);
	segment_fini(&segment);
}

static void without_both_files_there_is_no_segment(void **state)
{
	struct scratch *scratch = *state;
	struct segment segment;

	assert_int_equal(segment_open(scratch->fd, "", &segment), -ENOENT);
	put(scratch, "log", "x", 1);
	assert_int_equal(segment_open(scratch->fd, "", &segment), -ENOENT);
	assert_int_equal(segment_open(scratch->fd, ".1", &segment), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_byte_belongs_to_the_mark_before_it),
		in_scratch(a_run_goes_over_marks_of_its_stream_and_ends_at_the_other),
		in_scratch(a_time_leads_to_the_first_byte_read_then_or_later),
		in_scratch(what_is_written_later_is_seen_after_a_refresh),
		in_scratch(an_index_grows_past_what_was_mapped),
		in_scratch(a_torn_mark_at_the_end_does_not_count),
		in_scratch(without_both_files_there_is_no_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
