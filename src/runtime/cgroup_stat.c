#include "runtime/cgroup_stat.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sysinfo.h>

enum file { CPU, USAGE, MEMORY, PIDS, IO, OOM, FILES };

enum { TEXT_MAX = 16 << 10, NS_PER_TICK = 1000000000 / 100 /* USER_HZ */ };

struct cgroup_stat_files {
	int fd[FILES];
	int version[FILES];
	uint64_t limit;
};

static const struct {
	enum cgroup_controller controller;
	const char *name[2]; /* v1, v2 */
} files_of[FILES] = {
	[CPU] = {CGROUP_CPUACCT, {"cpuacct.usage", "cpu.stat"}},
	[USAGE] = {CGROUP_MEMORY, {"memory.usage_in_bytes", "memory.current"}},
	[MEMORY] = {CGROUP_MEMORY, {"memory.stat", "memory.stat"}},
	[PIDS] = {CGROUP_PIDS, {"pids.current", "pids.current"}},
	[IO] = {CGROUP_BLKIO, {"blkio.throttle.io_service_bytes_recursive", "io.stat"}},
	[OOM] = {CGROUP_MEMORY, {"memory.oom_control", "memory.events"}},
};

static uint64_t host_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

static int open_below(const char *dir, const char *name)
{
	auto_buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", dir, name);
	return buf_failed(&path) ? -1 : open(buf_text(&path), O_RDONLY | O_CLOEXEC);
}

/* -ENODEV is what reading from a removed cgroup answers. */
static int read_text(int fd, char text[TEXT_MAX])
{
	ssize_t len = fd < 0 ? 0 : pread(fd, text, TEXT_MAX - 1, 0);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	return 0;
}

