/* What each limit becomes on v1 and on v2: Documentation/admin-guide/cgroup-v2.rst and
 * cgroup-v1/, with runc's conversions where the two count differently. */
#include <stdio.h>

#include "runtime/cgroup.h"
#include "runtime/cgroup_devices.h"

struct maker {
	const struct cgroup_layout *layout;
	const char *path;
	struct cgroup_steps *steps;
	struct err *err;
};

void cgroup_steps_fini(struct cgroup_steps *steps)
{
	for (size_t i = 0; i < steps->len; i++) {
		free(steps->v[i].dir);
		free(steps->v[i].file);
		free(steps->v[i].value);
		buf_fini(&steps->v[i].program);
	}
	free(steps->v);
	*steps = (struct cgroup_steps){0};
}

static struct cgroup_step *add(struct maker *m, const struct cgroup_hierarchy *h,
	enum cgroup_action action, const char *file)
{
	struct cgroup_step *step = spec_grow(m->steps);
	auto_buf dir = BUF_INIT;

	if (!step) {
		m->steps->failed = true;
		return NULL;
	}
	buf_addf(&dir, "%s/%s", h->mount, m->path);
	step->action = action;
	step->dir = buf_take(&dir);
	step->file = file ? strdup(file) : NULL;
	m->steps->failed |= !step->dir || (file && !step->file);
	return step;
}

static struct cgroup_step *write_text(
	struct maker *m, const struct cgroup_hierarchy *h, const char *file, const char *value)
{
	struct cgroup_step *step = add(m, h, CGROUP_WRITE, file);

	if (step && !(step->value = strdup(value)))
		m->steps->failed = true;
	return step;
}

static struct cgroup_step *write_number(
	struct maker *m, const struct cgroup_hierarchy *h, const char *file, int64_t value)
{
	char text[24];

	/* No limit is -1 on v1 and "max" on v2, but for pids on both. */
	if (value < 0 && (h->version == 2 || str_eq(file, "pids.max")))
		return write_text(m, h, file, "max");
	snprintf(text, sizeof(text), "%lld", (long long)value);
	return write_text(m, h, file, text);
}

static void optional(struct cgroup_step *step)
{
	if (step)
		step->optional = true;
}

static const struct cgroup_hierarchy *need(
	struct maker *m, enum cgroup_controller controller, const char *field)
{
	const struct cgroup_hierarchy *h = cgroup_find(m->layout, controller);

	if (!h && cgroup_lent_why(m->layout))
		err_set(m->err, ENOTSUP, "limits of %s: %s", cgroup_controller_name(controller),
			cgroup_lent_why(m->layout));
	else if (!h)
		err_set(m->err, ENOTSUP, "linux.resources.%s: this host has no %s controller",
			field, cgroup_controller_name(controller));
	return h;
}

/* ---- memory ---- */

static int swap_v2(struct maker *m, const struct cgroup_hierarchy *h, const struct spec_memory *mem)
{
	int64_t swap = mem->swap;

	/* The spec counts memory and swap together, v2 counts swap alone. */
	if (swap > 0)
		swap -= mem->limit > 0 ? mem->limit : 0;
	optional(write_number(m, h, "memory.swap.max", swap));
	return 0;
}

static int memory_v2(
	struct maker *m, const struct cgroup_hierarchy *h, const struct spec_memory *mem)
{
	if (mem->swappiness.set)
		return err_set(m->err, ENOTSUP,
			"linux.resources.memory.swappiness: cgroup v2 has no such setting");
	if (mem->disable_oom_killer)
		return err_set(m->err, ENOTSUP,
			"linux.resources.memory.disableOOMKiller: cgroup v2 cannot do this");
	if (mem->reservation)
		write_number(m, h, "memory.low", mem->reservation < 0 ? 0 : mem->reservation);
	if (mem->limit)
		write_number(m, h, "memory.max", mem->limit);
	return mem->swap ? swap_v2(m, h, mem) : 0;
}

static int memory_v1(
	struct maker *m, const struct cgroup_hierarchy *h, const struct spec_memory *mem, bool live)
{
	/* The two limits must never cross: get the outer one out of the way first. */
	if (live && mem->limit && mem->swap)
		optional(write_number(m, h, "memory.memsw.limit_in_bytes", -1));
	if (mem->limit)
		write_number(m, h, "memory.limit_in_bytes", mem->limit);
	if (mem->swap)
		optional(write_number(m, h, "memory.memsw.limit_in_bytes", mem->swap));
	if (mem->reservation)
		write_number(m, h, "memory.soft_limit_in_bytes", mem->reservation);
	if (mem->swappiness.set)
		write_number(m, h, "memory.swappiness", mem->swappiness.value);
	if (mem->disable_oom_killer)
		write_text(m, h, "memory.oom_control", "1");
	return 0;
}

