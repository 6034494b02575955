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

#include "../support/expect.h"
#include "../support/pty_rig.h"
#include "../support/recorded.h"
#include "util/own.h"

/* ---- costs ---- */

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Shadow memory is part of a process's, and every access costs more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* What is slower than this waits for a clock or for somebody else's reading; a busy machine alone
 * is not that slow. What it really takes is printed, and measured by `make bench`. */
#define FROZEN_MS 500

static double percentile(double *values, size_t count, int percent)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return values[(count - 1) * (size_t)percent / 100];
}

/* Whatever a key or a signal brings is waited for so long at most; what is not to come, for as long as
 * the test says. */
#define PATIENCE_MS 20000

static bool sees(struct pty *terminal, const char *text)
{
	return pty_until_shows(terminal, text, PATIENCE_MS) >= 0;
}

/* So many of them have been sent. */
static bool gets(struct pty *terminal, const char *bytes, int n)
{
	double until = pty_now_ms() + PATIENCE_MS;

	while (pty_count(terminal, bytes) < n && pty_now_ms() < until && !terminal->ended)
		pty_pump(terminal, 100, true);
	return pty_count(terminal, bytes) == n;
}

/* So many bytes, whatever they are. */
static bool gets_more(struct pty *terminal, size_t bytes)
{
	double until = pty_now_ms() + PATIENCE_MS;

	while (terminal->bytes.len <= bytes && pty_now_ms() < until && !terminal->ended)
		pty_pump(terminal, 100, true);
	return terminal->bytes.len > bytes;
}

static bool ends(struct pty *terminal)
{
	return pty_ends(terminal, PATIENCE_MS);
}

