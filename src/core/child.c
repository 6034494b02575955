#include "core/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "core/parts.h"
#include "core/spawn.h"
#include "util/own.h"

enum { NOTICE_MS = 50, GRACE_NS = 2000000000, LINE_MAX_LEN = 8192 };

extern char **environ; /* proxies and registry credentials are the user's */

/* One of its two streams, in lines. */
struct lines {
	int fd;
	char text[LINE_MAX_LEN];
	size_t len;
};

struct running {
	const struct child *child;
	int pidfd;
	struct lines out, err;
	char last[sizeof(((struct err *)0)->text)]; /* line of its standard error */
	uint64_t heard_ns, interrupted_ns;
};

static void start_lines(struct lines *lines, int fd)
{
	lines->fd = fd;
	lines->len = 0;
}

static void on_line(struct running *running, struct lines *lines)
{
	lines->text[lines->len] = '\0';
	lines->len = 0;
	if (lines == &running->err) {
		if (*lines->text)
			snprintf(running->last, sizeof(running->last), "%.499s", lines->text);
	} else if (running->child->line) {
		running->child->line(running->child->arg, lines->text);
	}
}

static void read_lines(struct running *running, struct lines *lines)
{
	char data[4096];
	ssize_t got = read(lines->fd, data, sizeof(data));

	if (got < 0 && errno == EINTR)
		return;
	for (ssize_t i = 0; i < got; i++) {
		if (data[i] == '\n' || lines->len + 1 == sizeof(lines->text))
			on_line(running, lines);
		if (data[i] != '\n')
			lines->text[lines->len++] = data[i];
	}
	if (got > 0) {
		running->heard_ns = timing_now();
		return;
	}
	if (lines->len)
		on_line(running, lines);
	own_closep(&lines->fd);
	lines->fd = -1;
}

static int start(struct engine *engine, struct running *running, struct err *err)
{
	auto_strs args = STRS_INIT, env = STRS_INIT;
	int out[2], said[2], fds[3] = {running->child->in, -1, -1};
	struct spawn spawn = {.fds = fds, .fd_count = 3, .cgroup_fd = -1, .session = true};
	int failed;

	strs_add(&args, "davit");
	strs_addf(&args, "--root=%s", store_root(engine->store));
	strs_addf(&args, "--run-root=%s", store_run_root(engine->store));
	for (const char *const *word = running->child->args; *word; word++)
		strs_add(&args, *word);
	for (char **at = environ; *at; at++)
		strs_add(&env, *at);
	for (size_t i = 0; running->child->env && i < running->child->env->len; i++)
		strs_set_env(&env, running->child->env->v[i]);
	if (strs_failed(&args) || strs_failed(&env))
		return err_set(err, ENOMEM, "start davit: out of memory");
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, "start davit");
	start_lines(&running->out, out[0]);
	fds[1] = out[1];
	failed = pipe2(said, O_CLOEXEC) < 0 ? err_sys(err, "start davit") : 0;
	if (!failed) {
		start_lines(&running->err, said[0]);
		fds[2] = said[1];
		spawn.argv = (const char *const *)args.v;
		spawn.envp = (const char *const *)env.v;
		spawn.program_fd = parts_self(engine->parts, err);
		failed = spawn.program_fd < 0 ? spawn.program_fd
					      : groups_for_monitors(engine, &spawn, err);
		if (!failed)
			failed = spawn_start(&spawn, &running->pidfd, NULL, err);
	}
	own_closep(&fds[1]);
	own_closep(&fds[2]);
	return failed;
}

static void interrupt(struct running *running)
{
	bool again = running->interrupted_ns != 0;

	if (again && timing_now() - running->interrupted_ns < GRACE_NS)
		return;
	if (!again)
		running->interrupted_ns = timing_now();
	syscall(SYS_pidfd_send_signal, running->pidfd, again ? SIGKILL : SIGINT, NULL, 0);
}

static bool is_silent(const struct running *running)
{
	return running->child->silence_s &&
	       timing_now() - running->heard_ns > running->child->silence_s * 1000000000ull;
}

/* Until both its streams have ended. True: it was told to stop. */
static bool follow(struct running *running, bool *silent)
{
	const struct child *child = running->child;
	bool stopped = false;

	running->heard_ns = timing_now();
	while (running->out.fd >= 0 || running->err.fd >= 0) {
		struct pollfd both[] = {{.fd = running->out.fd, .events = POLLIN},
			{.fd = running->err.fd, .events = POLLIN}};

		*silent = *silent || is_silent(running);
		if (*silent || (child->canceled && atomic_load(child->canceled))) {
			stopped = true;
			interrupt(running);
		}
		if (poll(both, 2, NOTICE_MS) <= 0)
			continue;
		if (both[0].revents)
			read_lines(running, &running->out);
		if (both[1].revents)
			read_lines(running, &running->err);
	}
	return stopped;
}

static const char *without_prefix(const char *text)
{
	return strncmp(text, "davit: ", 7) == 0 ? text + 7 : text;
}

int child_run(struct engine *engine, const struct child *child, struct err *err)
{
	auto_free struct running *running = calloc(1, sizeof(*running));
	bool silent = false, stopped = false;
	int code = 0, failed;

	if (!running)
		return err_set(err, ENOMEM, "start davit: out of memory");
	running->child = child;
	running->pidfd = running->out.fd = running->err.fd = -1;
	failed = start(engine, running, err);
	if (!failed) {
		stopped = follow(running, &silent);
		failed = spawn_wait(running->pidfd, &code, err);
	}
	own_closep(&running->pidfd);
	own_closep(&running->out.fd);
	own_closep(&running->err.fd);
	if (failed)
		return failed;
	if (silent)
		return err_set(err, ETIMEDOUT, "%s %s: nothing came for %u s", child->args[0],
			child->args[1] ? child->args[1] : "", child->silence_s);
	if (stopped)
		return err_set(err, ECANCELED, "canceled");
	return code ? err_set(err, EIO, "%.480s",
			      *running->last ? without_prefix(running->last) : "davit failed")
		    : 0;
}
