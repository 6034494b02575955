/* manual.c - a page of the manual, as a text to scroll and search in. */
#include <stdio.h>

#include "tui/manual.h"
#include "tui/pane/pane.h"

struct pane *manual_new(struct app *app, const char *name, size_t line)
{
	const struct topic *topic = manual_find(name);
	auto_buf page = BUF_INIT;
	struct pane *pane;
	char title[120];

	if (!topic) {
		app_toast(app, ROLE_WARN, "The manual has no page called %s", name);
		return NULL;
	}
	manual_render(topic, MANUAL_WIDTH, &page);
	snprintf(title, sizeof(title), "%s (docs/%s.md)", topic->title, topic->name);
	pane = text_new(app, title, &page);
	if (pane)
		text_go(pane, line);
	else
		app_toast(app, ROLE_BAD, "out of memory");
	return pane;
}
