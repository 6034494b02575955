#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "oci/container.h"
#include "oci/groups.h"
#include "oci/options.h"
#include "oci/unit.h"

struct words {
	const char *resources;
	const char *memory, *reservation, *swap, *cpus, *mems;
	int64_t period, quota, burst, shares, rt_period, rt_runtime, idle, pids, weight;
};

enum { UNSET = INT32_MIN };

/* "512M" as docker's tools write it; -1: no limit. */
static int read_size(const char *text, const char *name, int64_t *out, struct err *err)
{
	static const char units[] = "bkmgt";
	char *end;
	long long value;
	const char *unit;

	if (!text)
		return 0;
	errno = 0;
	value = strtoll(text, &end, 10);
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : units;
	if (end == text || errno || !unit || (*end && end[1]) || value < -1 ||
		value > INT64_MAX >> 10 * (unit - units))
		return err_set(err, EINVAL, "--%s: \"%.40s\" is not a size like 512M", name, text);
	*out = value < 0 ? -1 : (int64_t)((uint64_t)value << 10 * (unit - units));
	return 0;
}

static int read_sizes(const struct words *w, struct spec_memory *memory, struct err *err)
{
	int rc = read_size(w->memory, "memory", &memory->limit, err);

	if (rc == 0)
		rc = read_size(w->reservation, "memory-reservation", &memory->reservation, err);
	return rc < 0 ? rc : read_size(w->swap, "memory-swap", &memory->swap, err);
}

static int copy_text(const char *from, char **to, struct err *err)
{
	if (!from)
		return 0;
	free(*to);
	*to = strdup(from);
	return *to ? 0 : err_set(err, ENOMEM, "update: out of memory");
}

static int check_number(int64_t value, int64_t min, const char *name, struct err *err)
{
	return value == UNSET || value >= min
		       ? 0
		       : err_set(err, EINVAL, "--%s: must be at least %lld", name, (long long)min);
}

static int set_numbers(const struct words *w, struct spec_resources *res, struct err *err)
{
	const struct {
		const char *name;
		int64_t value, min;
		void *to;
	} all[] = {
		{"cpu-period", w->period, 0, &res->cpu.period},
		{"cpu-quota", w->quota, -1, &res->cpu.quota},
		{"cpu-burst", w->burst, 0, &res->cpu.burst},
		{"cpu-share", w->shares, 0, &res->cpu.shares},
		{"cpu-rt-period", w->rt_period, 0, &res->cpu.rt_period},
		{"cpu-rt-runtime", w->rt_runtime, 0, &res->cpu.rt_runtime},
		{"pids-limit", w->pids, -1, &res->pids_limit},
	};

	for (size_t i = 0; i < array_len(all); i++) {
		if (check_number(all[i].value, all[i].min, all[i].name, err) < 0)
			return err->code;
		if (all[i].value != UNSET)
			memcpy(all[i].to, &all[i].value, sizeof(int64_t));
	}
	if (w->idle != UNSET)
		res->cpu.idle = (struct spec_number){true, w->idle != 0};
	if (w->weight != UNSET && (w->weight < 10 || w->weight > 1000))
		return err_set(err, EINVAL, "--blkio-weight: must be from 10 to 1000");
	if (w->weight != UNSET)
		res->block_io.weight = (uint32_t)w->weight;
	return 0;
}

