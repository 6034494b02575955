#include "resolver_rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/launch_names.h"
#include "util/path.h"

struct rig_spec resolver_sleeper = {.argv = (const char *const[]){"sleep", "1000", NULL}};
static const char network[] = "aa00000000000000000000000000000000000000000000000000000000000001";

enum { WAIT_MS = 5000, NEWNET = 0x40000000 };

/* ---- the container and what it resolves with ---- */

void resolver_configure(struct rig *rig, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "davit-resolver 1\nnetwork %s\n%s", network, lines);
	assert_int_equal(path_replace_at(rig->run, "resolver", text, strlen(text), 0600), 0);
}

void resolver_put_name(int fd, unsigned number, const char *name, uint8_t last)
{
	struct names_record record = {.seq = 1, .use = NAMES_USED, .seq_end = 1};

	snprintf(record.id, sizeof(record.id), "%012x", number);
	snprintf(record.text, sizeof(record.text) - 1, "%s", name);
	memcpy(record.address4, (uint8_t[]){172, 18, 0, last}, 4);
	assert_int_equal(
		pwrite(fd, &record, sizeof(record), (off_t)number * NAMES_SIZE), sizeof(record));
}

int resolver_table(struct rig *rig)
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
	resolver_put_name(fd, 1, "web", 2);
	resolver_put_name(fd, 2, "db", 3);
	return fd;
}

void resolver_launch(struct rig *rig, const char *lines)
{
	struct rig_frame frame;

	close(resolver_table(rig));
	resolver_configure(rig, lines);
	rig_launch(rig, &resolver_sleeper, WIRE_WANT_EXIT);
	rig_until(rig->born, WIRE_STARTED, &frame, NULL);
}

int resolver_begin(void **state)
{
	resolver_sleeper.avoid = 0;
	*state = rig_new();
	return 0;
}

int resolver_end(void **state)
{
	rig_free(*state);
	return 0;
}

/* ---- sockets, in the container's namespace or (rig NULL) in ours ---- */

int resolver_socket(struct rig *rig, int kind)
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

int resolver_connected(struct rig *rig, int kind, const char *address)
{
	struct sockaddr_in to = at(address);
	int fd = resolver_socket(rig, kind);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

int resolver_serving(struct rig *rig, int kind, const char *address)
{
	struct sockaddr_in to = at(address);
	int fd = resolver_socket(rig, kind), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	if (kind == SOCK_STREAM)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* ---- messages ---- */

uint8_t resolver_message[RESOLVER_MESSAGE];

size_t resolver_question(uint8_t to[300], unsigned id, const char *name)
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
size_t resolver_reply(uint8_t *msg, size_t len, uint8_t last)
{
	uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 9, 9, 9, last};

	msg[2] |= 0x80;
	msg[3] |= 0x80;
	msg[7] = 1;
	memcpy(msg + len, record, sizeof(record));
	return len + sizeof(record);
}

void resolver_ask(int fd, unsigned id, const char *name)
{
	uint8_t query[300];
	size_t len = resolver_question(query, id, name);

	assert_int_equal(send(fd, query, len, 0), (ssize_t)len);
}

/* The code of the answer, its address's last byte in *last (0: none); -1: nothing came. */
int resolver_answer(int fd, unsigned id, uint8_t *last)
{
	ssize_t len = recv(fd, resolver_message, sizeof(resolver_message), 0);

	if (len < 12)
		return -1;
	assert_int_equal(resolver_u16(resolver_message), id);
	*last = resolver_u16(resolver_message + 6) ? resolver_message[len - 1] : 0;
	return resolver_message[3] & 15;
}

int resolver_resolve(struct rig *rig, const char *name, uint8_t *last)
{
	int fd = resolver_connected(rig, SOCK_DGRAM, "127.0.0.11"), code;

	resolver_ask(fd, 0x1234, name);
	code = resolver_answer(fd, 0x1234, last);
	close(fd);
	return code;
}

void resolver_finds_web(struct rig *rig)
{
	uint8_t last;

	assert_int_equal(resolver_resolve(rig, "web", &last), NOERROR);
	assert_int_equal(last, 2);
}

/* As a stub resolver does: what the kernel dropped is asked again. */
void resolver_finds_web_at_last(struct rig *rig)
{
	uint8_t last = 0;

	for (int i = 0; i < 3 && last != 2; i++)
		resolver_resolve(rig, "web", &last);
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
int resolver_of(struct rig *rig)
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

void resolver_until_gone(struct rig *rig)
{
	for (int i = 0; i < 500 && resolver_of(rig); i++)
		usleep(10000);
	assert_int_equal(resolver_of(rig), 0);
}

void resolver_has(int pid, const char *key, const char *value)
{
	char text[128];

	assert_true(field_of(pid, "status", key, text, sizeof(text)));
	assert_string_equal(text, value);
}

int resolver_pss_kb(int pid)
{
	char text[64];

	assert_true(field_of(pid, "smaps_rollup", "Pss", text, sizeof(text)));
	return atoi(text);
}
