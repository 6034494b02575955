#include "oci/container.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "oci/groups.h"
#include "oci/hooks.h"
#include "oci/sockets.h"
#include "oci/unit.h"
#include "runtime/launch/sys.h"
#include "util/own.h"
#include "util/path.h"

/* ---- making ---- */

static int check_terminal(
	const struct spec *spec, const struct container_words *words, struct err *err)
{
	if (spec->process.terminal && words->detach && !words->console_socket)
		return err_set(err, EINVAL,
			"process.terminal: with nobody to relay it, --console-socket must be given");
	if (words->console_socket && !(spec->process.terminal && words->detach))
		return err_set(err, EINVAL,
			"--console-socket: only a detached process with a terminal has one to send");
	return 0;
}

static bool has_limits(const struct spec_resources *res)
{
	const struct spec_memory *memory = &res->memory;
	const struct spec_cpu *cpu = &res->cpu;

	return memory->limit || memory->reservation || memory->swap || memory->swappiness.set ||
	       cpu->shares || cpu->quota || cpu->cpus || cpu->mems || cpu->idle.set ||
	       res->pids_limit || res->block_io.weight || res->block_io.read_bps.len ||
	       res->block_io.write_bps.len || res->block_io.read_iops.len ||
	       res->block_io.write_iops.len || res->hugepages.len || res->unified.len;
}

/* An ordinary user's container lives in its caller's cgroups, where nothing else was handed down.
 */
static int choose_cgroup(
	const struct oci *oci, const struct spec *spec, struct record *record, struct err *err)
{
	int rc = groups_path(oci, spec->lnx.cgroups_path, record->id, &record->cgroup, err);

	if (rc < 0 || !oci->is_rootless || groups_are_ours(record->cgroup))
		return rc;
	if (has_limits(&spec->lnx.resources))
		return err_set(err, EACCES,
			"linux.resources: the cgroup %.200s is not this user's to make: no limits "
			"without root or delegation",
			record->cgroup);
	free(take(record->cgroup));
	return 0;
}

static int fill_record(
	const struct oci *oci, const struct bundle *bundle, struct record *record, struct err *err)
{
	const char *path = bundle->spec->lnx.cgroups_path;
	int rc;

	record->bundle = strdup(bundle->path);
	record->rootfs = strdup(bundle->spec->root.path);
	if (!record->bundle || !record->rootfs)
		return err_set(err, ENOMEM, "container %s: out of memory", record->id);
	rc = path_replace_at(record->dir, "config.json", bundle->text.data, bundle->text.len, 0600);
	if (rc < 0)
		return err_set(
			err, rc, "%s/%s/config.json: %s", oci->root, record->id, err_name(rc));
	if (oci->systemd_cgroup)
		return unit_names(path, record->id, &record->unit, &record->cgroup, err);
	return choose_cgroup(oci, bundle->spec, record, err);
}

static int make(const struct oci *oci, const struct container_words *words, bool create,
	const struct bundle *bundle, struct record *record, struct making *making, struct err *err)
{
	int rc = fill_record(oci, bundle, record, err);

	/* So that whoever comes after a maker that was killed knows where to look. */
	if (rc == 0)
		rc = record_write(record, err);
	if (rc < 0)
		return rc;
	making->console_socket = words->console_socket;
	making->pid_file = words->pid_file;
	making->detach = words->detach;
	making->waits_start = create;
	making->no_pivot = words->no_pivot;
	making->no_keyring = words->no_keyring;
	return making_container(making, err);
}

int container_make(const struct oci *oci, const char *id, const struct container_words *words,
	bool create, struct bundle *bundle, struct record *record, struct making *making,
	struct err *err)
{
	int rc = record_check_id(id, err);

	*bundle = (struct bundle){0};
	*record = (struct record){.dir = -1};
	making_init(making, oci, record, NULL);
	if (rc == 0)
		rc = making_check_fds(words->preserve_fds, &making->preserved_fds, err);
	if (rc == 0)
		rc = bundle_open(words->bundle ? words->bundle : ".", bundle, err);
	if (rc == 0)
		rc = check_terminal(bundle->spec, words, err);
	if (rc == 0)
		rc = record_create(oci, id, record, err);
	if (rc < 0)
		return rc;
	oci_warn_of_caps(oci, &bundle->spec->process.capabilities);
	making_listen_env(&bundle->spec->process);
	making->spec = bundle->spec;
	rc = make(oci, words, create, bundle, record, making, err);
	if (rc < 0)
		record_remove(record, NULL);
	return rc;
}

/* ---- starting ---- */

