#include "cli/attached.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/detach.h"
#include "cli/modes.h"
#include "cli/sink.h"
#include "cli/terminal.h"
#include "cli/watch.h"
#include "util/own.h"

/* start → started → bytes both ways → ended. Handles are closed when it ends; the loop's end gives
 * the memory back to attached_run, on whose stack this lives. */
static const int proxied[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCONT,
	SIGTSTP, SIGTTIN, SIGTTOU, SIGIO, SIGPWR};

struct attached {
	struct cli *cli;
	const struct attached_options *options;
	struct session *session;
	bool started, ended, paused, shown, by_keys, refused; /* shown: on a terminal of ours */
	int early_signal, impatience, code;
	struct detach detach;
	struct modes modes;
	struct sink out, err;
	struct watch in;
	struct watch signals;
	int signals_fd;
	sigset_t heard, unheard; /* what signals_fd takes; the mask of before */
};

/* ---- out ---- */

static void leave(struct attached *at)
{
	if (!at->ended)
		session_detach(at->session);
}

static void on_drained(void *arg)
{
	struct attached *at = arg;

	if (at->out.failed || at->err.failed) {
		leave(at);
		return;
	}
	if (!at->paused || at->ended)
		return;
	at->paused = false;
	session_pause_output(at->session, false);
}

static void on_output(void *arg, enum session_stream stream, const char *data, size_t len)
{
	struct attached *at = arg;
	struct sink *sink = stream == SESSION_STDERR ? &at->err : &at->out;

	if (at->shown)
		modes_watch(&at->modes, data, len);
	sink_put(sink, data, len);
	if (at->paused || at->ended || !sink_is_full(sink))
		return;
	at->paused = true;
	session_pause_output(at->session, true);
}

/* ---- in ---- */

static void on_typed(struct attached *at, const char *data, size_t len)
{
	auto_buf meant = BUF_INIT;
	size_t used;

	at->by_keys = detach_feed(&at->detach, data, len, &used, &meant);
	if (meant.len && !session_write(at->session, meant.data, meant.len))
		watch_switch(&at->in, false);
	if (!at->by_keys)
		return;
	watch_switch(&at->in, false);
	leave(at);
}

static void on_readable(struct watch *watch)
{
	struct attached *at = watch->arg;
	char data[16384];
	ssize_t got;

	if (!watch_is_ready(STDIN_FILENO, POLLIN))
		return;
	got = read(STDIN_FILENO, data, sizeof(data));
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		watch_switch(&at->in, false);
		session_end_input(at->session);
	} else if (at->options->tty) {
		on_typed(at, data, (size_t)got);
	} else if (!session_write(at->session, data, (size_t)got)) {
		watch_switch(&at->in, false);
	}
}

static void on_input_ready(void *arg)
{
	struct attached *at = arg;

	if (!at->by_keys)
		watch_switch(&at->in, true);
}

/* ---- signals ---- */

static void on_signal(struct attached *at, int number)
{
	unsigned rows, columns;

	if (number == SIGWINCH) {
		if (terminal_size(STDOUT_FILENO, &rows, &columns) && at->started)
			session_resize(at->session, rows, columns);
		return;
	}
	if (at->started)
		session_signal(at->session, number);
	else
		at->early_signal = number;
	if ((number != SIGINT && number != SIGTERM) || ++at->impatience < 3)
		return;
	cli_say("got 3 SIGTERM/SIGINTs, forcefully exiting");
	leave(at);
	at->refused = true;
	at->code = 1;
}

static void on_signals(struct watch *watch)
{
	struct attached *at = watch->arg;
	struct signalfd_siginfo info;

	while (!at->ended && read(at->signals_fd, &info, sizeof(info)) == sizeof(info))
		on_signal(at, (int)info.ssi_signo);
}

/* One set for all of them: a handler each is eighty system calls before a container is made. */
static void listen_all(struct attached *at)
{
	sigemptyset(&at->heard);
	if (at->options->tty)
		sigaddset(&at->heard, SIGWINCH);
	for (size_t i = 0; !at->options->tty && at->options->sig_proxy && i < array_len(proxied);
		i++)
		sigaddset(&at->heard, proxied[i]);
	at->signals_fd = signalfd(-1, &at->heard, SFD_NONBLOCK | SFD_CLOEXEC);
	if (at->signals_fd < 0 || watch_open(&at->signals, &at->cli->loop, at->signals_fd,
					  UV_READABLE, on_signals, at) != 0)
		return;
	pthread_sigmask(SIG_BLOCK, &at->heard, &at->unheard);
	watch_switch(&at->signals, true);
}

