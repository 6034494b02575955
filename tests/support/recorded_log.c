/* recorded_log.c - the logs of a recorded world, and the files that they are saved to. */
#include <errno.h>
#include <stdio.h>

#include "recorded_private.h"

static const uint64_t second = 1000000000;

struct world_log {
	struct recorded *recorded;
	struct world_log *next;
	size_t row, at;
};

struct world_file {
	struct recorded *recorded;
	struct buf bytes;
	char path[200];
};

/* ---- reading ---- */

static int log_open(struct world *world, const char *id, struct world_log **out, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	if (row < 0)
		return err_set(err, ENOENT, "No such container: %s", id);
	*out = calloc(1, sizeof(**out));
	(*out)->recorded = recorded;
	(*out)->row = (size_t)row;
	(*out)->next = recorded->logs;
	recorded->logs = *out;
	return 0;
}

static const struct recorded_container *row_of(const struct world_log *log)
{
	return &log->recorded->rows[log->row];
}

static int take_line(struct world_log *log, size_t index, struct log_piece *out)
{
	const struct recorded_line *line = &row_of(log)->lines[index];

	*out = (struct log_piece){line->stream, line->time_ns, line->offset, line->text, line->len};
	return 1;
}

static int next_line(struct world_log *log, struct log_piece *out)
{
	return log->at >= row_of(log)->line_count ? 0 : take_line(log, log->at++, out);
}

static int previous_line(struct world_log *log, struct log_piece *out)
{
	return log->at == 0 ? 0 : take_line(log, --log->at, out);
}

/* The first line that begins at or after it. */
static size_t line_at(const struct world_log *log, uint64_t offset)
{
	const struct recorded_container *row = row_of(log);
	size_t low = 0, high = row->line_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (row->lines[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void seek(struct world_log *log, uint64_t offset)
{
	log->at = line_at(log, offset);
}

static uint64_t size(struct world_log *log)
{
	return row_of(log)->log_end;
}

static int run(struct world_log *log, uint64_t offset, struct log_piece *out)
{
	size_t index = line_at(log, offset);

	return index >= row_of(log)->line_count ? 0 : take_line(log, index, out);
}

static uint64_t time_of(struct world_log *log, uint64_t offset)
{
	size_t index = line_at(log, offset + 1);

	return index ? row_of(log)->lines[index - 1].time_ns : 0;
}

static uint64_t since(struct world_log *log, uint64_t time_ns)
{
	const struct recorded_container *row = row_of(log);
	size_t i = 0;

	while (i < row->line_count && row->lines[i].time_ns < time_ns)
		i++;
	return i < row->line_count ? row->lines[i].offset : row->log_end;
}

static uint64_t before(struct world_log *log)
{
	return row_of(log)->log_before;
}

static void close_log(struct world_log *log)
{
	struct world_log **at = &log->recorded->logs;

	while (*at != log)
		at = &(*at)->next;
	*at = log->next;
	free(log);
}

/* ---- files: what became of them is among the acts ---- */

static int file_open(struct world *world, const char *path, bool replace, struct world_file **out,
	struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	if (!replace && strcmp(path, recorded->file) == 0)
		return err_set(err, EEXIST, "%s is there already", path);
	if (path[0] == '/' && path[1] == '\0')
		return err_set(err, EINVAL, "/ is there, and it is no file: choose another name");
	*out = calloc(1, sizeof(**out));
	(*out)->recorded = recorded;
	snprintf((*out)->path, sizeof((*out)->path), "%s", path);
	return 0;
}

static int file_write(struct world_file *file, const char *bytes, size_t len, struct err *err)
{
	(void)err;
	buf_add(&file->bytes, bytes, len);
	return 0;
}

static int file_close(struct world_file *file, bool keep, struct err *err)
{
	(void)err;
	buf_addf(&file->recorded->acts, keep ? "file %s:\n%s" : "no file %s\n", file->path,
		buf_text(&file->bytes));
	buf_fini(&file->bytes);
	free(file);
	return 0;
}

const struct world_log_ops recorded_log_ops = {
	.open = log_open,
	.next = next_line,
	.previous = previous_line,
	.seek = seek,
	.size = size,
	.run = run,
	.time = time_of,
	.since = since,
	.before = before,
	.close = close_log,
	.file_open = file_open,
	.file_write = file_write,
	.file_close = file_close,
};

/* ---- what the test tells ---- */

static void add_line(struct recorded_container *row, enum session_stream stream, uint64_t time_ns,
	const char *text)
{
	struct recorded_line *line;

	if (!(row->line_count & (row->line_count - 1)))
		row->lines = reallocarray(
			row->lines, row->line_count ? row->line_count * 2 : 1, sizeof(*row->lines));
	line = &row->lines[row->line_count++];
	*line = (struct recorded_line){stream, time_ns, row->log_end, strdup(text), 0};
	line->len = recorded_unescape(line->text);
	line->text = realloc(line->text, line->len + 2);
	memcpy(line->text + line->len, "\n", 2);
	row->log_end += ++line->len;
}

/* "NAME out|err[@SECONDS-AGO] TEXT…"; without, the first line is a minute old, each a second more.
 */
void recorded_tell_log(struct recorded *recorded, char *rest)
{
	char *name = strsep(&rest, " "), *stream = strsep(&rest, " ");
	struct recorded_container *row = &recorded->rows[recorded_find(recorded, name)];
	const char *ago = strchr(stream, '@');
	uint64_t time_ns = ((uint64_t)RECORDED_NOW_S - 60 + row->line_count) * second;

	if (ago)
		time_ns = ((uint64_t)RECORDED_NOW_S - strtoull(ago + 1, NULL, 10)) * second;
	add_line(row, strncmp(stream, "err", 3) == 0 ? SESSION_STDERR : SESSION_STDOUT, time_ns,
		rest ? rest : "");
	for (struct world_log *log = recorded->logs; log; log = log->next)
		if (row_of(log) == row && recorded->world.listener.log_grew)
			recorded->world.listener.log_grew(recorded->world.listener.self, log);
}

/* "NAME COUNT STEP": so many lines, STEP milliseconds apart, the last one now. */
void recorded_tell_flood(struct recorded *recorded, char *rest)
{
	struct recorded_container *row =
		&recorded->rows[recorded_find(recorded, strsep(&rest, " "))];
	char *number = strsep(&rest, " ");
	unsigned long count = strtoul(number, NULL, 10), step = strtoul(rest, NULL, 10);
	char line[120];

	for (unsigned long i = 0; i < count; i++) {
		snprintf(line, sizeof(line), "%s request %lu served in %lu ms",
			i % 50 == 7   ? "ERROR"
			: i % 10 == 3 ? "WARN"
				      : "INFO",
			i, i * 7 % 90);
		add_line(row, i % 50 == 7 ? SESSION_STDERR : SESSION_STDOUT,
			(uint64_t)RECORDED_NOW_S * second - (count - 1 - i) * step * 1000000, line);
	}
}

void recorded_log_fini(struct recorded_container *row)
{
	for (size_t i = 0; i < row->line_count; i++)
		free(row->lines[i].text);
	free(row->lines);
}
