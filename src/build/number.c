#include "build/number.h"

#include <ctype.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/quote.h"
#include "util/own.h"
#include "util/strs.h"

static const struct {
	const char *name;
	double nanoseconds;
} units[] = {{"ns", 1}, {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3}, {"ms", 1e6},
	{"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};

static int bad_duration(const char *text, const char *why, struct err *err)
{
	auto_buf quoted = BUF_INIT;

	quote_add(&quoted, piece_of(text));
	return err_set(err, EINVAL, "time: %s duration %.100s", why, buf_text(&quoted));
}

/* A unit goes to the next digit or point. */
static bool take_unit(const char **at, double *out)
{
	size_t len = strcspn(*at, ".0123456789");

	for (size_t i = 0; i < array_len(units); i++)
		if (strlen(units[i].name) == len && strncmp(*at, units[i].name, len) == 0) {
			*at += len;
			*out = units[i].nanoseconds;
			return true;
		}
	return false;
}

int number_duration(const char *text, int64_t *out, struct err *err)
{
	const char *at = text;
	bool negative = *at == '-';
	double sum = 0;

	at += *at == '-' || *at == '+';
	if (strcmp(at, "0") == 0) {
		*out = 0;
		return 0;
	}
	if (!*at)
		return bad_duration(text, "invalid", err);
	while (*at) {
		size_t digits = strspn(at, "0123456789"), point = at[digits] == '.';
		size_t more = point ? strspn(at + digits + 1, "0123456789") : 0;
		double unit;
		char *end;
		double value;

		if (digits + more == 0 || digits > 18 || more > 18)
			return bad_duration(text, "invalid", err);
		value = strtod(at, &end);
		at += digits + point + more;
		if (!*at)
			return bad_duration(text, "missing unit in", err);
		if (!take_unit(&at, &unit))
			return bad_duration(text, "unknown unit in", err);
		sum += value * unit;
	}
	if (sum > 9.2e18)
		return bad_duration(text, "invalid", err);
	*out = negative ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

static void add_fraction(struct buf *out, int64_t value, int64_t unit, const char *name)
{
	char digits[32];
	size_t len;

	buf_addf(out, "%lld", (long long)(value / unit));
	if (value % unit) {
		snprintf(digits, sizeof(digits), "%09lld",
			(long long)(value % unit * (1000000000 / unit)));
		for (len = 9; len && digits[len - 1] == '0'; len--)
			;
		buf_addf(out, ".%.*s", (int)len, digits);
	}
	buf_adds(out, name);
}

void number_add_duration(struct buf *out, int64_t nanoseconds)
{
	const int64_t second = 1000000000;
	int64_t value = nanoseconds < 0 ? -nanoseconds : nanoseconds;

	if (nanoseconds < 0)
		buf_addc(out, '-');
	if (value == 0) {
		buf_adds(out, "0s");
	} else if (value < 1000) {
		buf_addf(out, "%lldns", (long long)value);
	} else if (value < 1000000) {
		add_fraction(out, value, 1000, "\xc2\xb5s");
	} else if (value < second) {
		add_fraction(out, value, 1000000, "ms");
	} else {
		if (value >= 3600 * second)
			buf_addf(out, "%lldh", (long long)(value / (3600 * second)));
		if (value >= 60 * second)
			buf_addf(out, "%lldm", (long long)(value / (60 * second) % 60));
		add_fraction(out, value % (60 * second), second, "s");
	}
}

bool number_bytes(const char *text, int64_t *out)
{
	static const char scales[] = "bkmgtp";
	char *end;
	double value;
	const char *scale;

	if (!isdigit((unsigned char)*text))
		return false;
	value = strtod(text, &end);
	while (*end == ' ')
		end++;
	if (*end) {
		scale = strchr(scales, tolower((unsigned char)*end));
		if (!scale)
			return false;
		for (const char *step = scales; step < scale; step++)
			value *= 1024;
		end++;
		if (*scale != 'b' && tolower((unsigned char)*end) == 'i')
			end++;
		if (*scale != 'b' && tolower((unsigned char)*end) == 'b')
			end++;
	}
	if (*end || value < 0 || value > 9e18)
		return false;
	*out = (int64_t)value;
	return true;
}

bool number_bool(const char *text, bool *out)
{
	static const char *const words[2][6] = {{"0", "f", "F", "false", "FALSE", "False"},
		{"1", "t", "T", "true", "TRUE", "True"}};

	for (int truth = 0; truth < 2; truth++)
		for (size_t i = 0; i < 6; i++)
			if (str_eq(text, words[truth][i])) {
				*out = truth;
				return true;
			}
	return false;
}

bool number_whole(const char *text, int base, uint64_t max, uint64_t *out)
{
	char *end;
	unsigned long long value;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoull(text, &end, base);
	if (errno || *end || value > max)
		return false;
	*out = value;
	return true;
}
