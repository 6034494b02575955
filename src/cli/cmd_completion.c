#include "cli/cli.h"
#include "util/strs.h"

static int completion(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	if (!str_eq(operands->v[0], "bash")) {
		cli_say("completion for %s: only bash is known", operands->v[0]);
		return 1;
	}
	completion_bash(&cli->out.text);
	return 0;
}

const struct command command_completion = {
	.names = {"completion"},
	.usage = "bash",
	.summary = "Print a shell's completion of this command line",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.is_outside = true,
	.run = completion,
};
