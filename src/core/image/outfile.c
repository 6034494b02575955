#include "core/image/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/own.h"

static bool is_replaceable(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode);
}

/* A disk that is full, a quota or a limit: the file is what the user knows of it. */
static int fill_named(
	const char *path, const char *what, outfile_fn *fill, void *arg, int fd, struct err *err)
{
	int failed = fill(arg, fd, err);

	if (failed == -ENOSPC || failed == -EDQUOT || failed == -EFBIG)
		return err_set(err, -failed, "%s: %s: %s", what, path, err_name(failed));
	return failed;
}

/* Beside its final place, then renamed: nobody sees half an archive there. */
static int write_beside(
	const char *path, const char *what, outfile_fn *fill, void *arg, struct err *err)
{
	auto_free char *draft = NULL;
	auto_close int fd = -1;

	if (asprintf(&draft, "%s.XXXXXX", path) < 0)
		return err_set(err, ENOMEM, "%s: out of memory", what);
	fd = mkostemp(draft, O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "%s: %s", what, path);
	if (fill_named(path, what, fill, arg, fd, err) < 0 ||
		(rename(draft, path) < 0 && err_sys(err, "%s: %s", what, path) < 0)) {
		unlink(draft);
		return err->code;
	}
	return 0;
}

/* A device, a pipe, what a link leads to: written where it is. */
static int write_there(
	const char *path, const char *what, outfile_fn *fill, void *arg, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_TRUNC);

	return fd < 0 ? err_sys(err, "%s: %s", what, path)
		      : fill_named(path, what, fill, arg, fd, err);
}

int outfile_write(
	const char *path, int fd, const char *what, outfile_fn *fill, void *arg, struct err *err)
{
	if (!path)
		return fill(arg, fd, err);
	if (is_replaceable(path))
		return write_beside(path, what, fill, arg, err);
	return write_there(path, what, fill, arg, err);
}

/* ---- small pieces ---- */

int outflow_init(struct outflow *flow, int fd, const char *what, struct err *err)
{
	*flow = (struct outflow){.fd = fd, .what = what, .data = malloc(OUTFLOW_ROOM)};
	return flow->data ? 0 : err_set(err, ENOMEM, "%s: out of memory", what);
}

static int write_all(struct outflow *flow, const char *data, size_t len, struct err *err)
{
	struct pollfd room = {.fd = flow->fd, .events = POLLOUT};

	while (len) {
		ssize_t put = write(flow->fd, data, len);

		if (put < 0 && errno == EAGAIN)
			poll(&room, 1, -1);
		else if (put < 0 && errno != EINTR)
			return err_sys(err, "%s: write", flow->what);
		if (put > 0) {
			data += put;
			len -= (size_t)put;
		}
	}
	return 0;
}

int outflow_end(struct outflow *flow, struct err *err)
{
	size_t len = flow->len;

	flow->len = 0;
	return write_all(flow, flow->data, len, err);
}

int outflow_put(void *arg, const void *data, size_t len, struct err *err)
{
	struct outflow *flow = arg;

	if (flow->len + len > OUTFLOW_ROOM && outflow_end(flow, err) < 0)
		return err->code;
	if (len >= OUTFLOW_ROOM)
		return write_all(flow, data, len, err);
	memcpy(flow->data + flow->len, data, len);
	flow->len += len;
	return 0;
}

void outflow_fini(struct outflow *flow)
{
	free(flow->data);
}
