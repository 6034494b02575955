/* A container's resolver and the servers behind it, which are the test's. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/resolver_rig.h"

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Takes the next query of a server's socket into resolver_message; its length. */
static size_t served(int server, struct sockaddr_in *from)
{
	socklen_t room = sizeof(*from);
	ssize_t len = recvfrom(server, resolver_message, sizeof(resolver_message), 0,
		(struct sockaddr *)from, &room);

	assert_true(len > 12);
	return (size_t)len;
}

static void say(int server, const struct sockaddr_in *to, size_t len)
{
	assert_int_equal(
		sendto(server, resolver_message, len, 0, (const struct sockaddr *)to, sizeof(*to)),
		(ssize_t)len);
}

static void other_names_are_asked_of_the_server(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from, before = {0};
	unsigned same_id = 0;
	int server, fd;
	uint8_t last;

	resolver_launch(rig, "server 127.0.0.2\n");
	server = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < 8; i++) {
		resolver_ask(fd, 0x4242, "example.com");
		size_t len = served(server, &from);

		same_id += resolver_u16(resolver_message) == 0x4242;
		assert_int_not_equal(from.sin_port, before.sin_port);
		before = from;
		say(server, &from, resolver_reply(resolver_message, len, 77));
		assert_int_equal(resolver_answer(fd, 0x4242, &last), NOERROR);
		assert_int_equal(last, 77);
	}
	assert_true(same_id < 3);
	close(server);
	close(fd);
}

static void spoofed_answers_are_passed_over(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	uint8_t last, query[300];
	size_t len, true_len;
	int server, stranger, fd;

	resolver_launch(rig, "server 127.0.0.2\n");
	server = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	stranger = resolver_serving(rig, SOCK_DGRAM, "127.0.0.3");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	resolver_ask(fd, 9, "example.com");
	true_len = served(server, &from);
	memcpy(query, resolver_message, true_len);
	/* From elsewhere, though everything else is right. */
	len = resolver_reply(resolver_message, true_len, 66);
	say(stranger, &from, len);
	resolver_message[0] ^= 0x55; /* another id */
	say(server, &from, len);
	memcpy(resolver_message, query, true_len);
	len = resolver_reply(resolver_message, true_len, 66);
	resolver_message[13] = 'f'; /* another resolver_question */
	say(server, &from, len);
	memcpy(resolver_message, query, true_len); /* no answer at all */
	say(server, &from, true_len);
	say(server, &from, 3);
	len = resolver_reply(resolver_message, true_len, 77);
	say(server, &from, len);
	assert_int_equal(resolver_answer(fd, 9, &last), NOERROR);
	assert_int_equal(last, 77);
	close(fd), close(server), close(stranger);
}

/* One query over a connection from the resolver, answered with `more` bytes behind the address. */
static void serve_stream(int listener, uint8_t last, size_t more)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	uint8_t size[2];
	size_t len;

	assert_true(fd >= 0);
	assert_int_equal(recv(fd, size, 2, MSG_WAITALL), 2);
	len = resolver_u16(size);
	assert_int_equal(recv(fd, resolver_message, len, MSG_WAITALL), (ssize_t)len);
	memset(resolver_message + len, 0, more + 16);
	len = resolver_reply(resolver_message, len, last);
	memmove(resolver_message + len + more - 16, resolver_message + len - 16, 16);
	len += more;
	size[0] = (uint8_t)(len >> 8);
	size[1] = (uint8_t)len;
	assert_int_equal(send(fd, size, 2, 0), 2);
	assert_int_equal(send(fd, resolver_message, len, 0), (ssize_t)len);
	close(fd);
}

static void a_truncated_answer_is_fetched_by_tcp(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	int server, listener, fd;
	size_t len;
	uint8_t last;

	resolver_launch(rig, "server 127.0.0.2\n");
	server = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	listener = resolver_serving(rig, SOCK_STREAM, "127.0.0.2");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int round = 0; round < 2; round++) {
		resolver_ask(fd, 10, "example.com");
		len = served(server, &from);
		resolver_message[2] |= 0x82;
		say(server, &from, len);
		serve_stream(listener, 88, round ? 4000 : 0);
		assert_int_equal(resolver_answer(fd, 10, &last), NOERROR);
		/* What does not fit either is for the asker to fetch by TCP. */
		assert_int_equal(resolver_message[2] & 2, round ? 2 : 0);
		assert_int_equal(last, round ? 0 : 88);
	}
	close(fd), close(server), close(listener);
}

