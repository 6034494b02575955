/* A user namespace's maps, and the mounts that are opened outside of it. */
#include "runtime/compile_parts.h"

struct maps {
	const struct spec_id_map *v;
	size_t len;
};

/* As the kernel reads them: "inside outside count" a line. */
static struct plan_ref maps_text(struct compiler *c, struct maps maps)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < maps.len; i++)
		buf_addf(&out, "%u %u %u\n", maps.v[i].container_id, maps.v[i].host_id,
			maps.v[i].size);
	if (buf_failed(&out))
		c->plan.data.failed = true;
	return text(c, buf_text(&out));
}

void compile_maps(struct compiler *c)
{
	const struct spec_linux *lnx = &c->spec->lnx;

	step(c, .op = PLAN_MAP_IDS,
		.a = maps_text(c, (struct maps){lnx->uid_mappings.v, lnx->uid_mappings.len}),
		.b = maps_text(c, (struct maps){lnx->gid_mappings.v, lnx->gid_mappings.len}),
		.n = {c->facts->no_setgroups});
}

static bool has_option(const struct spec_mount *mount, const char *word)
{
	for (size_t i = 0; i < mount->options.len; i++) {
		if (str_eq(mount->options.v[i], word))
			return true;
	}
	return false;
}

static bool is_bind(const struct spec_mount *mount)
{
	return str_eq(mount->type, "bind") || has_option(mount, "bind") ||
	       has_option(mount, "rbind");
}

static bool is_mapped(const struct spec_mount *mount)
{
	return mount->uid_mappings.len || has_option(mount, "idmap") || has_option(mount, "ridmap");
}

static bool is_kept(const struct compiler *c, const struct spec_mount *mount)
{
	return c->facts->passing && is_bind(mount) && (is_mapped(mount) || compile_has_userns(c));
}

bool compile_kept_tree(const struct compiler *c, const struct spec_mount *mount, uint64_t *number)
{
	*number = 0;
	for (const struct spec_mount *m = c->spec->mounts.v; m < mount; m++)
		*number += is_kept(c, m);
	return is_kept(c, mount);
}

/* The mount's own maps, else the container's; of a namespace that is joined, its path. */
static int add_maps(struct compiler *c, const struct spec_mount *mount, struct plan_step *out)
{
	const struct spec_namespace *user = spec_find_namespace(c->spec, "user");
	struct maps uids = {mount->uid_mappings.v, mount->uid_mappings.len},
		    gids = {mount->gid_mappings.v, mount->gid_mappings.len};

	if (!uids.len) {
		uids = (struct maps){c->spec->lnx.uid_mappings.v, c->spec->lnx.uid_mappings.len};
		gids = (struct maps){c->spec->lnx.gid_mappings.v, c->spec->lnx.gid_mappings.len};
	}
	if (!kernel_has(c->facts->kernel, KERNEL_MOUNT_SETATTR))
		return err_set(c->err, ENOTSUP, "mount %.200s: idmap: needs Linux 5.12",
			mount->destination);
	out->n[1] = has_option(mount, "ridmap");
	if (!uids.len && user && user->path) {
		out->b = out->c = text(c, user->path);
		return 0;
	}
	if (!uids.len || !gids.len)
		return err_set(c->err, EINVAL,
			"mount %.200s: idmap: needs uidMappings and gidMappings",
			mount->destination);
	out->b = maps_text(c, uids);
	out->c = maps_text(c, gids);
	return 0;
}

static int keep(struct compiler *c, const struct spec_mount *mount)
{
	struct plan_step out = {.op = PLAN_KEEP_TREE};
	int rc = 0;

	if (!mount->source || mount->source[0] != '/')
		return err_set(c->err, EINVAL, "mount %.200s: the source must be an absolute path",
			mount->destination);
	out.a = text(c, mount->source);
	out.n[0] = has_option(mount, "rbind");
	if (is_mapped(mount))
		rc = add_maps(c, mount, &out);
	plan_build_step(&c->plan, &out);
	return rc;
}

int compile_keep_trees(struct compiler *c)
{
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->spec->mounts.len; i++) {
		if (!is_kept(c, &c->spec->mounts.v[i]))
			continue;
		if (++count > PLAN_KEPT_MAX)
			return err_set(c->err, E2BIG,
				"mounts: more than %d binds with a user namespace", PLAN_KEPT_MAX);
		rc = keep(c, &c->spec->mounts.v[i]);
	}
	return rc;
}
