/* Every word after `runtime` is davit-runtime's. */
#include <stdlib.h>

#include "cli/cli.h"
#include "util/own.h"

static int runtime(struct cli *cli, void *values, const struct operands *operands)
{
	auto_free char **argv = calloc((size_t)operands->len + 2, sizeof(*argv));
	struct err err = {0};

	(void)cli;
	(void)values;
	if (!argv)
		return 1;
	argv[0] = (char *)"davit-runtime";
	for (int i = 0; i < operands->len; i++)
		argv[i + 1] = operands->v[i];
	engine_runtime_become(argv, &err);
	return cli_fail(&err, 1);
}

const struct command command_runtime = {
	.names = {"runtime"},
	.usage = "[OPTIONS] COMMAND [ARG...]",
	.summary = "The OCI runtime for podman, docker and containerd (davit-runtime)",
	.syntax = {.passes_on = true, .hands_on_after = -1},
	.least = 0,
	.most = -1,
	.is_outside = true,
	.run = runtime,
};
