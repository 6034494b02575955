#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

enum { LINES_MAX = 128, REDRAW_NS = 50000000 };

struct line {
	char id[80], status[120];
	uint64_t done, total;
	uint64_t since_ns, done_before; /* when this status began, for the rate */
	bool changed;
};

struct progress {
	int fd, facts_fd;
	bool quiet, terminal, json, told;
	unsigned columns;
	uint64_t drawn_ns;
	size_t drawn; /* lines that are on the terminal */
	size_t len;
	struct line lines[LINES_MAX];
};

bool progress_mode_parse(const char *name, enum progress_mode *out)
{
	static const char *const names[] = {[PROGRESS_AUTO] = "auto",
		[PROGRESS_PLAIN] = "plain",
		[PROGRESS_TTY] = "tty",
		[PROGRESS_JSON] = "json"};

	*out = PROGRESS_AUTO;
	for (size_t i = 0; name && i < array_len(names); i++) {
		if (!str_eq(name, names[i]))
			continue;
		*out = (enum progress_mode)i;
		return true;
	}
	return !name;
}

struct progress *progress_new(int fd, enum progress_mode mode, bool quiet)
{
	struct progress *progress = calloc(1, sizeof(*progress));
	unsigned rows;

	if (!progress)
		return NULL;
	progress->fd = fd;
	progress->quiet = quiet;
	progress->json = mode == PROGRESS_JSON && !quiet;
	progress->terminal = mode == PROGRESS_TTY || (mode == PROGRESS_AUTO && isatty(fd) &&
							     !str_eq(getenv("TERM"), "dumb"));
	terminal_size(fd, &rows, &progress->columns);
	if (!progress->columns)
		progress->columns = 80;
	return progress;
}

static void put_rest(struct buf *out, const struct line *line, uint64_t now_ns)
{
	uint64_t spent = now_ns - line->since_ns, done = line->done - line->done_before;
	double rate = spent > 200000000 ? (double)done * 1e9 / (double)spent : 0;

	if (rate < 1)
		return;
	buf_adds(out, "  ");
	units_put_size(out, (uint64_t)rate);
	buf_adds(out, "/s");
	if (line->total > line->done)
		buf_addf(out, "  %.0fs", (double)(line->total - line->done) / rate);
}

static void put_line(struct progress *progress, struct buf *out, const struct line *line)
{
	auto_buf text = BUF_INIT;
	size_t room = progress->columns - 1;

	buf_addf(&text, "%s: %s", line->id, line->status);
	if (line->done || line->total) {
		buf_adds(&text, "  ");
		units_put_size(&text, line->done);
		if (line->total) {
			buf_addc(&text, '/');
			units_put_size(&text, line->total);
			buf_addf(&text, "  %d%%",
				(int)(100.0 * (double)line->done / (double)line->total));
		}
		put_rest(&text, line, uv_hrtime());
	}
	buf_add(out, buf_text(&text), text.len < room ? text.len : room);
	buf_adds(out, "\033[K\r\n");
}

static void draw(struct progress *progress)
{
	auto_buf out = BUF_INIT;

	if (progress->drawn)
		buf_addf(&out, "\033[%zuA", progress->drawn);
	for (size_t i = 0; i < progress->len; i++) {
		if (i < progress->drawn && !progress->lines[i].changed)
			buf_adds(&out, "\033[B");
		else
			put_line(progress, &out, &progress->lines[i]);
		progress->lines[i].changed = false;
	}
	progress->drawn = progress->len;
	progress->drawn_ns = uv_hrtime();
	output_write(progress->fd, buf_text(&out), out.len);
}

/* A layer by its digest is shown as docker does: twelve digits. */
static void shorten(const char *id, char *out, size_t room)
{
	if (str_has_prefix(id, "sha256:"))
		snprintf(out, room, "%.12s", id + 7);
	else
		snprintf(out, room, "%s", id);
}

static struct line *line_of(struct progress *progress, const char *full)
{
	char id[sizeof(((struct line *)NULL)->id)];
	struct line *line;

	shorten(full, id, sizeof(id));

