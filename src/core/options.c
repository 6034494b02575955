#include "core/options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

/* ---- -v ---- */

static const char *const propagations[] = {
	"private", "rprivate", "shared", "rshared", "slave", "rslave"};

static int bind_option(
	struct option_bind *bind, const char *word, size_t len, const char *whole, struct err *err)
{
	char text[32];

	if (len >= sizeof(text))
		return err_set(err, EINVAL,
			"invalid volume specification: '%s': invalid mode: %.*s", whole, (int)len,
			word);
	memcpy(text, word, len);
	text[len] = '\0';
	if (strcmp(text, "ro") == 0 || strcmp(text, "rw") == 0) {
		bind->read_only = strcmp(text, "ro") == 0;
		return 0;
	}
	/* Labels for SELinux ask for nothing where there is none. */
	if (strcmp(text, "z") == 0 || strcmp(text, "Z") == 0)
		return 0;
	if (strcmp(text, "bind") == 0 || strcmp(text, "rbind") == 0) {
		bind->recursive = text[0] == 'r';
		return 0;
	}
	for (size_t i = 0; i < array_len(propagations); i++) {
		if (strcmp(text, propagations[i]) != 0)
			continue;
		bind->propagation = propagations[i];
		return 0;
	}
	return err_set(
		err, EINVAL, "invalid volume specification: '%s': invalid mode: %s", whole, text);
}

static int bind_options(
	struct option_bind *bind, const char *options, const char *whole, struct err *err)
{
	while (*options) {
		size_t len = strcspn(options, ",");
		int failed = bind_option(bind, options, len, whole, err);

		if (failed)
			return failed;
		options += len + (options[len] == ',');
	}
	return 0;
}

static int check_bind(const struct option_bind *bind, const char *whole, struct err *err)
{
	if (bind->target[0] != '/')
		return err_set(err, EINVAL,
			"invalid volume specification: '%s': invalid mount config for type \"bind\": invalid mount path: "
			"'%s' mount path must be absolute",
			whole, bind->target);
	if (strspn(bind->target, "/") == strlen(bind->target))
		return err_set(err, EINVAL,
			"invalid volume specification: '%s': destination can't be '/'", whole);
	if (bind->source[0] != '/')
		return err_set(err, ENOTSUP,
			"-v %s: volumes by name are not supported yet: give an absolute path of the host",
			whole);
	return 0;
}

int options_bind(const char *text, struct option_bind *out, struct err *err)
{
	struct option_bind bind = {.recursive = true, .propagation = "rprivate"};
	const char *colon = strchr(text, ':'), *second;
	int failed;

	if (!colon)
		return err_set(err, ENOTSUP,
			"-v %s: anonymous volumes are not supported yet: give SOURCE:%s", text,
			text);
	second = strchr(colon + 1, ':');
	bind.source = strndup(text, (size_t)(colon - text));
	bind.target = second ? strndup(colon + 1, (size_t)(second - colon) - 1) : strdup(colon + 1);
	if (!bind.source || !bind.target) {
		options_bind_fini(&bind);
		return err_set(err, ENOMEM, "-v %s: out of memory", text);
	}
	failed = !*bind.source || !*bind.target
			 ? err_set(err, EINVAL, "invalid volume specification: '%s'", text)
			 : 0;
	if (!failed && second)
		failed = bind_options(&bind, second + 1, text, err);
	if (!failed)
		failed = check_bind(&bind, text, err);
	if (failed)
		options_bind_fini(&bind);
	else
		*out = bind;
	return failed;
}

void options_bind_fini(struct option_bind *bind)
{
	free(bind->source);
	free(bind->target);
}

/* ---- --tmpfs ---- */

int options_tmpfs(const char *text, char **target, char **options, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *path = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	auto_buf all = BUF_INIT;

	if (!path)
		return err_set(err, ENOMEM, "--tmpfs %s: out of memory", text);
	if (path[0] != '/')
		return err_set(err, EINVAL,
			"invalid mount config for type \"tmpfs\": invalid mount path: '%s' mount path must be absolute",
			path);
	buf_adds(&all, "noexec,nosuid,nodev");
	if (colon && colon[1])
		buf_addf(&all, ",%s", colon + 1);
	*options = buf_take(&all);
	if (!*options)
		return err_set(err, ENOMEM, "--tmpfs %s: out of memory", text);
	*target = take(path);
	return 0;
}

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