static void leave(struct pty *terminal, const char *what)
{
	bool left;
	int status;

	pty_press(terminal, "q");
	left = ends(terminal);
	status = pty_close(terminal); /* which hangs up on one that is still there */
	EXPECT(left && WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: q does not leave", what);
}

/* One that has its rows on the screen in time; a busy machine may take long once, a clock that is
 * waited for every time. */
static struct pty *started(const struct pty_scene *scene, double *painted)
{
	for (int tries = 1;; tries++) {
		struct pty *terminal = pty_open(scene);

		EXPECT(sees(terminal, "c001"), "no container is on the screen");
		*painted = pty_now_ms() - terminal->started_ms;
		if (*painted < FROZEN_MS || tries == 3)
			return terminal;
		leave(terminal, "slow to start");
	}
}

static void starting_moving_and_resting_are_cheap(int width, int height)
{
	struct pty_scene scene = {.world = "resting 50", .width = width, .height = height};
	enum { MOVES = 20 };
	double latency[MOVES], painted;
	struct pty *terminal = started(&scene, &painted);
	size_t start_bytes, idle_bytes, move_bytes;

	pty_pump(terminal, 4600,
		false); /* past the second statistics, which make the first figures */
	start_bytes = terminal->bytes.len;
	EXPECT(pty_shows(terminal, "c001"), "no container is on the screen");
	buf_clear(&terminal->bytes);
	for (int i = 0; i < MOVES; i++) {
		double pressed = pty_now_ms();

		pty_press(terminal, i < 14 ? "j" : "k");
		latency[i] = pty_pump(terminal, 1000, true) - pressed;
		pty_pump(terminal, 230, false);
	}
	move_bytes = terminal->bytes.len / MOVES;
	pty_pump(terminal, 2500, false);
	buf_clear(&terminal->bytes);
	pty_pump(terminal, 4500, false);
	idle_bytes = terminal->bytes.len;
	printf("  %dx%d: rows painted after %.1f ms, start %zu B, move %zu B, key to byte p50 %.2f "
	       "p95 %.2f ms, idle %zu B\n",
		width, height, painted, start_bytes, move_bytes, percentile(latency, MOVES, 50),
		percentile(latency, MOVES, 95), idle_bytes);
	EXPECT(painted < FROZEN_MS, "rows painted after %.1f ms", painted);
	EXPECT(start_bytes <= (width > 120 ? 16000 : 8000), "%zu bytes", start_bytes);
	EXPECT(move_bytes <= 400, "%zu bytes", move_bytes);
	EXPECT(percentile(latency, MOVES, 50) < FROZEN_MS, "%.2f ms",
		percentile(latency, MOVES, 50));
	EXPECT(idle_bytes == 0, "%zu bytes: %.200s", idle_bytes, buf_text(&terminal->bytes) + 1);
	leave(terminal, "resting");
}

/* While every figure moves and a log grows fifty times a second; "building": and a build tells how
 * far it is as often. */
static void keys_are_answered_at_once_while_all_moves(
	const char *world, const char *manner, int keys)
{
	struct pty_scene scene = {.world = world, .manner = manner, .width = 120, .height = 40};
	struct pty *terminal = pty_open(&scene);
	double *latency = calloc((size_t)keys, sizeof(*latency));

	EXPECT(sees(terminal, "busy container"), "%s: nothing moves", world);
	for (int i = 0; i < keys; i++) {
		double pressed;

		pty_pump(terminal, 37 + i * 13 % 40, false); /* off the beat of any clock */
		pressed = pty_now_ms();
		pty_press(terminal, i % 20 < 12 ? "j" : "k");
		latency[i] = pty_pump(terminal, 1000, true) - pressed;
	}
	printf("  %s, %s: key to byte p50 %.2f p99 %.2f ms, RSS %.1f MB\n", world, manner,
		percentile(latency, (size_t)keys, 50), percentile(latency, (size_t)keys, 99),
		(double)pty_usage(terminal).rss_kb / 1024);
	EXPECT(percentile(latency, (size_t)keys, 50) < FROZEN_MS, "%.2f ms",
		percentile(latency, (size_t)keys, 50));
	free(latency);
	if (strcmp(manner, "building") == 0)
		EXPECT(sees(terminal, "build shop"), "no build is told of");
	leave(terminal, world);
}

struct idling {
	const char *what, *world, *keys;
	int seconds;
	double bytes_s, wakeups_s; /* at most */
};

/* What it costs to be looked at, and not to be. */
static void resting_costs_no_more_than_what_moves(
	const struct idling *idling, int width, int height)
{
	struct pty_scene scene = {.world = idling->world, .width = width, .height = height};
	struct pty *terminal = pty_open(&scene);
	struct pty_usage before, after;
	double bytes_s, wakeups_s, cpu;

	EXPECT(sees(terminal, "Containers"), "%s: nothing is on the screen", idling->what);
	pty_press(terminal, idling->keys);
	pty_pump(terminal, 5600,
		false); /* whatever a key began, a sentence shown for 5 s too, is over */
	buf_clear(&terminal->bytes);
	before = pty_usage(terminal);
	pty_pump(terminal, idling->seconds * 1000, false);
	after = pty_usage(terminal);
	bytes_s = (double)terminal->bytes.len / idling->seconds;
	wakeups_s = (double)(after.wakeups - before.wakeups) / idling->seconds;
	cpu = (after.cpu_ms - before.cpu_ms) / idling->seconds / 10;
	printf("  %s, %dx%d: %.0f B/s, %.2f wake-ups/s, CPU %.3f %%, RSS %.1f MB\n", idling->what,
		width, height, bytes_s, wakeups_s, cpu, (double)after.rss_kb / 1024);
	EXPECT(bytes_s <= idling->bytes_s, "%s: %.0f B/s", idling->what, bytes_s);
	EXPECT(wakeups_s <= idling->wakeups_s, "%s: %.2f wake-ups a second", idling->what,
		wakeups_s);
	if (SANITIZED) {
		printf("  %s: neither its CPU nor its RSS is held to a limit: the sanitizer's are in them\n",
			idling->what);
	} else {
		EXPECT(cpu < 1, "%s: CPU %.3f %%", idling->what, cpu);
		EXPECT(after.rss_kb < 12 << 10, "%s: RSS %ld KB", idling->what, after.rss_kb);
	}
	leave(terminal, idling->what);
}

static void being_idle_is_free(int seconds)
{
	/* A sampling interval is two seconds; what was sent may be answered for: one more. */
	const struct idling idle[] = {
		{"nothing runs", "container old exited", "", seconds, 0, 0},
		{"statistics hidden", "restless 50", "2", seconds, 0, 0},
		{"50 at rest", "resting 50", "", seconds, 0, 0.75},
		{"50, all moving", "restless 50", "", seconds, 900, 1.75},
	};

	for (size_t i = 0; i < array_len(idle); i++)
		resting_costs_no_more_than_what_moves(&idle[i], 120, 40);
	resting_costs_no_more_than_what_moves(&idle[3], 80, 24);
	resting_costs_no_more_than_what_moves(
		&(struct idling){"50, all moving", "restless 50", "", seconds, 1400, 1.75}, 200,
		60);
}

/* ---- a line of 64 kbit/s and 90 ms each way ---- */

enum { LINE_BYTES_MS = 8, LINE_DELAY_MS = 90, CHUNK_MS = 10 };

struct chunk {
	double due_ms;
	size_t len;
	char bytes[LINE_BYTES_MS * CHUNK_MS];
};

/* What left the screen arrives later, and no faster than the line takes it. */
static void pump_slowly(struct pty *terminal, double ms)
{
	static struct chunk line[LINE_DELAY_MS / CHUNK_MS + 2];
	static size_t first, count; /* what is on its way stays so between two calls */
	double until = pty_now_ms() + ms;

	while (pty_now_ms() < until && !terminal->ended) {
		struct timespec tick = {.tv_nsec = CHUNK_MS * 1000000};
		struct chunk *chunk = &line[(first + count) % array_len(line)];
		ssize_t n = count < array_len(line) - 1
				    ? read(terminal->fd, chunk->bytes, sizeof(chunk->bytes))
				    : -1;

		if (n > 0) {
			chunk->len = (size_t)n;
			chunk->due_ms = pty_now_ms() + LINE_DELAY_MS;
			count++;
		}
		while (count && line[first].due_ms <= pty_now_ms()) {
			buf_add(&terminal->bytes, line[first].bytes, line[first].len);
			vt_feed(terminal->vt, line[first].bytes, line[first].len);
			first = (first + 1) % array_len(line);
			count--;
		}
		nanosleep(&tick, NULL);
	}
}

static bool sees_slowly(struct pty *terminal, const char *text)
{
	double until = pty_now_ms() + PATIENCE_MS;

	while (!pty_shows(terminal, text) && pty_now_ms() < until && !terminal->ended)
		pump_slowly(terminal, 100);
	return pty_shows(terminal, text);
}

static void a_slow_line_is_late_by_a_round_trip_and_never_by_a_queue(void)
{
	struct pty_scene scene = {
		.world = "restless 50", .manner = "busy", .width = 120, .height = 40};
	struct pty *terminal = pty_open(&scene);
	int unsent = 0;

	pump_slowly(terminal, 4000);
	EXPECT(sees_slowly(terminal, "c001"), "nothing is on the screen");
	for (int i = 0; i < 6; i++) {
		pty_press(terminal, "j");
		pump_slowly(terminal, 250);
	}
	EXPECT(sees_slowly(terminal, "> \u25cf c007"), "the cursor is not where it was moved to");
	ioctl(terminal->fd, FIONREAD, &unsent);
	printf("  64 kbit/s, 90 ms: %d B wait after 6 moves\n", unsent);
	EXPECT(unsent < 4096, "%d bytes wait", unsent);
	leave(terminal, "slow line");
}

/* lines: a hundredth of a second. */
static void a_log_that_pours_is_followed_for_few_bytes(int lines, size_t most)
{
	char manner[20];
	struct pty_scene scene = {.world = "many 3", .manner = manner, .width = 120, .height = 40};
	struct pty *terminal;
	enum { MOVES = 30, SECONDS = 4 };
	double latency[MOVES];
	size_t bytes;

	snprintf(manner, sizeof(manner), "flood %d", lines);
	terminal = pty_open(&scene);
	EXPECT(sees(terminal, "Containers"), "nothing is on the screen");
	pty_press(terminal, "l");
	EXPECT(sees(terminal, "follow on") && sees(terminal, "worker"),
		"the log does not grow on the screen");
	pty_pump(terminal, 1000, false);
	buf_clear(&terminal->bytes);
	pty_pump(terminal, SECONDS * 1000, false);
	bytes = terminal->bytes.len / SECONDS;
	for (int i = 0; i < MOVES; i++) {
		double pressed = pty_now_ms();

		pty_press(terminal, i % 2 ? "t" : "w");
		latency[i] = pty_pump(terminal, 1000, true) - pressed;
		pty_pump(terminal, 53, false);
	}
	qsort(latency, MOVES, sizeof(latency[0]), compare_doubles);
	printf("  %d lines/s at 120x40: %zu B/s, key to byte p50 %.2f p95 %.2f ms\n", lines * 100,
		bytes, latency[MOVES / 2], latency[MOVES * 95 / 100]);
	EXPECT(bytes <= most, "%zu bytes a second", bytes);
	EXPECT(latency[MOVES / 2] < FROZEN_MS, "%.2f ms", latency[MOVES / 2]);
	pty_press(terminal, "q");
	leave(terminal, "a log");
}

/* ---- a reader that stops ---- */

static void a_stalled_reader_is_never_more_than_two_frames_behind(int seconds)
{
	struct pty_scene scene = {.world = "many 50", .manner = "busy", .width = 120, .height = 40};
	struct pty *terminal = pty_open(&scene);
	struct timespec stall = {.tv_sec = seconds};
	int frames;

	EXPECT(sees(terminal, "busy container"), "the log does not grow on the screen");
	buf_clear(&terminal->bytes);
	for (int i = 0; i < 8; i++)
		pty_press(terminal, "j");
	nanosleep(&stall, NULL);
	/* What had been sent meanwhile, before any answer of ours can bring a new frame. */
	terminal->mute = true;
	pty_pump(terminal, 300, false);
	frames = pty_count(terminal, "\033[5n");
	printf("  stalled for %d s: %d frames behind, %zu B\n", seconds, frames,
		terminal->bytes.len);
	EXPECT(frames <= 2, "%d frames", frames);
	terminal->mute = false;
	for (int i = 0; i < frames; i++)
		pty_press(terminal, "\033[0n");
	buf_clear(&terminal->bytes);
	gets(terminal, "\033[5n", 1);
	EXPECT(pty_count(terminal, "\033[5n") > 0, "it does not go on");
	leave(terminal, "stalled");
}

static void a_terminal_that_answers_nothing_is_served_all_the_same(void)
{
	struct pty_scene scene = {.world = "many 3", .manner = "busy", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	terminal->mute = true;
	EXPECT(sees(terminal, "busy container"), "the log does not grow on the screen");
	pty_pump(terminal, 1500, false);
	EXPECT(pty_count(terminal, "\033[5n") == 1, "%d questions", pty_count(terminal, "\033[5n"));
	buf_clear(&terminal->bytes);
	EXPECT(gets_more(terminal, 100), "the log stands still");
	leave(terminal, "without answers");
}

/* ---- giving the terminal back ---- */

/* Those of a terminal that nobody has touched: once the screen was started, it may have its own. */
static struct termios fresh_modes(void)
{
	struct termios modes = {0};
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	EXPECT(fd >= 0 && tcgetattr(fd, &modes) == 0, "no terminal to compare with");
	close(fd);
	return modes;
}

static void it_ends_clean(const char *manner, int signal, int expected)
{
	struct pty_scene scene = {.world = "many 3", .manner = manner, .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);
	struct termios before = fresh_modes(), after;
	int status;

	EXPECT(gets(terminal, "\033[?1049h", 1), "%s: nothing is on the screen", manner);
	if (signal)
		pidfd_send_signal(terminal->pidfd, signal, NULL, 0);
	EXPECT(ends(terminal), "%s: it goes on", manner);
	EXPECT(pty_count(terminal, "\033[?1049l") == 1, "%s: the alternate screen stays", manner);
	EXPECT(tcgetattr(terminal->fd, &after) == 0 && after.c_lflag == before.c_lflag &&
			after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag,
		"%s: the modes stay raw", manner);
	status = pty_close(terminal);
	EXPECT(expected ? WIFSIGNALED(status) && WTERMSIG(status) == expected : WIFEXITED(status),
		"%s: status %x", manner, status);
}

static void a_program_has_the_terminal_and_gives_it_back(void)
{
	struct pty_scene scene = {.world = "many 3", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "c003"), "nothing is on the screen");
	pty_press(terminal, "!\r");
	EXPECT(gets(terminal, "\033[?1049l", 1) && sees(terminal, "hello c001"),
		"the program is not seen");
	EXPECT(pty_shows(terminal, "icanon"), "its terminal is raw");
	buf_clear(&terminal->bytes);
	pty_press(terminal, "\003"); /* it is the program's, and ends it alone */
	EXPECT(sees(terminal, "Enter returns to davit"), "it does not say how to come back");
	pty_press(terminal, "\r");
	EXPECT(gets(terminal, "\033[?1049h", 1) && sees(terminal, "Containers") &&
			sees(terminal, "ended"),
		"the screen does not come back");
	leave(terminal, "after a program");
}

static void what_is_copied_goes_to_the_terminal_and_nothing_else_does(void)
{
	struct pty_scene scene = {.world = "many 3", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "c003"), "nothing is on the screen");
	pty_press(terminal, "jj");
	EXPECT(sees(terminal, "> \u25cf c003"), "the cursor does not move");
	EXPECT(pty_count(terminal, "\033]52") == 0, "copied without being asked");
	pty_press(terminal, "y");
	EXPECT(gets(terminal, "\033]52;c;YzAwMw==\a", 1), "c003 is not copied");
	EXPECT(sees(terminal, "Copied the name, 4 bytes"), "it does not say what it copied");
	leave(terminal, "what is copied");
}

