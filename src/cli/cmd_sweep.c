/* What a shim starts after its container's exit; not for people. */
#include "cli/cli.h"

static int sweep(struct cli *cli, void *values, const struct operands *operands)
{
	struct err err;

	(void)values;
	if (!cli_open(cli))
		return 1;
	return engine_sweep(cli->engine, operands->v[0], &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_sweep = {
	.names = {"sweep"},
	.usage = "CONTAINER",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.run = sweep,
};
