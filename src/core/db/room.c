#include "core/db/room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "util/own.h"

/* A removal changes some tens of pages, each of which is 4 KiB in the log. */
enum { ROOM = 512 << 10, BLOCK = 512 /* stat's */ };

bool room_keep(const char *log)
{
	auto_close int fd = log ? open(log, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	struct stat st;
	off_t held;

	if (fd < 0 || fstat(fd, &st) < 0)
		return true;
	held = (off_t)st.st_blocks * BLOCK - st.st_size;
	if (held >= ROOM / 2 || fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, ROOM) == 0)
		return true;
	return errno != ENOSPC && errno != EDQUOT;
}
