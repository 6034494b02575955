#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/action.h"
#include "util/own.h"
#include "util/strs.h"

static char last_said[500];

const char *cli_last_said(void)
{
	return last_said;
}

void cli_say(const char *fmt, ...)
{
	auto_buf line = BUF_INIT;
	char text[2000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(last_said, sizeof(last_said), "%.*s", (int)sizeof(last_said) - 1, text);
	buf_addf(&line, "davit: %s\n", text);
	output_write(STDERR_FILENO, buf_text(&line), line.len);
}

void cli_tell(const struct err *err)
{
	cli_say("%s", err->text);
}

int cli_fail(const struct err *err, int code)
{
	cli_tell(err);
	return code;
}

int cli_misused(const struct cli *cli, int code, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cli_say("%s\nSee 'davit %s%s--help'.", text, cli->spelling ? cli->spelling : "",
		cli->spelling ? " " : "");
	return code;
}

bool cli_open(struct cli *cli)
{
	struct engine_options options = {.root = cli->root,
		.run_root = cli->run_root,
		.inline_work = true,
		.read_only = cli->read_only};
	struct err err;
	int failed;

	if (cli->engine)
		return true;
	failed = uv_loop_init(&cli->loop);
	if (failed) {
		cli_say("the event loop: %s", err_name(failed));
		return false;
	}
	cli->has_loop = true;
	if (engine_open(&cli->loop, &options, &cli->engine, &err) == 0)
		return true;
	cli_tell(&err);
	return false;
}

static void close_engine(struct cli *cli, int code)
{
	if (!cli->has_loop)
		return;
	uv_run(&cli->loop, UV_RUN_DEFAULT);
	action_record(cli, code);
	if (cli->engine && engine_network_was_restored(cli->engine))
		cli_say("somebody had flushed davit's rules of the packet filter: they are back");
	engine_close(take(cli->engine));
	uv_loop_close(&cli->loop);
	cli->has_loop = false;
}

static int check_operands(struct cli *cli, int len)
{
	const struct command *command = cli->command;
	int least = command->least, most = command->most;

	if (len >= least && (most < 0 || len <= most))
		return 0;
	if (most == 0)
		return cli_misused(cli, 1, "'davit %s' accepts no arguments", cli->spelling);
	if (least == most)
		return cli_misused(cli, 1, "'davit %s' requires %d argument%s", cli->spelling,
			least, least == 1 ? "" : "s");
	if (len < least)
		return cli_misused(cli, 1, "'davit %s' requires at least %d argument%s",
			cli->spelling, least, least == 1 ? "" : "s");
	return cli_misused(cli, 1, "'davit %s' requires at most %d argument%s", cli->spelling, most,
		most == 1 ? "" : "s");
}

/* Before anything is opened, and while this process has one thread. */
bool cli_enter(const struct cli *cli)
{
	const struct engine_options options = {
		.root = cli->root, .run_root = cli->run_root, .read_only = cli->read_only};
	struct engine_entry entry;
	struct err err;

	if (engine_enter(&options, &entry, &err) < 0) {
		cli_tell(&err);
		return false;
	}
	if (entry.note[0])
		cli_say("%s", entry.note);
	return true;
}

static int run_with(struct cli *cli, int argc, char **argv, void *values)
{
	const struct command *command = cli->command;
	struct operands operands;
	struct err err;
	bool help;
	int code;

	if (args_read(&command->syntax, argc, argv, values, &operands, &help, &err) < 0)
		return err.code == -ENOTSUP ? cli_fail(&err, EXIT_TROUBLE)
					    : cli_misused(cli, EXIT_TROUBLE, "%s", err.text);
	if (help) {
		help_command(command, cli->spelling, &cli->out.text);
		return 0;
	}
	cli->operands = operands;
	code = check_operands(cli, operands.len);
	if (!code && !command->is_outside && !cli_enter(cli))
		code = EXIT_TROUBLE;
	return code ? code : command->run(cli, values, &operands);
}

static int run_command(struct cli *cli, int argc, char **argv)
{
	const struct command *command = cli->command;
	void *values = calloc(1, command->values_size + 1);
	int code;

	if (!values)
		return EXIT_TROUBLE;
	if (command->defaults)
		memcpy(values, command->defaults, command->values_size);
	code = run_with(cli, argc, argv, values);
	close_engine(cli, code);
	args_fini(&command->syntax, values);
	free(values);
	return code;
}

static int unknown(struct cli *cli, int argc, char **argv)
{
	auto_buf typed = BUF_INIT;
	const char *guess;

	if (help_has_group(argv[0])) {
		if (argc < 2 || str_eq(argv[1], "--help") || str_eq(argv[1], "-h")) {
			help_group(argv[0], &cli->out.text);
			return 0;
		}
		buf_addf(&typed, "%s %s", argv[0], argv[1]);
		cli->spelling = argv[0];
	} else {
		buf_adds(&typed, argv[0]);
	}
	if (command_comes_later(argv[argc > 1 && help_has_group(argv[0]) ? 1 : 0]))
		return cli_misused(cli, 1, "'davit %s' is not supported yet", buf_text(&typed));
	guess = command_guess(buf_text(&typed));
	if (guess)
		return cli_misused(cli, 1, "unknown command: davit %s; did you mean 'davit %s'?",
			buf_text(&typed), guess);
	return cli_misused(cli, 1, "unknown command: davit %s", buf_text(&typed));
}

static int help_about(struct cli *cli, int argc, char **argv)
{
	const char *spelling;
	int used;
	const struct command *command = command_find(argc, argv, &used, &spelling);

	if (argc == 0) {
		help_all(&cli->out.text);
		return 0;
	}
	if (command) {
		help_command(command, spelling, &cli->out.text);
		return 0;
	}
	if (!help_has_group(argv[0])) {
		cli_say("unknown help topic: %s", argv[0]);
		return 1;
	}
	help_group(argv[0], &cli->out.text);
	return 0;
}

int cli_dispatch(struct cli *cli, int argc, char **argv)
{
	int used;

	if (str_eq(argv[0], "help"))
		return help_about(cli, argc - 1, argv + 1);
	cli->command = command_find(argc, argv, &used, &cli->spelling);
	strs_fini(&cli->words);
	for (int i = 0; i < argc; i++) /* reading them moves them about */
		strs_add(&cli->words, argv[i]);
	if (!cli->command)
		return unknown(cli, argc, argv);
	return run_command(cli, argc - used, argv + used);
}

/* The screen is another module: it reads what is wished where a user could have wished it, too. */
static void wish_screen(const struct cli *cli)
{
	if (cli->mouse)
		setenv("DAVIT_MOUSE", "1", 1);
	if (cli->plain)
		setenv("DAVIT_PLAIN", "1", 1);
	if (cli->slow)
		setenv("DAVIT_SLOW", "1", 1);
}

static int with_globals(struct cli *cli, int argc, char **argv)
{
	static const struct option *const tables[] = {global_options, NULL};
	const struct syntax syntax = {.tables = tables, .hands_on_after = 1};
	const struct engine_options *options;
	struct operands operands;
	struct err err;
	bool help;

	if (args_read(&syntax, argc, argv, cli, &operands, &help, &err) < 0)
		return cli_misused(cli, EXIT_TROUBLE, "%s", err.text);
	if (help)
		return help_about(cli, 0, NULL);
	if (cli->version) {
		buf_adds(&cli->out.text, "davit version " DAVIT_VERSION "\n");
		return 0;
	}
	if (operands.len && (cli->mouse || cli->plain || cli->slow))
		return cli_misused(cli, EXIT_TROUBLE,
			"--mouse, --plain and --slow are the screen's, which opens where no command "
			"is named");
	if (operands.len)
		return cli_dispatch(cli, operands.len, operands.v);
	wish_screen(cli);
	if (!cli_enter(cli))
		return EXIT_TROUBLE;
	options = &(struct engine_options){
		.root = cli->root, .run_root = cli->run_root, .read_only = cli->read_only};
	return cli->screen(options);
}

int cli_main(int argc, char **argv, int (*screen)(const struct engine_options *options))
{
	struct cli cli = {
		.out = OUTPUT_INIT(STDOUT_FILENO), .screen = screen, .began_ns = uv_hrtime()};
	int code;

	signal(SIGPIPE, SIG_IGN);
	code = output_end(&cli.out, with_globals(&cli, argc - 1, argv + 1));
	output_fini(&cli.out);
	job_own_end(cli.job, code);
	strs_fini(&cli.words);
	buf_fini(&cli.undo);
	if (cli.debug)
		cli_say("%s: %.3f ms, exit code %d", cli.spelling ? cli.spelling : "screen",
			(double)(uv_hrtime() - cli.began_ns) / 1e6, code);
	return code;
}
