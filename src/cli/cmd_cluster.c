/* Commands of clusters, which one host is not. */
#include "cli/cli.h"

static int answer(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	(void)operands;
	cli_say("'%s' needs a cluster, and davit is one host: several containers together are a "
		"compose file, and an orchestrator can run containers through davit-runtime, the OCI "
		"runtime",
		cli->spelling);
	return 1;
}

#define cluster_command(word)                                                                      \
	const struct command command_##word = {                                                    \
		.names = {#word},                                                                  \
		.usage = "",                                                                       \
		.syntax = {.hands_on_after = 0},                                                   \
		.most = -1,                                                                        \
		.run = answer,                                                                     \
	}

cluster_command(service);
cluster_command(stack);
cluster_command(swarm);
cluster_command(node);
