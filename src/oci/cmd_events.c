#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "oci/container.h"
#include "oci/groups.h"
#include "oci/options.h"
#include "runtime/cgroup_stat.h"
#include "util/json_text.h"

/* ---- what it uses ---- */

static void print_stats(const char *id, const struct cgroup_stat *s)
{
	auto_buf out = BUF_INIT;

	buf_adds(&out, "{\"type\":\"stats\",\"id\":");
	json_put_text(&out, id);
	buf_addf(&out,
		",\"data\":{\"cpu\":{\"usage\":{\"total\":%llu,\"kernel\":0,\"user\":0},"
		"\"throttling\":{}},\"memory\":{\"cache\":%llu,\"usage\":{\"limit\":%llu,"
		"\"usage\":%llu,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
		"\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},",
		(unsigned long long)s->cpu_ns,
		(unsigned long long)(s->memory_usage - s->memory_used),
		(unsigned long long)s->memory_limit, (unsigned long long)s->memory_usage);
	buf_addf(&out,
		"\"pids\":{\"current\":%llu},\"blkio\":{\"ioServiceBytesRecursive\":["
		"{\"op\":\"Read\",\"value\":%llu},{\"op\":\"Write\",\"value\":%llu}]},"
		"\"hugetlb\":{}}}",
		(unsigned long long)s->pids, (unsigned long long)s->read_bytes,
		(unsigned long long)s->written_bytes);
	printf("%s\n", buf_text(&out));
	fflush(stdout);
}

/* ---- when memory was short ---- */

struct alarm {
	int fd, control; /* control: v1's file, which must stay open */
};

static int open_in(const struct cgroup_hierarchy *h, const char *path, const char *file, int flags)
{
	auto_buf full = BUF_INIT;
	int fd;

	buf_addf(&full, "%s/%s/%s", h->mount, path, file);
	fd = open(buf_text(&full), flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int alarm_v1(const struct cgroup_hierarchy *h, const char *path, struct alarm *out)
{
	auto_close int list = open_in(h, path, "cgroup.event_control", O_WRONLY);
	char text[32];

	out->control = open_in(h, path, "memory.oom_control", O_RDONLY);
	out->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (list < 0 || out->control < 0 || out->fd < 0)
		return -ENOENT;
	snprintf(text, sizeof(text), "%d %d", out->fd, out->control);
	return write(list, text, strlen(text)) < 0 ? -errno : 0;
}

static int alarm_v2(const struct cgroup_hierarchy *h, const char *path, struct alarm *out)
{
	auto_buf full = BUF_INIT;

	buf_addf(&full, "%s/%s/memory.events", h->mount, path);
	out->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (out->fd < 0 || inotify_add_watch(out->fd, buf_text(&full), IN_MODIFY) < 0)
		return -errno;
	return 0;
}

/* Without a memory controller there is nothing to hear. */
static void alarm_open(const struct cgroup_layout *layout, const char *path, struct alarm *out)
{
	const struct cgroup_hierarchy *h = cgroup_find(layout, CGROUP_MEMORY);

	*out = (struct alarm){-1, -1};
	if (h && h->version == 1)
		alarm_v1(h, path, out);
	else if (h)
		alarm_v2(h, path, out);
}

static void alarm_close(struct alarm *alarm)
{
	own_closep(&alarm->fd);
	own_closep(&alarm->control);
}

static void on_alarm(const struct alarm *alarm, const char *id, uint64_t *before,
	struct cgroup_stat_files *files)
{
	char drain[4096];
	struct cgroup_stat now;
	auto_buf out = BUF_INIT;

	if (read(alarm->fd, drain, sizeof(drain)) < 0 || cgroup_stat_read(files, &now) < 0)
		return;
	if (now.oom_kills <= *before)
		return;
	*before = now.oom_kills;
	buf_adds(&out, "{\"type\":\"oom\",\"id\":");
	json_put_text(&out, id);
	printf("%s}\n", buf_text(&out));
	fflush(stdout);
}

/* ---- the command ---- */

static int follow(const struct record *record, const struct alarm *alarm, int interval_s,
	struct cgroup_stat_files *files)
{
	auto_close int pidfd = record_process(record);
	struct pollfd fds[] = {
		{.fd = pidfd, .events = POLLIN}, {.fd = alarm->fd, .events = POLLIN}};
	struct cgroup_stat stat;
	uint64_t kills = 0;

	if (cgroup_stat_read(files, &stat) == 0)
		kills = stat.oom_kills;
	while (pidfd >= 0) {
		int ready = poll(fds, array_len(fds), interval_s * 1000);

		if (fds[1].revents)
			on_alarm(alarm, record->id, &kills, files);
		if (fds[0].revents)
			break;
		if (ready == 0 && cgroup_stat_read(files, &stat) == 0)
			print_stats(record->id, &stat);
	}
	return 0;
}

static int events(const struct record *record, bool once, int interval_s, struct err *err)
{
	const struct cgroup_layout *layout = groups_layout(err);
	struct cgroup_stat_files *files = NULL;
	struct cgroup_stat stat;
	struct alarm alarm;
	int rc;

	if (record_status(record) == RECORD_STOPPED)
		return err_set(err, EINVAL, "container not running: %s", record->id);
	if (!layout || !record->cgroup)
		return err_set(err, ENOTSUP, "events: this host has no cgroups");
	rc = cgroup_stat_open(layout, record->cgroup, CGROUP_STAT_ALL, &files, err);
	if (rc < 0)
		return rc;
	if (once) {
		rc = cgroup_stat_read(files, &stat);
		if (rc == 0)
			print_stats(record->id, &stat);
		else
			err_set(err, rc, "cgroup %s: %s", record->cgroup, err_name(rc));
	} else {
		alarm_open(layout, record->cgroup, &alarm);
		rc = follow(record, &alarm, interval_s, files);
		alarm_close(&alarm);
	}
	cgroup_stat_close(files);
	return rc;
}

/* "5s", as Go's programs write it, or a plain number of seconds. */
static int read_interval(const char *text, int *out, struct err *err)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || (*end && !str_eq(end, "s") && !str_eq(end, "m")) || value < 1 ||
		value > 86400)
		return err_set(err, EINVAL, "--interval: \"%.40s\" is not a time like 5s", text);
	*out = (int)value * (*end == 'm' ? 60 : 1);
	return 0;
}

int cmd_events(struct oci *oci, int argc, char **argv)
{
	const char *interval = "5s";
	bool once = false;
	const struct option table[] = {
		{"stats", 0, OPTION_FLAG, &once, "tell what it uses, once"},
		{"interval", 0, OPTION_TEXT, &interval, "how often that is told; 5s"},
		{0},
	};
	auto_record record = {.dir = -1};
	struct err err = {0};
	int seconds = 5, rc = options_read(table, "events [OPTIONS] ID", 1, 1, &argc, &argv, &err);

	if (rc == 0)
		rc = read_interval(interval, &seconds, &err);
	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = events(&record, once, seconds, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
