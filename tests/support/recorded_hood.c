/* recorded_hood.c - under the hood of the recorded world: the same few rows for every container. */
#include <errno.h>
#include <string.h>

#include "recorded_private.h"

static const struct hood_row container_rows[] = {
	{HOOD_NAMESPACES, "pid", "own    4026532790",
		"Its own: its processes count from 1 and see no others.", "/proc/8101/ns/pid",
		"readlink /proc/8101/ns/pid; readlink /proc/self/ns/pid", false},
	{HOOD_NAMESPACES, "user", "HOST's 4026531837",
		"Shared with the host: its root is the host's root, less capabilities and system calls.",
		"/proc/8101/ns/user", "readlink /proc/8101/ns/user; readlink /proc/self/ns/user",
		true},
	{HOOD_CGROUPS, "memory limit", "536870912",
		"At this many bytes the kernel reclaims, and if that is not enough ends a process (OOM).",
		"/sys/fs/cgroup/memory/davit/web/memory.limit_in_bytes",
		"cat /sys/fs/cgroup/memory/davit/web/memory.limit_in_bytes", false},
	{HOOD_MOUNTS, "/", "overlay rw", "5 layers of the image below, read-only.",
		"/proc/8101/mountinfo", "findmnt -N 8101 /", false},
	{HOOD_MOUNTS, "/data", "ext4 rw", "The volume data: it outlives the container.",
		"/proc/8101/mountinfo", "findmnt -N 8101 /data", false},
	{HOOD_CAPABILITIES, "CHOWN", "kept", "May: give files to another owner.",
		"/proc/8101/status", "grep Cap /proc/8101/status", false},
	{HOOD_CAPABILITIES, "SYS_ADMIN", "dropped",
		"May not: administer: mount, namespaces, and much more.", "/proc/8101/status",
		"grep Cap /proc/8101/status", false},
};

static const struct hood_row host_rows[] = {
	{HOOD_NAMESPACES, "pid", "the host's 4026531836", "", "", "", false},
	{HOOD_NAMESPACES, "user", "HOST's 4026531837", "", "", "", false},
	{HOOD_CAPABILITIES, "CHOWN", "kept", "", "", "", false},
	{HOOD_CAPABILITIES, "SYS_ADMIN", "kept", "", "", "", false},
};

static const struct hood_row left_rows[] = {
	{HOOD_RECORDS, "config.json", "3146 bytes",
		"What is to run, as the OCI runtime specification has it.", "/store/config.json",
		"cat /store/config.json", false},
};

static int read_rows(struct world *world, const char *id, unsigned parts, void **holder,
	const struct hood_row **rows, size_t *count, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	int row = id ? recorded_find(recorded, id) : -1;

	*holder = NULL;
	if (row >= 0 && parts == 1u << HOOD_RECORDS) {
		*rows = left_rows;
		*count = array_len(left_rows);
		return 0;
	}
	if (id && (row < 0 || !recorded->rows[row].c.pid))
		return err_set(err, ESRCH,
			"container %s is not running: what the kernel kept for it went with its processes",
			row < 0 ? id : recorded->rows[row].c.name);
	*rows = id ? container_rows : host_rows;
	*count = id ? array_len(container_rows) : array_len(host_rows);
	return 0;
}

static void release(void *holder)
{
	(void)holder;
}

static int death(struct world *world, const char *id, struct death *out, struct err *err)
{
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	if (row < 0)
		return err_set(err, ENOENT, "No such container: %s", id);
	if (recorded->rows[row].c.pid) {
		buf_adds(&out->sentence, "It is running.");
		return 0;
	}
	buf_addf(&out->sentence,
		"Its process ended by itself with exit code %d, 1.2 s after it began.",
		recorded->rows[row].c.exit_code);
	strs_add(&out->evidence, "Its last words, on stderr: no such luck (davit logs it)");
	return 0;
}

/* Answered at once, though the engine never does. */
static int try_call(struct world *world, const char *id, const char *call, try_done_fn *done,
	void *arg, struct trying **out, struct err *err)
{
	const struct trial *trial = try_find(call);
	struct try_answer answer;

	(void)world;
	(void)id;
	*out = NULL;
	if (!trial)
		return err_set(err, ENOENT, "'%s' is none of the calls that can be tried", call);
	try_judge(trial, strcmp(call, "getpid") == 0 ? 0 : EPERM,
		strcmp(call, "mount") == 0 ? EPERM : 0, !*trial->capability, &answer);
	done(arg, &answer, NULL);
	return 0;
}

static void try_leave(struct trying *trying)
{
	(void)trying;
}

const struct world_hood_ops recorded_hood_ops = {
	.try_call = try_call,
	.try_leave = try_leave,
	.read = read_rows,
	.release = release,
	.death = death,
};
