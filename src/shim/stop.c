#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { FREEZE_POLL_MS = 2, FREEZE_MAX_MS = 10000 };

static int freezer_write(const struct shim *shim, bool freeze)
{
	const char *dir = shim->freezer;

	if (!dir[0])
		return -EOPNOTSUPP;
	if (shim->plan.freezer_version == 2)
		return launch_cgroup_write(dir, "cgroup.freeze", freeze ? "1" : "0", 1);
	return launch_cgroup_write(dir, "freezer.state", freeze ? "FROZEN" : "THAWED", 6);
}

static bool is_frozen(const struct shim *shim)
{
	char path[512], text[128];
	bool unified = shim->plan.freezer_version == 2;
	ssize_t len;
	int fd;

	launch_say(path, sizeof(path), "%s/%s", shim->freezer,
		unified ? "cgroup.events" : "freezer.state");
	fd = sys_open(AT_FDCWD, path, O_RDONLY);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	sys_close(&fd);
	text[len > 0 ? len : 0] = '\0';
	return strstr(text, unified ? "frozen 1" : "FROZEN");
}

static void freeze_is_over(struct shim *shim, int code, const char *sentence)
{
	shim->freezing = shim->pausing = false;
	clients_done(shim, AWAIT_PAUSE | AWAIT_HOLD, code, sentence);
}

static void say_unpaused(struct shim *shim)
{
	record_status(shim, ROW_RUNNING);
	record_event(shim, "unpause", NULL);
	health_resume(shim);
}

static void thaw(struct shim *shim)
{
	timer_stop(&shim->loop, &shim->freeze_timer);
	freezer_write(shim, false);
	if (shim->freezing)
		freeze_is_over(shim, -EINTR, "the container was stopped meanwhile");
	if (shim->state.status == ROW_PAUSED)
		say_unpaused(shim);
}

/* v1 can stay FREEZING for ever when a task forks into the cgroup at the wrong moment: asking again
 * helps. */
static void look_frozen(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, freeze_timer);

	if (is_frozen(shim)) {
		if (shim->pausing) {
			health_suspend(shim);
			record_status(shim, ROW_PAUSED);
			record_event(shim, "pause", NULL);
		}
		freeze_is_over(shim, 0, NULL);
		return;
	}
	if (launch_clock() < shim->freeze_until_ns) {
		freezer_write(shim, true);
		timer_start(&shim->loop, timer, FREEZE_POLL_MS, look_frozen);
		return;
	}
	freezer_write(shim, false);
	freeze_is_over(shim, -EBUSY, "a process could not be frozen within 10 seconds");
}

static int freeze(struct shim *shim)
{
	int error = shim->freezing ? 0 : freezer_write(shim, true);

	if (error || shim->freezing)
		return error;
	shim->freezing = true;
	shim->freeze_until_ns = launch_clock() + FREEZE_MAX_MS * 1000000ull;
	timer_start(&shim->loop, &shim->freeze_timer, is_frozen(shim) ? 0 : 1, look_frozen);
	return 0;
}

int pause_begin(struct shim *shim)
{
	int error;

	/* Who was killed must not be frozen first: on v1 it would never die, and its stop never
	 * end. */
	if (shim->phase != PHASE_RUNNING || shim->killed)
		return -ESRCH;
	if (shim->state.status == ROW_PAUSED)
		return -EALREADY;
	error = freeze(shim);
	shim->pausing |= !error;
	return error;
}

int pause_end(struct shim *shim)
{
	if (shim->phase != PHASE_RUNNING)
		return -ESRCH;
	if (shim->state.status != ROW_PAUSED)
		return -EALREADY;
	if (shim->holds)
		say_unpaused(shim);
	else
		thaw(shim);
	return 0;
}

int hold_begin(struct shim *shim)
{
	bool frozen = shim->state.status == ROW_PAUSED || (shim->holds && !shim->freezing);
	int error;

	if (shim->phase != PHASE_RUNNING || shim->killed)
		return -ESRCH;
	error = frozen ? 0 : freeze(shim);
	if (error)
		return error;
	if (!shim->holds++)
		health_suspend(shim);
	return frozen;
}

void hold_end(struct shim *shim)
{
	if (--shim->holds || shim->phase != PHASE_RUNNING || shim->pausing ||
		shim->state.status == ROW_PAUSED)
		return;
	timer_stop(&shim->loop, &shim->freeze_timer);
	shim->freezing = false;
	freezer_write(shim, false);
	health_resume(shim);
}

void hold_forget(struct shim *shim)
{
	freezer_write(shim, false);
}

static void announce(struct shim *shim, int signal)
{
	char number[12];

	launch_say(number, sizeof(number), "%d", signal);
	record_event(shim, "kill", "signal", number, NULL);
}

/* A frozen process gets its signal when it thaws; v1 does not even let it die before. */
static int deliver(struct shim *shim, int signal, bool thaws)
{
	struct process *init = shim_init_process(shim);
	uint64_t from = launch_clock();
	int error = sys_pidfd_signal(init->pidfd, signal);

	if (!error)
		announce(shim, signal);
	shim->killed |= !error && signal == SIGKILL;
	facts_add(shim, from, launch_clock(),
		"\"fact\":\"signal\",\"signal\":%d,\"pid\":%d,\"result\":%d", signal, init->pid,
		error);
	if (thaws && (shim->state.status == ROW_PAUSED || shim->freezing || shim->holds))
		thaw(shim);
	return error;
}

/* That a user stopped it must outlive a reboot where its policy asks for it; else it is written
 * with the end. */
