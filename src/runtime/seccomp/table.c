#include "runtime/seccomp/table.h"

#include <linux/seccomp.h>
#include <stdlib.h>

/* ARM's own calls have numbers of their own far above everybody's: not "newer". */
enum { PRIVATE_NRS = 0x0f0000 };

struct maker {
	struct seccomp_table *table;
	uint32_t default_ret, unknown_ret;
	uint32_t newest;
};

void seccomp_table_fini(struct seccomp_table *table)
{
	free(table->hits);
	free(table->ranges);
	*table = (struct seccomp_table){0};
}

static void add_hit(struct seccomp_table *table, const struct seccomp_rule *rule, uint32_t nr)
{
	table->hits[table->hits_len] = (struct seccomp_hit){
		.nr = nr,
		.order = (uint32_t)table->hits_len,
		.ret = rule->ret,
		.conds = rule->conds,
		.conds_len = rule->conds_len,
	};
	table->hits_len++;
}

static void add_mux_hit(
	struct seccomp_table *table, const struct seccomp_rule *rule, uint32_t nr, uint32_t call)
{
	/* The call's own arguments lie in memory, out of a filter's sight. */
	if (rule->conds_len > 0)
		return;
	add_hit(table, rule, nr);
	table->hits[table->hits_len - 1].mux =
		(struct seccomp_cond){.arg = 0, .op = SECCOMP_OP_EQ, .value = call};
	table->hits[table->hits_len - 1].conds_len = 1;
}

static void collect(struct maker *maker, const struct seccomp_rule *rule,
	const struct seccomp_arch *arch, bool applies)
{
	for (size_t i = 0; i < rule->names.len; i++) {
		int nr = seccomp_arch_nr(arch, rule->names.v[i]);
		uint32_t mux_nr, call;

		if (nr > (int)maker->newest && nr < PRIVATE_NRS)
			maker->newest = (uint32_t)nr;
		if (!applies)
			continue;
		if (nr >= 0)
			add_hit(maker->table, rule, (uint32_t)nr);
		if (seccomp_arch_muxed(arch, rule->names.v[i], &mux_nr, &call))
			add_mux_hit(maker->table, rule, mux_nr, call);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct seccomp_hit *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void add_range(struct seccomp_table *table, const struct seccomp_range *range)
{
	const struct seccomp_range *last =
		table->ranges_len ? &table->ranges[table->ranges_len - 1] : NULL;

	if (last && !last->hits && !range->hits && last->ret == range->ret)
		return;
	table->ranges[table->ranges_len++] = *range;
}

/* Numbers from `from` up to `to`, both inside, that no rule in force names. */
static void add_gap(struct maker *maker, uint32_t from, uint32_t to)
{
	if (from <= to && from <= maker->newest)
		add_range(maker->table, &(struct seccomp_range){from, maker->default_ret, NULL, 0});
	if (from <= maker->newest)
		from = maker->newest + 1;
	if (from <= to)
		add_range(maker->table, &(struct seccomp_range){from, maker->unknown_ret, NULL, 0});
}

static void add_call(struct maker *maker, const struct seccomp_hit *hits, size_t len)
{
	struct seccomp_range range = {hits->nr, maker->default_ret, hits, len};

	for (size_t i = 0; i < len; i++) {
		if (hits[i].conds_len == 0) {
			range.ret = hits[i].ret;
			range.hits = NULL;
			range.hits_len = 0;
			break;
		}
	}
	add_range(maker->table, &range);
}

static void make_ranges(struct maker *maker)
{
	const struct seccomp_table *table = maker->table;
	uint64_t next = 0;

	for (size_t i = 0, n; i < table->hits_len; i += n) {
		const struct seccomp_hit *hit = &table->hits[i];

		for (n = 1; i + n < table->hits_len && hit[n].nr == hit->nr; n++)
			;
		if (hit->nr > next)
			add_gap(maker, (uint32_t)next, hit->nr - 1);
		add_call(maker, hit, n);
		next = (uint64_t)hit->nr + 1;
	}
	add_gap(maker, (uint32_t)next, UINT32_MAX);
}

/* Where the default lets calls through, or stops the process, it also does so for new ones. */
static uint32_t answer_to_unknown(uint32_t default_ret)
{
	if ((default_ret & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return default_ret;
}

int seccomp_table_init(struct seccomp_table *table, const struct seccomp_profile *profile,
	const struct seccomp_request *req, const struct seccomp_arch *arch, struct err *err)
{
	struct maker maker = {
		.table = table,
		.default_ret = profile->default_ret,
		.unknown_ret = answer_to_unknown(profile->default_ret),
	};
	const char *native = seccomp_arch_by_audit(req->arch)->name;
	size_t names = 0;

	*table = (struct seccomp_table){0};
	for (size_t i = 0; i < profile->rules_len; i++)
		names += profile->rules[i].names.len;
	/* a name can hit its own number and a multiplexer; each hit ends a gap (of two ranges) */
	table->hits = calloc(2 * names + 1, sizeof(*table->hits));
	table->ranges = calloc(6 * names + 3, sizeof(*table->ranges));
	if (!table->hits || !table->ranges)
		return err_set(err, ENOMEM, "seccomp profile: out of memory");
	for (size_t i = 0; i < profile->rules_len; i++)
		collect(&maker, &profile->rules[i], arch,
			seccomp_rule_applies(&profile->rules[i], req, native));
	qsort(table->hits, table->hits_len, sizeof(*table->hits), by_number);
	for (size_t i = 0; i < table->hits_len; i++) {
		if (table->hits[i].mux.op == SECCOMP_OP_EQ)
			table->hits[i].conds = &table->hits[i].mux;
	}
	make_ranges(&maker);
	return 0;
}
