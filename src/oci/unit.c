#include "oci/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cgroup.h"
#include "runtime/scope.h"

enum { CPUS_MAX = 8192 };

/* ---- names ---- */

/* "a-b.slice" lies in "a.slice": /a.slice/a-b.slice; "-.slice" is the root. */
static int add_slice(struct buf *out, const char *slice, struct err *err)
{
	size_t len = strlen(slice);

	if (!str_has_suffix(slice, ".slice") || strchr(slice, '/') || len <= 6)
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.100s\" is not a slice, in slice:prefix:name",
			slice);
	if (str_eq(slice, "-.slice"))
		return 0;
	len -= 6;
	if (slice[0] == '-' || slice[len - 1] == '-' || strstr(slice, "--"))
		return err_set(err, EINVAL, "linux.cgroupsPath: \"%.100s\" is not a slice", slice);
	for (size_t i = 1; i <= len; i++) {
		if (i == len || slice[i] == '-')
			buf_addf(out, "%.*s.slice/", (int)i, slice);
	}
	return 0;
}

static int make_names(const char *slice, const char *prefix, const char *name, char **unit,
	char **path, struct err *err)
{
	auto_buf scope = BUF_INIT, full = BUF_INIT;
	int rc = add_slice(&full, slice[0] ? slice : "system.slice", err);

	if (rc < 0)
		return rc;
	if (!name[0] || strchr(name, '/') || strchr(prefix, '/'))
		return err_set(err, EINVAL, "linux.cgroupsPath: has no name, in slice:prefix:name");
	buf_addf(&scope, "%s%s%s.scope", prefix, prefix[0] ? "-" : "", name);
	buf_adds(&full, buf_text(&scope));
	*unit = buf_take(&scope);
	*path = buf_take(&full);
	return *unit && *path ? 0 : err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
}

int unit_names(const char *cgroups_path, const char *id, char **unit, char **path, struct err *err)
{
	auto_free char *copy = strdup(cgroups_path ? cgroups_path : "");
	char *rest = copy, *slice, *prefix;

	if (!copy)
		return err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
	if (!copy[0])
		return make_names("", "davit", id, unit, path, err);
	slice = strsep(&rest, ":");
	prefix = strsep(&rest, ":");
	if (!prefix || !rest || strchr(rest, ':'))
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.100s\" must be slice:prefix:name with "
			"--systemd-cgroup",
			cgroups_path);
	return make_names(slice, prefix, rest, unit, path, err);
}

/* ---- limits ----
 *
 * systemd writes its own idea of all of them again whenever it looks at the unit, at every
 * daemon-reload for one, so it must know ours: what is only in the files is lost then. */

static uint64_t or_no_limit(int64_t value)
{
	return value < 0 ? UINT64_MAX : (uint64_t)value;
}

static void add_memory(struct scope *scope, const struct spec_memory *memory, bool v2)
{
	if (memory->limit)
		scope_u64(scope, "MemoryMax", or_no_limit(memory->limit));
	if (!v2)
		return;
	if (memory->reservation)
		scope_u64(scope, "MemoryLow",
			memory->reservation < 0 ? 0 : (uint64_t)memory->reservation);
	/* The spec counts memory and swap together. */
	if (memory->swap < 0)
		scope_u64(scope, "MemorySwapMax", UINT64_MAX);
	else if (memory->swap && memory->swap >= memory->limit)
		scope_u64(scope, "MemorySwapMax",
			(uint64_t)(memory->swap - (memory->limit > 0 ? memory->limit : 0)));
}

/* "0-2,5" as bits; false: it is no such list, which the kernel is about to say. */
static bool list_bits(const char *list, unsigned char bits[CPUS_MAX / 8], size_t *len)
{
	*len = 0;
	memset(bits, 0, CPUS_MAX / 8);
	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
			if (end == list)
				return false;
		}
		if (last < first || last >= CPUS_MAX || (*end && *end != ','))
			return false;
		for (unsigned long i = first; i <= last; i++)
			bits[i / 8] |= (unsigned char)(1u << i % 8);
		*len = last / 8 + 1 > *len ? last / 8 + 1 : *len;
		list = end + (*end == ',');
	}
	return *len > 0;
}

