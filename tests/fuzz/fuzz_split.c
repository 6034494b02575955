/* A layer's headers from a damaged disk: read to the end or refused, never more than is there. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/image/split.h"

static int raw(void *arg, const void *data, size_t len, struct err *err)
{
	const unsigned char *bytes = data;
	unsigned *sum = arg;

	(void)err;
	for (size_t i = 0; i < len; i++)
		*sum += bytes[i];
	return 0;
}

static int content(void *arg, uint64_t header, uint64_t at, uint64_t len, struct err *err)
{
	unsigned *sum = arg;

	(void)err;
	*sum += (unsigned)(header ^ at ^ len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	unsigned sum = 0;
	const struct split_reader reader = {.raw = raw, .content = content, .arg = &sum};
	struct err err;
	int fd = memfd_create("split", MFD_CLOEXEC);

	if (fd < 0 || write(fd, input, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		abort();
	split_read(fd, &reader, &err);
	close(fd);
	return 0;
}