static int memory(struct maker *m, const struct spec_memory *mem, bool live)
{
	const struct cgroup_hierarchy *h;

	if (!mem->limit && !mem->swap && !mem->reservation && !mem->swappiness.set &&
		!mem->disable_oom_killer)
		return 0;
	h = need(m, CGROUP_MEMORY, "memory");
	if (!h)
		return -ENOTSUP;
	if (mem->swap > 0 && (mem->limit <= 0 || mem->swap < mem->limit))
		return err_set(m->err, EINVAL,
			"linux.resources.memory.swap: counts memory too, so it must not be below "
			"the memory limit");
	return h->version == 2 ? memory_v2(m, h, mem) : memory_v1(m, h, mem, live);
}

/* ---- cpu ---- */

/* By hand, and exact to the tenth digit: the mathematical library would be one more to load at
 * every start of every davit. */
static double log2_of(double x)
{
	double result = 0, bit = 1;

	for (; x >= 2; x /= 2)
		result++;
	for (int i = 0; i < 48; i++) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			result += bit;
		}
	}
	return result;
}

static double power_of_ten(double y)
{
	double z = y * 2.302585092994045684 / 16, term = 1, sum = 1;

	for (int i = 1; i < 20; i++) {
		term *= z / i;
		sum += term;
	}
	for (int i = 0; i < 4; i++)
		sum *= sum;
	return sum;
}

/* So that docker's 1024 becomes v2's 100, 2 becomes 1 and 262144 becomes 10000:
 * runtime-spec, config-linux.md, "cpu". */
int64_t cgroup_weight_of_shares(uint64_t shares)
{
	double l, weight;
	int64_t whole;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of((double)shares);
	weight = power_of_ten((l * l + 125 * l) / 612.0 - 7.0 / 34.0);
	whole = (int64_t)weight;
	return whole + (weight - (double)whole >
			       1e-9); /* rounded up, but for what is no more than an error */
}

static void quota_v2(struct maker *m, const struct cgroup_hierarchy *h, const struct spec_cpu *cpu)
{
	unsigned long long period = cpu->period ? cpu->period : 100000;
	char text[64];

	if (cpu->quota > 0)
		snprintf(text, sizeof(text), "%lld %llu", (long long)cpu->quota, period);
	else
		snprintf(text, sizeof(text), "max %llu", period);
	write_text(m, h, "cpu.max", text);
}

static int cpu_time(struct maker *m, const struct spec_cpu *cpu)
{
	const struct cgroup_hierarchy *h;

	if (!cpu->rt_period && !cpu->rt_runtime && !cpu->shares && !cpu->quota && !cpu->period &&
		!cpu->burst && !cpu->idle.set)
		return 0;
	h = need(m, CGROUP_CPU, "cpu");
	if (!h)
		return -ENOTSUP;
	if ((cpu->rt_period || cpu->rt_runtime) && h->version == 2)
		return err_set(m->err, ENOTSUP,
			"linux.resources.cpu.realtimeRuntime: cgroup v2 has no such setting");
	if (cpu->rt_period)
		write_number(m, h, "cpu.rt_period_us", (int64_t)cpu->rt_period);
	if (cpu->rt_runtime)
		write_number(m, h, "cpu.rt_runtime_us", cpu->rt_runtime);
	if (cpu->idle.set)
		write_number(m, h, "cpu.idle", cpu->idle.value);
	if (cpu->shares && h->version == 2)
		write_number(m, h, "cpu.weight", cgroup_weight_of_shares(cpu->shares));
	else if (cpu->shares)
		write_number(m, h, "cpu.shares", (int64_t)cpu->shares);
	if ((cpu->quota || cpu->period) && h->version == 2)
		quota_v2(m, h, cpu);
	if (cpu->period && h->version == 1)
		write_number(m, h, "cpu.cfs_period_us", (int64_t)cpu->period);
	if (cpu->quota && h->version == 1)
		write_number(m, h, "cpu.cfs_quota_us", cpu->quota);
	if (cpu->burst)
		write_number(m, h, h->version == 2 ? "cpu.max.burst" : "cpu.cfs_burst_us",
			(int64_t)cpu->burst);
	return 0;
}

