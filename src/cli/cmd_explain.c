#include "cli/cli.h"
#include "cli/form.h"
#include "cli/terminal.h"

struct values {
	const char *format;
};

static const struct option options[] = {
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int explain_text(struct cli *cli, const char *who)
{
	unsigned rows, columns;
	struct err err;

	if (!terminal_size(STDOUT_FILENO, &rows, &columns) || columns < 40)
		columns = 80;
	if (engine_explain_text(cli->engine, who, columns, &cli->out.text, &err) < 0)
		return cli_fail(&err, 1);
	return 0;
}

static int explain(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(form) struct form *form = NULL;
	struct err err;
	cJSON *plan;
	int failed;

	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	if (!values->format || !*values->format)
		return explain_text(cli, operands->v[0]);
	if (engine_explain(cli->engine, operands->v[0], &plan, &err) < 0)
		return cli_fail(&err, 1);
	failed = form_put(form, plan, &cli->out.text, &err);
	cJSON_Delete(plan);
	return failed ? cli_fail(&err, 1) : 0;
}

const struct command command_explain = {
	.names = {"explain", "container explain"},
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Show the steps that made a container, and how long each took",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = explain,
};
