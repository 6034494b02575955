/* What a shim starts after its container's exit, and who makes images for afterwards; not for
 * people. */
#include <unistd.h>

#include "cli/cli.h"

struct values {
	bool sync;
};

static const struct option options[] = {
	{"sync", 0, OPTION_BOOL, NULL, NULL, offsetof(struct values, sync)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int sweep(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct err err;
	int failed;

	if (values->sync == (operands->len > 0))
		return cli_misused(cli, 1, "sweep takes a container, or --sync");
	if (!cli_open(cli))
		return 1;
	failed = values->sync ? engine_sync_here(cli->engine, STDIN_FILENO, &err)
			      : engine_sweep(cli->engine, operands->v[0], &err);
	return failed ? cli_fail(&err, 1) : 0;
}

const struct command command_sweep = {
	.names = {"sweep"},
	.usage = "CONTAINER",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.most = 1,
	.values_size = sizeof(struct values),
	.run = sweep,
};
