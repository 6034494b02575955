/* lesson_run.c - commands of a lesson, in its corner, waited for. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_player.h"
#include "cli/output.h"
#include "util/own.h"

struct waiting {
	struct buf *out;
	bool shows, interrupted;
	int exit_code;
	uv_signal_t interrupt;
};

static void on_output(void *arg, const char *bytes, size_t len)
{
	struct waiting *waiting = arg;

	if (waiting->shows)
		output_write(STDOUT_FILENO, bytes, len);
}

static void on_done(void *arg, const struct errand_result *result)
{
	struct waiting *waiting = arg;

	uv_close((uv_handle_t *)&waiting->interrupt, NULL);
	waiting->exit_code = result->exit_code;
	if (waiting->out)
		buf_add(waiting->out, result->output, result->len);
}

/* Ctrl-C is for the command, and never the end of the lesson's corner. */
static void on_interrupt(uv_signal_t *signal, int number)
{
	struct waiting *waiting = container_of(signal, struct waiting, interrupt);

	(void)number;
	waiting->interrupted = true;
	errand_cancel(signal->data);
}

static volatile sig_atomic_t asked; /* Ctrl-C while nothing was run */

static void at_prompt(int number)
{
	(void)number;
	asked = 1;
}

/* Programs that are started get their own. */
void lesson_hear_interrupts(void)
{
	const struct sigaction action = {.sa_handler = at_prompt};

	sigaction(SIGINT, &action, NULL);
}

/* Blocked but for the moment of waiting: none comes between the look and the wait. */
bool lesson_await_input(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	while (!asked && ppoll(&input, 1, NULL, &before) < 0 && errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!asked)
		return true;
	asked = 0;
	return false;
}

int lesson_run(struct cli *cli, const struct corner *corner, const char *command, bool shows,
	struct buf *out, struct err *err)
{
	static const struct errand_events events = {.output = on_output, .done = on_done};
	struct waiting waiting = {.out = out, .shows = shows};
	auto_strs env = STRS_INIT;
	struct errand *errand;
	int failed;

	corner_environment(corner, &env);
	failed = errand_start(cli->engine, command, &env, &events, &waiting, &errand, err);
	if (failed)
		return failed;
	uv_signal_init(&cli->loop, &waiting.interrupt);
	waiting.interrupt.data = errand;
	uv_signal_start(&waiting.interrupt, on_interrupt, SIGINT);
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	lesson_hear_interrupts();
	if (waiting.interrupted)
		return err_set(err, EINTR, "interrupted");
	return waiting.exit_code;
}

int lesson_lend(const struct corner *corner, const char *command, struct err *err)
{
	auto_strs env = STRS_INIT;
	int code;

	corner_environment(corner, &env);
	code = errand_lend(command, &env, err);
	asked = 0; /* it was typed to the program */
	return code;
}

int lesson_type(const struct corner *corner, const struct lesson_item *item, struct buf *out,
	struct err *err)
{
	auto_strs env = STRS_INIT;

	corner_environment(corner, &env);
	return errand_type(item->text, &env, item->keys, out, err);
}

/* What it says goes into one sentence: its first line, which is that of whatever failed. */
int lesson_open(struct cli *cli, struct corner **out, struct err *err)
{
	auto_buf said = BUF_INIT;
	int code;

	if (corner_open(cli->engine, out, err) < 0)
		return err->code;
	code = lesson_run(cli, *out, CORNER_PREPARE, false, &said, err);
	if (code > 0) {
		const char *text = buf_text(&said), *at = strstr(text, "davit: ");

		at = at ? at + strlen("davit: ") : text;
		err_set(err, EPERM, "%.*s", (int)strcspn(at, "\n"), at);
	}
	if (code) {
		corner_close(*out, &(struct err){0});
		*out = NULL;
	}
	return code ? err->code : 0;
}
