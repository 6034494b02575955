/* layer_files.c - what files of layers hold (engine_layer_files.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/layers_own.h"

/* A version, found: from here on no struct layers is needed. */
struct source {
	int dir_fd;     /* of the layer's files */
	char *path;     /* below it */
	char *text;     /* of a symbolic link; else NULL */
	struct err err; /* why there is none */
};

struct layers_reading {
	struct work work;
	atomic_bool canceled;
	struct source sources[2];
	unsigned n;
	uint64_t offset;
	size_t max;
	struct buf data[2];
	uint64_t size[2];
	struct layers_diff *diff;
	struct err err;
	layers_read_fn *read_done;
	layers_diff_fn *diff_done;
	void *arg;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "read a file: out of memory");
}

void layers_reading_cancel(struct layers_reading *reading)
{
	atomic_store(&reading->canceled, true);
}

/* ---- finding a version ---- */

int layers_open_dir(
	struct engine *engine, const struct layers *layers, unsigned layer, struct err *err)
{
	int fd = openat(store_fd(engine->store), layers->described[layer].path,
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ENOENT,
			"layer %u is not in the store any more: what it was of was removed",
			layer + 1);
	return fd < 0 ? err_sys(err, "layer %u", layer + 1) : fd;
}

static const struct index_entry *entry_of(
	const struct layers *layers, const struct layers_version *version)
{
	const struct strata_version *found =
		strata_version_in(layers->strata, version->spot, version->layer);

	return found ? strata_entry(layers->strata, found) : NULL;
}

static void find_source(struct engine *engine, const struct layers *layers,
	const struct layers_version *version, struct source *source)
{
	const struct index_entry *entry = entry_of(layers, version);
	char path[INDEX_PATH_MAX];

	strata_path(layers->strata, version->spot, path);
	*source = (struct source){.dir_fd = -1};
	if (!entry || entry->flags & INDEX_WHITEOUT) {
		err_set(&source->err, ENOENT, "layer %u has no /%.300s", version->layer + 1, path);
	} else if (S_ISLNK(entry->mode)) {
		source->text = strdup(index_target(layers->indexes[version->layer], entry));
		if (!source->text)
			no_memory(&source->err);
	} else if (!S_ISREG(entry->mode)) {
		err_set(&source->err, S_ISDIR(entry->mode) ? EISDIR : EINVAL,
			"/%.300s is no file: it has no content", path);
	} else {
		source->path = strdup(path);
		source->dir_fd = layers_open_dir(engine, layers, version->layer, &source->err);
		if (!source->path)
			no_memory(&source->err);
	}
}

static void free_reading(struct layers_reading *reading)
{
	for (unsigned i = 0; i < reading->n; i++) {
		own_closep(&reading->sources[i].dir_fd);
		free(reading->sources[i].path);
		free(reading->sources[i].text);
		buf_fini(&reading->data[i]);
	}
	layers_diff_free(reading->diff);
	free(reading);
}

/* ---- on the pool ---- */

/* A name may have become anything since it was indexed, so what is there is held before it is
 * opened: a device or a pipe never is. */
static int open_file(const struct source *source, struct stat *st, struct err *err)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	auto_close int held =
		(int)syscall(SYS_openat2, source->dir_fd, source->path, &how, sizeof(how));
	char self[40];
	int fd;

	if (held < 0 || fstat(held, st) < 0)
		return err_sys(err, "/%.300s", source->path);
	if (!S_ISREG(st->st_mode))
		return err_set(err, ESTALE, "/%.300s is no file any more", source->path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", held);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? err_sys(err, "/%.300s", source->path) : fd;
}

static int read_some(struct layers_reading *reading, unsigned i, int fd, struct err *err)
{
	struct buf *out = &reading->data[i];

	while (out->len < reading->max && !reading->canceled) {
		size_t want =
			reading->max - out->len < (256 << 10) ? reading->max - out->len : 256 << 10;
		char *room = buf_reserve(out, want);
		ssize_t got = room ? pread(fd, room, want, (off_t)(reading->offset + out->len)) : 0;

		if (!room)
			return no_memory(err);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "/%.300s", reading->sources[i].path);
		if (got == 0)
			return 0;
		out->len += (size_t)got;
	}
	return reading->canceled ? err_set(err, ECANCELED, "canceled") : 0;
}

static int read_source(struct layers_reading *reading, unsigned i, struct err *err)
{
	const struct source *source = &reading->sources[i];
	auto_close int fd = -1;
	struct stat st;

	if (source->err.code < 0) {
		*err = source->err;
		return err->code;
	}
	if (source->text) {
		buf_adds(&reading->data[i], source->text);
		reading->size[i] = reading->data[i].len;
		return 0;
	}
	fd = open_file(source, &st, err);
	if (fd < 0)
		return fd;
	reading->size[i] = (uint64_t)st.st_size;
	return read_some(reading, i, fd, err);
}

static void run_read(struct work *work)
{
	struct layers_reading *reading = container_of(work, struct layers_reading, work);

	read_source(reading, 0, &reading->err);
}