static void what_is_asked_by_tcp_is_asked_so_of_the_server(void **state)
{
	struct rig *rig = *state;
	uint8_t query[302], size[2];
	int listener, fd;
	size_t len;

	resolver_launch(rig, "server 127.0.0.2\n");
	listener = resolver_serving(rig, SOCK_STREAM, "127.0.0.2");
	fd = resolver_connected(rig, SOCK_STREAM, "127.0.0.11");
	len = resolver_question(query + 2, 11, "example.com");
	query[0] = 0;
	query[1] = (uint8_t)len;
	assert_int_equal(send(fd, query, len + 2, 0), (ssize_t)len + 2);
	serve_stream(listener, 99, 40000);
	assert_int_equal(recv(fd, size, 2, MSG_WAITALL), 2);
	len = resolver_u16(size);
	assert_true(len > 40000);
	assert_int_equal(recv(fd, resolver_message, len, MSG_WAITALL), (ssize_t)len);
	assert_int_equal(resolver_u16(resolver_message), 11);
	assert_int_equal(resolver_message[len - 1], 99);
	close(fd), close(listener);
}

static void a_server_that_is_not_there_costs_nothing(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	double began = now_ms();
	int server, fd;
	uint8_t last;

	resolver_launch(rig, "server 127.0.0.9\nserver 10.1.2.3\nserver 127.0.0.2\n");
	server = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	resolver_ask(fd, 12, "example.com");
	say(server, &from, resolver_reply(resolver_message, served(server, &from), 77));
	assert_int_equal(resolver_answer(fd, 12, &last), NOERROR);
	assert_true(now_ms() - began < 1900);
	close(fd), close(server);
}

static void a_server_that_fails_is_followed_by_the_next(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	int first, second, fd;
	size_t len;
	uint8_t last;

	resolver_launch(rig, "server 127.0.0.2\nserver 127.0.0.3\n");
	first = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	second = resolver_serving(rig, SOCK_DGRAM, "127.0.0.3");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	resolver_ask(fd, 13, "example.com");
	len = served(first, &from);
	resolver_message[2] |= 0x80;
	resolver_message[3] |= SERVFAIL;
	say(first, &from, len);
	len = served(second, &from);
	resolver_message[2] |= 0x80;
	resolver_message[3] |= NXDOMAIN;
	say(second, &from, len);
	assert_int_equal(resolver_answer(fd, 13, &last), NXDOMAIN);
	/* Who answered is asked first from now on. */
	resolver_ask(fd, 14, "example.org");
	len = served(second, &from);
	say(second, &from, resolver_reply(resolver_message, len, 77));
	assert_int_equal(resolver_answer(fd, 14, &last), NOERROR);
	close(fd), close(first), close(second);
}

static void a_server_of_the_hosts_loopback_is_reached_from_the_host(void **state)
{
	struct rig *rig = *state;
	int server = resolver_serving(NULL, SOCK_DGRAM, "127.0.0.53");
	int listener = resolver_serving(NULL, SOCK_STREAM, "127.0.0.53"), fd;
	struct sockaddr_in from;
	size_t len;
	uint8_t last;

	resolver_launch(rig, "server 127.0.0.53 host\n");
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	resolver_ask(fd, 15, "example.com");
	say(server, &from, resolver_reply(resolver_message, served(server, &from), 53));
	assert_int_equal(resolver_answer(fd, 15, &last), NOERROR);
	assert_int_equal(last, 53);
	resolver_ask(fd, 16, "example.com");
	len = served(server, &from);
	resolver_message[2] |= 0x82;
	say(server, &from, len);
	serve_stream(listener, 54, 0);
	assert_int_equal(resolver_answer(fd, 16, &last), NOERROR);
	assert_int_equal(last, 54);
	close(fd), close(server), close(listener);
}

static void where_it_is_closed_no_server_hears_of_it(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	socklen_t room = sizeof(from);
	uint8_t last;
	int server;

	resolver_launch(rig, "closed\nserver 127.0.0.2\n");
	server = resolver_serving(rig, SOCK_DGRAM, "127.0.0.2");
	assert_int_equal(resolver_resolve(rig, "example.com", &last), NXDOMAIN);
	assert_int_equal(recvfrom(server, resolver_message, sizeof(resolver_message), MSG_DONTWAIT,
				 (struct sockaddr *)&from, &room),
		-1);
	close(server);
}

#define in_a_rig(test) cmocka_unit_test_setup_teardown(test, resolver_begin, resolver_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		in_a_rig(other_names_are_asked_of_the_server),
		in_a_rig(spoofed_answers_are_passed_over),
		in_a_rig(a_truncated_answer_is_fetched_by_tcp),
		in_a_rig(what_is_asked_by_tcp_is_asked_so_of_the_server),
		in_a_rig(a_server_that_is_not_there_costs_nothing),
		in_a_rig(a_server_that_fails_is_followed_by_the_next),
		in_a_rig(a_server_of_the_hosts_loopback_is_reached_from_the_host),
		in_a_rig(where_it_is_closed_no_server_hears_of_it),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim dns ask", tests, NULL, NULL);
}
