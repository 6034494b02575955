#include "core/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/etc_networks.h"
#include "core/groups.h"
#include "core/lease.h"
#include "core/netspace.h"
#include "core/parts.h"
#include "core/spawn.h"
#include "core/volume_use.h"
#include "util/own.h"
#include "util/path.h"

enum { CLAIM_PAUSE_US = 500 };
#define CLAIM_NS 10000000000ull

/* ---- directories and the lock ---- */

int launch_run_dir(struct engine *engine, const char *id, struct err *err)
{
	int run = store_dir(engine->store, STORE_RUN);
	auto_close int all = -1;
	int fd;

	if (mkdirat(run, "c", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make %s/c", store_run_root(engine->store));
	all = openat(run, "c", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (all < 0 || (mkdirat(all, id, 0700) < 0 && errno != EEXIST))
		return err_sys(err, "make %s/c/%s", store_run_root(engine->store), id);
	fd = openat(all, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "open %s/c/%s", store_run_root(engine->store), id) : fd;
}

int launch_own_dir(struct engine *engine, const char *id, struct err *err)
{
	int fd = openat(store_dir(engine->store, STORE_CONTAINERS), id,
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ENOENT, "No such container: %.12s", id);
	return fd < 0 ? err_sys(err, "open the directory of container %.12s", id) : fd;
}

int launch_lock(int own_dir_fd, bool wait, int *lock_fd, struct err *err)
{
	/* Not made when it is missing: then the directory is being removed, and must stay as empty
	 * as its remover left it. */
	auto_close int fd = openat(own_dir_fd, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ENOENT, "the container is being removed");
	if (fd < 0)
		return err_sys(err, "open the container's lock");
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EWOULDBLOCK)
			return err_set(err, EWOULDBLOCK,
				"the container is being changed by another process");
		if (errno != EINTR)
			return err_sys(err, "lock the container");
	}
	*lock_fd = take_fd(&fd);
	return 0;
}

static bool is_up(const struct row *row)
{
	return row_has_processes(row) || row->state.status == ROW_RESTARTING;
}

int launch_claim(struct engine *engine, unsigned number, const char *id, int own_dir_fd,
	struct row *now, int *lock_fd, struct err *err)
{
	uint64_t deadline = timing_now() + CLAIM_NS;
	auto_close int lock = -1;

	for (;;) {
		int failed = launch_lock(own_dir_fd, false, &lock, err);

		/* What the row says counts only after the lock was tried: its holder writes first
		 * and lets go after. */
		if (roster_read(engine->roster, number, now) < 0 || strcmp(now->id, id) != 0)
			return err_set(err, ENOENT, "No such container: %.12s", id);
		if (!failed)
			break;
		if (failed != -EWOULDBLOCK)
			return failed;
		if (is_up(now))
			return err_set(err, EALREADY, "container %.12s is running already", id);
		if (timing_now() > deadline)
			return err_set(err, EBUSY,
				"container %s is being changed by another process", now->name);
		usleep(CLAIM_PAUSE_US);
	}
	err_forgive(err);
	*lock_fd = take_fd(&lock);
	return 0;
}

/* ---- plan and trace ---- */

int launch_seal_plan(const struct buf *plan, struct err *err)
{
	auto_close int fd = memfd_create("davit-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, plan->data, plan->len) != (ssize_t)plan->len)
		return err_sys(err, "hand over the launch plan");
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return take_fd(&fd);
}

static int sealed_plan(int own, const struct buf *given, struct plan_header *head, struct err *err)
{
	auto_buf read_back = BUF_INIT;
	const struct buf *plan = given;
	int failed;

	if (!plan) {
		failed = path_read_at(own, "plan", PLAN_SIZE_MAX, &read_back);
		if (failed)
			return err_set(err, failed, "read the launch plan: %s", err_name(failed));
		plan = &read_back;
	}
	if (plan->len < sizeof(*head))
		return err_set(err, EPROTO,
			"the launch plan is damaged: remove the container and create it again");
	memcpy(head, plan->data, sizeof(*head));
	return launch_seal_plan(plan, err);
}

static void begin_trace(
	struct launched *out, unsigned steps, const struct timing *timing, uint64_t began_ns)
{
	struct trace *trace = out->trace;

	memcpy(trace->magic, TRACE_MAGIC, sizeof(trace->magic));
	trace->version = 1;
	trace->steps = steps;
	trace->began_ns = timing ? timing->began_ns : began_ns;
	if (timing)
		memcpy(trace->engine, timing->marks, timing->count * sizeof(timing->marks[0]));
}

/* Where nothing is recorded the clocks are ours alone, and the shim gets a file that cannot be
 * mapped. */
static int private_trace(struct launched *out, struct err *err)
{
	out->trace = mmap(
		NULL, out->trace_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (out->trace != MAP_FAILED)
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	out->trace = NULL;
	return err_sys(err, "keep the launch's clocks");
}

static int shared_trace(
	struct engine *engine, unsigned steps, struct launched *out, struct err *err)
{
	auto_close int fd = -1;

	out->trace_len = trace_size(steps);
	if (engine->quiet)
		return private_trace(out, err);
	fd = memfd_create("davit-trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)out->trace_len) < 0)
		return err_sys(err, "share the launch's clocks");
	/* The shim maps nothing that could shrink under it. */
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	out->trace = mmap(NULL, out->trace_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (out->trace == MAP_FAILED) {
		out->trace = NULL;
		return err_sys(err, "share the launch's clocks");
	}
	return take_fd(&fd);
}

void launched_fini(struct launched *launched)
{
	if (launched->trace)
		munmap(launched->trace, launched->trace_len);
	own_closep(&launched->client_fd);
	own_closep(&launched->pidfd);
	*launched = (struct launched)LAUNCHED_INIT;
}

void launch_save_trace(struct engine *engine, const char *id, struct launched *launched)
{
	auto_close int own = -1;

	if (!launched->trace)
		return;
	own = launch_own_dir(engine, id, NULL);
	if (own >= 0)
		unlinkat(own, "launched", 0); /* of an update since the launch before */
	if (own >= 0 && !engine->quiet)
		path_replace_at(own, "trace", launched->trace, launched->trace_len, 0600);
	munmap(launched->trace, launched->trace_len);
	launched->trace = NULL;
}

/* ---- the shim ---- */

/* A second before it runs, what it needs to hear is in its socket already. */
static int born_connection(const struct wire_hello *hello, int ends[2], struct err *err)
{
	struct {
		struct wire_head head;
		struct wire_hello hello;
	} greeting = {.head = {.len = sizeof(*hello), .type = WIRE_HELLO}};
	struct wire_head go = {.type = WIRE_GO};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "open a socket pair");
	if (hello) {
		greeting.hello = *hello;
		if (write(ends[0], &greeting, sizeof(greeting)) != sizeof(greeting))
			return err_sys(err, "greet the monitor");
	}
	if (write(ends[0], &go, sizeof(go)) != sizeof(go))
		return err_sys(err, "greet the monitor");
	return 0;
}

static int mark_starting(struct engine *engine, unsigned number, const struct row *row,
	const struct wanted *wanted, struct err *err)
{
	struct row_state state = row->state;

	state.flags &= ~(uint32_t)ROW_PORTS;
	if (wanted->publish.len || wanted->expose.len)
		state.flags |= ROW_PORTS;
	state.status = ROW_STARTING;
	state.init = state.shim = (struct row_process){0};
	state.error[0] = '\0';
	return roster_set_state(engine->roster, number, &state, err);
}

static int start_shim(struct engine *engine, const char *verb, unsigned number, const char *id,
	const int *fds, size_t count, int net, int *pidfd, struct err *err)
{
	char row_text[16];
	const char *argv[] = {"davit-shim", verb, id, row_text, NULL};
	struct spawn spawn = {.argv = argv,
		.fds = fds,
		.fd_count = count,
		.cgroup_fd = -1,
		.session = true,
		.net = net};
	int failed;

	snprintf(row_text, sizeof(row_text), "%u", number);
	spawn.program_fd = parts_shim(engine->parts, err);
	if (spawn.program_fd < 0)
		return spawn.program_fd;
	failed = groups_for_monitors(engine, &spawn, err);
	if (!failed)
		failed = spawn_start(&spawn, pidfd, NULL, err);
	if (engine->inline_work)
		parts_shim_done(engine->parts);
	return failed;
}

/* Every fd of enum shim_fd; the scope closes our copies. */
struct shim_fds {
	int plan, trace, client, run, own, lock, ports;
	int net; /* where it is born; -1: where we are */
};

#define SHIM_FDS_INIT                                                                              \
	{                                                                                          \
		-1, -1, -1, -1, -1, -1, -1, -1                                                     \
	}

static void shim_fds_fini(struct shim_fds *fds)
{
	own_closep(&fds->plan);
	own_closep(&fds->trace);
	own_closep(&fds->client);
	own_closep(&fds->run);
	own_closep(&fds->own);
	own_closep(&fds->lock);
	own_closep(&fds->ports);
	own_closep(&fds->net);
}

static void list_fds(
	struct engine *engine, const struct shim_fds *fds, int list[SHIM_FD_FILTER + 1])
{
	memset(list, -1, sizeof(int) * (SHIM_FD_FILTER + 1));
	list[SHIM_FD_PLAN] = fds->plan;
	list[SHIM_FD_TRACE] = fds->trace;
	list[SHIM_FD_CLIENT] = fds->client;
	list[SHIM_FD_STORE] = store_fd(engine->store);
	list[SHIM_FD_RUN] = fds->run;
	list[SHIM_FD_OWN] = fds->own;
	list[SHIM_FD_ROSTER] = roster_fd(engine->roster);
	list[SHIM_FD_JOURNAL] = journal_fd(engine->journal);
	list[SHIM_FD_DAVIT] = parts_self(engine->parts, NULL);
	list[SHIM_FD_LOCK] = fds->lock;
	list[SHIM_FD_PORTS] = fds->ports;
	list[SHIM_FD_FILTER] = engine->filter_fd;
}

static int open_dirs(struct engine *engine, unsigned number, const char *id, struct shim_fds *fds,
	struct row *now, struct err *err)
{
	int failed;

	fds->own = launch_own_dir(engine, id, err);
	if (fds->own < 0)
		return fds->own;
	failed = launch_claim(engine, number, id, fds->own, now, &fds->lock, err);
	if (failed)
		return failed;
	if (now->use != ROW_USED)
		return err_set(err, ENOENT, "No such container: %.12s", id);
	fds->run = launch_run_dir(engine, id, err);
	if (fds->run < 0)
		return fds->run;
	/* Where the root file system gets mounted, in the shim's own mount namespace. */
	if (mkdirat(fds->run, "root", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "make the mount point of container %.12s", id);
	return 0;
}

/* As docker: a start that fails is told in the state, and changes nothing else. */
static void mark_failed(
	struct engine *engine, unsigned number, const struct row *row, const struct err *err)
{
	struct row_state state = row->state;

	if (err)
		snprintf(state.error, sizeof(state.error), "%.*s", (int)sizeof(state.error) - 1,
			err->text);
	roster_set_state(engine->roster, number, &state, NULL);
}

/* Addresses, names and ports for this start, and the files that tell the container of them; timed
 * in the engine's lane of its clocks. */
static int lease_networks(struct engine *engine, const struct row *row, const struct wanted *wanted,
	struct shim_fds *fds, struct trace *trace, struct err *err)
{
	uint64_t began_ns = timing_now();
	unsigned at = 0;
	int failed = network_lease(engine, row, wanted, fds->run, &fds->ports, err);

	if (!failed && wanted->mode == MODE_NETWORKS)
		failed = netspace_open(engine, &fds->net, err);
	if (!failed) {
		failed = etc_follow_networks(engine, row->id, fds->own, fds->run, err);
		if (failed)
			network_release(engine, row->id, false);
	}
	while (at < TRACE_ENGINE_MAX && trace->engine[at].what[0])
		at++;
	if (at == TRACE_ENGINE_MAX)
		return failed;
	snprintf(trace->engine[at].what, sizeof(trace->engine[at].what),
		"lease addresses and ports");
	trace->engine[at].mark = (struct trace_mark){.begin_ns = began_ns,
		.end_ns = timing_now(),
		.result = failed,
		.lane = TRACE_ENGINE};
	return failed;
}

/* From STARTING on, a repair takes back what was leased. */
static int hand_over(struct engine *engine, unsigned number, const struct row *row,
	struct shim_fds *fds, struct launched *out, struct err *err)
{
	__attribute__((cleanup(wanted_fini))) struct wanted wanted = {.mode = MODE_NONE};
	int list[SHIM_FD_FILTER + 1], failed = wanted_read(fds->own, &wanted, err);

	if (failed == -ENOENT) /* made by a davit that had no networks */
		failed = err_forgive(err);
	if (!failed)
		failed = mark_starting(engine, number, row, &wanted, err);
	if (failed)
		return failed;
	failed = groups_prepare(engine, row->id, err);
	if (!failed)
		failed = volume_use_start(engine, fds->own, row->id, err);
	if (!failed)
		failed = lease_networks(engine, row, &wanted, fds, out->trace, err);
	if (!failed) {
		list_fds(engine, fds, list);
		out->trace->spawned_ns = timing_now();
		failed = start_shim(engine, "launch", number, row->id, list, array_len(list),
			fds->net, &out->pidfd, err);
		own_closep(&engine->filter_fd); /* the shim's to close: see launch/net.c */
		engine->filter_fd = -1;
		if (failed)
			network_release(engine, row->id, false);
	}
	if (failed)
		mark_failed(engine, number, row, err);
	return failed;
}

int launch_container(struct engine *engine, unsigned number, const struct row *row,
	const struct buf *plan, const struct wire_hello *hello, const struct timing *timing,
	struct launched *out, struct err *err)
{
	uint64_t began_ns = timing_now();
	__attribute__((cleanup(shim_fds_fini))) struct shim_fds fds = SHIM_FDS_INIT;
	struct plan_header head;
	struct row now;
	int ends[2] = {-1, -1};
	int failed = open_dirs(engine, number, row->id, &fds, &now, err);

	if (failed)
		return failed;
	fds.plan = sealed_plan(fds.own, plan, &head, err);
	if (fds.plan < 0)
		return fds.plan;
	fds.trace = shared_trace(engine, head.steps, out, err);
	if (fds.trace < 0)
		return fds.trace;
	begin_trace(out, head.steps, timing, began_ns);
	failed = born_connection(hello, ends, err);
	out->client_fd = ends[0];
	fds.client = ends[1];
	if (!failed)
		failed = hand_over(engine, number, &now, &fds, out, err);
	return failed ? err_in(err, "start container %s", row->name) : 0;
}

/* Of a container that runs, where its networks are in a namespace of our own. */
static int find_its_network(struct engine *engine, struct shim_fds *fds, struct err *err)
{
	__attribute__((cleanup(wanted_fini))) struct wanted wanted = {.mode = MODE_NONE};
	int failed;

	if (!netspace_is_own(engine) || wanted_read(fds->own, &wanted, NULL) < 0 ||
		wanted.mode != MODE_NETWORKS)
		return 0;
	failed = ports_again(engine, fds->run, &fds->ports, err);
	return failed ? failed : netspace_open(engine, &fds->net, err);
}

int launch_adopter(struct engine *engine, unsigned number, const struct row *row, struct err *err)
{
	__attribute__((cleanup(shim_fds_fini))) struct shim_fds fds = SHIM_FDS_INIT;
	auto_close int pidfd = -1;
	struct plan_header head;
	struct row now;
	int list[SHIM_FD_FILTER + 1], failed = open_dirs(engine, number, row->id, &fds, &now, err);

	if (failed || !is_up(&now))
		return failed; /* another davit's adopter has seen it through */
	fds.plan = sealed_plan(fds.own, NULL, &head, err);
	if (fds.plan < 0)
		return fds.plan;
	fds.trace = open("/dev/null", O_RDWR | O_CLOEXEC);
	fds.client = open("/dev/null", O_RDWR | O_CLOEXEC);
	failed = find_its_network(engine, &fds, err);
	if (failed)
		return failed;
	list_fds(engine, &fds, list);
	failed = start_shim(
		engine, "adopt", number, row->id, list, array_len(list), fds.net, &pidfd, err);
	return failed ? err_in(err, "adopt container %s", row->name) : 0;
}
