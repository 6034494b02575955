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
	long after_s;      /* what the last refusal's Retry-After asked for; 0 or less: nothing */
};

/* Is this failure (negative errno) of the kind that passes: a lost connection, -EAGAIN for a server
 * in trouble, -EBUSY for one that wants fewer requests. */
bool retry_is_worth(int code);
/* Counts a failure. False: enough, or the server asks for more than RETRY_AFTER_MAX_S. Else
 * *wait_ms is how long to wait; `random`: any 32 random bits. after_s is used up. */
bool retry_again(struct retry *retry, uint32_t random, unsigned *wait_ms);
void retry_progress(struct retry *retry);
/* The seconds a Retry-After value asks for, from a number or an HTTP date; -1: none or malformed.
 */
long retry_after_s(const char *value, time_t now);

#endif
