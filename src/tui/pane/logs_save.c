/* logs_save.c - saving a log: what of it, to which file, and the copying in slices.
 *
 *     what → name → (is there: overwrite?) → copying → done | stopped | failed */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "tui/format.h"
#include "tui/pane/logs_private.h"

enum { SLICE_US = 2500, PART = 64 << 10 };

struct logs_save {
	enum logs_range range;
	char path[400];
	struct world_file *file;
	struct logfeed *own; /* of LOGS_ALL: what is asked for does not matter to it */
	struct logfeed *feed;
	struct logfeed_place at, end;
	bool names, times;
	uint64_t done, all, lines;
	struct buf part;
};

static const struct world_log_ops *ops_of(const struct logs *logs)
{
	return app_world(logs->pane.app)->ops->log;
}

void logs_save_progress(
	const struct logs_save *save, const char **path, uint64_t *done, uint64_t *all)
{
	*path = save->path;
	*done = save->done;
	*all = save->all;
}

static void forget(struct logs *logs)
{
	struct logs_save *save = take(logs->save);

	logfeed_free(save->own);
	buf_fini(&save->part);
	free(save);
	app_dirty(logs->pane.app);
}

void logs_save_stop(struct logs *logs)
{
	struct err err;

	ops_of(logs)->file_close(logs->save->file, false, &err);
	app_toast(logs->pane.app, ROLE_WARN, "Saving stopped: there is no %s", logs->save->path);
	forget(logs);
}

static void fail(struct logs *logs, const struct err *why)
{
	struct err err;

	ops_of(logs)->file_close(logs->save->file, false, &err);
	app_toast(logs->pane.app, ROLE_BAD, "Not saved: %s", why->text);
	forget(logs);
}

static void finish(struct logs *logs)
{
	struct logs_save *save = logs->save;
	char size[FIGURE_MAX];
	struct err err;

	if (ops_of(logs)->file_close(save->file, true, &err) < 0)
		app_toast(logs->pane.app, ROLE_BAD, "Not saved: %s", err.text);
	else
		app_toast(logs->pane.app, ROLE_OK, "Saved %lu line%s, %s, to %s", save->lines,
			save->lines == 1 ? "" : "s", format_bytes(save->done, size), save->path);
	forget(logs);
}

/* ---- copying ---- */

static void put_time(struct buf *out, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%09luZ ", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, time_ns % 1000000000);
}

/* As the program wrote it, colours and all; with its time when times are shown. */
static void put_row(struct logs *logs, const struct logfeed_row *row)
{
	struct logs_save *save = logs->save;

	if (row->is_mark)
		return;
	if (save->names)
		buf_addf(&save->part, "%s ", logview_name(logs->view, row->source));
	if (save->times)
		put_time(&save->part, row->piece.time_ns);
	buf_add(&save->part, row->piece.data, row->piece.len);
	if (row->piece.data[row->piece.len - 1] != '\n' && (save->names || save->times))
		buf_addc(&save->part, '\n');
	save->lines++;
}

static int flush(struct logs *logs, struct err *err)
{
	struct logs_save *save = logs->save;
	int rc = 0;

	if (buf_failed(&save->part))
		return err_set(err, ENOMEM, "out of memory");
	if (save->part.len)
		rc = ops_of(logs)->file_write(save->file, save->part.data, save->part.len, err);
	save->done += save->part.len;
	buf_clear(&save->part);
	return rc;
}

/* FOUND: more to come. */
static enum logscan_answer copy_part(struct logs *logs, struct err *err)
{
	struct logs_save *save = logs->save;
	enum logscan_answer answer = LOGSCAN_FOUND;
	struct logfeed_row row;

	err_forgive(err);
	while (save->part.len < PART) {
		if (logfeed_compare(&save->at, &save->end) >= 0)
			answer = LOGSCAN_NONE;
		if (answer == LOGSCAN_FOUND)
			answer = logfeed_next(save->feed, &save->at, &row);
		if (answer != LOGSCAN_FOUND)
			break;
		/* The next one that is shown may lie behind the end. */
		if (logfeed_compare(&row.place, &save->end) >= 0)
			answer = LOGSCAN_NONE;
		else
			put_row(logs, &row);
	}
	if (flush(logs, err) < 0)
		return LOGSCAN_NONE;
	return answer;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void logs_save_step(struct logs *logs)
{
	int64_t until = now_us() + SLICE_US;
	struct err err;

	do {
		switch (copy_part(logs, &err)) {
		case LOGSCAN_FOUND:
			continue;
		case LOGSCAN_LATER:
			logfeed_step(logs->save->feed, true, app_real_ns(logs->pane.app));
			continue;
		case LOGSCAN_NONE:
			if (err.code < 0)
				fail(logs, &err);
			else
				finish(logs);
			return;
		}
	} while (now_us() < until);
}

static struct logfeed *open_all(struct logs *logs, struct err *err)
{
	auto_of(logfeed) struct logfeed *feed = logfeed_new(app_world(logs->pane.app));

	err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; feed && i < logs->count; i++)
		if (logfeed_add(feed, logs->ids[i], err) < 0)
			return NULL;
	return take(feed);
}

