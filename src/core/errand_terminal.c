/* errand_terminal.c - commands of a lesson that need a terminal: the caller's, or one of their own
 * with somebody who types. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/errand.h"
#include "core/pseudo_terminal.h"
#include "core/sh.h"
#include "core/spawn.h"
#include "core/strays.h"
#include "util/own.h"

enum { QUIET_MS = 400, PATIENCE_MS = 10000 };

int errand_lend(const char *command, const struct strs *env, struct err *err)
{
	auto_strs args = STRS_INIT;
	const struct sh sh = {.script = errand_script,
		.args = &args,
		.env = env,
		.fds = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}};
	auto_close int pidfd = -1;
	int code, failed;

	strs_add(&args, command);
	failed = sh_start(&sh, &pidfd, NULL, err);
	if (!failed)
		failed = spawn_wait(pidfd, &code, err);
	return failed ? failed : code;
}

/* ---- a terminal of its own ---- */

struct typing {
	int master, pidfd;
	const char *keys; /* what is still to be typed */
	struct buf *out;
};

static void type_line(struct typing *typing)
{
	size_t len = strcspn(typing->keys, "\n");
	auto_buf bytes = BUF_INIT;
	bool only_controls = true;

	for (size_t i = 0; i < len; i++) {
		char c = typing->keys[i];

		if (c == '^' && i + 1 < len) {
			buf_addc(&bytes, (char)(typing->keys[++i] & 0x1f));
		} else {
			buf_addc(&bytes, c);
			only_controls = false;
		}
	}
	if (!only_controls)
		buf_addc(&bytes, '\r');
	if (write(typing->master, buf_text(&bytes), bytes.len) < 0)
		len = strlen(typing->keys); /* nobody is there to read the rest */
	typing->keys += len;
	typing->keys += *typing->keys == '\n';
}

static void read_some(struct typing *typing)
{
	char room[4096];
	ssize_t got = read(typing->master, room, sizeof(room));

	if (got > 0 && typing->out->len < ERRAND_OUTPUT_MAX)
		buf_add(typing->out, room, (size_t)got);
}

/* Until the command has ended. */
static int converse(struct typing *typing, struct err *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = typing->master, .events = POLLIN},
			{.fd = typing->pidfd, .events = POLLIN},
		};
		int ready = poll(fds, 2, *typing->keys ? QUIET_MS : PATIENCE_MS);

		if (ready < 0 && errno != EINTR)
			return err_sys(err, "wait for a command");
		if (ready == 0 && !*typing->keys)
			return err_set(err, ETIMEDOUT, "it did not end after the last key");
		if (fds[0].revents & POLLIN)
			read_some(typing);
		else if (fds[1].revents & POLLIN)
			return 0;
		else if (ready == 0)
			type_line(typing);
	}
}

int errand_type(const char *command, const struct strs *env, const char *keys, struct buf *out,
	struct err *err)
{
	struct typing typing = {.keys = keys, .out = out};
	auto_close int master = -1, pidfd = -1;
	char name[PSEUDO_TERMINAL_NAME];
	auto_strs args = STRS_INIT;
	const struct sh sh = {.script = errand_script, .args = &args, .env = env, .terminal = name};
	int code, leader, failed;

	strs_add(&args, command);
	master = pseudo_terminal_open(24, 80, name, err);
	failed = master < 0 ? master : sh_start(&sh, &pidfd, &leader, err);
	if (failed)
		return failed;
	typing.master = master;
	typing.pidfd = pidfd;
	failed = converse(&typing, err);
	if (failed)
		strays_signal_session(leader, SIGKILL);
	return spawn_wait(pidfd, &code, failed ? &(struct err){0} : err) < 0 || failed ? err->code
										       : code;
}
