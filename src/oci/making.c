#include "oci/making.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oci/forerunner.h"
#include "oci/groups.h"
#include "oci/hooks.h"
#include "oci/options.h"
#include "oci/sockets.h"
#include "oci/unit.h"
#include "runtime/launch/sys.h"
#include "util/own.h"
#include "util/path.h"

void making_init(
	struct making *m, const struct oci *oci, struct record *record, const struct spec *spec)
{
	*m = (struct making){.oci = oci, .record = record, .spec = spec, .console = -1, .exit = 1};
	m->launched = (struct launched){.pidfd = -1, .gate = -1};
	m->launch.door = m->launch.state = -1;
}

void making_fini(struct making *m)
{
	if (m->is_open)
		launch_fini(&m->launch);
	sys_close(&m->launch.door);
	sys_close(&m->launch.state);
	sys_close(&m->launched.pidfd);
	sys_close(&m->launched.gate);
	sys_close(&m->console);
	filter_fini(&m->filter);
	buf_fini(&m->bytes);
}

int making_check_fds(int64_t preserve, unsigned *count, struct err *err)
{
	const char *listen = getenv("LISTEN_FDS");
	int64_t all = preserve, given = 0;

	if (listen && options_number(listen, &given) == 0)
		all += given;
	if (all < 0 || all > 1000)
		return err_set(err, EINVAL, "--preserve-fds: must be from 0 to 1000");
	for (int fd = 3; fd < 3 + (int)all; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			return err_set(
				err, EBADF, "--preserve-fds: file descriptor %d is not open", fd);
	}
	*count = (unsigned)all;
	return 0;
}

void making_listen_env(struct spec_process *process)
{
	const char *listen = getenv("LISTEN_FDS");
	char text[32];
	int64_t count;

	if (!listen || options_number(listen, &count) < 0)
		return;
	snprintf(text, sizeof(text), "LISTEN_FDS=%lld", (long long)count);
	strs_set_env(&process->env, text);
	strs_set_env(&process->env, "LISTEN_PID=1");
}

/* ---- facts and plan ---- */

static unsigned waits_of(const struct making *m)
{
	unsigned waits = m->waits_start ? LAUNCH_WAITS_START : 0;

	if (hooks_any_inside(&m->spec->hooks))
		waits |= LAUNCH_WAITS_HOOKS;
	return m->record->unit ? waits | LAUNCH_WAITS_BORN : waits;
}

static int read_facts(struct making *m, struct launch_facts *facts, struct err *err)
{
	const char *root = m->spec->root.path;
	int rc = kernel_read(getenv("DAVIT_KERNEL"), &m->kernel, err);

	if (rc == 0)
		rc = filter_make(m->oci, m->spec, &m->filter, err);
	if (rc < 0)
		return rc;
	*facts = (struct launch_facts){
		.kernel = &m->kernel,
		.cgroups = m->record->cgroup ? groups_layout(err) : NULL,
		.cgroup_path = m->record->cgroup,
		.plain = {PLAN_HOST, root},
		.mount_at = {PLAN_HOST, root},
		.passing = true,
		.is_rootless = m->oci->is_rootless,
		.no_setgroups = geteuid() != 0,
		.waits = waits_of(m),
		.preserved_fds = m->preserved_fds,
		.no_pivot = m->no_pivot,
		.no_keyring = m->no_keyring,
		.no_cgroups_made = m->record->unit != NULL,
		.seccomp = m->filter.program.data,
		.seccomp_len = m->filter.program.len,
		.seccomp_flags = m->filter.flags,
	};
	return err->code;
}

static int open_launch(struct making *m, struct err *err)
{
	static const int dirs[LAUNCH_DIRS] = {-1, -1, -1, -1, -1, -1, -1};
	struct plan plan;
	const char *why;
	int step, rc = plan_open(m->bytes.data, m->bytes.len, &plan, &why, &step);

	if (rc < 0)
		return err_set(err, rc, "launch plan: step %d %s", step, why);
	rc = launch_init(&m->launch, &plan, dirs);
	if (rc < 0)
		return err_set(err, rc, "proc: %s", err_name(rc));
	m->is_open = true;
	m->launch.sibling = m->detach;
	return 0;
}

/* ---- what a new process says ---- */

static int send_console(struct making *m, int master, struct err *err)
{
	int rc;

	if (!m->console_socket) {
		m->console = master;
		return 0;
	}
	/* Whoever takes it expects one that waits; and what comes along names it, as runc has it.
	 */
	if (fcntl(master, F_SETFL, O_RDWR) < 0)
		rc = err_sys(err, "terminal");
	else
		rc = sockets_send(m->console_socket, "--console-socket", "/dev/ptmx",
			sizeof("/dev/ptmx") - 1, master, err);
	close(master);
	return rc;
}

