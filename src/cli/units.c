#include "cli/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/own.h"
#include "util/strs.h"
#include "util/size.h"

#define SECOND UINT64_C(1000000000)

uint64_t units_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

int units_bytes(const char *text, int64_t *bytes, struct err *err)
{
	return size_bytes(text, bytes, err);
}

int units_swap(const char *text, int64_t *bytes, struct err *err)
{
	*bytes = -1;
	return strcmp(text, "-1") == 0 ? 0 : units_bytes(text, bytes, err);
}

int units_cpus(const char *text, int64_t *nano_cpus, struct err *err)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || strspn(text, "0123456789.eE+-/") != strlen(text))
		return err_set(err, EINVAL, "failed to parse %s as a rational number", text);
	if (value > 1e9 || value < -1e9)
		return err_set(err, EINVAL, "value is too large");
	*nano_cpus = (int64_t)(value * 1e9 + (value < 0 ? -0.5 : 0.5));
	if (fabs((double)*nano_cpus - value * 1e9) > 1e-3)
		return err_set(err, EINVAL, "value is too precise");
	return 0;
}

static bool duration_unit(const char **at, double *scale)
{
	static const struct {
		const char *name;
		double scale;
	} units[] = {
		{"ns", 1},
		{"us", 1e3},
		{"µs", 1e3},
		{"ms", 1e6},
		{"s", 1e9},
		{"m", 60e9},
		{"h", 3600e9},
	};

	for (size_t i = 0; i < array_len(units); i++) {
		size_t len = strlen(units[i].name);
		char after = strncmp(*at, units[i].name, len) == 0 ? (*at)[len] : 'x';

		if (after && !isdigit((unsigned char)after) && after != '.')
			continue;
		*at += len;
		*scale = units[i].scale;
		return true;
	}
	return false;
}

int units_duration(const char *text, int64_t *nanoseconds, struct err *err)
{
	const char *at = text + (*text == '-' || *text == '+');
	double total = 0, scale;

	if (strcmp(at, "0") == 0) {
		*nanoseconds = 0;
		return 0;
	}
	do {
		size_t digits = strspn(at, "0123456789.");
		char *end;
		double value = strtod(at, &end);

		if (digits == 0 || end != at + digits)
			return err_set(err, EINVAL, "time: invalid duration \"%s\"", text);
		at = end;
		if (!*at)
			return err_set(err, EINVAL, "time: missing unit in duration \"%s\"", text);
		if (!duration_unit(&at, &scale))
			return err_set(err, EINVAL, "time: unknown unit in duration \"%s\"", text);
		total += value * scale;
	} while (*at && total < 9e18);
	if (total >= 9e18)
		return err_set(err, EINVAL, "time: invalid duration \"%s\"", text);
	*nanoseconds = (int64_t)(*text == '-' ? -total : total);
	return 0;
}

static bool read_digits(const char **at, int count, int *out)
{
	*out = 0;
	for (; count; count--, (*at)++) {
		if (!isdigit((unsigned char)**at))
			return false;
		*out = *out * 10 + (**at - '0');
	}
	return true;
}

/* "15", "15:04", "15:04:05" or "15:04:05.000", after the "T". */
static bool read_clock(const char **at, struct tm *tm, uint64_t *fraction)
{
	uint64_t scale = SECOND / 10;

	if (!read_digits(at, 2, &tm->tm_hour))
		return false;
	if (**at == ':' && ((*at)++, !read_digits(at, 2, &tm->tm_min)))
		return false;
	if (**at == ':' && ((*at)++, !read_digits(at, 2, &tm->tm_sec)))
		return false;
	if (**at != '.')
		return true;
	for ((*at)++; isdigit((unsigned char)**at); (*at)++, scale /= 10)
		*fraction += (uint64_t)(**at - '0') * scale;
	return true;
}

/* "Z", "+02:00" or nothing (local time). */
static bool read_zone(const char *at, struct tm *tm, time_t *out)
{
	int hours, minutes, sign = *at == '-' ? -1 : 1;

	if (!*at) {
		tm->tm_isdst = -1;
		*out = mktime(tm);
		return true;
	}
	*out = timegm(tm);
	if (strcmp(at, "Z") == 0)
		return true;
	if (*at != '+' && *at != '-')
		return false;
	at++;
	if (!read_digits(&at, 2, &hours) || *at++ != ':' || !read_digits(&at, 2, &minutes) || *at)
		return false;
	*out -= sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool read_rfc3339(const char *at, uint64_t *out)
{
	struct tm tm = {.tm_mday = 1};
	uint64_t fraction = 0;
	time_t seconds;

	if (!read_digits(&at, 4, &tm.tm_year) || *at++ != '-' || !read_digits(&at, 2, &tm.tm_mon) ||
		*at++ != '-' || !read_digits(&at, 2, &tm.tm_mday))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 || tm.tm_mday > 31)
		return false;
	if (*at == 'T' && (at++, !read_clock(&at, &tm, &fraction)))
		return false;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 || !read_zone(at, &tm, &seconds))
		return false;
	*out = (uint64_t)seconds * SECOND + fraction;
	return seconds >= 0;
}

static bool read_seconds(const char *at, uint64_t *out)
{
	uint64_t scale = SECOND / 10;
	char *end;

	if (!isdigit((unsigned char)*at))
		return false;
	errno = 0;
	*out = strtoull(at, &end, 10);
	if (errno || *out > UINT64_MAX / SECOND - 1)
		return false;
	*out *= SECOND;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++, scale /= 10)
			*out += (uint64_t)(*end - '0') * scale;
	return !*end;
}

