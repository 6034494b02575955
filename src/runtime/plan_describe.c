#include "runtime/plan_describe.h"

#include <linux/mount.h>
#include <linux/sched.h>

#include "runtime/plan_view.h"
#include "util/own.h"

struct word {
	uint64_t bits;
	const char *name, *plain;
};

static const struct word namespaces[] = {
	{CLONE_NEWNS, "CLONE_NEWNS", "mount"},
	{CLONE_NEWPID, "CLONE_NEWPID", "pid"},
	{CLONE_NEWNET, "CLONE_NEWNET", "network"},
	{CLONE_NEWIPC, "CLONE_NEWIPC", "ipc"},
	{CLONE_NEWUTS, "CLONE_NEWUTS", "uts"},
	{CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup"},
	{CLONE_NEWUSER, "CLONE_NEWUSER", "user"},
	{CLONE_NEWTIME, "CLONE_NEWTIME", "time"},
	{0, NULL, NULL},
};

static const struct word attributes[] = {
	{MOUNT_ATTR_RDONLY, "RDONLY", "read-only"},
	{MOUNT_ATTR_NOSUID, "NOSUID", "nosuid"},
	{MOUNT_ATTR_NODEV, "NODEV", "nodev"},
	{MOUNT_ATTR_NOEXEC, "NOEXEC", "noexec"},
	{MOUNT_ATTR_NOATIME, "NOATIME", "noatime"},
	{MOUNT_ATTR_STRICTATIME, "STRICTATIME", "strictatime"},
	{MOUNT_ATTR_NODIRATIME, "NODIRATIME", "nodiratime"},
	{0, NULL, NULL},
};

static const struct word propagations[] = {
	{MS_PRIVATE, "MS_PRIVATE", "private"},
	{MS_SLAVE, "MS_SLAVE", "slave"},
	{MS_SHARED, "MS_SHARED", "shared"},
	{MS_UNBINDABLE, "MS_UNBINDABLE", "unbindable"},
	{MS_REC, "MS_REC", "recursively"},
	{0, NULL, NULL},
};

static const struct word *const tables[] = {
	[PLAN_NAMESPACES] = namespaces,
	[PLAN_ATTRIBUTES] = attributes,
	[PLAN_PROPAGATIONS] = propagations,
};

void plan_view_bits(const struct plan_view *v, enum plan_bits kind, uint64_t bits, bool plain)
{
	bool first = true;

	for (const struct word *word = tables[kind]; word->name; word++) {
		if (!(bits & word->bits))
			continue;
		if (!first)
			buf_adds(v->out, plain ? ", " : " | ");
		buf_adds(v->out, plain ? word->plain : word->name);
		first = false;
	}
	if (first)
		buf_adds(v->out, plain ? "nothing" : "0");
}

const char *plan_view_dir(unsigned dir)
{
	static const char *const names[] = {
		[PLAN_HOST] = "",
		[PLAN_STORE] = "STORE/",
		[PLAN_RUN] = "RUN/",
		[PLAN_ROOT] = "ROOT",
		[PLAN_TREE] = "TREE/",
		[PLAN_OWN] = "OWN/",
		[PLAN_MAPPED] = "MAPPED/",
	};

	return dir < array_len(names) ? names[dir] : "?/";
}

void plan_view_clean(const struct plan_view *v, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			buf_addf(v->out, "\\x%02x", c);
		else
			buf_addc(v->out, (char)c);
	}
}

void plan_view_path(const struct plan_view *v, struct plan_ref ref, unsigned dir)
{
	buf_adds(v->out, plan_view_dir(dir));
	plan_view_clean(v, plan_text(v->plan, ref));
}

void plan_view_list(const struct plan_view *v, struct plan_ref ref, const char *between)
{
	bool first = true;

	for (const char *item = plan_next(v->plan, ref, NULL); item;
		item = plan_next(v->plan, ref, item)) {
		if (!first)
			buf_adds(v->out, between);
		plan_view_clean(v, item);
		first = false;
	}
}

unsigned plan_view_count(const struct plan_view *v, struct plan_ref ref)
{
	unsigned n = 0;

	for (const char *item = plan_next(v->plan, ref, NULL); item;
		item = plan_next(v->plan, ref, item))
		n++;
	return n;
}

void plan_view_limit(const struct plan_view *v, uint64_t value)
{
	if (value == UINT64_MAX)
		buf_adds(v->out, "unlimited");
	else
		buf_addf(v->out, "%llu", (unsigned long long)value);
}

void plan_describe(const struct plan *plan, struct buf *out)
{
	unsigned child = plan_child_at(plan);

	for (unsigned i = 0; i < plan->head->steps; i++) {
		if (i == 0 && child > 0)
			buf_adds(out, "once for the container's life:\n");
		if (i == child)
			buf_adds(out, "in the new process:\n");
		buf_addf(out, "%4u  ", i);
		plan_describe_words(plan, i, out);
		buf_adds(out, "\n        ");
		plan_describe_calls(plan, i, out);
		buf_addc(out, '\n');
	}
}
