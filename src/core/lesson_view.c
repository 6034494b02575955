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

void lesson_view_command(const char *show, struct buf *out)
{
	static const struct {
		const char *word, *command;
	} views[] = {
		{"containers", "davit ps -a --format 'table {{.Names}}\t{{.Image}}\t{{.Status}}'"},
		{"images", "davit images"},
		{"events", "davit events --since 1h --until 0s"},
		{"volumes", "davit volume ls"},
		{"networks", "davit network ls"},
		{"logs", "davit logs"},
		{"launch", "davit explain"},
		{"why", "davit explain --why"},
		{"layers", "davit image layers"},
		{"tree", "davit image tree"},
		{"figure", "davit explain --figure"},
	};
	size_t len = strcspn(show, " ");
	char name[100], part[40] = "";

	if (sscanf(show, "hood %99s %39s", name, part) >= 1) {
		buf_addf(out, "davit explain --hood%s%s %s", *part ? " --part " : "", part, name);
		return;
	}
	for (size_t i = 0; i < array_len(views); i++)
		if (strlen(views[i].word) == len && strncmp(views[i].word, show, len) == 0)
			buf_addf(out, "%s%s", views[i].command, show + len);
	if (!out->len)
		buf_addf(out, "echo 'There is no view called %.*s'", (int)len, show);
}
