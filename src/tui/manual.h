/* manual.h - the pages of docs/, built in, so that help needs nothing but the program. */
#ifndef TUI_MANUAL_H
#define TUI_MANUAL_H

#include <stddef.h>

#include "util/buf.h"

enum { MANUAL_WIDTH = 78 }; /* columns that pages are filled to */

struct topic {
	char name[32], title[64];
	const char *text; /* Markdown, not NUL-terminated */
	size_t len;
};

const struct topic *manual_topic(size_t index);    /* NULL: no more */
const struct topic *manual_find(const char *name); /* also by its beginning; NULL: none */
/* As plain text in `width` columns: paragraphs filled, code and tables as they are. */
void manual_render(const struct topic *topic, size_t width, struct buf *out);

struct manual_match {
	const struct topic *topic;
	size_t line; /* of the page as it is rendered */
	char text[160];
};
/* Lines that have all the words in them; how many were put into out. */
size_t manual_search(const char *words, size_t width, struct manual_match *out, size_t room);

#endif
