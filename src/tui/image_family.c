/* image_family.c - see image_family.h.
 *
 * Sorted by their layers as texts, what stands on an image follows it, so a stack of those that the
 * last one stands on is enough. */
#include "tui/image_family.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sorting {
	const struct image_entry *rows;
	char **layers;
};

static int by_layers(const void *pa, const void *pb, void *arg)
{
	const struct sorting *sorting = arg;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;
	uint64_t made_a = sorting->rows[a].created_ns, made_b = sorting->rows[b].created_ns;
	int order = strcmp(sorting->layers[a], sorting->layers[b]);

	if (order)
		return order;
	if (made_a != made_b)
		return made_a < made_b ? -1 : 1;
	order = strcmp(sorting->rows[a].id, sorting->rows[b].id);
	return order ? order : (a > b) - (a < b);
}

/* One without layers is below nothing: all would stand on it. */
static bool stands_on(const char *layers, const char *below)
{
	return *below && strncmp(layers, below, strlen(below)) == 0;
}

int image_family_make(struct image_family *family, const struct image_entry *rows, size_t count,
	struct strs *layers)
{
	struct sorting sorting = {rows, layers->v};
	auto_free size_t *order = calloc(count + 1, sizeof(*order));

	*family = (struct image_family){.below = calloc(count + 1, sizeof(*family->below))};
	if (!order || !family->below || layers->len != count) {
		image_family_fini(family);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	if (count)
		qsort_r(order, count, sizeof(*order), by_layers, &sorting);
	for (size_t i = 0; i < count; i++) {
		size_t on = i ? order[i - 1] : SIZE_MAX;

		while (on != SIZE_MAX && !stands_on(layers->v[order[i]], layers->v[on]))
			on = family->below[on];
		family->below[order[i]] = on;
	}
	family->layers = *layers;
	family->count = count;
	*layers = (struct strs)STRS_INIT;
	return 0;
}

void image_family_fini(struct image_family *family)
{
	strs_fini(&family->layers);
	free(family->below);
	*family = (struct image_family){0};
}

size_t image_family_below(
	const struct image_family *family, const struct image_entry *rows, size_t row, size_t nth)
{
	size_t on = row < family->count ? family->below[row] : SIZE_MAX;

	for (; on != SIZE_MAX; on = family->below[on])
		if (strcmp(rows[on].id, rows[row].id) != 0 && nth-- == 0)
			return on;
	return SIZE_MAX;
}
