/* All clients at once. */
#include <string.h>

#include "shim/shim.h"

/* A client leaves its slot by being closed, also in the middle of these walks. */
static bool is_there(const struct client *client)
{
	return client->watch.fd >= 0;
}

static bool wants(
	const struct client *client, const struct process *process, enum log_stream stream)
{
	uint32_t want = stream == LOG_STDERR ? WIRE_WANT_STDERR : WIRE_WANT_STDOUT;

	return is_there(client) && client->process == process && client->want & want &&
	       !client->is_dropped;
}

bool clients_want_stream(const struct process *process, enum log_stream stream)
{
	const struct shim *shim = process->shim;

	for (unsigned i = 0; i < shim->clients; i++)
		if (wants(&shim->client[i], process, stream))
			return true;
	return false;
}

bool clients_hold_back(const struct process *process)
{
	const struct shim *shim = process->shim;

	for (unsigned i = 0; i < shim->clients; i++) {
		const struct client *client = &shim->client[i];

		if (is_there(client) && client->process == process &&
			client->want & WIRE_WANT_ALL && client->ring_len > CLIENT_SOFT)
			return true;
	}
	return false;
}

void clients_stream(struct process *process, enum log_stream stream, const char *data, size_t len)
{
	struct shim *shim = process->shim;
	enum wire_type type = stream == LOG_STDERR ? WIRE_STDERR : WIRE_STDOUT;

	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (!wants(client, process, stream))
			continue;
		if (client->ring_len <= CLIENT_SOFT || client->want & WIRE_WANT_ALL) {
			client_send(client, type, data, len);
			continue;
		}
		client->is_dropped = true;
		client_send(client, WIRE_DROPPED, NULL, 0);
	}
}

void clients_tell_started(struct client *client)
{
	const struct process *process = client->process;
	struct wire_started started = {
		.pid = process->pid, .start = process->start, .started_ns = process->started_ns};

	client_send(client, WIRE_STARTED, &started, sizeof(started));
}

void clients_started(struct process *process)
{
	struct shim *shim = process->shim;

	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (is_there(client) && client->process == process && client->want)
			clients_tell_started(client);
	}
}

void clients_failed(struct process *process)
{
	struct shim *shim = process->shim;

	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (!is_there(client) || client->process != process)
			continue;
		client_send_failed(client, &process->fail);
		if (!process->is_init)
			client->process = NULL;
	}
}

bool clients_exit(struct process *process, bool restarting)
{
	struct shim *shim = process->shim;
	struct wire_exit out = {.code = process->exit_code,
		.signal = process->signal,
		.flags = process->exit_flags,
		.restarting = restarting,
		.finished_ns = process->finished_ns};
	bool told = false;

	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (!is_there(client) || client->process != process || !client->want)
			continue;
		client_send(client, WIRE_EXIT, &out, sizeof(out));
		client->is_stdin_full = false;
		told = true;
		if (!process->is_init)
			client->process = NULL;
	}
	return told;
}

void clients_done(struct shim *shim, unsigned awaits, int code, const char *sentence)
{
	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (!is_there(client) || !(client->awaits & awaits))
			continue;
		client->awaits &= (uint8_t)~awaits;
		client_send_done(client, code, sentence);
	}
}

void clients_stdin_ready(struct process *process)
{
	struct shim *shim = process->shim;

	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];

		if (!is_there(client) || client->process != process || !client->is_stdin_full)
			continue;
		client->is_stdin_full = false;
		watch_set(&shim->loop, &client->watch, EPOLLIN | (client->ring_len ? EPOLLOUT : 0));
	}
}

bool clients_have_all(struct shim *shim)
{
	for (unsigned i = 0; i < shim->clients; i++)
		if (is_there(&shim->client[i]) && shim->client[i].ring_len)
			return false;
	return true;
}

void clients_close_idle(struct shim *shim, bool also_busy)
{
	for (unsigned i = 0; i < shim->clients; i++) {
		struct client *client = &shim->client[i];
		bool must_stay = client->ring_len && (client->want & WIRE_WANT_ALL || !also_busy);

		if (is_there(client) && !must_stay)
			client_close(client);
	}
}