/* The value after "key " at the beginning of a line. */
static uint64_t value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return strtoull(text + len, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

/* The sum of every number that follows `key`: "rbytes=" or " Read ". */
static uint64_t sum_after(const char *text, const char *key)
{
	uint64_t sum = 0;

	while ((text = strstr(text, key)) != NULL) {
		text += strlen(key);
		sum += strtoull(text, NULL, 10);
	}
	return sum;
}

/* The smallest limit from the container up to where the hierarchy is mounted. */
static uint64_t smallest_limit(const struct cgroup_hierarchy *h, const char *path)
{
	uint64_t limit = host_memory();
	auto_buf dir = BUF_INIT;
	char text[TEXT_MAX];

	buf_addf(&dir, "%s/%s", h->mount, path);
	while (!buf_failed(&dir) && dir.len >= strlen(h->mount)) {
		auto_close int fd = open_below(
			dir.data, h->version == 2 ? "memory.max" : "memory.limit_in_bytes");
		uint64_t own;

		/* "max" reads as 0 */
		if (fd >= 0 && read_text(fd, text) == 0 && (own = strtoull(text, NULL, 10)) > 0 &&
			(own < limit || !limit))
			limit = own;
		dir.len = (size_t)((char *)memrchr(dir.data, '/', dir.len) - dir.data);
		dir.data[dir.len] = '\0';
	}
	return limit;
}

static void open_all(struct cgroup_stat_files *files, const struct cgroup_layout *layout,
	const char *path, enum cgroup_stat_parts parts)
{
	for (unsigned i = 0; i < FILES; i++) {
		const struct cgroup_hierarchy *h = cgroup_find(layout, files_of[i].controller);
		auto_buf dir = BUF_INIT;

		files->fd[i] = -1;
		if (!h || (i == OOM && parts == CGROUP_STAT_USE))
			continue;
		buf_addf(&dir, "%s/%s", h->mount, path);
		files->version[i] = h->version;
		files->fd[i] = open_below(buf_text(&dir), files_of[i].name[h->version - 1]);
	}
}

int cgroup_stat_open(const struct cgroup_layout *layout, const char *path,
	enum cgroup_stat_parts parts, struct cgroup_stat_files **out, struct err *err)
{
	const struct cgroup_hierarchy *memory = cgroup_find(layout, CGROUP_MEMORY);
	struct cgroup_stat_files *files = calloc(1, sizeof(*files));
	bool any = false;

	if (!files)
		return err_set(err, ENOMEM, "cgroup %s: out of memory", path);
	open_all(files, layout, path, parts);
	for (unsigned i = 0; i < FILES; i++)
		any |= files->fd[i] >= 0;
	if (!any) {
		cgroup_stat_close(files);
		return err_set(err, ENOENT, "cgroup %s: is not there", path);
	}
	files->limit = memory ? smallest_limit(memory, path) : host_memory();
	*out = files;
	return 0;
}

void cgroup_stat_close(struct cgroup_stat_files *files)
{
	if (!files)
		return;
	for (unsigned i = 0; i < FILES; i++)
		own_closep(&files->fd[i]);
	free(files);
}

static void parse(enum file file, int version, const char *text, struct cgroup_stat *out)
{
	uint64_t inactive;

	switch (file) {
	case CPU:
		out->cpu_ns = version == 2 ? value_of(text, "usage_usec") * 1000
					   : strtoull(text, NULL, 10);
		return;
	case USAGE:
		out->memory_usage = strtoull(text, NULL, 10);
		return;
	case MEMORY:
		inactive = value_of(text, version == 2 ? "inactive_file" : "total_inactive_file");
		out->memory_used =
			out->memory_usage - (inactive < out->memory_usage ? inactive : 0);
		return;
	case PIDS:
		out->pids = strtoull(text, NULL, 10);
		return;
	case IO:
		out->read_bytes = sum_after(text, version == 2 ? "rbytes=" : " Read ");
		out->written_bytes = sum_after(text, version == 2 ? "wbytes=" : " Write ");
		return;
	case OOM:
		out->oom_kills = value_of(text, "oom_kill");
		return;
	case FILES:
		return;
	}
}

static int read_one(struct cgroup_stat_files *files, enum file file, struct cgroup_stat *out)
{
	char text[TEXT_MAX];
	int rc = read_text(files->fd[file], text);

	if (rc == 0)
		parse(file, files->version[file], text, out);
	return rc;
}

/* The CPU time is there already. */
static int read_rest(struct cgroup_stat_files *files, struct cgroup_stat *out)
{
	int rc = 0;

	for (unsigned i = CPU + 1; i < FILES && rc == 0; i++)
		if (files->fd[i] >= 0)
			rc = read_one(files, (enum file)i, out);
	return rc;
}

int cgroup_stat_read(struct cgroup_stat_files *files, struct cgroup_stat *out)
{
	int rc;

	*out = (struct cgroup_stat){.memory_limit = files->limit};
	rc = read_one(files, CPU, out);
	return rc ? rc : read_rest(files, out);
}

int cgroup_stat_reread(struct cgroup_stat_files *files, struct cgroup_stat *stat, bool *moved)
{
	struct cgroup_stat now = {.memory_limit = files->limit};
	int rc = read_one(files, CPU, &now);

	*moved = now.cpu_ns != stat->cpu_ns || files->fd[CPU] < 0;
	if (rc || !*moved)
		return rc;
	rc = read_rest(files, &now);
	if (rc == 0)
		*stat = now;
	return rc;
}

/* ---- the host ---- */

int cgroup_host_open(struct cgroup_host *host, struct err *err)
{
	*host = (struct cgroup_host){.fd = open("/proc/stat", O_RDONLY | O_CLOEXEC)};
	if (host->fd < 0)
		return err_sys(err, "/proc/stat");
	host->memory_total = host_memory();
	return cgroup_host_read(host);
}

void cgroup_host_close(struct cgroup_host *host)
{
	own_closep(&host->fd);
	host->fd = -1;
}

/* proc_stat(5): "cpu" and its first seven numbers, in ticks; then one line a CPU. */
void cgroup_host_parse(struct cgroup_host *host, const char *text)
{
	uint64_t ticks = 0;
	char *end;

	host->online = 0;
	if (strncmp(text, "cpu ", 4) == 0) {
		const char *at = text + 4;

		for (int i = 0; i < 7; i++, at = end)
			ticks += strtoull(at, &end, 10);
	}
	host->system_ns = ticks * NS_PER_TICK;
	while ((text = strstr(text, "\ncpu")) != NULL) {
		host->online++;
		text += 4;
	}
}

int cgroup_host_read(struct cgroup_host *host)
{
	/* What follows the CPUs, interrupts by number, is long and not for us. */
	char text[64 << 10];
	ssize_t len = pread(host->fd, text, sizeof(text) - 1, 0);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	cgroup_host_parse(host, text);
	return 0;
}

double cgroup_cpu_percent(const struct cgroup_stat *before, const struct cgroup_stat *now,
	uint64_t system_before_ns, const struct cgroup_host *host)
{
	double used = (double)now->cpu_ns - (double)before->cpu_ns;
	double system = (double)host->system_ns - (double)system_before_ns;

	if (used <= 0 || system <= 0)
		return 0;
	return used / system * host->online * 100.0;
}
