/* Output and input of a container: terminals, pipes, clients and the log. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "util/own.h"

#define ARGV(...)  ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("sh", "-c", script)
enum {
	ALL = WIRE_WANT_STDOUT | WIRE_WANT_STDERR | WIRE_WANT_EXIT,
	WITH_STDIN = ALL | WIRE_WANT_STDIN
};

static struct buf seen; /* what came and was not waited for yet */

static int begin(void **state)
{
	buf_clear(&seen);
	*state = rig_new();
	return 0;
}

static int end(void **state)
{
	rig_free(*state);
	return 0;
}

/* Reads until `text` was seen, and forgets all up to its end. */
static void until_text(int fd, const char *text)
{
	struct rig_frame frame;

	while (!strstr(buf_text(&seen), text)) {
		if (!rig_get(fd, &frame, 10000))
			fail_msg("waited for \"%s\" in vain: \"%s\"", text, buf_text(&seen));
		if (frame.head.type == WIRE_STDOUT || frame.head.type == WIRE_STDERR)
			buf_add(&seen, frame.body, frame.head.len);
	}
	buf_drop(&seen, (size_t)(strstr(buf_text(&seen), text) - buf_text(&seen)) + strlen(text));
}

static void type_in(int fd, const char *text)
{
	rig_put(fd, WIRE_STDIN, text, strlen(text));
}

static void a_terminal_echoes_and_has_the_size_of_the_plan(void **state)
{
	struct rig *rig = *state;

	rig_launch(rig, &(struct rig_spec){.flags = PLAN_TTY | PLAN_STDIN, .argv = ARGV("sh")},
		WITH_STDIN);
	type_in(rig->born,
		"stty size; test -t 0 && echo is-a-$((20+22)); stat -c %F /dev/console\n");
	until_text(rig->born, "24 80");
	until_text(rig->born, "is-a-42");
	until_text(rig->born, "character special file");
	type_in(rig->born, "exit 7\n");
	assert_int_equal(rig_until_exit(rig->born, NULL).code, 7);
}

static void a_resize_reaches_the_terminal(void **state)
{
	struct rig *rig = *state;

	rig_launch(rig, &(struct rig_spec){.flags = PLAN_TTY | PLAN_STDIN, .argv = ARGV("sh")},
		WITH_STDIN);
	rig_until_status(rig, ROW_RUNNING);
	rig_put(rig->born, WIRE_RESIZE, &(struct wire_size){50, 132}, sizeof(struct wire_size));
	type_in(rig->born, "stty size\n");
	until_text(rig->born, "50 132");
	/* The interrupt character is the terminal's business. */
	/* To the shell's line editor it would be a mere character, and a child between fork and exec
	 * loses it: who says "over" is a process that it ends. */
	type_in(rig->born, "sh -c \"echo o''ver; exec sleep 1000\"\n");
	until_text(rig->born, "over");
	type_in(rig->born, "\003");
	until_text(rig->born, "# ");
	type_in(rig->born, "exit 0\n");
	rig_until_exit(rig->born, NULL);
}

static void the_end_of_stdin_reaches_the_process(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;

	rig_launch(rig,
		&(struct rig_spec){.flags = PLAN_STDIN | PLAN_STDIN_ONCE, .argv = ARGV("cat")},
		WITH_STDIN);
	rig_put(rig->born, WIRE_STDIN, "one\n", 4);
	rig_put(rig->born, WIRE_STDIN, "two\n", 4);
	rig_put(rig->born, WIRE_STDIN_END, NULL, 0);
	assert_int_equal(rig_until_exit(rig->born, &out).code, 0);
	assert_string_equal(buf_text(&out), "one\ntwo\n");
}

static void stdin_stays_open_for_the_next_client_unless_once(void **state)
{
	struct rig *rig = *state;
	auto_close int second = -1;

	rig_launch(rig, &(struct rig_spec){.flags = PLAN_STDIN, .argv = ARGV("cat")}, WITH_STDIN);
	type_in(rig->born, "one\n");
	until_text(rig->born, "one\n");
	rig_put(rig->born, WIRE_STDIN_END, NULL, 0);
	close(take_fd(&rig->born));
	second = rig_connect(rig, WITH_STDIN);
	type_in(second, "two\n");
	until_text(second, "two\n");
}

static void stdin_has_back_pressure_and_loses_nothing(void **state)
{
	enum { TOTAL = 3 << 20 };
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;
	static char piece[WIRE_PAYLOAD_MAX];

	rig_launch(rig,
		&(struct rig_spec){
			.flags = PLAN_STDIN | PLAN_STDIN_ONCE, .argv = SH("sleep 0.3; wc -c")},
		WITH_STDIN);
	for (int sent = 0; sent < TOTAL; sent += (int)sizeof(piece))
		rig_put(rig->born, WIRE_STDIN, piece, sizeof(piece));
	rig_put(rig->born, WIRE_STDIN_END, NULL, 0);
	assert_int_equal(rig_until_exit(rig->born, &out).code, 0);
	assert_int_equal(atoi(buf_text(&out)), TOTAL);
}

