#include "pty_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>

#include "recorded.h"
#include "tui/custom.h"
#include "tui/loop.h"

double pty_now_ms(void)
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
	bool crash, builds;
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
	if (!child->builds)
		return;
	snprintf(line, sizeof(line),
		"job b running asked=60 steps=%d/2000 now=step -- build -t shop .",
		child->step % 2000);
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
	child->builds = strcmp(manner, "building") == 0;
	if (child->builds || strcmp(manner, "busy") == 0)
		uv_timer_start(&child->timer, on_change, 200, 20);
	if (sscanf(manner, "flood %d", &child->lines) == 1)
		uv_timer_start(&child->timer, on_flood, 200, 10);
	if (child->crash)
		uv_timer_start(&child->timer, on_change, 200, 0);
	return child;
}

/* A command of the user's: says hello, and waits for a line. */
static const char commands[] =
	"containers.Greet = terminal stty -a | grep -o ' icanon'; echo hello {{.Name}}; read line; exit 3";

int pty_child(const char *world, const char *manner)
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
	options.mouse = strcmp(manner, "mouse") == 0;
	custom_parse(commands, sizeof(commands) - 1, &options.custom, &err);
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

static void answer(void *self, const char *bytes, size_t len)
{
	struct pty *terminal = self;

	if (!terminal->mute && write(terminal->fd, bytes, len) < 0)
		terminal->ended = true;
}

struct pty *pty_open(const struct pty_scene *scene)
{
	struct winsize size = {
		.ws_col = (unsigned short)scene->width, .ws_row = (unsigned short)scene->height};
	struct pty *terminal = calloc(1, sizeof(*terminal));

	fflush(NULL);
	terminal->started_ms = pty_now_ms();
	terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
	if (terminal->pid == 0) {
		setenv("TERM", scene->term ? scene->term : "xterm-256color", 1);
		setenv("LC_ALL", scene->lang ? scene->lang : "C.UTF-8", 1);
		unsetenv("NO_COLOR");
		_exit(pty_child(scene->world, scene->manner ? scene->manner : ""));
	}
	terminal->pidfd = pidfd_open(terminal->pid, 0);
	fcntl(terminal->fd, F_SETFL, O_NONBLOCK);
	terminal->vt = vt_new(scene->width, scene->height, answer, terminal);
	terminal->grid = grid_new(scene->width, scene->height, false);
	return terminal;
}

int pty_close(struct pty *terminal)
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

double pty_pump(struct pty *terminal, double ms, bool first)
{
	double until = pty_now_ms() + ms, came = -1;
	char bytes[65536];

	while (!terminal->ended) {
		struct pollfd poll_fd = {.fd = terminal->fd, .events = POLLIN};
		double left = until - pty_now_ms();
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
		came = came < 0 ? pty_now_ms() : came;
		if (!terminal->first_ms)
			terminal->first_ms = came;
		buf_add(&terminal->bytes, bytes, (size_t)n);
		vt_feed(terminal->vt, bytes, (size_t)n);
		if (first)
			break;
	}
	return came;
}

bool pty_ends(struct pty *terminal, double patience_ms)
{
	struct pollfd ended = {.fd = terminal->pidfd, .events = POLLIN};
	double until = pty_now_ms() + patience_ms;

	while (poll(&ended, 1, terminal->ended ? 20 : 0) == 0 && pty_now_ms() < until)
		pty_pump(terminal, 100, true);
	pty_pump(terminal, 0, false);
	return ended.revents != 0;
}

void pty_press(struct pty *terminal, const char *keys)
{
	if (write(terminal->fd, keys, strlen(keys)) < 0)
		terminal->ended = true;
}

bool pty_shows(struct pty *terminal, const char *text)
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

int pty_count(const struct pty *terminal, const char *text)
{
	const char *at = buf_text(&terminal->bytes);
	int n = 0;

	while ((at = strstr(at, text))) {
		n++;
		at += strlen(text);
	}
	return n;
}

double pty_until_shows(struct pty *terminal, const char *text, double patience_ms)
{
	double until = pty_now_ms() + patience_ms, came = pty_now_ms();

	while (!pty_shows(terminal, text)) {
		if (pty_now_ms() >= until || terminal->ended)
			return -1;
		came = pty_pump(terminal, until - pty_now_ms(), true);
	}
	return came;
}

struct pty_usage pty_usage(const struct pty *terminal)
{
	struct pty_usage usage = {0};
	char path[64], line[200];
	unsigned long long ns;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", terminal->pid);
	if ((file = fopen(path, "r"))) {
		if (fscanf(file, "%llu", &ns) == 1)
			usage.cpu_ms = (double)ns / 1e6;
		fclose(file);
	}
	snprintf(path, sizeof(path), "/proc/%d/status", terminal->pid);
	if ((file = fopen(path, "r"))) {
		while (fgets(line, sizeof(line), file)) {
			sscanf(line, "VmRSS: %ld", &usage.rss_kb);
			sscanf(line, "voluntary_ctxt_switches: %ld", &usage.wakeups);
		}
		fclose(file);
	}
	return usage;
}
