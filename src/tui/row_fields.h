/* row_fields.h - what a filter can ask of the rows of the lists: their fields, for tui/filter.h. */
#ifndef TUI_ROW_FIELDS_H
#define TUI_ROW_FIELDS_H

#include "tui/filter.h"

extern const struct filter_set container_fields; /* of struct row */
extern const struct filter_set image_fields;     /* of struct image_entry */

#endif
