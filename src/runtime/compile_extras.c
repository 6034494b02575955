/* What our own recipe never asks for: clocks, priorities, memory, hooks. */
#include <linux/sched.h>

#include "runtime/compile_parts.h"

/* A word's number in a table; -1: none. */
struct word {
	const char *name;
	uint64_t value;
};

static bool find_word(const struct word *table, size_t len, const char *name, uint64_t *out)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq(table[i].name, name)) {
			*out = table[i].value;
			return true;
		}
	}
	return false;
}

static int add_flags(struct compiler *c, const struct strs *flags, const struct word *table,
	size_t len, const char *field, uint64_t *out)
{
	for (size_t i = 0; i < flags->len; i++) {
		uint64_t bit;

		if (!find_word(table, len, flags->v[i], &bit))
			return err_set(c->err, EINVAL, "%s[%zu]: unknown value \"%.60s\"", field, i,
				flags->v[i]);
		*out |= bit;
	}
	return 0;
}

int compile_time_offsets(struct compiler *c)
{
	const struct spec_offset *mono = &c->spec->lnx.monotonic, *boot = &c->spec->lnx.boottime;
	auto_buf lines = BUF_INIT;

	step(c, .op = PLAN_UNSHARE, .n = {CLONE_NEWTIME});
	if (mono->secs || mono->nanosecs)
		buf_addf(&lines, "monotonic %lld %u\n", (long long)mono->secs, mono->nanosecs);
	if (boot->secs || boot->nanosecs)
		buf_addf(&lines, "boottime %lld %u\n", (long long)boot->secs, boot->nanosecs);
	if (lines.len)
		step(c, .op = PLAN_TIME_OFFSETS, .a = text(c, buf_text(&lines)));
	return buf_failed(&lines) ? err_set(c->err, ENOMEM, "linux.timeOffsets: out of memory") : 0;
}

/* ---- sets like "0-3,7" ---- */

enum { SET_MAX = 1024 };

static bool read_set(const char *text, uint64_t mask[SET_MAX / 64])
{
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text || *text == '-' || *text == '+' || *text == ' ')
			return false;
		if (*end == '-') {
			text = end + 1;
			last = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
		}
		if (last < first || last >= SET_MAX)
			return false;
		for (; first <= last; first++)
			mask[first / 64] |= UINT64_C(1) << first % 64;
		if (*end && *end != ',')
			return false;
		text = end + (*end == ',');
	}
	return true;
}

int compile_affinity(struct compiler *c, const char *cpus, const char *field)
{
	uint64_t mask[SET_MAX / 64] = {0};

	if (!cpus || !cpus[0])
		return 0;
	if (!read_set(cpus, mask))
		return err_set(
			c->err, EINVAL, "%s: \"%.60s\" is no set of CPUs like 0-3,7", field, cpus);
	step(c, .op = PLAN_AFFINITY, .a = plan_build_bytes(&c->plan, mask, sizeof(mask)));
	return 0;
}

/* ---- memory ---- */

static int memory_policy(struct compiler *c, const struct spec_memory_policy *policy)
{
	static const struct word modes[] = {{"MPOL_DEFAULT", 0}, {"MPOL_PREFERRED", 1},
		{"MPOL_BIND", 2}, {"MPOL_INTERLEAVE", 3}, {"MPOL_LOCAL", 4},
		{"MPOL_PREFERRED_MANY", 5}, {"MPOL_WEIGHTED_INTERLEAVE", 6}};
	static const struct word flags[] = {{"MPOL_F_NUMA_BALANCING", 1 << 13},
		{"MPOL_F_RELATIVE_NODES", 1 << 14}, {"MPOL_F_STATIC_NODES", 1 << 15}};
	uint64_t mask[SET_MAX / 64] = {0}, mode = 0;
	int rc;

	if (!find_word(modes, array_len(modes), policy->mode, &mode))
		return err_set(c->err, EINVAL, "linux.memoryPolicy.mode: must be set");
	if (policy->nodes && !read_set(policy->nodes, mask))
		return err_set(c->err, EINVAL,
			"linux.memoryPolicy.nodes: \"%.60s\" is no set of nodes like 0-3,7",
			policy->nodes);
	rc = add_flags(
		c, &policy->flags, flags, array_len(flags), "linux.memoryPolicy.flags", &mode);
	step(c, .op = PLAN_MEMORY_POLICY, .a = plan_build_bytes(&c->plan, mask, sizeof(mask)),
		.n = {mode});
	return rc;
}

/* ---- priorities ---- */

static int scheduler(struct compiler *c, const struct spec_scheduler *s)
{
	static const struct word policies[] = {{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1},
		{"SCHED_RR", 2}, {"SCHED_BATCH", 3}, {"SCHED_ISO", 4}, {"SCHED_IDLE", 5},
		{"SCHED_DEADLINE", 6}};
	static const struct word flags[] = {{"SCHED_FLAG_RESET_ON_FORK", 0x01},
		{"SCHED_FLAG_RECLAIM", 0x02}, {"SCHED_FLAG_DL_OVERRUN", 0x04},
		{"SCHED_FLAG_KEEP_POLICY", 0x08}, {"SCHED_FLAG_KEEP_PARAMS", 0x10},
		{"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20}, {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40}};
	uint64_t policy = 0, bits = 0;
	int rc = add_flags(c, &s->flags, flags, array_len(flags), "process.scheduler.flags", &bits);

	find_word(policies, array_len(policies), s->policy, &policy);
	step(c, .op = PLAN_SCHEDULER,
		.n = {policy | bits << 32,
			(uint32_t)(s->nice.set ? s->nice.value : 0) | (uint64_t)s->priority << 32,
			s->runtime, s->deadline, s->period});
	return rc;
}

static void io_priority(struct compiler *c, const struct spec_io_priority *io)
{
	static const struct word classes[] = {
		{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}};
	uint64_t class = 0;

	find_word(classes, array_len(classes), io->class, &class);
	step(c, .op = PLAN_IO_PRIORITY, .n = {class << 13 | (uint64_t)io->priority});
}

int compile_extras(struct compiler *c, const struct spec_process *process)
{
	const struct spec_linux *lnx = &c->spec->lnx;
	int rc = 0;

	if (lnx->personality)
		step(c, .op = PLAN_PERSONALITY, .n = {str_eq(lnx->personality, "LINUX32") ? 8 : 0});
	if (process->has_scheduler)
		rc = scheduler(c, &process->scheduler);
	if (process->has_io_priority)
		io_priority(c, &process->io_priority);
	if (rc == 0 && lnx->has_memory_policy)
		rc = memory_policy(c, &lnx->memory_policy);
	return rc;
}

/* ---- hooks ---- */

void compile_hooks(struct compiler *c, const spec_hooks *hooks)
{
	for (size_t i = 0; i < hooks->len; i++) {
		const struct spec_hook *hook = &hooks->v[i];

		step(c, .op = PLAN_HOOK, .a = text(c, hook->path),
			.b = hook->args.len ? plan_build_list(&c->plan, &hook->args)
					    : plan_build_bytes(
						      &c->plan, hook->path, strlen(hook->path) + 1),
			.c = plan_build_list(&c->plan, &hook->env),
			.n = {hook->timeout.set ? (uint64_t)hook->timeout.value : 0});
	}
}
