#include "cli/cli.h"

static const struct option *const tables[] = {NULL};

static int reboot(struct cli *cli, void *data, const struct operands *operands)
{
	struct err err;

	(void)data;
	(void)operands;
	if (!cli_open(cli))
		return 1;
	return corner_reboot(cli->engine, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_lesson_reboot = {
	.names = {"lesson reboot"},
	.usage = "",
	.summary = "Play a reboot of the machine, for the containers of a lesson",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.run = reboot,
};
