/* A container's resolver, the real one: started by a real shim, asked from inside the container's
 * network namespace, with servers of ours behind it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "runtime/launch_names.h"
#include "util/own.h"
#include "util/path.h"

enum { WAIT_MS = 5000, NEWNET = 0x40000000, MESSAGE = 65535 };
enum { NOERROR = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3 };

static struct rig_spec sleeper = {.argv = (const char *const[]){"sleep", "1000", NULL}};
static const char network[] = "aa00000000000000000000000000000000000000000000000000000000000001";

/* ---- the container and what it resolves with ---- */

static void configure(struct rig *rig, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "davit-resolver 1\nnetwork %s\n%s", network, lines);
	assert_int_equal(path_replace_at(rig->run, "resolver", text, strlen(text), 0600), 0);
}

static void put_record(int fd, unsigned number, const char *name, uint8_t last)
{
	struct names_record record = {.seq = 1, .use = NAMES_USED, .seq_end = 1};

	snprintf(record.id, sizeof(record.id), "%012x", number);
	snprintf(record.text, sizeof(record.text) - 1, "%s", name);
	memcpy(record.address4, (uint8_t[]){172, 18, 0, last}, 4);
	assert_int_equal(
		pwrite(fd, &record, sizeof(record), (off_t)number * NAMES_SIZE), sizeof(record));
}

static int make_table(struct rig *rig)
{
	struct names_head head = {.magic = NAMES_MAGIC,
		.version = NAMES_VERSION,
		.record_size = NAMES_SIZE,
		.flags = NAMES_RESOLVED,
		.network = "backend"};
	char path[128];
	int fd;

	mkdirat(rig->run, "../../n", 0700);
	snprintf(path, sizeof(path), "../../n/%s", network);
	mkdirat(rig->run, path, 0700);
	strcat(path, "/names");
	fd = openat(rig->run, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	put_record(fd, 1, "web", 2);
	put_record(fd, 2, "db", 3);
	return fd;
}

static void launch(struct rig *rig, const char *lines)
{
	struct rig_frame frame;

	close(make_table(rig));
	configure(rig, lines);
	rig_launch(rig, &sleeper, WIRE_WANT_EXIT);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
}

static int begin(void **state)
{
	sleeper.avoid = 0;
	*state = rig_new();
	return 0;
}

static int end(void **state)
{
	rig_free(*state);
	return 0;
}

/* ---- sockets, in the container's namespace or (rig NULL) in ours ---- */

static int open_socket(struct rig *rig, int kind)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = here, fd;
	struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	char path[64];

	if (rig) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", rig_state(rig).init.pid);
		there = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(syscall(SYS_setns, there, NEWNET), 0);
	}
	fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
	assert_int_equal(syscall(SYS_setns, here, NEWNET), 0);
	if (there != here)
		close(there);
	close(here);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

static struct sockaddr_in at(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};

	assert_int_equal(inet_pton(AF_INET, address, &to.sin_addr), 1);
	return to;
}

