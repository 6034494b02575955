/* retry.h - when to ask a server again, and how long to wait before. Pure: no clock, no socket.
 *
 * Full jitter: a random wait below a limit that doubles, so that clients a server has
 * just lost do not come back all at once. Progress starts the count anew. */
#ifndef CORE_IMAGE_RETRY_H
#define CORE_IMAGE_RETRY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { RETRY_ATTEMPTS = 6, RETRY_FIRST_MS = 250, RETRY_LAST_MS = 8000, RETRY_AFTER_MAX_S = 60 };

struct retry {
	unsigned failures; /* in a row, without progress between */
};

/* Is this failure of the kind that passes: a lost connection (code, negative errno), or the status of
 * a server in trouble. status 0: there was no answer. */
bool retry_is_worth(int code, int status);
/* Counts a failure. False: enough. Else *wait_ms is how long to wait; `after_s` is what Retry-After
 * asked for (-1: nothing) and `random` any 32 random bits. More than RETRY_AFTER_MAX_S is a refusal. */
bool retry_again(struct retry *retry, long after_s, uint32_t random, unsigned *wait_ms);
void retry_progress(struct retry *retry);
/* The seconds a Retry-After value asks for, from a number or an HTTP date; -1: none or malformed. */
long retry_after_s(const char *value, time_t now);

#endif
