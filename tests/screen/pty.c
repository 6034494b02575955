/* pty.c - the screen on a real pseudo-terminal, with a terminal emulator as its reader: what it
 * costs in bytes and time, that it waits for nobody, and that it always gives the terminal back.
 *
 * The screen runs in a child over a recorded world; no engine. Figures are printed, gates are
 * tests. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "../support/recorded.h"
#include "tui/loop.h"
#include "tui/vt.h"

static int passed, failed;

#define EXPECT(condition, ...)                                                                     \
	do {                                                                                       \
		if (condition) {                                                                   \
			passed++;                                                                  \
		} else {                                                                           \
			failed++;                                                                  \
			printf("  FAIL %s: %s: ", __func__, #condition);                           \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- the child: the screen ---- */

struct child {
	struct recorded *recorded;
	struct app *app;
	uv_timer_t timer;
	int step;
	int lines; /* a hundredth of a second, of a log that nobody can read */
	bool crash;
};

/* Lines of 40 to 100 bytes that have little in common with the one before. */
static void on_flood(uv_timer_t *timer)
{
	static const char *const words[] = {"upstream", "timed out", "while reading", "GET /orders",
		"retry", "worker", "checkpoint", "accepted", "200 in", "closed by peer"};
	struct child *child = timer->data;
	char line[160];
	size_t at;

	for (int i = 0; i < child->lines; i++, child->step++) {
		unsigned mix = (unsigned)child->step * 2654435761u;

		at = (size_t)snprintf(line, sizeof(line), "log c001 out %u ", mix % 1000000);
		for (unsigned n = 3 + mix % 7; n > 0; n--, mix = mix * 1103515245u + 12345)
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s %u ",
				words[mix / 65536 % array_len(words)], mix % 97);
		recorded_tell(child->recorded, line);
	}
}

static void on_change(uv_timer_t *timer)
{
	struct child *child = timer->data;
	char line[80];

	if (child->crash)
		raise(SIGSEGV);
	snprintf(line, sizeof(line), "log c001 out line %d of a busy container", child->step++);
	recorded_tell(child->recorded, line);
	snprintf(line, sizeof(line), "container c002 running restarts=%d", child->step);
	recorded_tell(child->recorded, line);
}

static struct child *child_new(uv_loop_t *uv, const char *world, const char *manner)
{
	struct child *child = calloc(1, sizeof(*child));

	child->recorded = recorded_new();
	recorded_tell(child->recorded, world);
	child->crash = strcmp(manner, "crash") == 0;
	uv_timer_init(uv, &child->timer);
	child->timer.data = child;
	if (strcmp(manner, "busy") == 0)
		uv_timer_start(&child->timer, on_change, 200, 20);
	if (sscanf(manner, "flood %d", &child->lines) == 1)
		uv_timer_start(&child->timer, on_flood, 200, 10);
	if (child->crash)
		uv_timer_start(&child->timer, on_change, 200, 0);
	return child;
}

static int run_child(const char *world, const char *manner)
{
	struct app_options options = {.host = "ops1"};
	struct screen_look wish = {.no_color = strcmp(manner, "mono") == 0};
	struct loop_parts parts = {0};
	struct child *child;
	struct loop *loop;
	struct err err;
	uv_loop_t uv;

	setlocale(LC_CTYPE, "");
	uv_loop_init(&uv);
	child = child_new(&uv, world, manner);
	options.world = recorded_world(child->recorded);
	options.keymap = keymap_new();
	parts.uv = &uv;
	parts.world = options.world;
	parts.app = child->app = app_new(&options);
	if (tty_open(&parts.tty, &err) < 0 ||
		screen_open(parts.tty, &wish, &parts.screen, &err) < 0 ||
		loop_open(&parts, &loop, &err) < 0) {
		fprintf(stderr, "davit: %s\n", err.text);
		return 3;
	}
	loop_run(loop);
	screen_free(parts.screen);
	tty_free(parts.tty);
	return 0;
}

