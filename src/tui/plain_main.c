/* plain_main.c - see plain_main.h. One libuv loop; lines in, lines out, and programs between. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "tui/link.h"
#include "tui/plain.h"
#include "tui/plain_main.h"

enum { LINE_MAX_LEN = 4000 };

struct reader {
	uv_loop_t uv;
	struct engine *engine;
	struct link *link;
	struct keep *keep;
	struct plain *plain;
	struct err trouble;
	uv_poll_t poll;
	uv_idle_t idle; /* where standard input is a file, which cannot be polled */
	uv_prepare_t turn;
	uv_signal_t signals[2];
	uv_process_t *process; /* the program that runs; NULL: none */
	bool polls, prompts, prompted, over;
	char line[LINE_MAX_LEN];
	size_t len;
	struct buf typed; /* what was read and is not done */
};

/* ---- saying ---- */

static void say(void *arg, const char *line)
{
	struct reader *reader = arg;

	/* What comes while somebody types begins a line of its own. */
	if (reader->prompted)
		putchar('\n');
	reader->prompted = false;
	puts(line);
}

static void prompt(struct reader *reader)
{
	if (!reader->prompts || reader->prompted || reader->process || reader->over)
		return;
	fputs(plain_prompt(reader->plain), stdout);
	fflush(stdout);
	reader->prompted = true;
}

/* ---- programs ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void on_exit_of(uv_process_t *process, int64_t code, int signal)
{
	struct reader *reader = process->data;
	char line[80];

	reader->process = NULL;
	uv_close((uv_handle_t *)process, on_closed);
	if (signal)
		snprintf(line, sizeof(line), "It was ended by signal %d.", signal);
	else
		snprintf(line, sizeof(line), code ? "It failed with code %d." : "Done.", (int)code);
	say(reader, line);
}

static void run_program(struct reader *reader, struct strs *words)
{
	uv_stdio_container_t streams[] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
		{.flags = UV_INHERIT_FD, .data.fd = 1}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
	uv_process_options_t options = {.exit_cb = on_exit_of,
		.file = "/proc/self/exe",
		.args = words->v,
		.stdio_count = 3,
		.stdio = streams};
	uv_process_t *process = calloc(1, sizeof(*process));
	int rc = process ? 0 : UV_ENOMEM;

	/* A pipe's next lines are ours, not the program's. */
	if (!reader->prompts)
		streams[0].flags = UV_IGNORE;
	fflush(stdout);
	if (rc == 0) {
		process->data = reader;
		rc = uv_spawn(&reader->uv, process, &options);
	}
	if (rc == 0) {
		reader->process = process;
		return;
	}
	if (process)
		uv_close((uv_handle_t *)process, on_closed);
	say(reader, uv_strerror(rc));
}

/* ---- reading ---- */

static void tell_time(struct reader *reader)
{
	struct timespec now, real;

	clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_REALTIME, &real);
	plain_set_time(reader->plain, now.tv_sec * 1000 + now.tv_nsec / 1000000,
		(uint64_t)real.tv_sec * 1000000000 + (uint64_t)real.tv_nsec);
}

/* The next whole line of what was typed; what is longer than any command is cut. */
static bool next_line(struct reader *reader)
{
	char *end = reader->typed.len ? memchr(reader->typed.data, '\n', reader->typed.len) : NULL;
	size_t len;

	if (!end && !(reader->over && reader->typed.len))
		return false;
	len = end ? (size_t)(end - reader->typed.data) : reader->typed.len;
	snprintf(reader->line, sizeof(reader->line), "%.*s", (int)len, reader->typed.data);
	reader->line[strcspn(reader->line, "\r")] = '\0';
	buf_drop(&reader->typed, len + (end != NULL));
	return true;
}

/* One line at a time: a program that it starts ends before the next. */
static void take_lines(struct reader *reader)
{
	auto_strs words = STRS_INIT;

	while (!reader->process && !plain_wants_to_leave(reader->plain) && next_line(reader)) {
		reader->prompted = false;
		tell_time(reader);
		plain_line(reader->plain, reader->line);
		strs_fini(&words);
		words = (struct strs)STRS_INIT;
		if (plain_take_program(reader->plain, &words))
			run_program(reader, &words);
	}
}

static void read_input(struct reader *reader)
{
	char bytes[4096];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n > 0)
		buf_add(&reader->typed, bytes, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		reader->over = true;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct reader *reader = poll->data;

	(void)events;
	if (status < 0)
		reader->over = true;
	else
		read_input(reader);
}

