/* pressure.c - see engine_pressure.h. The files are opened anew each time: nobody looks at more
 * than one container so closely. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/groups.h"
#include "runtime/cgroup_pressure.h"
#include "util/own.h"

enum { TEXT_MAX = 16 << 10 };

struct reader {
	const struct cgroup_layout *layout;
	char path[GROUPS_PATH_SIZE];
	char text[TEXT_MAX];
};

/* "" when there is no such file; *version: of the hierarchy the controller is in, 0: none. */
static const char *read_file(
	struct reader *reader, enum cgroup_controller controller, const char *name, int *version)
{
	const struct cgroup_hierarchy *h = cgroup_find(reader->layout, controller);
	auto_buf path = BUF_INIT;
	auto_close int fd = -1;
	ssize_t len;

	*version = h ? h->version : 0;
	*reader->text = '\0';
	if (!h)
		return reader->text;
	buf_addf(&path, "%s/%s/%s", h->mount, reader->path, name);
	fd = buf_failed(&path) ? -1 : open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? 0 : read(fd, reader->text, TEXT_MAX - 1);
	reader->text[len > 0 ? len : 0] = '\0';
	return reader->text;
}

static void read_cpu(struct reader *reader, struct container_pressure *out)
{
	char quota[64];
	int version;
	const char *stat = read_file(reader, CGROUP_CPU, "cpu.stat", &version);

	out->periods = cgroup_text_value(stat, "nr_periods");
	out->throttled = cgroup_text_value(stat, "nr_throttled");
	if (version == 2) {
		out->cpus = cgroup_text_cpus(read_file(reader, CGROUP_CPU, "cpu.max", &version));
		return;
	}
	snprintf(quota, sizeof(quota), "%.40s",
		read_file(reader, CGROUP_CPU, "cpu.cfs_quota_us", &version));
	quota[strcspn(quota, "\n")] = ' ';
	strncat(quota, read_file(reader, CGROUP_CPU, "cpu.cfs_period_us", &version), 20);
	out->cpus = cgroup_text_cpus(quota);
}

static void read_memory(struct reader *reader, struct container_pressure *out)
{
	int version;
	const char *text = read_file(reader, CGROUP_MEMORY, "memory.stat", &version);

	out->cache = cgroup_text_value(text, version == 2 ? "file" : "total_cache");
	text = read_file(reader, CGROUP_MEMORY,
		version == 2 ? "memory.peak" : "memory.max_usage_in_bytes", &version);
	out->memory_peak = strtoull(text, NULL, 10);
	text = read_file(reader, CGROUP_MEMORY,
		version == 2 ? "memory.events" : "memory.oom_control", &version);
	out->oom_kills = cgroup_text_value(text, "oom_kill");
}

static void read_stalls(struct reader *reader, struct container_pressure *out)
{
	int version;

	const struct {
		enum cgroup_controller controller;
		const char *name;
		struct pressure_stall *stall;
	} files[] = {
		{CGROUP_CPU, "cpu.pressure", &out->cpu},
		{CGROUP_MEMORY, "memory.pressure", &out->memory},
		{CGROUP_BLKIO, "io.pressure", &out->io},
	};

	for (size_t i = 0; i < array_len(files); i++)
		out->has_stalls |= cgroup_text_stall(
			read_file(reader, files[i].controller, files[i].name, &version),
			&files[i].stall->some, &files[i].stall->full);
}

int engine_container_pressure(
	struct engine *engine, const char *id, struct container_pressure *out, struct err *err)
{
	struct reader reader;
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, id, &number, &row, err);

	*out = (struct container_pressure){0};
	if (failed)
		return failed;
	if (!row_has_processes(&row))
		return err_set(err, ESRCH, "container %s is not running", row.name);
	failed = groups_layout(engine, &reader.layout, err);
	if (failed)
		return failed;
	groups_of(engine, row.id, reader.path);
	read_cpu(&reader, out);
	read_memory(&reader, out);
	read_stalls(&reader, out);
	return 0;
}
