/* --userns and --uidmap: what is accepted is what the kernel takes, and every id of it is found
 * again from outside. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/id_map.h"
#include "core/ids_option.h"

static void check_maps(const struct id_maps *maps)
{
	for (size_t i = 0; i < maps->len; i++) {
		const struct id_map *map = &maps->v[i];
		uint32_t last = map->count - 1;

		if (!map->count || id_inside(maps, map->outside) != map->inside ||
			id_outside(maps, map->inside + last) != map->outside + last)
			abort();
	}
}

/* Together with what fills its gaps, each id of the container is mapped once. */
static void check_filling(const struct id_maps *fixed, uint32_t count)
{
	auto_id_maps all = {0};
	uint32_t next = 0;

	id_maps_fill(&all, fixed, count, &next);
	if (next != id_maps_missing(fixed, count))
		abort();
	for (size_t i = 0; i < all.len; i++)
		if (id_is_mapped(fixed, all.v[i].inside) ||
			id_is_mapped(fixed, all.v[i].inside + all.v[i].count - 1))
			abort();
}

static void check_request(const struct container_request *request)
{
	auto_ids_option option = {.kind = IDS_HOST};
	struct err err;

	if (ids_option_read(request, &option, &err) < 0)
		return;
	if (option.kind == IDS_GIVEN) {
		check_maps(&option.users);
		check_maps(&option.groups);
	}
	if (option.kind == IDS_AUTO)
		check_filling(&option.users, option.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	char *text = strndup((const char *)input, len), *rest = text, *line;
	struct container_request mode = {.userns_mode = text}, maps = {.userns_mode = NULL};
	auto_id_maps kernels = {0};

	if (!text)
		return 0;
	check_request(&mode);
	id_maps_read(text, &kernels);
	while ((line = strsep(&rest, "\n")))
		strs_add(*line == 'G' ? &maps.gid_maps : &maps.uid_maps, line + (*line == 'G'));
	check_request(&maps);
	container_request_fini(&maps);
	free(text);
	return 0;
}