/* ---- the parent: a terminal ---- */

struct terminal {
	int fd, pidfd;
	pid_t pid;
	struct vt *vt;
	struct grid *grid;
	bool mute; /* answers no question */
	bool ended;
	struct buf bytes; /* since last cleared */
	double started_ms, first_ms;
};

static void answer(void *self, const char *bytes, size_t len)
{
	struct terminal *terminal = self;

	if (!terminal->mute && write(terminal->fd, bytes, len) < 0)
		terminal->ended = true;
}

struct scene {
	const char *world, *manner, *term, *lang;
	int width, height;
};

static struct terminal *open_terminal(const struct scene *scene)
{
	struct winsize size = {
		.ws_col = (unsigned short)scene->width, .ws_row = (unsigned short)scene->height};
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	fflush(NULL);
	terminal->started_ms = now_ms();
	terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
	if (terminal->pid == 0) {
		setenv("TERM", scene->term ? scene->term : "xterm-256color", 1);
		setenv("LC_ALL", scene->lang ? scene->lang : "C.UTF-8", 1);
		unsetenv("NO_COLOR");
		_exit(run_child(scene->world, scene->manner ? scene->manner : ""));
	}
	terminal->pidfd = pidfd_open(terminal->pid, 0);
	fcntl(terminal->fd, F_SETFL, O_NONBLOCK);
	terminal->vt = vt_new(scene->width, scene->height, answer, terminal);
	terminal->grid = grid_new(scene->width, scene->height, false);
	return terminal;
}

static int close_terminal(struct terminal *terminal)
{
	int status = 0;

	close(terminal->fd);
	waitpid(terminal->pid, &status, 0);
	close(terminal->pidfd);
	vt_free(terminal->vt);
	grid_free(terminal->grid);
	buf_fini(&terminal->bytes);
	free(terminal);
	return status;
}

/* Reads for ms, or until something came when `first`; the time of the first byte, or -1. */
static double pump(struct terminal *terminal, double ms, bool first)
{
	double until = now_ms() + ms, came = -1;
	char bytes[65536];

	while (!terminal->ended) {
		struct pollfd poll_fd = {.fd = terminal->fd, .events = POLLIN};
		double left = until - now_ms();
		ssize_t n;

		if (left <= 0 || poll(&poll_fd, 1, (int)left + 1) < 0)
			break;
		n = read(terminal->fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0) {
			terminal->ended = true;
			break;
		}
		came = came < 0 ? now_ms() : came;
		if (!terminal->first_ms)
			terminal->first_ms = came;
		buf_add(&terminal->bytes, bytes, (size_t)n);
		vt_feed(terminal->vt, bytes, (size_t)n);
		if (first)
			break;
	}
	return came;
}

static void press(struct terminal *terminal, const char *keys)
{
	if (write(terminal->fd, keys, strlen(keys)) < 0)
		terminal->ended = true;
}

static bool shows(struct terminal *terminal, const char *text)
{
	auto_buf screen = BUF_INIT;

	grid_resize(terminal->grid, vt_width(terminal->vt), vt_height(terminal->vt));
	vt_paint(terminal->vt, canvas_all(terminal->grid), true);
	for (int y = 0; y < grid_height(terminal->grid); y++) {
		grid_row_text(terminal->grid, y, &screen);
		buf_addc(&screen, '\n');
	}
	return strstr(buf_text(&screen), text) != NULL;
}

static int count(const struct terminal *terminal, const char *text)
{
	const char *at = buf_text(&terminal->bytes);
	int n = 0;

	while ((at = strstr(at, text))) {
		n++;
		at += strlen(text);
	}
	return n;
}

