#include "core/garbage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/digest.h"
#include "util/path.h"

enum { GARBAGE_MAX = 16 << 20 };
static const char name[] = "garbage";

void garbage_note(struct store *store, const char *digest)
{
	auto_close int fd = openat(store_dir(store, STORE_CACHE), name,
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	auto_buf line = BUF_INIT;

	buf_addf(&line, "%s\n", digest);
	if (fd >= 0 && write(fd, line.data, line.len) < 0)
		return; /* doctor finds it */
}

void garbage_take(struct store *store, struct strs *digests)
{
	int dir_fd = store_dir(store, STORE_CACHE);
	auto_buf text = BUF_INIT;

	if (path_read_at(dir_fd, name, GARBAGE_MAX, &text) < 0)
		return;
	for (char *line = text.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		if (digest_is_sha256(line))
			strs_add(digests, line);
	}
	unlinkat(dir_fd, name, 0);
}
