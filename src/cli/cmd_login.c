#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "util/own.h"
#include "util/strs.h"

enum { ANSWER_MAX = 64 * 1024 };

struct values {
	const char *user, *password;
	bool password_stdin, tls_verify;
};

static const struct option options[] = {
	{"password", 'p', OPTION_STRING, NULL, "Password", offsetof(struct values, password)},
	{"password-stdin", 0, OPTION_BOOL, NULL, "Take the password from stdin",
		offsetof(struct values, password_stdin)},
	{"tls-verify", 0, OPTION_BOOL, NULL,
		"Require HTTPS and a certificate that verifies (default true)",
		offsetof(struct values, tls_verify)},
	{"username", 'u', OPTION_STRING, NULL, "Username", offsetof(struct values, user)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.tls_verify = true};

/* The words typed or piped in. */
struct answers {
	char *user, *password;
};

static void forget(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(take(*text));
}

static void answers_fini(struct answers *answers)
{
	free(answers->user);
	forget(&answers->password);
}

/* A line without its end; NULL: there was none. */
static char *read_line(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = getline(&line, &room, stdin);

	if (len < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static char *ask(struct cli *cli, const char *prompt)
{
	buf_adds(&cli->out.text, prompt);
	return output_flush(&cli->out) ? read_line() : NULL;
}

static char *ask_secret(struct cli *cli, const char *prompt)
{
	struct termios before, silent;
	char *answer;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return NULL;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	answer = ask(cli, prompt);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	buf_addc(&cli->out.text, '\n');
	return answer;
}

/* All of standard input, without the line end that echo puts there. */
static char *read_password(void)
{
	char *text = calloc(1, ANSWER_MAX + 1);
	size_t len = text ? fread(text, 1, ANSWER_MAX, stdin) : 0;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	return text;
}

static bool check(const struct values *values)
{
	const char *wrong = NULL;

	if (values->password && values->password_stdin)
		wrong = "--password and --password-stdin are mutually exclusive";
	else if (values->password_stdin && !values->user)
		wrong = "Must provide --username with --password-stdin";
	if (values->password)
		cli_say("WARNING! Using --password via the CLI is insecure. Use --password-stdin.");
	if (wrong)
		cli_say("%s", wrong);
	return !wrong;
}

static bool ask_user(struct cli *cli, const char *known, struct answers *answers)
{
	auto_buf prompt = BUF_INIT;

	buf_adds(&prompt, "Username");
	if (known)
		buf_addf(&prompt, " (%s)", known);
	buf_adds(&prompt, ": ");
	answers->user = ask(cli, buf_text(&prompt));
	if (answers->user && !*answers->user && known) {
		free(answers->user);
		answers->user = strdup(known);
	}
	if (answers->user && *answers->user)
		return true;
	cli_say("username is required");
	return false;
}

static bool collect(
	struct cli *cli, const struct values *values, const char *known, struct answers *answers)
{
	answers->user = values->user ? strdup(values->user) : NULL;
	answers->password = values->password ? strdup(values->password) : NULL;
	if (values->password_stdin)
		answers->password = read_password();
	if (answers->user && answers->password && *answers->password)
		return true;
	if (values->password_stdin || !isatty(STDIN_FILENO)) {
		cli_say(values->password_stdin
				? "password is empty"
				: "Cannot perform an interactive login from a non TTY device");
		return false;
	}
	if (!answers->user && !ask_user(cli, known, answers))
		return false;
	if (!answers->password)
		answers->password = ask_secret(cli, "Password: ");
	if (answers->password && *answers->password)
		return true;
	cli_say("password is required");
	return false;
}

static int tell(struct cli *cli, const struct login_result *result)
{
	if (result->file)
		cli_say("WARNING! Your credentials are stored unencrypted in '%s'. Name a credential "
			"helper there as \"credsStore\" to change that.",
			result->file);
	buf_adds(&cli->out.text, "Login Succeeded\n");
	return 0;
}

/* Nothing was given: what is stored may do. 1: it does not. */
static int try_stored(struct cli *cli, struct login_request *request, struct login_result *result,
	struct err *err)
{
	int failed = engine_login(request, result, err);

	if (failed && failed != -ENODATA && failed != -EACCES)
		return cli_fail(err, 1);
	if (failed != -ENODATA)
		buf_adds(&cli->out.text, "Authenticating with existing credentials...\n");
	if (failed == -EACCES)
		cli_say("Login did not succeed, error: %s", err->text);
	return failed ? -1 : tell(cli, result);
}

static int login(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	__attribute__((cleanup(answers_fini))) struct answers answers = {.user = NULL};
	__attribute__((cleanup(login_result_fini))) struct login_result result = {.server = NULL};
	__attribute__((cleanup(login_result_fini))) struct login_result stored = {.server = NULL};
	struct login_request request = {
		.server = operands->len ? operands->v[0] : NULL,
		.insecure = !values->tls_verify,
	};
	struct err err = {0};

	if (!check(values))
		return 1;
	if (!values->user && !values->password) {
		int code = try_stored(cli, &request, &stored, &err);

		if (code >= 0)
			return code;
	}
	if (!collect(cli, values, stored.user, &answers))
		return 1;
	request.user = answers.user;
	request.secret = answers.password;
	if (engine_login(&request, &result, &err) < 0)
		return cli_fail(&err, 1);
	return tell(cli, &result);
}

const struct command command_login = {
	.names = {"login"},
	.usage = "[OPTIONS] [SERVER]",
	.summary = "Authenticate to a registry",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = login,
};
