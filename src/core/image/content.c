#include "core/image/content.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_refused(int error)
{
	return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS;
}

static ssize_t copy_by_hand(int from, int to, off_t at, size_t len)
{
	char piece[64 << 10];
	ssize_t got = pread(from, piece, len < sizeof(piece) ? len : sizeof(piece), at);

	return got > 0 ? pwrite(to, piece, (size_t)got, at) : got;
}

/* In the kernel, where both are of one file system that can. */
static int copy_range(int from, int to, off_t at, off_t end, bool *by_hand)
{
	while (at < end) {
		off_t in = at, out = at;
		ssize_t got = *by_hand
				      ? copy_by_hand(from, to, at, (size_t)(end - at))
				      : copy_file_range(from, &in, to, &out, (size_t)(end - at), 0);

		if (got < 0 && !*by_hand && is_refused(errno))
			*by_hand = true;
		else if (got < 0)
			return -errno;
		else if (got == 0)
			return 0; /* it became shorter */
		else
			at += got;
	}
	return 0;
}

/* Data is copied and holes are not; at the end the size is what it was. */
int content_copy(int from, int to, off_t size)
{
	bool by_hand = false;
	off_t at = 0, data, end;

	if (size >= 64 << 10 && ioctl(to, FICLONE, from) == 0)
		return 0;
	for (; at < size; at = end) {
		int failed;

		data = lseek(from, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;
		data = data < 0 ? at : data;
		end = lseek(from, data, SEEK_HOLE);
		end = end < 0 ? size : end;
		failed = copy_range(from, to, data, end, &by_hand);
		if (failed)
			return failed;
	}
	return ftruncate(to, size) < 0 ? -errno : 0;
}
