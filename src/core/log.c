/* log.c - the façade over a container's log: which lines are wanted, and following as it grows. The
 * text itself is transcript.c's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/transcript.h"
#include "runtime/plan.h"
#include "util/own.h"

struct log_reader {
	struct engine *engine;
	char id[65];
	int dir_fd; /* containers/ID */
	struct log_options options;
	struct transcript *text;
	uint64_t at; /* offset of the next piece */
	/* following */
	uv_fs_event_t watch;
	bool following, closed;
	void (*more)(void *arg, bool ended);
	void *arg;
};

/* ---- reading ---- */

static bool is_wanted(const struct log_reader *reader, const struct log_piece *piece)
{
	if (piece->stream == SESSION_STDOUT ? !reader->options.want_stdout
					    : !reader->options.want_stderr)
		return false;
	return !reader->options.since_ns || piece->time_ns >= reader->options.since_ns;
}

int log_next(struct log_reader *reader, struct log_piece *out)
{
	int got;

	if (reader->at >= transcript_size(reader->text))
		transcript_refresh(reader->text);
	while ((got = transcript_next(reader->text, &reader->at, reader->options.runs, out)) == 1) {
		if (reader->options.until_ns && out->time_ns > reader->options.until_ns)
			return 0;
		if (is_wanted(reader, out))
			return 1;
	}
	return got;
}

int log_previous(struct log_reader *reader, struct log_piece *out)
{
	while (transcript_back(reader->text, &reader->at)) {
		uint64_t here = reader->at;
		int got = transcript_next(reader->text, &here, reader->options.runs, out);

		if (got <= 0)
			return got;
		if (reader->options.since_ns && out->time_ns < reader->options.since_ns)
			return 0;
		if (is_wanted(reader, out))
			return 1;
	}
	return 0;
}

void log_seek(struct log_reader *reader, uint64_t offset)
{
	uint64_t end = transcript_size(reader->text);

	if (offset >= end)
		end = transcript_refresh(reader->text);
	reader->at = offset < end ? offset : end;
}

uint64_t log_size(struct log_reader *reader)
{
	return transcript_refresh(reader->text);
}

int log_run(struct log_reader *reader, uint64_t offset, struct log_piece *out)
{
	return transcript_next(reader->text, &offset, true, out);
}

size_t log_run_line(const struct log_piece *run, size_t from)
{
	return transcript_cut(run, from);
}

uint64_t log_time(struct log_reader *reader, uint64_t offset)
{
	return transcript_time(reader->text, offset);
}

uint64_t log_since(struct log_reader *reader, uint64_t time_ns)
{
	transcript_refresh(reader->text);
	return transcript_since(reader->text, time_ns);
}

uint64_t log_before(struct log_reader *reader)
{
	return transcript_before(reader->text);
}

/* ---- opening ---- */

static void seek_tail(struct log_reader *reader, int64_t lines)
{
	reader->at = transcript_size(reader->text);
	while (lines-- > 0 && transcript_back(reader->text, &reader->at))
		;
}

static void seek_since(struct log_reader *reader)
{
	uint64_t since = transcript_since(reader->text, reader->options.since_ns);

	if (since > reader->at)
		reader->at = since;
}

/* --log-driver none is said in the plan. A container that never ran has no log either, and that is
 * an empty one. */
static int check_kept(struct engine *engine, const char *id, struct err *err)
{
	auto_close int own = launch_own_dir(engine, id, err), plan = -1;
	struct plan_header head;

	if (own < 0)
		return own;
	if (faccessat(own, "log", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	plan = openat(own, "plan", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (plan < 0 || pread(plan, &head, sizeof(head), 0) != sizeof(head) ||
		!(head.flags & PLAN_NO_LOG))
		return 0;
	return err_set(err, ENOTSUP, "configured logging driver does not support reading");
}

static void log_free(struct log_reader *reader)
{
	transcript_free(reader->text);
	close(reader->dir_fd);
	free(reader);
}

int engine_logs(struct engine *engine, const char *who, const struct log_options *options,
	struct log_reader **out, struct err *err)
{
	struct log_reader *reader;
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (!failed)
		failed = check_kept(engine, row.id, err);
	if (failed)
		return failed;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return err_set(err, ENOMEM, "read the log of %s: out of memory", who);
	reader->engine = engine;
	reader->options = *options;
	snprintf(reader->id, sizeof(reader->id), "%.64s", row.id);
	reader->dir_fd = launch_own_dir(engine, row.id, err);
	if (reader->dir_fd < 0) {
		failed = reader->dir_fd;
		free(reader);
		return failed;
	}
	reader->text = transcript_open(reader->dir_fd);
	if (!reader->text) {
		log_free(reader);
		return err_set(err, ENOMEM, "read the log of %s: out of memory", who);
	}
	if (options->tail >= 0)
		seek_tail(reader, options->tail);
	if (options->since_ns)
		seek_since(reader);
	*out = reader;
	return 0;
}

/* ---- following ---- */

static bool is_over(struct log_reader *reader)
{
	struct row row;
	unsigned number;

	if (engine_find_row(reader->engine, reader->id, &number, &row, NULL) < 0)
		return true;
	return !row_is_monitored(&row);
}

static void on_change(uv_fs_event_t *watch, const char *name, int events, int status)
{
	struct log_reader *reader = container_of(watch, struct log_reader, watch);

	(void)status;
	if (reader->closed || !name)
		return;
	/* "last" is replaced at every exit; the directory of a --rm container, which has none,
	 * moves away. What else changes here, but for the log itself, says nothing. */
	if (events & UV_RENAME)
		reader->more(reader->arg, is_over(reader));
	else if (strncmp(name, "log", 3) == 0)
		reader->more(reader->arg, false);
}

int log_follow(struct log_reader *reader, void (*more)(void *arg, bool ended), void *arg)
{
	char path[64];
	int failed;

	reader->more = more;
	reader->arg = arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader->dir_fd);
	uv_fs_event_init(reader->engine->loop, &reader->watch);
	reader->following = true;
	failed = uv_fs_event_start(&reader->watch, on_change, path, 0);
	if (failed)
		return failed;
	/* What happened before the watch was there. */
	more(arg, is_over(reader));
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	log_free(container_of((uv_fs_event_t *)handle, struct log_reader, watch));
}

void log_close(struct log_reader *reader)
{
	if (!reader || reader->closed)
		return;
	reader->closed = true;
	if (reader->following)
		uv_close((uv_handle_t *)&reader->watch, on_closed);
	else
		log_free(reader);
}