static void the_mouse_is_the_terminals_unless_it_is_wanted(void)
{
	struct pty_scene scene = {.world = "many 3", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "c001"), "nothing is on the screen");
	EXPECT(pty_count(terminal, "\033[?1000h") == 0, "the mouse is taken");
	leave(terminal, "without a mouse");
	scene.manner = "mouse";
	terminal = pty_open(&scene);
	EXPECT(sees(terminal, "c001"), "nothing is on the screen");
	EXPECT(gets(terminal, "\033[?1000h\033[?1006h", 1), "the mouse is not taken");
	EXPECT(pty_count(terminal, "\033[?1002h") + pty_count(terminal, "\033[?1003h") == 0,
		"moving is reported");
	pty_press(terminal, "\033[<0;10;5M\033[<0;10;5m");
	EXPECT(sees(terminal, "> ● c002"), "a click selects nothing");
	pty_press(terminal, "q");
	EXPECT(ends(terminal) && pty_count(terminal, "\033[?1000l") >= 1, "the mouse is kept");
	pty_close(terminal);
}

/* The terminal answers each frame 250 ms late, as one far away does. */
static void a_slow_line_is_noticed_and_said(void)
{
	struct pty_scene scene = {.world = "many 3", .manner = "busy", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	terminal->mute = true;
	for (double until = pty_now_ms() + PATIENCE_MS;
		!pty_shows(terminal, "rtt ") && pty_now_ms() < until;) {
		pty_pump(terminal, 250, false);
		for (int asked = pty_count(terminal, "\033[5n"); asked > 0; asked--)
			pty_press(terminal, "\033[0n");
		buf_clear(&terminal->bytes);
	}
	EXPECT(pty_shows(terminal, "rtt "), "the corner says nothing");
	leave(terminal, "a slow line");
}

static void stop_and_continue_repaint(void)
{
	struct pty_scene scene = {.world = "many 3", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);
	int status = 0;

	EXPECT(sees(terminal, "c001"), "nothing is on the screen");
	pty_press(terminal, "\032");
	EXPECT(gets(terminal, "\033[?1049l", 1), "stopped with the alternate screen on");
	for (double until = pty_now_ms() + PATIENCE_MS;
		waitpid(terminal->pid, &status, WUNTRACED | WNOHANG) == 0 && pty_now_ms() < until;)
		pty_pump(terminal, 20, true);
	EXPECT(WIFSTOPPED(status), "^Z does not stop it");
	buf_clear(&terminal->bytes);
	pidfd_send_signal(terminal->pidfd, SIGCONT, NULL, 0);
	EXPECT(gets(terminal, "\033[?1049h", 1) && sees(terminal, "c001"), "it does not come back");
	leave(terminal, "stopped");
}

static void resize(struct pty *terminal, int width, int height)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	ioctl(terminal->fd, TIOCSWINSZ, &size);
	vt_resize(terminal->vt, width, height);
}

