#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/file.h>

#include "../support/scratch.h"
#include "core/jobs_own.h"
#include "core/process.h"

/* ---- which commands ---- */

static void assert_what(const char *const *args, const char *kind, const char *what)
{
	size_t words;
	const struct job_kind *found = job_kind_of(args, &words);
	char text[100];

	assert_non_null(found);
	assert_string_equal(found->name, kind);
	job_what(found, args, text, sizeof(text));
	assert_string_equal(text, what);
}

#define words(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void a_job_is_about_what_its_command_names(void **state)
{
	(void)state;
	assert_what(words("pull", "--platform", "linux/arm64", "redis:7"), "pull", "redis:7");
	assert_what(words("image", "pull", "redis"), "pull", "redis");
	assert_what(words("build", "."), "build", ".");
	assert_what(words("build", "-t", "api:1", "."), "build", "api:1");
	assert_what(words("build", "-tapi:1", "."), "build", "api:1");
	assert_what(words("build", "--tag=api:1", "--target", "x", "."), "build", "api:1");
	assert_what(words("image", "prune", "--force"), "image prune", "");
	assert_what(words("commit", "web", "web:2"), "commit", "web:2");
}

static void what_talks_to_people_can_be_no_job(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(job_check(words("pull", "x"), &err), 0);
	assert_int_equal(job_check(words("run", "x"), &err), -EINVAL);
	assert_int_equal(job_check(words("image", "ls"), &err), -EINVAL);
	assert_int_equal(job_check(words("job-run", "x"), &err), -EINVAL);
	assert_int_equal(job_check((const char *const[]){NULL}, &err), -EINVAL);
}

/* ---- records ---- */

static void a_record_says_again_what_was_written(void **state)
{
	struct job job = {.kind = "build",
			   .who = "ada",
			   .dir = "/srv/\"api\"",
			   .asked_ns = 1772460300123456789},
		   again = {0};
	auto_buf text = BUF_INIT;
	struct err err;

	(void)state;
	strs_add(&job.args, "build");
	strs_add(&job.args, "it's\na line");
	job_record_write(&job, &text);
	assert_int_equal(job_record_read(buf_text(&text), text.len, &again, &err), 0);
	assert_string_equal(again.kind, "build");
	assert_string_equal(again.dir, "/srv/\"api\"");
	assert_true(again.asked_ns == job.asked_ns);
	assert_int_equal(again.args.len, 2);
	assert_string_equal(again.args.v[1], "it's\na line");
	strs_fini(&job.args);
	strs_fini(&again.args);
}

static void a_damaged_record_is_refused(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"version\":1}",
		"{\"version\":1,\"kind\":\"pull\",\"asked\":\"1x\"}",
		"{\"version\":2,\"kind\":\"pull\",\"asked\":\"1\"}",
		"{\"version\":1,\"kind\":\"pull\",\"asked\":\"1\",\"args\":[1]}"};

	(void)state;
	for (size_t i = 0; i < array_len(texts); i++) {
		struct job job = {0};
		struct err err;

		assert_true(job_record_read(texts[i], strlen(texts[i]), &job, &err) < 0);
		strs_fini(&job.args);
	}
}

static void an_end_that_was_cut_short_is_none(void **state)
{
	uint64_t ended = 0;
	int code = -1;

	(void)state;
	assert_true(job_end_read("3 1772460300000000000\n", &code, &ended));
	assert_int_equal(code, 3);
	assert_true(ended == 1772460300000000000);
	assert_false(job_end_read("3 17724603", &code, &ended));
	assert_false(job_end_read("3", &code, &ended));
	assert_false(job_end_read("", &code, &ended));
}

/* ---- events ---- */

static struct job_event parsed(struct job_parser *parser, const char *line)
{
	struct job_event event;

	job_parse(parser, line, strlen(line), &event);
	return event;
}