static int connected(struct rig *rig, int kind, const char *address)
{
	struct sockaddr_in to = at(address);
	int fd = open_socket(rig, kind);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static int serving(struct rig *rig, int kind, const char *address)
{
	struct sockaddr_in to = at(address);
	int fd = open_socket(rig, kind), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	if (kind == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* ---- messages ---- */

static uint8_t message[MESSAGE];

static unsigned u16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static size_t question(uint8_t to[300], unsigned id, const char *name)
{
	static const uint8_t head[] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	size_t len = sizeof(head);

	memcpy(to, head, len);
	to[0] = (uint8_t)(id >> 8);
	to[1] = (uint8_t)id;
	while (*name) {
		size_t label = strcspn(name, ".");

		to[len++] = (uint8_t)label;
		memcpy(to + len, name, label);
		len += label;
		name += label + (name[label] == '.');
	}
	memcpy(to + len, "\0\0\1\0\1", 5);
	return len + 5;
}

/* What a server answers to the query in msg: one address, 9.9.9.`last`. */
static size_t reply_to(uint8_t *msg, size_t len, uint8_t last)
{
	uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 9, 9, 9, last};

	msg[2] |= 0x80;
	msg[3] |= 0x80;
	msg[7] = 1;
	memcpy(msg + len, record, sizeof(record));
	return len + sizeof(record);
}

static void send_question(int fd, unsigned id, const char *name)
{
	uint8_t query[300];
	size_t len = question(query, id, name);

	assert_int_equal(send(fd, query, len, 0), (ssize_t)len);
}

/* The code of the answer, its address's last byte in *last (0: none); -1: nothing came. */
static int answer_on(int fd, unsigned id, uint8_t *last)
{
	ssize_t len = recv(fd, message, sizeof(message), 0);

	if (len < 12)
		return -1;
	assert_int_equal(u16(message), id);
	*last = u16(message + 6) ? message[len - 1] : 0;
	return message[3] & 15;
}

static int resolve(struct rig *rig, const char *name, uint8_t *last)
{
	int fd = connected(rig, SOCK_DGRAM, "127.0.0.11"), code;

	send_question(fd, 0x1234, name);
	code = answer_on(fd, 0x1234, last);
	close(fd);
	return code;
}

static void finds_web(struct rig *rig)
{
	uint8_t last;

	assert_int_equal(resolve(rig, "web", &last), NOERROR);
	assert_int_equal(last, 2);
}

/* As a stub resolver does: what the kernel dropped is asked again. */
static void finds_web_at_last(struct rig *rig)
{
	uint8_t last = 0;

	for (int i = 0; i < 3 && last != 2; i++)
		resolve(rig, "web", &last);
	assert_int_equal(last, 2);
}

/* ---- the process ---- */

static bool field_of(int pid, const char *file, const char *key, char *to, size_t room)
{
	char path[64], line[256];
	bool found = false;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	in = fopen(path, "re");
	while (in && !found && fgets(line, sizeof(line), in)) {
		size_t len = strlen(key);

		if (strncmp(line, key, len) != 0 || line[len] != ':')
			continue;
		snprintf(to, room, "%s", line + len + 1 + strspn(line + len + 1, " \t"));
		to[strcspn(to, "\n")] = '\0';
		found = true;
	}
	if (in)
		fclose(in);
	return found;
}

/* The shim's child of that name, 0: there is none. */
static int resolver_of(struct rig *rig)
{
	int state_pid = rig_state(rig).init.pid, found = 0;
	char text[64];

	for (int pid = rig->shim_pid + 1; pid < rig->shim_pid + 20000 && !found; pid++)
		if (pid != state_pid && field_of(pid, "status", "PPid", text, sizeof(text)) &&
			atoi(text) == rig->shim_pid &&
			field_of(pid, "status", "Name", text, sizeof(text)) &&
			!strcmp(text, "davit-dns"))
			found = pid;
	return found;
}

static void until_no_resolver(struct rig *rig)
{
	for (int i = 0; i < 500 && resolver_of(rig); i++)
		usleep(10000);
	assert_int_equal(resolver_of(rig), 0);
}

static void it_has(int pid, const char *key, const char *value)
{
	char text[128];

	assert_true(field_of(pid, "status", key, text, sizeof(text)));
	assert_string_equal(text, value);
}

static int pss_kb(int pid)
{
	char text[64];

	assert_true(field_of(pid, "smaps_rollup", "Pss", text, sizeof(text)));
	return atoi(text);
}

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

	launch(rig, "closed\n");
	assert_int_equal(resolver_of(rig), 0);
	finds_web(rig);
	pid = resolver_of(rig);
	assert_true(pid > 0);
	finds_web(rig);
	assert_int_equal(resolver_of(rig), pid);
}

static void the_resolver_can_do_nothing_else(void **state)
{
	struct rig *rig = *state;
	char path[64], target[64];
	int pid, fds = 0;

	launch(rig, "closed\n");
	finds_web(rig);
	pid = resolver_of(rig);
	it_has(pid, "Uid", "65533\t65533\t65533\t65533");
	it_has(pid, "Gid", "65533\t65533\t65533\t65533");
	it_has(pid, "Groups", "");
	it_has(pid, "CapPrm", "0000000000000000");
	it_has(pid, "CapEff", "0000000000000000");
	it_has(pid, "NoNewPrivs", "1");
	it_has(pid, "Seccomp", "2");
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

	launch(rig, "closed\n");
	table = openat(rig->run,
		"../../n/aa00000000000000000000000000000000000000000000000000000000000001/names",
		O_RDWR);
	for (unsigned i = 3; i < 500; i++)
		put_record(table, i, "filler", 9);
	put_record(table, 500, "last", 5);
	close(table);
	finds_web(rig);
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < ROUNDS; i++) {
		double began = now_ms();

		send_question(fd, 7, "last");
		assert_int_equal(answer_on(fd, 7, &last), NOERROR);
		assert_int_equal(last, 5);
		took[i] = now_ms() - began;
		sum += took[i];
	}
	close(fd);
	kb = pss_kb(resolver_of(rig));
	print_message("among 500 names: %.3f ms an answer, %d KB PSS\n", sum / ROUNDS, kb);
	assert_true(kb <= 150);
	assert_true(sum / ROUNDS < 2); /* loaded machines too */
}

