#include "util/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int size_bytes(const char *text, int64_t *bytes, struct err *err)
{
	static const char letters[] = "kmgtp";
	size_t digits = strspn(text, "0123456789.");
	double value;
	const char *at = text + digits, *letter;
	char *end;

	value = strtod(text, &end);
	if (digits == 0 || end != at)
		return err_set(err, EINVAL, "invalid size: '%s'", text);
	at += *at == ' ';
	letter = *at ? strchr(letters, tolower((unsigned char)*at)) : NULL;
	if (letter) {
		value *= (double)(1ull << 10 * (letter - letters + 1));
		at++;
		at += tolower((unsigned char)*at) == 'i';
	}
	at += tolower((unsigned char)*at) == 'b';
	if (*at || value > 9e18)
		return err_set(err, EINVAL, "invalid size: '%s'", text);
	*bytes = (int64_t)value;
	return 0;
}