static int set_range(struct logs *logs, struct logs_save *save, struct err *err)
{
	save->feed = logview_feed(logs->view);
	if (save->range == LOGS_ALL) {
		save->feed = save->own = open_all(logs, err);
		if (!save->own)
			return err->code;
	}
	if (save->range == LOGS_SELECTED) {
		logview_selection(logs->view, &save->at, &save->end);
	} else {
		save->at = logfeed_begin(save->feed);
		save->end = logfeed_end(save->feed);
	}
	save->all = logfeed_bytes(save->feed, &save->end) - logfeed_bytes(save->feed, &save->at);
	return 0;
}

static int start(
	struct logs *logs, enum logs_range range, const char *path, bool replace, struct err *err)
{
	struct logs_save *save = calloc(1, sizeof(*save));
	int rc;

	if (!save)
		return err_set(err, ENOMEM, "out of memory");
	logs->save = save;
	save->range = range;
	snprintf(save->path, sizeof(save->path), "%s", path);
	save->names = logs->count > 1;
	save->times = logview_state(logs->view).times != TIMES_OFF;
	rc = set_range(logs, save, err);
	if (rc == 0)
		rc = ops_of(logs)->file_open(
			app_world(logs->pane.app), path, replace, &save->file, err);
	if (rc < 0)
		forget(logs);
	return rc;
}

/* ---- asking ---- */

struct question {
	struct logs *logs;
	enum logs_range ranges[3];
	enum logs_range range;
	char path[400];
};

static struct question *question_new(struct logs *logs)
{
	struct question *question = calloc(1, sizeof(*question));

	if (question)
		question->logs = logs;
	return question;
}

static void on_overwrite(struct app *app, void *arg, int index)
{
	const struct question *question = arg;
	struct err err;

	if (index == 0 && start(question->logs, question->range, question->path, true, &err) < 0)
		app_toast(app, ROLE_BAD, "Not saved: %s", err.text);
}

static void ask_overwrite(struct logs *logs, enum logs_range range, const char *path)
{
	static const struct choice choices[] = {{'y', "Overwrite"}, {'n', "Keep it"}};
	struct question *question = question_new(logs);
	char line[500];
	const char *lines[] = {line, "What is in it will be lost."};

	snprintf(line, sizeof(line), "%s is there already.", path);
	if (!question)
		return;
	question->range = range;
	snprintf(question->path, sizeof(question->path), "%s", path);
	app_push(logs->pane.app, dialog_new(logs->pane.app, "Overwrite?", lines, 2, choices,
					 array_len(choices), 1, on_overwrite, question));
}

static void on_name(struct logs *logs, enum logs_range range, const char *path, bool done)
{
	struct err err;
	int rc;

	if (!done || app_prompt_was_left(logs->pane.app) || !*path)
		return;
	rc = start(logs, range, path, false, &err);
	if (rc == -EEXIST)
		ask_overwrite(logs, range, path);
	else if (rc < 0)
		app_toast(logs->pane.app, ROLE_BAD, "Not saved: %s", err.text);
}

static void on_name_all(void *arg, const char *path, bool done)
{
	on_name(arg, LOGS_ALL, path, done);
}

static void on_name_shown(void *arg, const char *path, bool done)
{
	on_name(arg, LOGS_SHOWN, path, done);
}

static void on_name_selected(void *arg, const char *path, bool done)
{
	on_name(arg, LOGS_SELECTED, path, done);
}

/* "shop/web" → "shop-web.log" */
static void propose(const struct logs *logs, char *out, size_t room)
{
	snprintf(out, room, "%s.log", logs->count > 1 ? "logs" : logview_name(logs->view, 0));
	for (char *at = out; *at; at++)
		if (*at == '/')
			*at = '-';
}

static void ask_name(struct logs *logs, enum logs_range range)
{
	static prompt_fn *const typed[] = {
		[LOGS_ALL] = on_name_all,
		[LOGS_SHOWN] = on_name_shown,
		[LOGS_SELECTED] = on_name_selected,
	};
	static const char *const labels[] = {
		[LOGS_ALL] = "Save all to: ",
		[LOGS_SHOWN] = "Save what is shown to: ",
		[LOGS_SELECTED] = "Save what is selected to: ",
	};
	char name[160];

	propose(logs, name, sizeof(name));
	app_prompt(logs->pane.app, labels[range], name, typed[range], logs);
}

static void on_range(struct app *app, void *arg, int index)
{
	const struct question *question = arg;

	(void)app;
	if (index >= 0)
		ask_name(question->logs, question->ranges[index]);
}

void logs_save_ask(struct logs *logs)
{
	struct logview_state state = logview_state(logs->view);
	struct choice choices[3];
	struct question *question;
	const char *lines[] = {"What of it?"};
	size_t count = 0;

	if (state.selecting || !state.filtered) {
		ask_name(logs, state.selecting ? LOGS_SELECTED : LOGS_ALL);
		return;
	}
	question = question_new(logs);
	if (!question)
		return;
	question->ranges[count] = LOGS_SHOWN;
	choices[count++] = (struct choice){'s', "Shown lines"};
	question->ranges[count] = LOGS_ALL;
	choices[count++] = (struct choice){'a', "All"};
	app_push(logs->pane.app, dialog_new(logs->pane.app, "Save the log", lines, 1, choices,
					 count, 0, on_range, question));
}
