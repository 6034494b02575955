/* quantity.c - see quantity.h. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/quantity.h"

/* Digits and one point, unlike strtod, which takes "inf" and "0x1p3" too. */
static bool plain_number(const char *text, double *out, const char **end)
{
	size_t digits = 0, points = 0, at = 0;

	for (; isdigit((unsigned char)text[at]) || text[at] == '.'; at++) {
		digits += text[at] != '.';
		points += text[at] == '.';
	}
	if (!digits || points > 1)
		return false;
	*out = strtod(text, NULL);
	*end = text + at;
	return true;
}

bool quantity_bytes(const char *text, int64_t *out)
{
	static const char units[] = "bkmgt";
	const char *end, *unit;
	double value;

	if (strcmp(text, "-1") == 0) {
		*out = -1;
		return true;
	}
	if (!plain_number(text, &value, &end))
		return false;
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : units;
	if (!unit || (*end && end[1] && (tolower((unsigned char)end[1]) != 'b' || end[2])))
		return false;
	value *= pow(1024, (double)(unit - units));
	*out = value < 9e18 ? (int64_t)value : 0;
	return value < 9e18;
}

bool quantity_cpus(const char *text, int64_t *nano_cpus)
{
	const char *end;
	double value;

	if (!plain_number(text, &value, &end) || *end || value <= 0 || value > 100000)
		return false;
	*nano_cpus = (int64_t)llround(value * 1e9);
	return true;
}

bool quantity_number(const char *text, int64_t *out)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return end > text && !*end;
}
