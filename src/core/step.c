#include "core/step.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/engine_own.h"
#include "core/etc_networks.h"
#include "core/etc.h"
#include "core/groups.h"
#include "core/names.h"
#include "core/parts.h"
#include "core/planning.h"
#include "core/recipe.h"
#include "core/spawn.h"
#include "core/lease.h"
#include "core/netspace.h"
#include "core/wanted.h"
#include "runtime/wire.h"
#include "util/own.h"
#include "util/path.h"

enum { NOTICE_MS = 50 };

struct step {
	struct engine *engine;
	const struct step_request *request;
	struct step_result *result;
	char id[ROW_ID_LEN + 1];
	struct buf plan;
	struct wanted wanted;
	int run, lock; /* its directory below the run root, and the file in it that says it is up */
	int ports;     /* see network_lease; held until its end */
	int net;       /* see netspace_open */
	bool leased, lost; /* lost: its shim was killed */
	int client, pidfd; /* of its shim */
	int out;           /* what it says */
};

/* ---- the directory ---- */

static int make_directories(const struct step *step, struct err *err)
{
	const struct image *image = step->request->image;
	int dir = step->request->dir_fd;

	if (mkdirat(dir, "upper", 0755) < 0 || mkdirat(dir, "work", 0700) < 0 ||
		fchownat(dir, "upper", image->root_uid, image->root_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchmodat(dir, "upper", image->root_mode, 0) < 0)
		return err_sys(err, "make the step's directories");
	return 0;
}

/* Where the root gets mounted and its networks are written down. Its lock says that it is up. */
static int make_run_directory(struct step *step, struct err *err)
{
	step->run = launch_run_dir(step->engine, step->id, err);
	if (step->run < 0)
		return step->run;
	step->lock = openat(step->run, STEP_LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (step->lock < 0 || flock(step->lock, LOCK_EX | LOCK_NB) < 0 ||
		mkdirat(step->run, "root", 0700) < 0)
		return err_sys(err, "make the step's directories");
	return 0;
}

/* Whether somebody holds the lock of a directory; *has: there is one at all. */
static bool is_held(struct engine *engine, const char *dir, bool *has)
{
	char path[200];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "%.150s/" STEP_LOCK, dir);
	fd = openat(store_dir(engine->store, STORE_RUN), path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*has = fd >= 0;
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool step_is_up(struct engine *engine, const char *id)
{
	char path[80];
	bool has;

	snprintf(path, sizeof(path), "c/%.64s", id);
	return is_held(engine, path, &has);
}

static void sweep_below(struct engine *engine, const char *below)
{
	int run = store_dir(engine->store, STORE_RUN);
	int fd = openat(run, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[300];
		bool has;

		snprintf(path, sizeof(path), "%s/%s", below, entry->d_name);
		if (entry->d_name[0] == '.' || is_held(engine, path, &has) || !has)
			continue;
		if (*below == 'c') {
			groups_end(engine, entry->d_name);
			network_release(engine, entry->d_name, false);
		}
		path_remove_at(run, path);
	}
	if (dir)
		closedir(dir);
}

void step_sweep(struct engine *engine)
{
	sweep_below(engine, "c");
	sweep_below(engine, "b");
}

static int put_files(const struct step *step, const struct recipe *recipe, struct err *err)
{
	struct etc_wanted wanted = {.is_host = recipe->host_network};
	int failed;

	snprintf(wanted.hostname, sizeof(wanted.hostname), "%s", recipe->hostname);
	strs_copy(&wanted.hosts, &step->request->container->extra_hosts);
	failed = etc_create(step->request->dir_fd, &wanted, err);
	etc_wanted_fini(&wanted);
	return failed;
}

static int bind_files(const struct step *step, struct spec *spec, struct err *err)
{
	static const char *const files[] = {"hosts", "resolv.conf", "hostname"};
	char source[4200], target[40];

	for (size_t i = 0; i < array_len(files); i++) {
		snprintf(source, sizeof(source), "%s/%s", step->request->dir, files[i]);
		snprintf(target, sizeof(target), "/etc/%s", files[i]);
		if (spec_add_mount(spec, target, "bind", source, "rbind,rprivate") < 0)
			return err_set(err, ENOMEM, "bind %s: out of memory", target);
	}
	return 0;
}

/* ---- the plan ---- */

static mode_t source_type(void *ctx, const char *path)
{
	struct stat st;

	(void)ctx;
	if (stat(path, &st) < 0)
		return 0;
	return S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG;
}

static int list_layers(const struct image *image, struct strs *out, struct err *err)
{
	char path[48];

	for (size_t i = image->layers.len; i-- > 0;) {
		image_layer_path(image->layers.v[i], path);
		strs_add(out, path);
	}
	return strs_failed(out) ? err_set(err, ENOMEM, "list layers: out of memory") : 0;
}

/* What the step wrote is taken from its upper directory, or thrown away: a crash needs no sync. */
static void set_root(struct launch_facts *facts, const struct strs *layers)
{
	facts->layers = layers;
	facts->upper = (struct launch_path){PLAN_OWN, "upper"};
	facts->work = (struct launch_path){PLAN_OWN, "work"};
	facts->mount_at = (struct launch_path){PLAN_RUN, "root"};
	facts->overlay = PLAN_OVERLAY_VOLATILE;
}

static int compile(struct step *step, const struct recipe *recipe, struct err *err)
{
	__attribute__((cleanup(planning_facts_fini))) struct planning_facts planning = {0};
	const struct container_request *container = step->request->container;
	auto_strs layers = STRS_INIT;
	int failed = planning_facts(
		step->engine, step->id, recipe->spec, container->privileged, &planning, err);

	if (!failed)
		failed = list_layers(step->request->image, &layers, err);
	if (failed)
		return failed;
	planning.facts.store = store_root(step->engine->store);
	planning.facts.own = step->request->dir;
	if (step->wanted.mode == MODE_NETWORKS)
		planning.facts.network = "net";
	planning.facts.flags = PLAN_JOB | PLAN_NO_LOG;
	planning.facts.source_type = source_type;
	set_root(&planning.facts, &layers);
	return compile_container(recipe->spec, &planning.facts, &step->plan, err);
}

static int make_plan(struct step *step, struct err *err)
{
	__attribute__((cleanup(recipe_fini))) struct recipe recipe = {0};
	const struct step_request *request = step->request;
	struct defaults_host host;
	int failed = planning_host(step->engine, &host, err);

	if (!failed)
		failed = wanted_from_request(
			step->engine, request->container, request->image, &step->wanted, err);
	if (!failed)
		failed = recipe_make(&host, request->container, request->image, &step->wanted,
			step->id, &recipe, err);
	if (!failed)
		failed = make_directories(step, err);
	if (!failed)
		failed = make_run_directory(step, err);
	if (!failed)
		failed = put_files(step, &recipe, err);
	if (!failed)
		failed = bind_files(step, recipe.spec, err);
	if (!failed && request->mounts)
		failed = request->mounts(recipe.spec, request->arg, err);
	return failed ? failed : compile(step, &recipe, err);
}

/* ---- the shim ---- */

static int make_trace(const struct buf *plan, struct err *err)
{
	struct trace head = {.magic = TRACE_MAGIC, .version = 1};
	auto_close int fd = memfd_create("davit-trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct plan_header header;

	memcpy(&header, plan->data, sizeof(header));
	head.steps = header.steps;
	if (fd < 0 || ftruncate(fd, (off_t)trace_size(header.steps)) < 0 ||
		pwrite(fd, &head, sizeof(head), 0) != sizeof(head))
		return err_sys(err, "share the launch's clocks");
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	return take_fd(&fd);
}

/* An address on the network, for as long as it runs. */
static int lease(struct step *step, struct err *err)
{
	struct row row = {0};
	int failed;

	if (step->wanted.mode != MODE_NETWORKS)
		return 0;
	memcpy(row.id, step->id, sizeof(step->id));
	snprintf(row.name, sizeof(row.name), "build-%.12s", step->id);
	failed = network_lease(step->engine, &row, &step->wanted, step->run, &step->ports, err);
	step->leased = !failed;
	if (!failed)
		failed = netspace_open(step->engine, &step->net, err);
	return failed ? failed
		      : etc_follow_networks(
				step->engine, step->id, step->request->dir_fd, step->run, err);
}

static int start(struct step *step, struct err *err)
{
	static const char *const argv[] = {"davit-shim", "job", NULL};
	auto_close int plan = launch_seal_plan(&step->plan, err), trace = -1, theirs = -1,
		       said = -1;
	int ends[2], says[2], fds[SHIM_FD_OWN + 1];
	struct spawn spawn = {.argv = argv,
		.fds = fds,
		.fd_count = array_len(fds),
		.cgroup_fd = -1,
		.session = true,
		.net = step->net};

	trace = plan < 0 ? -1 : make_trace(&step->plan, err);
	if (trace < 0)
		return err->code;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "open a socket pair");
	step->client = ends[0];
	theirs = ends[1];
	if (pipe2(says, O_CLOEXEC) < 0)
		return err_sys(err, "open a pipe");
	step->out = says[0];
	said = says[1];
	memset(fds, -1, sizeof(fds));
	fds[1] = fds[2] = said;
	fds[SHIM_FD_PLAN] = plan;
	fds[SHIM_FD_TRACE] = trace;
	fds[SHIM_FD_CLIENT] = theirs;
	fds[SHIM_FD_STORE] = store_fd(step->engine->store);
	fds[SHIM_FD_RUN] = step->run;
	fds[SHIM_FD_OWN] = step->request->dir_fd;
	spawn.program_fd = parts_shim(step->engine->parts, err);
	if (spawn.program_fd < 0 || groups_for_monitors(step->engine, &spawn, err) < 0)
		return err->code;
	return spawn_start(&spawn, &step->pidfd, NULL, err);
}

/* ---- what it says ---- */

/* A whole frame, or the end; it is small, and written at once. */
static ssize_t read_frame(int fd, struct wire_head *head, char *payload, size_t room)
{
	size_t have = 0;

	if (recv(fd, head, sizeof(*head), MSG_WAITALL) != sizeof(*head) || head->len > room)
		return -1;
	while (have < head->len) {
		ssize_t got = recv(fd, payload + have, head->len - have, MSG_WAITALL);

		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static void on_failure(struct step *step, const char *payload, size_t len, struct err *err)
{
	struct wire_failed failed = {.code = -EIO, .exit = 125};

	if (len >= sizeof(failed)) {
		memcpy(&failed, payload, sizeof(failed));
		err_set(err, failed.code, "%.*s", (int)(len - sizeof(failed)),
			payload + sizeof(failed));
	}
	step->result->exit_code = failed.exit;
}

/* True when there is nothing more to come. */
static bool hear(struct step *step, struct err *err)
{
	char payload[1024];
	struct wire_head head;
	struct wire_exit end;
	ssize_t len = read_frame(step->client, &head, payload, sizeof(payload));

	if (len < 0) {
		step->lost = true;
		return true;
	}
	switch (head.type) {
	case WIRE_STARTED:
		step->result->started = true;
		step->result->started_ns = timing_now();
		if (step->request->started)
			step->request->started(step->request->arg);
		return false;
	case WIRE_FAILED:
		on_failure(step, payload, (size_t)len, err);
		return true;
	case WIRE_EXIT:
		memcpy(&end, payload, sizeof(end));
		step->result->exit_code = end.code;
		step->result->ended_ns = timing_now();
		step->result->oom_killed = end.flags & ROW_OOM;
		return true;
	default:
		return false;
	}
}

/* False: nobody has the other end any more. */
static bool pass_on(struct step *step)
{
	char data[16384];
	ssize_t got = read(step->out, data, sizeof(data));

	if (got < 0)
		return errno == EINTR || errno == EAGAIN;
	if (got > 0 && step->request->output)
		step->request->output(step->request->arg, data, (size_t)got);
	return got > 0;
}

/* Until it has ended and all it said was read. */
static int follow(struct step *step, struct err *err)
{
	const atomic_bool *canceled = step->request->canceled;
	struct pollfd both[] = {
		{.fd = step->client, .events = POLLIN}, {.fd = step->out, .events = POLLIN}};

	err_forgive(err);
	while (both[0].fd >= 0 || both[1].fd >= 0) {
		if (canceled && atomic_load(canceled))
			return err_set(err, ECANCELED, "canceled");
		if (poll(both, 2, canceled ? NOTICE_MS : -1) <= 0)
			continue;
		if (both[1].revents && !pass_on(step))
			both[1].fd = -1;
		if (both[0].revents && hear(step, err))
			both[0].fd = -1;
	}
	if (step->lost)
		return err_set(err, EIO, "the step's monitor was killed");
	return err->code == -EIO && !step->result->started ? err->code : 0;
}

/* Gone with its mounts: what it wrote is nobody else's now. */
static void let_go(struct step *step)
{
	char name[80];
	int code = 0;

	own_closep(&step->client);
	own_closep(&step->out);
	own_closep(&step->ports);
	own_closep(&step->net);
	if (step->pidfd >= 0)
		spawn_wait(step->pidfd, &code, NULL);
	own_closep(&step->pidfd);
	/* A shim that was killed has left its cgroups, and perhaps who is in them. */
	if (step->lost || code >= 128)
		groups_end(step->engine, step->id);
	uv_mutex_lock(&step->engine->store_lock);
	if (step->leased)
		network_release(step->engine, step->id, false);
	uv_mutex_unlock(&step->engine->store_lock);
	own_closep(&step->lock);
	own_closep(&step->run);
	snprintf(name, sizeof(name), "c/%.64s", step->id);
	if (*step->id)
		path_remove_at(store_dir(step->engine->store, STORE_RUN), name);
	wanted_fini(&step->wanted);
	buf_fini(&step->plan);
}

int step_run(struct engine *engine, const struct step_request *request, struct step_result *result,
	struct err *err)
{
	struct step step = {.engine = engine,
		.request = request,
		.result = result,
		.plan = BUF_INIT,
		.run = -1,
		.lock = -1,
		.ports = -1,
		.net = -1,
		.client = -1,
		.pidfd = -1,
		.out = -1};
	int failed = 0;

	*result = (struct step_result){0};
	if (store_driver(engine->store) != STORE_OVERLAY)
		failed = err_set(err, ENOTSUP,
			"builds need overlay mounts, which this store cannot have: see davit info");
	if (!failed && names_new_id(step.id) < 0)
		failed = err_sys(err, "make an id");
	if (!failed)
		failed = make_plan(&step, err);
	/* One at a time: the engine has one socket to the packet filter. */
	uv_mutex_lock(&engine->store_lock);
	if (!failed)
		failed = lease(&step, err);
	if (!failed)
		failed = start(&step, err);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed)
		failed = follow(&step, err);
	let_go(&step);
	return failed;
}
