/* meter.h - how good the way to the terminal is: a round trip, and bytes a second, each shown in
 * steps that a change is worth sending for. By value; zeroed knows nothing. */
#ifndef TUI_METER_H
#define TUI_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { METER_WINDOW_MS = 5000, METER_SLOW_MS = 150 };

struct meter {
	double rtt_ms; /* the average, 0: not known */
	uint64_t sent; /* bytes, at the beginning of the window */
	int64_t window_ms;
	int shown_rtt, shown_rate; /* ms; index of a step */
	int64_t asked_ms;          /* the first question nobody has answered; 0: none */
	bool slow;
};

/* The terminal answered after so long. */
void meter_took(struct meter *meter, double ms);
/* True: what is shown has changed. sent: bytes ever. */
bool meter_tick(struct meter *meter, uint64_t sent, int64_t now_ms);
/* When the next tick may change something; -1: never, until something is sent. */
int64_t meter_deadline(const struct meter *meter, uint64_t sent);
/* "rtt 38ms 1k/s" */
void meter_text(const struct meter *meter, char *out, size_t room);

#endif