int container_poststart(struct record *record, const struct bundle *bundle, struct err *err)
{
	const spec_hooks *hooks = &bundle->spec->hooks.poststart;
	auto_buf text = BUF_INIT;
	auto_close int state = -1;

	if (!hooks->len)
		return 0;
	record_state(record, "running", &bundle->spec->annotations, &text);
	state = hooks_state(buf_text(&text));
	return state < 0 ? err_set(err, state, "hooks.poststart: %s", err_name(state))
			 : hooks_run(hooks, "poststart", state, err);
}

/* Only one can rename it: two starts never meet. */
static int open_door(struct record *record, struct err *err)
{
	int door;

	if (renameat(record->dir, "start", record->dir, "started") < 0) {
		enum record_status status = record_status(record);

		if (errno == ENOENT && status == RECORD_STOPPED)
			return err_set(err, EINVAL, "cannot start a container that has stopped: %s",
				record->id);
		return errno == ENOENT ? err_set(err, EINVAL,
						 "cannot start an already running container: %s",
						 record->id)
				       : err_sys(err, "start %s", record->id);
	}
	door = sockets_connect_at(record->dir, "started");
	unlinkat(record->dir, "started", 0);
	if (door == -ECONNREFUSED)
		return err_set(
			err, EINVAL, "cannot start a container that has stopped: %s", record->id);
	return door < 0 ? err_set(err, door, "start %s: %s", record->id, err_name(door)) : door;
}

/* For who listens to it, and for the poststart hooks; most containers have neither. */
static int reopen_for_start(struct record *record, struct bundle *bundle, struct err *err)
{
	if (!bundle_mentions(record->dir, "\"poststart\"") &&
		!bundle_mentions(record->dir, "\"SCMP_ACT_NOTIFY\""))
		return 0;
	return bundle_reopen(record->dir, record->bundle ? record->bundle : "", bundle, err);
}

int container_start(struct record *record, int *exit, struct err *err)
{
	auto_bundle bundle = {0};
	struct making making;
	int door, rc = reopen_for_start(record, &bundle, err);

	*exit = 1;
	if (rc < 0)
		return rc;
	door = open_door(record, err);
	if (door < 0)
		return door;
	making_init(&making, record->oci, record, bundle.spec);
	making.launched.pid = record->pid;
	if (bundle.spec)
		rc = filter_listener(bundle.spec, &making.filter, err);
	if (rc == 0)
		rc = making_drive(&making, door, LAUNCH_END, err);
	*exit = making.exit == 126 || making.exit == 127 ? making.exit : 1;
	making_fini(&making);
	close(door);
	return rc < 0 || !bundle.spec ? rc : container_poststart(record, &bundle, err);
}

/* ---- deleting ---- */

static int kill_it(struct record *record, struct err *err)
{
	auto_close int pidfd = record_process(record);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	if (pidfd < 0)
		return 0;
	sys_pidfd_signal(pidfd, SIGKILL);
	if (record->cgroup && groups_is_frozen(record->cgroup))
		groups_freeze(record->cgroup, false, NULL);
	if (poll(&end, 1, 10000) != 1)
		return err_set(err, ETIMEDOUT, "container %s does not die", record->id);
	return 0;
}

static void poststop(struct record *record)
{
	auto_bundle bundle = {0};
	auto_buf text = BUF_INIT;
	auto_close int state = -1;
	struct err err = {0};

	if (!bundle_mentions(record->dir, "\"poststop\""))
		return;
	if (bundle_reopen(record->dir, record->bundle ? record->bundle : "", &bundle, &err) < 0 ||
		!bundle.spec->hooks.poststop.len)
		return;
	record_state(record, "stopped", &bundle.spec->annotations, &text);
	state = hooks_state(buf_text(&text));
	/* The container is gone, whatever they say. */
	if (state >= 0 && hooks_run(&bundle.spec->hooks.poststop, "poststop", state, &err) < 0)
		oci_warn(record->oci, "%s", err.text);
}

int container_delete(struct record *record, bool force, struct err *err)
{
	enum record_status status = record_status(record);
	int rc;

	if (!force && status != RECORD_STOPPED && status != RECORD_CREATED)
		return err_set(err, EBUSY, "cannot delete container %s that is not stopped: %s",
			record->id, record_status_name(status));
	rc = kill_it(record, err);
	if (rc == 0)
		rc = groups_remove(record->cgroup, err);
	if (rc < 0)
		return rc;
	if (record->unit)
		unit_stop(record->unit);
	poststop(record);
	return record_remove(record, err);
}
