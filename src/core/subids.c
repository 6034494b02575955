#include "core/subids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ids.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

enum { FILE_MAX = 4 << 20 };

static bool is_of(const char *owner, size_t len, const char *name, uint32_t uid)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", uid);
	if (strlen(number) == len && memcmp(owner, number, len) == 0)
		return true;
	return name && strlen(name) == len && memcmp(owner, name, len) == 0;
}

static bool overlaps(const struct subids *ids, uint32_t uid, const struct id_range *range)
{
	uint64_t end = (uint64_t)range->first + range->count;

	if (uid >= range->first && uid < end)
		return true;
	for (size_t i = 0; i < ids->len; i++)
		if (range->first < (uint64_t)ids->v[i].first + ids->v[i].count &&
			ids->v[i].first < end)
			return true;
	return end > UINT32_MAX; /* the last id of all is none */
}

static void parse_line(const char *line, const char *name, uint32_t uid, struct subids *out)
{
	struct id_range range;
	size_t owner;

	if (out->len == SUBIDS_MAX || !ids_read_line(line, &owner, &range) ||
		!is_of(line, owner, name, uid) || overlaps(out, uid, &range))
		return;
	/* Inside, they follow each other from 1 on. */
	if (subids_count(out) + range.count < UINT32_MAX)
		out->v[out->len++] = range;
}

void subids_parse(const char *text, const char *name, uint32_t uid, struct subids *out)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *line;

	out->len = 0;
	while (rest && (line = strsep(&rest, "\n")))
		parse_line(line, name, uid, out);
}

static int read_file(
	const char *path, const char *name, uint32_t uid, struct subids *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, path, FILE_MAX, &text);

	out->len = 0;
	if (failed && failed != -ENOENT)
		return err_set(err, failed, "read %s: %s", path, err_name(failed));
	if (!failed)
		subids_parse(buf_text(&text), name, uid, out);
	return 0;
}

int subids_read(const char *name, uint32_t uid, struct subids *users, struct subids *groups,
	struct err *err)
{
	int failed = read_file("/etc/subuid", name, uid, users, err);

	return failed ? failed : read_file("/etc/subgid", name, uid, groups, err);
}

uint64_t subids_count(const struct subids *ids)
{
	uint64_t count = 0;

	for (size_t i = 0; i < ids->len; i++)
		count += ids->v[i].count;
	return count;
}