static int cpuset(struct maker *m, const struct spec_cpu *cpu)
{
	const struct cgroup_hierarchy *h;

	if (!cpu->cpus && !cpu->mems)
		return 0;
	h = need(m, CGROUP_CPUSET, "cpu.cpus");
	if (!h)
		return -ENOTSUP;
	if (cpu->cpus)
		write_text(m, h, "cpuset.cpus", cpu->cpus);
	if (cpu->mems)
		write_text(m, h, "cpuset.mems", cpu->mems);
	return 0;
}

/* ---- pids, block devices, huge pages ---- */

static int pids(struct maker *m, int64_t limit)
{
	const struct cgroup_hierarchy *h;

	if (!limit)
		return 0;
	h = need(m, CGROUP_PIDS, "pids");
	if (!h)
		return -ENOTSUP;
	write_number(m, h, "pids.max", limit);
	return 0;
}

static void throttle(struct maker *m, const struct cgroup_hierarchy *h,
	const struct spec_throttle *v, size_t len, const char *v2_key, const char *v1_file)
{
	char text[96];

	for (size_t i = 0; i < len; i++) {
		int n = snprintf(text, sizeof(text), "%lld:%lld ", (long long)v[i].major,
			(long long)v[i].minor);

		if (h->version == 2)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s=", v2_key);
		snprintf(text + n, sizeof(text) - (size_t)n, "%llu", (unsigned long long)v[i].rate);
		write_text(m, h, h->version == 2 ? "io.max" : v1_file, text);
	}
}

int64_t cgroup_weight_of_blkio(uint32_t weight)
{
	return 1 + ((int64_t)weight - 10) * 9999 / 990;
}

/* Which of the two weights there is depends on the I/O scheduler in use. */
static void io_weight(struct maker *m, const struct cgroup_hierarchy *h, uint32_t weight)
{
	if (h->version == 2) {
		optional(write_number(m, h, "io.bfq.weight", weight));
		optional(write_number(m, h, "io.weight", cgroup_weight_of_blkio(weight)));
	} else {
		optional(write_number(m, h, "blkio.weight", weight));
		optional(write_number(m, h, "blkio.bfq.weight", weight));
	}
}

static void io_weights(
	struct maker *m, const struct cgroup_hierarchy *h, const struct spec_block_io *io)
{
	for (size_t i = 0; i < io->weight_devices.len; i++) {
		const struct spec_throttle *device = &io->weight_devices.v[i];
		long long major = device->major, minor = device->minor,
			  weight = (long long)device->rate;
		char text[96];

		snprintf(text, sizeof(text), "%lld:%lld %lld", major, minor, weight);
		if (h->version == 1) {
			write_text(m, h, "blkio.weight_device", text);
			continue;
		}
		optional(write_text(m, h, "io.bfq.weight", text));
		snprintf(text, sizeof(text), "%lld:%lld %lld", major, minor,
			(long long)cgroup_weight_of_blkio((uint32_t)weight));
		optional(write_text(m, h, "io.weight", text));
	}
}

static int block_io(struct maker *m, const struct spec_block_io *io)
{
	const struct cgroup_hierarchy *h;

	if (!io->weight && !io->weight_devices.len && !io->read_bps.len && !io->write_bps.len &&
		!io->read_iops.len && !io->write_iops.len)
		return 0;
	h = need(m, CGROUP_BLKIO, "blockIO");
	if (!h)
		return -ENOTSUP;
	if (io->weight)
		io_weight(m, h, io->weight);
	io_weights(m, h, io);
	throttle(m, h, io->read_bps.v, io->read_bps.len, "rbps", "blkio.throttle.read_bps_device");
	throttle(m, h, io->write_bps.v, io->write_bps.len, "wbps",
		"blkio.throttle.write_bps_device");
	throttle(m, h, io->read_iops.v, io->read_iops.len, "riops",
		"blkio.throttle.read_iops_device");
	throttle(m, h, io->write_iops.v, io->write_iops.len, "wiops",
		"blkio.throttle.write_iops_device");
	return 0;
}

