#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/shim.h"

enum {
	SCRATCH = WIRE_PAYLOAD_MAX,
	SPLICE_MAX = 1 << 20,
	ROUNDS = 16,
	DRAIN_ROUNDS = 64,
	NAP_MS = 1,
	BULK = 32 << 10,
	PAGE = 4096,
	PIPE_FULL = 192 << 10,
	BIG_PIPE = 1 << 20,
	RUSH = 255
};

/* All that passes through the shim passes through here; given back to the kernel before a long
 * wait. */
static char scratch[SCRATCH] __attribute__((aligned(PAGE)));
static size_t scratch_used;

void stream_scratch_release(void)
{
	if (scratch_used > PAGE)
		madvise(scratch + PAGE, SCRATCH - PAGE, MADV_DONTNEED);
	scratch_used = 0;
}

static enum log_stream kind(const struct stream *stream)
{
	return (enum log_stream)stream->kind;
}

static bool is_logged(const struct process *process)
{
	return process->is_init && !(process->shim->plan.flags & PLAN_NO_LOG);
}

/* One piece: bytes moved, 0 at the end, or -EAGAIN. */
static ssize_t pump(struct stream *stream, bool *is_watched)
{
	struct process *process = stream->process;
	struct log *log = &process->shim->log;
	ssize_t got = -EXFULL;

	*is_watched = clients_want_stream(process, kind(stream));
	if (!*is_watched && !process->tty && is_logged(process))
		got = log_splice(log, kind(stream), stream->watch.fd, SPLICE_MAX);
	if (got != -EXFULL)
		return got;
	got = read(stream->watch.fd, scratch, SCRATCH);
	if (got < 0) /* a terminal without any process says EIO */
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : 0;
	if ((size_t)got > scratch_used)
		scratch_used = (size_t)got;
	if (got && process->is_probe)
		health_output(process, scratch, (size_t)got);
	if (got && is_logged(process))
		log_write(log, kind(stream), scratch, (size_t)got);
	if (got && *is_watched)
		clients_stream(process, kind(stream), scratch, (size_t)got);
	return got;
}

static void wake(struct timer *timer)
{
	struct stream *stream = container_of(timer, struct stream, nap);

	if (!stream->is_stalled)
		watch_set(&stream->process->shim->loop, &stream->watch, EPOLLIN);
}

/* Nobody waits for the next line of a mere log: a pause lets the writer go on without waking us
 * each time. A writer that had filled the pipe when the pause was over gets a bigger pipe, and then
 * no pauses for a while. */
static void rest(struct stream *stream, ssize_t moved)
{
	struct loop *loop = &stream->process->shim->loop;

	if (stream->has_napped && moved >= PIPE_FULL) {
		if (stream->is_big)
			stream->rush = RUSH;
		fcntl(stream->watch.fd, F_SETPIPE_SZ, BIG_PIPE);
		stream->is_big = true;
	}
	stream->has_napped = false;
	if (moved >= BULK)
		return;
	if (stream->rush) {
		stream->rush--;
		return;
	}
	stream->has_napped = true;
	watch_set(loop, &stream->watch, 0);
	timer_start(loop, &stream->nap, NAP_MS, wake);
}

static void on_output(struct watch *watch, uint32_t events)
{
	struct stream *stream = container_of(watch, struct stream, watch);
	struct loop *loop = &stream->process->shim->loop;
	bool is_watched = false;
	ssize_t got, moved = 0;

	for (int round = 0; round < ROUNDS; round++) {

		if (clients_hold_back(stream->process)) {
			stream->is_stalled = true;
			watch_set(loop, watch, 0);
			return;
		}
		got = pump(stream, &is_watched);
		if (!got) {
			stream_close(stream);
			return;
		}
		if (got < 0)
			break;
		moved += got;
	}
	if (!is_watched && !(events & EPOLLHUP))
		rest(stream, moved);
}

void stream_open(struct stream *stream, struct process *process, enum log_stream which, int fd)
{
	stream->process = process;
	stream->kind = (uint8_t)which;
	stream->is_stalled = stream->has_napped = stream->is_big = false;
	stream->rush = 0;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	watch_open(&process->shim->loop, &stream->watch, fd, EPOLLIN, on_output);
}

void stream_close(struct stream *stream)
{
	if (stream->watch.fd < 0)
		return;
	timer_stop(&stream->process->shim->loop, &stream->nap);
	watch_close(&stream->process->shim->loop, &stream->watch);
	stream->is_stalled = false;
}

/* The rest of an ended process: at most what a pipe holds, so rings have room for it (client.c). */
void stream_drain(struct stream *stream)
{
	bool is_watched;

	for (int round = 0; stream->watch.fd >= 0 && round < DRAIN_ROUNDS; round++)
		if (pump(stream, &is_watched) <= 0)
			break;
	stream_close(stream);
}

static void resume(struct stream *stream)
{
	if (stream->watch.fd < 0 || !stream->is_stalled)
		return;
	stream->is_stalled = false;
	watch_set(&stream->process->shim->loop, &stream->watch, EPOLLIN);
}

void stream_resume(struct process *process)
{
	if (clients_hold_back(process))
		return;
	resume(&process->out);
	resume(&process->err);
}

static void on_stdin_room(struct watch *watch, uint32_t events)
{
	struct process *process = container_of(watch, struct process, in);

	watch_set(&process->shim->loop, watch, 0);
	if (events & (EPOLLERR | EPOLLHUP))
		watch_close(&process->shim->loop, watch);
	clients_stdin_ready(process);
}

long stdin_write(struct process *process, const char *data, size_t len)
{
	struct watch *to = process->tty ? &process->out.watch : &process->in;
	ssize_t wrote;

	if (to->fd < 0)
		return -EPIPE;
	wrote = write(to->fd, data, len);
	if (wrote >= 0)
		return wrote;
	if (errno != EAGAIN)
		return -EPIPE;
	/* A terminal's input buffer says nothing when it has room again but its own readiness to be
	 * written. */
	if (process->tty) {
		if (process->in.fd < 0)
			watch_open(&process->shim->loop, &process->in, dup(to->fd), EPOLLOUT,
				on_stdin_room);
		else
			watch_set(&process->shim->loop, &process->in, EPOLLOUT);
		return -EAGAIN;
	}
	process->in.on = on_stdin_room;
	watch_set(&process->shim->loop, to, EPOLLOUT);
	return -EAGAIN;
}

void stdin_close(struct process *process)
{
	if (!process->tty)
		watch_close(&process->shim->loop, &process->in);
}