static void every_size_is_survived(void)
{
	static const int sizes[][2] = {
		{1, 1}, {2, 1}, {1, 50}, {300, 1}, {7, 3}, {40, 10}, {500, 200}, {80, 24}};
	struct pty_scene scene = {.world = "many 50", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "50 containers"), "nothing is on the screen");
	for (size_t i = 0; i < array_len(sizes); i++) {
		resize(terminal, sizes[i][0], sizes[i][1]);
		pty_pump(terminal, 120, false);
		pty_press(terminal, "jjl");
		pty_pump(terminal, 120, false);
		pty_press(terminal, "?");
		pty_pump(terminal, 120, false);
		pty_press(terminal, "qq");
		pty_pump(terminal, 120, false);
		EXPECT(!terminal->ended, "gone at %dx%d", sizes[i][0], sizes[i][1]);
	}
	EXPECT(sees(terminal, "50 containers"), "80x24 is not as before");
	leave(terminal, "all sizes");
}

/* ---- terminals of all kinds ---- */

static void a_terminal_of_no_use_is_one_sentence(const char *term, const char *says)
{
	struct pty_scene scene = {.world = "many 3", .term = term, .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	ends(terminal);
	EXPECT(strstr(buf_text(&terminal->bytes), says), "it says: %s", buf_text(&terminal->bytes));
	EXPECT(pty_count(terminal, "\n") == 1 && pty_count(terminal, "\033") == 0,
		"more than a sentence");
	EXPECT(WEXITSTATUS(pty_close(terminal)) == 3, "no error");
}

static void it_is_readable_on(const char *term, const char *lang)
{
	struct pty_scene scene = {
		.world = "many 9", .term = term, .lang = lang, .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "c009"), "%s: no row", term);
	pty_press(terminal, "j");
	EXPECT(sees(terminal, "> "), "%s: no cursor", term);
	EXPECT(sees(terminal, "started worker 2"), "%s: no log", term);
	leave(terminal, term);
}

