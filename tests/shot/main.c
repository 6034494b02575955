/* shot WIDTHxHEIGHT COMMAND ARG... <SCRIPT - runs a program on a terminal and takes pictures of it.
 *
 *     keys KEYS      types, <Enter> <Esc> <Up> <^P> by name
 *     wait TEXT      until TEXT is on the screen
 *     gone TEXT      until it is not
 *     settle MS      until nothing has been drawn for so long
 *     until KEY TEXT presses KEY until TEXT is on the screen
 *     end            until the program ends
 *     text FILE      writes the screen down as text; - is the standard output
 *     svg FILE       as a drawing
 *
 * Nothing is waited for longer than SHOT_TIMEOUT seconds, 60 if not set. When the script ends the
 * terminal is closed. Exits with 1, the line and the screen on stderr, when a line cannot be done.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "shot.h"

enum { PATIENCE_S = 60, SIDE_MAX = 500 };

int main(int argc, char *argv[])
{
	const char *patience = getenv("SHOT_TIMEOUT");
	int width = 0, height = 0, failed;
	struct terminal *terminal;

	if (argc < 3 || sscanf(argv[1], "%dx%d", &width, &height) != 2 || width < 1 || height < 1 ||
		width > SIDE_MAX || height > SIDE_MAX) {
		fputs("usage: shot WIDTHxHEIGHT COMMAND ARG... <SCRIPT\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	terminal = terminal_open(width, height, argv + 2);
	if (!terminal) {
		fprintf(stderr, "shot: a terminal of %dx%d: %s\n", width, height, strerror(errno));
		return 1;
	}
	failed = script_run(terminal, stdin, (patience ? atoi(patience) : PATIENCE_S) * 1000);
	terminal_close(terminal);
	return failed;
}
