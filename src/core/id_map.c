#include "core/id_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the kernel reads of a map is one write of less than a page. */
enum { TEXT_MAX = 4095 };

void id_maps_fini(struct id_maps *maps)
{
	free(maps->v);
	*maps = (struct id_maps){0};
}

void id_maps_add(struct id_maps *maps, struct id_map map)
{
	struct id_map *v = reallocarray(maps->v, maps->len + 1, sizeof(*v));

	if (!v) {
		maps->failed = true;
		return;
	}
	maps->v = v;
	maps->v[maps->len++] = map;
}

void id_maps_copy(struct id_maps *maps, const struct id_maps *from)
{
	for (size_t i = 0; i < from->len; i++)
		id_maps_add(maps, from->v[i]);
	maps->failed |= from->failed;
}

/* ---- reading ---- */

static bool read_id(const char **at, uint32_t *out)
{
	unsigned long long value;
	char *stop;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	value = strtoull(*at, &stop, 10);
	*at = stop;
	*out = (uint32_t)value;
	return !errno && value <= UINT32_MAX;
}

static bool pass(const char **at, char c)
{
	*at += **at == c;
	return (*at)[-1] == c;
}

bool id_map_read(const char *text, struct id_map *out)
{
	out->count = 1;
	if (!read_id(&text, &out->inside) || !pass(&text, ':') || !read_id(&text, &out->outside))
		return false;
	return !*text || (pass(&text, ':') && read_id(&text, &out->count) && !*text);
}

void id_maps_read(const char *text, struct id_maps *out)
{
	struct id_map map;
	int used;

	while (sscanf(text, "%u %u %u%n", &map.inside, &map.outside, &map.count, &used) == 3) {
		id_maps_add(out, map);
		text += used;
	}
}

void id_maps_keep(struct id_maps *maps, uint32_t kept, uint64_t count)
{
	uint32_t others = (uint32_t)(count - 1), below = kept < others ? kept : others;

	if (below)
		id_maps_add(maps, (struct id_map){0, 1, below});
	id_maps_add(maps, (struct id_map){kept, 0, 1});
	if (others > below)
		id_maps_add(maps, (struct id_map){kept + 1, below + 1, others - below});
}

/* ---- checking ---- */

static bool meet(uint32_t a, uint32_t a_count, uint32_t b, uint32_t b_count)
{
	return (uint64_t)a < (uint64_t)b + b_count && (uint64_t)b < (uint64_t)a + a_count;
}

/* Id 4294967295 is no id at all. */
static bool ends_in_time(uint32_t first, uint32_t count)
{
	return (uint64_t)first + count <= UINT32_MAX;
}

static int check_one(const struct id_maps *maps, size_t at, const char *what, struct err *err)
{
	const struct id_map *map = &maps->v[at];

	if (!map->count)
		return err_set(err, EINVAL, "%s %u:%u:%u: the count must be 1 or more", what,
			map->inside, map->outside, map->count);
	if (!ends_in_time(map->inside, map->count) || !ends_in_time(map->outside, map->count))
		return err_set(err, EINVAL, "%s %u:%u:%u: reaches beyond the last id, 4294967294",
			what, map->inside, map->outside, map->count);
	for (size_t i = 0; i < at; i++) {
		const struct id_map *other = &maps->v[i];
		bool inside = meet(map->inside, map->count, other->inside, other->count);

		if (!inside && !meet(map->outside, map->count, other->outside, other->count))
			continue;
		return err_set(err, EINVAL,
			"%s %u:%u:%u: overlaps with %u:%u:%u in the ids %s: every id can be mapped once",
			what, map->inside, map->outside, map->count, other->inside, other->outside,
			other->count, inside ? "of the container" : "of the host");
	}
	return 0;
}

static size_t text_len(const struct id_maps *maps)
{
	size_t len = 0;
	char line[40];

	for (size_t i = 0; i < maps->len; i++)
		len += (size_t)snprintf(line, sizeof(line), "%u %u %u\n", maps->v[i].inside,
			maps->v[i].outside, maps->v[i].count);
	return len;
}

int id_maps_check(const struct id_maps *maps, const char *what, bool whole, struct err *err)
{
	int failed = 0;

	if (maps->failed)
		return err_set(err, ENOMEM, "%s: out of memory", what);
	if (maps->len > ID_MAPS_MAX)
		return err_set(err, EINVAL, "%s: %zu maps are more than the kernel's %d", what,
			maps->len, ID_MAPS_MAX);
	for (size_t i = 0; !failed && i < maps->len; i++)
		failed = check_one(maps, i, what, err);
	if (failed)
		return failed;
	if (text_len(maps) > TEXT_MAX)
		return err_set(err, EINVAL,
			"%s: the maps are %zu bytes, and the kernel reads %d: give fewer", what,
			text_len(maps), TEXT_MAX);
	return !whole || id_is_mapped(maps, 0)
		       ? 0
		       : err_set(err, EINVAL,
				 "%s: the container's id 0 is not mapped, who all of it starts as: give 0:HOST:COUNT, too",
				 what);
}

/* ---- what is left between fixed ones ---- */

static int by_inside(const void *a, const void *b)
{
	const struct id_map *left = a, *right = b;

	return (left->inside > right->inside) - (left->inside < right->inside);
}

void id_maps_sort(struct id_maps *maps)
{
	if (maps->len)
		qsort(maps->v, maps->len, sizeof(*maps->v), by_inside);
}

/* The first id from *from on below end that no fixed map has, and how many follow it. */
static uint32_t next_gap(const struct id_maps *fixed, uint32_t *from, uint32_t end)
{
	uint32_t until = end;
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < fixed->len; i++) {
			const struct id_map *map = &fixed->v[i];

			if (*from < map->inside || *from - map->inside >= map->count)
				continue;
			*from = map->inside + map->count;
			moved = true;
		}
	}
	for (size_t i = 0; i < fixed->len; i++)
		if (fixed->v[i].inside > *from && fixed->v[i].inside < until)
			until = fixed->v[i].inside;
	return *from < until ? until - *from : 0;
}

void id_maps_fill(struct id_maps *maps, const struct id_maps *fixed, uint32_t count, uint32_t *next)
{
	uint32_t at = 0, len;

	while ((len = next_gap(fixed, &at, count))) {
		id_maps_add(maps, (struct id_map){at, *next, len});
		*next += len;
		at += len;
	}
}

uint32_t id_maps_missing(const struct id_maps *fixed, uint32_t count)
{
	uint32_t at = 0, len, missing = 0;

	while ((len = next_gap(fixed, &at, count))) {
		missing += len;
		at += len;
	}
	return missing;
}

/* ---- who is who ---- */

uint32_t id_inside(const struct id_maps *maps, uint32_t outside)
{
	for (size_t i = 0; maps && i < maps->len; i++) {
		const struct id_map *map = &maps->v[i];

		if (outside >= map->outside && outside - map->outside < map->count)
			return map->inside + (outside - map->outside);
	}
	return maps && maps->len ? ID_NOBODY : outside;
}

static const struct id_map *find(const struct id_maps *maps, uint32_t inside)
{
	for (size_t i = 0; maps && i < maps->len; i++) {
		const struct id_map *map = &maps->v[i];

		if (inside >= map->inside && inside - map->inside < map->count)
			return map;
	}
	return NULL;
}

uint32_t id_outside(const struct id_maps *maps, uint32_t inside)
{
	const struct id_map *map = find(maps, inside);

	return map ? map->outside + (inside - map->inside) : inside;
}

bool id_is_mapped(const struct id_maps *maps, uint32_t inside)
{
	return find(maps, inside);
}
