#include "cli/explain_figure.h"
#include "cli/explain_hood.h"
#include "cli/terminal.h"

struct values {
	const char *format, *beside, *figure;
	struct strs parts;
	bool hood, why, proofs;
};

static const struct option options[] = {
	{"beside", 0, OPTION_STRING, "container",
		"Show beside another's what is under the hood; 'host': the host's",
		offsetof(struct values, beside)},
	{"figure", 0, OPTION_STRING, "figure",
		"Draw what is there: engine, image, layers, files, merged, index, machines",
		offsetof(struct values, figure)},
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{"hood", 0, OPTION_BOOL, NULL,
		"Show what the kernel says of it: namespaces, mounts, limits, …",
		offsetof(struct values, hood)},
	{"part", 0, OPTION_LIST, "part", "With --hood: this part alone",
		offsetof(struct values, parts)},
	{"proofs", 0, OPTION_BOOL, NULL, "The command that shows the same",
		offsetof(struct values, proofs)},
	{"why", 0, OPTION_BOOL, NULL, "Say why it ended", offsetof(struct values, why)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int explain_launch(struct cli *cli, const char *who, const struct form *form)
{
	struct buf *out = &cli->out.text;
	unsigned rows, columns;
	struct err err;
	cJSON *plan;
	int failed;

	if (form && engine_explain(cli->engine, who, &plan, &err) < 0)
		return cli_fail(&err, 1);
	if (form) {
		failed = form_put(form, plan, out, &err);
		cJSON_Delete(plan);
		return failed ? cli_fail(&err, 1) : 0;
	}
	if (!terminal_size(STDOUT_FILENO, &rows, &columns) || columns < 40)
		columns = 80;
	failed = engine_explain_text(cli->engine, who, columns, out, &err);
	return failed ? cli_fail(&err, 1) : 0;
}

static int explain(struct cli *cli, void *data, const struct operands *operands)
{
	struct values *values = data;
	const struct hood_wish wish = {&values->parts, values->beside, values->proofs};
	auto_of(form) struct form *form = NULL;
	const struct form *asked;
	struct err err;

	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	asked = values->format && *values->format ? form : NULL;
	if (values->figure)
		return explain_figure(cli, values->figure, operands->v[0], values->proofs, asked);
	if (!operands->len)
		return cli_misused(cli, 1, "'davit %s' requires 1 argument", cli->spelling);
	if (values->why)
		return explain_why(cli, operands->v[0], asked);
	if (values->hood || values->parts.len || values->beside || values->proofs)
		return explain_hood(cli, operands->v[0], &wish, asked);
	return explain_launch(cli, operands->v[0], asked);
}

const struct command command_explain = {
	.names = {"explain", "container explain"},
	.usage = "[OPTIONS] CONTAINER | --figure FIGURE [OBJECT]",
	.summary = "Show how a container was made, what is under its hood, or why it ended",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = explain,
};