static void on_idle(uv_idle_t *idle)
{
	struct reader *reader = idle->data;

	read_input(reader);
	if (reader->over)
		uv_idle_stop(idle);
}

static void on_signal(uv_signal_t *handle, int signal)
{
	struct reader *reader = handle->data;

	/* Ctrl-C is the program's, while one runs. */
	if (signal == SIGINT && reader->process)
		return;
	reader->over = true;
	buf_clear(&reader->typed);
}

static void watch_input(struct reader *reader)
{
	bool wants = !reader->over && !reader->process;

	if (!reader->polls)
		return;
	if (wants)
		uv_poll_start(&reader->poll, UV_READABLE | UV_DISCONNECT, on_poll);
	else
		uv_poll_stop(&reader->poll);
}

/* ---- the turn ---- */

static void on_turn(uv_prepare_t *turn)
{
	struct reader *reader = turn->data;

	tell_time(reader);
	take_lines(reader);
	if (plain_is_stale(reader->plain))
		plain_look(reader->plain);
	if (plain_wants_to_leave(reader->plain) ||
		(reader->over && !reader->process && !reader->typed.len)) {
		uv_stop(&reader->uv);
		return;
	}
	prompt(reader);
	fflush(stdout);
	watch_input(reader);
}

/* ---- opening, closing ---- */

static void open_input(struct reader *reader)
{
	static const int caught[] = {SIGINT, SIGTERM};

	reader->prompts = isatty(STDIN_FILENO);
	reader->polls = uv_poll_init(&reader->uv, &reader->poll, STDIN_FILENO) == 0;
	uv_idle_init(&reader->uv, &reader->idle);
	uv_prepare_init(&reader->uv, &reader->turn);
	reader->poll.data = reader->idle.data = reader->turn.data = reader;
	if (!reader->polls)
		uv_idle_start(&reader->idle, on_idle);
	uv_prepare_start(&reader->turn, on_turn);
	for (size_t i = 0; i < array_len(caught); i++) {
		uv_signal_init(&reader->uv, &reader->signals[i]);
		reader->signals[i].data = reader;
		uv_signal_start(&reader->signals[i], on_signal, caught[i]);
	}
}

static void close_input(struct reader *reader)
{
	if (reader->polls)
		uv_close((uv_handle_t *)&reader->poll, NULL);
	uv_close((uv_handle_t *)&reader->idle, NULL);
	uv_close((uv_handle_t *)&reader->turn, NULL);
	for (size_t i = 0; i < array_len(reader->signals); i++)
		uv_close((uv_handle_t *)&reader->signals[i], NULL);
}

static bool open_plain(struct reader *reader, const struct engine_options *options)
{
	struct plain_options plain = {.say = say, .arg = reader};
	char host[64] = "";
	struct err err;

	if (engine_open(&reader->uv, options, &reader->engine, &reader->trouble) < 0)
		reader->engine = NULL;
	reader->link = link_new(reader->engine, &reader->uv);
	reader->keep = keep_new();
	if (!reader->link || !reader->keep)
		return false;
	if (keep_load(reader->keep, &err) < 0)
		say(reader, err.text);
	if (!reader->engine || link_follow(reader->link, &reader->trouble) < 0)
		plain.trouble = reader->trouble.text;
	gethostname(host, sizeof(host) - 1);
	plain.host = host;
	plain.world = link_world(reader->link);
	plain.keep = reader->keep;
	plain.read_only = options->read_only;
	reader->plain = plain_new(&plain);
	if (reader->plain) {
		tell_time(reader);
		plain_begin(reader->plain);
	}
	return reader->plain;
}

int plain_main(const struct engine_options *options)
{
	struct reader reader = {0};
	bool opened;

	uv_loop_init(&reader.uv);
	opened = open_plain(&reader, options);
	if (opened) {
		open_input(&reader);
		uv_run(&reader.uv, UV_RUN_DEFAULT);
		close_input(&reader);
		if (reader.prompted)
			putchar('\n');
		if (plain_running(reader.plain))
			printf("%zu keep running.\n", plain_running(reader.plain));
	} else {
		fprintf(stderr, "davit: out of memory\n");
	}
	plain_free(reader.plain);
	if (reader.link)
		link_stop(reader.link);
	uv_run(&reader.uv, UV_RUN_DEFAULT);
	link_free(reader.link);
	engine_close(reader.engine);
	keep_free(reader.keep);
	buf_fini(&reader.typed);
	uv_loop_close(&reader.uv);
	return opened ? 0 : 1;
}
