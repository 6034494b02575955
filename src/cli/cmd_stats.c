#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

/* A round a second, as docker has it; for a single answer two readings closer together do. */
enum { ROUND_MS = 1000, ONCE_MS = 500 };

struct values {
	bool all, once, no_trunc;
	const char *format;
};

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Show all containers (default shows just running)",
		offsetof(struct values, all)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"no-stream", 0, OPTION_BOOL, NULL,
		"Disable streaming stats and only pull the first result",
		offsetof(struct values, once)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Do not truncate output",
		offsetof(struct values, no_trunc)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct sample {
	char id[65];
	struct container_stats stats;
};

struct samples {
	struct sample *v;
	size_t len;
};

struct watching {
	struct cli *cli;
	const struct values *values;
	const struct operands *operands;
	struct samples before;
	bool seen, over; /* a first round was read; the last one was shown */
	uv_timer_t timer;
	uv_signal_t signals[2];
	struct err err;
};

/* ---- fields ---- */

struct row {
	const struct container *container;
	const char *asked; /* as it was named; NULL: it was not */
	const struct container_stats *now, *before;
	bool no_trunc;
};

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;

	buf_addf(out, "%.*s", row->no_trunc ? 64 : 12, row->container->id);
}

static void put_container(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (row->asked)
		buf_adds(out, row->asked);
	else
		put_id(out, data);
}

static void put_name(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct row *)data)->container->name);
}

static void put_cpu(struct buf *out, const void *data)
{
	const struct row *row = data;
	const struct container_stats *now = row->now, *before = row->before;
	uint64_t used, system;

	if (!now->valid || !before || !before->valid || now->cpu_ns < before->cpu_ns ||
		now->system_ns <= before->system_ns) {
		buf_adds(out, now->valid ? "0.00%" : "--");
		return;
	}
	used = now->cpu_ns - before->cpu_ns;
	system = now->system_ns - before->system_ns;
	buf_addf(out, "%.2f%%", (double)used / (double)system * now->processors * 100);
}

static void put_memory(struct buf *out, const void *data)
{
	const struct container_stats *now = ((const struct row *)data)->now;

	if (!now->valid) {
		buf_adds(out, "-- / --");
		return;
	}
	units_put_memory(out, now->memory);
	buf_adds(out, " / ");
	units_put_memory(out, now->memory_limit);
}

static void put_memory_share(struct buf *out, const void *data)
{
	const struct container_stats *now = ((const struct row *)data)->now;

	if (!now->valid)
		buf_adds(out, "--");
	else
		buf_addf(out, "%.2f%%",
			now->memory_limit ? (double)now->memory / (double)now->memory_limit * 100
					  : 0.0);
}

static void put_pair(struct buf *out, const struct container_stats *now, uint64_t in, uint64_t sent)
{
	if (!now->valid) {
		buf_adds(out, "--");
		return;
	}
	units_put_size(out, in);
	buf_adds(out, " / ");
	units_put_size(out, sent);
}

static void put_network(struct buf *out, const void *data)
{
	const struct container_stats *now = ((const struct row *)data)->now;

	put_pair(out, now, now->received_bytes, now->sent_bytes);
}

static void put_disk(struct buf *out, const void *data)
{
	const struct container_stats *now = ((const struct row *)data)->now;

	put_pair(out, now, now->read_bytes, now->written_bytes);
}

static void put_pids(struct buf *out, const void *data)
{
	const struct container_stats *now = ((const struct row *)data)->now;

	if (now->valid)
		buf_addf(out, "%llu", (unsigned long long)now->pids);
	else
		buf_adds(out, "--");
}

