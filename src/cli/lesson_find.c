/* lesson_find.c - a lesson by whatever one calls it by. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/lesson_player.h"
#include "util/own.h"
#include "util/path.h"

static int read_file(const char *path, struct lesson **out, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_free char *name = strdup(path);
	char *base = name ? strrchr(name, '/') : NULL, *dot;
	int failed = path_read_at(AT_FDCWD, path, LESSON_MAX_BYTES, &text);

	if (failed || !name)
		return err_set(err, failed ? failed : -ENOMEM, "%s: %s", path,
			err_name(failed ? failed : -ENOMEM));
	base = base ? base + 1 : name;
	if ((dot = strrchr(base, '.')))
		*dot = '\0';
	if (lesson_parse(base, buf_text(&text), text.len, out, err) < 0)
		return err_in(err, "%s", path);
	return 0;
}

int lesson_find(const char *who, struct lesson **out, struct err *err)
{
	size_t i;

	if (!lesson_shipped_find(who, &i)) {
		if (access(who, F_OK) == 0)
			return read_file(who, out, err);
		return err_set(
			err, ENOENT, "no lesson is called '%s': davit lesson ls lists them", who);
	}
	return lesson_shipped_parse(i, out, err);
}
