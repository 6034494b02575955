#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { LINGER_MS = 2000 };

static void run(struct shim *shim)
{
	struct process *init = shim_init_process(shim);
	struct launch_fail fail;

	shim->phase = PHASE_STARTING;
	shim->oom_before = oom_count(shim);
	if (process_launch(init, &shim->launch, shim->plan.flags) < 0) {
		fail = init->fail;
		life_failed(shim, &fail);
	} else { /* its last clock is written when it runs */
		init->trace = shim->launch.trace;
		shim->launch.trace = NULL;
	}
	unmap_plan(&shim->launch.plan);
}

void life_go(struct shim *shim)
{
	shim->state.restarts = 0;
	record_status(shim, ROW_STARTING);
	run(shim);
}

static void started_again(struct shim *shim)
{
	if (!shim->again_ns)
		return;
	facts_add(shim, shim->again_ns, launch_clock(),
		"\"fact\":\"again\",\"attempt\":%u,\"pid\":%d", shim->state.restarts,
		shim_init_process(shim)->pid);
	facts_write(shim);
	shim->again_ns = 0;
}

static void failed_again(struct shim *shim, const struct launch_fail *fail)
{
	if (!shim->again_ns)
		return;
	clocks_end(shim, &shim->launch.trace);
	facts_add(shim, shim->again_ns, launch_clock(),
		"\"fact\":\"again\",\"attempt\":%u,\"result\":%d", shim->state.restarts,
		fail->code);
	shim->again_ns = 0;
}

void life_started(struct shim *shim)
{
	struct process *init = shim_init_process(shim);
	struct row_state *state = &shim->state;

	shim->phase = PHASE_RUNNING;
	shim->killed = false;
	unmap_trace(&shim->launch.trace);
	started_again(shim);
	state->init = (struct row_process){
		.pid = init->pid, .unique = record_unique(init->pidfd), .start = init->start};
	state->started_ns = init->started_ns;
	state->flags &= ~(uint32_t)(ROW_OOM | ROW_BY_HAND | ROW_CODE_LOST | ROW_STOPPING);
	state->error[0] = '\0';
	record_status(shim, ROW_RUNNING);
	record_volumes(shim, true);
	record_event(shim, "start", NULL);
	if (shim->restarting_by_hand) { /* a restart that a user asked for is complete */
		shim->restarting_by_hand = false;
		record_event(shim, "restart", NULL);
	}
	clients_done(shim, AWAIT_RESTART, 0, NULL);
	adopt_remember(shim);
	health_begin(shim);
	if (shim->host_ends)
		stop_by_host(shim);
}

/* As docker: a first start that fails leaves a created container; nothing is started again by
 * policy. */
void life_failed(struct shim *shim, const struct launch_fail *fail)
{
	struct process *init = shim_init_process(shim);
	struct row_state *state = &shim->state;

	failed_again(shim, fail);
	init->fail = *fail;
	state->init = (struct row_process){0};
	state->exit_code = fail->exit;
	launch_say(state->error, sizeof(state->error), "%s", fail->text);
	record_status(shim, state->started_ns ? ROW_EXITED : ROW_CREATED);
	record_last(shim);
	record_volumes(shim, false);
	network_over(shim);
	clients_failed(init);
	clients_done(shim, AWAIT_RESTART | AWAIT_STOP, fail->code, fail->text);
	life_is_over(shim);
}

static void record_death(struct shim *shim)
{
	struct process *init = shim_init_process(shim);
	struct row_state *state = &shim->state;
	char code[12], ran[24];

	launch_say(code, sizeof(code), "%d", init->exit_code);
	launch_say(ran, sizeof(ran), "%U",
		(uint64_t)((init->finished_ns - init->started_ns) / 1000000000u));
	state->init = (struct row_process){0};
	state->finished_ns = init->finished_ns;
	state->exit_code = init->exit_code;
	state->flags = (state->flags & ~(uint32_t)ROW_STOPPING) | init->exit_flags;
	if (init->exit_flags & ROW_OOM)
		record_event(shim, "oom", NULL);
	record_event(shim, "die", "exitCode", code, "execDuration", ran, NULL);
}

static void again(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, restart_timer);
	struct process *init = shim_init_process(shim);
	struct launch_fail fail;

	shim->again_ns = launch_clock();
	process_free(init);
	if (map_plan(SHIM_FD_PLAN, PLAN_CONTAINER, &shim->launch.plan, &fail) < 0 ||
		(shim->adopted && launch_hold(&shim->launch) < 0 &&
			(fail = shim->launch.fail, true))) {
		life_failed(shim, &fail);
		return;
	}
	shim->adopted = false; /* from here on it is held as if by birth */
	clocks_begin(shim);
	run(shim);
}

static bool is_to_restart(struct shim *shim, uint32_t *pause_ms)
{
	struct process *init = shim_init_process(shim);
	bool by_hand = shim->state.flags & ROW_BY_HAND;

	*pause_ms = 0;
	if (shim->host_ends)
		return false;
	if (shim->restart_wanted) {
		shim->restart = (struct restart){0};
		return true;
	}
	record_read_policy(shim);
	return restart_decide(&shim->restart, &shim->plan, init->exit_code, by_hand,
		init->finished_ns - init->started_ns, pause_ms);
}

