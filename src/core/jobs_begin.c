/* jobs_begin.c - starting a job, and being one.
 *
 *     starter   a directory with the record, under its lock → `davit job-run ID`, lock inherited
 *     process   forks once, so that it is nobody's child → process → its turn → the command → end
 *
 * Killed at any point: the lock goes with the last process that has it, and the next to look sees a
 * job that was lost. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/fact.h"
#include "core/groups.h"
#include "core/jobs_own.h"
#include "core/op.h"
#include "core/parts.h"
#include "core/privilege.h"
#include "core/process.h"
#include "core/spawn.h"
#include "core/timing.h"
#include "util/path.h"

enum { TURN_PAUSE_NS = 200000000, TURNS_MAX = 16, RECORD_MAX = 1 << 20 };

extern char **environ; /* proxies, registry credentials and the like are the user's */

/* ---- asked ---- */

static const char *asker(char number[24])
{
	static const char *const names[] = {"SUDO_USER", "LOGNAME", "USER"};

	for (size_t i = 0; i < array_len(names); i++)
		if (getenv(names[i]) && *getenv(names[i]))
			return getenv(names[i]);
	snprintf(number, 24, privilege_user() ? "uid %u" : "root", privilege_user());
	return number;
}

static int describe(const char *dir, const char *const *args, struct job *job, struct err *err)
{
	const struct job_kind *kind;
	char number[24];
	size_t words;

	if (job_check(args, err) < 0)
		return err->code;
	kind = job_kind_of(args, &words);
	snprintf(job->kind, sizeof(job->kind), "%s", kind->name);
	job_what(kind, args, job->what, sizeof(job->what));
	snprintf(job->who, sizeof(job->who), "%s", asker(number));
	if (dir)
		snprintf(job->dir, sizeof(job->dir), "%s", dir);
	else if (!getcwd(job->dir, sizeof(job->dir)))
		snprintf(job->dir, sizeof(job->dir), "/");
	job->asked_ns = timing_wall();
	for (; *args; args++)
		strs_add(&job->args, *args);
	return strs_failed(&job->args) ? err_set(err, ENOMEM, "jobs: out of memory") : 0;
}

static int make(struct engine *engine, const char *dir, const char *const *args, struct job *job,
	int *lock_fd, struct err *err)
{
	int failed = describe(dir, args, job, err);

	if (failed)
		return failed;
	jobs_place_sweep(engine->store, job_kind_named(job->kind)->place);
	return jobs_dir_make(engine->store, job, lock_fd, err);
}

/* ---- started ---- */

static int spawn_it(
	struct engine *engine, const struct job *job, int dir_fd, int lock_fd, struct err *err)
{
	auto_close int events = openat(dir_fd, "events", O_WRONLY | O_APPEND | O_CLOEXEC);
	auto_close int pidfd = -1;
	auto_strs args = STRS_INIT;
	int fds[] = {-1, events, events, lock_fd};
	struct spawn spawn = {.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.session = true};
	int failed, code;

	if (events < 0)
		return err_sys(err, "jobs: events");
	strs_add(&args, "davit");
	strs_addf(&args, "--root=%s", store_root(engine->store));
	strs_addf(&args, "--run-root=%s", store_run_root(engine->store));
	strs_add(&args, "job-run");
	strs_add(&args, job->id);
	if (strs_failed(&args))
		return err_set(err, ENOMEM, "jobs: out of memory");
	spawn.argv = (const char *const *)args.v;
	spawn.program_fd = parts_self(engine->parts, err);
	failed = spawn.program_fd < 0 ? spawn.program_fd : groups_for_monitors(engine, &spawn, err);
	if (!failed)
		failed = spawn_start(&spawn, &pidfd, NULL, err);
	if (!failed)
		failed = spawn_wait(pidfd, &code, err);
	if (!failed && code)
		failed = err_set(err, EIO, "job %s could not begin: see davit jobs follow %s",
			job->id, job->id);
	return failed;
}

static int start(struct op *op, struct err *err)
{
	struct job job = {0};
	auto_close int lock_fd = -1;
	auto_close int dir_fd =
		make(op->engine, op->name, (const char *const *)op->args.v, &job, &lock_fd, err);
	int failed = dir_fd < 0 ? dir_fd : spawn_it(op->engine, &job, dir_fd, lock_fd, err);

	snprintf(op->row.id, sizeof(op->row.id), "%s", job.id);
	strs_fini(&job.args);
	return failed;
}

struct op *engine_job_start(
	struct engine *engine, const char *dir, const char *const *args, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "start", .prepare = start};
	struct op *op = op_new(NULL);

	if (op && dir && !(op->name = strdup(dir))) {
		op_free(op);
		return NULL;
	}
	for (; op && *args; args++)
		strs_add(&op->args, *args);
	return op_start(engine, &verb, op, done, arg);
}

/* ---- being one ---- */

struct job_own {
	int dir_fd, lock_fd, events_fd, end_fd;
	int facts_fd; /* -1: none yet */
};

static void own_free(struct job_own *own)
{
	own_closep(&own->end_fd);
	own_closep(&own->facts_fd);
	own_closep(&own->events_fd);
	own_closep(&own->lock_fd);
	own_closep(&own->dir_fd);
	free(own);
}

/* Takes both fds. */
static int own_new(int dir_fd, int lock_fd, struct job_own **out, struct err *err)
{
	struct job_own *own = malloc(sizeof(*own));

	if (!own)
		return err_set(err, ENOMEM, "jobs: out of memory");
	*own = (struct job_own){dir_fd, lock_fd,
		openat(dir_fd, "events", O_WRONLY | O_APPEND | O_CLOEXEC),
		openat(dir_fd, "end", O_WRONLY | O_CLOEXEC), -1};
	*out = own;
	return own->events_fd < 0 || own->end_fd < 0 ? err_sys(err, "jobs: open its files") : 0;
}

