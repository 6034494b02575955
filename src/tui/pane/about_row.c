/* about_row.c - see about_row.h. */
#include "tui/pane/about_row.h"

static bool acts_on_row(enum action action)
{
	switch (action) {
	case ACTION_START:
	case ACTION_STOP:
	case ACTION_RESTART:
	case ACTION_PAUSE:
	case ACTION_KILL:
	case ACTION_REMOVE:
	case ACTION_SHELL:
	case ACTION_ATTACH:
	case ACTION_ATTACH_FULL:
	case ACTION_LOGS:
	case ACTION_INSPECT:
	case ACTION_STATS:
	case ACTION_TOP:
	case ACTION_EXEC:
	case ACTION_RENAME:
	case ACTION_COMMIT:
	case ACTION_LIMITS:
	case ACTION_MARK:
		return true;
	default:
		return false;
	}
}

static const char *of_running(enum action action)
{
	return action == ACTION_START ? "already running" : NULL;
}

static const char *of_paused(enum action action)
{
	switch (action) {
	case ACTION_SHELL:
	case ACTION_ATTACH:
	case ACTION_ATTACH_FULL:
	case ACTION_EXEC:
		return "paused";
	case ACTION_START:
		return "already running, paused";
	default:
		return NULL;
	}
}

static const char *of_stopped(enum action action)
{
	switch (action) {
	case ACTION_STOP:
		return "already stopped";
	case ACTION_RESTART:
	case ACTION_PAUSE:
	case ACTION_KILL:
	case ACTION_SHELL:
	case ACTION_ATTACH:
	case ACTION_ATTACH_FULL:
	case ACTION_EXEC:
	case ACTION_TOP:
	case ACTION_STATS:
		return "not running";
	default:
		return NULL;
	}
}

const char *row_why_not(const struct row *row, enum action action)
{
	if (!row)
		return acts_on_row(action) ? "no container is selected" : NULL;
	switch (row->c.state) {
	case CONTAINER_RUNNING:
		return of_running(action);
	case CONTAINER_PAUSED:
		return of_paused(action);
	case CONTAINER_RESTARTING:
		return action == ACTION_SHELL || action == ACTION_ATTACH ? "between two starts"
									 : NULL;
	case CONTAINER_REMOVING:
		return acts_on_row(action) && action != ACTION_INSPECT ? "being removed" : NULL;
	case CONTAINER_CREATED:
	case CONTAINER_EXITED:
	case CONTAINER_DEAD:
		return of_stopped(action);
	}
	return NULL;
}

bool row_copies(const struct row *row, size_t nth, const char **what, struct buf *text)
{
	const struct {
		const char *what, *text;
	} list[] = {{"the name", row ? row->c.name : ""}, {"the id", row ? row->c.id : ""},
		{"the image", row ? row->c.image : ""}, {"the command", row ? row->c.command : ""}};

	if (!row || nth >= array_len(list))
		return false;
	*what = list[nth].what;
	buf_adds(text, list[nth].text);
	return true;
}

void row_fields(const struct row *row, struct strs *fields)
{
	if (!row)
		return;
	strs_addf(fields, "Name=%s", row->c.name);
	strs_addf(fields, "ID=%s", row->c.id);
	strs_addf(fields, "Image=%s", row->c.image);
	strs_addf(fields, "ImageID=%s", row->c.image_id);
	strs_addf(fields, "Command=%s", row->c.command);
	strs_addf(fields, "State=%s", container_state_name(row->c.state));
	strs_addf(fields, "Pid=%d", row->c.pid);
}