static void stopped_by_hand(struct shim *shim)
{
	shim->state.flags |= ROW_BY_HAND;
	record_status(shim, (enum row_status)shim->state.status);
	record_read_policy(shim);
	if (shim->plan.restart == PLAN_RESTART_UNLESS_STOPPED)
		record_last(shim);
}

/* As docker, but for one wart: there, where the image names no stop signal, any signal counts. */
static bool means_the_end(const struct shim *shim, int signal)
{
	int stop = (int)shim->plan.stop_signal;

	return signal == SIGKILL || signal == (stop ? stop : SIGTERM);
}

/* Nothing runs, and nothing will. */
static void end_waiting(struct shim *shim, bool is_stop)
{
	facts_write(shim); /* before anybody hears of it */
	record_status(shim, ROW_EXITED);
	record_last(shim);
	network_over(shim);
	if (is_stop)
		record_event(shim, "stop", NULL);
	clients_done(shim, AWAIT_STOP, 0, NULL);
	life_is_over(shim);
}

static int signal_waiting(struct shim *shim, bool by_hand)
{
	if (!by_hand)
		return 0; /* nobody is there to hear it */
	stopped_by_hand(shim);
	end_waiting(shim, false);
	return 0;
}

int stop_signal(struct shim *shim, int signal, bool by_hand)
{
	by_hand = by_hand && means_the_end(shim, signal);
	if (shim->phase == PHASE_WAITING)
		return signal_waiting(shim, by_hand);
	if (shim->phase != PHASE_RUNNING)
		return -ESRCH;
	if (by_hand)
		stopped_by_hand(shim);
	return deliver(shim, signal, by_hand || signal == SIGKILL);
}

static void kill_now(struct timer *timer)
{
	struct shim *shim = container_of(timer, struct shim, kill_timer);

	if (shim->phase != PHASE_RUNNING)
		return;
	deliver(shim, SIGKILL, true);
	facts_write(shim);
}

static void wait_for_end(struct shim *shim, uint64_t timeout_ms)
{
	uint64_t now = launch_clock();

	timer_start(&shim->loop, &shim->kill_timer, timeout_ms, kill_now);
	facts_add(shim, now, now, "\"fact\":\"wait\",\"wait_ms\":%U", timeout_ms);
}

/* Of two that stop at once the more impatient wins. */
static void arm(struct shim *shim, int32_t timeout_ms)
{
	uint64_t at = launch_clock() + (uint64_t)timeout_ms * 1000000u;

	if (timeout_ms == -2 && shim->plan.stop_timeout_s >= 0)
		arm(shim, shim->plan.stop_timeout_s > 2000000 ? 2000000000
							      : shim->plan.stop_timeout_s * 1000);
	else if (timeout_ms == 0)
		kill_now(&shim->kill_timer);
	else if (timeout_ms > 0 && (!shim->kill_timer.at_ns || at < shim->kill_timer.at_ns))
		wait_for_end(shim, (uint64_t)timeout_ms);
}

static int stop_waiting(struct shim *shim, bool restart, bool is_kill)
{
	if (restart) { /* it is about to start anyway: now */
		shim->restart = (struct restart){0};
		shim->restarting_by_hand = true;
		timer_start(&shim->loop, &shim->restart_timer, 0, shim->restart_timer.on);
		return 0;
	}
	stopped_by_hand(shim);
	end_waiting(shim, !is_kill);
	return 0;
}

static void begin_stop(struct shim *shim, const struct wire_stop *stop)
{
	int signal = stop->signal ? stop->signal : (int)shim->plan.stop_signal;

	shim->is_stopping |= !stop->is_kill;
	deliver(shim, signal ? signal : SIGTERM, true);
	arm(shim, stop->timeout_ms);
}

int stop_begin(struct shim *shim, const struct wire_stop *stop, bool restart)
{
	if (stop->signal < 0 || stop->signal > 64 || stop->timeout_ms < -2)
		return -EINVAL;
	if (shim->phase == PHASE_WAITING)
		return stop_waiting(shim, restart, stop->is_kill);
	if (shim->phase != PHASE_RUNNING)
		return -ESRCH;
	shim->restart_wanted = restart;
	shim->restarting_by_hand = restart;
	if (!stop->is_kill)
		shim->state.flags |= ROW_STOPPING;
	if (!restart)
		stopped_by_hand(shim);
	else
		record_status(shim, (enum row_status)shim->state.status);
	begin_stop(shim, stop);
	return 0;
}

/* Not by hand: whatever its policy wants, the next boot finds it ended and nobody having meant it.
 */
void stop_by_host(struct shim *shim)
{
	const struct wire_stop stop = {.timeout_ms = -2};

	shim->host_ends = true;
	if (shim->phase == PHASE_WAITING)
		end_waiting(shim, true);
	else if (shim->phase == PHASE_RUNNING)
		begin_stop(shim, &stop);
}

/* Whoever was dying already when it was paused ends in a frozen cgroup; the next life would be born
 * into the ice. */
void pause_is_over(struct shim *shim)
{
	if (shim->freezing || shim->holds || shim->state.status == ROW_PAUSED)
		freezer_write(shim, false);
}

void stop_is_over(struct shim *shim)
{
	timer_stop(&shim->loop, &shim->kill_timer);
	timer_stop(&shim->loop, &shim->freeze_timer);
	if (shim->freezing)
		freezer_write(shim, false);
	freeze_is_over(shim, -ESRCH, "the container ended meanwhile");
	if (shim->is_stopping)
		record_event(shim, "stop", NULL);
	shim->is_stopping = false;
	clients_done(shim, AWAIT_STOP, 0, NULL);
}
