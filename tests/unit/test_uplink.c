/* davit-shim uplink, the real one, talked to as davit does: what it answers, what it serves, and
 * what it leaves. In the sandbox, in a mount namespace of its own; pasta is not needed for any of
 * it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../support/shim_rig.h"
#include "runtime/launch/parcel.h"
#include "runtime/launch_uplink.h"
#include "util/own.h"

enum { WAIT_MS = 5000 };

struct uplink {
	char path[64];
	int dir, pid;
};

static socklen_t address_of(const struct uplink *uplink, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(out->sun_path, sizeof(out->sun_path), "%s/" UPLINK_SOCKET, uplink->path);
	return sizeof(*out);
}

static _Noreturn void become_uplink(int listener, int dir)
{
	const char *path = getenv("PATH"); /* begins with what is tested */
	char shim[256];
	int program;

	snprintf(shim, sizeof(shim), "%.*s/davit-shim", (int)strcspn(path, ":"), path);
	program = open(shim, O_PATH);
	listener = fcntl(listener, F_DUPFD, 20);
	dir = fcntl(dir, F_DUPFD, 20);
	program = fcntl(program, F_DUPFD_CLOEXEC, 20);
	dup2(listener, UPLINK_FD_LISTENER);
	dup2(dir, UPLINK_FD_DIR);
	syscall(SYS_close_range, 5, 19, 0);
	syscall(SYS_execveat, program, "", (char *const[]){"davit-shim", "uplink", NULL},
		(char *const[]){NULL}, AT_EMPTY_PATH);
	_exit(127);
}

