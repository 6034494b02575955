/* lesson_view.c - what a lesson shows, as the command that shows it. */
#include <stdio.h>
#include <string.h>

#include "core/lesson.h"

bool lesson_figure(const char *show, enum figure_kind *kind, const char **object)
{
	static const char word[] = "figure ";
	char name[16];
	size_t len;

	if (strncmp(show, word, sizeof(word) - 1) != 0)
		return false;
	show += sizeof(word) - 1;
	len = strcspn(show, " ");
	snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : 0), show);
	*kind = figure_find(name);
	*object = show + len + strspn(show + len, " ");
	return true;
}

static const struct view {
	const char *word, *command;
	bool table;
	const char *title; /* what stands before the rest */
} views[] = {
	{"containers", "davit ps -a --format 'table {{.Names}}\t{{.Image}}\t{{.Status}}'", true,
		"Containers"},
	{"images", "davit images", true, "Images"},
	{"events", "davit events --since 1h --until 0s", false, "Events"},
	{"volumes", "davit volume ls", true, "Volumes"},
	{"networks", "davit network ls", true, "Networks"},
	{"hood", NULL, true, "Under the hood:"},
	{"logs", "davit logs", false, "The log of"},
	{"launch", "davit explain", true, "The launch of"},
	{"why", "davit explain --why", false, "Why it ended:"},
	{"layers",
		"davit image layers --format 'table {{.Layer}}\t{{.DiffID}}\t{{.Size}}\t{{.CreatedBy}}'",
		true, "The layers of"},
	{"tree", "davit image tree", true, "The files of"},
	{"figure", "davit explain --figure", false, "Figure:"},
};

static const struct view *find_view(const char *show)
{
	size_t len = strcspn(show, " ");

	for (size_t i = 0; i < array_len(views); i++)
		if (strlen(views[i].word) == len && strncmp(views[i].word, show, len) == 0)
			return &views[i];
	return NULL;
}

bool lesson_view_is_table(const char *show)
{
	const struct view *view = find_view(show);

	return view && view->table;
}

bool lesson_view_has_sentences(const char *show)
{
	return strncmp(show, "hood ", 5) == 0 || strncmp(show, "launch ", 7) == 0;
}

void lesson_view_title(const char *show, struct buf *out)
{
	const struct view *view = find_view(show);

	buf_addf(out, "%s%s", view ? view->title : show, view ? show + strcspn(show, " ") : "");
}

void lesson_view_command(const char *show, struct buf *out)
{
	const struct view *view = find_view(show);
	size_t len = strcspn(show, " ");
	char name[100], part[40] = "";

	if (!view)
		buf_addf(out, "echo 'There is no view called %.*s'", (int)len, show);
	else if (view->command)
		buf_addf(out, "%s%s", view->command, show + len);
	else if (sscanf(show, "hood %99s %39s", name, part) >= 1)
		buf_addf(out, "davit explain --hood%s%s %s", *part ? " --part " : "", part, name);
}
