/* storm.c - the screen on a pseudo-terminal whose size changes: to what nobody would choose, and
 * faster than anybody can look.
 *
 * storm RESIZES: so many instead of some. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "../support/expect.h"
#include "../support/pty_rig.h"
#include "util/own.h"

enum { PATIENCE_MS = 20000 };

static void resize(struct pty *terminal, int width, int height)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	ioctl(terminal->fd, TIOCSWINSZ, &size);
	vt_resize(terminal->vt, width, height);
}

/* Sizes and keys as they may come, one after another without a pause; the same each time. */
static void a_storm_of_sizes_is_survived(int resizes)
{
	static const char *const keys[] = {"j", "k", "G", "g", "1", "2", "3", "4", "5", "6", "\r",
		"\033", "l", "i", "t", "h", "?", "/", ":", "m", " ", "[", "]", "#", "\006", "\002",
		"\f", "\033[A", "\033[6~", "\xc3\xa9", "x"};
	struct pty_scene scene = {
		.world = "restless 50", .manner = "building", .width = 80, .height = 24};
	struct pty *terminal = pty_open(&scene);
	unsigned dice = 7;

	pty_pump(terminal, 300, false);
	for (int i = 0; i < resizes && !terminal->ended; i++) {
		dice = dice * 1103515245u + 12345;
		resize(terminal, 1 + (int)(dice >> 8) % (i % 4 ? 300 : 9),
			1 + (int)(dice >> 16) % (i % 4 ? 100 : 5));
		pty_press(terminal, keys[(dice >> 12) % array_len(keys)]);
		pty_pump(terminal, (dice >> 20) % 8, false);
	}
	EXPECT(!terminal->ended, "it ended in the storm");
	resize(terminal, 80, 24);
	for (int i = 0; i < 8; i++) {
		pty_press(terminal, "\033");
		pty_pump(terminal, 100, false); /* longer than a key may follow an escape */
	}
	pty_press(terminal, "2");
	EXPECT(pty_until_shows(terminal, "2 Images", PATIENCE_MS) > 0, "80x24 is not as before");
	pty_press(terminal, "q");
	EXPECT(pty_ends(terminal, PATIENCE_MS), "it does not leave");
	EXPECT(pty_close(terminal) == 0, "it does not end well");
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	a_storm_of_sizes_is_survived(argc > 1 ? atoi(argv[1]) : 250);
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
