#include <errno.h>
#include <stdio.h>

#include "cli/attached.h"
#include "cli/envfile.h"
#include "util/own.h"

struct values {
	bool detach, interactive, tty;
	const char *detach_keys, *user, *workdir;
	struct strs env, env_files;
};

static const struct option options[] = {
	{"detach", 'd', OPTION_BOOL, NULL, "Detached mode: run command in the background",
		offsetof(struct values, detach)},
	{"detach-keys", 0, OPTION_STRING, NULL,
		"Override the key sequence for detaching a container",
		offsetof(struct values, detach_keys)},
	{"env", 'e', OPTION_LIST, NULL, "Set environment variables", offsetof(struct values, env)},
	{"env-file", 0, OPTION_LIST, NULL, "Read in a file of environment variables",
		offsetof(struct values, env_files)},
	{"interactive", 'i', OPTION_BOOL, NULL, "Keep STDIN open even if not attached",
		offsetof(struct values, interactive)},
	{"privileged", 0, OPTION_LATER, NULL, NULL, 0},
	{"tty", 't', OPTION_BOOL, NULL, "Allocate a pseudo-TTY", offsetof(struct values, tty)},
	{"user", 'u', OPTION_STRING, NULL, "Username or UID (format: \"<name|uid>[:<group|gid>]\")",
		offsetof(struct values, user)},
	{"workdir", 'w', OPTION_STRING, NULL, "Working directory inside the container",
		offsetof(struct values, workdir)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct running {
	struct cli *cli;
	const char *who;
	const struct exec_request *request;
	int code;
};

static struct session *start(void *context, const struct session_options *wanted,
	const struct session_events *events, void *arg)
{
	const struct running *running = context;

	return engine_exec(
		running->cli->engine, running->who, running->request, wanted, events, arg);
}

static void on_ended(void *arg, const struct session_result *result)
{
	struct running *running = arg;

	if (result->end != SESSION_FAILED && result->end != SESSION_LOST)
		return;
	cli_tell(result->err);
	running->code =
		result->exit_code == 126 || result->exit_code == 127 ? result->exit_code : 1;
}

static int exec_detached(struct running *running)
{
	static const struct session_events events = {.ended = on_ended};
	const struct session_options none = {.want_stdin = false};

	if (!start(running, &none, &events, running))
		return 1;
	uv_run(&running->cli->loop, UV_RUN_DEFAULT);
	return running->code;
}

static int exec_attached(struct running *running, const struct values *values)
{
	const struct attached_options wanted = {
		.tty = values->tty,
		.want_stdin = values->interactive,
		.want_stdout = true,
		.want_stderr = !values->tty,
		.detach_keys = values->detach_keys,
		.trouble_code = 1,
		.start = start,
		.context = running,
	};

	return attached_run(running->cli, &wanted);
}

static int exec_with(struct cli *cli, const struct values *values, const struct operands *operands,
	struct exec_request *request)
{
	struct running running = {.cli = cli, .who = operands->v[0], .request = request};
	struct err err;

	request->user = values->user;
	request->workdir = values->workdir;
	request->tty = values->tty;
	request->stdin_open = values->interactive;
	request->detach = values->detach;
	for (int i = 1; i < operands->len; i++)
		strs_add(&request->command, operands->v[i]);
	if (envfile_env(&values->env_files, &values->env, &request->env, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	return values->detach ? exec_detached(&running) : exec_attached(&running, values);
}

static int exec(struct cli *cli, void *values, const struct operands *operands)
{
	struct exec_request request;
	int code;

	exec_request_init(&request);
	code = exec_with(cli, values, operands, &request);
	exec_request_fini(&request);
	return code;
}

const struct command command_exec = {
	.names = {"exec", "container exec"},
	.usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
	.summary = "Execute a command in a running container",
	.syntax = {.tables = tables, .hands_on_after = 1},
	.least = 2,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = exec,
};
