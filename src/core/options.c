#include "core/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/own.h"
#include "util/strs.h"

/* ---- --restart ---- */

int options_restart(const char *text, enum plan_restart *policy, unsigned *max, struct err *err)
{
	static const char *const words[] = {"no", "always", "unless-stopped", "on-failure"};
	size_t len = strcspn(text, ":");
	char *end = NULL;
	unsigned long tries;

	*max = 0;
	for (size_t i = 0; i < array_len(words); i++) {
		if (strlen(words[i]) != len || strncmp(words[i], text, len) != 0)
			continue;
		*policy = (enum plan_restart)i;
		if (!text[len])
			return 0;
		if (i != PLAN_RESTART_ON_FAILURE)
			return err_set(err, EINVAL,
				"invalid restart policy: maximum retry count can only be used with 'on-failure'");
		tries = strtoul(text + len + 1, &end, 10);
		if (!isdigit((unsigned char)text[len + 1]) || *end || tries > INT_MAX)
			return err_set(err, EINVAL,
				"invalid restart policy format: maximum retry count must be an integer");
		*max = (unsigned)tries;
		return 0;
	}
	return err_set(err, EINVAL,
		"invalid restart policy: unknown policy '%.*s'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
		(int)len, text);
}

/* ---- signals ---- */

static int parse_number(const char *text, int *out)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (!isdigit((unsigned char)text[0]) || *end || number < 1 || number > SIGRTMAX)
		return -EINVAL;
	*out = (int)number;
	return 0;
}

static int parse_realtime(const char *name, int *out)
{
	int base = strncasecmp(name, "RTMIN", 5) == 0   ? SIGRTMIN
		   : strncasecmp(name, "RTMAX", 5) == 0 ? SIGRTMAX
							: 0;
	long step = base && name[5] ? strtol(name + 5, NULL, 10) : 0;

	if (!base || base + step < SIGRTMIN || base + step > SIGRTMAX)
		return -EINVAL;
	*out = base + (int)step;
	return 0;
}

int options_signal(const char *text, int *out, struct err *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;

	if (parse_number(text, out) == 0 || parse_realtime(name, out) == 0)
		return 0;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *known = sigabbrev_np(i);

		if (!known || strcasecmp(known, name) != 0)
			continue;
		*out = i;
		return 0;
	}
	return err_set(err, EINVAL, "invalid signal: %s", text);
}

const char *options_signal_name(int number)
{
	static const char *const names[] = {
		[SIGHUP] = "SIGHUP",
		[SIGINT] = "SIGINT",
		[SIGQUIT] = "SIGQUIT",
		[SIGILL] = "SIGILL",
		[SIGTRAP] = "SIGTRAP",
		[SIGABRT] = "SIGABRT",
		[SIGBUS] = "SIGBUS",
		[SIGFPE] = "SIGFPE",
		[SIGKILL] = "SIGKILL",
		[SIGUSR1] = "SIGUSR1",
		[SIGSEGV] = "SIGSEGV",
		[SIGUSR2] = "SIGUSR2",
		[SIGPIPE] = "SIGPIPE",
		[SIGALRM] = "SIGALRM",
		[SIGTERM] = "SIGTERM",
		[SIGCHLD] = "SIGCHLD",
		[SIGCONT] = "SIGCONT",
		[SIGSTOP] = "SIGSTOP",
		[SIGTSTP] = "SIGTSTP",
		[SIGTTIN] = "SIGTTIN",
		[SIGTTOU] = "SIGTTOU",
		[SIGWINCH] = "SIGWINCH",
	};

	return number > 0 && (size_t)number < array_len(names) ? names[number] : NULL;
}

/* ---- --ulimit ---- */

static const struct {
	const char *name, *type;
} limits[] = {
	{"as", "RLIMIT_AS"},
	{"core", "RLIMIT_CORE"},
	{"cpu", "RLIMIT_CPU"},
	{"data", "RLIMIT_DATA"},
	{"fsize", "RLIMIT_FSIZE"},
	{"locks", "RLIMIT_LOCKS"},
	{"memlock", "RLIMIT_MEMLOCK"},
	{"msgqueue", "RLIMIT_MSGQUEUE"},
	{"nice", "RLIMIT_NICE"},
	{"nofile", "RLIMIT_NOFILE"},
	{"nproc", "RLIMIT_NPROC"},
	{"rss", "RLIMIT_RSS"},
	{"rtprio", "RLIMIT_RTPRIO"},
	{"rttime", "RLIMIT_RTTIME"},
	{"sigpending", "RLIMIT_SIGPENDING"},
	{"stack", "RLIMIT_STACK"},
};

static bool limit_value(const char *text, size_t len, uint64_t *out)
{
	char number[32], *end;

	if (len == 0 || len >= sizeof(number))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	if (strcmp(number, "-1") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	errno = 0;
	*out = strtoull(number, &end, 10);
	return isdigit((unsigned char)number[0]) && !*end && !errno;
}

int options_ulimit(
	const char *text, const char **type, uint64_t *soft, uint64_t *hard, struct err *err)
{
	const char *equals = strchr(text, '='), *value = equals ? equals + 1 : "";
	size_t name = strcspn(text, "="), first = strcspn(value, ":");

	*type = NULL;
	for (size_t i = 0; i < array_len(limits); i++)
		if (strlen(limits[i].name) == name && strncmp(limits[i].name, text, name) == 0)
			*type = limits[i].type;
	if (!equals || !*type)
		return err_set(err, EINVAL,
			equals ? "invalid ulimit type: %.*s" : "invalid ulimit argument: %.*s",
			(int)name, text);
	if (!limit_value(value, first, soft))
		return err_set(err, EINVAL, "invalid ulimit argument: %s", text);
	*hard = *soft;
	if (value[first] == ':' && !limit_value(value + first + 1, strlen(value + first + 1), hard))
		return err_set(err, EINVAL, "invalid ulimit argument: %s", text);
	if (*soft > *hard)
		return err_set(err, EINVAL,
			"ulimit soft limit must be less than or equal to hard limit: %s", text);
	return 0;
}
