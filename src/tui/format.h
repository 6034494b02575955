/* format.h - figures in few columns. */
#ifndef TUI_FORMAT_H
#define TUI_FORMAT_H

#include <stdint.h>

#include "tui/canvas.h"
#include "tui/model.h"

enum { FIGURE_MAX = 24, WHY_MAX = 64 };

/* "212M", "1.1G": three figures at most. */
const char *format_bytes(uint64_t bytes, char out[FIGURE_MAX]);
/* "12s", "5m", "3h", "2d" between two CLOCK_REALTIMEs. */
const char *format_age(uint64_t from_ns, uint64_t to_ns, char out[FIGURE_MAX]);
/* A moment that does not grow old on the screen: "14:02", or "20 Nov" on another day. */
const char *format_moment(uint64_t at_ns, uint64_t now_ns, char out[FIGURE_MAX]);
/* "14:02:11" */
const char *format_clock(uint64_t at_ns, char out[FIGURE_MAX]);

/* "8080>80 443 127.0.0.1:53>53/udp (9000)": of the host, then of the container where they differ;
 * what is the same for IPv4 and IPv6 once; in brackets what is exposed and not published. */
void format_ports(const struct container_port *ports, size_t count, char *out, size_t room);

/* Why it ended, in words: "killed by SIGKILL"; "" when it did not end. */
const char *format_why(const struct container *c, char out[WHY_MAX]);

/* One container's state as a sign, a word and a role: any one of them is enough. */
struct state_look {
	enum glyph glyph;
	enum role role;
	char word[FIGURE_MAX];
};
struct state_look format_state(const struct row *row, int64_t now_ms);
/* Its word in so many columns: "stopping 4/10s" becomes "stop 4/10s". Lent by *state. */
const char *format_state_in(
	const struct row *row, int64_t now_ms, int width, struct state_look *state);

#endif
