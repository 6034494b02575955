/* link_record.c - see link_record.h. */
#include <stdarg.h>
#include <stdio.h>

#include "tui/link_record.h"

static char *format(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

void link_record_as(struct deed *deed, enum event_type type, const char *what, const char *id,
	const char *name, const char *command, ...)
{
	struct link_record *record = &deed->record;
	va_list args;

	record->type = type;
	record->what = what;
	record->began_ns = uv_hrtime();
	record->id = id ? strdup(id) : NULL;
	record->name = name ? strdup(name) : NULL;
	snprintf(record->group, sizeof(record->group), "%s", deed->link->group);
	va_start(args, command);
	record->command = format(command, args);
	va_end(args);
}

void link_record_undo(struct deed *deed, const char *undo, ...)
{
	va_list args;

	va_start(args, undo);
	deed->record.undo = format(undo, args);
	va_end(args);
}

const char *link_record_name(struct link *link, const char *id, struct container *room)
{
	struct err err;

	if (engine_container(link->engine, id, room, &err) < 0)
		snprintf(room->name, sizeof(room->name), "%.12s", id);
	return room->name;
}

/* ---- names of images ---- */

/* Under that name; `names`: how many it has. False: there is none. */
static bool find_image(struct link *link, const char *name, char id[65], size_t *names)
{
	auto_free struct image_entry *rows = NULL;
	size_t count = 0;
	struct err err;

	*names = 0;
	if (engine_image_find(link->engine, name, id, &err) < 0 ||
		engine_images(link->engine, &rows, &count, &err) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		*names += strcmp(rows[i].id, id) == 0 && rows[i].reference[0];
	return true;
}

/* The image itself goes with its last name, and does not come back. */
void link_record_untag(struct deed *deed, const char *name)
{
	char id[65] = "";
	size_t names;
	bool found = find_image(deed->link, name, id, &names);

	link_record_as(deed, EVENT_IMAGE, "remove", id, name, "rmi %s", name);
	if (found && names > 1 && strncmp(id, name, strlen(name)) != 0)
		link_record_undo(deed, "tag %s %s", id, name);
}

void link_record_tag(struct deed *deed, const char *who, const char *name)
{
	char id[65] = "", before[65] = "";
	size_t names, others;
	bool found = find_image(deed->link, who, id, &names);

	link_record_as(deed, EVENT_IMAGE, "tag", id, name, "tag %s %s", who, name);
	if (find_image(deed->link, name, before, &others) && strcmp(before, id) != 0)
		link_record_undo(deed, "tag %s %s", before, name);
	else if (!before[0] && found && names) /* without another name it would go with this one */
		link_record_undo(deed, "untag %s", name);
}

void link_record_add(const struct deed *deed, const struct op_result *result)
{
	const struct link_record *record = &deed->record;
	auto_buf command = BUF_INIT;
	struct engine_action action = {.type = record->type,
		.what = record->what,
		.id = record->id,
		.name = record->name,
		.via = "screen",
		.err = result->err,
		.began_ns = record->began_ns,
		.undo = record->undo,
		.group = record->group,
		.undoes = record->is_undo ? &record->undoes : NULL};

	if (!record->what)
		return;
	if (record->command)
		buf_addf(&command, "davit %s", record->command);
	action.command = buf_text(&command);
	engine_action_add(deed->link->engine, &action);
}

void link_record_fini(struct link_record *record)
{
	free(record->id);
	free(record->name);
	free(record->command);
	free(record->undo);
}