static void without_i_stdin_is_empty(void **state)
{
	auto_buf out = BUF_INIT;
	struct rig *rig = *state;

	rig_launch(rig, &(struct rig_spec){.argv = ARGV("cat")}, ALL);
	assert_int_equal(rig_until_exit(rig->born, &out).code, 0);
	assert_int_equal(out.len, 0);
}

static void a_slow_client_is_dropped_and_the_others_get_all(void **state)
{
	enum { TOTAL = 4000000 };
	struct rig *rig = *state;
	auto_close int slow = -1, other = -1;
	auto_buf first = BUF_INIT, second = BUF_INIT;
	struct rig_frame frame;

	rig_launch(rig,
		&(struct rig_spec){.flags = PLAN_STDIN | PLAN_STDIN_ONCE,
			.argv = SH("read x; yes | head -c 4000000")},
		WITH_STDIN | WIRE_WANT_ALL);
	rig_until_status(rig, ROW_RUNNING);
	slow = rig_connect(rig, ALL);
	other = rig_connect(rig, ALL | WIRE_WANT_ALL);
	type_in(rig->born, "go\n");
	struct pollfd both[] = {{rig->born, POLLIN, 0}, {other, POLLIN, 0}};
	struct buf *texts[] = {&first, &second};

	/* Whoever has something: frames are not cut alike, and each waits for the other's reader.
	 */
	while (both[0].fd >= 0 || both[1].fd >= 0) {
		assert_true(poll(both, 2, 10000) > 0);
		for (size_t i = 0; i < 2; i++) {
			if (both[i].fd < 0 || !both[i].revents)
				continue;
			assert_true(rig_get(both[i].fd, &frame, 10000));
			if (frame.head.type == WIRE_STDOUT)
				buf_add(texts[i], frame.body, frame.head.len);
			if (frame.head.type == WIRE_EXIT)
				both[i].fd = -1;
		}
	}
	assert_int_equal(first.len, TOTAL);
	assert_int_equal(second.len, TOTAL);
	rig_until(slow, WIRE_DROPPED, &frame, NULL);
	rig_until(slow, WIRE_EXIT, &frame, NULL);
}

static void who_must_have_all_makes_the_process_wait(void **state)
{
	struct rig *rig = *state;
	auto_buf out = BUF_INIT;

	rig_launch(rig, &(struct rig_spec){.argv = SH("yes | head -c 8000000; echo done >&2")},
		ALL | WIRE_WANT_ALL);
	rig_until_status(rig, ROW_RUNNING);
	usleep(300000);
	assert_int_equal(rig_state(rig).status, ROW_RUNNING);
	rig_until_exit(rig->born, &out);
	assert_int_equal(out.len, 8000005);
}

static void the_log_has_every_byte_and_the_index_every_stream(void **state)
{
	struct rig *rig = *state;
	auto_buf log = BUF_INIT, index = BUF_INIT;
	struct log_mark mark;
	struct log_head head;

	rig_launch(rig,
		&(struct rig_spec){
			.argv = SH("echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three")},
		WIRE_WANT_EXIT);
	rig_until_exit(rig->born, NULL);
	rig_until_shim_gone(rig);
	rig_read(rig->own, "log", &log);
	rig_read(rig->own, "log.index", &index);
	assert_string_equal(buf_text(&log), "one\ntwo\nthree\n");
	memcpy(&head, index.data, sizeof(head));
	assert_memory_equal(head.magic, LOG_MAGIC, 8);
	assert_int_equal(head.dropped, 0);
	assert_int_equal(index.len, sizeof(head) + 3 * sizeof(mark));
	memcpy(&mark, index.data + sizeof(head) + sizeof(mark), sizeof(mark));
	assert_int_equal(mark.offset_stream, 4u << 2 | LOG_STDERR);
	assert_true(mark.time_ns > 1000000000ull * 1000000000ull);
}

