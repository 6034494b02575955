#include "core/image/retry.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool retry_is_worth(int code)
{
	switch (code) {
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -ECONNABORTED:
	case -ETIMEDOUT:
	case -EPIPE:
	case -EAGAIN:
	case -EBUSY:
		return true;
	}
	return false;
}

bool retry_again(struct retry *retry, uint32_t random, unsigned *wait_ms)
{
	unsigned limit = RETRY_FIRST_MS << retry->failures;
	long after_s = retry->after_s;

	retry->after_s = 0;
	if (++retry->failures >= RETRY_ATTEMPTS || after_s > RETRY_AFTER_MAX_S)
		return false;
	if (limit > RETRY_LAST_MS)
		limit = RETRY_LAST_MS;
	*wait_ms = random % (limit + 1);
	if (after_s > 0)
		*wait_ms = (unsigned)after_s * 1000 + random % 250;
	return true;
}

void retry_progress(struct retry *retry)
{
	retry->failures = 0;
}

long retry_after_s(const char *value, time_t now)
{
	char *end;
	long seconds;
	time_t when;

	if (!value || !*value)
		return -1;
	if (*value >= '0' && *value <= '9') {
		errno = 0;
		seconds = strtol(value, &end, 10);
		return errno || *end != '\0' ? -1 : seconds;
	}
	when = curl_getdate(value, NULL);
	if (when < 0)
		return -1;
	return when > now ? (long)(when - now) : 0;
}
