/* A client that says anything: only its own connection may suffer. The shim's client half is real,
 * what it would do to a container is not. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/shim/audience.c"
#include "../../src/shim/client.c"
#include "../../src/shim/loop.c"
#include "../../src/shim/request.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t swallowed;

void life_go(struct shim *shim)
{
	shim->phase = PHASE_RUNNING;
}
void life_failed(struct shim *shim, const struct launch_fail *fail)
{
	(void)fail;
	shim->phase = PHASE_ENDED;
}
int stop_signal(struct shim *shim, int signal, bool by_hand)
{
	(void)shim, (void)by_hand;
	if (signal < 1 || signal > 64)
		abort();
	return 0;
}
int stop_begin(struct shim *shim, const struct wire_stop *stop, bool restart)
{
	(void)restart;
	clients_done(shim, AWAIT_STOP | AWAIT_RESTART, stop->signal, "done");
	return 0;
}
int pause_begin(struct shim *shim)
{
	return shim->phase == PHASE_RUNNING ? 0 : -ESRCH;
}
int pause_end(struct shim *shim)
{
	(void)shim;
	return -EALREADY;
}
void exec_begin(
	struct shim *shim, struct client *client, const struct wire_exec *exec, int plan, int trace)
{
	struct launch_fail fail = {.code = -ESRCH};

	(void)shim, (void)exec;
	if (plan >= 0 || trace >= 0)
		abort();
	client_send_failed(client, &fail);
}
int network_change(struct shim *shim, int ports)
{
	(void)shim;
	if (ports >= 0) /* no fd can come with these bytes */
		abort();
	return -EINVAL;
}
int hold_begin(struct shim *shim)
{
	return shim->phase == PHASE_RUNNING ? 0 : -ESRCH;
}
void hold_end(struct shim *shim)
{
	(void)shim;
}
void facts_asked(const struct client *client, const char *verb, int signal, int timeout_ms)
{
	(void)client, (void)verb, (void)signal, (void)timeout_ms;
}
void facts_write(struct shim *shim)
{
	(void)shim;
}
void facts_drop(struct shim *shim)
{
	(void)shim;
}
void resolver_look(struct shim *shim)
{
	(void)shim;
}
void record_status(struct shim *shim, enum row_status status)
{
	shim->state.status = status;
}
void process_resize(struct process *process, uint16_t rows, uint16_t columns)
{
	(void)process, (void)rows, (void)columns;
}
void stream_resume(struct process *process)
{
	(void)process;
}
long stdin_write(struct process *process, const char *data, size_t len)
{
	(void)process, (void)data;
	swallowed += len;
	return len > 1 ? (long)len / 2 : (long)len;
}
void stdin_close(struct process *process)
{
	(void)process;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shim shim;
	int ends[2];

	memset(&shim, 0, sizeof(shim));
	shim.process[0].shim = &shim;
	shim.process[0].is_init = true;
	shim.process[0].state = PROCESS_RUNNING;
	if (loop_init(&shim.loop) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return 0;
	client_open(&shim, ends[1], size && data[0] & 1);
	if (size > 1 &&
		send(ends[0], data + 1, size - 1 < 100000 ? size - 1 : 100000, MSG_DONTWAIT) < 0)
		abort();
	shutdown(ends[0], SHUT_WR);
	swallowed = 0;
	for (int turn = 0; turn < 2000 && shim.client[0].watch.fd >= 0; turn++)
		loop_turn(&shim.loop);
	if (shim.client[0].watch.fd >= 0 || shim.client[0].ring || swallowed > 2 * size * 64)
		abort();
	close(ends[0]);
	close(shim.loop.epoll);
	return 0;
}
