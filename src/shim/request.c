#include "shim/request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "runtime/launch/sys.h"
#include "shim/shim.h"

static bool is_running(const struct shim *shim)
{
	return shim->phase == PHASE_RUNNING;
}

static uint32_t others(const struct client *client)
{
	const struct shim *shim = client->shim;
	uint32_t count = 0;

	for (unsigned i = 0; i < shim->clients; i++)
		count += shim->client[i].watch.fd >= 0 && &shim->client[i] != client &&
			 shim->client[i].want & (WIRE_WANT_STDOUT | WIRE_WANT_STDERR);
	return count;
}

static void hello(struct client *client)
{
	struct shim *shim = client->shim;
	struct wire_hello hello;
	struct wire_welcome welcome = {
		WIRE_VERSION, shim->state.status, shim->plan.flags, others(client)};

	memcpy(&hello, client->body, sizeof(hello));
	if (hello.version != WIRE_VERSION)
		return client_close(client);
	client->want = hello.want | (hello.want || client->is_born ? WIRE_WANT_EXIT : 0);
	if (client->is_born)
		shim->remover_lives = hello.want & WIRE_WANT_REMOVE;
	client->is_greeted = true;
	client_send(client, WIRE_WELCOME, &welcome, sizeof(welcome));
	if (is_running(shim))
		process_resize(shim_init_process(shim), hello.rows, hello.columns);
}

static void resize(struct client *client)
{
	struct wire_size size;

	memcpy(&size, client->body, sizeof(size));
	if (client->process)
		process_resize(client->process, size.rows, size.columns);
}

static int recorded(struct shim *shim, int error)
{
	if (error)
		facts_drop(shim);
	else
		facts_write(shim);
	return error;
}

static int signal_init(struct client *client, const struct wire_signal *request)
{
	facts_asked(client, "signal", request->signal, -1);
	return recorded(client->shim, stop_signal(client->shim, request->signal, request->by_hand));
}

static void send_signal(struct client *client)
{
	struct wire_signal request;
	struct process *process = client->process;
	int error = -ESRCH;

	memcpy(&request, client->body, sizeof(request));
	if (request.signal < 1 || request.signal > 64)
		error = -EINVAL;
	else if (process && process->is_init)
		error = signal_init(client, &request);
	else if (process && process->state == PROCESS_RUNNING)
		error = sys_pidfd_signal(process->pidfd, request.signal);
	client_send_done(client, error, error == -ESRCH ? "the process is not running" : NULL);
}

static void stop(struct client *client, bool restart)
{
	struct wire_stop request = {0};
	int error;

	memcpy(&request, client->body,
		client->head.len < sizeof(request) ? client->head.len : sizeof(request));
	client->awaits |= restart ? AWAIT_RESTART : AWAIT_STOP;
	facts_asked(client,
		restart           ? "restart"
		: request.is_kill ? "kill"
				  : "stop",
		request.signal, request.timeout_ms);
	error = recorded(client->shim, stop_begin(client->shim, &request, restart));
	if (!error)
		return;
	client->awaits &= (uint8_t) ~(AWAIT_RESTART | AWAIT_STOP);
	client_send_done(client, error, "the container is not running");
}

static void pause_or_not(struct client *client, bool freeze)
{
	int error = freeze ? pause_begin(client->shim) : pause_end(client->shim);

	if (!error && freeze) {
		client->awaits |= AWAIT_PAUSE;
		return;
	}
	client_send_done(client, error,
		error == -ESRCH        ? "the container is not running"
		: error == -EALREADY   ? (freeze ? "the container is already paused"
						 : "the container is not paused")
		: error == -EOPNOTSUPP ? "the container has no freezer"
				       : NULL);
}

static void hold(struct client *client)
{
	int error = client->holds ? -EALREADY : hold_begin(client->shim);

	client->holds |= error >= 0;
	if (error)
		client_send_done(client, error < 0 ? error : 0,
			error == -ESRCH        ? "the container is not running"
			: error == -EOPNOTSUPP ? "the container has no freezer"
					       : NULL);
	else
		client->awaits |= AWAIT_HOLD;
}

static void exec(struct client *client)
{
	struct wire_exec request;
	int plan = client->passed[0], trace = client->passed[1];

	memcpy(&request, client->body, sizeof(request));
	client->passed[0] = client->passed[1] = -1;
	exec_begin(client->shim, client, &request, plan, trace);
	sys_close(&plan);
	sys_close(&trace);
}

static void change_network(struct client *client)
{
	struct shim *shim = client->shim;
	int ports = client->passed[0], error;

	client->passed[0] = -1;
	error = is_running(shim) ? network_change(shim, ports) : -ESRCH;
	if (!error && ports >= 0 && !(shim->state.flags & ROW_PORTS)) {
		shim->state.flags |= ROW_PORTS;
		record_status(shim, (enum row_status)shim->state.status);
	}
	sys_close(&ports);
	if (!error)
		resolver_look(shim);
	client_send_done(client, error,
		error == -ESRCH                      ? "the container is not running"
		: error && shim->launch.fail.text[0] ? shim->launch.fail.text
		: error                              ? "the container's network cannot be changed"
						     : NULL);
}

static void end_stdin(struct client *client)
{
	struct process *process = client->process;

	if (process && client->want & WIRE_WANT_STDIN && process->stdin_once)
		stdin_close(process);
}

static void serve(struct client *client)
{
	switch (client->head.type) {
	case WIRE_HELLO:
		hello(client);
		return;
	case WIRE_STDIN_END:
		end_stdin(client);
		return;
	case WIRE_RESIZE:
		resize(client);
		return;
	case WIRE_SIGNAL:
		send_signal(client);
		return;
	case WIRE_STOP:
		stop(client, false);
		return;
	case WIRE_RESTART:
		stop(client, true);
		return;
	case WIRE_PAUSE:
		pause_or_not(client, true);
		return;
	case WIRE_UNPAUSE:
		pause_or_not(client, false);
		return;
	case WIRE_HOLD:
		hold(client);
		return;
	case WIRE_EXEC:
		exec(client);
		return;
	case WIRE_NETWORK:
		change_network(client);
		return;
	case WIRE_GO:
		if (client->is_born && client->shim->phase == PHASE_HELD)
			life_go(client->shim);
		return;
	default:
		return; /* newer than we are */
	}
}

static uint32_t least(uint16_t type)
{
	switch (type) {
	case WIRE_HELLO:
		return sizeof(struct wire_hello);
	case WIRE_RESIZE:
		return sizeof(struct wire_size);
	case WIRE_SIGNAL:
		return sizeof(struct wire_signal);
	case WIRE_STOP:
	case WIRE_RESTART:
		return offsetof(struct wire_stop, is_kill);
	case WIRE_EXEC:
		return sizeof(struct wire_exec);
	case WIRE_NETWORK:
		return sizeof(struct wire_network);
	default:
		return 0;
	}
}

void request_serve(struct client *client)
{
	bool is_broken = client->head.len < least(client->head.type);

	if (is_broken || (!client->is_greeted && client->head.type != WIRE_HELLO))
		client_close(client);
	else
		serve(client);
}

void request_client_left(struct client *client)
{
	struct shim *shim = client->shim;

	if (client->holds)
		hold_end(shim);
	client->holds = false;
	if (!client->is_born)
		return;
	shim->remover_lives = false;
	/* Nobody is left who could say GO: what was prepared is taken down again. */
	if (shim->phase == PHASE_HELD) {
		struct launch_fail fail = {-ECANCELED, 125, -1, "canceled before the start"};

		life_failed(shim, &fail);
	}
}