static int hugepages(struct maker *m, const struct spec_resources *res)
{
	const struct cgroup_hierarchy *h;
	char file[80];

	if (!res->hugepages.len)
		return 0;
	h = need(m, CGROUP_HUGETLB, "hugepageLimits");
	if (!h)
		return -ENOTSUP;
	for (size_t i = 0; i < res->hugepages.len; i++) {
		snprintf(file, sizeof(file), "hugetlb.%.40s.%s", res->hugepages.v[i].page_size,
			h->version == 2 ? "max" : "limit_in_bytes");
		write_number(m, h, file, (int64_t)res->hugepages.v[i].limit);
	}
	return 0;
}

static int unified(struct maker *m, const struct strs *files)
{
	const struct cgroup_hierarchy *h = cgroup_unified(m->layout);

	if (files->len && !h)
		return err_set(m->err, ENOTSUP,
			"linux.resources.unified: cgroup v2 is not mounted on this host");
	for (size_t i = 0; i < files->len; i++) {
		const char *equals = strchr(files->v[i], '=');
		auto_free char *name = strndup(files->v[i], (size_t)(equals - files->v[i]));

		if (!name)
			return err_set(m->err, ENOMEM, "linux.resources.unified: out of memory");
		write_text(m, h, name, equals + 1);
	}
	return 0;
}

static int limits(struct maker *m, const struct spec_resources *res, bool live)
{
	int rc = memory(m, &res->memory, live);

	if (rc == 0)
		rc = cpu_time(m, &res->cpu);
	if (rc == 0)
		rc = cpuset(m, &res->cpu);
	if (rc == 0)
		rc = pids(m, res->pids_limit);
	if (rc == 0)
		rc = block_io(m, &res->block_io);
	if (rc == 0)
		rc = hugepages(m, res);
	return rc < 0 ? rc : unified(m, &res->unified);
}

/* ---- devices ---- */

static void devices_v1(
	struct maker *m, const struct cgroup_hierarchy *h, const struct device_rules *rules)
{
	char text[64];

	write_text(m, h, rules->allow ? "devices.allow" : "devices.deny", "a");
	for (size_t i = 0; i < rules->len; i++) {
		device_exception_text(&rules->v[i], text);
		write_text(m, h, rules->allow ? "devices.deny" : "devices.allow", text);
	}
}

static int devices(struct maker *m, const struct spec_resources *res)
{
	const struct cgroup_hierarchy *h = cgroup_find(m->layout, CGROUP_DEVICES);
	struct device_rules rules;
	struct cgroup_step *step;
	int rc;

	if (cgroup_lent_why(m->layout))
		return 0;
	rc = device_rules_init(&rules, res);
	if (rc < 0) {
		err_set(m->err, rc, "linux.resources.devices: out of memory");
	} else if (!device_rules_allow_all(&rules)) {
		h = h ? h : need(m, CGROUP_DEVICES, "devices");
		if (!h) {
			rc = -ENOTSUP;
		} else if (h->version == 1) {
			devices_v1(m, h, &rules);
		} else if ((step = add(m, h, CGROUP_DEVICE_PROGRAM, NULL)) != NULL) {
			device_rules_program(&rules, &step->program);
			m->steps->failed |= buf_failed(&step->program);
		}
	}
	device_rules_fini(&rules);
	return rc;
}

static void directories(struct maker *m)
{
	for (size_t i = 0; i < cgroup_count(m->layout); i++) {
		const struct cgroup_hierarchy *h = cgroup_at(m->layout, i);

		add(m, h, CGROUP_MAKE, NULL);
		/* v1: without them no process can enter (ENOSPC). */
		if (h->version == 1 && (h->controllers & 1u << CGROUP_CPUSET)) {
			add(m, h, CGROUP_COPY, "cpuset.cpus");
			add(m, h, CGROUP_COPY, "cpuset.mems");
		}
	}
}

static int finish(struct maker *m, int rc)
{
	if (rc == 0 && m->steps->failed)
		rc = err_set(m->err, ENOMEM, "cgroup %s: out of memory", m->path);
	return rc;
}

int cgroup_plan_new(const struct cgroup_layout *layout, const char *path,
	const struct spec_resources *res, struct cgroup_steps *out, struct err *err)
{
	struct maker m = {layout, path, out, err};
	int rc;

	directories(&m);
	rc = limits(&m, res, false);
	if (rc == 0)
		rc = devices(&m, res);
	return finish(&m, rc);
}

int cgroup_plan_update(const struct cgroup_layout *layout, const char *path,
	const struct spec_resources *res, struct cgroup_steps *out, struct err *err)
{
	struct maker m = {layout, path, out, err};

	return finish(&m, limits(&m, res, true));
}