	for (size_t i = 0; i < progress->len; i++)
		if (str_eq(progress->lines[i].id, id))
			return &progress->lines[i];
	if (progress->len == LINES_MAX)
		return NULL;
	line = &progress->lines[progress->len++];
	memcpy(line->id, id, sizeof(id));
	line->changed = true;
	return line;
}

/* Without a terminal only what is news: not each step of a download. */
static void say(struct progress *progress, const struct line *line)
{
	static const char *const steps[] = {"Downloading", "Extracting", "Compressing", "Pushing"};
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < array_len(steps); i++)
		if (str_eq(line->status, steps[i]))
			return;
	buf_addf(&out, "%s: %s\n", line->id, line->status);
	output_write(progress->fd, buf_text(&out), out.len);
}

static void put_text(struct buf *out, const char *text)
{
	cJSON *json = cJSON_CreateStringReference(text);

	json_put(out, json, 0);
	cJSON_Delete(json);
}

/* One object, one line; id and the numbers only where there are some. */
static void put_event(struct progress *progress, const char *key, const char *text, const char *id,
	uint64_t done, uint64_t total)
{
	auto_buf out = BUF_INIT;

	buf_addf(&out, "{\"%s\":", key);
	put_text(&out, text);
	if (id && *id) {
		char shown[80];

		shorten(id, shown, sizeof(shown));
		buf_adds(&out, ",\"progressDetail\":{");
		if (done || total)
			buf_addf(&out, "\"current\":%llu,\"total\":%llu", (unsigned long long)done,
				(unsigned long long)total);
		buf_adds(&out, "},\"id\":");
		put_text(&out, shown);
	}
	buf_adds(&out, "}\n");
	output_write(progress->fd, buf_text(&out), out.len);
}

void progress_tell_failure(struct progress *progress, const struct err *err)
{
	if (progress->json)
		put_event(progress, "error", err->text, NULL, 0, 0);
}

void progress_fact(void *arg, const char *line)
{
	struct progress *progress = arg;
	auto_buf out = BUF_INIT;

	buf_addf(&out, "%s\n", line);
	output_write(progress->facts_fd, buf_text(&out), out.len);
}

void progress_set_facts(struct progress *progress, int fd)
{
	progress->facts_fd = fd;
}

static void warn(struct progress *progress, const char *text)
{
	if (progress->json)
		put_event(progress, "warning", text, NULL, 0, 0);
	else
		cli_say("warning: %s", text);
}

static void message(struct progress *progress, const char *text)
{
	auto_buf out = BUF_INIT;

	progress->told = true;
	if (progress->json) {
		put_event(progress, "status", text, NULL, 0, 0);
		return;
	}
	if (progress->terminal)
		draw(progress);
	buf_addf(&out, "%s\n", text);
	output_write(progress->fd, buf_text(&out), out.len);
	/* What is above a message stays as it is; lines begin anew below it. */
	progress->drawn = 0;
	progress->len = 0;
}

void progress_report(void *arg, const struct job_progress *report)
{
	struct progress *progress = arg;
	struct line *line;
	bool news;

	if (report->message && report->warning)
		warn(progress, report->message);
	if (progress->quiet || (report->message && report->warning))
		return;
	if (report->message) {
		message(progress, report->message);
		return;
	}
	if (progress->json && report->status) {
		put_event(progress, "status", report->status, report->id, report->done,
			report->total);
		return;
	}
	line = line_of(progress, report->id ? report->id : "");
	if (!line || !report->status)
		return;
	news = strncmp(line->status, report->status, sizeof(line->status) - 1) != 0;
	if (news) {
		snprintf(line->status, sizeof(line->status), "%s", report->status);
		line->since_ns = uv_hrtime();
		line->done_before = report->done;
	}
	line->changed = line->changed || news || line->done != report->done;
	line->done = report->done;
	line->total = report->total;
	if (!progress->terminal && news)
		say(progress, line);
	else if (progress->terminal && uv_hrtime() - progress->drawn_ns > REDRAW_NS)
		draw(progress);
}

bool progress_has_told(const struct progress *progress)
{
	return progress->told;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	if (progress->terminal && !progress->quiet)
		draw(progress);
	free(progress);
}
