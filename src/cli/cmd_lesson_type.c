/* lesson type: a terminal of its own with somebody who types, for what a lesson does again with nobody
 * there; not for people. */
#include "cli/cli.h"
#include "core/engine.h"

extern char **environ;

static const struct option *const tables[] = {NULL};

static int type(struct cli *cli, void *data, const struct operands *operands)
{
	auto_strs env = STRS_INIT;
	struct err err;
	int code;

	(void)data;
	for (char **word = environ; *word; word++)
		strs_add(&env, *word);
	code = errand_type(operands->v[1], &env, operands->v[0], &cli->out.text, &err);
	return code < 0 ? cli_fail(&err, 1) : code;
}

const struct command command_lesson_type = {
	.names = {"lesson type"},
	.usage = "KEYS COMMAND",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.is_outside = true,
	.run = type,
};