static void finds_db_by_tcp(struct rig *rig)
{
	uint8_t query[302], last;
	int fd;

	fd = connected(rig, SOCK_STREAM, "127.0.0.11");
	for (int i = 0; i < 3; i++) { /* more than one on a connection */
		size_t len = question(query + 2, 5, "db");

		query[0] = 0;
		query[1] = (uint8_t)len;
		assert_int_equal(send(fd, query, 1, 0), 1);
		assert_int_equal(send(fd, query + 1, len + 1, 0), (ssize_t)len + 1);
		assert_int_equal(recv(fd, message, 2, MSG_WAITALL), 2);
		assert_int_equal(answer_on(fd, 5, &last), NOERROR);
		assert_int_equal(last, 3);
	}
	close(fd);
}

static void a_name_is_found_by_tcp_too(void **state)
{
	struct rig *rig = *state;

	launch(rig, "closed\n");
	finds_db_by_tcp(rig);
}

/* As servers that know nothing of us do: every address, no option set. */
static void a_container_can_serve_dns_itself(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(53)};
	int udp, tcp;

	launch(rig, "closed\n");
	udp = open_socket(rig, SOCK_DGRAM);
	tcp = open_socket(rig, SOCK_STREAM);
	assert_int_equal(bind(udp, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(bind(tcp, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(tcp, 8), 0);
	finds_web(rig);
	finds_db_by_tcp(rig);
	assert_int_equal(recv(udp, message, sizeof(message), MSG_DONTWAIT), -1);
	close(udp), close(tcp);
}

static void older_kernels_have_the_sockets_at_the_port_itself(void **state)
{
	struct rig *rig = *state;

	sleeper.avoid = PLAN_AVOID_SOCKET_LOOKUP;
	launch(rig, "closed\n");
	finds_web(rig);
	finds_db_by_tcp(rig);
}

static void a_change_of_names_is_seen_at_once(void **state)
{
	struct rig *rig = *state;
	uint8_t last;
	int table;

	launch(rig, "closed\n");
	assert_int_equal(resolve(rig, "later", &last), NXDOMAIN);
	table = openat(rig->run,
		"../../n/aa00000000000000000000000000000000000000000000000000000000000001/names",
		O_RDWR);
	put_record(table, 3, "later", 4);
	close(table);
	assert_int_equal(resolve(rig, "later", &last), NOERROR);
	assert_int_equal(last, 4);
}

static void a_new_configuration_is_followed_at_once(void **state)
{
	struct rig *rig = *state;
	uint8_t last;
	int pid;

	launch(rig, "");
	assert_int_equal(resolve(rig, "example.com", &last), SERVFAIL);
	pid = resolver_of(rig);
	configure(rig, "closed\n");
	assert_int_equal(resolve(rig, "example.com", &last), NXDOMAIN);
	assert_int_not_equal(resolver_of(rig), pid);
}

static void a_killed_resolver_is_followed_by_another(void **state)
{
	struct rig *rig = *state;
	int pid, fd;

	launch(rig, "closed\n");
	finds_web(rig);
	pid = resolver_of(rig);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_int_equal(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0), 0);
	close(fd);
	finds_web(rig);
	assert_int_not_equal(resolver_of(rig), pid);
}

static void the_resolver_goes_with_its_container(void **state)
{
	struct rig *rig = *state;
	struct wire_signal signal = {SIGKILL, 1};

	launch(rig, "closed\n");
	finds_web(rig);
	rig_put(rig->born, WIRE_SIGNAL, &signal, sizeof(signal));
	rig_until_exit(rig->born, NULL);
	until_no_resolver(rig);
}

static void without_a_configuration_nobody_listens(void **state)
{
	struct rig *rig = *state;
	struct rig_frame frame;
	uint8_t last;

	rig_launch(rig, &sleeper, WIRE_WANT_EXIT);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
	assert_int_equal(resolve(rig, "web", &last), -1);
}

/* ---- other names ---- */

/* Takes the next query of a server's socket into message; its length. */
static size_t served(int server, struct sockaddr_in *from)
{
	socklen_t room = sizeof(*from);
	ssize_t len = recvfrom(server, message, sizeof(message), 0, (struct sockaddr *)from, &room);

	assert_true(len > 12);
	return (size_t)len;
}

static void say(int server, const struct sockaddr_in *to, size_t len)
{
	assert_int_equal(sendto(server, message, len, 0, (const struct sockaddr *)to, sizeof(*to)),
		(ssize_t)len);
}

static void other_names_are_asked_of_the_server(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from, before = {0};
	unsigned same_id = 0;
	int server, fd;
	uint8_t last;

	launch(rig, "server 127.0.0.2\n");
	server = serving(rig, SOCK_DGRAM, "127.0.0.2");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < 8; i++) {
		send_question(fd, 0x4242, "example.com");
		size_t len = served(server, &from);

		same_id += u16(message) == 0x4242;
		assert_int_not_equal(from.sin_port, before.sin_port);
		before = from;
		say(server, &from, reply_to(message, len, 77));
		assert_int_equal(answer_on(fd, 0x4242, &last), NOERROR);
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

	launch(rig, "server 127.0.0.2\n");
	server = serving(rig, SOCK_DGRAM, "127.0.0.2");
	stranger = serving(rig, SOCK_DGRAM, "127.0.0.3");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	send_question(fd, 9, "example.com");
	true_len = served(server, &from);
	memcpy(query, message, true_len);
	/* From elsewhere, though everything else is right. */
	len = reply_to(message, true_len, 66);
	say(stranger, &from, len);
	message[0] ^= 0x55; /* another id */
	say(server, &from, len);
	memcpy(message, query, true_len);
	len = reply_to(message, true_len, 66);
	message[13] = 'f'; /* another question */
	say(server, &from, len);
	memcpy(message, query, true_len); /* no answer at all */
	say(server, &from, true_len);
	say(server, &from, 3);
	len = reply_to(message, true_len, 77);
	say(server, &from, len);
	assert_int_equal(answer_on(fd, 9, &last), NOERROR);
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
	len = u16(size);
	assert_int_equal(recv(fd, message, len, MSG_WAITALL), (ssize_t)len);
	memset(message + len, 0, more + 16);
	len = reply_to(message, len, last);
	memmove(message + len + more - 16, message + len - 16, 16);
	len += more;
	size[0] = (uint8_t)(len >> 8);
	size[1] = (uint8_t)len;
	assert_int_equal(send(fd, size, 2, 0), 2);
	assert_int_equal(send(fd, message, len, 0), (ssize_t)len);
	close(fd);
}

static void a_truncated_answer_is_fetched_by_tcp(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	int server, listener, fd;
	size_t len;
	uint8_t last;

	launch(rig, "server 127.0.0.2\n");
	server = serving(rig, SOCK_DGRAM, "127.0.0.2");
	listener = serving(rig, SOCK_STREAM, "127.0.0.2");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int round = 0; round < 2; round++) {
		send_question(fd, 10, "example.com");
		len = served(server, &from);
		message[2] |= 0x82;
		say(server, &from, len);
		serve_stream(listener, 88, round ? 4000 : 0);
		assert_int_equal(answer_on(fd, 10, &last), NOERROR);
		/* What does not fit either is for the asker to fetch by TCP. */
		assert_int_equal(message[2] & 2, round ? 2 : 0);
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

	launch(rig, "server 127.0.0.2\n");
	listener = serving(rig, SOCK_STREAM, "127.0.0.2");
	fd = connected(rig, SOCK_STREAM, "127.0.0.11");
	len = question(query + 2, 11, "example.com");
	query[0] = 0;
	query[1] = (uint8_t)len;
	assert_int_equal(send(fd, query, len + 2, 0), (ssize_t)len + 2);
	serve_stream(listener, 99, 40000);
	assert_int_equal(recv(fd, size, 2, MSG_WAITALL), 2);
	len = u16(size);
	assert_true(len > 40000);
	assert_int_equal(recv(fd, message, len, MSG_WAITALL), (ssize_t)len);
	assert_int_equal(u16(message), 11);
	assert_int_equal(message[len - 1], 99);
	close(fd), close(listener);
}

static void a_server_that_is_not_there_costs_nothing(void **state)
{
	struct rig *rig = *state;
	struct sockaddr_in from;
	double began = now_ms();
	int server, fd;
	uint8_t last;

	launch(rig, "server 127.0.0.9\nserver 10.1.2.3\nserver 127.0.0.2\n");
	server = serving(rig, SOCK_DGRAM, "127.0.0.2");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	send_question(fd, 12, "example.com");
	say(server, &from, reply_to(message, served(server, &from), 77));
	assert_int_equal(answer_on(fd, 12, &last), NOERROR);
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

	launch(rig, "server 127.0.0.2\nserver 127.0.0.3\n");
	first = serving(rig, SOCK_DGRAM, "127.0.0.2");
	second = serving(rig, SOCK_DGRAM, "127.0.0.3");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	send_question(fd, 13, "example.com");
	len = served(first, &from);
	message[2] |= 0x80;
	message[3] |= SERVFAIL;
	say(first, &from, len);
	len = served(second, &from);
	message[2] |= 0x80;
	message[3] |= NXDOMAIN;
	say(second, &from, len);
	assert_int_equal(answer_on(fd, 13, &last), NXDOMAIN);
	/* Who answered is asked first from now on. */
	send_question(fd, 14, "example.org");
	len = served(second, &from);
	say(second, &from, reply_to(message, len, 77));
	assert_int_equal(answer_on(fd, 14, &last), NOERROR);
	close(fd), close(first), close(second);
}

static void a_server_of_the_hosts_loopback_is_reached_from_the_host(void **state)
{
	struct rig *rig = *state;
	int server = serving(NULL, SOCK_DGRAM, "127.0.0.53");
	int listener = serving(NULL, SOCK_STREAM, "127.0.0.53"), fd;
	struct sockaddr_in from;
	size_t len;
	uint8_t last;

	launch(rig, "server 127.0.0.53 host\n");
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	send_question(fd, 15, "example.com");
	say(server, &from, reply_to(message, served(server, &from), 53));
	assert_int_equal(answer_on(fd, 15, &last), NOERROR);
	assert_int_equal(last, 53);
	send_question(fd, 16, "example.com");
	len = served(server, &from);
	message[2] |= 0x82;
	say(server, &from, len);
	serve_stream(listener, 54, 0);
	assert_int_equal(answer_on(fd, 16, &last), NOERROR);
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

	launch(rig, "closed\nserver 127.0.0.2\n");
	server = serving(rig, SOCK_DGRAM, "127.0.0.2");
	assert_int_equal(resolve(rig, "example.com", &last), NXDOMAIN);
	assert_int_equal(recvfrom(server, message, sizeof(message), MSG_DONTWAIT,
				 (struct sockaddr *)&from, &room),
		-1);
	close(server);
}

/* ---- hostile ---- */

static void a_flood_of_garbage_is_survived_in_150_kb(void **state)
{
	struct rig *rig = *state;
	uint8_t junk[600];
	int fd, pid, tcp[40];

	launch(rig, "server 127.0.0.2\n");
	finds_web(rig);
	pid = resolver_of(rig);
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
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
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	for (int i = 0; i < 2000; i++)
		send_question(fd, (unsigned)i, "nobody.example");
	close(fd);
	for (int i = 0; i < 40; i++)
		tcp[i] = connected(rig, SOCK_STREAM, "127.0.0.11");
	finds_web_at_last(rig);
	assert_int_equal(resolver_of(rig), pid);
	print_message("after the flood: %d KB PSS\n", pss_kb(pid));
	assert_true(pss_kb(pid) <= 150);
	for (int i = 0; i < 40; i++)
		close(tcp[i]);
}

static void what_asks_for_ever_is_slowed_down(void **state)
{
	struct rig *rig = *state;
	double end_ms;
	int fd, answers = 0;
	uint8_t query[300];
	size_t len = question(query, 1, "web");

	launch(rig, "closed\n");
	finds_web(rig);
	fd = connected(rig, SOCK_DGRAM, "127.0.0.11");
	end_ms = now_ms() + 1500;
	while (now_ms() < end_ms) {
		for (int i = 0; i < 32; i++)
			send(fd, query, len, MSG_DONTWAIT);
		while (recv(fd, message, sizeof(message), MSG_DONTWAIT) > 0)
			answers++;
	}
	print_message("%d answers in 1.5 s\n", answers);
	assert_true(answers > 100 && answers < 40000);
	finds_web_at_last(rig);
	close(fd);
}

#define in_a_rig(test) cmocka_unit_test_setup_teardown(test, begin, end)

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
		in_a_rig(other_names_are_asked_of_the_server),
		in_a_rig(spoofed_answers_are_passed_over),
		in_a_rig(a_truncated_answer_is_fetched_by_tcp),
		in_a_rig(what_is_asked_by_tcp_is_asked_so_of_the_server),
		in_a_rig(a_server_that_is_not_there_costs_nothing),
		in_a_rig(a_server_that_fails_is_followed_by_the_next),
		in_a_rig(a_server_of_the_hosts_loopback_is_reached_from_the_host),
		in_a_rig(where_it_is_closed_no_server_hears_of_it),
		in_a_rig(a_flood_of_garbage_is_survived_in_150_kb),
		in_a_rig(what_asks_for_ever_is_slowed_down),
	};

	rig_enter_sandbox(argc, argv);
	return cmocka_run_group_tests_name("shim resolver", tests, NULL, NULL);
}
