#include "shim/health.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { SEALS = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, MS = 1000000 };

static void wait_for_next(struct shim *shim);

/* ---- the check, from its file ---- */

/* A plan is only mapped where it cannot shrink. */
static int sealed_copy(int file, off_t at, size_t len)
{
	int copy = memfd_create("davit-health", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (copy >= 0 && (sendfile(copy, file, &at, len) != (ssize_t)len ||
				 fcntl(copy, F_ADD_SEALS, SEALS) < 0))
		sys_close(&copy);
	return copy;
}

/* A monitor that adopts goes on counting. */
static uint64_t results_before(struct shim *shim)
{
	int fd = sys_open(shim->launch.dir[PLAN_RUN], "health", O_RDONLY | O_NOFOLLOW);
	uint64_t seq, most = 0;

	for (int i = 0; fd >= 0 && i < HEALTH_RESULTS; i++)
		if (pread(fd, &seq, sizeof(seq), i * (off_t)sizeof(struct health_result)) ==
				sizeof(seq) &&
			seq > most)
			most = seq;
	sys_close(&fd);
	return most;
}

void health_open(struct shim *shim)
{
	struct health *health = &shim->health;
	struct stat st;
	int file;

	if (!(shim->plan.flags & PLAN_HEALTH))
		return;
	file = sys_open(SHIM_FD_OWN, "health", O_RDONLY | O_NOFOLLOW);
	if (file >= 0 && read(file, &health->head, sizeof(health->head)) == sizeof(health->head) &&
		!memcmp(health->head.magic, HEALTH_MAGIC, sizeof(health->head.magic)) &&
		!fstat(file, &st) && st.st_size > (off_t)sizeof(health->head))
		health->plan = sealed_copy(
			file, sizeof(health->head), (size_t)st.st_size - sizeof(health->head));
	sys_close(&file);
	health->results = results_before(shim);
}

/* ---- what is told of it ---- */

static void write_result(struct shim *shim, const struct health_result *result)
{
	uint64_t slot = (result->seq - 1) % HEALTH_RESULTS;
	int fd = openat(shim->launch.dir[PLAN_RUN], "health",
		O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && pwrite(fd, result, sizeof(*result), (off_t)(slot * sizeof(*result))) < 0)
		unlinkat(shim->launch.dir[PLAN_RUN], "health", 0);
	sys_close(&fd);
}

static void set_status(struct shim *shim, enum row_health status)
{
	static const char *const told[] = {[HEALTH_HEALTHY] = "health_status: healthy",
		[HEALTH_UNHEALTHY] = "health_status: unhealthy"};
	bool is_news = shim->state.health != status;

	shim->state.health = status;
	record_status(shim, (enum row_status)shim->state.status);
	if (is_news)
		record_event(shim, told[status], NULL);
}

/* While it has never been healthy, what fails within its start period does not count. */
static bool counts(const struct shim *shim)
{
	uint64_t since = shim->health.began_ns - shim->state.started_ns;

	return shim->state.health != HEALTH_STARTING ||
	       since >= shim->health.head.start_period_ms * MS;
}

static void judge(struct shim *shim, bool is_well)
{
	if (is_well) {
		shim->state.health_streak = 0;
		set_status(shim, HEALTH_HEALTHY);
		return;
	}
	if (counts(shim))
		shim->state.health_streak++;
	set_status(shim, shim->state.health_streak >= shim->health.head.retries
				 ? HEALTH_UNHEALTHY
				 : (enum row_health)shim->state.health);
}

/* "90", "2.5" */
static void say_seconds(char *to, size_t room, uint64_t ms)
{
	size_t len = launch_say(to, room, "%U.%3U", ms / 1000, ms % 1000);

	while (len > 1 && to[len - 1] == '0')
		len--;
	len -= to[len - 1] == '.';
	to[len] = '\0';
}

/* As Go prints a duration: 300ms, 2.5s, 1m30s, 1h0m0s. */
static void say_duration(char *to, size_t room, uint64_t ms)
{
	char seconds[16];

	say_seconds(seconds, sizeof(seconds), ms % 60000);
	if (ms < 1000)
		launch_say(to, room, "%Ums", ms);
	else if (ms < 60000)
		launch_say(to, room, "%ss", seconds);
	else if (ms < 3600000)
		launch_say(to, room, "%Um%ss", ms / 60000, seconds);
	else
		launch_say(to, room, "%Uh%Um%ss", ms / 3600000, ms / 60000 % 60, seconds);
}

static void add(struct health_result *result, const char *text, size_t len)
{
	size_t room = sizeof(result->output) - result->len;

	len = len < room ? len : room;
	memcpy(result->output + result->len, text, len);
	result->len += (uint32_t)len;
}

static void add_words(struct health_result *result, const char *words)
{
	add(result, words, strlen(words));
}

static void add_lateness(struct shim *shim, struct health_result *result)
{
	char limit[48];

	say_duration(limit, sizeof(limit), shim->health.head.timeout_ms);
	add_words(result, "Health check exceeded timeout (");
	add_words(result, limit);
	add_words(result, shim->health.len ? "): " : ")");
}

static void conclude(struct shim *shim, int code, const char *why)
{
	static struct health_result result;
	struct health *health = &shim->health;

	result = (struct health_result){.seq = ++health->results,
		.began_ns = health->began_ns,
		.ended_ns = record_now(),
		.code = code};
	if (health->is_late)
		add_lateness(shim, &result);
	add(&result, health->output, health->len);
	if (health->is_cut)
		add_words(&result, "...");
	if (why)
		add_words(&result, why);
	result.seq_end = result.seq;
	write_result(shim, &result);
	judge(shim, !code);
	health->probe = NULL;
	wait_for_next(shim);
}

/* ---- one check ---- */

static void out_of_time(struct timer *timer)
{
	struct health *health = container_of(timer, struct health, timer);

	health->is_late = true;
	sys_pidfd_signal(health->probe->pidfd, SIGKILL);
}

static void probe(struct timer *timer)
{
	static const char id[64];
	struct health *health = container_of(timer, struct health, timer);
	struct shim *shim = container_of(health, struct shim, health);
	struct launch_fail fail = {.exit = 125, .step = -1};

	health->began_ns = record_now();
	health->is_late = health->is_cut = false;
	health->len = 0;
	health->probe = exec_launch(shim, id, health->plan, -1, &fail);
	if (!health->probe) {
		conclude(shim, -1, fail.text);
		return;
	}
	health->probe->is_probe = true;
	timer_start(&shim->loop, timer, health->head.timeout_ms, out_of_time);
}

static bool is_of_now(const struct process *process)
{
	return process->shim->health.probe == process;
}

void health_failed(struct process *process)
{
	if (is_of_now(process))
		conclude(process->shim, -1,
			process->shim->health.is_late ? " before its command had begun"
						      : process->fail.text);
}

void health_output(struct process *process, const char *data, size_t len)
{
	struct health *health = &process->shim->health;
	size_t room = sizeof(health->output) - health->len;

	if (!is_of_now(process))
		return;
	health->is_cut |= len > room;
	len = len < room ? len : room;
	memcpy(health->output + health->len, data, len);
	health->len += len;
}

void health_ended(struct process *process)
{
	if (is_of_now(process))
		conclude(process->shim, process->shim->health.is_late ? -1 : process->exit_code,
			NULL);
}

/* ---- a container's life ---- */

static void wait_for_next(struct shim *shim)
{
	const struct health_head *head = &shim->health.head;
	uint64_t age_ms = (record_now() - shim->state.started_ns) / MS;
	bool is_starting = shim->state.health == HEALTH_STARTING && age_ms < head->start_period_ms;

	timer_start(&shim->loop, &shim->health.timer,
		is_starting ? head->start_interval_ms : head->interval_ms, probe);
}

void health_begin(struct shim *shim)
{
	if (shim->health.plan < 0)
		return;
	unlinkat(shim->launch.dir[PLAN_RUN], "health", 0);
	shim->health.results = 0;
	shim->state.health = HEALTH_STARTING;
	shim->state.health_streak = 0;
	record_status(shim, (enum row_status)shim->state.status);
	wait_for_next(shim);
}

/* As docker: whoever is not looked at any more is not well. */
void health_end(struct shim *shim)
{
	if (shim->health.plan < 0)
		return;
	timer_stop(&shim->loop, &shim->health.timer);
	shim->health.probe = NULL;
	shim->state.health = HEALTH_UNHEALTHY;
}

/* One that runs is frozen with the rest; it is given its whole time again afterwards. */
void health_suspend(struct shim *shim)
{
	timer_stop(&shim->loop, &shim->health.timer);
}

void health_resume(struct shim *shim)
{
	struct health *health = &shim->health;

	if (health->plan < 0)
		return;
	if (health->probe)
		timer_start(&shim->loop, &health->timer, health->head.timeout_ms, out_of_time);
	else
		wait_for_next(shim);
}
