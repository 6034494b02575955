#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool details, follow, timestamps;
	const char *since, *until, *tail;
};

static const struct option options[] = {
	{"details", 0, OPTION_BOOL, NULL, "Show extra details provided to logs",
		offsetof(struct values, details)},
	{"follow", 'f', OPTION_BOOL, NULL, "Follow log output", offsetof(struct values, follow)},
	{"since", 0, OPTION_STRING, NULL,
		"Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" "
		"for 42 minutes)",
		offsetof(struct values, since)},
	{"tail", 'n', OPTION_STRING, NULL,
		"Number of lines to show from the end of the logs (default \"all\")",
		offsetof(struct values, tail)},
	{"timestamps", 't', OPTION_BOOL, NULL, "Show timestamps",
		offsetof(struct values, timestamps)},
	{"until", 0, OPTION_STRING, NULL,
		"Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. "
		"\"42m\" for 42 minutes)",
		offsetof(struct values, until)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.tail = "all"};

struct printing {
	struct cli *cli;
	struct log_reader *reader;
	struct output err_out;
	bool timestamps, details;
	bool in_line[SESSION_STDERR + 1]; /* the stream's last piece had no end of line */
	enum session_stream last;
	int code;
};

static void put(struct printing *printing, const struct log_piece *piece)
{
	bool to_err = piece->stream == SESSION_STDERR;
	struct output *out = to_err ? &printing->err_out : &printing->cli->out;

	/* On one terminal the order between the two streams shows. */
	if (piece->stream != printing->last)
		output_flush(to_err ? &printing->cli->out : &printing->err_out);
	printing->last = piece->stream;
	if (printing->timestamps && !printing->in_line[piece->stream]) {
		units_put_time(&out->text, piece->time_ns);
		buf_addc(&out->text, ' ');
	}
	/* Where docker puts what log options ask for (labels, env): nothing, and a space. */
	if (printing->details && !printing->in_line[piece->stream])
		buf_addc(&out->text, ' ');
	printing->in_line[piece->stream] = piece->len && piece->data[piece->len - 1] != '\n';
	if (printing->timestamps || printing->details || piece->len < 65536) {
		buf_add(&out->text, piece->data, piece->len);
		return;
	}
	/* A large piece goes out as it lies in the log. */
	if (output_flush(out))
		out->failed = -output_write(out->fd, piece->data, piece->len);
}

/* All there is now; false when it is over. */
static bool print_all(struct printing *printing)
{
	struct log_piece piece;
	int got;

	while ((got = log_next(printing->reader, &piece)) > 0) {
		put(printing, &piece);
		if (!output_flow(&printing->cli->out) || !output_flow(&printing->err_out))
			return false;
	}
	if (got < 0) {
		cli_say("the log: %s", err_name(got));
		printing->code = 1;
		return false;
	}
	return output_flush(&printing->cli->out) && output_flush(&printing->err_out);
}

static void on_more(void *arg, bool ended)
{
	struct printing *printing = arg;

	if (!printing->reader)
		return;
	if (print_all(printing) && !ended)
		return;
	log_close(take(printing->reader));
}

static int read_options(const struct values *values, struct log_options *wanted, struct err *err)
{
	uint64_t now = units_now();
	char *end;

	*wanted = (struct log_options){.tail = -1,
		.want_stdout = true,
		.want_stderr = true,
		.runs = !values->timestamps && !values->details};
	if (values->since && units_time(values->since, now, &wanted->since_ns, err) < 0)
		return err_in(err, "invalid value for \"since\"");
	if (values->until && units_time(values->until, now, &wanted->until_ns, err) < 0)
		return err_in(err, "invalid value for \"until\"");
	if (str_eq(values->tail, "all") || !*values->tail)
		return 0;
	errno = 0;
	wanted->tail = strtoll(values->tail, &end, 10);
	if (*end || errno)
		return err_set(err, EINVAL, "invalid value for \"tail\": %s", values->tail);
	if (wanted->tail < 0)
		wanted->tail = -1;
	return 0;
}

static int print(struct printing *printing, bool follow)
{
	struct cli *cli = printing->cli;
	bool more = print_all(printing);
	int failed;

	if (!more || !follow) {
		log_close(take(printing->reader));
		return printing->code;
	}
	failed = log_follow(printing->reader, on_more, printing);
	if (failed) {
		log_close(take(printing->reader));
		cli_say("follow the log: %s", err_name(failed));
		return 1;
	}
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return printing->code;
}

static int logs(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct printing printing = {.cli = cli,
		.err_out = OUTPUT_INIT(STDERR_FILENO),
		.timestamps = values->timestamps,
		.details = values->details,
		.last = SESSION_STDOUT};
	struct log_options wanted;
	struct err err;
	int code;

	if (read_options(values, &wanted, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	if (engine_logs(cli->engine, operands->v[0], &wanted, &printing.reader, &err) < 0)
		return cli_fail(&err, 1);
	code = print(&printing, values->follow);
	output_fini(&printing.err_out);
	return code;
}

const struct command command_logs = {
	.names = {"logs", "container logs"},
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Fetch the logs of a container",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = logs,
};
