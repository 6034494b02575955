/* filter_time.c - times as people type them. See filter_private.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tui/filter_private.h"

static const uint64_t second = 1000000000;

static uint64_t unit_of(char letter)
{
	switch (letter) {
	case 's':
		return second;
	case 'm':
		return 60 * second;
	case 'h':
		return 3600 * second;
	case 'd':
		return 86400 * second;
	case 'w':
		return 7 * 86400 * second;
	default:
		return 0;
	}
}

bool filter_read_span(const char *text, size_t len, uint64_t *span_ns, uint64_t *unit_ns)
{
	uint64_t number = 0, sum = 0, unit = 0;
	bool digits = false;

	for (size_t i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			number = number * 10 + (uint64_t)(text[i] - '0');
			digits = true;
			if (number > 100000)
				return false;
			continue;
		}
		unit = unit_of(text[i]);
		if (!digits || !unit)
			return false;
		if (__builtin_add_overflow(sum, number * unit, &sum))
			return false;
		number = 0;
		digits = false;
	}
	*span_ns = sum;
	*unit_ns = unit;
	return unit && !digits;
}

static struct tm local(uint64_t ns)
{
	time_t seconds = (time_t)(ns / second);
	struct tm tm;

	localtime_r(&seconds, &tm);
	return tm;
}

static bool moment(struct tm *tm, uint64_t span_ns, struct operand *out)
{
	time_t at;

	tm->tm_isdst = -1;
	at = mktime(tm);
	if (at < 0)
		return false;
	out->how = HOW_MOMENT;
	out->time_ns = (uint64_t)at * second;
	out->span_ns = span_ns;
	return true;
}

/* "14:02" or "14:02:11" into tm; its span, or 0. */
static uint64_t read_clock(const char *text, struct tm *tm)
{
	int h, m, s, end = 0;

	if (sscanf(text, "%2d:%2d:%2d%n", &h, &m, &s, &end) == 3 && !text[end]) {
		if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
			return 0;
		tm->tm_sec = s;
	} else if (sscanf(text, "%2d:%2d%n", &h, &m, &end) == 2 && end && !text[end]) {
		if (h < 0 || h > 23 || m < 0 || m > 59)
			return 0;
		tm->tm_sec = 0;
		s = -1;
	} else {
		return 0;
	}
	tm->tm_hour = h;
	tm->tm_min = m;
	return s < 0 ? 60 * second : second;
}

static bool read_day(const char *text, struct tm *tm, int *end)
{
	int y, m, d;

	*end = 0;
	if (sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, end) != 3 || y < 1971 || m < 1 || m > 12 ||
		d < 1 || d > 31)
		return false;
	*tm = (struct tm){.tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d};
	return true;
}

bool filter_read_moment(const char *text, size_t len, uint64_t now_ns, struct operand *out)
{
	struct tm tm = local(now_ns), day;
	char copy[32];
	uint64_t span;
	int end;

	if (len == 0 || len >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	if (strcmp(copy, "today") == 0 || strcmp(copy, "yesterday") == 0) {
		day = (struct tm){.tm_year = tm.tm_year,
			.tm_mon = tm.tm_mon,
			.tm_mday = tm.tm_mday - (*copy == 'y')};
		return moment(&day, 86400 * second, out);
	}
	if (read_day(copy, &day, &end)) {
		if (!copy[end])
			return moment(&day, 86400 * second, out);
		if (copy[end] != 'T' || !(span = read_clock(copy + end + 1, &day)))
			return false;
		return moment(&day, span, out);
	}
	span = read_clock(copy, &tm);
	if (!span || !moment(&tm, span, out))
		return false;
	/* A clock ahead of now was yesterday's. */
	if (out->time_ns > now_ns && now_ns > 86400 * second) {
		tm.tm_mday--;
		return moment(&tm, span, out);
	}
	return true;
}

bool filter_read_time(const char *text, uint64_t now_ns, uint64_t *time_ns)
{
	struct operand operand = {0};
	uint64_t span, unit;

	if (filter_read_span(text, strlen(text), &span, &unit)) {
		*time_ns = span < now_ns ? now_ns - span : 0;
		return true;
	}
	if (!filter_read_moment(text, strlen(text), now_ns, &operand))
		return false;
	*time_ns = operand.time_ns;
	return true;
}