static int say_process(const struct job_own *own, uint64_t began_ns, struct err *err)
{
	struct row_process self = process_self();
	char text[80];
	int len = snprintf(text, sizeof(text), "%d %llu %llu\n", (int)self.pid,
		(unsigned long long)self.start, (unsigned long long)began_ns);
	int failed = path_replace_at(own->dir_fd, "process", text, (size_t)len, 0600);

	return failed ? err_set(err, failed, "jobs: process: %s", err_name(failed)) : 0;
}

/* ---- its turn ---- */

static unsigned turns(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 2 ? 2 : processors > TURNS_MAX ? TURNS_MAX : (unsigned)processors;
}

/* One of the turns, held until we end; -EAGAIN: none is free. */
static int try_turns(int place_fd)
{
	for (unsigned i = 0; i < turns(); i++) {
		char name[20];
		auto_close int fd = -1;

		snprintf(name, sizeof(name), "turn.%u", i);
		fd = openat(place_fd, name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return take_fd(&fd);
	}
	return -EAGAIN;
}

static int wait_for_turn(struct store *store, struct err *err)
{
	const struct timespec pause = {.tv_nsec = TURN_PAUSE_NS};
	auto_close int place_fd = jobs_place_open(store, JOBS_IN_RUN_ROOT, err);
	sigset_t ends, old;
	int turn, got = -1;

	if (place_fd < 0)
		return place_fd;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, &old);
	while ((turn = try_turns(place_fd)) == -EAGAIN && got < 0)
		got = sigtimedwait(&ends, NULL, &pause);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (turn >= 0)
		return 0; /* the fd stays open as long as we live */
	if (got >= 0)
		return err_set(err, ECANCELED, "canceled while it waited for its turn");
	return err_set(err, turn, "jobs: turn: %s", err_name(turn));
}

/* ---- the process that was started as one ---- */

static int take_words(const struct job *job, struct strs *args, struct err *err)
{
	if (job_check((const char *const *)job->args.v, err) < 0)
		return err->code;
	strs_copy(args, &job->args);
	return strs_failed(args) ? err_set(err, ENOMEM, "jobs: out of memory") : 0;
}

static int read_record(int dir_fd, struct job *job, struct err *err)
{
	auto_buf text = BUF_INIT;
	int got = path_read_at(dir_fd, "record", RECORD_MAX, &text);

	return got < 0 ? err_set(err, got, "jobs: record: %s", err_name(got))
		       : job_record_read(buf_text(&text), text.len, job, err);
}

/* What was inherited is the lock of this job, and no other file that happens to be there. */
static int check_lock(int dir_fd, int lock_fd, struct err *err)
{
	struct stat named, held;

	if (fstatat(dir_fd, "lock", &named, AT_SYMLINK_NOFOLLOW) < 0 || fstat(lock_fd, &held) < 0 ||
		named.st_dev != held.st_dev || named.st_ino != held.st_ino)
		return err_set(err, EINVAL, "job-run is only started by davit itself");
	fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

static int become(struct engine *engine, struct job_own *own, const struct job *job,
	struct strs *args, struct err *err)
{
	bool takes_turns = strcmp(job->kind, "build") == 0;

	if (say_process(own, 0, err) < 0 || take_words(job, args, err) < 0)
		return err->code;
	if (jobs_dir_has(own->dir_fd, "canceled"))
		return err_set(err, ECANCELED, "canceled before it began");
	if (chdir(job->dir) < 0)
		return err_sys(err, "%s", job->dir);
	if (takes_turns && wait_for_turn(engine->store, err) < 0)
		return err->code;
	return say_process(own, timing_wall(), err);
}

int engine_job_enter(struct engine *engine, const char *id, int lock_fd, struct job_own **out,
	struct strs *args, struct err *err)
{
	struct job job = {0};
	auto_close int dir_fd = jobs_dir_open(engine->store, id, err);
	struct job_own *own = NULL;
	int failed;

	if (dir_fd < 0 || check_lock(dir_fd, lock_fd, err) < 0 ||
		read_record(dir_fd, &job, err) < 0)
		return err->code;
	failed = own_new(take_fd(&dir_fd), lock_fd, &own, err);
	if (!failed)
		failed = become(engine, own, &job, args, err);
	strs_fini(&job.args);
	*out = own;
	return failed;
}

int engine_job_be(
	struct engine *engine, const char *const *args, struct job_own **out, struct err *err)
{
	struct job job = {0};
	int lock_fd = -1, dir_fd = make(engine, NULL, args, &job, &lock_fd, err), failed;

	strs_fini(&job.args);
	if (dir_fd < 0)
		return dir_fd;
	jobs_dir_mark(dir_fd, "seen"); /* whoever started it sees how it ends */
	failed = own_new(dir_fd, lock_fd, out, err);
	if (!failed)
		failed = say_process(*out, timing_wall(), err);
	if (failed)
		own_free(take(*out));
	return failed;
}

int job_own_events(const struct job_own *own)
{
	return own->events_fd;
}

int job_own_facts(struct job_own *own)
{
	if (own->facts_fd < 0 && facts_are_wanted())
		own->facts_fd = openat(own->dir_fd, "facts",
			O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	return own->facts_fd;
}

void job_own_end(struct job_own *own, int exit_code)
{
	char text[60];
	int len;

	if (!own)
		return;
	len = snprintf(
		text, sizeof(text), "%d %llu\n", exit_code, (unsigned long long)timing_wall());
	if (write(own->end_fd, text, (size_t)len) != len)
		fprintf(stderr, "davit: the end of this job could not be written\n");
	own_free(own);
}