static int read_json(const char *path, struct spec **out, struct err *err)
{
	auto_close int fd = str_eq(path, "-") ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
	auto_buf text = BUF_INIT;
	ssize_t got = fd < 0 ? -1 : 1;

	while (got > 0 && text.len <= SPEC_SIZE_MAX) {
		char *room = buf_reserve(&text, 16 << 10);

		got = room ? read(fd, room, 16 << 10) : 0;
		text.len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return err_sys(err, "--resources %.300s", path);
	return spec_read_resources(text.data ? text.data : "", text.len, out, err);
}

static int read_words(const struct words *w, struct spec **out, struct err *err)
{
	struct spec_resources *res;
	int rc;

	if (w->resources)
		return read_json(w->resources, out, err);
	*out = spec_new();
	if (!*out)
		return err_set(err, ENOMEM, "update: out of memory");
	res = &(*out)->lnx.resources;
	rc = set_numbers(w, res, err);
	if (rc == 0)
		rc = read_sizes(w, &res->memory, err);
	if (rc == 0)
		rc = copy_text(w->cpus, &res->cpu.cpus, err);
	return rc < 0 ? rc : copy_text(w->mems, &res->cpu.mems, err);
}

static int update(const struct record *record, const struct words *words, struct err *err)
{
	auto_of(spec) struct spec *spec = NULL;
	auto_cgroup_steps steps = {0};
	const struct cgroup_layout *layout = groups_layout(err);
	int rc = read_words(words, &spec, err);

	if (rc < 0)
		return rc;
	if (record_status(record) == RECORD_STOPPED)
		return err_set(err, EINVAL, "container not running: %s", record->id);
	if (!layout || !record->cgroup)
		return err_set(err, ENOTSUP, "update: this host has no cgroups");
	rc = cgroup_plan_update(layout, record->cgroup, &spec->lnx.resources, &steps, err);
	if (rc == 0 && record->unit)
		rc = unit_update(
			record->unit, &spec->lnx.resources, cgroup_is_pure_v2(layout), err);
	return rc < 0 ? rc : cgroup_apply(&steps, err);
}

int cmd_update(struct oci *oci, int argc, char **argv)
{
	struct words w = {.period = UNSET,
		.quota = UNSET,
		.burst = UNSET,
		.shares = UNSET,
		.rt_period = UNSET,
		.rt_runtime = UNSET,
		.idle = UNSET,
		.pids = UNSET,
		.weight = UNSET};
	const struct option table[] = {
		{"resources", 'r', OPTION_TEXT, &w.resources,
			"a file with linux.resources; - is stdin"},
		{"blkio-weight", 0, OPTION_NUMBER, &w.weight, "from 10 to 1000"},
		{"cpu-period", 0, OPTION_NUMBER, &w.period, "in us"},
		{"cpu-quota", 0, OPTION_NUMBER, &w.quota, "in us of a period"},
		{"cpu-burst", 0, OPTION_NUMBER, &w.burst, "in us"},
		{"cpu-share", 0, OPTION_NUMBER, &w.shares, "relative to others"},
		{"cpu-rt-period", 0, OPTION_NUMBER, &w.rt_period, "in us"},
		{"cpu-rt-runtime", 0, OPTION_NUMBER, &w.rt_runtime, "in us"},
		{"cpu-idle", 0, OPTION_NUMBER, &w.idle, "0 or 1"},
		{"cpuset-cpus", 0, OPTION_TEXT, &w.cpus, "like 0-3,7"},
		{"cpuset-mems", 0, OPTION_TEXT, &w.mems, "like 0-3,7"},
		{"memory", 0, OPTION_TEXT, &w.memory, "like 512M"},
		{"memory-reservation", 0, OPTION_TEXT, &w.reservation, "like 512M"},
		{"memory-swap", 0, OPTION_TEXT, &w.swap, "memory and swap together"},
		{"pids-limit", 0, OPTION_NUMBER, &w.pids, "-1 is no limit"},
		{"kernel-memory", 0, OPTION_REFUSED, NULL, NULL},
		{"kernel-memory-tcp", 0, OPTION_REFUSED, NULL, NULL},
		{"l3-cache-schema", 0, OPTION_REFUSED, NULL, NULL},
		{"mem-bw-schema", 0, OPTION_REFUSED, NULL, NULL},
		{0},
	};
	auto_record record = {.dir = -1};
	struct err err = {0};
	int rc = options_read(table, "update [OPTIONS] ID", 1, 1, &argc, &argv, &err);

	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = update(&record, &w, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
