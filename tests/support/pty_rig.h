/* pty_rig.h - the screen in a process of its own, on a pseudo-terminal, over a recorded world; and
 * the terminal at its other end, which is an emulator (tui/vt.h). */
#ifndef SUPPORT_PTY_RIG_H
#define SUPPORT_PTY_RIG_H

#include <stdbool.h>
#include <sys/types.h>

#include "tui/grid.h"
#include "tui/vt.h"
#include "util/buf.h"

/* world: what recorded_tell is told. manner: "busy", "building", "crash", "mono", "mouse", "flood LINES" a
 * hundredth of a second, or NULL. */
struct pty_scene {
	const char *world, *manner, *term, *lang;
	int width, height;
};

/* The terminal's end. */
struct pty {
	int fd, pidfd;
	pid_t pid;
	struct vt *vt;
	struct grid *grid;
	bool mute; /* answers no question */
	bool ended;
	struct buf bytes; /* since last cleared */
	double started_ms, first_ms;
};

struct pty *pty_open(const struct pty_scene *scene);
int pty_close(struct pty *terminal); /* the screen's wait status; waits for its end */
/* The screen alone, on this terminal; its exit code. */
int pty_child(const char *world, const char *manner);

double pty_now_ms(void); /* CLOCK_MONOTONIC */
/* Reads for ms, or until something came when `first`; the time of the first byte, or -1. */
double pty_pump(struct pty *terminal, double ms, bool first);
/* The process has ended, of itself. */
bool pty_ends(struct pty *terminal, double patience_ms);
void pty_press(struct pty *terminal, const char *keys);
bool pty_shows(struct pty *terminal, const char *text);
/* When a text was on the screen; -1: it did not come. */
double pty_until_shows(struct pty *terminal, const char *text, double patience_ms);
/* How often something is in the bytes since they were cleared. */
int pty_count(const struct pty *terminal, const char *text);

/* What the screen's process has used: all of its one thread. */
struct pty_usage {
	double cpu_ms;
	long wakeups, rss_kb;
};

struct pty_usage pty_usage(const struct pty *terminal);

#endif
