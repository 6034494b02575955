#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/scratch.h"
#include "core/channel.h"

struct talk {
	uv_loop_t loop;
	struct channel *channel;
	int peer;
	unsigned frames, close_after, pause_after, broken, drained;
	int code;
	uint32_t last_len;
	uint16_t last_type;
	char last[16];
};

static void on_frame(void *arg, const struct wire_head *head, const char *payload)
{
	struct talk *talk = arg;

	talk->frames++;
	talk->last_type = head->type;
	talk->last_len = head->len;
	memcpy(talk->last, payload,
		head->len < sizeof(talk->last) ? head->len : sizeof(talk->last));
	if (talk->frames == talk->pause_after)
		channel_pause(talk->channel, true);
	if (talk->frames == talk->close_after)
		channel_close(talk->channel);
}

static void on_broken(void *arg, int code)
{
	struct talk *talk = arg;

	talk->broken++;
	talk->code = code;
	channel_close(talk->channel);
}

static void on_drained(void *arg)
{
	((struct talk *)arg)->drained++;
}

static const struct channel_events events = {
	.frame = on_frame, .broken = on_broken, .drained = on_drained};

static int enter(void **state)
{
	struct talk *talk = calloc(1, sizeof(*talk));
	int ends[2];

	uv_loop_init(&talk->loop);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ||
		channel_open(&talk->loop, ends[0], &events, talk, &talk->channel, NULL) < 0)
		return -1;
	talk->peer = ends[1];
	*state = talk;
	return 0;
}

static int leave(void **state)
{
	struct talk *talk = *state;
	int failed = uv_loop_close(&talk->loop); /* EBUSY: somebody forgot a handle */

	if (talk->peer >= 0)
		close(talk->peer);
	free(talk);
	return failed;
}

static void say(struct talk *talk, const void *data, size_t len)
{
	assert_int_equal(write(talk->peer, data, len), len);
}

static void say_frame(struct talk *talk, uint16_t type, const char *text)
{
	struct wire_head head = {.len = (uint32_t)strlen(text), .type = type};

	say(talk, &head, sizeof(head));
	say(talk, text, head.len);
}

static void hang_up(struct talk *talk)
{
	close(talk->peer);
	talk->peer = -1;
	uv_run(&talk->loop, UV_RUN_DEFAULT);
}

static void frames_come_whole_and_in_order_however_they_are_cut(void **state)
{
	struct talk *talk = *state;
	struct wire_head head = {.len = 5, .type = WIRE_STDERR};

	say_frame(talk, WIRE_STDOUT, "one");
	say_frame(talk, WIRE_STDOUT, "");
	say(talk, &head, 3);
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	assert_int_equal(talk->frames, 2);
	say(talk, (char *)&head + 3, sizeof(head) - 3);
	say(talk, "th", 2);
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	assert_int_equal(talk->frames, 2);
	say(talk, "ree", 3);
	hang_up(talk);
	assert_int_equal(talk->frames, 3);
	assert_int_equal(talk->last_type, WIRE_STDERR);
	assert_memory_equal(talk->last, "three", 5);
	assert_int_equal(talk->broken, 1);
	assert_int_equal(talk->code, 0);
}

static void a_frame_longer_than_allowed_breaks_the_connection(void **state)
{
	struct talk *talk = *state;
	struct wire_head head = {.len = WIRE_PAYLOAD_MAX + 1, .type = WIRE_STDOUT};

	say(talk, &head, sizeof(head));
	uv_run(&talk->loop, UV_RUN_DEFAULT);
	assert_int_equal(talk->frames, 0);
	assert_int_equal(talk->broken, 1);
	assert_int_equal(talk->code, -EPROTO);
}

static void the_longest_frame_fits(void **state)
{
	struct talk *talk = *state;
	struct wire_head head = {.len = WIRE_PAYLOAD_MAX, .type = WIRE_STDOUT};
	char *payload = calloc(1, WIRE_PAYLOAD_MAX);

	for (int i = 0; i < 3; i++) {
		say(talk, &head, sizeof(head));
		say(talk, payload, WIRE_PAYLOAD_MAX);
		for (int turn = 0; turn < 4; turn++)
			uv_run(&talk->loop, UV_RUN_NOWAIT);
	}
	free(payload);
	hang_up(talk);
	assert_int_equal(talk->frames, 3);
	assert_int_equal(talk->last_len, WIRE_PAYLOAD_MAX);
}

static void nothing_comes_while_it_is_paused_and_nothing_is_lost(void **state)
{
	struct talk *talk = *state;

	talk->pause_after = 1;
	say_frame(talk, WIRE_STDOUT, "one");
	say_frame(talk, WIRE_STDOUT, "two");
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	assert_int_equal(talk->frames, 1);
	channel_pause(talk->channel, false);
	assert_int_equal(talk->frames, 2);
	hang_up(talk);
	assert_int_equal(talk->broken, 1);
}

static void after_a_close_nothing_is_called(void **state)
{
	struct talk *talk = *state;

	talk->close_after = 1;
	say_frame(talk, WIRE_STDOUT, "one");
	say_frame(talk, WIRE_STDOUT, "two");
	hang_up(talk);
	assert_int_equal(talk->frames, 1);
	assert_int_equal(talk->broken, 0);
}

static void what_is_sent_arrives_as_a_frame_and_is_drained(void **state)
{
	struct talk *talk = *state;
	struct {
		struct wire_head head;
		char text[5];
	} got;

	channel_send(talk->channel, WIRE_STDIN, "hello", 5);
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	uv_run(&talk->loop, UV_RUN_NOWAIT);
	assert_int_equal(read(talk->peer, &got, sizeof(got.head) + 5), sizeof(got.head) + 5);
	assert_int_equal(got.head.type, WIRE_STDIN);
	assert_int_equal(got.head.len, 5);
	assert_memory_equal(got.text, "hello", 5);
	assert_int_equal(talk->drained, 1);
	assert_int_equal(channel_queued(talk->channel), 0);
	hang_up(talk);
}

static void nobody_there_is_said_so(void **state)
{
	struct scratch *scratch = *state;
	struct err err = {0};
	int fd;

	assert_int_equal(channel_connect(scratch->fd, &fd, &err), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			frames_come_whole_and_in_order_however_they_are_cut, enter, leave),
		cmocka_unit_test_setup_teardown(
			a_frame_longer_than_allowed_breaks_the_connection, enter, leave),
		cmocka_unit_test_setup_teardown(the_longest_frame_fits, enter, leave),
		cmocka_unit_test_setup_teardown(
			nothing_comes_while_it_is_paused_and_nothing_is_lost, enter, leave),
		cmocka_unit_test_setup_teardown(after_a_close_nothing_is_called, enter, leave),
		cmocka_unit_test_setup_teardown(
			what_is_sent_arrives_as_a_frame_and_is_drained, enter, leave),
		in_scratch(nobody_there_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
