/* keeper_make.c - a keeper is born.
 *
 *     we                                  the child
 *                                         unshare(user), or setns(a shim's)
 *                         <-- ready
 *     newuidmap, newgidmap
 *                         go -->
 *                                         root inside, unshare(mount), its record, exec
 *                         <-- it runs: davit-shim has said so
 *
 * Whoever of the two is killed on the way leaves nothing: the other sees its pipe end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/keeper_private.h"
#include "core/parts.h"
#include "core/subids.h"
#include "runtime/launch_keeper.h"
#include "util/own.h"
#include "util/strs.h"

enum { FDS_ABOVE = 16, SAID_MAX = 400 };

/* ---- the child ---- */

static _Noreturn void give_up(int gate, const char *at)
{
	struct keeper_answer answer = {.failed = errno ? errno : EIO};

	snprintf(answer.at, sizeof(answer.at), "%s", at);
	if (write(gate, &answer, sizeof(answer)) < 0)
		_exit(126);
	_exit(127);
}

static int place(int fd, int at)
{
	return dup2(fd, at) < 0 ? -1 : 0;
}

/* Nothing of the caller's stays: its terminal, its pipes. */
static int place_fds(int lock, int gate)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		if (place(null, fd) < 0)
			return -1;
	if (place(lock, KEEPER_FD_LOCK) < 0 || place(gate, KEEPER_FD_READY) < 0)
		return -1;
	return 0;
}

static _Noreturn void be_keeper(int gate, int lock, int shim, int program)
{
	static char *const argv[] = {(char *)"davit-shim", (char *)"keeper", NULL};
	static char *const envp[] = {NULL};
	struct keeper_answer ready = {0};
	char go;
	int failed;

	gate = fcntl(gate, F_DUPFD_CLOEXEC, FDS_ABOVE);
	lock = fcntl(lock, F_DUPFD_CLOEXEC, FDS_ABOVE);
	program = fcntl(program, F_DUPFD_CLOEXEC, FDS_ABOVE);
	if (shim >= 0 ? syscall(SYS_setns, shim, CLONE_NEWUSER) < 0
		      : syscall(SYS_unshare, CLONE_NEWUSER) < 0)
		give_up(gate, shim >= 0 ? "join your containers' user namespace"
					: "make a user namespace");
	if (write(gate, &ready, sizeof(ready)) != sizeof(ready) || read(gate, &go, 1) != 1)
		_exit(127);
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		give_up(gate, "become root of the user namespace");
	if (syscall(SYS_unshare, CLONE_NEWNS) < 0)
		give_up(gate, "make a mount namespace in your user namespace");
	setsid();
	failed = chdir("/") < 0 ? -errno : keeper_record(lock);
	if (failed) {
		errno = -failed;
		give_up(gate, "write its record");
	}
	if (place_fds(lock, gate) < 0)
		give_up(gate, "place its file descriptors");
	/* Marking them all for exec takes 5.11. */
	syscall(SYS_close_range, KEEPER_FD_READY + 1, program - 1, 0);
	syscall(SYS_close_range, program + 1, ~0u, 0);
	syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
	give_up(KEEPER_FD_READY, "start davit-shim");
}

/* ---- its maps ---- */

static void add_range(struct strs *argv, uint64_t inside, uint32_t outside, uint32_t count)
{
	strs_addf(argv, "%llu", (unsigned long long)inside);
	strs_addf(argv, "%u", outside);
	strs_addf(argv, "%u", count);
}

