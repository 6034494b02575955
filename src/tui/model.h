/* model.h - the screen's own copy of the world.
 *
 * Containers are known by id: a row keeps its statistics, its mark and what was asked of it across
 * snapshots. Panes see the rows that pass the filter, in order. */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include "tui/filter.h"
#include "tui/world.h"
#include "util/own.h"

enum { HISTORY = 64, EVENTS_KEPT = 1000 };

enum sort { SORT_STATE, SORT_NAME, SORT_CPU, SORT_MEMORY, SORT_AGE, SORT_COUNT };

struct row {
	struct container c;
	bool marked;
	bool in_view; /* painted lately: its figures are worth reading */
	bool asked;   /* a verb is under way */
	enum verb verb;
	int64_t asked_ms;
	int grace_s;   /* what stopping waits before it kills; -1: for ever */
	bool measured; /* cpu and memory are known */
	double cpu;    /* percent of one processor, held still while it hardly changes */
	uint64_t memory, memory_limit, pids;
	struct container_stats last;
	float history[HISTORY]; /* cpu, oldest first */
	int history_len;
};

struct totals {
	size_t all, running, paused, failed, oom;
	double cpu;
	uint64_t memory;
};

struct happening {
	uint64_t seq, time_ns;
	enum event_type type;
	char id[65], action[24], name[136];
	char code[8];   /* the exit code of a "die", or "" */
	char text[200]; /* all of it in one line */
};

struct model;

struct model *model_new(void);
void model_free(struct model *model);
own_define(model);

/* Takes over `rows` (from malloc, or NULL). -ENOMEM keeps what was there. */
int model_take_containers(struct model *model, struct container *rows, size_t count);
int model_take_images(struct model *model, struct image_entry *rows, size_t count);
/* CLOCK_REALTIME: ages are asked of it. */
void model_set_now(struct model *model, uint64_t now_ns);
/* Two readings make a measurement. */
void model_take_stats(struct row *row, const struct container_stats *stats);
/* An event that was taken before changes nothing. */
void model_take_event(struct model *model, const struct event *event);

/* The rows that pass the filter, sorted; lent until the next change. */
struct row *const *model_rows(const struct model *model, size_t *count);
/* Every row, by id. */
struct row *const *model_all(const struct model *model, size_t *count);
struct row *model_row(const struct model *model, const char *id); /* NULL: gone */
const struct image_entry *model_images(const struct model *model, size_t *count);
struct totals model_totals(const struct model *model);
/* What was taken so far; reading them again from the beginning may follow. */
void model_forget_events(struct model *model);
/* The newest first; NULL when there are fewer. */
const struct happening *model_happening(const struct model *model, size_t age);

/* Figures have changed: an order by them may have too. */
void model_arrange(struct model *model);

/* Which rows are shown. The model takes the filter (of container_fields) over; NULL: all of them.
 */
void model_filter(struct model *model, struct filter *filter);
const char *model_filter_text(const struct model *model);
void model_sort(struct model *model, enum sort sort, bool reverse);
enum sort model_sort_of(const struct model *model, bool *reverse);
const char *model_sort_name(enum sort sort);

size_t model_marked(const struct model *model);
void model_unmark(struct model *model);

#endif