static int send_listener(struct making *m, int listener, struct err *err)
{
	auto_buf state = BUF_INIT;
	int rc;

	record_state(
		m->record, m->waits_start ? "created" : "running", &m->spec->annotations, &state);
	rc = filter_send(&m->filter, listener, m->launched.pid, buf_text(&state), err);
	close(listener);
	return rc;
}

/* It is born, and nothing else: systemd takes it into its unit, and the limits are set. */
static int on_born(struct making *m, struct err *err)
{
	auto_cgroup_steps steps = {0};
	const struct cgroup_layout *layout = groups_layout(err);
	int rc = unit_start(m->record->unit, m->record->cgroup, m->record->id, m->launched.pid,
		&m->spec->lnx.resources, layout && cgroup_is_pure_v2(layout), err);

	m->owns_group = rc == 0;
	if (rc == 0 && layout)
		rc = cgroup_plan_new(
			layout, m->record->cgroup, &m->spec->lnx.resources, &steps, err);
	if (rc == 0 && layout)
		rc = cgroup_prepare(layout, m->record->cgroup, err);
	return rc == 0 && layout ? cgroup_apply(&steps, err) : rc;
}

/* The state goes into the file that the child's own hooks read, too. */
static int on_mounted(struct making *m, struct err *err)
{
	const struct spec_all_hooks *hooks = &m->spec->hooks;
	auto_buf state = BUF_INIT;
	int rc;

	record_state(m->record, "creating", &m->spec->annotations, &state);
	rc = buf_failed(&state) ? -ENOMEM : path_write_all(m->launch.state, state.data, state.len);
	if (rc < 0)
		return err_set(err, rc, "hooks: %s", err_name(rc));
	rc = record_write(m->record, err);
	if (rc == 0)
		rc = hooks_run(&hooks->prestart, "prestart", m->launch.state, err);
	return rc < 0 ? rc
		      : hooks_run(&hooks->create_runtime, "createRuntime", m->launch.state, err);
}

/* The first wait is for systemd, if it is asked at all. */
static int on_waiting(struct making *m, struct err *err)
{
	bool first = m->record->unit && !m->is_born;
	int rc = first ? on_born(m, err) : on_mounted(m, err);

	m->is_born = true;
	if (rc < 0)
		return rc;
	rc = launch_go(m->launched.gate);
	return rc < 0 ? err_set(err, rc, "the process was killed while it was made") : 0;
}

static int on_failed(struct making *m, const struct launch_fail *fail, struct err *err)
{
	m->exit = fail->exit;
	return err_set(err, fail->code ? fail->code : -EIO, "%s", fail->text);
}

int making_drive(struct making *m, int gate, enum launch_word until, struct err *err)
{
	struct launch_fail fail;
	bool ready = false;
	int rc = 0;

	while (rc == 0) {
		struct pollfd poll_gate = {.fd = gate, .events = POLLIN};
		int fd = -1;
		enum launch_word word = launch_gate(gate, &fail, &fd);

		if (word == until && (word != LAUNCH_END || ready))
			return 0;
		switch (word) {
		case LAUNCH_WAIT:
			poll(&poll_gate, 1, -1);
			break;
		case LAUNCH_READY:
			ready = true;
			break;
		case LAUNCH_CONSOLE:
			rc = send_console(m, fd, err);
			break;
		case LAUNCH_LISTENER:
			rc = send_listener(m, fd, err);
			break;
		case LAUNCH_WAITING:
			rc = on_waiting(m, err);
			break;
		case LAUNCH_CREATED:
			break;
		case LAUNCH_FAIL:
			return on_failed(m, &fail, err);
		case LAUNCH_END:
			return err_set(err, ECHILD, "the process was killed while it was made");
		}
	}
	return rc;
}

/* ---- starting it ---- */

static void make_go(struct making *m)
{
	if (m->launched.pidfd < 0)
		return;
	sys_pidfd_signal(m->launched.pidfd, SIGKILL);
	if (m->detach) { /* our caller's child: only its end can be waited for */
		struct pollfd end = {.fd = m->launched.pidfd, .events = POLLIN};

		poll(&end, 1, 5000);
		return;
	}
	while (waitid(P_PIDFD, (id_t)m->launched.pidfd, NULL, WEXITED) < 0 && errno == EINTR)
		;
}