/* When it was reaped, on the clock of the facts. */
static uint64_t ended_at(const struct process *init, uint64_t now)
{
	uint64_t ago = record_now() - init->finished_ns;

	return ago < now ? now - ago : now;
}

static void say_end(struct shim *shim, uint64_t drained)
{
	const struct process *init = shim_init_process(shim);

	facts_add(shim, ended_at(init, drained), drained,
		"\"fact\":\"exit\",\"code\":%d,\"signal\":%d,\"flags\":%u,\"ran_us\":%U",
		init->exit_code, init->signal, init->exit_flags,
		(uint64_t)((init->finished_ns - init->started_ns) / 1000));
}

static void say_decision(struct shim *shim, uint64_t from, bool restart, uint32_t pause_ms)
{
	facts_add(shim, from, launch_clock(),
		"\"fact\":\"decide\",\"again\":%u,\"policy\":%u,\"most\":%u,\"attempt\":%u,\"wait_ms\":%u,\"by_hand\":%u",
		(uint32_t)restart, shim->plan.restart, shim->plan.restart_max, shim->restart.count,
		restart ? pause_ms : 0,
		(uint32_t)(shim->restart_wanted || shim->state.flags & ROW_BY_HAND));
}

static void end_of_network(struct shim *shim)
{
	uint64_t from = launch_clock();

	network_over(shim);
	facts_add(shim, from, launch_clock(), "\"fact\":\"network\"");
}

static void end_of_others(struct shim *shim)
{
	uint64_t from = launch_clock();

	cgroups_kill(shim);
	if (shim->shares_pids)
		facts_add(shim, from, launch_clock(), "\"fact\":\"others\"");
}

/* The record first, then those who wait: whoever hears of the exit finds it written. */
static bool write_the_end(struct shim *shim, uint32_t *pause_ms)
{
	uint64_t from = launch_clock();
	bool restart;

	record_death(shim);
	restart = is_to_restart(shim, pause_ms);
	shim->state.restarts = shim->restart.count;
	record_status(shim, restart ? ROW_RESTARTING : ROW_EXITED);
	/* A --rm container goes after a reboot whether it had ended or not. */
	if (!(shim->plan.flags & PLAN_AUTO_REMOVE))
		record_last(shim);
	say_decision(shim, from, restart, *pause_ms);
	return restart;
}

void life_ended(struct shim *shim)
{
	struct process *init = shim_init_process(shim);
	uint64_t drained = launch_clock();
	uint32_t pause_ms;
	bool restart;

	pause_is_over(shim);
	health_end(shim);
	end_of_others(shim);
	if (oom_count(shim) > shim->oom_before)
		init->exit_flags |= ROW_OOM;
	say_end(shim, drained);
	restart = write_the_end(shim, &pause_ms);
	if (!restart) {
		record_volumes(shim, false);
		end_of_network(shim);
	}
	facts_write(shim);
	clients_exit(init, restart);
	stop_is_over(shim);
	if (!restart) {
		life_is_over(shim);
		return;
	}
	shim->phase = PHASE_WAITING;
	shim->restart_wanted = false;
	timer_start(&shim->loop, &shim->restart_timer, pause_ms, again);
}

static void linger_is_over(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, linger_timer);

	clients_close_idle(shim, true);
}

/* Its mount, its name and its lock must be free for the next start even while a slow client reads
 * on. */
static void let_go(struct shim *shim)
{
	uint64_t from = launch_clock(), removed;

	watch_close(&shim->loop, &shim->listener);
	resolver_close(shim);
	unlink("sock");
	cgroups_remove(shim);
	removed = launch_clock();
	/* Nobody starts it again who is removing it already: then our end unmounts it, and our end
	 * is waited for. */
	if (!shim->remover_lives)
		release_mounts(shim);
	if (!(shim->plan.flags & PLAN_AUTO_REMOVE)) { /* who removes it is at its directory */
		facts_add(shim, from, removed, "\"fact\":\"cgroups\"");
		facts_add(shim, removed, launch_clock(), "\"fact\":\"mounts\"");
		facts_write(shim);
	}
	close(SHIM_FD_LOCK);
}

void life_is_over(struct shim *shim)
{
	shim->phase = PHASE_ENDED;
	log_close(&shim->log);
	timer_stop(&shim->loop, &shim->restart_timer);
	timer_stop(&shim->loop, &shim->kill_timer);
	timer_stop(&shim->loop, &shim->freeze_timer);
	let_go(shim);
	if (shim->plan.flags & PLAN_AUTO_REMOVE && !shim->remover_lives)
		sweep_start(shim);
	timer_start(&shim->loop, &shim->linger_timer, LINGER_MS, linger_is_over);
}

bool life_may_leave(const struct shim *shim)
{
	return shim->phase == PHASE_ENDED && clients_have_all((struct shim *)shim);
}
