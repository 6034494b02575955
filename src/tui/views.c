/* views.c - see views.h. */
#include "tui/views.h"

static const struct view views[] = {
	{ACTION_CONTAINERS, CONTEXT_CONTAINERS, "Containers", "Ctrs", containers_new},
	{ACTION_IMAGES, CONTEXT_IMAGES, "Images", "Imgs", images_new},
	{ACTION_BUILDS, CONTEXT_BUILDS, "Builds", "Blds", builds_new},
	{ACTION_RESOURCES, CONTEXT_RESOURCES, "Resources", "Res", resources_pane_new},
	{ACTION_JOURNAL, CONTEXT_JOURNAL, "Journal", "Jrnl", journal_new},
	{ACTION_LEARN, CONTEXT_LEARN, "Learn", "Lrn", lessons_new},
};

const struct view *views_all(size_t *count)
{
	*count = array_len(views);
	return views;
}

const struct view *view_of_action(enum action action)
{
	for (size_t i = 0; i < array_len(views); i++)
		if (views[i].action == action)
			return &views[i];
	return NULL;
}

const struct view *view_of_context(enum context context)
{
	for (size_t i = 0; i < array_len(views); i++)
		if (views[i].context == context)
			return &views[i];
	return NULL;
}