static int start(struct making *m, struct err *err)
{
	static const struct launch_stdio stdio = {.fd = {0, 1, 2}};
	int rc = forerunner_start(m, &stdio);

	if (rc < 0) {
		m->exit = m->launch.fail.exit;
		return err_set(err, rc, "%s", m->launch.fail.text);
	}
	return 0;
}

static int open_files(struct making *m, struct err *err)
{
	if (m->waits_start) {
		m->launch.door = sockets_listen(m->record->dir, "start");
		if (m->launch.door < 0)
			return err_set(err, m->launch.door, "%s/%s/start: %s", m->oci->root,
				m->record->id, err_name(m->launch.door));
	}
	if (hooks_any_inside(&m->spec->hooks)) {
		m->launch.state = hooks_state("");
		if (m->launch.state < 0)
			return err_set(
				err, m->launch.state, "hooks: %s", err_name(m->launch.state));
	}
	return 0;
}

int making_pid_file(const char *path, int pid, struct err *err)
{
	auto_free char *copy = strdup(path);
	char text[16], *slash = copy ? strrchr(copy, '/') : NULL;
	auto_close int dir = -1;
	int rc;

	if (!copy)
		return err_set(err, ENOMEM, "--pid-file: out of memory");
	if (slash)
		*slash = '\0';
	dir = open(!slash ? "." : copy[0] ? copy : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(text, sizeof(text), "%d", pid);
	rc = dir < 0 ? -errno
		     : path_replace_at(dir, slash ? slash + 1 : copy, text, strlen(text), 0644);
	return rc < 0 ? err_set(err, rc, "--pid-file %.300s: %s", path, err_name(rc)) : 0;
}

static int settle(struct making *m, struct err *err)
{
	bool alive;
	int rc = 0;

	m->record->pid = m->launched.pid;
	if (m->pid_file)
		rc = making_pid_file(m->pid_file, m->launched.pid, err);
	if (rc < 0)
		return rc;
	m->record->start = record_process_start(m->launched.pid, &alive);
	m->record->is_made = true;
	return record_write(m->record, err);
}

/* A path may be shared, and what is in it then outlives our failure. */
static int prepare_group(struct making *m, struct err *err)
{
	auto_free int *pids = NULL;
	size_t count;
	int rc = groups_pids(m->record->cgroup, &pids, &count, err);

	m->owns_group = rc == 0 && count == 0;
	return rc < 0 ? rc : groups_prepare(m->record->cgroup, err);
}

static int make(struct making *m, struct err *err)
{
	enum launch_word until = m->waits_start ? LAUNCH_CREATED : LAUNCH_END;
	struct launch_facts facts;
	int rc = read_facts(m, &facts, err);

	if (rc == 0)
		rc = compile_container(m->spec, &facts, &m->bytes, err);
	if (rc == 0)
		rc = open_launch(m, err);
	if (rc == 0 && m->record->cgroup && !m->record->unit)
		rc = prepare_group(m, err);
	if (rc == 0)
		rc = open_files(m, err);
	if (rc == 0)
		rc = start(m, err);
	m->record->pid = m->launched.pid;
	if (rc == 0)
		rc = making_drive(m, m->launched.gate, until, err);
	return rc < 0 ? rc : settle(m, err);
}

int making_container(struct making *m, struct err *err)
{
	int rc = make(m, err);

	if (rc == 0)
		return 0;
	make_go(m);
	if (m->owns_group)
		groups_remove(m->record->cgroup, NULL);
	if (m->owns_group && m->record->unit)
		unit_stop(m->record->unit);
	return rc;
}

int making_exec(struct making *m, const struct spec_process *process, int init, struct err *err)
{
	struct launch_facts facts;
	int rc = read_facts(m, &facts, err);

	facts.waits = 0;
	facts.in_userns = m->enters_first = geteuid() != 0 && spec_find_namespace(m->spec, "user");
	facts.no_cgroups_made = false;
	if (rc == 0)
		rc = compile_exec(m->spec, process, &facts, &m->bytes, err);
	if (rc == 0)
		rc = open_launch(m, err);
	if (rc < 0)
		return rc;
	m->launch.init = init;
	rc = start(m, err);
	if (rc == 0)
		rc = making_drive(m, m->launched.gate, LAUNCH_END, err);
	if (rc == 0 && m->pid_file)
		rc = making_pid_file(m->pid_file, m->launched.pid, err);
	if (rc < 0)
		make_go(m);
	return rc;
}