/* Signals end us again from here on, but not those that came while they were the container's. */
static void listen_no_more(struct attached *at)
{
	struct signalfd_siginfo info;

	if (!at->signals.open)
		return;
	while (read(at->signals_fd, &info, sizeof(info)) == sizeof(info))
		;
	watch_close(&at->signals);
	pthread_sigmask(SIG_SETMASK, &at->unheard, NULL);
}

/* ---- beginning and end ---- */

static void on_started(void *arg, const char *id, int pid)
{
	struct attached *at = arg;
	unsigned rows, columns;

	(void)pid;
	at->started = true;
	if (at->options->started && !at->options->started(at->options->context, id)) {
		at->refused = true;
		at->code = EXIT_TROUBLE;
		leave(at);
		return;
	}
	if (at->early_signal)
		session_signal(at->session, at->early_signal);
	/* The window may have changed since the size was asked. */
	if (at->options->tty && terminal_size(STDOUT_FILENO, &rows, &columns))
		session_resize(at->session, rows, columns);
}

static int code_of(struct attached *at, const struct session_result *result)
{
	switch (result->end) {
	case SESSION_EXITED:
		return result->exit_code;
	case SESSION_DETACHED:
		if (at->by_keys)
			output_write(STDERR_FILENO, "read escape sequence\n", 21);
		return 0;
	case SESSION_DROPPED:
		cli_say("its output was read too slowly and was left; the container goes on");
		return 1;
	default:
		cli_tell(result->err);
		if (result->end == SESSION_FAILED && result->exit_code != EXIT_TROUBLE)
			return result->exit_code;
		return at->options->trouble_code;
	}
}

static int code_of_sink(const struct sink *sink, const char *name)
{
	if (sink->failed == EPIPE)
		return 128 + SIGPIPE;
	cli_say("write to standard %s: %s", name, err_name(sink->failed));
	return 1;
}

static void close_all(struct attached *at)
{
	auto_buf undo = BUF_INIT;

	if (at->shown) {
		modes_undo(&at->modes, &undo);
		sink_put(&at->out, buf_text(&undo), undo.len);
	}
	sink_close(&at->out);
	sink_close(&at->err);
	watch_close(&at->in);
	listen_no_more(at);
	terminal_restore();
}

static void on_ended(void *arg, const struct session_result *result)
{
	struct attached *at = arg;

	at->ended = true;
	close_all(at);
	if (at->refused)
		return;
	if (at->out.failed || at->err.failed)
		at->code = at->out.failed ? code_of_sink(&at->out, "output")
					  : code_of_sink(&at->err, "error");
	else
		at->code = code_of(at, result);
}

static const struct session_events events = {
	.started = on_started,
	.output = on_output,
	.input_ready = on_input_ready,
	.ended = on_ended,
};

static bool prepare(struct attached *at)
{
	const struct attached_options *options = at->options;
	uv_loop_t *loop = &at->cli->loop;
	int failed;

	failed = sink_open(&at->out, loop, STDOUT_FILENO, on_drained, at);
	if (!failed)
		failed = sink_open(&at->err, loop, STDERR_FILENO, on_drained, at);
	/* Without a standard input there is nothing to read; that is no mistake. */
	if (!failed && options->want_stdin &&
		watch_open(&at->in, loop, STDIN_FILENO, UV_READABLE, on_readable, at) == 0)
		watch_switch(&at->in, true);
	if (!failed)
		return true;
	cli_say("standard output: %s", err_name(failed));
	return false;
}

static int begin(struct attached *at)
{
	const struct attached_options *options = at->options;
	struct session_options wanted = {
		.want_stdin = options->want_stdin,
		.want_stdout = options->want_stdout,
		.want_stderr = options->want_stderr,
	};
	struct err err;

	if (options->tty && options->want_stdin && !isatty(STDIN_FILENO)) {
		cli_say("the input device is not a TTY");
		return 1;
	}
	if (detach_init(&at->detach, options->detach_keys, &err) < 0)
		return cli_fail(&err, options->trouble_code);
	if (options->tty)
		terminal_size(STDOUT_FILENO, &wanted.rows, &wanted.columns);
	if (!prepare(at))
		return EXIT_TROUBLE;
	listen_all(at);
	if (options->tty && options->want_stdin)
		terminal_make_raw(STDIN_FILENO);
	at->shown = options->tty && isatty(STDOUT_FILENO);
	at->session = options->start(options->context, &wanted, &events, at);
	return 0;
}

int attached_run(struct cli *cli, const struct attached_options *options)
{
	struct attached *at = calloc(1, sizeof(*at));
	int code;

	if (!at)
		return options->trouble_code;
	at->cli = cli;
	at->options = options;
	at->signals_fd = -1;
	code = begin(at);
	if (!code && !at->session) {
		close_all(at);
		cli_say("out of memory");
		code = EXIT_TROUBLE;
	}
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	if (!code)
		code = at->code;
	own_closep(&at->signals_fd);
	free(at);
	return code;
}