/* ---- costs ---- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void starting_moving_and_resting_are_cheap(int width, int height)
{
	struct scene scene = {.world = "resting 50", .width = width, .height = height};
	struct terminal *terminal = open_terminal(&scene);
	enum { MOVES = 30 };
	double latency[MOVES];
	size_t start_bytes, idle_bytes, move_bytes;

	pump(terminal, 2600, false); /* past the first statistics */
	start_bytes = terminal->bytes.len;
	EXPECT(shows(terminal, "c001"), "no container is on the screen");
	buf_clear(&terminal->bytes);
	for (int i = 0; i < MOVES; i++) {
		double pressed = now_ms();

		press(terminal, i < 20 ? "j" : "k");
		latency[i] = pump(terminal, 1000, true) - pressed;
		pump(terminal, 230, false);
	}
	move_bytes = terminal->bytes.len / MOVES;
	pump(terminal, 2500, false);
	buf_clear(&terminal->bytes);
	pump(terminal, 4500, false);
	idle_bytes = terminal->bytes.len;
	qsort(latency, MOVES, sizeof(latency[0]), compare_doubles);
	printf("  %dx%d: first byte %.1f ms, start %zu B, move %zu B, key to byte p50 %.2f p95 %.2f ms, "
	       "idle %zu B\n",
		width, height, terminal->first_ms - terminal->started_ms, start_bytes, move_bytes,
		latency[MOVES / 2], latency[MOVES * 95 / 100], idle_bytes);
	EXPECT(terminal->first_ms - terminal->started_ms < 100, "first byte after %.1f ms",
		terminal->first_ms - terminal->started_ms);
	EXPECT(start_bytes <= (width > 120 ? 16000 : 8000), "%zu bytes", start_bytes);
	EXPECT(move_bytes <= (width > 120 ? 600 : 400), "%zu bytes", move_bytes);
	EXPECT(latency[MOVES / 2] < 5, "%.2f ms", latency[MOVES / 2]);
	EXPECT(idle_bytes == 0, "%zu bytes: %.200s", idle_bytes, buf_text(&terminal->bytes) + 1);
	press(terminal, "q");
	pump(terminal, 1000, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "q does not leave");
}

/* lines: a hundredth of a second. */
static void a_log_that_pours_is_followed_for_few_bytes(int lines, size_t most)
{
	char manner[20];
	struct scene scene = {.world = "many 3", .manner = manner, .width = 120, .height = 40};
	struct terminal *terminal;
	enum { MOVES = 30, SECONDS = 4 };
	double latency[MOVES];
	size_t bytes;

	snprintf(manner, sizeof(manner), "flood %d", lines);
	terminal = open_terminal(&scene);
	pump(terminal, 300, false);
	press(terminal, "l");
	pump(terminal, 1000, false);
	EXPECT(shows(terminal, "worker"), "the log does not grow on the screen");
	buf_clear(&terminal->bytes);
	pump(terminal, SECONDS * 1000, false);
	bytes = terminal->bytes.len / SECONDS;
	for (int i = 0; i < MOVES; i++) {
		double pressed = now_ms();

		press(terminal, i % 2 ? "t" : "w");
		latency[i] = pump(terminal, 1000, true) - pressed;
		pump(terminal, 53, false);
	}
	qsort(latency, MOVES, sizeof(latency[0]), compare_doubles);
	printf("  %d lines/s at 120x40: %zu B/s, key to byte p50 %.2f p95 %.2f ms\n", lines * 100,
		bytes, latency[MOVES / 2], latency[MOVES * 95 / 100]);
	EXPECT(bytes <= most, "%zu bytes a second", bytes);
	EXPECT(latency[MOVES / 2] < 16, "%.2f ms", latency[MOVES / 2]);
	press(terminal, "qq");
	pump(terminal, 1000, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "q does not leave");
}

/* ---- a reader that stops ---- */

