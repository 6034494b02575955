#include "cli/about.h"
#include "cli/cli.h"
#include "cli/form.h"
#include "util/strs.h"

struct values {
	const char *format;
};

static const struct option options[] = {
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

/* Docker's two parts; what it calls the server is the engine in this same program. */
static void put_version(struct buf *out, const cJSON *version)
{
	const cJSON *part;

	cJSON_ArrayForEach(part, version) {
		if (part->prev->next)
			buf_addc(out, '\n');
		buf_addf(out, "%s:\n", str_eq(part->string, "Server") ? "Engine" : part->string);
		about_put(out, part, 1, 18);
	}
}

static void put_info(struct buf *out, const cJSON *info)
{
	about_put(out, info, 0, 0);
}

static int show(struct cli *cli, const struct values *values,
	int (*ask)(struct engine *engine, struct cJSON **out, struct err *err),
	void (*put)(struct buf *out, const cJSON *answer))
{
	auto_of(form) struct form *form = NULL;
	struct err err;
	cJSON *answer;
	int failed = 0;

	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	if (ask(cli->engine, &answer, &err) < 0)
		return cli_fail(&err, 1);
	if (!values->format || !*values->format)
		put(&cli->out.text, answer);
	else
		failed = form_put(form, answer, &cli->out.text, &err);
	cJSON_Delete(answer);
	return failed ? cli_fail(&err, 1) : 0;
}

static int version(struct cli *cli, void *values, const struct operands *operands)
{
	(void)operands;
	return show(cli, values, engine_version, put_version);
}

static int info(struct cli *cli, void *values, const struct operands *operands)
{
	(void)operands;
	return show(cli, values, engine_info, put_info);
}

const struct command command_version = {
	.names = {"version"},
	.usage = "[OPTIONS]",
	.summary = "Show the version information",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.values_size = sizeof(struct values),
	.run = version,
};

const struct command command_info = {
	.names = {"info", "system info"},
	.usage = "[OPTIONS]",
	.summary = "Display system-wide information",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 0,
	.values_size = sizeof(struct values),
	.run = info,
};
