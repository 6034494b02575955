#include <unistd.h>

#include "cli/action.h"
#include "cli/each.h"
#include "cli/request.h"

static const struct option options[] = {
	{"rm", 0, OPTION_BOOL, NULL,
		"Automatically remove the container and its associated anonymous volumes when it exits",
		offsetof(struct request_values, remove)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, request_options, request_host_options, NULL};

struct creation {
	struct cli *cli;
	const struct container_request *request;
};

static struct op *start(void *context, op_done_fn done, void *arg)
{
	const struct creation *creation = context;

	return engine_create(creation->cli->engine, creation->request, done, arg);
}

static int create_with(
	struct cli *cli, const struct request_values *values, struct container_request *request)
{
	struct creation creation = {.cli = cli, .request = request};
	struct err err;
	char id[65];
	int code, fd;

	if (!cli_open(cli))
		return EXIT_TROUBLE;
	code = request_image(cli, values, request->image);
	if (code)
		return code;
	if (request_open_cidfile(values, &fd, &err) < 0)
		return cli_fail(&err, EXIT_TROUBLE);
	action_made(cli, "", request->name);
	code = one_op(cli, start, &creation, NULL, id, &err);
	if (code == 0)
		code = request_write_cidfile(values, fd, id, &err);
	if (fd >= 0)
		close(fd);
	if (code < 0) {
		if (fd >= 0)
			unlink(values->cidfile);
		return cli_fail(&err, 1); /* 125 is for run, and for flags */
	}
	action_made(cli, id, request->name);
	buf_addf(&cli->out.text, "%s\n", id);
	return 0;
}

static int create(struct cli *cli, void *data, const struct operands *operands)
{
	const struct request_values *values = data;
	struct container_request request;
	struct err err;
	int code = EXIT_TROUBLE;

	if (request_build(values, operands, &request, &err) < 0) {
		cli_tell(&err);
	} else {
		/* Made to be attached to: its input ends with its first reader, as docker has it.
		 */
		request.stdin_once = values->interactive;
		code = create_with(cli, values, &request);
	}
	container_request_fini(&request);
	return code;
}

const struct command command_create = {
	.names = {"create", "container create"},
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create a new container",
	.syntax = {.tables = tables, .hands_on_after = 1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct request_values),
	.defaults = &request_defaults,
	.run = create,
};