static void without_colour_no_colour_is_sent(void)
{
	struct pty_scene scene = {.world = "many 9", .manner = "mono", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);

	EXPECT(sees(terminal, "c009") && sees(terminal, "started worker"), "no row");
	for (char colour = '0'; colour < '8'; colour++) {
		char sgr[] = {'[', '3', colour, 'm', 0}, sgr_next[] = {';', '3', colour, 'm', 0};

		EXPECT(pty_count(terminal, sgr) + pty_count(terminal, sgr_next) == 0, "colour %c",
			colour);
	}
	leave(terminal, "without colour");
}

/* pty child WORLD MANNER: only the screen, on this terminal; for looking at it, and for pictures.
 * pty thorough: every figure measured for long, as the budget has it. */
int main(int argc, char **argv)
{
	bool thorough = argc == 2 && strcmp(argv[1], "thorough") == 0;

	if (argc == 4 && strcmp(argv[1], "child") == 0)
		return pty_child(argv[2], argv[3]);
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	starting_moving_and_resting_are_cheap(80, 24);
	starting_moving_and_resting_are_cheap(120, 40);
	starting_moving_and_resting_are_cheap(200, 60);
	keys_are_answered_at_once_while_all_moves("restless 50", "building", thorough ? 200 : 40);
	keys_are_answered_at_once_while_all_moves("restless 1000", "busy", thorough ? 200 : 40);
	being_idle_is_free(thorough ? 30 : 4);
	a_slow_line_is_late_by_a_round_trip_and_never_by_a_queue();
	a_stalled_reader_is_never_more_than_two_frames_behind(thorough ? 30 : 3);
	a_log_that_pours_is_followed_for_few_bytes(1, 10000);
	a_log_that_pours_is_followed_for_few_bytes(20, 20000);
	a_terminal_that_answers_nothing_is_served_all_the_same();
	it_ends_clean("", SIGTERM, 0);
	it_ends_clean("", SIGHUP, 0);
	it_ends_clean("busy", SIGTERM, 0); /* in the middle of a frame, as likely as not */
	it_ends_clean("crash", 0, SIGSEGV);
	stop_and_continue_repaint();
	a_program_has_the_terminal_and_gives_it_back();
	what_is_copied_goes_to_the_terminal_and_nothing_else_does();
	the_mouse_is_the_terminals_unless_it_is_wanted();
	a_slow_line_is_noticed_and_said();
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
