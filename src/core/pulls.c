#include "core/pulls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"
#include "util/own.h"
#include "util/path.h"

enum { FACTS_ROOM = 1 << 20 };

static int open_dir(struct store *store, bool makes)
{
	int cache = store_dir(store, STORE_CACHE);
	int fd;

	if (makes && mkdirat(cache, "pulls", 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(cache, "pulls", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void pulls_keep(struct store *store, const char *hex, const struct buf *facts)
{
	auto_close int dir = -1;

	if (!facts->len || buf_failed(facts))
		return;
	dir = open_dir(store, true);
	if (dir >= 0)
		path_replace_at(dir, hex, facts->data, facts->len, 0600);
}

void pulls_drop(struct store *store, const char *hex)
{
	auto_close int dir = open_dir(store, false);

	if (dir >= 0)
		unlinkat(dir, hex, 0);
}

int pulls_read(struct store *store, const char *hex, struct buf *facts)
{
	auto_close int dir = open_dir(store, false);

	return dir < 0 ? dir : path_read_at(dir, hex, FACTS_ROOM, facts);
}