static void start(struct uplink *uplink)
{
	struct sockaddr_un address;
	socklen_t len;
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(uplink->path, sizeof(uplink->path), "/tmp/uplink-XXXXXX");
	assert_non_null(mkdtemp(uplink->path));
	uplink->dir = open(uplink->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	len = address_of(uplink, &address);
	assert_int_equal(bind(listener, (void *)&address, len), 0);
	assert_int_equal(listen(listener, 16), 0);
	uplink->pid = fork();
	assert_true(uplink->pid >= 0);
	if (!uplink->pid)
		become_uplink(listener, uplink->dir);
	close(listener);
}

/* Ties are gone by now: it ends by itself. */
static void finish(struct uplink *uplink)
{
	int status;

	assert_int_equal(waitpid(uplink->pid, &status, 0), uplink->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(unlinkat(uplink->dir, UPLINK_LOCK, 0), 0);
	close(uplink->dir);
	assert_int_equal(rmdir(uplink->path), 0); /* nothing else is left */
}

static int tie(const struct uplink *uplink)
{
	struct sockaddr_un address;
	socklen_t len = address_of(uplink, &address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (void *)&address, len), 0);
	return fd;
}

static int ask(int tie, struct uplink_message *message, int fd, int *back)
{
	struct pollfd wait = {.fd = tie, .events = POLLIN};
	int came;

	assert_int_equal(parcel_send(tie, message, sizeof(*message), fd, 0), sizeof(*message));
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(
		parcel_receive(tie, message, sizeof(*message), &came, 0), sizeof(*message));
	assert_int_equal(message->type, UPLINK_DONE);
	if (back)
		*back = came;
	else if (came >= 0)
		close(came);
	return message->code;
}

static struct uplink_status status_of(int tie)
{
	struct uplink_message message = {.type = UPLINK_STATUS};

	assert_int_equal(ask(tie, &message, -1, NULL), 0);
	return message.status;
}

/* ---- tests ---- */

static void it_makes_a_namespace_and_takes_all_of_it_away_with_the_last_tie(void **state)
{
	struct uplink uplink;
	struct uplink_message hello = {.type = UPLINK_HELLO, .version = UPLINK_VERSION};
	char space[80];
	struct statfs fs;
	int one;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	assert_int_equal(ask(one, &hello, -1, NULL), 0);
	snprintf(space, sizeof(space), "%s/" UPLINK_SPACE, uplink.path);
	assert_int_equal(statfs(space, &fs), 0);
	assert_int_equal(fs.f_type, NSFS_MAGIC);
	assert_int_equal(status_of(one).ties, 1);
	assert_int_equal(status_of(one).state, UPLINK_OFF);
	close(one);
	finish(&uplink);
}

static void what_it_does_not_know_is_refused_and_what_is_no_message_ends_the_tie(void **state)
{
	struct uplink uplink;
	struct uplink_message message = {.type = UPLINK_HELLO, .version = 99};
	struct pollfd wait = {.events = POLLIN};
	char byte;
	int one;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	assert_int_equal(ask(one, &message, -1, NULL), -EPROTO);
	message = (struct uplink_message){.type = 4711};
	assert_int_equal(ask(one, &message, -1, NULL), -ENOSYS);
	message = (struct uplink_message){.type = UPLINK_UNPUBLISH};
	assert_int_equal(ask(one, &message, -1, NULL), -ENOENT);
	message = (struct uplink_message){.type = UPLINK_PUBLISH}; /* without a socket */
	assert_int_equal(ask(one, &message, -1, NULL), -EBADF);
	message = (struct uplink_message){
		.type = UPLINK_OPEN, .family = AF_NETLINK, .kind = SOCK_RAW};
	assert_int_equal(ask(one, &message, -1, NULL), -EINVAL);
	assert_int_equal(send(one, "x", 1, MSG_NOSIGNAL), 1);
	wait.fd = one;
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(recv(one, &byte, 1, 0), 0);
	close(one);
	finish(&uplink);
}

static void it_opens_sockets_where_it_was_started(void **state)
{
	struct uplink uplink;
	struct uplink_message message = {
		.type = UPLINK_OPEN, .family = AF_INET, .kind = SOCK_DGRAM};
	struct sockaddr_in host = {.sin_family = AF_INET, .sin_port = htons(9)};
	int one, fd;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	assert_int_equal(ask(one, &message, -1, &fd), 0);
	assert_true(fd >= 0);
	inet_pton(AF_INET, "192.0.2.2", &host.sin_addr); /* no way there from the namespace */
	assert_int_equal(connect(fd, (void *)&host, sizeof(host)), 0);
	close(fd);
	close(one);
	finish(&uplink);
}

static void a_pasta_that_cannot_be_executed_is_told_in_a_sentence(void **state)
{
	struct uplink uplink;
	struct uplink_message message = {.type = UPLINK_LEAD_OUT, .text = "/nowhere/pasta"};
	int one;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	assert_int_equal(ask(one, &message, -1, NULL), -ENETDOWN);
	assert_string_equal(message.text,
		"pasta, which leads out of a rootless network: /nowhere/pasta cannot be executed");
	assert_int_equal(status_of(one).state, UPLINK_FAILED);
	message = (struct uplink_message){.type = UPLINK_LEAD_OUT, .text = "/bin/false"};
	assert_int_equal(ask(one, &message, -1, NULL), -ENETDOWN);
	assert_string_equal(message.text,
		"pasta, which leads out of a rootless network: it ended with status 1");
	close(one);
	finish(&uplink);
}

static int listen_at(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (void *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (void *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static int call(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
	if (connect(fd, (void *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -errno;
}

static void a_port_lives_as_long_as_the_tie_it_came_by_and_who_finds_nobody_is_cut_off(void **state)
{
	struct uplink uplink;
	struct uplink_message message = {.type = UPLINK_PUBLISH,
		.mapping = {.family = AF_INET, .protocol = IPPROTO_TCP, .port = 80}};
	char byte;
	uint16_t port;
	int one, other, fd, client;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	other = tie(&uplink);
	fd = listen_at(&port);
	message.mapping.host_port = port;
	inet_pton(AF_INET, "127.0.0.1", message.mapping.to); /* where nobody listens in there */
	assert_int_equal(ask(one, &message, fd, NULL), 0);
	close(fd);
	assert_int_equal(status_of(other).ports, 1);
	client = call(port);
	assert_true(client >= 0);
	assert_int_equal(recv(client, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	close(client);
	assert_int_equal(status_of(other).flows, 0);
	close(one);
	while (status_of(other).ties > 1)
		usleep(1000);
	assert_int_equal(status_of(other).ports, 0);
	assert_int_equal(call(port), -ECONNREFUSED);
	close(other);
	finish(&uplink);
}

static void what_killed_its_child_ends_it_too(void **state)
{
	struct uplink uplink;
	int one, status;

	(void)state;
	start(&uplink);
	one = tie(&uplink);
	kill(status_of(one).space, SIGKILL);
	assert_int_equal(waitpid(uplink.pid, &status, 0), uplink.pid);
	assert_int_equal(WEXITSTATUS(status), 1);
	close(one);
	close(uplink.dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_makes_a_namespace_and_takes_all_of_it_away_with_the_last_tie),
		cmocka_unit_test(
			what_it_does_not_know_is_refused_and_what_is_no_message_ends_the_tie),
		cmocka_unit_test(it_opens_sockets_where_it_was_started),
		cmocka_unit_test(a_pasta_that_cannot_be_executed_is_told_in_a_sentence),
		cmocka_unit_test(
			a_port_lives_as_long_as_the_tie_it_came_by_and_who_finds_nobody_is_cut_off),
		cmocka_unit_test(what_killed_its_child_ends_it_too),
	};

	rig_enter_sandbox(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
