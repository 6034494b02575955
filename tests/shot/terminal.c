/* terminal.c - the program under the lens, and the emulator that stands for its terminal. */
#include <errno.h>
#include <fcntl.h>
#include <libtsm.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faint.h"
#include "shot.h"

enum { FRAME_GAP_MS = 15, HANGUP_MS = 2000 };

struct terminal {
	int fd, pidfd;
	pid_t pid;
	bool ended;
	struct tsm_screen *screen;
	struct tsm_vte *vte;
	struct faint faint;
	struct picture *picture;
};

/* The sixteen a terminal chooses itself; the emulator knows xterm's other 240. */
static const uint32_t palette[16] = {
	0x2a2f38,
	0xe06c75,
	0x8cc570,
	0xe2b865,
	0x6cb0f2,
	0xc58adf,
	0x5cc0c7,
	0xc8ccd4,
	0x7a8290,
	0xff8f98,
	0xa6e08a,
	0xf5d08a,
	0x8fc6ff,
	0xddaaf2,
	0x7fdbe2,
	0xffffff,
};

static uint32_t colour(int code, uint8_t r, uint8_t g, uint8_t b)
{
	if (code >= 0 && code < 16)
		return palette[code];
	if (code == TSM_COLOR_FOREGROUND)
		return COLOUR_FG;
	if (code == TSM_COLOR_BACKGROUND)
		return COLOUR_BG;
	return (uint32_t)r << 16 | (uint32_t)g << 8 | b;
}

static uint32_t halfway(uint32_t a, uint32_t b)
{
	return ((a & 0xfefefe) >> 1) + ((b & 0xfefefe) >> 1);
}

static int copy_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *codes, size_t len,
	unsigned width, unsigned x, unsigned y, const struct tsm_screen_attr *attr, tsm_age_t age,
	void *data)
{
	struct picture *picture = data;
	struct cell *cell = &picture->cells[y * (unsigned)picture->width + x];
	uint32_t fg = colour(attr->fccode, attr->fr, attr->fg, attr->fb);
	uint32_t bg = colour(attr->bccode, attr->br, attr->bg, attr->bb);

	(void)screen, (void)id, (void)age;
	if (attr->blink) /* faint: see faint.c */
		fg = halfway(fg, bg);
	memset(cell, 0, sizeof(*cell));
	for (size_t i = 0; i < len && i < CELL_CODES; i++)
		cell->codes[i] = codes[i];
	cell->width = (uint8_t)width;
	cell->fg = attr->inverse ? bg : fg;
	cell->bg = attr->inverse ? fg : bg;
	cell->bold = attr->bold;
	cell->italic = attr->italic;
	cell->underline = attr->underline;
	return 0;
}

const struct picture *terminal_look(struct terminal *terminal)
{
	struct picture *picture = terminal->picture;
	bool hidden = tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_HIDE_CURSOR;

	tsm_screen_draw(terminal->screen, copy_cell, picture);
	picture->cursor_x = hidden ? -1 : (int)tsm_screen_get_cursor_x(terminal->screen);
	picture->cursor_y = hidden ? -1 : (int)tsm_screen_get_cursor_y(terminal->screen);
	return picture;
}

static void on_answer(struct tsm_vte *vte, const char *bytes, size_t len, void *data)
{
	(void)vte;
	terminal_type(data, bytes, len);
}

static void on_bytes(void *self, const char *bytes, size_t len)
{
	struct terminal *terminal = self;

	tsm_vte_input(terminal->vte, bytes, len);
}

static _Noreturn void become(char *const argv[])
{
	setenv("TERM", "xterm-256color", 0);
	setenv("LC_ALL", "C.UTF-8", 1);
	execvp(argv[0], argv);
	fprintf(stderr, "shot: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool open_emulator(struct terminal *terminal, int width, int height)
{
	size_t cells = (size_t)width * (size_t)height * sizeof(struct cell);

	terminal->picture = calloc(1, sizeof(*terminal->picture) + cells);
	if (!terminal->picture || tsm_screen_new(&terminal->screen, NULL, NULL) < 0 ||
		tsm_vte_new(&terminal->vte, terminal->screen, on_answer, terminal, NULL, NULL) < 0)
		return false;
	terminal->faint.sink = on_bytes;
	terminal->faint.self = terminal;
	terminal->picture->width = width;
	terminal->picture->height = height;
	tsm_screen_set_max_sb(terminal->screen, 0);
	return tsm_screen_resize(terminal->screen, (unsigned)width, (unsigned)height) == 0;
}

struct terminal *terminal_open(int width, int height, char *const argv[])
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (!terminal || !open_emulator(terminal, width, height))
		return NULL;
	terminal->pid = forkpty(&terminal->fd, NULL, NULL, &size);
	if (terminal->pid == 0)
		become(argv);
	if (terminal->pid < 0)
		return NULL;
	terminal->pidfd = pidfd_open(terminal->pid, 0);
	fcntl(terminal->fd, F_SETFD, FD_CLOEXEC);
	return terminal;
}

int terminal_close(struct terminal *terminal)
{
	struct pollfd gone = {.fd = terminal->pidfd, .events = POLLIN};
	int status = 0;

	close(terminal->fd);
	if (poll(&gone, 1, HANGUP_MS) == 0)
		pidfd_send_signal(terminal->pidfd, SIGKILL, NULL, 0);
	waitpid(terminal->pid, &status, 0);
	close(terminal->pidfd);
	tsm_vte_unref(terminal->vte);
	tsm_screen_unref(terminal->screen);
	free(terminal->picture);
	free(terminal);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool terminal_pump(struct terminal *terminal, int ms)
{
	struct pollfd readable = {.fd = terminal->fd, .events = POLLIN};
	bool came = false;
	char bytes[65536];

	while (!terminal->ended && poll(&readable, 1, came ? FRAME_GAP_MS : ms) > 0) {
		ssize_t n = read(terminal->fd, bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			terminal->ended = true;
		else
			faint_feed(&terminal->faint, bytes, (size_t)n);
		came = true;
	}
	return came;
}

bool terminal_ended(const struct terminal *terminal)
{
	return terminal->ended;
}

bool terminal_unread(const struct terminal *terminal)
{
	int peer = ioctl(terminal->fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), left = 0;

	if (peer < 0)
		return false;
	ioctl(peer, FIONREAD, &left);
	close(peer);
	return left > 0;
}

void terminal_type(struct terminal *terminal, const char *bytes, size_t len)
{
	while (len && !terminal->ended) {
		ssize_t n = write(terminal->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			terminal->ended = true;
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
}
