#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

#define SECOND 1000000000ull

/* ps's widest name; a longer one shows as its number (procps, do_one_user). */
enum { USER_MAX = 8, CELL_MIN = 20, CELL_GAP = 3 };

typedef struct container_process process;

static void put_uid(struct buf *out, const process *one)
{
	buf_addf(out, "%u", one->uid);
}

/* The host's own file, read without asking any name service. */
static void put_user(struct buf *out, const process *one)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;
	size_t before = out->len;

	while (file && out->len == before && (entry = fgetpwent(file)))
		if (entry->pw_uid == one->uid && strlen(entry->pw_name) <= USER_MAX)
			buf_adds(out, entry->pw_name);
	if (file)
		fclose(file);
	if (out->len == before)
		put_uid(out, one);
}

static void put_pid(struct buf *out, const process *one)
{
	buf_addf(out, "%d", one->pid);
}

static void put_ppid(struct buf *out, const process *one)
{
	buf_addf(out, "%d", one->ppid);
}

static void put_container_pid(struct buf *out, const process *one)
{
	if (one->container_pid)
		buf_addf(out, "%d", one->container_pid);
	else
		buf_addc(out, '-');
}

/* Of its whole life, as ps has it. */
static unsigned percent(const process *one)
{
	uint64_t now = units_now(), life = now > one->started_ns ? now - one->started_ns : 0;
	uint64_t share = life ? one->cpu_ns * 100 / life : 0;

	return share > 99 ? 99 : (unsigned)share;
}

static void put_share(struct buf *out, const process *one)
{
	buf_addf(out, "%u", percent(one));
}

static void put_cpu_share(struct buf *out, const process *one)
{
	uint64_t now = units_now(), life = now > one->started_ns ? now - one->started_ns : 0;

	buf_addf(out, "%.1f", life ? (double)one->cpu_ns * 100 / (double)life : 0.0);
}

static void put_memory_share(struct buf *out, const process *one)
{
	double all = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	buf_addf(out, "%.1f", all > 0 ? (double)one->resident_bytes * 100 / all : 0.0);
}

static void put_start(struct buf *out, const process *one)
{
	time_t start = (time_t)(one->started_ns / SECOND), now = time(NULL);
	const char *format = "%H:%M";
	struct tm then, today;
	char text[16];

	localtime_r(&start, &then);
	localtime_r(&now, &today);
	if (then.tm_yday != today.tm_yday)
		format = "%b%d";
	if (then.tm_year != today.tm_year)
		format = "%Y";
	strftime(text, sizeof(text), format, &then);
	buf_adds(out, text);
}

/* Device numbers: Documentation/admin-guide/devices.txt. */
static void put_tty(struct buf *out, const process *one)
{
	unsigned major_number = major(one->tty), minor_number = minor(one->tty);

	if (major_number >= 136 && major_number <= 143)
		buf_addf(out, "pts/%u", (major_number - 136) * 256 + minor_number);
	else if (major_number == 4 && minor_number < 64)
		buf_addf(out, "tty%u", minor_number);
	else if (major_number == 4)
		buf_addf(out, "ttyS%u", minor_number - 64);
	else
		buf_addc(out, '?');
}

