/* moments.c - see moments.h. */
#include <stdio.h>

#include "tui/moments.h"

/* Of an action that lasted, when it was begun: that is where it stands among the others. */
uint64_t moment_time(const struct moment_row *row)
{
	return row->act ? row->act->time_ns - row->act->us * 1000 : row->event->time_ns;
}

uint64_t moment_key(const struct moment_row *row)
{
	return row->act ? row->act->seq << 1 | 1 : row->event->seq << 1;
}

const char *moment_name(const struct moment_row *row)
{
	return row->act ? row->act->name : row->event->name;
}

const char *moment_id(const struct moment_row *row)
{
	return row->act ? row->act->id : row->event->id;
}

static const char *what(const struct moment_row *row)
{
	return row->act ? row->act->what : row->event->action;
}

const char *moment_result(const struct moment_row *row, char room[24])
{
	if (row->act)
		return *row->act->error ? "failed" : row->act->undone ? "undone" : "ok";
	if (!*row->event->code)
		return "";
	snprintf(room, 24, "exit %.16s", row->event->code);
	return room;
}

size_t moments_turn(const struct actions *actions, const struct model *model)
{
	return actions_taken(actions) + model_happened(model);
}

/* What was done stands before what came of it: its record is written last, but says when it ended.
 */
bool moments_next(const struct actions *actions, const struct model *model, size_t *a, size_t *e,
	struct moment_row *out)
{
	const struct act *act = actions_at(actions, *a);
	const struct happening *event = model_happening(model, *e);
	uint64_t began = act ? moment_time(&(struct moment_row){.act = act}) : 0;

	if (!act && !event)
		return false;
	if (act && (!event || began >= event->time_ns)) {
		*out = (struct moment_row){.act = act};
		++*a;
	} else {
		*out = (struct moment_row){.event = event};
		++*e;
	}
	return true;
}

/* ---- what a filter can ask ---- */

enum field {
	FIELD_WHO,
	FIELD_ACTION,
	FIELD_NAME,
	FIELD_TYPE,
	FIELD_RESULT,
	FIELD_ID,
	FIELD_VIA,
	FIELD_COMMAND,
	FIELD_EXIT,
	FIELD_UNDO,
	FIELD_WHEN,
	FIELD_SINCE,
	FIELD_UNTIL,
};

static const struct filter_field fields[] = {
	[FIELD_WHO] = {"who", FILTER_TEXT, true, NULL, "who did it"},
	[FIELD_ACTION] = {"action", FILTER_TEXT, true, NULL, "remove, start, die, pull, …"},
	[FIELD_NAME] = {"name", FILTER_TEXT, true, NULL, "of whom"},
	[FIELD_TYPE] = {"type", FILTER_TEXT, true, NULL, "container, image, network, …"},
	[FIELD_RESULT] = {"result", FILTER_TEXT, true, NULL, "ok, failed, undone, exit 3"},
	[FIELD_ID] = {"id", FILTER_BEGIN, true, NULL, "of whom, from the beginning"},
	[FIELD_VIA] = {"via", FILTER_TEXT, false, NULL, "screen, cli"},
	[FIELD_COMMAND] = {"command", FILTER_LONG, false, NULL, "the command line"},
	[FIELD_EXIT] = {"exit", FILTER_NUMBER, false, NULL, "the code it ended with"},
	[FIELD_UNDO] = {"undo", FILTER_FLAG, false, NULL, "something takes it back"},
	[FIELD_WHEN] = {"when", FILTER_WHEN, false, NULL, "today, 14:02, >2026-11-26, …"},
	[FIELD_SINCE] = {"since", FILTER_SINCE, false, NULL, "10m, 14:02, yesterday, …"},
	[FIELD_UNTIL] = {"until", FILTER_UNTIL, false, NULL, "likewise"},
};

static bool text(const char *value, size_t nth, struct filter_value *out)
{
	out->text = value;
	return nth == 0 && *value;
}

/* Lent until the next call, as a filter's values are. */
static const char *result_of(const struct moment_row *row)
{
	static char room[24];

	return moment_result(row, room);
}

static bool value(
	const void *data, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct moment_row *row = data;
	const struct act *act = row->act;

	(void)key;
	*out = (struct filter_value){.time_ns = moment_time(row)};
	switch ((enum field)field) {
	case FIELD_WHO:
		return text(act ? act->who : "", nth, out);
	case FIELD_ACTION:
		return text(what(row), nth, out);
	case FIELD_NAME:
		return text(moment_name(row), nth, out);
	case FIELD_TYPE:
		return text(event_type_name(act ? act->type : row->event->type), nth, out);
	case FIELD_RESULT:
		return text(result_of(row), nth, out);
	case FIELD_ID:
		return text(moment_id(row), nth, out);
	case FIELD_VIA:
		return text(act ? act->via : "", nth, out);
	case FIELD_COMMAND:
		return text(act ? act->command : "", nth, out);
	case FIELD_EXIT:
		out->number = row->event ? atoi(row->event->code) : 0;
		return nth == 0 && row->event && *row->event->code;
	case FIELD_UNDO:
		out->number = act && *act->undo && !act->undone;
		return nth == 0;
	case FIELD_WHEN:
	case FIELD_SINCE:
	case FIELD_UNTIL:
		return nth == 0;
	}
	return false;
}

const struct filter_set moment_fields = {fields, array_len(fields), value, "result:failed"};
