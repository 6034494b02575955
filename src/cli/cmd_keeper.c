/* The process that keeps an ordinary user's namespaces. */
#include <cjson/cJSON.h>

#include "cli/cli.h"
#include "util/json.h"

static int status(struct cli *cli, void *values, const struct operands *operands)
{
	auto_json *keeper = NULL;
	struct err err;
	int pid;

	(void)values;
	(void)operands;
	if (engine_keeper_here(&keeper, &err) < 0)
		return cli_fail(&err, 1);
	pid = (int)cJSON_GetNumberValue(json_get(keeper, "Pid"));
	if (!pid) {
		buf_adds(&cli->out.text, "no keeper is running: the next command starts one\n");
		return 1;
	}
	buf_addf(&cli->out.text,
		"running: process %d keeps %.0f user ids, its record is %s/keeper\n", pid,
		cJSON_GetNumberValue(json_get(keeper, "Ids")), json_str(keeper, "RunRoot"));
	return 0;
}

static int stop(struct cli *cli, void *values, const struct operands *operands)
{
	struct err err;

	(void)cli;
	(void)values;
	(void)operands;
	return engine_keeper_stop_here(&err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_keeper_status = {
	.names = {"keeper status"},
	.summary = "Is there a keeper of your user namespace, and how many ids has it?",
	.syntax = {.hands_on_after = -1},
	.is_outside = true,
	.run = status,
};

const struct command command_keeper_stop = {
	.names = {"keeper stop"},
	.summary = "End the keeper of your user namespace; running containers go on",
	.syntax = {.hands_on_after = -1},
	.is_outside = true,
	.run = stop,
};
