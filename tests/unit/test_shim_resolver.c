/* A container's resolver by itself: its process, and the names of containers. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
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

/* ---- names of containers ---- */

static void nothing_runs_until_something_is_asked(void **state)
{
	struct rig *rig = *state;
	int pid;

	resolver_launch(rig, "closed\n");
	assert_int_equal(resolver_of(rig), 0);
	resolver_finds_web(rig);
	pid = resolver_of(rig);
	assert_true(pid > 0);
	resolver_finds_web(rig);
	assert_int_equal(resolver_of(rig), pid);
}

static void the_resolver_can_do_nothing_else(void **state)
{
	struct rig *rig = *state;
	char path[64], target[64];
	int pid, fds = 0;

	resolver_launch(rig, "closed\n");
	resolver_finds_web(rig);
	pid = resolver_of(rig);
	resolver_has(pid, "Uid", "65533\t65533\t65533\t65533");
	resolver_has(pid, "Gid", "65533\t65533\t65533\t65533");
	resolver_has(pid, "Groups", "");
	resolver_has(pid, "CapPrm", "0000000000000000");
	resolver_has(pid, "CapEff", "0000000000000000");
	resolver_has(pid, "NoNewPrivs", "1");
	resolver_has(pid, "Seccomp", "2");
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		fds += readlink(path, target, sizeof(target)) > 0;
	}
	/* stdio, the line, three sockets, the configuration, one table, the loop */
	assert_int_equal(fds, 10);
}

static void an_answer_takes_a_fifth_of_a_millisecond_and_150_kb(void **state)
{
	enum { ROUNDS = 500 };
	struct rig *rig = *state;
	double took[ROUNDS], sum = 0;
	int fd, table, kb;
	uint8_t last;

	resolver_launch(rig, "closed\n");
	table = openat(rig->run,
		"../../n/aa00000000000000000000000000000000000000000000000000000000000001/names",
		O_RDWR);
	for (unsigned i = 3; i < 500; i++)
		resolver_put_name(table, i, "filler", 9);
	resolver_put_name(table, 500, "last", 5);
	close(table);
	resolver_finds_web(rig);
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < ROUNDS; i++) {
		double began = now_ms();

		resolver_ask(fd, 7, "last");
		assert_int_equal(resolver_answer(fd, 7, &last), NOERROR);
		assert_int_equal(last, 5);
		took[i] = now_ms() - began;
		sum += took[i];
	}
	close(fd);
	kb = resolver_pss_kb(resolver_of(rig));
	print_message("among 500 names: %.3f ms an answer, %d KB PSS\n", sum / ROUNDS, kb);
	assert_true(kb <= 150);
	assert_true(sum / ROUNDS < 2); /* loaded machines too */
}

static void finds_db_by_tcp(struct rig *rig)
{
	uint8_t query[302], last;
	int fd;

	fd = resolver_connected(rig, SOCK_STREAM, "127.0.0.11");
	for (int i = 0; i < 3; i++) { /* more than one on a connection */
		size_t len = resolver_question(query + 2, 5, "db");

		query[0] = 0;
		query[1] = (uint8_t)len;
		assert_int_equal(send(fd, query, 1, 0), 1);
		assert_int_equal(send(fd, query + 1, len + 1, 0), (ssize_t)len + 1);
		assert_int_equal(recv(fd, resolver_message, 2, MSG_WAITALL), 2);
		assert_int_equal(resolver_answer(fd, 5, &last), NOERROR);
		assert_int_equal(last, 3);
	}
	close(fd);
}

static void a_name_is_found_by_tcp_too(void **state)
{
	struct rig *rig = *state;

	resolver_launch(rig, "closed\n");
	finds_db_by_tcp(rig);
}

