#include "cli/attached.h"

struct values {
	bool no_stdin, sig_proxy;
	const char *detach_keys;
};

static const struct option options[] = {
	{"detach-keys", 0, OPTION_STRING, NULL,
		"Override the key sequence for detaching a container",
		offsetof(struct values, detach_keys)},
	{"no-stdin", 0, OPTION_BOOL, NULL, "Do not attach STDIN",
		offsetof(struct values, no_stdin)},
	{"sig-proxy", 0, OPTION_BOOL, NULL,
		"Proxy all received signals to the process (default true)",
		offsetof(struct values, sig_proxy)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.sig_proxy = true};

struct attaching {
	struct cli *cli;
	const char *id;
};

static struct session *start(void *context, const struct session_options *wanted,
	const struct session_events *events, void *arg)
{
	const struct attaching *attaching = context;

	return engine_attach(attaching->cli->engine, attaching->id, wanted, events, arg);
}

static const char *why_not(enum container_state state)
{
	switch (state) {
	case CONTAINER_RUNNING:
		return NULL;
	case CONTAINER_PAUSED:
		return "cannot attach to a paused container, unpause it first";
	case CONTAINER_RESTARTING:
		return "cannot attach to a restarting container, wait until it is running";
	default:
		return "cannot attach to a stopped container, start it first";
	}
}

static int attach(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct container container;
	struct attaching attaching = {.cli = cli, .id = container.id};
	struct attached_options wanted = {
		.want_stdout = true,
		.sig_proxy = values->sig_proxy,
		.detach_keys = values->detach_keys,
		.trouble_code = 1,
		.start = start,
		.context = &attaching,
	};
	struct err err;

	if (!cli_open(cli))
		return 1;
	if (engine_container(cli->engine, operands->v[0], &container, &err) < 0)
		return cli_fail(&err, 1);
	if (why_not(container.state)) {
		cli_say("%s", why_not(container.state));
		return 1;
	}
	wanted.tty = container.tty;
	wanted.want_stdin = !values->no_stdin && container.stdin_open;
	wanted.want_stderr = !container.tty;
	return attached_run(cli, &wanted);
}

const struct command command_attach = {
	.names = {"attach", "container attach"},
	.usage = "[OPTIONS] CONTAINER",
	.summary = "Attach local standard input, output, and error streams to a running container",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = attach,
};
