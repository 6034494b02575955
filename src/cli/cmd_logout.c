#include "cli/cli.h"
#include "util/own.h"

static int logout(struct cli *cli, void *data, const struct operands *operands)
{
	auto_free char *key = NULL;
	struct err err = {0};
	bool found = false;

	(void)data;
	if (engine_logout(operands->len ? operands->v[0] : NULL, &key, &found, &err) < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s %s\n",
		found ? "Removing login credentials for" : "Not logged in to", key);
	return 0;
}

const struct command command_logout = {
	.names = {"logout"},
	.usage = "[SERVER]",
	.summary = "Log out from a registry",
	.syntax = {.hands_on_after = -1},
	.most = 1,
	.run = logout,
};
