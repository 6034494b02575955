/* tape_player.c - see tape_player.h. */
#include "cli/tape_player.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/output.h"

struct playing {
	const struct tape_manner *manner;
	bool keys;    /* there is a keyboard */
	bool shows;   /* somebody looks on: a file has no use for pauses */
	bool waits;   /* stopped by hand */
	bool hurries; /* to the next step */
	bool leaves;
};

static void on_key(struct playing *playing, char key)
{
	switch (key) {
	case ' ':
	case '\r':
		/* Where it stops by itself, a key too many is no wish to stop. */
		playing->waits = !playing->waits && !playing->manner->stops;
		break;
	case 'n':
		playing->hurries = true;
		playing->waits = false;
		break;
	case 'q':
	case 3: /* Ctrl-C: the terminal is raw */
		playing->leaves = true;
		break;
	default:
		break;
	}
}

/* For so long, or until a key says otherwise; -1: for ever. */
static void pass(struct playing *playing, int ms)
{
	struct pollfd fd = {.fd = playing->keys ? STDIN_FILENO : -1, .events = POLLIN};
	char key;

	do {
		int ready = poll(&fd, 1, playing->waits ? -1 : ms);

		if (ready < 0 && errno != EINTR)
			return;
		if (ready <= 0 && !playing->waits)
			return;
		if (fd.revents && read(STDIN_FILENO, &key, 1) == 1)
			on_key(playing, key);
		else if (fd.revents)
			playing->keys = playing->waits = false;
		if (!playing->keys)
			return;
	} while (!playing->leaves && !playing->hurries && playing->waits);
}

static void wait_between(struct playing *playing, double seconds)
{
	if (seconds > playing->manner->longest_s)
		seconds = playing->manner->longest_s;
	if (!playing->hurries && playing->shows)
		pass(playing, (int)(seconds * 1000 / playing->manner->speed));
}

/* A mark without letters is one inside a step: before what a command prints, or an answer. */
static bool begins_step(const struct tape_event *mark)
{
	return strcmp(mark->text, "$") != 0 && strcmp(mark->text, "?") != 0;
}

static void on_mark(struct playing *playing, const struct tape_event *mark, bool first)
{
	static const char prompt[] = "\033[7m Space goes on, n to the next step, q leaves \033[27m";
	static const char away[] = "\r\033[K";

	bool hurried = playing->hurries;

	if (begins_step(mark))
		playing->hurries = false;
	if (!playing->manner->stops || !playing->keys || hurried || first)
		return;
	output_write(STDOUT_FILENO, prompt, sizeof(prompt) - 1);
	playing->waits = true;
	pass(playing, -1);
	output_write(STDOUT_FILENO, away, sizeof(away) - 1);
}

int tape_play(const struct tape *tape, const struct tape_manner *manner)
{
	struct playing playing = {.manner = manner};
	size_t count, marks = 0;
	const struct tape_event *events = tape_events(tape, &count);
	double before = 0;

	playing.shows = isatty(STDOUT_FILENO);
	playing.keys = isatty(STDIN_FILENO) && terminal_make_raw(STDIN_FILENO);
	for (size_t i = 0; i < count && !playing.leaves; i++) {
		wait_between(&playing, events[i].at_s - before);
		before = events[i].at_s;
		if (events[i].kind == TAPE_MARK)
			on_mark(&playing, &events[i], marks++ == 0);
		else if (output_write(STDOUT_FILENO, events[i].text, events[i].len) < 0)
			break;
	}
	terminal_restore();
	return 0;
}