static void a_stalled_reader_is_never_more_than_two_frames_behind(void)
{
	struct scene scene = {.world = "many 50", .manner = "busy", .width = 120, .height = 40};
	struct terminal *terminal = open_terminal(&scene);
	struct timespec stall = {.tv_sec = 3};
	int frames;

	pump(terminal, 1000, false);
	EXPECT(shows(terminal, "busy container"), "the log does not grow on the screen");
	buf_clear(&terminal->bytes);
	for (int i = 0; i < 8; i++)
		press(terminal, "j");
	nanosleep(&stall, NULL);
	/* What had been sent meanwhile, before any answer of ours can bring a new frame. */
	terminal->mute = true;
	pump(terminal, 300, false);
	frames = count(terminal, "\033[5n");
	printf("  stalled for 3 s: %d frames behind, %zu B\n", frames, terminal->bytes.len);
	EXPECT(frames <= 2, "%d frames", frames);
	terminal->mute = false;
	for (int i = 0; i < frames; i++)
		answer(terminal, "\033[0n", 4);
	buf_clear(&terminal->bytes);
	pump(terminal, 500, false);
	EXPECT(count(terminal, "\033[5n") > 0, "it does not go on");
	press(terminal, "q");
	pump(terminal, 500, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "it does not leave");
}

static void a_terminal_that_answers_nothing_is_served_all_the_same(void)
{
	struct scene scene = {.world = "many 3", .manner = "busy", .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);

	terminal->mute = true;
	pump(terminal, 1500, false);
	EXPECT(count(terminal, "\033[5n") == 1, "%d questions", count(terminal, "\033[5n"));
	buf_clear(&terminal->bytes);
	pump(terminal, 500, false);
	EXPECT(terminal->bytes.len > 100, "the log stands still");
	press(terminal, "q");
	pump(terminal, 800, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "it does not leave");
}

/* ---- giving the terminal back ---- */

static void it_ends_clean(const char *manner, int signal, int expected)
{
	struct scene scene = {.world = "many 3", .manner = manner, .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);
	struct termios before, after;
	int status;

	tcgetattr(terminal->fd, &before);
	pump(terminal, 150, false);
	if (signal)
		pidfd_send_signal(terminal->pidfd, signal, NULL, 0);
	pump(terminal, 800, false);
	EXPECT(count(terminal, "\033[?1049l") == 1, "%s: the alternate screen stays", manner);
	EXPECT(tcgetattr(terminal->fd, &after) == 0 && after.c_lflag == before.c_lflag &&
			after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag,
		"%s: the modes stay raw", manner);
	status = close_terminal(terminal);
	EXPECT(expected ? WIFSIGNALED(status) && WTERMSIG(status) == expected : WIFEXITED(status),
		"%s: status %x", manner, status);
}

static void stop_and_continue_repaint(void)
{
	struct scene scene = {.world = "many 3", .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);
	int status = 0;

	pump(terminal, 300, false);
	press(terminal, "\032");
	pump(terminal, 400, false);
	waitpid(terminal->pid, &status, WUNTRACED | WNOHANG);
	EXPECT(WIFSTOPPED(status), "^Z does not stop it");
	EXPECT(count(terminal, "\033[?1049l") == 1, "stopped with the alternate screen on");
	buf_clear(&terminal->bytes);
	pidfd_send_signal(terminal->pidfd, SIGCONT, NULL, 0);
	pump(terminal, 500, false);
	EXPECT(count(terminal, "\033[?1049h") == 1 && shows(terminal, "c001"),
		"it does not come back");
	press(terminal, "q");
	pump(terminal, 500, false);
	close_terminal(terminal);
}

static void resize(struct terminal *terminal, int width, int height)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	ioctl(terminal->fd, TIOCSWINSZ, &size);
	vt_resize(terminal->vt, width, height);
}

