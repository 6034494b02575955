#include "cli/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "util/err.h"

enum { FLOW_LEN = 1 << 18, EXIT_PIPE = 128 + 13 };

int output_write(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EAGAIN) {
			/* Somebody else left the terminal or pipe non-blocking. */
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
			continue;
		}
		if (put < 0 && errno != EINTR)
			return -errno;
		if (put < 0)
			continue;
		data += put;
		len -= (size_t)put;
	}
	return 0;
}

void output_fini(struct output *output)
{
	buf_fini(&output->text);
}

bool output_flush(struct output *output)
{
	if (!output->failed && buf_failed(&output->text))
		output->failed = ENOMEM;
	if (!output->failed && output->text.len)
		output->failed = -output_write(output->fd, output->text.data, output->text.len);
	buf_clear(&output->text);
	return !output->failed;
}

bool output_flow(struct output *output)
{
	return output->text.len < FLOW_LEN ? !output->failed : output_flush(output);
}

int output_end(struct output *output, int code)
{
	if (output_flush(output))
		return code;
	if (output->failed == EPIPE)
		return EXIT_PIPE;
	fprintf(stderr, "davit: write to standard output: %s\n", err_name(output->failed));
	return code ? code : 1;
}
