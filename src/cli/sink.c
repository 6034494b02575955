#include "cli/sink.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

enum { FULL_LEN = 1 << 20, SHORT_LEN = 1 << 16 };

/* What "writable" promises: a pipe has room for PIPE_BUF, a terminal for some 250 bytes; a file
 * takes all. */
static size_t promised(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || S_ISCHR(st.st_mode))
		return isatty(fd) ? 250 : 1 << 20;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ? 4096 : 1 << 20;
}

/* How much went out without waiting. */
static size_t write_some(struct sink *sink, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len && !sink->failed && watch_is_ready(sink->fd, POLLOUT)) {
		size_t part = len - done < sink->at_once ? len - done : sink->at_once;
		ssize_t put = write(sink->fd, data + done, part);

		if (put > 0)
			done += (size_t)put;
		else if (put < 0 && errno == EAGAIN)
			break;
		else if (put < 0 && errno != EINTR)
			sink->failed = errno;
	}
	return sink->failed ? len : done;
}

static void on_writable(struct watch *watch)
{
	struct sink *sink = watch->arg;

	buf_drop(&sink->kept, write_some(sink, sink->kept.data, sink->kept.len));
	if (!sink->kept.len)
		watch_switch(&sink->watch, false);
	if (sink->kept.len < SHORT_LEN)
		sink->drained(sink->arg);
}

int sink_open(struct sink *sink, uv_loop_t *loop, int fd, void (*drained)(void *arg), void *arg)
{
	*sink = (struct sink){.fd = fd, .at_once = promised(fd), .drained = drained, .arg = arg};
	return watch_open(&sink->watch, loop, fd, UV_WRITABLE, on_writable, sink);
}

void sink_put(struct sink *sink, const char *data, size_t len)
{
	size_t done = sink->kept.len ? 0 : write_some(sink, data, len);

	if (sink->failed) {
		buf_clear(&sink->kept);
		sink->drained(sink->arg);
	} else if (done < len) {
		buf_add(&sink->kept, data + done, len - done);
		watch_switch(&sink->watch, true);
	}
}

bool sink_is_full(const struct sink *sink)
{
	return sink->kept.len > FULL_LEN;
}

void sink_close(struct sink *sink)
{
	if (sink->kept.len && !sink->failed)
		sink->failed = -output_write(sink->fd, sink->kept.data, sink->kept.len);
	buf_fini(&sink->kept);
	watch_close(&sink->watch);
}
