/* roster_saved.c - what a container's own directory remembers of it (`row`, `last`), and the first
 * roster of a boot made of that. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/process.h"
#include "core/roster_private.h"
#include "core/timing.h"
#include "runtime/wire.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

static bool read_last(int dir_fd, struct last *last)
{
	auto_buf bytes = BUF_INIT;

	if (path_read_at(dir_fd, "last", sizeof(*last), &bytes) < 0 || bytes.len != sizeof(*last))
		return false;
	memcpy(last, bytes.data, sizeof(*last));
	last->error[sizeof(last->error) - 1] = '\0';
	return memcmp(last->magic, LAST_MAGIC, sizeof(last->magic)) == 0 && last->version == 1;
}

/* The first thing a shim makes in the container's directory. */
static bool was_started(int dir_fd)
{
	return faccessat(dir_fd, "log.index", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* It ran when the host went down; that this is noticed now is all that is known of the time. */
static void lose_exit(struct row_state *state)
{
	state->status = ROW_EXITED;
	state->exit_code = 255;
	state->flags |= ROW_CODE_LOST;
	state->finished_ns = timing_wall();
	snprintf(state->error, sizeof(state->error),
		"exit code lost: the host went down while it ran");
}

/* A shim writes `last` at each start (but not for --rm) and at each end; row->state is the
 * creator's, and has the flags. */
static void apply_last(int dir_fd, struct row *row)
{
	struct row_state *state = &row->state;
	struct last last;

	*state = (struct row_state){.status = ROW_CREATED, .flags = state->flags};
	if (!read_last(dir_fd, &last)) {
		if (was_started(dir_fd))
			lose_exit(state);
		return;
	}
	state->flags = last.flags;
	state->exit_code = last.exit_code;
	state->restarts = last.restarts;
	state->started_ns = last.started_ns;
	state->finished_ns = last.finished_ns;
	snprintf(state->error, sizeof(state->error), "%s", last.error);
	if (last.started_ns > last.finished_ns)
		lose_exit(state);
	else if (last.started_ns)
		state->status = ROW_EXITED;
}

int roster_read_saved(int dir_fd, const char *id, struct row *out)
{
	auto_buf bytes = BUF_INIT;

	if (path_read_at(dir_fd, "row", sizeof(*out), &bytes) < 0 || bytes.len != sizeof(*out))
		return -EIO;
	memcpy(out, bytes.data, sizeof(*out));
	row_end_texts(out);
	if (strcmp(out->id, id) != 0)
		return -EIO;
	out->use = ROW_USED;
	apply_last(dir_fd, out);
	return 0;
}

static void add_from_disk(struct roster *roster, const char *id, unsigned *number)
{
	auto_close int dir_fd =
		openat(roster->containers_fd, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct row row;

	if (dir_fd < 0 || roster_read_saved(dir_fd, id, &row) < 0)
		return;
	if (roster_write(roster, *number, 0, &row, sizeof(row), NULL) == 0)
		(*number)++;
}

int roster_build(struct roster *roster, struct err *err)
{
	struct roster_head head = {.version = ROSTER_VERSION, .row_size = ROW_SIZE};
	int fd = openat(roster->containers_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	unsigned number = 1;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return err_sys(err, "read the containers of the store");
	}
	while ((entry = readdir(dir)))
		if (strlen(entry->d_name) == ROW_ID_LEN && str_is_hex(entry->d_name, ROW_ID_LEN))
			add_from_disk(roster, entry->d_name, &number);
	closedir(dir);
	memcpy(head.magic, ROSTER_MAGIC, sizeof(head.magic));
	snprintf(head.boot_id, sizeof(head.boot_id), "%s", process_boot_id());
	/* The head last: a roster without one is built again. */
	return roster_write(roster, 0, 0, &head, sizeof(head), err);
}
