#include "shim_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/launch/parcel.h"
#include "util/own.h"
#include "util/path.h"

enum { WAIT_MS = 20000 };

static const char *const applets[] = {"sh", "true", "false", "cat", "echo", "sleep", "id", "ls",
	"stat", "head", "dd", "kill", "ps", "test", "stty", "tr", "wc", "grep", "yes", "readlink",
	"touch", "env", "pwd", "hostname", "mkdir", "tail", "usleep", "ln", "cp", "chmod"};

/* The shim of the same build: three directories above out/MODE/tests/unit/test_x. */
static void name_shim(const char *program)
{
	char path[512];
	char *cut;

	snprintf(path, sizeof(path) - 16, "%s", program);
	cut = strstr(path, "/tests/unit/");
	if (!cut)
		return;
	strcpy(cut, "/davit-shim");
	setenv("DAVIT_SHIM", path, 0);
}

void rig_enter_sandbox(int argc, char **argv)
{
	const char **again = calloc((size_t)argc + 2, sizeof(*again));

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!again || !access("/run/davit-test", F_OK)) {
		free(again);
		return;
	}
	again[0] = "tests/support/sandbox";
	again[1] = realpath(argv[0], NULL);
	for (int i = 1; i < argc; i++)
		again[i + 1] = argv[i];
	name_shim(again[1]);
	execv(again[0], (char *const *)again);
	perror(again[0]);
	exit(125);
}

static int make_dir(int at, const char *name)
{
	int fd;

	assert_true(mkdirat(at, name, 0755) == 0 || errno == EEXIST);
	fd = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void put_file(int dir, const char *path, const char *words)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, words, strlen(words)), (ssize_t)strlen(words));
	close(fd);
}

static void fill_root(int root)
{
	static const char *const dirs[] = {
		"bin", "dev", "proc", "sys", "etc", "tmp", "mnt", "root", "run"};
	static const char passwd[] =
		"root:x:0:0:root:/root:/bin/sh\nbob:x:1001:1002:Bob:/home/bob:/bin/sh\n";
	static const char group[] =
		"root:x:0:\nbobs:x:1002:\nwheel:x:10:bob\naudio:x:29:alice,bob\n";
	char command[256];

	for (size_t i = 0; i < array_len(dirs); i++)
		assert_int_equal(mkdirat(root, dirs[i], 0755), 0);
	snprintf(command, sizeof(command), "cp /bin/busybox /proc/%d/fd/%d/bin/busybox", getpid(),
		root);
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < array_len(applets); i++) {
		char name[64];

		snprintf(name, sizeof(name), "bin/%s", applets[i]);
		assert_int_equal(symlinkat("busybox", root, name), 0);
	}
	put_file(root, "etc/passwd", passwd);
	put_file(root, "etc/group", group);
	assert_int_equal(fchmodat(root, "tmp", 01777, 0), 0);
}

static void begin_roster(struct rig *rig)
{
	struct row row = {.use = ROW_USED, .state = {.status = ROW_CREATED}};

	rig->roster = memfd_create("roster", 0);
	snprintf(row.id, sizeof(row.id), "%s", rig->id);
	snprintf(row.name, sizeof(row.name), "rig%d", rig->number);
	snprintf(row.image, sizeof(row.image), "davit/demo");
	assert_int_equal(pwrite(rig->roster, &row, sizeof(row), ROW_SIZE), sizeof(row));
	rig->journal = memfd_create("journal", 0);
	fcntl(rig->journal, F_SETFL, O_APPEND);
}

struct rig *rig_new(void)
{
	static int number;
	struct rig *rig = calloc(1, sizeof(*rig));
	int base, containers, at;

