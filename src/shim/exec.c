#include <errno.h>
#include <string.h>

#include "runtime/launch/say.h"
#include "shim/shim.h"

static void blank(struct process *process, struct shim *shim)
{
	memset(process, 0, sizeof(*process));
	process->shim = shim;
	process->pidfd = -1;
	process->gate.fd = process->gone.fd = process->in.fd = -1;
	process->out.watch.fd = process->err.watch.fd = -1;
}

void process_init(struct process *process, struct shim *shim)
{
	blank(process, shim);
	process->is_init = true;
}

/* A free slot; else the oldest record that nobody asked for. */
static struct process *new_process(struct shim *shim)
{
	struct process *oldest = NULL;

	for (unsigned i = 1; i < shim->processes; i++) {
		struct process *process = &shim->process[i];

		if (process->state == PROCESS_FREE)
			return process;
		if (process->state == PROCESS_ENDED &&
			(!oldest || process->finished_ns < oldest->finished_ns))
			oldest = process;
	}
	if (shim->processes < SHIM_PROCESSES)
		return &shim->process[shim->processes++];
	if (oldest)
		process_free(oldest);
	return oldest;
}

static struct process *find(struct shim *shim, const char id[64])
{
	for (unsigned i = 1; i < shim->processes; i++)
		if (shim->process[i].state != PROCESS_FREE && !memcmp(shim->process[i].id, id, 64))
			return &shim->process[i];
	return NULL;
}

static void refuse(struct client *client, int code, const char *sentence)
{
	struct launch_fail fail = {.code = code, .exit = 125, .step = -1};

	launch_say(fail.text, sizeof(fail.text), "%s", sentence);
	client_send_failed(client, &fail);
}

/* An exec that was begun by somebody else, earlier. */
static void join(struct shim *shim, struct client *client, const struct wire_exec *exec)
{
	struct process *process = find(shim, exec->id);

	if (!process) {
		refuse(client, -ESRCH, "no such exec");
		return;
	}
	client->process = process;
	client->want = exec->want | WIRE_WANT_EXIT;
	process_resize(process, exec->rows, exec->columns);
	if (process->state == PROCESS_RUNNING)
		clients_tell_started(client);
	if (process->state == PROCESS_ENDED && clients_exit(process, false))
		process_free(process);
}

static int launch(struct shim *shim, struct process *process, struct plan *plan, int trace)
{
	struct process *init = shim_init_process(shim);
	struct launch l;
	int error;

	launch_init_exec(&l, plan, &shim->launch, init->pidfd);
	l.trace = map_trace(trace, plan);
	error = process_launch(process, &l, plan->head->flags);
	process->trace = l.trace;
	if (error)
		unmap_trace(&process->trace);
	return error;
}

struct process *exec_launch(
	struct shim *shim, const char id[64], int plan_fd, int trace, struct launch_fail *fail)
{
	struct process *process;
	struct plan plan = {0};
	int error;

	if (map_plan(plan_fd, PLAN_EXECUTION, &plan, fail) < 0)
		return NULL;
	process = new_process(shim);
	if (!process) {
		unmap_plan(&plan);
		launch_say(fail->text, sizeof(fail->text), "too many processes run here already");
		fail->code = -EAGAIN;
		return NULL;
	}
	blank(process, shim);
	memcpy(process->id, id, 64);
	error = launch(shim, process, &plan, trace);
	process->plan = plan;
	if (!error)
		return process;
	*fail = process->fail;
	process_free(process);
	return NULL;
}

static void begin(
	struct shim *shim, struct client *client, const struct wire_exec *exec, int plan, int trace)
{
	struct launch_fail fail = {.exit = 125, .step = -1};
	struct process *process = exec_launch(shim, exec->id, plan, trace, &fail);

	if (!process) {
		client_send_failed(client, &fail);
		return;
	}
	record_exec(process, "exec_create");
	client->process = process;
	client->want = exec->want | WIRE_WANT_EXIT;
}

void exec_begin(
	struct shim *shim, struct client *client, const struct wire_exec *exec, int plan, int trace)
{
	if (plan < 0)
		join(shim, client, exec);
	else if (shim->phase != PHASE_RUNNING)
		refuse(client, -ESRCH, "the container is not running");
	else if (shim->state.status == ROW_PAUSED)
		refuse(client, -EBUSY, "the container is paused");
	else
		begin(shim, client, exec, plan, trace);
}
