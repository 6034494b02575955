#include "runtime/compile_parts.h"

const char *compile_cgroup_path(const struct compiler *c)
{
	const char *path = c->facts->cgroup_path;

	if (!path)
		path = c->spec->lnx.cgroups_path ? c->spec->lnx.cgroups_path : "";
	while (*path == '/')
		path++;
	return path;
}

struct plan_ref compile_cgroup_dir(struct compiler *c, const struct cgroup_hierarchy *h)
{
	auto_buf dir = BUF_INIT;

	buf_addf(&dir, "%s/%s", h->mount, compile_cgroup_path(c));
	if (buf_failed(&dir))
		c->plan.data.failed = true;
	return text(c, buf_text(&dir));
}

static void add(struct compiler *c, const struct cgroup_step *s)
{
	static const uint16_t ops[] = {
		[CGROUP_MAKE] = PLAN_CGROUP_MAKE,
		[CGROUP_COPY] = PLAN_CGROUP_COPY,
		[CGROUP_WRITE] = PLAN_CGROUP_WRITE,
		[CGROUP_DEVICE_PROGRAM] = PLAN_CGROUP_DEVICES,
	};
	struct plan_step out = {
		.op = ops[s->action],
		.flags = s->optional ? PLAN_OPTIONAL : 0,
		.a = text(c, s->dir),
	};

	if (s->file)
		out.b = text(c, s->file);
	if (s->program.len)
		out.b = plan_build_bytes(&c->plan, s->program.data, s->program.len);
	if (s->value)
		out.c = text(c, s->value);
	plan_build_step(&c->plan, &out);
}

int compile_cgroups(struct compiler *c)
{
	auto_cgroup_steps steps = {0};
	const char *path = compile_cgroup_path(c);
	int rc;

	if (!path[0])
		return err_set(c->err, EINVAL, "linux.cgroupsPath: must be set");
	rc = cgroup_plan_new(c->facts->cgroups, path, &c->spec->lnx.resources, &steps, c->err);
	for (size_t i = 0; rc == 0 && i < steps.len; i++)
		add(c, &steps.v[i]);
	return rc;
}

void compile_cgroup_enter(struct compiler *c)
{
	for (size_t i = 0; i < cgroup_count(c->facts->cgroups); i++) {
		const struct cgroup_hierarchy *h = cgroup_at(c->facts->cgroups, i);

		if (h->version == 1)
			step(c, .op = PLAN_CGROUP_ENTER, .a = compile_cgroup_dir(c, h));
	}
}

void compile_cgroup_header(struct compiler *c)
{
	const struct cgroup_layout *layout = c->facts->cgroups;
	const struct cgroup_hierarchy *freezer = cgroup_find(layout, CGROUP_FREEZER);
	const struct cgroup_hierarchy *memory = cgroup_find(layout, CGROUP_MEMORY);
	struct plan_header *head = &c->plan.head;
	auto_strs dirs = STRS_INIT;

	for (size_t i = 0; i < cgroup_count(layout); i++)
		strs_addf(&dirs, "%s/%s", cgroup_at(layout, i)->mount, compile_cgroup_path(c));
	if (strs_failed(&dirs))
		c->plan.data.failed = true;
	head->cgroups = plan_build_list(&c->plan, &dirs);
	if (freezer) {
		head->freezer = compile_cgroup_dir(c, freezer);
		head->freezer_version = (uint32_t)freezer->version;
	}
	if (memory) {
		head->memory = compile_cgroup_dir(c, memory);
		head->memory_version = (uint32_t)memory->version;
	}
}
