/* The process that keeps an ordinary user's namespaces. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cli/cli.h"
#include "util/json.h"
#include "util/own.h"

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

/* Inside, this process is root of the user's namespace: so is what it becomes. */
static int become(struct cli *cli, void *values, const struct operands *operands)
{
	auto_free char **argv = calloc((size_t)operands->len + 1, sizeof(*argv));
	int why;

	(void)cli;
	(void)values;
	if (!argv)
		return EXIT_TROUBLE;
	memcpy(argv, operands->v, (size_t)operands->len * sizeof(*argv));
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	why = errno;
	cli_say("keeper run %s: %s", argv[0], strerror(why));
	return why == ENOENT ? 127 : 126;
}

const struct command command_keeper_run = {
	.names = {"keeper run"},
	.usage = "COMMAND [ARG...]",
	.summary = "Run a program of the host as root of your user namespace",
	.syntax = {.hands_on_after = 1},
	.least = 1,
	.most = -1,
	.run = become,
};

const struct command command_keeper_status = {
	.names = {"keeper status"},
	.usage = "",
	.summary = "Is there a keeper of your user namespace, and how many ids has it?",
	.syntax = {.hands_on_after = -1},
	.is_outside = true,
	.run = status,
};

const struct command command_keeper_stop = {
	.names = {"keeper stop"},
	.usage = "",
	.summary = "End the keeper of your user namespace; running containers go on",
	.syntax = {.hands_on_after = -1},
	.is_outside = true,
	.run = stop,
};
