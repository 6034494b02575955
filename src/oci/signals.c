#include "oci/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "oci/options.h"
#include "util/own.h"

enum { RTMIN_NUMBER = 34, SIGNAL_MAX = 64 };

static const char *const names[] = {NULL, "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE",
	"KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
	"TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR",
	"SYS"};

static int find(const char *name)
{
	int64_t more = 0;

	for (size_t i = 1; i < array_len(names); i++) {
		if (strcasecmp(names[i], name) == 0)
			return (int)i;
	}
	if (strcasecmp(name, "POLL") == 0)
		return 29;
	if (strncasecmp(name, "RTMIN+", 6) == 0 && options_number(name + 6, &more) == 0)
		return more >= 0 && more <= 30 ? RTMIN_NUMBER + (int)more : -1;
	if (strncasecmp(name, "RTMAX-", 6) == 0 && options_number(name + 6, &more) == 0)
		return more >= 0 && more <= 30 ? SIGNAL_MAX - (int)more : -1;
	if (strcasecmp(name, "RTMIN") == 0)
		return RTMIN_NUMBER;
	return strcasecmp(name, "RTMAX") == 0 ? SIGNAL_MAX : -1;
}

int signals_number(const char *text, int *out, struct err *err)
{
	int64_t number;

	if (options_number(text, &number) < 0)
		number = find(strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text);
	if (number < 0 || number > SIGNAL_MAX)
		return err_set(err, EINVAL, "unknown signal \"%.40s\"", text);
	*out = (int)number;
	return 0;
}
