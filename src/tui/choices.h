/* choices.h - how somebody wants to see things: kept while the screen runs, whatever view is open.
 */
#ifndef TUI_CHOICES_H
#define TUI_CHOICES_H

#include <stdbool.h>

enum column {
	COLUMN_STATE,
	COLUMN_CPU,
	COLUMN_MEMORY,
	COLUMN_NET,
	COLUMN_IO,
	COLUMN_PIDS,
	COLUMN_PORTS,
	COLUMN_RESTARTS,
	COLUMN_UP,
	COLUMN_IMAGE,
	COLUMN_NETWORK,
	COLUMN_PROJECT,
	COLUMN_COMMAND,
	COLUMN_ID,
	COLUMN_COUNT
};

enum cpu_unit { UNIT_CORE, UNIT_LIMIT, UNIT_HOST, UNIT_COUNT };

enum image_sort {
	IMAGE_BY_AGE,
	IMAGE_BY_NAME,
	IMAGE_BY_SIZE,
	IMAGE_BY_UNIQUE, /* what no other image has */
	IMAGE_BY_USE,
	IMAGE_SORTS
};

struct choices {
	bool columns[COLUMN_COUNT]; /* wanted where there is room, */
	bool first[COLUMN_COUNT];   /* and before all others: somebody asked for it */
	enum cpu_unit unit;
	bool flat; /* containers without groups */
	enum image_sort image_sort;
	bool image_reverse;
};

#endif
