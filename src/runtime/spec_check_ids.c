#include "runtime/spec_check.h"

#include <stdio.h>

#define refuse(err, ...) err_set(err, EINVAL, __VA_ARGS__)

/* A list of maps, whatever it is a member of. */
struct maps {
	const struct spec_id_map *v;
	size_t len;
};

#define maps_of(list)                                                                              \
	(struct maps)                                                                              \
	{                                                                                          \
		(list).v, (list).len                                                               \
	}

static bool overlap(uint32_t a, uint32_t b, uint32_t a_size, uint32_t b_size)
{
	return (uint64_t)a < (uint64_t)b + b_size && (uint64_t)b < (uint64_t)a + a_size;
}

static int check_maps(struct maps maps, const char *field, struct err *err)
{
	enum { MAPS_MAX = 340 }; /* the kernel's own, since 4.15 */

	if (maps.len > MAPS_MAX)
		return refuse(err, "%s: has more than %d elements", field, MAPS_MAX);
	for (size_t i = 0; i < maps.len; i++) {
		const struct spec_id_map *m = &maps.v[i];

		if (!m->size)
			return refuse(err, "%s[%zu].size: must not be 0", field, i);
		if ((uint64_t)m->container_id + m->size > UINT32_MAX ||
			(uint64_t)m->host_id + m->size > UINT32_MAX)
			return refuse(err, "%s[%zu].size: reaches beyond the last id", field, i);
		for (size_t j = 0; j < i; j++) {
			const struct spec_id_map *n = &maps.v[j];

			if (overlap(m->container_id, n->container_id, m->size, n->size) ||
				overlap(m->host_id, n->host_id, m->size, n->size))
				return refuse(err, "%s[%zu]: overlaps with another", field, i);
		}
	}
	return 0;
}

static bool has(struct maps maps, uint64_t id)
{
	for (size_t i = 0; i < maps.len; i++) {
		if (id >= maps.v[i].container_id && id - maps.v[i].container_id < maps.v[i].size)
			return true;
	}
	return false;
}

static int check_user(const struct spec *spec, struct err *err)
{
	struct maps uids = maps_of(spec->lnx.uid_mappings), gids = maps_of(spec->lnx.gid_mappings);
	const struct spec_user *user = &spec->process.user;

	if (!has(uids, 0) || !has(gids, 0))
		return refuse(err, "linux.%sMappings: must map 0", has(uids, 0) ? "gid" : "uid");
	if (!has(uids, user->uid))
		return refuse(
			err, "process.user.uid: %u is not mapped by linux.uidMappings", user->uid);
	if (!has(gids, user->gid))
		return refuse(
			err, "process.user.gid: %u is not mapped by linux.gidMappings", user->gid);
	for (size_t i = 0; i < user->additional_gids.len; i++) {
		if (!has(gids, (uint64_t)user->additional_gids.v[i].value))
			return refuse(err,
				"process.user.additionalGids[%zu]: is not mapped by "
				"linux.gidMappings",
				i);
	}
	return 0;
}

static int check_mounts(const struct spec *spec, struct err *err)
{
	char field[48];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < spec->mounts.len; i++) {
		const struct spec_mount *m = &spec->mounts.v[i];

		if (!m->uid_mappings.len != !m->gid_mappings.len)
			return refuse(err, "mounts[%zu].%sMappings: must be set too", i,
				m->uid_mappings.len ? "gid" : "uid");
		snprintf(field, sizeof(field), "mounts[%zu].uidMappings", i);
		rc = check_maps(maps_of(m->uid_mappings), field, err);
		snprintf(field, sizeof(field), "mounts[%zu].gidMappings", i);
		if (rc == 0)
			rc = check_maps(maps_of(m->gid_mappings), field, err);
	}
	return rc;
}

int spec_check_ids(const struct spec *spec, struct err *err)
{
	const struct spec_linux *lnx = &spec->lnx;
	const struct spec_namespace *user = spec_find_namespace(spec, "user");
	int rc;

	if (!user && (lnx->uid_mappings.len || lnx->gid_mappings.len))
		return refuse(err, "linux.%sMappings: needs a user namespace",
			lnx->uid_mappings.len ? "uid" : "gid");
	rc = check_maps(maps_of(lnx->uid_mappings), "linux.uidMappings", err);
	if (rc == 0)
		rc = check_maps(maps_of(lnx->gid_mappings), "linux.gidMappings", err);
	/* Who joins one finds it mapped. */
	if (rc == 0 && user && !user->path)
		rc = check_user(spec, err);
	return rc < 0 ? rc : check_mounts(spec, err);
}
