/* serve and boot: restart policies where no monitor could apply them. */
#include <errno.h>
#include <signal.h>

#include "cli/cli.h"
#include "cli/notify.h"
#include "util/own.h"

struct serving {
	struct service *service; /* NULL: it has ended */
	struct network_watch *networks;
	uv_signal_t signals[2];
	int code;
};

static void on_said(void *arg, const char *sentence)
{
	(void)arg;
	cli_say("%s", sentence);
}

static void on_settled(void *arg)
{
	(void)arg;
	notify_say("READY=1\nSTATUS=watching over containers");
}

static void on_ended(void *arg, const struct err *err)
{
	struct serving *serving = arg;

	serving->service = NULL;
	serving->code = 0;
	engine_network_watch_close(take(serving->networks));
	if (err && err->code != -EALREADY)
		serving->code = cli_fail(err, 1);
	for (size_t i = 0; i < array_len(serving->signals); i++)
		uv_close((uv_handle_t *)&serving->signals[i], NULL);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct serving *serving = signal->data;

	(void)number;
	notify_say("STOPPING=1");
	if (serving->service)
		service_end(serving->service);
}

static void listen_to_signals(struct cli *cli, struct serving *serving)
{
	static const int numbers[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < array_len(numbers); i++) {
		uv_signal_init(&cli->loop, &serving->signals[i]);
		serving->signals[i].data = serving;
		uv_signal_start(&serving->signals[i], on_signal, numbers[i]);
	}
}

static int run(struct cli *cli, const struct service_options *options)
{
	static const struct service_events events = {
		.said = on_said, .settled = on_settled, .ended = on_ended};
	struct serving serving = {.code = 1};
	struct err err;

	if (!cli_open(cli))
		return 1;
	signal(SIGHUP, SIG_IGN);
	listen_to_signals(cli, &serving);
	if (options->follows &&
		engine_network_watch(cli->engine, on_said, NULL, &serving.networks, &err) < 0)
		cli_tell(&err);
	serving.service = engine_service(cli->engine, options, &events, &serving);
	if (!serving.service)
		on_ended(&serving, &(struct err){.code = -ENOMEM, .text = "serve: out of memory"});
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return serving.code;
}

static int serve(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	(void)operands;
	return run(cli, &(struct service_options){.follows = true});
}

static int boot(struct cli *cli, void *values, const struct operands *operands)
{
	(void)values;
	(void)operands;
	return run(cli, &(struct service_options){.once_a_boot = true});
}

const struct command command_serve = {
	.names = {"serve", "system serve"},
	.usage = "",
	.summary = "Apply restart policies, then adopt containers whose monitor dies",
	.syntax = {.hands_on_after = -1},
	.run = serve,
};

const struct command command_boot = {
	.names = {"boot", "system boot"},
	.usage = "",
	.summary = "Apply restart policies once after the host has booted",
	.syntax = {.hands_on_after = -1},
	.run = boot,
};
