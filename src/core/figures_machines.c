/* figures_machines.c - measures a container for the figure beside a virtual machine. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/figures_own.h"
#include "core/groups.h"
#include "core/process.h"
#include "runtime/cgroup_stat.h"
#include "util/json.h"

/* ---- what it takes ---- */

static void weigh(struct engine *engine, const struct row *row, struct figure_machine_facts *facts)
{
	const struct cgroup_layout *layout;
	struct cgroup_stat_files *files;
	struct cgroup_stat stat = {0};
	char path[GROUPS_PATH_SIZE];
	auto_json *launch = NULL;
	const cJSON *total;
	struct err ignored;

	groups_of(engine, row->id, path);
	if (groups_layout(engine, &layout, &ignored) == 0 &&
		cgroup_stat_open(layout, path, CGROUP_STAT_USE, &files, &ignored) == 0) {
		cgroup_stat_read(files, &stat);
		cgroup_stat_close(files);
	}
	facts->memory = stat.memory_used;
	facts->processes = stat.pids;
	if (engine_explain(engine, row->id, &launch, &ignored) < 0)
		return;
	total = json_get(launch, "total_us");
	facts->start_us = cJSON_IsNumber(total) ? total->valuedouble : 0;
}

/* ---- which kernel answers in there ---- */

struct visit {
	int uts;
	bool answered;
	struct utsname said;
};

static void *ask_there(void *arg)
{
	struct visit *visit = arg;

	visit->answered = setns(visit->uts, CLONE_NEWUTS) == 0 && uname(&visit->said) == 0;
	return NULL;
}

static int open_uts(const struct row_process *process)
{
	auto_close int fd = -1;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* Whose number it is was looked at after it was opened: it is that process, or none. */
	return process_is_alive(process) ? take_fd(&fd) : -1;
}

/* uname(2) among the container's own names. A thread goes there and ends: the host's names are
 * this process's. */
static bool ask_inside(const struct row_process *process, struct utsname *said)
{
	auto_close int uts = open_uts(process);
	struct visit visit = {.uts = uts};
	pthread_t thread;

	if (uts < 0 || pthread_create(&thread, NULL, ask_there, &visit) != 0)
		return false;
	pthread_join(thread, NULL);
	*said = visit.said;
	return visit.answered;
}

/* ---- this machine ---- */

static bool is_virtual(void)
{
	auto_buf text = BUF_INIT;

	return (figures_read_proc("/proc/cpuinfo", &text) && strstr(text.data, " hypervisor")) ||
	       access("/sys/hypervisor/type", F_OK) == 0;
}

static const char *kernel_of(const struct utsname *said, char text[FIGURE_KERNEL_TEXT])
{
	snprintf(text, FIGURE_KERNEL_TEXT, "%.60s %.65s", said->sysname, said->release);
	return text;
}

int figures_draw_machines(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct figure_machine_facts facts = {.is_virtual = is_virtual()};
	struct census census = {0};
	struct figure_pair pair;
	struct utsname host, inside;
	char kernel[FIGURE_KERNEL_TEXT], answer[FIGURE_KERNEL_TEXT];
	struct row row;

	uname(&host);
	facts.kernel = kernel_of(&host, kernel);
	facts.has_kvm = access("/dev/kvm", F_OK) == 0;
	figures_census(engine, "", &census);
	facts.running = census.running;
	if (figures_choose_container(engine, object, &row, err) < 0) {
		if (*object)
			return err->code;
	} else if (row.state.status == ROW_RUNNING || row.state.status == ROW_PAUSED) {
		pair = figures_pair(&row);
		facts.pair = &pair;
		weigh(engine, &row, &facts);
		if (ask_inside(&row.state.init, &inside)) {
			facts.inside = kernel_of(&inside, answer);
			facts.called = inside.nodename;
		}
	} else if (*object) {
		return err_set(err, ESRCH, "container %s is not running", row.name);
	}
	figure_of_machines(figure, &facts);
	return 0;
}
