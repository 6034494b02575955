/* program.c - see program.h. running → waiting for Enter → over. */
#include <errno.h>
#include <stdio.h>

#include "tui/program.h"
#include "tui/text.h"

struct program {
	struct tty *tty;
	uv_process_t *process; /* NULL: none runs */
	program_over_fn *over;
	void *arg;
	char name[120], outcome[200];
	bool bad, comes_back;
};

static void say(struct program *program, const char *text)
{
	tty_write(program->tty, text, strlen(text));
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void on_exit_of(uv_process_t *process, int64_t code, int signal)
{
	struct program *program = process->data;

	uv_close((uv_handle_t *)process, on_closed);
	if (!program)
		return;
	program->process = NULL;
	program->bad = code || signal;
	if (signal)
		snprintf(program->outcome, sizeof(program->outcome), "%s was ended by signal %d",
			program->name, signal);
	else
		snprintf(program->outcome, sizeof(program->outcome), "%s ended with code %d",
			program->name, (int)code);
	tty_raw(program->tty);
	if (program->comes_back && !program->bad) {
		program->over(program->arg, NULL, false);
		return;
	}
	say(program, "\r\n\033[0m[");
	say(program, program->outcome);
	say(program, ": Enter returns to davit]");
}

static int spawn(struct program *program, uv_loop_t *loop, char **words)
{
	uv_stdio_container_t streams[] = {{.flags = UV_INHERIT_FD, .data.fd = 0},
		{.flags = UV_INHERIT_FD, .data.fd = 1}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
	uv_process_options_t options = {.exit_cb = on_exit_of,
		.file = strcmp(words[0], "davit") == 0 ? "/proc/self/exe" : words[0],
		.args = words,
		.stdio_count = 3,
		.stdio = streams};
	int rc;

	program->process = calloc(1, sizeof(*program->process));
	if (!program->process)
		return -ENOMEM;
	program->process->data = program;
	rc = uv_spawn(loop, program->process, &options);
	if (rc < 0) {
		program->process->data = NULL;
		uv_close((uv_handle_t *)take(program->process), on_closed);
	}
	return rc;
}

static struct program *program_new(struct tty *tty, program_over_fn *over, void *arg)
{
	struct program *program = calloc(1, sizeof(*program));

	if (!program)
		return NULL;
	program->tty = tty;
	program->over = over;
	program->arg = arg;
	return program;
}

static void name_it(struct program *program, const struct strs *words, const char *called)
{
	if (called)
		snprintf(program->name, sizeof(program->name), "%s", called);
	else
		snprintf(program->name, sizeof(program->name), "%s%s%s", words->v[0],
			words->len > 1 ? " " : "", words->len > 1 ? words->v[1] : "");
}

int program_run(uv_loop_t *loop, struct tty *tty, const struct strs *words, const char *called,
	program_over_fn *over, void *arg, struct program **out, struct err *err)
{
	struct program *program = program_new(tty, over, arg);
	int rc;

	if (!program || !words->len || strs_failed(words)) {
		free(program);
		return err_set(err, ENOMEM, "out of memory");
	}
	name_it(program, words, called);
	say(program, "\033[H\033[2J");
	tty_settle(tty, 250);
	tty_cooked(tty);
	rc = spawn(program, loop, words->v);
	if (rc < 0) {
		tty_raw(tty);
		free(program);
		return err_set(err, rc, "%s: %s", words->v[0], err_name(rc));
	}
	*out = program;
	return 0;
}

struct program *program_show(
	struct tty *tty, const struct buf *text, program_over_fn *over, void *arg)
{
	struct program *program = program_new(tty, over, arg);

	if (!program)
		return NULL;
	say(program, "\033[H\033[2J");
	for (size_t at = 0; at < text->len;) {
		struct text_glyph glyph;

		if (text->data[at] == '\n' || text->data[at] == '\t') {
			say(program, text->data[at++] == '\n' ? "\r\n" : "\t");
			continue;
		}
		at += text_next(text->data + at, text->len - at, &glyph);
		tty_write(tty, glyph.bytes, glyph.len);
	}
	say(program, "\r\n\r\n[select with the terminal's own means; Enter returns to davit]");
	return program;
}

void program_free(struct program *program)
{
	if (program && program->process)
		program->process->data = NULL;
	free(program);
}

void program_come_back(struct program *program)
{
	program->comes_back = true;
}

bool program_has_terminal(const struct program *program)
{
	return program->process != NULL;
}

void program_type(struct program *program, const char *bytes, size_t len)
{
	if (program->process)
		return;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\r' || bytes[i] == '\n' || bytes[i] == '\033' || bytes[i] == 'q') {
			program->over(program->arg, *program->outcome ? program->outcome : NULL,
				program->bad);
			return;
		}
}
