/* A user namespace's maps, and the mounts that are opened outside of it. */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

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
			"mount %.200s: idmap: needs uidMappings and gidMappings, or a user namespace",
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

/* ---- an engine's container: the shim mounts as the host's root, its processes only clone that
 * ----
 */

static const struct launch_path the_store = {PLAN_STORE, "."};
#define MAPPED_AT "store"

static struct maps uids_of(const struct compiler *c)
{
	return (struct maps){c->spec->lnx.uid_mappings.v, c->spec->lnx.uid_mappings.len};
}

static struct maps gids_of(const struct compiler *c)
{
	return (struct maps){c->spec->lnx.gid_mappings.v, c->spec->lnx.gid_mappings.len};
}

static bool lies_in_store(struct launch_path path)
{
	return path.dir == PLAN_OWN || path.dir == PLAN_STORE;
}

uint8_t compile_dir(const struct compiler *c, struct launch_path path)
{
	return compile_is_mapped(c) && lies_in_store(path) ? PLAN_MAPPED : (uint8_t)path.dir;
}

struct plan_ref compile_path(struct compiler *c, struct launch_path path)
{
	auto_buf whole = BUF_INIT;

	if (!compile_is_mapped(c) || path.dir != PLAN_OWN)
		return text(c, path.path);
	buf_addf(&whole, "%s/%s", c->facts->own + strlen(c->facts->store) + 1, path.path);
	if (buf_failed(&whole))
		c->plan.data.failed = true;
	return text(c, buf_text(&whole));
}

/* What is in the store has the container's ids already. */
static bool is_outside(const struct compiler *c, const struct spec_mount *mount)
{
	return is_bind(mount) && mount->source && !lies_in_store(compile_source(c, mount->source));
}

static bool is_placed(const struct compiler *c, const struct spec_mount *mount)
{
	if (!compile_is_mapped(c))
		return !c->facts->passing && is_mapped(mount) && is_outside(c, mount);
	return str_eq(mount->type, "sysfs") || is_outside(c, mount);
}

/* HOLD keeps the store, and what is shown with mapped owners. */
uint64_t compile_held_trees(const struct compiler *c)
{
	uint64_t count = compile_is_mapped(c);

	for (size_t i = 0; i < c->spec->mounts.len; i++) {
		const struct spec_mount *mount = &c->spec->mounts.v[i];

		count += is_placed(c, mount) && is_mapped(mount);
	}
	return count;
}

/* After those, and /dev, where there is one. */
bool compile_placed(const struct compiler *c, const struct spec_mount *mount, uint64_t *number)
{
	*number = compile_held_trees(c) + compile_has_dev(c);
	for (const struct spec_mount *m = c->spec->mounts.v; m < mount; m++)
		*number += is_placed(c, m);
	return is_placed(c, mount);
}

static struct plan_ref place_name(struct compiler *c, uint64_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "held%u", (unsigned)number);
	return text(c, name);
}

static bool is_deep(const struct spec_mount *mount)
{
	return has_option(mount, "rbind");
}

/* By the container's own user namespace, where the mount has no maps of its own. */
static int keep_mapped(struct compiler *c, const struct spec_mount *mount)
{
	struct plan_step out = {.op = PLAN_KEEP_TREE, .n = {is_deep(mount)}};
	int rc = 0;

	out.a = text(c, mount->source);
	if (!mount->uid_mappings.len && compile_is_mapped(c))
		out.n[2] = 1;
	else
		rc = add_maps(c, mount, &out);
	plan_build_step(&c->plan, &out);
	return rc;
}

static void clone_outside(struct compiler *c, const struct spec_mount *mount, uint64_t *held)
{
	step(c, .op = PLAN_TREE_CLONE, .dir_a = PLAN_HOST, .a = text(c, mount->source),
		.n = {0, 0, is_deep(mount), MS_SLAVE | MS_REC,
			is_mapped(mount) ? PLAN_FROM_KEPT | (*held)++ << 32 : 0});
}

static int place(
	struct compiler *c, const struct spec_mount *mount, uint64_t number, uint64_t *held)
{
	int rc = 0;

