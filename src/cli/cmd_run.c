#include <sys/stat.h>
#include <unistd.h>

#include "cli/action.h"
#include "cli/attached.h"
#include "cli/request.h"
#include "util/own.h"

#define at(member) offsetof(struct request_values, member)

static const struct option options[] = {
	{"detach", 'd', OPTION_BOOL, NULL, "Run container in background and print container ID",
		at(detach)},
	{"detach-keys", 0, OPTION_STRING, NULL,
		"Override the key sequence for detaching a container", at(detach_keys)},
	{"rm", 0, OPTION_BOOL, NULL,
		"Automatically remove the container and its associated anonymous volumes when it exits",
		at(remove)},
	{"sig-proxy", 0, OPTION_BOOL, NULL, "Proxy received signals to the process (default true)",
		at(sig_proxy)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, request_options, request_host_options, NULL};

struct running {
	struct cli *cli;
	const struct request_values *values;
	struct container_request *request;
	int cid_fd;
	bool prints_id;
	int code;
};

static struct session *start(void *context, const struct session_options *wanted,
	const struct session_events *events, void *arg)
{
	struct running *running = context;

	running->request->rows = wanted->rows;
	running->request->columns = wanted->columns;
	return engine_run(running->cli->engine, running->request, wanted, events, arg);
}

static bool started(void *context, const char *id)
{
	struct running *running = context;
	struct err err;

	action_made(running->cli, id, running->request->name);
	if (running->prints_id)
		buf_addf(&running->cli->out.text, "%s\n", id);
	if (request_write_cidfile(running->values, running->cid_fd, id, &err) == 0)
		return true;
	cli_tell(&err);
	return false;
}

static void on_started(void *arg, const char *id, int pid)
{
	struct running *running = arg;

	(void)pid;
	if (!started(running, id))
		running->code = EXIT_TROUBLE;
}

static void on_ended(void *arg, const struct session_result *result)
{
	struct running *running = arg;

	if (result->end != SESSION_FAILED && result->end != SESSION_LOST)
		return;
	cli_tell(result->err);
	running->code = result->end == SESSION_FAILED ? result->exit_code : EXIT_TROUBLE;
}

static int run_detached(struct cli *cli, struct running *running)
{
	static const struct session_events events = {.started = on_started, .ended = on_ended};

	running->prints_id = true;
	running->request->attach_stdout = running->request->attach_stderr = false;
	if (!engine_run(cli->engine, running->request, NULL, &events, running))
		return EXIT_TROUBLE;
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	return running->code;
}

static bool attaches(const struct request_values *values, const char *stream)
{
	if (!values->attach.len)
		return true;
	for (size_t i = 0; i < values->attach.len; i++)
		if (strcasecmp(values->attach.v[i], stream) == 0)
			return true;
	return false;
}

static int run_attached(struct cli *cli, struct running *running)
{
	const struct request_values *values = running->values;
	const struct attached_options wanted = {
		.tty = values->tty,
		.want_stdin = values->interactive && attaches(values, "stdin"),
		.want_stdout = attaches(values, "stdout"),
		.want_stderr = attaches(values, "stderr") && !values->tty,
		.sig_proxy = values->sig_proxy,
		.detach_keys = values->detach_keys,
		.trouble_code = EXIT_TROUBLE,
		.start = start,
		.started = started,
		.context = running,
	};

	/* Input that ends with its first reader, as docker has it for -i without -d. */
	running->request->stdin_once = wanted.want_stdin;
	running->request->attach_stdin = wanted.want_stdin;
	running->request->attach_stdout = wanted.want_stdout;
	running->request->attach_stderr = attaches(values, "stderr");
	return attached_run(cli, &wanted);
}

static int run_with(struct cli *cli, struct running *running)
{
	const struct request_values *values = running->values;
	int code = request_image(cli, values, running->request->image);

	if (code)
		return code;
	action_made(cli, "", running->request->name);
	return values->detach ? run_detached(cli, running) : run_attached(cli, running);
}

/* A file that was reserved for an id that never came is not left behind. */
static void drop_empty_cidfile(const struct running *running)
{
	struct stat st;

	if (running->cid_fd >= 0 && fstat(running->cid_fd, &st) == 0 && st.st_size == 0)
		unlink(running->values->cidfile);
}

static int check_attach(const struct request_values *values, struct err *err)
{
	for (size_t i = 0; i < values->attach.len; i++) {
		const char *stream = values->attach.v[i];

		if (strcasecmp(stream, "stdin") != 0 && strcasecmp(stream, "stdout") != 0 &&
			strcasecmp(stream, "stderr") != 0)
			return err_set(err, EINVAL,
				"valid streams are STDIN, STDOUT and STDERR, not %s", stream);
	}
	if (values->attach.len && values->detach)
		return err_set(err, EINVAL, "Conflicting options: -a and -d");
	return 0;
}

static int run(struct cli *cli, void *data, const struct operands *operands)
{
	const struct request_values *values = data;
	struct container_request request;
	struct running running = {.cli = cli, .values = values, .request = &request, .cid_fd = -1};
	struct err err;
	int code = EXIT_TROUBLE;

	if (request_build(values, operands, &request, &err) < 0 || check_attach(values, &err) < 0 ||
		request_open_cidfile(values, &running.cid_fd, &err) < 0)
		cli_tell(&err);
	else if (cli_open(cli)) {
		offer_boot(cli->engine);
		code = run_with(cli, &running);
	}
	drop_empty_cidfile(&running);
	if (running.cid_fd >= 0)
		close(running.cid_fd);
	container_request_fini(&request);
	return code;
}

const struct command command_run = {
	.names = {"run", "container run"},
	.usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
	.summary = "Create and run a new container from an image",
	.syntax = {.tables = tables, .hands_on_after = 1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct request_values),
	.defaults = &request_defaults,
	.run = run,
};