static void each_kind_of_line_becomes_its_event(void **state)
{
	auto_of(job_parser) struct job_parser *parser = job_parser_new();
	struct job_event event;

	(void)state;
	event = parsed(parser, "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":5,"
			       "\"total\":10},\"id\":\"ab12\"}");
	assert_int_equal(event.kind, JOB_EVENT_LAYER);
	assert_string_equal(event.id, "ab12");
	assert_true(event.done == 5 && event.total == 10);
	event = parsed(parser, "{\"status\":\"latest: Pulling from x\"}");
	assert_int_equal(event.kind, JOB_EVENT_MESSAGE);
	event = parsed(parser, "{\"error\":\"no\"}");
	assert_int_equal(event.kind, JOB_EVENT_ERROR);
	event = parsed(parser, "davit: pull x: no");
	assert_int_equal(event.kind, JOB_EVENT_ERROR);
	assert_string_equal(event.text, "pull x: no");
	event = parsed(parser, "Successfully tagged x");
	assert_int_equal(event.kind, JOB_EVENT_LINE);
	event = parsed(parser,
		"{\"event\":\"completed\",\"time\":\"2026-03-02T14:05:00.500000000Z\","
		"\"step\":3,\"name\":\"RUN x\",\"line\":4,\"took\":1.5}");
	assert_int_equal(event.kind, JOB_EVENT_DONE);
	assert_int_equal(event.step, 3);
	assert_true(event.time_ns == 1772460300500000000);
	assert_true(event.took_ns == 1500000000);
}

static void foreign_text_stays_inside_its_event(void **state)
{
	auto_of(job_parser) struct job_parser *parser = job_parser_new();
	struct job_event event = parsed(parser,
		"{\"event\":\"log\",\"step\":1,\"text\":\"{\\\"event\\\":\\\"image\\\"}\\n\"}");

	(void)state;
	assert_int_equal(event.kind, JOB_EVENT_OUTPUT);
	assert_string_equal(event.text, "{\"event\":\"image\"}\n");
	event = parsed(parser, "{\"event\":\"no such\",\"step\":1}");
	assert_int_equal(event.kind, JOB_EVENT_LINE);
	event = parsed(parser, "{\"event\":");
	assert_int_equal(event.kind, JOB_EVENT_LINE);
}

static void track_line(
	struct job_track *track, struct job_parser *parser, struct job *job, const char *line)
{
	struct job_event event = parsed(parser, line);

	job_track_take(track, &event, job);
}

static void bytes_have_a_total_when_every_layer_has_one(void **state)
{
	auto_of(job_parser) struct job_parser *parser = job_parser_new();
	auto_of(job_track) struct job_track *track = job_track_new();
	struct job job = {0};

	(void)state;
	track_line(track, parser, &job, "{\"status\":\"Pulling fs layer\",\"id\":\"a\"}");
	track_line(track, parser, &job,
		"{\"status\":\"Downloading\",\"id\":\"b\",\"progressDetail\":{"
		"\"current\":10,\"total\":40}}");
	assert_true(job.done == 10 && job.total == 0);
	track_line(track, parser, &job, "{\"status\":\"Already exists\",\"id\":\"a\"}");
	assert_true(job.done == 10 && job.total == 40);
	track_line(track, parser, &job, "{\"status\":\"Pull complete\",\"id\":\"b\"}");
	assert_true(job.done == 40 && job.total == 40);
	assert_string_equal(job.now, "Pull complete");
}

static void steps_are_counted_once_each(void **state)
{
	auto_of(job_parser) struct job_parser *parser = job_parser_new();
	auto_of(job_track) struct job_track *track = job_track_new();
	struct job job = {0};

	(void)state;
	track_line(
		track, parser, &job, "{\"event\":\"plan\",\"step\":0,\"name\":\"[1/2] FROM a\"}");
	track_line(track, parser, &job, "{\"event\":\"plan\",\"step\":1,\"name\":\"[2/2] RUN b\"}");
	track_line(track, parser, &job, "{\"event\":\"cached\",\"step\":0}");
	track_line(track, parser, &job, "{\"event\":\"cached\",\"step\":0}");
	track_line(
		track, parser, &job, "{\"event\":\"started\",\"step\":1,\"name\":\"[2/2] RUN b\"}");
	assert_int_equal(job.step, 1);
	assert_int_equal(job.steps, 2);
	assert_string_equal(job.now, "[2/2] RUN b");
	track_line(track, parser, &job, "{\"event\":\"image\",\"text\":\"sha256:abc\"}");
	assert_string_equal(job.image, "sha256:abc");
}