static void a_log_is_cut_at_the_end_of_a_line(void **state)
{
	struct rig *rig = *state;
	size_t total = 0;

	rig_launch(rig,
		&(struct rig_spec){.log_max = 100000,
			.log_files = 3,
			.argv = SH(
				"i=0; while [ $i -lt 45 ]; do yes 0123456789abcdef | head -n 500; i=$((i+1)); done")},
		WIRE_WANT_EXIT);
	rig_until_exit(rig->born, NULL);
	rig_until_shim_gone(rig);
	for (int i = 0; i < 4; i++) {
		auto_buf log = BUF_INIT, index = BUF_INIT;
		char name[32], index_name[40];

		snprintf(name, sizeof(name), i ? "log.%d" : "log", i);
		snprintf(index_name, sizeof(index_name), i ? "log.index.%d" : "log.index", i);
		rig_read(rig->own, name, &log);
		rig_read(rig->own, index_name, &index);
		/* A line whose begin was written before it was known not to fit is written to its
		 * end. */
		assert_in_range(log.len, i ? 90000 : 1, 100000 + 16);
		assert_int_equal(log.len % 17, 0);
		assert_memory_equal(log.data, "0123456789abcdef\n", 17);
		assert_true(index.len > sizeof(struct log_head));
		total += log.len;
	}
	assert_int_equal(total, 45 * 500 * 17);
}

static void a_full_disk_drops_counts_and_never_blocks(void **state)
{
	struct rig *rig = *state;
	auto_buf log = BUF_INIT, index = BUF_INIT, out = BUF_INIT;
	struct log_head head;
	char at[192];

	snprintf(at, sizeof(at), "%s/store/containers/%s", rig->base, rig->id);
	assert_int_equal(mount("tiny", at, "tmpfs", 0, "size=256k"), 0);
	close(rig->own);
	rig->own = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(rig->own, "upper", 0755) | mkdirat(rig->own, "work", 0755), 0);
	rig_launch(rig, &(struct rig_spec){.argv = SH("yes | head -c 3000000; echo end >&2")},
		WIRE_WANT_EXIT | WIRE_WANT_STDERR);
	assert_int_equal(rig_until_exit(rig->born, &out).code, 0);
	assert_string_equal(buf_text(&out), "end\n");
	rig_until_shim_gone(rig);
	rig_read(rig->own, "log", &log);
	rig_read(rig->own, "log.index", &index);
	memcpy(&head, index.data, sizeof(head));
	assert_true(head.dropped > 2500000);
	assert_int_equal(log.len + head.dropped, 3000000 + 4);
	close(take_fd(&rig->own));
	umount(at);
	rig->own = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void output_after_the_exit_of_a_client_goes_on_to_the_log(void **state)
{
	struct rig *rig = *state;
	auto_buf log = BUF_INIT;

	rig_launch(rig, &(struct rig_spec){.argv = SH("echo a; sleep 0.3; echo b")}, ALL);
	until_text(rig->born, "a\n");
	close(take_fd(&rig->born));
	rig_until_shim_gone(rig);
	rig_read(rig->own, "log", &log);
	assert_string_equal(buf_text(&log), "a\nb\n");
	assert_int_equal(rig_state(rig).exit_code, 0);
}

static void broken_frames_cost_only_their_sender(void **state)
{
	struct rig *rig = *state;
	struct wire_head huge = {.len = 1u << 30, .type = WIRE_STDIN};
	struct rig_frame frame;

	rig_launch(rig, &(struct rig_spec){.flags = PLAN_STDIN, .argv = ARGV("cat")}, WITH_STDIN);
	rig_until_status(rig, ROW_RUNNING);
	for (int i = 0; i < 50; i++) {
		int fd = rig_connect(rig, WITH_STDIN);

		if (i % 2)
			assert_int_equal(send(fd, &huge, sizeof(huge), MSG_NOSIGNAL), sizeof(huge));
		else
			rig_put(fd, WIRE_SIGNAL, "x", 1);
		assert_false(rig_get(fd, &frame, 5000));
		close(fd);
	}
	rig_put(rig->born, (enum wire_type)4711, "from the future", 15);
	type_in(rig->born, "still here\n");
	until_text(rig->born, "still here");
}

int main(int argc, char **argv)
{
#define rigged(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		rigged(a_terminal_echoes_and_has_the_size_of_the_plan),
		rigged(a_resize_reaches_the_terminal),
		rigged(the_end_of_stdin_reaches_the_process),
		rigged(stdin_stays_open_for_the_next_client_unless_once),
		rigged(stdin_has_back_pressure_and_loses_nothing),
		rigged(without_i_stdin_is_empty),
		rigged(a_slow_client_is_dropped_and_the_others_get_all),
		rigged(who_must_have_all_makes_the_process_wait),
		rigged(the_log_has_every_byte_and_the_index_every_stream),
		rigged(a_log_is_cut_at_the_end_of_a_line),
		rigged(a_full_disk_drops_counts_and_never_blocks),
		rigged(output_after_the_exit_of_a_client_goes_on_to_the_log),
		rigged(broken_frames_cost_only_their_sender),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim: streams", tests, NULL, NULL);
}