/* As servers that know nothing of us do: every address, no option set. */
static void a_container_can_serve_dns_itself(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(53)};
	int udp, tcp;

	resolver_launch(rig, "closed\n");
	udp = resolver_socket(rig, SOCK_DGRAM);
	tcp = resolver_socket(rig, SOCK_STREAM);
	assert_int_equal(bind(udp, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(bind(tcp, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(tcp, 8), 0);
	resolver_finds_web(rig);
	finds_db_by_tcp(rig);
	assert_int_equal(recv(udp, resolver_message, sizeof(resolver_message), MSG_DONTWAIT), -1);
	close(udp), close(tcp);
}

static void older_kernels_have_the_sockets_at_the_port_itself(void **state)
{
	struct rig *rig = *state;

	resolver_sleeper.avoid = PLAN_AVOID_SOCKET_LOOKUP;
	resolver_launch(rig, "closed\n");
	resolver_finds_web(rig);
	finds_db_by_tcp(rig);
}

static void a_change_of_names_is_seen_at_once(void **state)
{
	struct rig *rig = *state;
	uint8_t last;
	int table;

	resolver_launch(rig, "closed\n");
	assert_int_equal(resolver_resolve(rig, "later", &last), NXDOMAIN);
	table = openat(rig->run,
		"../../n/aa00000000000000000000000000000000000000000000000000000000000001/names",
		O_RDWR);
	resolver_put_name(table, 3, "later", 4);
	close(table);
	assert_int_equal(resolver_resolve(rig, "later", &last), NOERROR);
	assert_int_equal(last, 4);
}

static void a_new_configuration_is_followed_at_once(void **state)
{
	struct rig *rig = *state;
	uint8_t last;
	int pid;

	resolver_launch(rig, "");
	assert_int_equal(resolver_resolve(rig, "example.com", &last), SERVFAIL);
	pid = resolver_of(rig);
	resolver_configure(rig, "closed\n");
	assert_int_equal(resolver_resolve(rig, "example.com", &last), NXDOMAIN);
	assert_int_not_equal(resolver_of(rig), pid);
}

static void a_killed_resolver_is_followed_by_another(void **state)
{
	struct rig *rig = *state;
	int pid, fd;

	resolver_launch(rig, "closed\n");
	resolver_finds_web(rig);
	pid = resolver_of(rig);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_int_equal(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
	close(fd);
	resolver_finds_web(rig);
	assert_int_not_equal(resolver_of(rig), pid);
}

static void the_resolver_goes_with_its_container(void **state)
{
	struct rig *rig = *state;
	struct wire_signal signal = {SIGKILL, 1};

	resolver_launch(rig, "closed\n");
	resolver_finds_web(rig);
	rig_put(rig->born, WIRE_SIGNAL, &signal, sizeof(signal));
	rig_until_exit(rig->born, NULL);
	resolver_until_gone(rig);
}

static void without_a_configuration_nobody_listens(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	uint8_t last;

	rig_launch(rig, &resolver_sleeper, WIRE_WANT_EXIT);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
	assert_int_equal(resolver_resolve(rig, "web", &last), -1);
}

/* ---- hostile ---- */

static void a_flood_of_garbage_is_survived_in_150_kb(void **state)
{
	struct rig *rig = *state;
	uint8_t junk[600];
	int fd, pid, tcp[40];

	resolver_launch(rig, "server 127.0.0.2\n");
	resolver_finds_web(rig);
	pid = resolver_of(rig);
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < 20000; i++) {
		size_t len = (size_t)(i * 7) % sizeof(junk);

		if (i % 64 == 0)
			assert_int_equal(getrandom(junk, sizeof(junk), 0), sizeof(junk));
		if (i % 3 == 0) /* a fair head, so that it is looked into */
			memcpy(junk, "\1\2\1\0\0\1\0\0\0\0\0\1", 12);
		send(fd, junk, len, MSG_DONTWAIT);
	}
	close(fd);
	/* Questions that no server answers, and connections that say nothing. */
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < 2000; i++)
		resolver_ask(fd, (unsigned)i, "nobody.example");
	close(fd);
	for (int i = 0; i < 40; i++)
		tcp[i] = resolver_connected(rig, SOCK_STREAM, "127.0.0.11");
	resolver_finds_web_at_last(rig);
	assert_int_equal(resolver_of(rig), pid);
	print_message("after the flood: %d KB PSS\n", resolver_pss_kb(pid));
	assert_true(resolver_pss_kb(pid) <= 150);
	for (int i = 0; i < 40; i++)
		close(tcp[i]);
}

static void what_asks_for_ever_is_slowed_down(void **state)
{
	struct rig *rig = *state;
	double end_ms;
	int fd, answers = 0;
	uint8_t query[300];
	size_t len = resolver_question(query, 1, "web");

	resolver_launch(rig, "closed\n");
	resolver_finds_web(rig);
	fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11");
	end_ms = now_ms() + 1500;
	while (now_ms() < end_ms) {
		for (int i = 0; i < 32; i++)
			send(fd, query, len, MSG_DONTWAIT);
		while (recv(fd, resolver_message, sizeof(resolver_message), MSG_DONTWAIT) > 0)
			answers++;
	}
	print_message("%d answers in 1.5 s\n", answers);
	assert_true(answers > 100 && answers < 40000);
	resolver_finds_web_at_last(rig);
	close(fd);
}

#define in_a_rig(test) cmocka_unit_test_setup_teardown(test, resolver_begin, resolver_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		in_a_rig(nothing_runs_until_something_is_asked),
		in_a_rig(the_resolver_can_do_nothing_else),
		in_a_rig(an_answer_takes_a_fifth_of_a_millisecond_and_150_kb),
		in_a_rig(a_name_is_found_by_tcp_too),
		in_a_rig(a_container_can_serve_dns_itself),
		in_a_rig(older_kernels_have_the_sockets_at_the_port_itself),
		in_a_rig(a_change_of_names_is_seen_at_once),
		in_a_rig(a_new_configuration_is_followed_at_once),
		in_a_rig(a_killed_resolver_is_followed_by_another),
		in_a_rig(the_resolver_goes_with_its_container),
		in_a_rig(without_a_configuration_nobody_listens),
		in_a_rig(a_flood_of_garbage_is_survived_in_150_kb),
		in_a_rig(what_asks_for_ever_is_slowed_down),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim resolver", tests, NULL, NULL);
}