	if (number == PLAN_KEPT_MAX)
		return err_set(c->err, E2BIG,
			"mounts: more than %d of the host's directories with a user namespace",
			PLAN_KEPT_MAX - 1);
	if (is_bind(mount) && mount->source[0] != '/')
		return err_set(c->err, EINVAL, "mount %.200s: the source must be an absolute path",
			mount->destination);
	if (!is_bind(mount))
		step(c, .op = PLAN_TREE_NEW, .a = text(c, mount->type));
	else if (is_mapped(mount))
		rc = keep_mapped(c, mount);
	if (rc < 0)
		return rc;
	if (is_bind(mount))
		clone_outside(c, mount, held);
	step(c, .op = PLAN_PLACE, .dir_a = PLAN_RUN, .a = place_name(c, number));
	return 0;
}

static void hold_store(struct compiler *c)
{
	/* What an ordinary user's container has is owned as it is to be seen. */
	step(c, .op = PLAN_KEEP_TREE, .dir_a = (uint8_t)the_store.dir, .a = text(c, the_store.path),
		.n = {[2] = !c->facts->is_rootless});
	step(c, .op = PLAN_TREE_CLONE, .dir_a = (uint8_t)the_store.dir,
		.a = text(c, the_store.path), .n = {[4] = PLAN_FROM_KEPT});
	step(c, .op = PLAN_PLACE, .dir_a = PLAN_RUN, .a = text(c, MAPPED_AT), .n = {1});
}

int compile_hold_mapped(struct compiler *c)
{
	uint64_t number, held = compile_is_mapped(c);
	int rc = 0;

	if (compile_is_mapped(c))
		hold_store(c);
	for (size_t i = 0; rc == 0 && i < c->spec->mounts.len; i++) {
		if (compile_placed(c, &c->spec->mounts.v[i], &number))
			rc = place(c, &c->spec->mounts.v[i], number, &held);
	}
	return rc;
}

void compile_be_mapped(struct compiler *c)
{
	uint64_t number;

	for (size_t i = 0; i < c->spec->mounts.len; i++) {
		const struct spec_mount *mount = &c->spec->mounts.v[i];

		if (compile_placed(c, mount, &number))
			step(c, .op = PLAN_KEEP_TREE, .dir_a = PLAN_RUN, .a = place_name(c, number),
				.n = {is_deep(mount)});
	}
	if (compile_is_mapped(c))
		step(c, .op = PLAN_ROOT_IDS);
}

void compile_hold_userns(struct compiler *c, uint64_t network)
{
	const struct spec_namespace *user = spec_find_namespace(c->spec, "user");
	struct compile_root root = compile_root(c);

	if (user->path)
		step(c, .op = PLAN_USERNS_OF, .a = text(c, user->path), .n = {network});
	else
		step(c, .op = PLAN_USERNS, .a = maps_text(c, uids_of(c)),
			.b = maps_text(c, gids_of(c)), .n = {network, root.uid, root.gid});
}

int compile_enter_userns(struct compiler *c)
{
	int rc;

	compile_limits_of(c, &c->spec->process);
	compile_give_stdio(c);
	rc = compile_dev_between(c);
	step(c, .op = PLAN_ENTER_USERNS);
	return rc;
}

static uint32_t outside(struct maps maps, uint32_t inside, uint32_t otherwise)
{
	for (size_t i = 0; i < maps.len; i++) {
		const struct spec_id_map *map = &maps.v[i];

		if (inside >= map->container_id && inside - map->container_id < map->size)
			return map->host_id + (inside - map->container_id);
	}
	return otherwise;
}

static uint32_t root_outside(const struct compiler *c, struct maps maps)
{
	if (compile_is_mapped(c) && !maps.len)
		return PLAN_ROOT_OUTSIDE;
	return outside(maps, 0, 0);
}

struct compile_root compile_root(const struct compiler *c)
{
	return (struct compile_root){root_outside(c, uids_of(c)), root_outside(c, gids_of(c))};
}

struct compile_root compile_owner(const struct compiler *c, uint32_t uid, uint32_t gid)
{
	struct compile_root root = compile_root(c);

	if (!compile_is_mapped(c))
		return (struct compile_root){uid, gid};
	return (struct compile_root){
		outside(uids_of(c), uid, root.uid), outside(gids_of(c), gid, root.gid)};
}

void compile_give_stdio(struct compiler *c)
{
	struct compile_root root = compile_root(c);

	step(c, .op = PLAN_GIVE_STDIO, .n = {root.uid, root.gid});
}
