#include "core/device_option.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/size.h"
#include "util/strs.h"

enum { WEIGHT_MIN = 10, WEIGHT_MAX = 1000 };

/* Each of rwm once at most, and one at least. */
static bool is_access(const char *text)
{
	unsigned seen = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		const char *at = strchr("rwm", *text);

		if (!at || seen & 1u << *at % 32)
			return false;
		seen |= 1u << *at % 32;
	}
	return true;
}

/* All of them where none was given. */
static void set_access(char to[4], const char *given)
{
	size_t len = given ? strlen(given) : 3;

	memcpy(to, given ? given : "rwm", len);
	to[len] = '\0';
}

/* ---- --device ---- */

void device_option_fini(struct device_option *device)
{
	free(device->host);
	free(device->container);
	*device = (struct device_option){0};
}

static int split(const char *text, struct device_option *out, struct err *err)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *host, *second, *third;

	if (!copy)
		return err_set(err, ENOMEM, "--device: out of memory");
	host = strsep(&rest, ":");
	second = strsep(&rest, ":");
	third = strsep(&rest, ":");
	if (rest || !*host)
		return err_set(err, EINVAL, "invalid device specification: %.200s", text);
	/* Two parts: the second is a path or an access. */
	if (second && !third && is_access(second)) {
		third = second;
		second = NULL;
	}
	if (third && !is_access(third))
		return err_set(err, EINVAL, "invalid device mode: %.60s", third);
	set_access(out->access, third);
	out->host = strdup(host);
	out->container = strdup(second && *second ? second : host);
	return out->host && out->container ? 0 : err_set(err, ENOMEM, "--device: out of memory");
}

int device_option_read(const char *text, struct device_option *out, struct err *err)
{
	struct device_option device = {0};
	int failed = split(text, &device, err);

	if (!failed && device.host[0] != '/' && strchr(device.host, '='))
		failed = err_set(err, ENOTSUP,
			"CDI device injection (--device %.100s) is not supported: give the device's path",
			text);
	if (!failed && (device.host[0] != '/' || device.container[0] != '/'))
		failed = err_set(err, EINVAL, "%.200s is not an absolute path",
			device.host[0] != '/' ? device.host : device.container);
	if (failed)
		device_option_fini(&device);
	else
		*out = device;
	return failed;
}

/* ---- --device-cgroup-rule ---- */

/* A number or "*"; *at moves behind it. */
static bool read_number(const char **at, int64_t *out)
{
	char *end;

	if (**at == '*') {
		*out = -1;
		++*at;
		return true;
	}
	if (!isdigit((unsigned char)**at))
		return false;
	*out = strtoll(*at, &end, 10);
	*at = end;
	return *out <= 0xfffff;
}

int device_option_rule(const char *text, struct device_rule *out, struct err *err)
{
	struct device_rule rule = {.type = text[0]};
	const char *at = text + 2;

	if (!text[0] || !strchr("abc", text[0]) || text[1] != ' ' ||
		!read_number(&at, &rule.major) || *at++ != ':' || !read_number(&at, &rule.minor) ||
		*at++ != ' ' || strlen(at) > 3 || !*at || strspn(at, "rwm") != strlen(at))
		return err_set(err, EINVAL, "invalid device cgroup format '%.100s'", text);
	set_access(rule.access, at);
	*out = rule;
	return 0;
}

/* ---- --device-read-bps and the like ---- */

static int split_path(const char *text, char **path, const char **value, struct err *err)
{
	const char *colon = strchr(text, ':');

	if (!colon || colon == text || strchr(colon + 1, ':'))
		return err_set(err, EINVAL, "bad format: %.200s", text);
	if (!str_has_prefix(text, "/dev/"))
		return err_set(err, EINVAL, "bad format for device path: %.200s", text);
	*value = colon + 1;
	*path = strndup(text, (size_t)(colon - text));
	return *path ? 0 : err_set(err, ENOMEM, "%.100s: out of memory", text);
}

static bool read_whole(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno;
}

int device_option_rate(const char *text, bool bps, char **path, uint64_t *rate, struct err *err)
{
	auto_free char *device = NULL;
	const char *value;
	int64_t bytes = 0;
	struct err why;
	int failed = split_path(text, &device, &value, err);

	if (failed)
		return failed;
	if (bps && size_bytes(value, &bytes, &why) < 0)
		return err_set(err, EINVAL,
			"invalid rate for device: %.100s. The correct format is "
			"<device-path>:<number>[<unit>]. Number must be a positive integer. Unit is "
			"optional and can be kb, mb, or gb",
			text);
	*rate = (uint64_t)bytes;
	if (!bps && !read_whole(value, rate))
		return err_set(err, EINVAL,
			"invalid rate for device: %.100s. The correct format is "
			"<device-path>:<number>. Number must be a positive integer",
			text);
	*path = take(device);
	return 0;
}

int device_option_weight(const char *text, char **path, unsigned *weight, struct err *err)
{
	auto_free char *device = NULL;
	const char *value;
	uint64_t number = 0;
	int failed = split_path(text, &device, &value, err);

	if (failed)
		return failed;
	if (!read_whole(value, &number) || number < WEIGHT_MIN || number > WEIGHT_MAX)
		return err_set(err, EINVAL, "invalid weight for device: %.100s", text);
	*weight = (unsigned)number;
	*path = take(device);
	return 0;
}
