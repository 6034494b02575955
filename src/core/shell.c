/* shell.c - is there a shell in a running container's root? Looked for, not run. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/process.h"
#include "util/own.h"
#include "util/path.h"

/* An O_PATH fd of the container's "/", of exactly that process. */
static int open_root(const struct row *row, struct err *err)
{
	auto_close int pidfd = process_open(&row->state.init), root = -1;
	char path[40];

	if (pidfd < 0)
		return err_set(err, ESRCH, "container %s is not running", row->id);
	snprintf(path, sizeof(path), "/proc/%d/root", row->state.init.pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Still the same process after the open, so it was its root. */
	if (root < 0 || !process_is_alive(&row->state.init))
		return err_set(err, ESRCH, "container %s is not running", row->id);
	return take_fd(&root);
}

static bool is_program(int root, const char *path)
{
	auto_close int fd = path_open_in(root, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
}

int engine_find_shell(
	struct engine *engine, const char *who, char *path, size_t room, struct err *err)
{
	static const char *const dirs[] = {"/bin", "/usr/bin", "/usr/local/bin"};
	static const char *const shells[] = {"bash", "zsh", "ash", "sh"};
	auto_close int root = -1;
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (failed)
		return failed;
	root = open_root(&row, err);
	if (root < 0)
		return root;
	for (size_t s = 0; s < array_len(shells); s++)
		for (size_t d = 0; d < array_len(dirs); d++) {
			snprintf(path, room, "%s/%s", dirs[d], shells[s]);
			if (is_program(root, path))
				return 0;
		}
	return err_set(err, ENOENT, "there is no shell in the image of %s", row.name);
}
