/* A plan whose cgroup limits are others: everything else stays byte for byte, and where it lies. */
#include "runtime/compile_parts.h"

#include <string.h>

static bool is_of_cgroup(unsigned op)
{
	return op == PLAN_CGROUP_MAKE || op == PLAN_CGROUP_COPY || op == PLAN_CGROUP_WRITE ||
	       op == PLAN_CGROUP_DEVICES;
}

/* What an earlier change appended goes, what the first compilation wrote stays where refs expect
 * it. */
static void take_over(struct plan_build *build, const struct plan *old)
{
	uint32_t kept = old->head->first_len ? (uint32_t)old->head->first_len : old->head->data_len;

	build->head = *old->head;
	build->head.steps = 0;
	build->head.first_len = kept;
	buf_add(&build->data, old->data, kept);
}

static int copy_steps(struct compiler *c, const struct plan *old)
{
	bool is_done = false;
	int rc = 0;

	for (unsigned i = 0; i < old->head->steps && rc == 0; i++) {
		if (!is_of_cgroup(old->steps[i].op))
			plan_build_step(&c->plan, &old->steps[i]);
		else if (!is_done)
			rc = compile_cgroups(c);
		is_done |= is_of_cgroup(old->steps[i].op);
	}
	return rc;
}

int compile_limits(const struct buf *plan, const struct spec *spec,
	const struct launch_facts *facts, struct buf *out, struct err *err)
{
	struct compiler c = {.spec = spec, .facts = facts, .err = err};
	struct plan old;
	const char *why = "";
	int step, rc;

	if (plan_open(plan->data, plan->len, &old, &why, &step) < 0 ||
		old.head->first_len > old.head->data_len)
		return err_set(err, EPROTO, "launch plan: %s", why);
	take_over(&c.plan, &old);
	rc = copy_steps(&c, &old);
	if (rc == 0)
		rc = plan_build_finish(&c.plan, out);
	plan_build_fini(&c.plan);
	return rc < 0 && err->code >= 0 ? err_set(err, rc, "launch plan: %s", err_name(rc)) : rc;
}
