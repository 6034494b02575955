#include <linux/mount.h>
#include <sys/resource.h>

#include "runtime/caps.h"
#include "runtime/plan_view.h"
#include "util/own.h"

static const char *const rlimit_names[] = {
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack",
	[RLIMIT_CORE] = "core",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

static const char *a(const struct plan_view *v)
{
	return plan_text(v->plan, v->step->a);
}

static void caps(struct buf *out, uint64_t mask)
{
	bool first = true;

	if (mask == CAPS_ALL)
		buf_adds(out, "all");
	else if (!mask)
		buf_adds(out, "none");
	for (unsigned i = 0; i < CAPS_COUNT && mask != CAPS_ALL; i++) {
		if (!(mask & CAPS_BIT(i)))
			continue;
		buf_addf(out, "%s%s", first ? "" : " ", caps_name(i) + 4);
		first = false;
	}
}

static void words_layers(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_OVERLAY:
		buf_adds(out, s->b.len ? "lay a writable layer over the image's layers at "
				       : "lay the image's layers, read-only, at ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_LOWERS:
		buf_addf(out, "the image's layers: %u", plan_view_count(v, s->a));
		return;
	case PLAN_BIND_ROOT:
		buf_adds(out, "take the directory ");
		plan_view_path(v, s->a, s->dir_a);
		buf_adds(out, " as the root file system");
		return;
	}
}

static void words_hold(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CGROUP_MAKE:
		buf_adds(out, "make the cgroup ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_CGROUP_COPY:
		buf_adds(out, "give the cgroup its parent's ");
		plan_view_path(v, s->b, 0);
		return;
	case PLAN_CGROUP_WRITE:
		buf_adds(out, "limit: ");
		plan_view_path(v, s->b, 0);
		buf_adds(out, " = ");
		plan_view_path(v, s->c, 0);
		return;
	case PLAN_CGROUP_DEVICES:
		buf_adds(out, "allow only the container's devices");
		return;
	case PLAN_UNSHARE:
		buf_adds(out, "give the container its own ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		buf_adds(out, " (kept over restarts)");
		return;
	case PLAN_PROPAGATION:
		buf_adds(out, "keep its mounts to itself: ");
		plan_view_bits(v, PLAN_PROPAGATIONS, s->n[0], true);
		return;
	case PLAN_LOOPBACK_UP:
		buf_adds(out, "switch the loopback interface on");
		return;
	case PLAN_NETWORK:
		buf_adds(out, "connect it to its networks, as leased for this start: ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_RESOLVER:
		buf_adds(out, "open a resolver's address for it, where this asks for one: ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_JOIN:
		buf_adds(out, "join the ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		buf_adds(out, " namespace ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	}
}

static void words_born(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_CLONE:
		buf_adds(out, "start a process");
		if (s->n[0]) {
			buf_adds(out, " with its own ");
			plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		}
		if (s->a.len) {
			buf_adds(out, ", born in ");
			plan_view_path(v, s->a, s->dir_a);
		}
		return;
	case PLAN_ENTER_CONTAINER:
		buf_adds(out, "enter the container's ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		return;
	case PLAN_JOIN_CONTAINER:
		buf_adds(out, "share the ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		buf_addf(out, " namespace of container %.12s", plan_text(v->plan, s->a));
		return;
	case PLAN_CGROUP_ENTER:
		buf_adds(out, "enter the cgroup ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_UNSHARE_CHILD:
		buf_adds(out, "see only its own ");
		plan_view_bits(v, PLAN_NAMESPACES, s->n[0], true);
		return;
	case PLAN_SESSION:
		buf_adds(out, "lead a session of its own");
		return;
	case PLAN_KEYRING:
		buf_adds(out, "begin with an empty session keyring");
		return;
	case PLAN_ROOT_OPEN:
		buf_adds(out, "hold the root file system at ");
		plan_view_path(v, s->a, s->dir_a);
		return;
	case PLAN_PIVOT:
		buf_adds(out, "make the container's root \"/\" and let go of the host's");
		return;
	case PLAN_ROOT_READONLY:
		buf_adds(out, "make the root file system read-only");
		return;
	case PLAN_CONSOLE:
		buf_addf(out, "open a terminal (%llu rows, %llu columns)",
			(unsigned long long)s->n[0], (unsigned long long)s->n[1]);
		return;
	}
}

static void words_tree(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_TREE_NEW:
		buf_adds(out, "make a new ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_TREE_CLONE:
		buf_adds(out, "take a view of ");
		plan_view_path(v, s->a, s->dir_a);
		if (s->n[0] & MOUNT_ATTR_RDONLY)
			buf_adds(out, ", read-only");
		return;
	case PLAN_TREE_PEER:
		plan_view_path(v, s->b, 0);
		buf_addf(out, " of container %.12s", plan_text(v->plan, s->a));
		return;
	case PLAN_TREE_MKDIR:
		buf_adds(out, "  with the directory ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_TREE_NODE:
		buf_adds(out, "  with the device ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_TREE_LINK:
		buf_adds(out, "  with the link ");
		plan_view_clean(v, plan_text(v->plan, s->b));
		buf_adds(out, " -> ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_TREE_ATTACH:
		buf_adds(out, "mount it at ");
		plan_view_clean(v, plan_text(v->plan, s->b));
		return;
	case PLAN_MASK:
		buf_adds(out, "hide ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_READONLY:
		buf_adds(out, "make read-only ");
		plan_view_clean(v, a(v));
		return;
	}
}

static void words_process(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_SYSCTL:
		buf_adds(out, "set ");
		plan_view_clean(v, a(v));
		buf_adds(out, " = ");
		plan_view_clean(v, plan_text(v->plan, s->b));
		return;
	case PLAN_HOSTNAME:
	case PLAN_DOMAINNAME:
		buf_adds(out, "be called ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_RLIMIT:
		buf_addf(out, "limit %s to ",
			s->n[0] < array_len(rlimit_names) ? rlimit_names[s->n[0]] : "?");
		plan_view_limit(v, s->n[1]);
		buf_adds(out, ", at most ");
		plan_view_limit(v, s->n[2]);
		return;
	case PLAN_OOM_SCORE:
		buf_addf(out, "when memory is short: badness %lld", (long long)s->n[0]);
		return;
	case PLAN_UMASK:
		buf_addf(out, "new files: umask %04llo", (unsigned long long)s->n[0]);
		return;
	case PLAN_NICE:
		buf_addf(out, "priority: nice %lld", (long long)s->n[0]);
		return;
	case PLAN_CWD:
		buf_adds(out, "work in ");
		plan_view_clean(v, a(v));
		return;
	case PLAN_TRY:
		buf_adds(out, "try one system call, and end with the kernel's answer");
		return;
	case PLAN_EXEC:
		buf_adds(out, "become ");
		plan_view_list(v, s->a, " ");
		return;
	}
}

static void words_privileges(const struct plan_view *v)
{
	const struct plan_step *s = v->step;
	struct buf *out = v->out;

	switch (s->op) {
	case PLAN_BOUNDING:
		buf_adds(out, "never have capabilities but: ");
		caps(out, s->n[0]);
		return;
	case PLAN_USER:
		buf_adds(out, "become the user ");
		plan_view_clean(v, a(v));
		if (s->b.len) {
			buf_adds(out, ", also in the groups ");
			plan_view_list(v, s->b, ", ");
		}
		return;
	case PLAN_CAPS:
		buf_adds(out, "keep the capabilities: ");
		caps(out, s->n[1]);
		return;
	case PLAN_APPARMOR:
		buf_adds(out, "AppArmor's profile from the exec on: ");
		plan_view_path(v, s->a, 0);
		return;
	case PLAN_NO_NEW_PRIVS:
		buf_adds(out, "never gain privileges by executing a file");
		return;
	case PLAN_SECCOMP:
		buf_addf(out, "let the kernel filter its system calls (%u instructions)",
			s->a.len / 8);
		return;
	}
}

void plan_describe_words(const struct plan *plan, unsigned i, struct buf *out)
{
	const struct plan_view v = {plan, &plan->steps[i], out};

	words_hold(&v);
	words_layers(&v);
	words_born(&v);
	words_tree(&v);
	words_process(&v);
	words_privileges(&v);
	plan_extra_words(&v);
	if (v.step->flags & PLAN_OPTIONAL)
		buf_adds(out, " (if it can)");
}
