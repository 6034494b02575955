#include "cli/attached.h"
#include "cli/each.h"

struct values {
	bool attach, interactive, sig_proxy;
	const char *detach_keys;
};

static const struct option options[] = {
	{"attach", 'a', OPTION_BOOL, NULL, "Attach STDOUT/STDERR and forward signals",
		offsetof(struct values, attach)},
	{"checkpoint", 0, OPTION_LATER, NULL, NULL, 0},
	{"checkpoint-dir", 0, OPTION_LATER, NULL, NULL, 0},
	{"detach-keys", 0, OPTION_STRING, NULL,
		"Override the key sequence for detaching a container",
		offsetof(struct values, detach_keys)},
	{"interactive", 'i', OPTION_BOOL, NULL, "Attach container's STDIN",
		offsetof(struct values, interactive)},
	{"sig-proxy", 0, OPTION_BOOL, NULL, "Proxy received signals to the process (default true)",
		offsetof(struct values, sig_proxy)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.sig_proxy = true};

struct starting {
	struct cli *cli;
	const char *who;
};

static struct op *start_one(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg)
{
	(void)values;
	return engine_start(engine, who, done, arg);
}

static struct session *start_attached(void *context, const struct session_options *wanted,
	const struct session_events *events, void *arg)
{
	const struct starting *starting = context;

	return engine_start_attached(starting->cli->engine, starting->who, wanted, events, arg);
}

static int attach_to(struct cli *cli, const struct values *values, const char *who)
{
	struct starting starting = {.cli = cli, .who = who};
	struct attached_options wanted = {
		.sig_proxy = values->sig_proxy,
		.detach_keys = values->detach_keys,
		.want_stdout = true,
		.trouble_code = 1,
		.start = start_attached,
		.context = &starting,
	};
	struct container container;
	struct err err;

	if (!cli_open(cli))
		return 1;
	offer_boot(cli->engine);
	if (engine_container(cli->engine, who, &container, &err) < 0)
		return cli_fail(&err, 1);
	wanted.tty = container.tty;
	wanted.want_stdin = values->interactive && container.stdin_open;
	wanted.want_stderr = !container.tty;
	return attached_run(cli, &wanted);
}

static int start(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;

	if (!values->attach && !values->interactive)
		return each_name(cli, operands,
			&(struct each_verb){.start = start_one, .offers_boot = true});
	if (operands->len == 1)
		return attach_to(cli, values, operands->v[0]);
	cli_say("you cannot start and attach multiple containers at once");
	return 1;
}

const struct command command_start = {
	.names = {"start", "container start"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Start one or more stopped containers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = start,
};
