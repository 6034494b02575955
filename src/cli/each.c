#include "cli/each.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

enum { AT_ONCE = 50 };

struct each;

struct one {
	struct each *each;
	const char *who;
	char *lines;
	int exit_code;
	bool done;
	struct err err;
};

struct each {
	struct cli *cli;
	const struct each_verb *verb;
	struct one *ones;
	size_t len, started, told;
	int code;
};

static void start_more(struct each *each, size_t count);

static void tell(struct each *each, const struct one *one)
{
	if (each->verb->prints_lines)
		buf_adds(&each->cli->out.text, one->lines ? one->lines : "");
	else if (one->err.code == 0 && each->verb->prints_code)
		buf_addf(&each->cli->out.text, "%d\n", one->exit_code);
	else if (one->err.code == 0)
		buf_addf(&each->cli->out.text, "%s\n", one->who);
	output_flush(&each->cli->out);
	if (one->err.code == 0)
		return;
	cli_tell(&one->err);
	if (one->err.code != -ENOENT || !each->verb->forgives_missing)
		each->code = 1;
}

static void on_done(void *arg, const struct op_result *result)
{
	struct one *one = arg;
	struct each *each = one->each;

	if (result->err)
		one->err = *result->err;
	one->exit_code = result->exit_code;
	one->lines = each->verb->prints_lines ? strdup(result->lines) : NULL;
	one->done = true;
	while (each->told < each->started && each->ones[each->told].done)
		tell(each, &each->ones[each->told++]);
	start_more(each, 1);
}

static void start_more(struct each *each, size_t count)
{
	for (; count && each->started < each->len; count--) {
		struct one *one = &each->ones[each->started++];

		if (!each->verb->start(
			    each->cli->engine, one->who, each->verb->values, on_done, one)) {
			one->done = true;
			err_set(&one->err, ENOMEM, "%s: out of memory", one->who);
		}
	}
}

int each_name(struct cli *cli, const struct operands *operands, const struct each_verb *verb)
{
	struct each each = {.cli = cli, .verb = verb, .len = (size_t)operands->len};
	auto_free struct one *ones = calloc(each.len, sizeof(*ones));

	if (!ones || !cli_open(cli))
		return 1;
	if (verb->offers_boot)
		offer_boot(cli->engine);
	for (size_t i = 0; i < each.len; i++) {
		ones[i].each = &each;
		ones[i].who = operands->v[i];
	}
	each.ones = ones;
	start_more(&each, AT_ONCE);
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	while (each.told < each.len)
		tell(&each, &ones[each.told++]);
	for (size_t i = 0; i < each.len; i++)
		free(ones[i].lines);
	return each.code;
}

struct single {
	struct op *op;
	int *exit_code;
	char *id;
	struct buf *lines;
	uint64_t *bytes;
	struct err *err;
	uv_signal_t signals[2];
	bool done;
};

static void on_single(void *arg, const struct op_result *result)
{
	struct single *single = arg;

	single->done = true;
	*single->err = result->err ? *result->err : (struct err){0};
	if (single->exit_code)
		*single->exit_code = result->exit_code;
	if (single->id)
		snprintf(single->id, 65, "%s", result->id ? result->id : "");
	if (single->lines && result->lines)
		buf_adds(single->lines, result->lines);
	if (single->bytes)
		*single->bytes = result->bytes;
	for (size_t i = 0; i < array_len(single->signals); i++)
		uv_close((uv_handle_t *)&single->signals[i], NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct single *single = handle->data;

	(void)number;
	if (!single->done)
		op_cancel(single->op);
}

/* The first Ctrl-C asks for an end; a second one has its usual effect. */
static void listen_to(struct cli *cli, struct single *single)
{
	static const int numbers[] = {SIGINT, SIGTERM};

	for (size_t i = 0; i < array_len(single->signals); i++) {
		uv_signal_init(&cli->loop, &single->signals[i]);
		single->signals[i].data = single;
		uv_signal_start_oneshot(&single->signals[i], on_signal, numbers[i]);
	}
}

static int run_single(struct cli *cli, struct single *single, one_start_fn start, void *context)
{
	struct err none;

	listen_to(cli, single);
	single->op = start(context, on_single, single);
	if (!single->op) {
		err_set(&none, ENOMEM, "out of memory");
		on_single(single, &(struct op_result){.err = &none});
	}
	/* To the loop's end, which is when the signals' handles are closed. */
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return single->err->code;
}

int one_op(struct cli *cli, one_start_fn start, void *context, int *exit_code, char *id,
	struct err *err)
{
	struct single single = {.exit_code = exit_code, .id = id, .err = err};

	return run_single(cli, &single, start, context);
}

int one_op_lines(struct cli *cli, one_start_fn start, void *context, struct buf *lines,
	uint64_t *bytes, struct err *err)
{
	struct single single = {.lines = lines, .bytes = bytes, .err = err};

	return run_single(cli, &single, start, context);
}