	assert_non_null(rig);
	rig->number = ++number;
	rig->shim = rig->born = -1;
	rig->has_v1 = !access("/sys/fs/cgroup/unified", F_OK);
	snprintf(rig->id, sizeof(rig->id), "%064x", (unsigned)getpid() * 1000u + (unsigned)number);
	snprintf(rig->base, sizeof(rig->base), "/var/lib/davit/rigXXXXXX");
	assert_non_null(mkdtemp(rig->base));
	base = open(rig->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rig->store = make_dir(base, "store");
	rig->root = make_dir(rig->store, "layer");
	containers = make_dir(rig->store, "containers");
	rig->own = make_dir(containers, rig->id);
	close(make_dir(rig->own, "upper"));
	close(make_dir(rig->own, "work"));
	at = make_dir(base, "run");
	close(containers);
	containers = make_dir(at, "c");
	close(at);
	rig->run = make_dir(containers, rig->id);
	close(containers);
	close(base);
	fill_root(rig->root);
	begin_roster(rig);
	rig->lock = openat(rig->own, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return rig;
}

void rig_free(struct rig *rig)
{
	if (rig->born >= 0)
		close(rig->born);
	if (rig->shim >= 0) {
		struct row_state state = rig_state(rig);

		if (state.init.pid > 0) {
			int init = (int)syscall(SYS_pidfd_open, state.init.pid, 0);

			syscall(SYS_pidfd_send_signal, rig->shim, SIGKILL, NULL, 0);
			if (init >= 0)
				syscall(SYS_pidfd_send_signal, init, SIGKILL, NULL, 0);
			close(init);
		}
		syscall(SYS_pidfd_send_signal, rig->shim, SIGKILL, NULL, 0);
		waitpid(rig->shim_pid, NULL, 0);
		close(rig->shim);
	}
	close(rig->store), close(rig->run), close(rig->own), close(rig->roster),
		close(rig->journal);
	close(rig->lock), close(rig->root);
	path_remove_at(AT_FDCWD, rig->base);
	free(rig);
}

/* ---- the shim ---- */

int rig_sealed(const void *data, size_t len)
{
	int fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
	return fd;
}

static int new_trace(const struct buf *plan)
{
	const struct plan_header *head = (const void *)plan->data;
	struct trace trace = {.version = 1, .steps = head->steps};
	int fd = memfd_create("trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	memcpy(trace.magic, TRACE_MAGIC, sizeof(trace.magic));
	assert_int_equal(pwrite(fd, &trace, sizeof(trace), 0), sizeof(trace));
	assert_int_equal(ftruncate(fd, (off_t)trace_size(head->steps)), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	return fd;
}

static void become_shim(const int fds[13], const char *verb, const char *id)
{
	static char *const envp[] = {NULL};
	char *argv[] = {(char *)"davit-shim", (char *)verb, (char *)id, (char *)"1", NULL};
	const char *program = getenv("DAVIT_SHIM");
	char path[512];
	int high[13];

	for (int i = 0; i < 13; i++)
		high[i] = fcntl(fds[i], F_DUPFD, 100);
	for (int i = 0; i < 13; i++)
		dup2(high[i], i);
	syscall(SYS_close_range, 13, ~0u, 0);
	setsid();
	if (!program) {
		snprintf(path, sizeof(path), "%.*s/davit-shim", (int)strcspn(getenv("PATH"), ":"),
			getenv("PATH"));
		program = path;
	}
	execve(program, argv, envp);
	_exit(125);
}

void rig_launch_plan(
	struct rig *rig, const struct buf *plan, const char *verb, uint32_t want, const char *davit)
{
	struct wire_hello hello = {.version = WIRE_VERSION, .want = want & ~(uint32_t)RIG_NO_GO};
	int born[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int program = open(davit ? davit : "/bin/busybox", O_PATH | O_CLOEXEC);
	int fds[13] = {null, null,
		2, [3] = rig_sealed(plan->data, plan->len), [4] = new_trace(plan), [6] = rig->store,
		rig->run, rig->own, rig->roster, rig->journal, program, rig->lock};

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, born), 0);
	fds[5] = born[1];
	flock(rig->lock, LOCK_EX);
	rig->shim_pid = fork();
	if (!rig->shim_pid)
		become_shim(fds, verb, rig->id);
	assert_true(rig->shim_pid > 0);
	rig->shim = (int)syscall(SYS_pidfd_open, rig->shim_pid, 0);
	close(born[1]), close(fds[3]), close(fds[4]), close(null), close(program);
	rig->born = born[0];
	if (want)
		rig_put(rig->born, WIRE_HELLO, &hello, sizeof(hello));
	if (!(want & RIG_NO_GO))
		rig_put(rig->born, WIRE_GO, NULL, 0);
}

void rig_launch(struct rig *rig, const struct rig_spec *spec, uint32_t want)
{
	auto_buf plan = BUF_INIT;

	rig_plan(rig, spec, PLAN_CONTAINER, &plan);
	rig_launch_plan(rig, &plan, "launch", want, spec->davit);
}

int rig_connect(struct rig *rig, uint32_t want)
{
	struct wire_hello hello = {.version = WIRE_VERSION, .want = want};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct rig_frame frame;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/sock", rig->run);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	rig_put(fd, WIRE_HELLO, &hello, sizeof(hello));
	assert_true(rig_get(fd, &frame, WAIT_MS));
	assert_int_equal(frame.head.type, WIRE_WELCOME);
	return fd;
}

int rig_exec(struct rig *rig, const struct rig_spec *spec, uint32_t want, const char id[65])
{
	auto_buf plan = BUF_INIT;
	struct {
		struct wire_head head;
		struct wire_exec exec;
	} request = {.head = {.len = sizeof(struct wire_exec), .type = WIRE_EXEC},
		.exec = {.want = want}};
	int fd = rig_connect(rig, 0), fds[2];

	memcpy(request.exec.id, id, 64);
	rig_plan(rig, spec, PLAN_EXECUTION, &plan);
	fds[0] = rig_sealed(plan.data, plan.len);
	fds[1] = new_trace(&plan);
	assert_int_equal(
		parcel_send_all(fd, &request, sizeof(request), fds, 2, 0), sizeof(request));
	close(fds[0]), close(fds[1]);
	return fd;
}

/* ---- talking ---- */

void rig_put(int fd, enum wire_type type, const void *payload, size_t len)
{
	struct wire_head head = {.len = (uint32_t)len, .type = (uint16_t)type};

	assert_int_equal(send(fd, &head, sizeof(head), MSG_NOSIGNAL), sizeof(head));
	if (len)
		assert_int_equal(send(fd, payload, len, MSG_NOSIGNAL), (ssize_t)len);
}

static bool get_all(int fd, void *to, size_t len, int ms)
{
	char *at = to;

	while (len) {
		struct pollfd wait = {fd, POLLIN, 0};
		ssize_t got;

		if (poll(&wait, 1, ms) <= 0)
			return false;
		got = recv(fd, at, len, 0);
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

bool rig_get(int fd, struct rig_frame *frame, int ms)
{
	frame->head = (struct wire_head){0};
	if (!get_all(fd, &frame->head, sizeof(frame->head), ms)) {
		frame->head.type = 0;
		return false;
	}
	assert_in_range(frame->head.len, 0, WIRE_PAYLOAD_MAX);
	frame->body[frame->head.len] = '\0';
	return get_all(fd, frame->body, frame->head.len, WAIT_MS);
}

void rig_until(int fd, enum wire_type type, struct rig_frame *frame, struct buf *out)
{
	for (;;) {
		if (!rig_get(fd, frame, WAIT_MS))
			fail_msg("waited for frame %d in vain", type);
		if (frame->head.type == type)
			return;
		if (frame->head.type == WIRE_FAILED)
			fail_msg("failed: %s", frame->body + sizeof(struct wire_failed));
		if (out && (frame->head.type == WIRE_STDOUT || frame->head.type == WIRE_STDERR))
			buf_add(out, frame->body, frame->head.len);
	}
}

struct wire_exit rig_until_exit(int fd, struct buf *out)
{
	struct rig_frame frame;
	struct wire_exit result;

	rig_until(fd, WIRE_EXIT, &frame, out);
	memcpy(&result, frame.body, sizeof(result));
	return result;
}

int rig_request(struct rig *rig, int fd, enum wire_type type, const void *payload, size_t len)
{
	struct rig_frame frame;
	struct wire_done done;

	(void)rig;
	rig_put(fd, type, payload, len);
	rig_until(fd, WIRE_DONE, &frame, NULL);
	memcpy(&done, frame.body, sizeof(done));
	return done.code;
}

struct row_state rig_state(struct rig *rig)
{
	struct row row;

	do
		assert_int_equal(pread(rig->roster, &row, sizeof(row), ROW_SIZE), sizeof(row));
	while (row.state.seq != row.state.seq_end);
	return row.state;
}

void rig_until_status(struct rig *rig, enum row_status status)
{
	for (int i = 0; i < 10000 && rig_state(rig).status != status; i++)
		usleep(1000);
	assert_int_equal(rig_state(rig).status, status);
}

void rig_until_shim_gone(struct rig *rig)
{
	struct pollfd wait = {rig->shim, POLLIN, 0};

	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(waitpid(rig->shim_pid, NULL, 0), rig->shim_pid);
	close(rig->shim);
	rig->shim = -1;
}

bool rig_journal_has(struct rig *rig, const char *action)
{
	struct journal_head head;

	for (off_t at = 0; pread(rig->journal, &head, sizeof(head), at) == sizeof(head);
		at += head.len) {
		assert_int_equal(head.mark, JOURNAL_MARK);
		assert_int_equal(head.len, head.len_again);
		assert_int_equal(head.len % 8, 0);
		assert_string_equal(head.id, rig->id);
		if (!strcmp(head.action, action))
			return true;
	}
	return false;
}

void rig_read(int dir, const char *name, struct buf *out)
{
	assert_int_equal(path_read_at(dir, name, 64 << 20, out), 0);
}
