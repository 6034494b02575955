/* What watches over a lesson, and cleans up after it when it was killed; not for people. */
#include <unistd.h>

#include "cli/cli.h"

static const struct option *const tables[] = {NULL};

static int sweep(struct cli *cli, void *data, const struct operands *operands)
{
	(void)data;
	(void)operands;
	if (!cli_open(cli))
		return 1;
	corner_watch_here(cli->engine, STDIN_FILENO);
	return 0;
}

const struct command command_lesson_sweep = {
	.names = {"lesson sweep"},
	.usage = "",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.run = sweep,
};
