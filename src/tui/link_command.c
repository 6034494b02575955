/* link_command.c - programs that the screen starts: see world_command.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "tui/link_private.h"

enum { PIECE = 16 << 10 };

struct world_command {
	uv_process_t process;
	uv_pipe_t output;
	struct world_command_sink sink; /* self NULL: nobody listens any more */
	int open;                       /* handles that are not closed */
	int code, signal;
	bool ended, drained, asked;
	char bytes[PIECE];
};

static void on_closed(uv_handle_t *handle)
{
	struct world_command *command = handle->data;

	if (--command->open == 0)
		free(command);
}

/* Over when it has ended and all it wrote was read: a child of its own may still hold the pipe. */
static void finish(struct world_command *command)
{
	if (!command->ended || !command->drained)
		return;
	if (command->sink.self)
		command->sink.ended(command->sink.self, command->code, command->signal);
	command->sink.self = NULL;
	uv_close((uv_handle_t *)&command->output, on_closed);
	uv_close((uv_handle_t *)&command->process, on_closed);
}

static void on_exit_of(uv_process_t *process, int64_t code, int signal)
{
	struct world_command *command = process->data;

	command->ended = true;
	command->code = (int)code;
	command->signal = signal;
	finish(command);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
	struct world_command *command = handle->data;

	(void)wanted;
	*out = uv_buf_init(command->bytes, sizeof(command->bytes));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
	struct world_command *command = stream->data;

	if (len > 0 && command->sink.self)
		command->sink.output(command->sink.self, bytes->base, (size_t)len);
	if (len >= 0)
		return;
	uv_read_stop(stream);
	command->drained = true;
	finish(command);
}

/* Both of its streams into one pipe, so that lines stay in the order they were written. */
static int spawn(struct world_command *command, uv_loop_t *loop, char **words, int end)
{
	bool own = strcmp(words[0], "davit") == 0;
	uv_stdio_container_t streams[] = {{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = end}, {.flags = UV_INHERIT_FD, .data.fd = end}};
	uv_process_options_t options = {.exit_cb = on_exit_of,
		.file = own ? "/proc/self/exe" : words[0],
		.args = words,
		.stdio_count = 3,
		.stdio = streams};

	return uv_spawn(loop, &command->process, &options);
}

static int start(struct world_command *command, uv_loop_t *loop, char **words)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	rc = uv_pipe_init(loop, &command->output, 0);
	command->output.data = command->process.data = command;
	command->open = 1;
	if (rc == 0)
		rc = uv_pipe_open(&command->output, ends[0]);
	if (rc < 0)
		close(ends[0]);
	if (rc == 0)
		rc = spawn(command, loop, words, ends[1]);
	close(ends[1]);
	if (rc < 0) {
		/* libuv has begun to know the process even where it could not be started. */
		command->open = 2;
		uv_close((uv_handle_t *)&command->output, on_closed);
		uv_close((uv_handle_t *)&command->process, on_closed);
		return rc;
	}
	command->open = 2;
	uv_read_start((uv_stream_t *)&command->output, on_room, on_read);
	return 0;
}

static struct world_command *run(struct world *world, const struct strs *words,
	const struct world_command_sink *sink, struct err *err)
{
	struct link *link = link_of(world);
	struct world_command *command = calloc(1, sizeof(*command));
	int rc;

	if (!command || !words->len || strs_failed(words)) {
		free(command);
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	command->sink = *sink;
	rc = start(command, link->loop, words->v);
	if (rc < 0) {
		err_set(err, rc, "%s: %s", words->v[0], err_name(rc));
		return NULL;
	}
	return command;
}

static void stop(struct world_command *command)
{
	uv_process_kill(&command->process, command->asked ? SIGKILL : SIGTERM);
	command->asked = true;
}

/* Nobody waits for it: what it still writes is lost, as with a terminal that was closed. */
static void leave(struct world_command *command)
{
	command->sink.self = NULL;
	uv_unref((uv_handle_t *)&command->process);
	uv_unref((uv_handle_t *)&command->output);
}

const struct world_command_ops link_command_ops = {
	.run = run,
	.stop = stop,
	.leave = leave,
};
