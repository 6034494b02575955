/* image_lines.c - see image_lines.h. */
#include <assert.h>

#include "tui/image_lines.h"
#include "tui/row_fields.h"

static const char *const sort_names[] = {
	[IMAGE_BY_AGE] = "age",
	[IMAGE_BY_NAME] = "name",
	[IMAGE_BY_SIZE] = "size",
	[IMAGE_BY_UNIQUE] = "what it alone has",
	[IMAGE_BY_USE] = "use",
};
static_assert(array_len(sort_names) == IMAGE_SORTS, "every order has a name");

const char *image_sort_name(enum image_sort sort)
{
	return sort_names[sort];
}

struct order {
	enum image_sort sort;
	bool reverse;
};

static uint64_t unique_of(const struct image_line *line)
{
	return line->shared == UINT64_MAX || line->shared > line->image->size
		       ? 0
		       : line->image->size - line->shared;
}

static int descending(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* Names that are missing come last. */
static int by_name(const char *a, const char *b)
{
	return !*a != !*b ? (*a ? -1 : 1) : strcmp(a, b);
}

static int by_image(const struct image_line *a, const struct image_line *b, enum image_sort sort)
{
	switch (sort) {
	case IMAGE_BY_AGE:
		return descending(a->image->created_ns, b->image->created_ns);
	case IMAGE_BY_SIZE:
		return descending(a->image->size, b->image->size);
	case IMAGE_BY_UNIQUE:
		return descending(unique_of(a), unique_of(b));
	case IMAGE_BY_USE:
		return descending(a->image->containers, b->image->containers);
	case IMAGE_BY_NAME:
	case IMAGE_SORTS:
		break;
	}
	return 0;
}

static int compare_ids(const void *pa, const void *pb)
{
	const struct image_line *a = pa, *b = pb;
	int order = strcmp(a->image->id, b->image->id);

	return order ? order : by_name(a->image->reference, b->image->reference);
}

/* One for all names of an image: its first name stands for it. */
struct head {
	struct image_line *lines;
	size_t count;
};

static int compare_heads(const void *pa, const void *pb, void *arg)
{
	const struct head *a = pa, *b = pb;
	const struct order *wanted = arg;
	int order = by_image(a->lines, b->lines, wanted->sort);

	order = order ? order : by_name(a->lines->image->reference, b->lines->image->reference);
	order = order ? order : strcmp(a->lines->image->id, b->lines->image->id);
	return wanted->reverse ? -order : order;
}

/* `from` is by id, so that the names of one image follow each other. */
static bool arrange(const struct image_lines *from, struct order *order, struct image_line *to)
{
	auto_free struct head *heads = calloc(from->count + 1, sizeof(*heads));
	size_t n = 0, at = 0;

	if (!heads)
		return false;
	for (size_t i = 0; i < from->count; i++) {
		if (i == 0 || strcmp(from->list[i].image->id, from->list[i - 1].image->id) != 0)
			heads[n++].lines = &from->list[i];
		heads[n - 1].count++;
	}
	qsort_r(heads, n, sizeof(*heads), compare_heads, order);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < heads[i].count; k++) {
			to[at] = heads[i].lines[k];
			to[at++].more = k > 0;
		}
	return true;
}

void image_lines_fini(struct image_lines *lines)
{
	free(lines->list);
	*lines = (struct image_lines){0};
}

void image_lines_make(struct image_lines *lines, const struct model *model,
	const struct filter *filter, uint64_t now_ns, enum image_sort sort, bool reverse)
{
	size_t count;
	const struct image_entry *images = model_images(model, &count);
	const uint64_t *shared = model_shared(model);
	struct image_row row = {.images = images, .family = model_family(model)};
	struct image_lines found = {calloc(count + 1, sizeof(*found.list)), 0};
	struct image_line *list = calloc(count + 1, sizeof(*list));
	struct order order = {sort, reverse};

	for (size_t i = 0; found.list && list && i < count; i++) {
		row.at = i;
		if (!filter || filter_meets(filter, &row, now_ns))
			found.list[found.count++] = (struct image_line){
				&images[i], shared ? shared[i] : UINT64_MAX, false};
	}
	image_lines_fini(lines);
	if (found.count)
		qsort(found.list, found.count, sizeof(*found.list), compare_ids);
	if (found.list && list && arrange(&found, &order, list))
		*lines = (struct image_lines){take(list), found.count};
	free(list);
	free(found.list);
}

struct image_totals image_lines_totals(const struct model *model)
{
	struct image_totals totals = {0};
	struct image_lines all = {0};

	image_lines_make(&all, model, NULL, 0, IMAGE_BY_AGE, false);
	for (size_t i = 0; i < all.count; i++) {
		if (all.list[i].more)
			continue;
		totals.images++;
		totals.dangling += !*all.list[i].image->reference;
		totals.unused += !all.list[i].image->containers;
		if (!all.list[i].image->containers)
			totals.unused_size += unique_of(&all.list[i]);
	}
	image_lines_fini(&all);
	return totals;
}
