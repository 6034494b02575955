/* model.h - the screen's own copy of the world.
 *
 * Containers are known by id: a row keeps its statistics, its mark and what was asked of it across
 * snapshots. Panes see the rows that pass the filter, in order. */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include "tui/filter.h"
#include "tui/image_family.h"
#include "tui/trail.h"
#include "tui/world.h"
#include "util/own.h"

enum { EVENTS_KEPT = 1000 };

enum sort {
	SORT_STATE,
	SORT_NAME,
	SORT_CPU, /* the average of ten seconds */
	SORT_MEMORY,
	SORT_NETWORK,
	SORT_IO,
	SORT_PIDS,
	SORT_RESTARTS,
	SORT_AGE,
	SORT_IMAGE,
	SORT_COUNT
};

struct row {
	struct container c;
	bool marked;
	bool in_view; /* painted lately: its figures are worth reading */
	bool asked;   /* a verb is under way */
	enum verb verb;
	int64_t asked_ms;
	int grace_s;   /* what stopping waits before it kills; -1: for ever */
	bool measured; /* memory and tasks are known */
	bool moving;   /* and what two readings make: cpu, network, i/o */
	/* Each held still while it hardly changes: percent of one processor, bytes, bytes a second.
	 */
	double cpu, received, sent, read, written;
	uint64_t memory, memory_limit, pids, pids_limit;
	unsigned processors;
	struct container_stats last;
	struct trail *trail; /* NULL: never measured while it was in view */
	double weight;       /* what an order by figures goes by, until it is arranged anew */
	struct container_pressure pressure;  /* of the one that is looked at closely */
	double throttled;                    /* percent of the periods between two of these */
	const struct container_facts *facts; /* never NULL: container_facts_none as long as none
					      * are known */
	bool has_facts;                      /* as of facts_of: */
	uint64_t facts_of;                   /* what its row was like */
};

struct totals {
	size_t all, running, unhealthy, paused, failed, oom;
	double cpu;
	uint64_t memory;
};

struct happening {
	uint64_t seq, time_ns;
	enum event_type type;
	/* Texts are never NULL. */
	const char *id, *action, *name;
	const char *code; /* the exit code of a "die", or "" */
	const char *text; /* all of it in one line */
};

/* Something whose files are to be compared with another's. */
struct compared {
	char id[65], name[280]; /* id "": nothing */
	bool container;
};

struct model;

struct model *model_new(void);
void model_free(struct model *model);
own_define(model)

/* Takes over `rows` (from malloc, or NULL). -ENOMEM keeps what was there. */
int model_take_containers(struct model *model, struct container *rows, size_t count);
int model_take_images(struct model *model, struct image_entry *rows, size_t count);
/* CLOCK_REALTIME: ages are asked of it. */
void model_set_now(struct model *model, uint64_t now_ns);
/* Two readings make a measurement. */
void model_take_stats(struct row *row, const struct container_stats *stats);
void model_take_pressure(struct row *row, const struct container_pressure *pressure);
/* An event that was taken before changes nothing. */
void model_take_event(struct model *model, const struct event *event);

/* The rows that pass the filter, sorted; lent until the next change. */
struct row *const *model_rows(const struct model *model, size_t *count);
/* Every row, by id. */
struct row *const *model_all(const struct model *model, size_t *count);
struct row *model_row(const struct model *model, const char *id); /* NULL: gone */
const struct image_entry *model_images(const struct model *model, size_t *count);
/* How much of each image others have too, in their order; NULL: not known since they were taken. */
const uint64_t *model_shared(const struct model *model);
void model_take_shared(struct model *model, uint64_t *shared); /* takes over, from malloc */
/* What they stand on; NULL: not known since they were taken. */
const struct image_family *model_family(const struct model *model);
void model_take_family(struct model *model, const struct image_family *family); /* takes over */
struct totals model_totals(const struct model *model);
/* Of those that the filter lets through; all: of them. */
struct totals model_totals_shown(const struct model *model);
/* What was taken so far; reading them again from the beginning may follow. */
void model_forget_events(struct model *model);
/* How many were ever taken. */
size_t model_happened(const struct model *model);
/* The newest first; NULL when there are fewer. Lent until the next is taken. */
const struct happening *model_happening(const struct model *model, size_t age);

/* Figures have changed: an order by them goes by the new ones from here on. */
void model_arrange(struct model *model);
bool model_sorts_by_figures(const struct model *model);
/* Figures or facts have changed: who passes the filter may have too. */
void model_refilter(struct model *model);

/* The next row whose facts are not known or not true any more, those in view first; NULL: none. */
struct row *model_wants_facts(const struct model *model);
/* Takes `facts` over; NULL: they cannot be had, and are not wanted again until the row
 * changes. */
void model_take_facts(struct model *model, struct row *row, struct container_facts *facts);
/* Something that its row does not show has changed. */
void model_doubt_facts(struct model *model, const char *id);
/* Grows with whatever changes which rows there are, their order or their facts. */
unsigned model_version(const struct model *model);

/* Which rows are shown. The model takes the filter (of container_fields) over; NULL: all of them.
 */
void model_filter(struct model *model, struct filter *filter);
const char *model_filter_text(const struct model *model);
void model_sort(struct model *model, enum sort sort, bool reverse);
enum sort model_sort_of(const struct model *model, bool *reverse);
const char *model_sort_name(enum sort sort);

/* What was chosen first; lent. */
const struct compared *model_compared(const struct model *model);
void model_compare(struct model *model, const struct compared *with);

size_t model_marked(const struct model *model);
void model_unmark(struct model *model);

#endif
