/* naming.c - another name for a container or an image, typed in one line; see forms.h. */
#include <stdio.h>

#include "tui/pane/forms.h"

/* Freed when the line is done. */
struct naming {
	struct app *app;
	char who[300], name[300];
	bool image;
};

static void carry_out(struct naming *naming, const char *text)
{
	char command[700];

	snprintf(command, sizeof(command),
		naming->image ? "davit tag %.300s %.300s" : "davit rename %.300s %.300s",
		naming->name, text);
	if (app_refuses(naming->app, command))
		return;
	if (naming->image)
		app_tag(naming->app, naming->who, text);
	else
		app_rename(naming->app, naming->who, text);
}

static void on_typed(void *arg, const char *text, bool done)
{
	struct naming *naming = arg;

	if (!done)
		return;
	if (*text && strcmp(text, naming->name) != 0)
		carry_out(naming, text);
	free(naming);
}

static void ask(struct app *app, bool image, const char *who, const char *name)
{
	struct naming *naming = calloc(1, sizeof(*naming));
	char label[80];

	if (!naming) {
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	naming->app = app;
	naming->image = image;
	snprintf(naming->who, sizeof(naming->who), "%s", who);
	snprintf(naming->name, sizeof(naming->name), "%s", name);
	snprintf(label, sizeof(label),
		image ? "Another name for %.40s: " : "Rename %.40s to: ", name);
	app_prompt(app, label, name, on_typed, naming);
}

void rename_ask(struct app *app, const struct row *row)
{
	ask(app, false, row->c.id, row->c.name);
}

void tag_ask(struct app *app, const char *who, const char *reference)
{
	ask(app, true, who, reference);
}
