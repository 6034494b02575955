/* link_log.c - logs, and files to save them to, as they are on this machine: see world_log.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat2(2) is declared there */
#include <sys/stat.h>

#include "tui/link_private.h"

struct world_log {
	struct link *link;
	struct log_reader *reader;
};

/* ---- reading ---- */

static void on_more(void *arg, bool ended)
{
	struct world_log *log = arg;
	const struct world_listener *listener = &log->link->world.listener;

	(void)ended;
	if (listener->log_grew)
		listener->log_grew(listener->self, log);
}

static int log_open(struct world *world, const char *id, struct world_log **out, struct err *err)
{
	struct log_options options = {.tail = -1, .want_stdout = true, .want_stderr = true};
	auto_free struct world_log *log = calloc(1, sizeof(*log));
	int rc;

	if (!log)
		return err_set(err, ENOMEM, "out of memory");
	log->link = link_of(world);
	rc = engine_logs(log->link->engine, id, &options, &log->reader, err);
	if (rc < 0)
		return rc;
	rc = log_follow(log->reader, on_more, log);
	if (rc < 0) {
		log_close(log->reader);
		return err_set(err, rc, "log of %.12s: %s", id, err_name(rc));
	}
	*out = take(log);
	return 0;
}

static int next_piece(struct world_log *log, struct log_piece *out)
{
	return log_next(log->reader, out);
}

static int previous_piece(struct world_log *log, struct log_piece *out)
{
	return log_previous(log->reader, out);
}

static void seek(struct world_log *log, uint64_t offset)
{
	log_seek(log->reader, offset);
}

static uint64_t size(struct world_log *log)
{
	return log_size(log->reader);
}

static int run_at(struct world_log *log, uint64_t offset, struct log_piece *out)
{
	return log_run(log->reader, offset, out);
}

static uint64_t time_of(struct world_log *log, uint64_t offset)
{
	return log_time(log->reader, offset);
}

static uint64_t since(struct world_log *log, uint64_t time_ns)
{
	return log_since(log->reader, time_ns);
}

static uint64_t before(struct world_log *log)
{
	return log_before(log->reader);
}

static void close_log(struct world_log *log)
{
	log_close(log->reader);
	free(log);
}

/* ---- files ---- */

struct world_file {
	int fd;
	bool replace;
	char path[PATH_MAX], part[PATH_MAX + 16];
};

static void free_file(struct world_file *file)
{
	close(file->fd);
	free(file);
}

static int full_path(const char *path, char *out, size_t room, struct err *err)
{
	const char *home = getenv("HOME");
	bool at_home = strncmp(path, "~/", 2) == 0 && home;

	if (snprintf(out, room, "%s%s", at_home ? home : "", at_home ? path + 1 : path) >=
		(int)room)
		return err_set(err, ENAMETOOLONG, "%.60s…: the name is too long", path);
	return 0;
}

static int file_open(struct world *world, const char *path, bool replace, struct world_file **out,
	struct err *err)
{
	auto_free struct world_file *file = calloc(1, sizeof(*file));
	struct stat st;

	(void)world;
	if (!file)
		return err_set(err, ENOMEM, "out of memory");
	file->replace = replace;
	if (full_path(path, file->path, sizeof(file->path), err) < 0)
		return err->code;
	if (stat(file->path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s is there, and it is no file: choose another name",
			file->path);
	if (!replace && faccessat(AT_FDCWD, file->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(err, EEXIST, "%s is there already", file->path);
	snprintf(file->part, sizeof(file->part), "%s.part", file->path);
	file->fd = open(file->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0 && errno == EEXIST)
		return err_set(err, EBUSY,
			"%s is being saved by somebody else; if nobody is, remove %s", file->path,
			file->part);
	if (file->fd < 0)
		return err_set(err, errno, "%s: %s", file->path, err_name(-errno));
	*out = take(file);
	return 0;
}

static int file_write(struct world_file *file, const char *bytes, size_t len, struct err *err)
{
	while (len > 0) {
		ssize_t n = write(file->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, errno, "%s: %s", file->path, err_name(-errno));
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int file_close(struct world_file *file, bool keep, struct err *err)
{
	unsigned flags = file->replace ? 0 : RENAME_NOREPLACE;
	int failed = 0;

	if (keep && renameat2(AT_FDCWD, file->part, AT_FDCWD, file->path, flags) < 0)
		failed = err_set(err, errno, "%s: %s", file->path, err_name(-errno));
	if (!keep || failed)
		unlinkat(AT_FDCWD, file->part, 0);
	free_file(file);
	return failed;
}

const struct world_log_ops link_log_ops = {
	.open = log_open,
	.next = next_piece,
	.previous = previous_piece,
	.seek = seek,
	.size = size,
	.run = run_at,
	.time = time_of,
	.since = since,
	.before = before,
	.close = close_log,
	.file_open = file_open,
	.file_write = file_write,
	.file_close = file_close,
};
