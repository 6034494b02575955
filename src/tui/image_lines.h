/* image_lines.h - images as they stand in the list: sorted, all names of one image together. */
#ifndef TUI_IMAGE_LINES_H
#define TUI_IMAGE_LINES_H

#include "tui/choices.h"
#include "tui/filter.h"
#include "tui/model.h"

struct image_line {
	const struct image_entry *image; /* lent by the model */
	uint64_t shared;                 /* of its size; UINT64_MAX: not known */
	bool more;                       /* another name of the image in the line above */
};

struct image_lines {
	struct image_line *list;
	size_t count;
};

struct image_totals {
	size_t images, dangling, unused;
	uint64_t unused_size; /* what removing those would give back, at least */
};

/* NULL filter: all of them. What there is no memory for is left out. */
void image_lines_make(struct image_lines *lines, const struct model *model,
	const struct filter *filter, uint64_t now_ns, enum image_sort sort, bool reverse);
void image_lines_fini(struct image_lines *lines);
struct image_totals image_lines_totals(const struct model *model);
const char *image_sort_name(enum image_sort sort);

#endif