/* What it says on standard error becomes *said, in one line. */
static int run_helper(char *const argv[], char said[SAID_MAX])
{
	int out[2], status = 0;
	ssize_t len;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	close(out[1]);
	len = pid < 0 ? 0 : read(out[0], said, SAID_MAX - 1);
	close(out[0]);
	said[len > 0 ? len : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

static int lend(const char *program, pid_t pid, uint32_t self, const struct subids *ids,
	char said[SAID_MAX])
{
	auto_strs argv = STRS_INIT;
	uint64_t next = 1;

	strs_add(&argv, program);
	strs_addf(&argv, "%d", (int)pid);
	add_range(&argv, 0, self, 1);
	for (size_t i = 0; i < ids->len; i++) {
		add_range(&argv, next, ids->v[i].first, ids->v[i].count);
		next += ids->v[i].count;
	}
	said[0] = '\0';
	return strs_failed(&argv) ? -ENOMEM : run_helper(argv.v, said);
}

static int write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* What everybody may: the own id alone. */
static int map_self(pid_t pid, struct err *err)
{
	char text[64];
	int failed;

	snprintf(text, sizeof(text), "0 %u 1\n", (unsigned)geteuid());
	failed = write_file(pid, "uid_map", text);
	if (!failed)
		failed = write_file(pid, "setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1\n", (unsigned)getegid());
	if (!failed)
		failed = write_file(pid, "gid_map", text);
	return failed ? err_set(err, failed, "map your own id into your user namespace: %s",
				err_name(failed))
		      : 0;
}

struct wanted {
	char name[64]; /* or "" */
	struct subids users, groups;
};

/* Why the own id must do, or "". */
static int look_up(struct wanted *wanted, char *why, size_t room, struct err *err)
{
	const struct passwd *user = getpwuid(getuid());
	int failed;

	*why = '\0';
	snprintf(wanted->name, sizeof(wanted->name), "%s", user ? user->pw_name : "");
	failed = subids_read(wanted->name[0] ? wanted->name : NULL, getuid(), &wanted->users,
		&wanted->groups, err);
	if (!failed && (!wanted->users.len || !wanted->groups.len))
		snprintf(why, room,
			"/etc/sub%s has no line for %s: have root say \"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 %s\"",
			wanted->users.len ? "gid" : "uid",
			wanted->name[0] ? wanted->name : "your user",
			wanted->name[0] ? wanted->name : "USER");
	return failed;
}

static int map_all(pid_t pid, const struct wanted *wanted, char *why, size_t room)
{
	char said[SAID_MAX];
	const char *program = "newuidmap";
	int failed = lend(program, pid, getuid(), &wanted->users, said);

	if (!failed) {
		program = "newgidmap";
		failed = lend(program, pid, getgid(), &wanted->groups, said);
	}
	if (failed == -ENOENT)
		snprintf(why, room,
			"%s is not installed: have root install it (Debian's package uidmap)",
			program);
	else if (failed)
		snprintf(why, room, "%.9s refused%s%.200s", program, *said ? ": " : "", said);
	return failed;
}

/* ---- both ---- */

int keeper_refused(const char *at, int error, struct err *err)
{
	if (error == ENOSPC || error == EPERM || error == EACCES)
		return err_set(err, error,
			"%s: %s: this host does not let ordinary users have user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns): run davit with sudo, or have root allow it",
			at, err_name(error));
	return err_set(err, error, "%s: %s", at, err_name(error));
}

static int read_answer(int gate, struct err *err)
{
	struct keeper_answer answer;
	ssize_t len = read(gate, &answer, sizeof(answer));

	if (len != sizeof(answer))
		return err_set(err, EIO, "the keeper of your user namespace was killed at once");
	return answer.failed ? keeper_refused(answer.at, answer.failed, err) : 0;
}

int keeper_map_ids(pid_t pid, struct keeper *out, bool *again, struct err *err)
{
	struct wanted wanted;
	int failed = look_up(&wanted, out->why, sizeof(out->why), err);

	if (failed)
		return failed;
	if (*again || out->why[0])
		return map_self(pid, err);
	if (map_all(pid, &wanted, out->why, sizeof(out->why)) == 0)
		return 0;
	*again = true;
	return -EAGAIN;
}

static int raise_child(
	int gate, pid_t pid, int shim, struct keeper *out, bool *alone, struct err *err)
{
	int failed = read_answer(gate, err);

	if (!failed && shim < 0) {
		char why[sizeof(out->why)];
		bool was_alone = *alone;

		memcpy(why, out->why, sizeof(why));
		failed = keeper_map_ids(pid, out, alone, err);
		if (was_alone)
			memcpy(out->why, why, sizeof(why));
	}
	if (!failed && write(gate, "", 1) != 1)
		failed = err_sys(err, "the keeper of your user namespace");
	return failed ? failed : read_answer(gate, err);
}

static int bear(int lock, int shim, int program, struct keeper *out, bool *alone, struct err *err)
{
	int gate[2], failed;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate) < 0)
		return err_sys(err, "make a keeper");
	pid = fork();
	if (pid == 0) {
		close(gate[0]);
		be_keeper(gate[1], lock, shim, program);
	}
	close(gate[1]);
	failed = pid < 0 ? err_sys(err, "make a keeper")
			 : raise_child(gate[0], pid, shim, out, alone, err);
	close(gate[0]);
	if (failed && pid > 0) /* its gate is closed: it ends by itself */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return failed;
}

int keeper_make(int lock, int shim, struct keeper *out, struct err *err)
{
	struct parts *parts = NULL;
	bool alone = false;
	int failed = parts_open(&parts, err), program;

	*out = (struct keeper){0};
	if (failed)
		return failed;
	program = parts_shim(parts, err);
	failed = program < 0 ? program : bear(lock, shim, program, out, &alone, err);
	if (failed == -EAGAIN)
		failed = bear(lock, shim, program, out, &alone, err);
	parts_close(parts);
	return failed;
}
