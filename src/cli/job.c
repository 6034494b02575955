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
	const struct job_show show = {.quiet = quiet, .sync = sync};

	return job_run_shown(cli, work, context, &show);
}

static bool check(const struct job_show *show, enum progress_mode *mode)
{
	if (progress_mode_parse(show->progress, mode))
		return true;
	cli_say("invalid progress mode %s: it is auto, plain, tty or json", show->progress);
	return false;
}

int job_run_shown(struct cli *cli, job_fn work, const void *context, const struct job_show *show)
{
	enum progress_mode mode;
	bool machine = cli->job != NULL;
	int facts = machine ? job_own_facts(cli->job) : -1;
	struct progress *progress =
		check(show, &mode) ? progress_new(STDOUT_FILENO, machine ? PROGRESS_JSON : mode,
					     show->quiet && !machine)
				   : NULL;
	const struct job_options options = {.cancel = &cancel,
		.progress = progress_report,
		.fact = facts >= 0 ? progress_fact : NULL,
		.arg = progress,
		.sync = show->sync};
	auto_buf result = BUF_INIT;
	struct err err;
	bool told;
	int failed;

	if (progress)
		progress_set_facts(progress, facts);
	if (cli->read_only) {
		progress_free(progress);
		cli_say("read-only session: nothing was changed");
		return 1;
	}
	if (!progress || !cli_open(cli)) {
		progress_free(progress);
		return 1;
	}
	catch ();
	failed = work(cli->engine, context, &options, &result, &err);
	told = progress_has_told(progress);
	if (failed)
		progress_tell_failure(progress, &err);
	progress_free(progress);
	if (failed)
		return cli_fail(&err, failed == -ECANCELED ? 128 + SIGINT : 1);
	/* The result's lines were messages too, where messages are shown. */
	if (!told)
		buf_add(&cli->out.text, buf_text(&result), result.len);
	return 0;
}