static void add_set(struct scope *scope, const char *name, const char *list)
{
	unsigned char bits[CPUS_MAX / 8];
	size_t len;

	if (list && list_bits(list, bits, &len))
		scope_bytes(scope, name, bits, len);
}

/* What else systemd cannot keep: it counts in hundredths of a processor. */
static uint64_t whole_percents(uint64_t us_per_s)
{
	return (us_per_s + 9999) / 10000 * 10000;
}

static void add_cpu(struct scope *scope, const struct spec_cpu *cpu, bool v2)
{
	uint64_t period = cpu->period ? cpu->period : 100000;

	if (cpu->quota > 0)
		scope_u64(scope, "CPUQuotaPerSecUSec",
			whole_percents((uint64_t)cpu->quota * 1000000 / period));
	else if (cpu->quota < 0)
		scope_u64(scope, "CPUQuotaPerSecUSec", UINT64_MAX);
	if (v2 && cpu->period)
		scope_u64(scope, "CPUQuotaPeriodUSec", cpu->period);
	if (cpu->shares)
		scope_u64(scope, v2 ? "CPUWeight" : "CPUShares",
			v2 ? (uint64_t)cgroup_weight_of_shares(cpu->shares) : cpu->shares);
	if (!v2)
		return;
	add_set(scope, "AllowedCPUs", cpu->cpus);
	add_set(scope, "AllowedMemoryNodes", cpu->mems);
}

static void add_rates(
	struct scope *scope, const char *name, const struct spec_throttle *v, size_t len)
{
	char device[64];

	for (size_t i = 0; i < len; i++) {
		snprintf(device, sizeof(device), "/dev/block/%lld:%lld", (long long)v[i].major,
			(long long)v[i].minor);
		scope_device(scope, name, device, v[i].rate);
	}
}

static void add_limits(struct scope *scope, const struct spec_resources *res, bool v2)
{
	const struct spec_block_io *io = &res->block_io;

	add_memory(scope, &res->memory, v2);
	add_cpu(scope, &res->cpu, v2);
	if (res->pids_limit)
		scope_u64(scope, "TasksMax", or_no_limit(res->pids_limit));
	if (!v2)
		return;
	if (io->weight)
		scope_u64(scope, "IOWeight", (uint64_t)cgroup_weight_of_blkio(io->weight));
	add_rates(scope, "IOReadBandwidthMax", io->read_bps.v, io->read_bps.len);
	add_rates(scope, "IOWriteBandwidthMax", io->write_bps.v, io->write_bps.len);
	add_rates(scope, "IOReadIOPSMax", io->read_iops.v, io->read_iops.len);
	add_rates(scope, "IOWriteIOPSMax", io->write_iops.v, io->write_iops.len);
}

/* ---- the calls ---- */

/* The last slice on the path that unit_names made. */
static void slice_of(const char *path, char slice[256])
{
	const char *scope = strrchr(path, '/'), *from = scope;

	snprintf(slice, 256, "-.slice");
	if (!scope)
		return;
	while (from > path && from[-1] != '/')
		from--;
	snprintf(slice, 256, "%.*s", (int)(scope - from), from);
}

int unit_start(const char *unit, const char *path, const char *id, int pid,
	const struct spec_resources *res, bool v2, struct err *err)
{
	auto_scope scope = {0};
	char slice[256], what[300];
	int rc;

	slice_of(path, slice);
	snprintf(what, sizeof(what), "davit container %.200s", id);
	scope_begin(&scope, unit, slice, what);
	scope_bool(&scope, "DefaultDependencies", false);
	add_limits(&scope, res, v2);
	rc = scope_start(&scope, pid, err);
	return rc < 0 ? err_in(err, "--systemd-cgroup") : 0;
}

int unit_update(const char *unit, const struct spec_resources *res, bool v2, struct err *err)
{
	auto_scope scope = {0};

	scope_begin_change(&scope, unit);
	add_limits(&scope, res, v2);
	return scope_change(&scope, err);
}

void unit_stop(const char *unit)
{
	scope_stop(unit);
}
