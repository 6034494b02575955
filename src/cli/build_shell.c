#include "cli/build_shell.h"

#include <limits.h>
#include <unistd.h>

#include "cli/attached.h"

struct shell {
	struct cli *cli;
	const struct container_request *request;
};

static struct session *start(void *context, const struct session_options *options,
	const struct session_events *events, void *arg)
{
	const struct shell *shell = context;

	return engine_run(shell->cli->engine, shell->request, options, events, arg);
}

static void run_shell(struct cli *cli, const struct build_result *result)
{
	struct container_request request;
	const struct shell shell = {cli, &request};
	const struct attached_options wanted = {
		.tty = true,
		.want_stdin = true,
		.want_stdout = true,
		.trouble_code = EXIT_TROUBLE,
		.start = start,
		.context = (void *)&shell,
	};

	container_request_init(&request);
	request.image = result->before_failure;
	request.tty = request.stdin_open = request.stdin_once = request.auto_remove = true;
	request.workdir = *result->working_dir ? result->working_dir : "/";
	request.stop_timeout = INT_MIN;
	request.has_entrypoint = true;
	strs_add(&request.command, "/bin/sh");
	strs_copy(&request.mounts, &result->mounts);
	strs_copy(&request.env, &result->env);
	attached_run(cli, &wanted);
	container_request_fini(&request);
}

static void on_removed(void *arg, const struct op_result *result)
{
	(void)arg;
	(void)result;
}

void build_shell(struct cli *cli, struct build_result *result)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		cli_say("the files and mounts are as they were before this step; the build ends when you leave");
		run_shell(cli, result);
	} else {
		cli_say("--on-fail shell needs a terminal");
	}
	/* Who builds holds the store, and whoever removes images waits for that. */
	build_result_let_go(result);
	if (engine_image_remove(cli->engine, result->before_failure, true, on_removed, NULL))
		uv_run(&cli->loop, UV_RUN_DEFAULT);
}
