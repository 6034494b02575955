/* row_fields.h - what a filter can ask of the rows of the lists: their fields, for tui/filter.h. */
#ifndef TUI_ROW_FIELDS_H
#define TUI_ROW_FIELDS_H

#include "tui/filter.h"
#include "tui/image_family.h"

extern const struct filter_set container_fields; /* of struct row */
extern const struct filter_set image_fields;     /* of struct image_row */

/* One of all images. */
struct image_row {
	const struct image_entry *images;
	size_t at;
	const struct image_family *family; /* NULL: not known; see row_fields_need_family */
};
/* Whether the filter asks what an image stands on, or is made of. */
bool row_fields_need_family(const struct filter *filter);

#endif
