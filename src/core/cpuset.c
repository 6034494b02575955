#include "core/cpuset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/path.h"

/* The kernel knows up to 8192 processors (CONFIG_NR_CPUS). */
enum { NUMBERS = 8192, LIST_MAX = 64 << 10 };

struct set {
	uint8_t has[NUMBERS / 8];
};

static bool read_number(const char **at, unsigned *number)
{
	size_t len = strspn(*at, "0123456789");

	if (!len || len > 5)
		return false;
	*number = (unsigned)strtoul(*at, NULL, 10);
	*at += len;
	return *number < NUMBERS;
}

static bool read_list(const char *text, struct set *out)
{
	*out = (struct set){{0}};
	do {
		unsigned from, to;

		if (!read_number(&text, &from))
			return false;
		to = from;
		if (*text == '-' && (text++, !read_number(&text, &to)))
			return false;
		if (from > to)
			return false;
		for (unsigned i = from; i <= to; i++)
			out->has[i / 8] |= (uint8_t)(1 << i % 8);
	} while (*text == ',' && *++text);
	return !*text;
}

static bool is_within(const struct set *wanted, const struct set *available)
{
	for (size_t i = 0; i < sizeof(wanted->has); i++)
		if (wanted->has[i] & ~available->has[i])
			return false;
	return true;
}

static int check(const char *wanted, const char *available, const char *option, const char *what,
	struct err *err)
{
	struct set all, some;

	if (!read_list(wanted, &some))
		return err_set(err, EINVAL, "Invalid value %.100s for %s", wanted, option);
	if (read_list(available, &all) && !is_within(&some, &all))
		return err_set(err, EINVAL,
			"Requested %s are not available - requested %.100s, available: %.100s",
			what, wanted, available);
	return 0;
}

int cpuset_check_cpus(const char *wanted, const char *available, struct err *err)
{
	return check(wanted, available, "cpuset cpus", "CPUs", err);
}

int cpuset_check_mems(const char *wanted, const char *available, struct err *err)
{
	return check(wanted, available, "cpuset mems", "memory nodes", err);
}

/* A list of sysfs without its line end; "": it cannot be read, and everything may be there. */
static const char *read_online(const char *path, struct buf *text)
{
	if (path_read_at(AT_FDCWD, path, LIST_MAX, text) < 0 || !text->len)
		return "";
	if (text->data[text->len - 1] == '\n')
		text->data[--text->len] = '\0';
	return buf_text(text);
}

int cpuset_check(const char *cpus, const char *mems, struct err *err)
{
	auto_buf has_cpus = BUF_INIT, has_mems = BUF_INIT;
	int failed = 0;

	if (cpus && *cpus)
		failed = cpuset_check_cpus(
			cpus, read_online("/sys/devices/system/cpu/online", &has_cpus), err);
	if (!failed && mems && *mems)
		failed = cpuset_check_mems(
			mems, read_online("/sys/devices/system/node/online", &has_mems), err);
	return failed;
}
