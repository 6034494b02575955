/* The steps that only an OCI runtime's bundles and user namespaces ask for. */
#include "runtime/plan_view.h"

static const char *a(const struct plan_view *v)
{
	return plan_text(v->plan, v->step->a);
}

/* "0 100000 65536" a line, as one. */
static void add_maps(const struct plan_view *v, struct plan_ref ref)
{
	for (const char *c = plan_text(v->plan, ref); *c; c++) {
		if (*c != '\n')
			buf_addc(v->out, *c);
		else if (c[1])
			buf_adds(v->out, ", ");
	}
}

static void add_owner(struct buf *out, uint64_t id)
{
	if (id == PLAN_ROOT_OUTSIDE)
		buf_adds(out, "its root, as the host knows it");
	else
		buf_addf(out, "user %u, its root outside", (unsigned)id);
}

static void words_ids(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_MAP_IDS:
		buf_adds(out, "show it users (inside, outside, count) ");
		add_maps(v, s->a);
		buf_adds(out, " and groups ");
		add_maps(v, s->b);
		return;
	case PLAN_USERNS:
		buf_addf(out,
			"make its user namespace%s (kept over restarts): users (inside, outside, count) ",
			s->n[0] ? " and the network it owns" : "");
		add_maps(v, s->a);
		buf_adds(out, " and groups ");
		add_maps(v, s->b);
		return;
	case PLAN_USERNS_OF:
		buf_adds(out, "find the user namespace ");
		plan_view_clean(v, a(v));
		buf_adds(out, s->n[0] ? ", and make a network that it owns" : "");
		return;
	case PLAN_ENTER_USERNS:
		buf_adds(out, "enter the user namespace, and be born there");
		return;
	case PLAN_MAKE_AS:
		buf_adds(out, "what is made from here on belongs to ");
		add_owner(out, s->n[0]);
		return;
	case PLAN_TREE_KEEP:
		buf_adds(out, "  keep it for a step in there");
		return;
	case PLAN_ROOT_IDS:
		buf_adds(out, "be root of the user namespace alone");
		return;
	case PLAN_KEEP_TREE:
		buf_adds(out, "open for it ");
		plan_view_path(v, s->a, s->dir_a);
		buf_adds(out, s->b.len  ? ", its owners mapped"
			      : s->n[2] ? ", its owners shown through the user namespace"
					: "");
		return;
	case PLAN_PLACE:
		buf_adds(out, "  keep it mounted at ");
		plan_view_path(v, s->a, s->dir_a);
		buf_adds(out, s->n[0] ? ", from here on MAPPED" : "");
		return;
	case PLAN_GIVE_STDIO:
		buf_adds(out, "give its pipes to ");
		add_owner(out, s->n[0]);
		return;
	}
}

void plan_extra_words(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	words_ids(v);
	switch (s->op) {
	case PLAN_TIME_OFFSETS:
		buf_adds(out, "set the clocks of the time namespace");
		return;
	case PLAN_WAIT:
		buf_adds(out,
			s->n[0] == PLAN_WAIT_START ? "wait for the start" : "wait for who made it");
		return;
	case PLAN_HOOK:
		buf_adds(out, "run the hook ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_PERSONALITY:
		buf_adds(out, "look like another kernel (personality)");
		return;
	case PLAN_SCHEDULER:
		buf_addf(out, "be scheduled by policy %u", (unsigned)s->n[0]);
		return;
	case PLAN_IO_PRIORITY:
		buf_addf(out, "priority of its I/O: class %u, %u", (unsigned)s->n[0] >> 13,
			(unsigned)s->n[0] & 7);
		return;
	case PLAN_MEMORY_POLICY:
		buf_adds(out, "take memory from chosen nodes");
		return;
	case PLAN_AFFINITY:
		buf_adds(out, "run on chosen CPUs");
		return;
	case PLAN_TREE_FILL:
		buf_adds(out, "  with what it covers: ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_ROOT_NODE:
		buf_adds(out, "make the device ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_ROOT_LINK:
		buf_adds(out, "make the link ");
		plan_view_clean(v, plan_text(v->plan, s->b));
		return;
	}
}

/* Of steps that make the same calls whatever they say; NULL: another one. */
static const char *fixed_calls(unsigned op)
{
	switch (op) {
	case PLAN_MAP_IDS:
		return "write(uid_map, gid_map)";
	case PLAN_ENTER_USERNS:
		return "setns(CLONE_NEWUSER), clone3(CLONE_PARENT)";
	case PLAN_MAKE_AS:
		return "setfsgid(), setfsuid()";
	case PLAN_TREE_KEEP:
		return "an open file";
	case PLAN_ROOT_IDS:
		return "setgroups(), setresgid(0), setresuid(0)";
	case PLAN_PLACE:
		return "move_mount()";
	case PLAN_TIME_OFFSETS:
		return "write(timens_offsets)";
	case PLAN_SCHEDULER:
		return "sched_setattr()";
	case PLAN_IO_PRIORITY:
		return "ioprio_set()";
	case PLAN_MEMORY_POLICY:
		return "set_mempolicy()";
	case PLAN_AFFINITY:
		return "sched_setaffinity()";
	case PLAN_TREE_FILL:
		return "getdents64(), openat(), read(), write()";
	case PLAN_ROOT_NODE:
		return "openat2(), mknodat()";
	case PLAN_ROOT_LINK:
		return "openat2(), symlinkat()";
	default:
		return NULL;
	}
}

void plan_extra_calls(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	const char *fixed = fixed_calls(s->op);
	struct buf *out = v->out;

	if (fixed)
		buf_adds(out, fixed);
	switch (s->op) {
	case PLAN_USERNS:
		buf_addf(out, "clone3(CLONE_NEWUSER%s), write(uid_map, gid_map)%s",
			s->n[0] ? " | CLONE_NEWNET" : "", s->n[0] ? ", setns(CLONE_NEWNET)" : "");
		return;
	case PLAN_USERNS_OF:
		buf_addf(out, "open(/proc/…/ns/user)%s",
			s->n[0] ? ", unshare(CLONE_NEWNET) in it, setns(CLONE_NEWNET)" : "");
		return;
	case PLAN_KEEP_TREE:
		buf_addf(out, "open_tree(OPEN_TREE_CLONE%s)%s", s->n[0] ? " | AT_RECURSIVE" : "",
			s->b.len || s->n[2] ? ", mount_setattr(MOUNT_ATTR_IDMAP)" : "");
		return;
	case PLAN_GIVE_STDIO:
		buf_addf(out, "fchown(%u, %u)", (unsigned)s->n[0], (unsigned)s->n[1]);
		return;
	case PLAN_WAIT:
		buf_adds(out, s->n[0] == PLAN_WAIT_START ? "accept()" : "recv()");
		return;
	case PLAN_HOOK:
		buf_adds(out, "clone3(), execve(");
		plan_view_list(v, s->b, ", ");
		buf_adds(out, "), waitid()");
		return;
	case PLAN_PERSONALITY:
		buf_addf(out, "personality(%#llx)", (unsigned long long)s->n[0]);
		return;
	}
}
