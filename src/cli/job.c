#include "cli/job.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "cli/progress.h"

static atomic_bool cancel;

static void on_signal(int signal)
{
	(void)signal;
	/* The first asks politely; with the default back, a second one ends it at once. */
	atomic_store(&cancel, true);
}

static void catch (void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

int job_run(struct cli *cli, job_fn work, const void *context, bool quiet, bool sync)
{
	struct job_options options = {.cancel = &cancel, .progress = progress_report, .sync = sync};
	struct err err;
	int failed;

	if (!cli_open(cli))
		return 1;
	options.arg = progress_new(STDOUT_FILENO, quiet);
	if (!options.arg)
		return 1;
	catch ();
	failed = work(cli->engine, context, &options, &cli->out.text, &err);
	progress_free(options.arg);
	if (!failed) {
		if (cli->out.text.len && cli->out.text.data[cli->out.text.len - 1] != '\n')
			buf_addc(&cli->out.text, '\n');
		return 0;
	}
	return cli_fail(&err, failed == -ECANCELED ? 128 + SIGINT : 1);
}