int units_time(const char *text, uint64_t now_ns, uint64_t *out_ns, struct err *err)
{
	int64_t before;

	if (read_seconds(text, out_ns) || read_rfc3339(text, out_ns))
		return 0;
	if (units_duration(text, &before, NULL) < 0)
		return err_set(err, EINVAL,
			"failed to parse \"%s\" as a time, a duration or seconds", text);
	*out_ns = before > 0 && (uint64_t)before > now_ns ? 0 : now_ns - (uint64_t)before;
	return 0;
}

/* Three digits at base 1000, four at 1024; 999.6 kB is 1 MB and not docker's 1e+03kB. */
static void put_scaled(
	struct buf *out, double size, double base, const char *const *names, int last)
{
	int i = 0;

	while (size >= (base == 1000 ? 999.5 : base) && i < last) {
		size /= base;
		i++;
	}
	buf_addf(out, "%.*g%s", base == 1000 ? 3 : 4, size, names[i]);
}

void units_put_size(struct buf *out, uint64_t bytes)
{
	static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

	put_scaled(out, (double)bytes, 1000, names, 6);
}

void units_put_memory(struct buf *out, uint64_t bytes)
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

	put_scaled(out, (double)bytes, 1024, names, 6);
}

void units_put_ago(struct buf *out, uint64_t then_ns, uint64_t now_ns)
{
	uint64_t seconds = now_ns > then_ns ? (now_ns - then_ns) / SECOND : 0;
	uint64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600;

	if (seconds < 1)
		buf_adds(out, "Less than a second");
	else if (seconds == 1)
		buf_adds(out, "1 second");
	else if (seconds < 60)
		buf_addf(out, "%d seconds", (int)seconds);
	else if (minutes == 1)
		buf_adds(out, "About a minute");
	else if (minutes < 60)
		buf_addf(out, "%d minutes", (int)minutes);
	else if (hours == 1)
		buf_adds(out, "About an hour");
	else if (hours < 48)
		buf_addf(out, "%d hours", (int)hours);
	else if (hours < 24 * 7 * 2)
		buf_addf(out, "%d days", (int)(hours / 24));
	else if (hours < 24 * 30 * 2)
		buf_addf(out, "%d weeks", (int)(hours / 24 / 7));
	else if (hours < 24 * 365 * 2)
		buf_addf(out, "%d months", (int)(hours / 24 / 30));
	else
		buf_addf(out, "%d years", (int)((double)seconds / 3600 / 24 / 365));
}

static void put_tm(struct buf *out, const struct tm *tm, char between)
{
	buf_addf(out, "%04d-%02d-%02d%c%02d:%02d:%02d", tm->tm_year + 1900, tm->tm_mon + 1,
		tm->tm_mday, between, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

void units_put_time(struct buf *out, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / SECOND);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	put_tm(out, &tm, 'T');
	buf_addf(out, ".%09uZ", (unsigned)(time_ns % SECOND));
}

void units_put_local(struct buf *out, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / SECOND);
	long offset;
	struct tm tm;

	localtime_r(&seconds, &tm);
	put_tm(out, &tm, 'T');
	buf_addf(out, ".%09u", (unsigned)(time_ns % SECOND));
	offset = labs(tm.tm_gmtoff) / 60;
	if (tm.tm_gmtoff == 0)
		buf_addc(out, 'Z');
	else
		buf_addf(out, "%c%02ld:%02ld", tm.tm_gmtoff < 0 ? '-' : '+', offset / 60,
			offset % 60);
}

void units_put_created(struct buf *out, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / SECOND);
	struct tm tm;
	long offset;

	localtime_r(&seconds, &tm);
	offset = labs(tm.tm_gmtoff) / 60;
	put_tm(out, &tm, ' ');
	buf_addf(out, " %c%02ld%02ld %s", tm.tm_gmtoff < 0 ? '-' : '+', offset / 60, offset % 60,
		tm.tm_zone);
}

static bool real_time_signal(const char *name, int *number)
{
	int base = str_has_prefix(name, "RTMIN") ? SIGRTMIN : SIGRTMAX, offset = 0;
	const char *at = name + 5;
	char *end;

	if (!str_has_prefix(name, "RTMIN") && !str_has_prefix(name, "RTMAX"))
		return false;
	if (*at) {
		offset = (int)strtol(at, &end, 10);
		if (*end || (*at != '+' && *at != '-'))
			return false;
	}
	*number = base + offset;
	return *number >= SIGRTMIN && *number <= SIGRTMAX;
}

int units_signal(const char *text, int *number, struct err *err)
{
	char name[20] = "", *end;
	const char *at = name;
	long value = strtol(text, &end, 10);

	if (end != text && !*end && value > 0 && value <= SIGRTMAX) {
		*number = (int)value;
		return 0;
	}
	for (size_t i = 0; text[i] && i + 1 < sizeof(name); i++)
		name[i] = (char)toupper((unsigned char)text[i]);
	if (str_has_prefix(at, "SIG"))
		at += 3;
	if (real_time_signal(at, number))
		return 0;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (known && strcmp(known, at) == 0) {
			*number = i;
			return 0;
		}
	}
	return err_set(err, EINVAL, "Invalid signal: %s", text);
}
