/* processes.c - the processes of a container: whom its cgroup lists, as the host's /proc tells of
 * them.
 *
 * A pid is only a number: the directory below /proc that it opens stays that of one process, and
 * counts when the cgroup lists the pid still, after everything was read. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/pids.h"
#include "core/proc_text.h"
#include "util/path.h"

enum { TEXT_MAX = 64 << 10 };

/* ---- what ---- */

struct reading {
	int proc_fd;
	size_t depth;     /* of the container's pid namespace below ours */
	uint64_t boot_ns; /* CLOCK_REALTIME of the boot */
	uint64_t tick_ns, page;
	struct buf text;
};

/* Not whatever somebody mounted over it. */
static int open_proc(struct err *err)
{
	auto_close int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return err_sys(err, "/proc");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(err, ENOTSUP, "/proc is not the proc file system");
	return take_fd(&fd);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *read_text(struct reading *reading, int dir_fd, const char *name)
{
	auto_close int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	char *room;
	ssize_t len;

	buf_clear(&reading->text);
	room = buf_reserve(&reading->text, TEXT_MAX);
	if (fd < 0 || !room || (len = read(fd, room, TEXT_MAX - 1)) < 0)
		return NULL;
	reading->text.len = (size_t)len;
	room[len] = '\0';
	return room;
}

/* False: it has ended. */
static bool read_process(struct reading *reading, int pid, struct container_process *out)
{
	struct proc_status status;
	struct proc_stat stat;
	auto_close int dir = -1;
	const char *text;
	char name[16];

	snprintf(name, sizeof(name), "%d", pid);
	dir = openat(reading->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !(text = read_text(reading, dir, "stat")) ||
		proc_parse_stat(text, &stat) < 0 || !(text = read_text(reading, dir, "status")) ||
		proc_parse_status(text, &status) < 0)
		return false;
	*out = (struct container_process){
		.pid = pid,
		.ppid = stat.ppid,
		.container_pid = reading->depth && reading->depth <= status.depth
					 ? status.pids[reading->depth - 1]
					 : 0,
		.uid = status.uid,
		.tty = stat.tty,
		.threads = stat.threads,
		.state = stat.state,
		.cpu_ns = stat.cpu_ticks * reading->tick_ns,
		.started_ns = reading->boot_ns + stat.start_ticks * reading->tick_ns,
		.virtual_bytes = stat.virtual,
		.resident_bytes = stat.resident * reading->page,
	};
	proc_command(stat.comm, strlen(stat.comm), "", out->name, sizeof(out->name));
	text = read_text(reading, dir, "cmdline");
	proc_command(text ? text : "", text ? reading->text.len : 0, stat.comm, out->command,
		sizeof(out->command));
	return true;
}

static void find_depth(struct reading *reading, int init)
{
	struct proc_status status;
	const char *text;
	char name[32];

	snprintf(name, sizeof(name), "%d/status", init);
	text = read_text(reading, reading->proc_fd, name);
	if (text && proc_parse_status(text, &status) == 0)
		reading->depth = status.depth;
}

static int read_all(struct reading *reading, struct engine *engine, const struct row *row,
	struct container_process **out, size_t *count, struct err *err)
{
	auto_pids before = {0}, after = {0};
	auto_free struct container_process *processes = NULL;
	size_t len = 0, kept = 0;

	if (pids_of(engine, row, &before, err) < 0)
		return err->code;
	processes = calloc(before.len + 1, sizeof(*processes));
	if (!processes)
		return err_set(err, ENOMEM, "list processes: out of memory");
	find_depth(reading, row->state.init.pid);
	for (size_t i = 0; i < before.len; i++)
		len += read_process(reading, before.v[i], &processes[len]);
	if (pids_of(engine, row, &after, err) < 0)
		return err->code;
	for (size_t i = 0; i < len; i++)
		if (pids_has(&after, processes[i].pid))
			processes[kept++] = processes[i];
	*out = take(processes);
	*count = kept;
	return 0;
}

int engine_container_processes(struct engine *engine, const char *who,
	struct container_process **out, size_t *count, struct err *err)
{
	struct reading reading = {
		.proc_fd = -1,
		.boot_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME),
		.tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK),
		.page = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (failed)
		return failed;
	if (!row_has_processes(&row))
		return err_set(err, ESRCH, "container %s is not running", row.id);
	reading.proc_fd = open_proc(err);
	failed =
		reading.proc_fd < 0 ? err->code : read_all(&reading, engine, &row, out, count, err);
	own_closep(&reading.proc_fd);
	buf_fini(&reading.text);
	return failed;
}

/* Times are told in ticks, and the boot's moves with the clock. */
static bool began_at(const struct container_process *process, uint64_t started_ns)
{
	uint64_t apart = process->started_ns > started_ns ? process->started_ns - started_ns
							  : started_ns - process->started_ns;

	return apart < 100000000;
}

int engine_process_signal(struct engine *engine, const char *who, int pid, uint64_t started_ns,
	int signal, struct err *err)
{
	/* Held first: it is then the one that the list tells of, or none. */
	auto_close int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	auto_free struct container_process *list = NULL;
	size_t count;

	if (engine_container_processes(engine, who, &list, &count, err) < 0)
		return err->code;
	for (size_t i = 0; fd >= 0 && i < count; i++) {
		if (list[i].pid != pid || !began_at(&list[i], started_ns))
			continue;
		if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
			return err_sys(err, "process %d", pid);
		return 0;
	}
	return err_set(err, ESRCH, "process %d has ended", pid);
}
