#include "cli/envfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"

enum { FILE_MAX = 16 << 20 };

static void add(struct strs *out, const char *entry, bool from_us)
{
	const char *value = strchr(entry, '=') ? NULL : getenv(entry);
	auto_buf whole = BUF_INIT;

	if (strchr(entry, '=')) {
		strs_set_env(out, entry);
		return;
	}
	if (from_us && !value)
		return;
	buf_addf(&whole, "%s=%s", entry, from_us ? value : "");
	strs_set_env(out, buf_text(&whole));
}

static int add_line(struct strs *out, char *line, const char *file, bool from_us, struct err *err)
{
	size_t key;

	line += strspn(line, " \t\v\f\r");
	if (!*line || *line == '#')
		return 0;
	key = strcspn(line, "=");
	if (key == 0)
		return err_set(err, EINVAL, "%s: no variable name on line '%s'", file, line);
	if (strcspn(line, " \t") < key)
		return err_set(err, EINVAL, "%s: variable '%.*s' contains whitespaces", file,
			(int)key, line);
	add(out, line, from_us);
	return 0;
}

/* Whatever can be read: the shell's <(…) is a pipe. */
static int read_whole(const char *file, struct buf *out)
{
	auto_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	for (;;) {
		char *to = buf_reserve(out, 65536);
		ssize_t got = to ? read(fd, to, 65536) : -1;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return to ? -errno : -ENOMEM;
		if (!got)
			break;
		out->len += (size_t)got;
		if (out->len > FILE_MAX)
			return -EFBIG;
	}
	buf_add(out, "", 0);
	return buf_failed(out) ? -ENOMEM : 0;
}

static int add_file(struct strs *out, const char *file, bool from_us, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = read_whole(file, &text);
	char *at, *line;

	if (failed)
		return err_set(err, failed, "%s: %s", file, err_name(failed));
	if (memchr(buf_text(&text), '\0', text.len))
		return err_set(err, EINVAL, "%s: it is not text", file);
	at = text.data;
	if (at && strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at && (line = strsep(&at, "\n"))) {
		size_t len = strlen(line);

		if (len && line[len - 1] == '\r')
			line[len - 1] = '\0';
		failed = add_line(out, line, file, from_us, err);
		if (failed)
			return failed;
	}
	return 0;
}

static int gather(const struct strs *files, const struct strs *given, struct strs *out,
	bool from_us, struct err *err)
{
	for (size_t i = 0; i < files->len; i++) {
		int failed = add_file(out, files->v[i], from_us, err);

		if (failed)
			return failed;
	}
	for (size_t i = 0; i < given->len; i++) {
		if (given->v[i][0] == '=' || !given->v[i][0])
			return err_set(err, EINVAL,
				from_us ? "invalid environment variable: %s"
					: "invalid label '%s': empty name",
				given->v[i]);
		add(out, given->v[i], from_us);
	}
	return strs_failed(out) ? err_set(err, ENOMEM, "out of memory") : 0;
}

int envfile_env(
	const struct strs *files, const struct strs *given, struct strs *out, struct err *err)
{
	return gather(files, given, out, true, err);
}

int envfile_labels(
	const struct strs *files, const struct strs *given, struct strs *out, struct err *err)
{
	return gather(files, given, out, false, err);
}