static const struct field fields[] = {
	{"BlockIO", "BLOCK I/O", put_disk, NULL},
	{"CPUPerc", "CPU %", put_cpu, NULL},
	{"Container", "CONTAINER", put_container, NULL},
	{"ID", "CONTAINER ID", put_id, NULL},
	{"MemPerc", "MEM %", put_memory_share, NULL},
	{"MemUsage", "MEM USAGE / LIMIT", put_memory, NULL},
	{"Name", "NAME", put_name, NULL},
	{"NetIO", "NET I/O", put_network, NULL},
	{"PIDs", "PIDS", put_pids, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {
	"ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs", NULL};

/* ---- a round ---- */

/* The containers to show now; named ones stay, whatever becomes of them, until they are gone. */
static int find_containers(
	const struct watching *watching, struct container **out, size_t *count, struct err *err)
{
	const struct operands *named = watching->operands;
	struct container *all;
	size_t kept = 0;

	if (!named->len) {
		if (engine_containers(watching->cli->engine, &all, count, err) < 0)
			return err->code;
		for (size_t i = 0; i < *count; i++)
			if (watching->values->all || all[i].state == CONTAINER_RUNNING ||
				all[i].state == CONTAINER_PAUSED)
				all[kept++] = all[i];
		*out = all;
		*count = kept;
		return 0;
	}
	*out = calloc((size_t)named->len, sizeof(**out));
	*count = (size_t)named->len;
	for (int i = 0; *out && i < named->len; i++)
		if (engine_container(watching->cli->engine, named->v[i], &(*out)[i], err) < 0)
			return err->code;
	return *out ? 0 : err_set(err, ENOMEM, "out of memory");
}

static const struct container_stats *earlier(const struct samples *before, const char *id)
{
	for (size_t i = 0; i < before->len; i++)
		if (str_eq(before->v[i].id, id))
			return &before->v[i].stats;
	return NULL;
}

static int read_samples(struct watching *watching, const struct container *containers, size_t count,
	struct samples *out, struct err *err)
{
	out->v = calloc(count + 1, sizeof(*out->v));
	if (!out->v)
		return err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct err gone; /* between the list and now: shown as stopped */

		snprintf(out->v[i].id, sizeof(out->v[i].id), "%s", containers[i].id);
		if (engine_stats(watching->cli->engine, containers[i].id, &out->v[i].stats, &gone) <
			0)
			out->v[i].stats = (struct container_stats){0};
	}
	out->len = count;
	return 0;
}

/* On a terminal over the round before, each line to its end and then the rest of the screen, so
 * that nothing flickers. */
static void put_text(struct watching *watching, const struct buf *text)
{
	struct buf *out = &watching->cli->out.text;

	if (watching->values->once || !isatty(watching->cli->out.fd)) {
		buf_add(out, buf_text(text), text->len);
		return;
	}
	buf_adds(out, "\033[H");
	for (const char *line = buf_text(text); *line;) {
		size_t len = strcspn(line, "\n");

		buf_add(out, line, len);
		buf_adds(out, "\033[K\n");
		line += len + (line[len] == '\n');
	}
	buf_adds(out, "\033[J");
}

static int show(struct watching *watching, const struct container *containers,
	const struct samples *now, struct err *err)
{
	struct listing *listing = NULL;
	auto_buf text = BUF_INIT;
	int failed = listing_new(watching->values->format, fields, columns,
		"*container.statsContext", &listing, err);

	for (size_t i = 0; !failed && i < now->len; i++) {
		const struct row row = {
			.container = &containers[i],
			.asked = watching->operands->len ? watching->operands->v[i] : NULL,
			.now = &now->v[i].stats,
			.before = earlier(&watching->before, now->v[i].id),
			.no_trunc = watching->values->no_trunc,
		};

		failed = listing_add(listing, &row, err);
	}
	if (!failed)
		listing_end(listing, &text);
	put_text(watching, &text);
	listing_free(listing);
	return failed;
}

static int do_round(struct watching *watching, struct err *err)
{
	auto_free struct container *containers = NULL;
	struct samples now = {0};
	size_t count = 0;
	int failed = find_containers(watching, &containers, &count, err);

	if (!failed)
		failed = read_samples(watching, containers, count, &now, err);
	/* Shares need two rounds; without containers there is nothing to wait for. */
	if (!failed && (watching->seen || !watching->values->once || !count)) {
		failed = show(watching, containers, &now, err);
		watching->over = watching->values->once;
	}
	free(watching->before.v);
	watching->before = now;
	watching->seen = true;
	return failed;
}

/* ---- rounds ---- */

static void end(struct watching *watching)
{
	if (uv_is_closing((uv_handle_t *)&watching->timer))
		return;
	uv_close((uv_handle_t *)&watching->timer, NULL);
	for (size_t i = 0; i < array_len(watching->signals); i++)
		uv_close((uv_handle_t *)&watching->signals[i], NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	end(handle->data);
}

static void on_timer(uv_timer_t *timer)
{
	struct watching *watching = timer->data;

	if (do_round(watching, &watching->err) < 0 || !output_flush(&watching->cli->out) ||
		watching->over)
		end(watching);
}

static int stats(struct cli *cli, void *data, const struct operands *operands)
{
	static const int numbers[] = {SIGINT, SIGTERM};
	const struct values *values = data;
	struct watching watching = {.cli = cli, .values = values, .operands = operands};

	if (!cli_open(cli))
		return 1;
	uv_timer_init(&cli->loop, &watching.timer);
	watching.timer.data = &watching;
	uv_timer_start(&watching.timer, on_timer, 0, values->once ? ONCE_MS : ROUND_MS);
	for (size_t i = 0; i < array_len(numbers); i++) {
		uv_signal_init(&cli->loop, &watching.signals[i]);
		watching.signals[i].data = &watching;
		uv_signal_start(&watching.signals[i], on_signal, numbers[i]);
	}
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	free(watching.before.v);
	return watching.err.code < 0 ? cli_fail(&watching.err, 1) : 0;
}

const struct command command_stats = {
	.names = {"stats", "container stats"},
	.usage = "[OPTIONS] [CONTAINER...]",
	.summary = "Display a live stream of containers' resource usage statistics",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = stats,
};