static void put_time(struct buf *out, const process *one)
{
	unsigned long long seconds = one->cpu_ns / SECOND;

	if (seconds >= 86400)
		buf_addf(out, "%llu-", seconds / 86400);
	buf_addf(out, "%02llu:%02llu:%02llu", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

/* As BSD's ps: minutes and seconds. */
static void put_minutes(struct buf *out, const process *one)
{
	unsigned long long seconds = one->cpu_ns / SECOND;

	buf_addf(out, "%llu:%02llu", seconds / 60, seconds % 60);
}

static void put_command(struct buf *out, const process *one)
{
	buf_adds(out, one->command);
}

static void put_name(struct buf *out, const process *one)
{
	buf_adds(out, one->name);
}

static void put_state(struct buf *out, const process *one)
{
	buf_addc(out, one->state);
}

static void put_threads(struct buf *out, const process *one)
{
	buf_addf(out, "%u", one->threads);
}

static void put_virtual(struct buf *out, const process *one)
{
	buf_addf(out, "%llu", (unsigned long long)one->virtual_bytes / 1024);
}

static void put_resident(struct buf *out, const process *one)
{
	buf_addf(out, "%llu", (unsigned long long)one->resident_bytes / 1024);
}

/* ---- columns, by ps's words; nspid is ours ---- */

struct column {
	const char *word, *title;
	void (*put)(struct buf *out, const process *one);
};

static const struct column columns[] = {
	{"user", "USER", put_user},
	{"uid", "UID", put_uid},
	{"pid", "PID", put_pid},
	{"ppid", "PPID", put_ppid},
	{"nspid", "NSPID", put_container_pid},
	{"c", "C", put_share},
	{"pcpu", "%CPU", put_cpu_share},
	{"pmem", "%MEM", put_memory_share},
	{"stime", "STIME", put_start},
	{"start", "STARTED", put_start},
	{"tty", "TTY", put_tty},
	{"tt", "TT", put_tty},
	{"time", "TIME", put_time},
	{"stat", "STAT", put_state},
	{"s", "S", put_state},
	{"nlwp", "NLWP", put_threads},
	{"vsz", "VSZ", put_virtual},
	{"rss", "RSS", put_resident},
	{"comm", "COMMAND", put_name},
	{"cmd", "CMD", put_command},
	{"args", "COMMAND", put_command},
	{"command", "COMMAND", put_command},
};

/* What `ps -ef` shows. */
static const struct column full[] = {
	{"user", "UID", put_user},
	{"pid", "PID", put_pid},
	{"ppid", "PPID", put_ppid},
	{"c", "C", put_share},
	{"stime", "STIME", put_start},
	{"tty", "TTY", put_tty},
	{"time", "TIME", put_time},
	{"cmd", "CMD", put_command},
};

/* What `ps aux` shows. */
static const struct column of_users[] = {
	{"user", "USER", put_user},
	{"pid", "PID", put_pid},
	{"pcpu", "%CPU", put_cpu_share},
	{"pmem", "%MEM", put_memory_share},
	{"vsz", "VSZ", put_virtual},
	{"rss", "RSS", put_resident},
	{"tty", "TTY", put_tty},
	{"stat", "STAT", put_state},
	{"start", "START", put_start},
	{"time", "TIME", put_minutes},
	{"command", "COMMAND", put_command},
};

enum { COLUMNS_MAX = 32 };

struct shown {
	const struct column *v[COLUMNS_MAX];
	size_t len;
};

static int add_column(struct shown *shown, const char *word, size_t len, struct err *err)
{
	for (size_t i = 0; i < array_len(columns); i++) {
		if (strlen(columns[i].word) != len || strncasecmp(columns[i].word, word, len) != 0)
			continue;
		if (shown->len == COLUMNS_MAX)
			return err_set(err, EINVAL, "more than %d columns", COLUMNS_MAX);
		shown->v[shown->len++] = &columns[i];
		return 0;
	}
	return err_set(err, EINVAL,
		"unknown column '%.*s' of -o: davit has user, uid, pid, ppid, nspid (the pid "
		"inside), c, pcpu, pmem, stime, start, tty, time, stat, nlwp, vsz, rss, comm, args",
		(int)len, word);
}

static int add_columns(struct shown *shown, const char *words, struct err *err)
{
	while (*words) {
		size_t len = strcspn(words, ", ");

		if (len && add_column(shown, words, len, err) < 0)
			return err->code;
		words += len;
		words += strspn(words, ", ");
	}
	return 0;
}

static void show(struct shown *shown, const struct column *all, size_t count)
{
	shown->len = 0;
	for (size_t i = 0; i < count; i++)
		shown->v[shown->len++] = &all[i];
}

/* "aux" and its like. */
static bool is_of_users(const char *word)
{
	return *word && strspn(word, "aux") == strlen(word) && strchr(word, 'u');
}

/* ps's options, as far as they choose columns: every process is shown in any case. */
static int read_options(const struct operands *operands, struct shown *shown, struct err *err)
{
	for (int i = 1; i < operands->len; i++) {
		const char *word = operands->v[i];
		size_t len = strlen(word);

		if (is_of_users(word)) {
			show(shown, of_users, array_len(of_users));
			continue;
		}
		if (str_eq(word, "-e") || str_eq(word, "-f") || str_eq(word, "-ef"))
			continue;
		if (!str_eq(word, "-o") && !str_eq(word, "-eo"))
			return err_set(err, EINVAL,
				"option '%.100s' of ps is not supported: davit top reads -ef, aux and -o",
				word);
		if (++i == operands->len)
			return err_set(
				err, EINVAL, "option '%.*s' of ps needs columns", (int)len, word);
		if (add_columns(shown, operands->v[i], err) < 0)
			return err->code;
	}
	if (shown->len)
		return 0;
	show(shown, full, array_len(full));
	return 0;
}

/* ---- the table: docker's, whose columns are at least twenty wide ---- */

static void put_cell(const struct column *column, const process *one, struct buf *out)
{
	if (one)
		column->put(out, one);
	else
		buf_adds(out, column->title);
}

static size_t width_of(const struct column *column, const process *all, size_t count)
{
	size_t width = strlen(column->title);

	for (size_t i = 0; i < count; i++) {
		auto_buf cell = BUF_INIT;

		put_cell(column, &all[i], &cell);
		if (cell.len > width)
			width = cell.len;
	}
	return width + CELL_GAP > CELL_MIN ? width + CELL_GAP : CELL_MIN;
}

static void put_line(
	const struct shown *shown, const size_t *widths, const process *one, struct buf *out)
{
	for (size_t i = 0; i < shown->len; i++) {
		size_t end = out->len + widths[i];

		put_cell(shown->v[i], one, out);
		while (i + 1 < shown->len && out->len < end)
			buf_addc(out, ' ');
	}
	buf_addc(out, '\n');
}

static int top(struct cli *cli, void *values, const struct operands *operands)
{
	auto_free struct container_process *all = NULL;
	size_t widths[COLUMNS_MAX], count = 0;
	struct shown shown = {0};
	struct err err;

	(void)values;
	if (read_options(operands, &shown, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	if (engine_container_processes(cli->engine, operands->v[0], &all, &count, &err) < 0)
		return cli_fail(&err, 1);
	for (size_t i = 0; i < shown.len; i++)
		widths[i] = width_of(shown.v[i], all, count);
	put_line(&shown, widths, NULL, &cli->out.text);
	for (size_t i = 0; i < count; i++)
		put_line(&shown, widths, &all[i], &cli->out.text);
	return 0;
}

const struct command command_top = {
	.names = {"top", "container top"},
	.usage = "CONTAINER [ps OPTIONS]",
	.summary = "Display the running processes of a container",
	.syntax = {.hands_on_after = 1},
	.least = 1,
	.most = -1,
	.run = top,
};
