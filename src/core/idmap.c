#include "core/idmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"
#include "util/strs.h"

void idmap_fini(struct idmap *idmap)
{
	id_maps_fini(&idmap->users);
	id_maps_fini(&idmap->groups);
}

/* ---- reading ---- */

/* "0-100000-65536": podman writes minus signs, for colons part the words of -v. */
static bool read_one(char *text, struct id_map *out)
{
	for (char *c = text; *c; c++) {
		if (*c == ':')
			return false;
		if (*c == '-')
			*c = ':';
	}
	return id_map_read(text, out) && strchr(text, ':') != strrchr(text, ':');
}

static int read_list(char *text, struct id_maps *out, struct err *err)
{
	char *one;

	while ((one = strsep(&text, "#"))) {
		struct id_map map;

		if (!read_one(one, &map))
			return err_set(err, EINVAL,
				"idmap: a map is FILES-HOST-COUNT, several with # between them");
		id_maps_add(out, map);
	}
	return out->failed ? err_set(err, ENOMEM, "idmap: out of memory") : 0;
}

static int read_kind(struct idmap *out, char *text, struct err *err)
{
	bool users = str_has_prefix(text, "uids=");
	struct id_maps *maps = users ? &out->users : &out->groups;
	int failed;

	if ((!users && !str_has_prefix(text, "gids=")) || maps->len)
		return err_set(err, EINVAL,
			"idmap: write uids=FILES-HOST-COUNT;gids=FILES-HOST-COUNT, once each");
	failed = read_list(text + strlen("uids="), maps, err);
	return failed ? failed : id_maps_check(maps, "idmap", false, err);
}

int idmap_read(const char *text, struct idmap *out, struct err *err)
{
	auto_free char *copy = strdup(text + (*text == '@'));
	char *rest = copy, *kind;
	auto_idmap idmap = {.is_relative = *text == '@'};
	int failed = copy ? 0 : err_set(err, ENOMEM, "idmap: out of memory");

	while (!failed && *text && (kind = strsep(&rest, ";")))
		failed = read_kind(&idmap, kind, err);
	if (failed)
		return failed;
	*out = idmap;
	idmap = (struct idmap){0};
	return 0;
}

/* ---- into a mount ---- */

struct spec_maps {
	struct spec_id_map *v;
	size_t len;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "idmap: out of memory");
}

/* Ids of the container as the host knows them; one run may lie in several of its maps. */
static int to_host(struct id_map map, struct spec_maps own, struct id_maps *out)
{
	while (map.count) {
		uint32_t len = 0;

		for (size_t i = 0; !len && i < own.len; i++) {
			const struct spec_id_map *m = &own.v[i];
			uint32_t in = map.outside - m->container_id;

			if (map.outside < m->container_id || in >= m->size)
				continue;
			len = m->size - in < map.count ? m->size - in : map.count;
			id_maps_add(out, (struct id_map){map.inside, m->host_id + in, len});
		}
		if (!len)
			return -ENOENT;
		map.inside += len;
		map.outside += len;
		map.count -= len;
	}
	return 0;
}

static int resolve(const struct id_maps *given, struct spec_maps own, bool is_relative,
	const char *target, struct id_maps *out, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; !given->len && i < own.len; i++)
		id_maps_add(out,
			(struct id_map){own.v[i].container_id, own.v[i].host_id, own.v[i].size});
	if (!is_relative)
		id_maps_copy(out, given);
	for (size_t i = 0; is_relative && !failed && i < given->len; i++)
		failed = to_host(given->v[i], own, out);
	if (failed)
		return err_set(err, EINVAL,
			"mount %.200s: idmap: behind @ there is an id that the container has none for",
			target);
	return out->failed ? no_memory(err) : id_maps_check(out, "idmap", false, err);
}

static int put(struct spec_id_map *to, const struct id_map *map, struct err *err)
{
	if (!to)
		return no_memory(err);
	*to = (struct spec_id_map){
		.container_id = map->inside, .host_id = map->outside, .size = map->count};
	return 0;
}

static int missing(const char *target, struct err *err)
{
	return err_set(err, EINVAL,
		"mount %.200s: idmap: the container has no user namespace whose ids these could be: use --userns, or give uids= and gids=",
		target);
}

int idmap_apply(const char *text, const char *target, struct spec *spec, struct spec_mount *mount,
	struct err *err)
{
	struct spec_maps users = {spec->lnx.uid_mappings.v, spec->lnx.uid_mappings.len},
			 groups = {spec->lnx.gid_mappings.v, spec->lnx.gid_mappings.len};
	auto_idmap idmap = {0};
	auto_id_maps as_users = {0}, as_groups = {0};
	int failed = idmap_read(text, &idmap, err);

	if (failed)
		return failed;
	/* The namespace itself will do, also where its maps are not known yet. */
	if (!idmap.users.len && !idmap.groups.len)
		return spec_find_namespace(spec, "user") ? 0 : missing(target, err);
	if ((!idmap.users.len && !users.len) || (!idmap.groups.len && !groups.len))
		return missing(target, err);
	failed = resolve(&idmap.users, users, idmap.is_relative, target, &as_users, err);
	if (!failed)
		failed = resolve(&idmap.groups, groups, idmap.is_relative, target, &as_groups, err);
	for (size_t i = 0; !failed && i < as_users.len; i++)
		failed = put(spec_grow(&mount->uid_mappings), &as_users.v[i], err);
	for (size_t i = 0; !failed && i < as_groups.len; i++)
		failed = put(spec_grow(&mount->gid_mappings), &as_groups.v[i], err);
	return failed;
}
