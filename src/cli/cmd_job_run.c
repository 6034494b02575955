/* What engine_job_start starts: the process that is the job; not for people. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"
#include "util/own.h"
#include "util/strs.h"

enum { LOCK_FD = 3 };

/* Nobody's child: who started it may go, or live long and forget it. There is one thread yet. */
static bool leave_parent(void)
{
	pid_t child = fork();

	if (child > 0)
		_exit(0);
	return child == 0;
}

/* Reading the words moves them about; the list still owns each once. */
static int dispatch(struct cli *cli, const struct strs *args)
{
	auto_free char **words = calloc(args->len + 1, sizeof(*words));

	if (!words)
		return 1;
	memcpy(words, args->v, args->len * sizeof(*words));
	return cli_dispatch(cli, (int)args->len, words);
}

static int run_job(struct cli *cli, void *values, const struct operands *operands)
{
	auto_strs args = STRS_INIT;
	struct err err;
	int failed;

	(void)values;
	if (fcntl(LOCK_FD, F_GETFD) < 0) {
		cli_say("job-run is only started by davit itself");
		return 1;
	}
	if (!leave_parent()) {
		cli_say("job-run: the process could not be copied: %s", err_name(errno));
		return 1;
	}
	if (!cli_open(cli))
		return 1;
	failed = engine_job_enter(cli->engine, operands->v[0], LOCK_FD, &cli->job, &args, &err);
	if (failed)
		return cli_fail(&err, failed == -ECANCELED ? 128 + SIGINT : 1);
	return dispatch(cli, &args);
}

const struct command command_job_run = {
	.names = {"job-run"},
	.usage = "JOB",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.run = run_job,
};
