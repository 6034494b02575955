#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/launch/parcel.h"

static int line[2];

static int connected(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line);
}

static int hung_up(void **state)
{
	(void)state;
	close(line[0]);
	close(line[1]);
	return 0;
}

/* The lowest number that is free: what leaked lies below it. */
static int next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void what_is_sent_is_received_with_its_descriptor(void **state)
{
	int pipe_ends[2], fd;
	char word[8] = "", byte = 'x';

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(parcel_send(line[0], "hello", 5, pipe_ends[1], 0), 5);
	close(pipe_ends[1]);
	assert_int_equal(parcel_receive(line[1], word, sizeof(word), &fd, 0), 5);
	assert_string_equal(word, "hello");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, &byte, 1), 1);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	close(fd);
	close(pipe_ends[0]);
}

static void bytes_alone_come_without_one(void **state)
{
	char word[8];
	int fd = 7;

	(void)state;
	assert_int_equal(parcel_send(line[0], "x", 1, -1, 0), 1);
	assert_int_equal(parcel_receive(line[1], word, sizeof(word), &fd, 0), 1);
	assert_int_equal(fd, -1);
}

static void several_come_in_their_order(void **state)
{
	const int sent[] = {0, 2, line[0]};
	int came[3], before;
	unsigned count;
	char byte = 0;

	(void)state;
	before = next_fd();
	assert_int_equal(parcel_send_all(line[0], &byte, 1, sent, 3, 0), 1);
	assert_int_equal(parcel_receive_all(line[1], &byte, 1, came, 3, &count, 0), 1);
	assert_int_equal(count, 3);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(came[i], before + (int)i);
	assert_int_equal(parcel_send(came[2], "y", 1, -1, 0), 1); /* line[0], by another name */
	assert_int_equal(read(line[1], &byte, 1), 1);
	for (unsigned i = 0; i < count; i++)
		close(came[i]);
}

/* Whoever sends more than is asked for does not fill our table with them. */
static void more_than_there_is_room_for_stay_out(void **state)
{
	int sent[PARCEL_FDS], came[2], before, fd;
	unsigned count;
	char byte = 0;

	(void)state;
	for (int i = 0; i < PARCEL_FDS; i++)
		sent[i] = 0;
	before = next_fd();
	assert_int_equal(parcel_send_all(line[0], &byte, 1, sent, PARCEL_FDS, 0), 1);
	assert_int_equal(parcel_receive(line[1], &byte, 1, &fd, 0), 1);
	assert_int_equal(fd, before);
	assert_int_equal(next_fd(), before + 1);
	close(fd);
	assert_int_equal(parcel_send_all(line[0], &byte, 1, sent, 3, 0), 1);
	assert_int_equal(parcel_receive_all(line[1], &byte, 1, came, 2, &count, 0), 1);
	assert_int_equal(count, 2);
	assert_int_equal(next_fd(), before + 2);
	close(came[0]);
	close(came[1]);
	assert_int_equal(parcel_send(line[0], &byte, 1, 0, 0), 1);
	assert_int_equal(parcel_receive_all(line[1], &byte, 1, NULL, 0, &count, 0), 1);
	assert_int_equal(count, 0);
	assert_int_equal(next_fd(), before);
}

static void as_many_as_the_kernel_carries_are_carried_and_one_more_is_not(void **state)
{
	int sent[PARCEL_FDS + 1], came[PARCEL_FDS];
	unsigned count;
	char byte = 0;

	(void)state;
	for (int i = 0; i <= PARCEL_FDS; i++)
		sent[i] = 0;
	assert_int_equal(parcel_send_all(line[0], &byte, 1, sent, PARCEL_FDS + 1, 0), -EINVAL);
	assert_int_equal(parcel_send_all(line[0], &byte, 1, sent, PARCEL_FDS, 0), 1);
	assert_int_equal(parcel_receive_all(line[1], &byte, 1, came, PARCEL_FDS, &count, 0), 1);
	assert_int_equal(count, PARCEL_FDS);
	for (unsigned i = 0; i < count; i++)
		close(came[i]);
}

static void nothing_yet_the_end_and_nobody_there_are_three_answers(void **state)
{
	char byte;
	int fd;

	(void)state;
	assert_int_equal(parcel_receive(line[1], &byte, 1, &fd, MSG_DONTWAIT), -EAGAIN);
	assert_int_equal(fd, -1);
	close(line[0]);
	assert_int_equal(parcel_receive(line[1], &byte, 1, &fd, 0), 0);
	assert_int_equal(fd, -1);
	assert_int_equal(parcel_send(line[1], &byte, 1, -1, 0), -EPIPE); /* and no signal */
	line[0] = -1;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, connected, hung_up)
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_is_received_with_its_descriptor),
		TEST(bytes_alone_come_without_one),
		TEST(several_come_in_their_order),
		TEST(more_than_there_is_room_for_stay_out),
		TEST(as_many_as_the_kernel_carries_are_carried_and_one_more_is_not),
		TEST(nothing_yet_the_end_and_nobody_there_are_three_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
