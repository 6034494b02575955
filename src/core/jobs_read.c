/* jobs_read.c - the events of a job, one after the other, as far as they were told. */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/jobs_own.h"

enum { PIECE = 1 << 16, LINE_MAX_LEN = 1 << 20 };

struct job_reader {
	int fd;
	struct job_parser *parser;
	struct buf held; /* read, not yet handed out */
	size_t at;       /* of held */
	uint64_t offset;
	bool skips; /* in the middle of a line that is too long */
};

/* Somewhere in a line, which is skipped. */
static void begin_at_last(struct job_reader *reader, size_t last)
{
	struct stat st;

	if (!last || fstat(reader->fd, &st) < 0 || st.st_size <= (off_t)last)
		return;
	reader->offset = (uint64_t)st.st_size - last;
	reader->skips = true;
}

int job_reader_open(int dir_fd, size_t last, struct job_reader **out, struct err *err)
{
	struct job_reader *reader = calloc(1, sizeof(*reader));

	if (!reader || !(reader->parser = job_parser_new())) {
		free(reader);
		return err_set(err, ENOMEM, "jobs: out of memory");
	}
	reader->fd = openat(dir_fd, "events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (reader->fd < 0) {
		err_sys(err, "events of a job");
		job_reader_close(reader);
		return err->code;
	}
	begin_at_last(reader, last);
	*out = reader;
	return 0;
}

int engine_job_read(struct engine *engine, const char *id, struct job_reader **out, struct err *err)
{
	auto_close int dir_fd = jobs_dir_open(engine->store, id, err);

	return dir_fd < 0 ? dir_fd : job_reader_open(dir_fd, 0, out, err);
}

void job_reader_close(struct job_reader *reader)
{
	if (!reader)
		return;
	own_closep(&reader->fd);
	job_parser_free(reader->parser);
	buf_fini(&reader->held);
	free(reader);
}

uint64_t job_reader_offset(const struct job_reader *reader)
{
	return reader->offset;
}

/* The length of the line at `at`, or -1: its end is not there. */
static ssize_t line_len(const struct job_reader *reader)
{
	const char *from = reader->held.data + reader->at;
	const char *end = reader->at < reader->held.len
				  ? memchr(from, '\n', reader->held.len - reader->at)
				  : NULL;

	return end ? end - from : -1;
}

/* 1: more bytes, 0: there are none. */
static int read_more(struct job_reader *reader)
{
	char *room;
	ssize_t got;

	buf_drop(&reader->held, reader->at);
	reader->at = 0;
	if (reader->held.len > LINE_MAX_LEN) {
		buf_clear(&reader->held);
		reader->skips = true;
	}
	room = buf_reserve(&reader->held, PIECE);
	if (!room)
		return -ENOMEM;
	got = pread(reader->fd, room, PIECE, (off_t)reader->offset);
	if (got <= 0)
		return got < 0 ? -errno : 0;
	reader->held.len += (size_t)got;
	reader->offset += (uint64_t)got;
	return 1;
}

int job_reader_next(struct job_reader *reader, struct job_event *event)
{
	for (;;) {
		ssize_t len = line_len(reader);
		bool skipped = reader->skips;
		int more;

		if (len < 0) {
			more = read_more(reader);
			if (more <= 0)
				return more;
			continue;
		}
		reader->skips = false;
		if (!skipped)
			job_parse(
				reader->parser, reader->held.data + reader->at, (size_t)len, event);
		reader->at += (size_t)len + 1;
		if (!skipped)
			return 1;
	}
}