static int keep_line(void *arg, const struct linediff_line *line)
{
	struct layers_diff *diff = arg;

	if (diff->count == diff->room) {
		size_t room = diff->room ? diff->room * 2 : 64;
		void *grown = realloc(diff->lines, room * sizeof(*diff->lines));

		if (!grown)
			return -ENOMEM;
		diff->lines = grown;
		diff->room = room;
	}
	diff->lines[diff->count++] = (struct layers_diff_line){.kind = line->kind,
		.old_line = line->old_line,
		.new_line = line->new_line,
		.text = (uint32_t)diff->text.len,
		.len = (uint32_t)line->len,
		.cut = line->cut};
	buf_add(&diff->text, line->text, line->len);
	return 0;
}

static uint64_t first_difference(const struct buf *a, const struct buf *b)
{
	size_t at = 0;

	while (at < a->len && at < b->len && a->data[at] == b->data[at])
		at++;
	return at;
}

static int compare(struct layers_reading *reading, struct layers_diff *diff, struct err *err)
{
	const struct buf *old = &reading->data[0], *new = &reading->data[1];
	const struct linediff_options options = {.context = 3, .canceled = &reading->canceled};
	int failed;

	diff->old_size = reading->size[0];
	diff->new_size = reading->size[1];
	diff->binary = linediff_is_binary(buf_text(old), old->len) ||
		       linediff_is_binary(buf_text(new), new->len);
	if (diff->binary) {
		diff->differs_at = first_difference(old, new);
		return 0;
	}
	failed = linediff(&(struct linediff_text){buf_text(old), old->len},
		&(struct linediff_text){buf_text(new), new->len}, &options, keep_line, diff,
		&diff->sum, err);
	if (failed == -ENOMEM || buf_failed(&diff->text))
		return no_memory(err);
	return failed;
}

static int run_both(struct layers_reading *reading, struct layers_diff *diff, struct err *err)
{
	for (unsigned i = 0; i < 2; i++) {
		if (read_source(reading, i, err) < 0)
			return err->code;
		/* One byte more was asked for than is compared. */
		if (reading->data[i].len > LAYERS_DIFF_MAX &&
			!linediff_is_binary(reading->data[i].data, reading->data[i].len))
			return err_set(err, EFBIG, "more than %d MB: too large to compare by line",
				LAYERS_DIFF_MAX >> 20);
	}
	return compare(reading, diff, err);
}

static void run_diff(struct work *work)
{
	struct layers_reading *reading = container_of(work, struct layers_reading, work);

	reading->diff = calloc(1, sizeof(*reading->diff));
	if (!reading->diff)
		no_memory(&reading->err);
	else
		run_both(reading, reading->diff, &reading->err);
}

/* ---- back on the loop ---- */

static void read_done(struct work *work)
{
	struct layers_reading *reading = container_of(work, struct layers_reading, work);
	const struct layers_piece piece = {
		buf_text(&reading->data[0]), reading->data[0].len, reading->size[0]};
	bool failed = reading->err.code < 0;

	reading->read_done(reading->arg, failed ? NULL : &piece, failed ? &reading->err : NULL);
	free_reading(reading);
}

static void diff_done(struct work *work)
{
	struct layers_reading *reading = container_of(work, struct layers_reading, work);
	bool failed = reading->err.code < 0;

	reading->diff_done(
		reading->arg, failed ? NULL : take(reading->diff), failed ? &reading->err : NULL);
	free_reading(reading);
}

void layers_diff_free(struct layers_diff *diff)
{
	if (!diff)
		return;
	buf_fini(&diff->text);
	free(diff->lines);
	free(diff);
}

static struct layers_reading *start(
	struct engine *engine, struct layers_reading *reading, work_fn run, work_fn done)
{
	if (engine_work(engine, &reading->work, run, done) == 0)
		return reading;
	free_reading(reading);
	return NULL;
}

struct layers_reading *engine_layers_read(struct engine *engine, struct layers *layers,
	struct layers_version version, uint64_t offset, size_t max, layers_read_fn *done, void *arg)
{
	struct layers_reading *reading = calloc(1, sizeof(*reading));

	if (!reading)
		return NULL;
	*reading = (struct layers_reading){
		.n = 1, .offset = offset, .max = max, .read_done = done, .arg = arg};
	find_source(engine, layers, &version, &reading->sources[0]);
	return start(engine, reading, run_read, read_done);
}

struct layers_reading *engine_layers_diff(struct engine *engine, struct layers *layers,
	struct layers_version old, struct layers_version new, layers_diff_fn *done, void *arg)
{
	struct layers_reading *reading = calloc(1, sizeof(*reading));

	if (!reading)
		return NULL;
	*reading = (struct layers_reading){
		.n = 2, .max = LAYERS_DIFF_MAX + 1, .diff_done = done, .arg = arg};
	find_source(engine, layers, &old, &reading->sources[0]);
	find_source(engine, layers, &new, &reading->sources[1]);
	return start(engine, reading, run_diff, diff_done);
}