static void every_size_is_survived(void)
{
	static const int sizes[][2] = {
		{1, 1}, {2, 1}, {1, 50}, {300, 1}, {7, 3}, {40, 10}, {500, 200}, {80, 24}};
	struct scene scene = {.world = "many 50", .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);

	pump(terminal, 300, false);
	for (size_t i = 0; i < array_len(sizes); i++) {
		resize(terminal, sizes[i][0], sizes[i][1]);
		pump(terminal, 120, false);
		press(terminal, "jjl");
		pump(terminal, 120, false);
		press(terminal, "?");
		pump(terminal, 120, false);
		press(terminal, "qq");
		pump(terminal, 120, false);
		EXPECT(!terminal->ended, "gone at %dx%d", sizes[i][0], sizes[i][1]);
	}
	EXPECT(shows(terminal, "50 containers"), "80x24 is not as before");
	press(terminal, "q");
	pump(terminal, 500, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "it does not leave");
}

/* ---- terminals of all kinds ---- */

static void a_terminal_of_no_use_is_one_sentence(const char *term, const char *says)
{
	struct scene scene = {.world = "many 3", .term = term, .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);

	pump(terminal, 1000, false);
	EXPECT(strstr(buf_text(&terminal->bytes), says), "it says: %s", buf_text(&terminal->bytes));
	EXPECT(count(terminal, "\n") == 1 && count(terminal, "\033") == 0, "more than a sentence");
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 3, "no error");
}

static void it_is_readable_on(const char *term, const char *lang)
{
	struct scene scene = {
		.world = "many 9", .term = term, .lang = lang, .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);

	pump(terminal, 400, false);
	press(terminal, "j");
	pump(terminal, 300, false);
	EXPECT(shows(terminal, "> "), "%s: no cursor", term);
	EXPECT(shows(terminal, "c009"), "%s: no row", term);
	EXPECT(shows(terminal, "started worker 2"), "%s: no log", term);
	press(terminal, "q");
	pump(terminal, 500, false);
	EXPECT(WEXITSTATUS(close_terminal(terminal)) == 0, "%s: it does not leave", term);
}

static void without_colour_no_colour_is_sent(void)
{
	struct scene scene = {.world = "many 9", .manner = "mono", .width = 80, .height = 24};
	struct terminal *terminal = open_terminal(&scene);

	pump(terminal, 400, false);
	for (char colour = '0'; colour < '8'; colour++) {
		char sgr[] = {'[', '3', colour, 'm', 0}, sgr_next[] = {';', '3', colour, 'm', 0};

		EXPECT(count(terminal, sgr) + count(terminal, sgr_next) == 0, "colour %c", colour);
	}
	press(terminal, "q");
	pump(terminal, 500, false);
	close_terminal(terminal);
}

/* pty child WORLD MANNER: only the screen, on this terminal; for looking at it, and for pictures.
 */
int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "child") == 0)
		return run_child(argv[2], argv[3]);
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	starting_moving_and_resting_are_cheap(80, 24);
	starting_moving_and_resting_are_cheap(120, 40);
	starting_moving_and_resting_are_cheap(200, 60);
	a_log_that_pours_is_followed_for_few_bytes(1, 10000);
	a_log_that_pours_is_followed_for_few_bytes(20, 20000);
	a_stalled_reader_is_never_more_than_two_frames_behind();
	a_terminal_that_answers_nothing_is_served_all_the_same();
	it_ends_clean("", SIGTERM, 0);
	it_ends_clean("", SIGHUP, 0);
	it_ends_clean("crash", 0, SIGSEGV);
	stop_and_continue_repaint();
	every_size_is_survived();
	a_terminal_of_no_use_is_one_sentence("dumb", "cannot move its cursor");
	a_terminal_of_no_use_is_one_sentence("no-such-terminal", "is unknown");
	it_is_readable_on("xterm-256color", "C.UTF-8");
	it_is_readable_on("screen-256color", "C.UTF-8");
	it_is_readable_on("linux", "C.UTF-8");
	it_is_readable_on("xterm", "C");
	it_is_readable_on("vt100", "C");
	without_colour_no_colour_is_sent();
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
