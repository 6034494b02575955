#include "cli/cli.h"
#include "util/buf.h"

static int print(void *arg, enum change_kind kind, const char *path)
{
	struct cli *cli = arg;

	buf_addf(&cli->out.text, "%c %s\n", kind, path);
	return 0;
}

static int diff(struct cli *cli, void *values, const struct operands *operands)
{
	struct err err;

	(void)values;
	if (!cli_open(cli))
		return 1;
	return engine_changes(cli->engine, operands->v[0], print, cli, &err) < 0 ? cli_fail(&err, 1)
										 : 0;
}

const struct command command_diff = {
	.names = {"diff", "container diff"},
	.usage = "CONTAINER",
	.summary = "Inspect changes to files or directories on a container's filesystem",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.run = diff,
};