/* ---- reading ---- */

static void a_line_is_read_when_its_end_is_there(void **state)
{
	const struct scratch *scratch = *state;
	struct job_reader *reader;
	struct job_event event;
	struct err err;

	scratch_write(scratch->fd, "events", "one\ntw", 0600);
	assert_int_equal(job_reader_open(scratch->fd, 0, &reader, &err), 0);
	assert_int_equal(job_reader_next(reader, &event), 1);
	assert_string_equal(event.text, "one");
	assert_int_equal(job_reader_next(reader, &event), 0);
	scratch_write(scratch->fd, "events", "one\ntwo\n", 0600);
	assert_int_equal(job_reader_next(reader, &event), 1);
	assert_string_equal(event.text, "two");
	assert_int_equal(job_reader_next(reader, &event), 0);
	job_reader_close(reader);
}

static void the_last_words_begin_at_a_line(void **state)
{
	const struct scratch *scratch = *state;
	struct job_reader *reader;
	struct job_event event;
	struct err err;

	scratch_write(scratch->fd, "events", "first\nsecond\nthird\n", 0600);
	assert_int_equal(job_reader_open(scratch->fd, 9, &reader, &err), 0);
	assert_int_equal(job_reader_next(reader, &event), 1);
	assert_string_equal(event.text, "third");
	job_reader_close(reader);
}

static void a_line_without_end_is_not_kept(void **state)
{
	const struct scratch *scratch = *state;
	int fd = openat(scratch->fd, "events", O_WRONLY | O_CREAT, 0600);
	auto_free char *much = malloc(3 << 20);
	struct job_reader *reader;
	struct job_event event;
	struct err err;

	memset(much, 'x', 3 << 20);
	assert_int_equal(write(fd, much, 3 << 20), 3 << 20);
	assert_int_equal(write(fd, "\nafter\n", 7), 7);
	close(fd);
	assert_int_equal(job_reader_open(scratch->fd, 0, &reader, &err), 0);
	assert_int_equal(job_reader_next(reader, &event), 1);
	assert_string_equal(event.text, "after");
	job_reader_close(reader);
}

/* ---- the lock ---- */

static void who_holds_the_lock_lives(void **state)
{
	const struct scratch *scratch = *state;
	int fd;

	assert_false(jobs_dir_is_held(scratch->fd));
	fd = openat(scratch->fd, "lock", O_RDWR | O_CREAT, 0600);
	assert_false(jobs_dir_is_held(scratch->fd));
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_true(jobs_dir_is_held(scratch->fd));
	close(fd);
	assert_false(jobs_dir_is_held(scratch->fd));
}

static void only_ids_name_directories(void **state)
{
	(void)state;
	assert_true(job_id_is_good("0123456789ab"));
	assert_false(job_id_is_good("0123456789abc"));
	assert_false(job_id_is_good("0123456789a"));
	assert_false(job_id_is_good("../456789abc"));
	assert_false(job_id_is_good("turn.0"));
	assert_false(job_id_is_good(""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_is_about_what_its_command_names),
		cmocka_unit_test(what_talks_to_people_can_be_no_job),
		cmocka_unit_test(a_record_says_again_what_was_written),
		cmocka_unit_test(a_damaged_record_is_refused),
		cmocka_unit_test(an_end_that_was_cut_short_is_none),
		cmocka_unit_test(each_kind_of_line_becomes_its_event),
		cmocka_unit_test(foreign_text_stays_inside_its_event),
		cmocka_unit_test(bytes_have_a_total_when_every_layer_has_one),
		cmocka_unit_test(steps_are_counted_once_each),
		in_scratch(a_line_is_read_when_its_end_is_there),
		in_scratch(the_last_words_begin_at_a_line),
		in_scratch(a_line_without_end_is_not_kept),
		in_scratch(who_holds_the_lock_lives),
		cmocka_unit_test(only_ids_name_directories),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
