/* containers.c - reading the roster as the façade shows it, and setting right what it says of the
 * dead. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_own.h"
#include "core/lifecycle.h"
#include "core/process.h"
#include "util/own.h"

static const char *const state_names[] = {
	[CONTAINER_CREATED] = "created",
	[CONTAINER_RUNNING] = "running",
	[CONTAINER_PAUSED] = "paused",
	[CONTAINER_RESTARTING] = "restarting",
	[CONTAINER_REMOVING] = "removing",
	[CONTAINER_EXITED] = "exited",
	[CONTAINER_DEAD] = "dead",
};

const char *container_state_name(enum container_state state)
{
	return (size_t)state < array_len(state_names) && state_names[state] ? state_names[state]
									    : "unknown";
}

const char *container_health_name(enum container_health health)
{
	static const char *const names[] = {
		[CONTAINER_HEALTH_NONE] = "none",
		[CONTAINER_HEALTH_STARTING] = "starting",
		[CONTAINER_HEALTH_HEALTHY] = "healthy",
		[CONTAINER_HEALTH_UNHEALTHY] = "unhealthy",
	};

	return (size_t)health < array_len(names) ? names[health] : names[CONTAINER_HEALTH_NONE];
}

/* The row's words and the façade's are the same numbers. */
_Static_assert((int)CONTAINER_HEALTH_UNHEALTHY == (int)HEALTH_UNHEALTHY &&
		       (int)CONTAINER_HEALTH_HEALTHY == (int)HEALTH_HEALTHY &&
		       (int)CONTAINER_HEALTH_STARTING == (int)HEALTH_STARTING,
	"health");

static enum container_state state_of(const struct row *row)
{
	if (row->use == ROW_REMOVING)
		return CONTAINER_REMOVING;
	switch (row->state.status) {
	case ROW_RUNNING:
		return CONTAINER_RUNNING;
	case ROW_PAUSED:
		return CONTAINER_PAUSED;
	case ROW_RESTARTING:
		return CONTAINER_RESTARTING;
	case ROW_DEAD:
		return CONTAINER_DEAD;
	case ROW_EXITED:
		return CONTAINER_EXITED;
	case ROW_STARTING: /* a second start is still what the first left, until it runs */
		return row->state.finished_ns ? CONTAINER_EXITED : CONTAINER_CREATED;
	default:
		return CONTAINER_CREATED;
	}
}

void container_from_row(const struct row *row, struct container *out)
{
	const struct row_state *state = &row->state;

	*out = (struct container){
		.state = state_of(row),
		.oom_killed = state->flags & ROW_OOM,
		.by_hand = state->flags & ROW_BY_HAND,
		.auto_remove = state->flags & ROW_AUTO_REMOVE,
		.tty = state->flags & ROW_TTY,
		.stdin_open = state->flags & ROW_STDIN,
		.has_ports = state->flags & ROW_PORTS,
		.code_lost = state->flags & ROW_CODE_LOST,
		.exit_code = state->exit_code,
		.restarts = state->restarts,
		.health = (enum container_health)state->health,
		.failing_streak = state->health_streak,
		.created_ns = row->created_ns,
		.started_ns = state->started_ns,
		.finished_ns = state->finished_ns,
	};
	if (out->state == CONTAINER_RUNNING || out->state == CONTAINER_PAUSED) {
		out->stopping = state->flags & ROW_STOPPING;
		out->pid = state->init.pid;
		out->exit_code = 0; /* the last life's is history, as in docker */
	}
	snprintf(out->id, sizeof(out->id), "%.64s", row->id);
	snprintf(out->name, sizeof(out->name), "%s", row->name);
	snprintf(out->image, sizeof(out->image), "%s", row->image);
	snprintf(out->image_id, sizeof(out->image_id), "%.64s", row->image_id);
	snprintf(out->command, sizeof(out->command), "%s", row->command);
	snprintf(out->error, sizeof(out->error), "%s", state->error);
}

/* What cannot be true unless somebody is at work on it. */
static bool claims_somebody(const struct row *row)
{
	return row->use != ROW_USED || lifecycle_outlived_itself(row) || row_is_monitored(row);
}

/* A remover is known by the lock alone. */
static bool is_at_work(const struct row *row)
{
	switch (row->use) {
	case ROW_CREATING:
		return process_is_alive(&row->maker);
	case ROW_USED:
		return process_is_alive(&row->state.shim);
	default:
		return false;
	}
}

void engine_correct_row(struct engine *engine, unsigned number, struct row *row)
{
	if (engine->read_only || !claims_somebody(row) || is_at_work(row))
		return;
	if (lifecycle_repair(engine, number, row, NULL))
		roster_read(engine->roster, number, row);
}

int engine_find_row(
	struct engine *engine, const char *who, unsigned *number, struct row *row, struct err *err)
{
	int failed = roster_find(engine->roster, who, number, row, err);

	if (failed)
		return failed;
	engine_correct_row(engine, *number, row);
	if (row->use == ROW_USED)
		return 0;
	return err_set(err, ENOENT, "No such container: %s", who);
}

static int newest_first(const void *a, const void *b)
{
	const struct container *x = a, *y = b;

	if (x->created_ns != y->created_ns)
		return x->created_ns < y->created_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

int engine_containers(struct engine *engine, struct container **out, size_t *count, struct err *err)
{
	unsigned last = roster_last(engine->roster);
	struct container *list = calloc(last + 1, sizeof(*list));
	struct roster_scan scan;
	struct row *row;
	size_t used = 0;

	if (!list)
		return err_set(err, ENOMEM, "list containers: out of memory");
	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan)) && scan.number <= last) {
		engine_correct_row(engine, scan.number, row);
		if (row->use == ROW_USED || row->use == ROW_REMOVING)
			container_from_row(row, &list[used++]);
	}
	qsort(list, used, sizeof(*list), newest_first);
	*out = list;
	*count = used;
	return 0;
}

int engine_container(struct engine *engine, const char *who, struct container *out, struct err *err)
{
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, who, &number, &row, err);

	if (!failed)
		container_from_row(&row, out);
	return failed;
}

int engine_repair(struct engine *engine, struct buf *report, struct err *err)
{
	unsigned last = roster_last(engine->roster);

	(void)err;
	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		if (roster_read(engine->roster, i, &row) == 0 && claims_somebody(&row) &&
			!is_at_work(&row))
			lifecycle_repair(engine, i, &row, report);
	}
	return 0;
}
