/* model.c - see model.h. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

#include "tui/model.h"
#include "util/pack.h"

struct model {
	struct row **rows;  /* every container, by id */
	struct row **shown; /* those that pass the filter, sorted */
	size_t count, shown_count;
	struct image_entry *images;
	size_t image_count;
	uint64_t *shared; /* one an image, or NULL */
	struct image_family family;
	bool has_family;
	struct filter *filter; /* NULL: all pass */
	uint64_t now_ns;
	enum sort sort;
	bool reverse;
	struct happening *happenings[EVENTS_KEPT];
	size_t happened; /* since they were last forgotten */
	size_t taken;    /* ever */
	unsigned version;
	struct compared compared;
};

static const char *const sort_names[] = {
	[SORT_STATE] = "state",
	[SORT_NAME] = "name",
	[SORT_CPU] = "cpu",
	[SORT_MEMORY] = "memory",
	[SORT_NETWORK] = "network",
	[SORT_IO] = "i/o",
	[SORT_PIDS] = "tasks",
	[SORT_RESTARTS] = "restarts",
	[SORT_AGE] = "age",
	[SORT_IMAGE] = "image",
};
static_assert(array_len(sort_names) == SORT_COUNT, "every order has a name");

struct model *model_new(void)
{
	return calloc(1, sizeof(struct model));
}

static struct row *row_new(void)
{
	struct row *row = calloc(1, sizeof(*row));

	if (row)
		row->facts = &container_facts_none;
	return row;
}

static void forget_facts(struct row *row)
{
	if (row->facts != &container_facts_none)
		free((void *)row->facts);
	row->facts = &container_facts_none;
}

static void free_row(struct row *row)
{
	if (!row)
		return;
	forget_facts(row);
	free(row->trail);
	free(row);
}

static void free_rows(struct row **rows, size_t count)
{
	for (size_t i = 0; rows && i < count; i++)
		free_row(rows[i]);
	free(rows);
}

void model_free(struct model *model)
{
	if (!model)
		return;
	free_rows(model->rows, model->count);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(model->happenings[i]);
	free(model->shown);
	free(model->images);
	free(model->shared);
	image_family_fini(&model->family);
	filter_free(model->filter);
	free(model);
}

/* What is sick comes first, then what runs, then what failed, then the rest. */
static int state_rank(const struct container *c)
{
	switch (c->state) {
	case CONTAINER_RUNNING:
		return c->health == CONTAINER_HEALTH_UNHEALTHY ? -1 : 0;
	case CONTAINER_RESTARTING:
	case CONTAINER_PAUSED:
		return 0;
	case CONTAINER_DEAD:
	case CONTAINER_REMOVING:
		return 1;
	case CONTAINER_EXITED:
		return c->exit_code && !c->by_hand ? 1 : 3;
	case CONTAINER_CREATED:
		return 2;
	}
	return 3;
}

static int compare_numbers(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int compare(const void *pa, const void *pb, void *arg)
{
	const struct row *a = *(struct row *const *)pa, *b = *(struct row *const *)pb;
	const struct model *model = arg;
	int order = 0;

	switch (model->sort) {
	case SORT_STATE:
		order = state_rank(&a->c) - state_rank(&b->c);
		break;
	case SORT_CPU:
	case SORT_MEMORY:
	case SORT_NETWORK:
	case SORT_IO:
	case SORT_PIDS:
		order = compare_numbers(a->weight, b->weight);
		break;
	case SORT_RESTARTS:
		order = compare_numbers(a->c.restarts, b->c.restarts);
		break;
	case SORT_AGE:
		order = compare_numbers((double)a->c.created_ns, (double)b->c.created_ns);
		break;
	case SORT_IMAGE:
		order = strcmp(a->c.image, b->c.image);
		break;
	case SORT_NAME:
	case SORT_COUNT:
		break;
	}
	order = order ? order : strcmp(a->c.name, b->c.name);
	order = order ? order : strcmp(a->c.id, b->c.id);
	return model->reverse ? -order : order;
}

static void arrange(struct model *model)
{
	model->version++;
	model->shown_count = 0;
	for (size_t i = 0; i < model->count; i++)
		if (!model->filter || filter_meets(model->filter, model->rows[i], model->now_ns))
			model->shown[model->shown_count++] = model->rows[i];
	if (model->shown_count)
		qsort_r(model->shown, model->shown_count, sizeof(struct row *), compare, model);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp((*(struct row *const *)a)->c.id, (*(struct row *const *)b)->c.id);
}

/* A container started anew is measured anew. */
static void forget_figures(struct row *row)
{
	row->measured = row->moving = false;
	row->cpu = row->received = row->sent = row->read = row->written = row->weight = 0;
	row->memory = row->pids = 0;
	row->last = (struct container_stats){0};
	free(take(row->trail));
}

/* The row of an earlier snapshot goes on: it leaves `model->rows` for the new ones. */
static struct row *row_for(struct model *model, const struct container *c)
{
	struct row key, *wanted = &key, **found = NULL, *row;

	memcpy(key.c.id, c->id, sizeof(key.c.id));
	if (model->count)
		found = bsearch(
			&wanted, model->rows, model->count, sizeof(*model->rows), compare_ids);
	row = found ? *found : row_new();
	if (row && (row->c.started_ns != c->started_ns || !c->pid))
		forget_figures(row);
	return row;
}

/* Those of `rows` that are not in `kept` too. */
static void free_gone(struct row **rows, size_t count, struct row *const *kept, size_t kept_count)
{
	for (size_t i = 0; i < count; i++)
		if (!kept_count || !bsearch(&rows[i], kept, kept_count, sizeof(*kept), compare_ids))
			free_row(rows[i]);
	free(rows);
}

/* What is in `all` and was not there before. */
static void free_new(const struct model *model, struct row **all, size_t count)
{
	for (size_t i = 0; all && i < count; i++)
		if (all[i] && model_row(model, all[i]->c.id) != all[i])
			free_row(all[i]);
	free(all);
}

int model_take_containers(struct model *model, struct container *taken, size_t count)
{
	auto_free struct container *rows = taken;
	struct row **all = calloc(count + 1, sizeof(*all));
	struct row **shown = calloc(count + 1, sizeof(*shown));
	bool failed = !all || !shown;

	for (size_t i = 0; !failed && i < count; i++)
		failed = !(all[i] = row_for(model, &rows[i]));
	if (failed) {
		free_new(model, all, count);
		free(shown);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		all[i]->c = rows[i];
	if (count)
		qsort(all, count, sizeof(*all), compare_ids);
	free_gone(model->rows, model->count, all, count);
	free(model->shown);
	model->rows = all;
	model->shown = shown;
	model->count = count;
	arrange(model);
	return 0;
}

int model_take_images(struct model *model, struct image_entry *rows, size_t count)
{
	free(model->images);
	free(take(model->shared));
	image_family_fini(&model->family);
	model->has_family = false;
	model->images = rows;
	model->image_count = rows ? count : 0;
	return 0;
}

/* A figure that hardly moves is not worth the bytes: what is shown changes by visible steps. */
static double settle(double shown, double measured)
{
	double step = measured < 2 ? 0.3 : measured * 0.03;

	return fabs(shown - measured) < step && measured > 0.05 ? shown : measured;
}

static void move(struct row *row, const double measured[SERIES_COUNT], double seconds)
{
	row->cpu = settle(row->cpu, measured[SERIES_CPU]);
	row->received = settle(row->received, measured[SERIES_RECEIVED]);
	row->sent = settle(row->sent, measured[SERIES_SENT]);
	row->read = settle(row->read, measured[SERIES_READ]);
	row->written = settle(row->written, measured[SERIES_WRITTEN]);
	row->moving = true;
	if (!row->trail && row->in_view)
		row->trail = calloc(1, sizeof(*row->trail));
	if (row->trail)
		trail_add(row->trail, measured, seconds);
}

void model_take_stats(struct row *row, const struct container_stats *stats)
{
	double measured[SERIES_COUNT], seconds;

	if (!stats->valid) {
		row->measured = row->moving = false;
		return;
	}
	if (trail_measure(&row->last, stats, measured, &seconds))
		move(row, measured, seconds);
	row->memory = (uint64_t)settle((double)row->memory, (double)stats->memory);
	row->memory_limit = stats->memory_limit;
	row->pids = stats->pids;
	row->pids_limit = stats->pids_limit;
	row->processors = stats->processors;
	row->last = *stats;
	row->measured = true;
}

void model_take_pressure(struct row *row, const struct container_pressure *pressure)
{
	bool goes_on = row->pressure.periods && pressure->periods >= row->pressure.periods;
	uint64_t periods = pressure->periods - (goes_on ? row->pressure.periods : 0);
	uint64_t throttled = pressure->throttled - (goes_on ? row->pressure.throttled : 0);

	row->throttled = periods ? 100.0 * (double)throttled / (double)periods : 0;
	row->pressure = *pressure;
}

/* ---- facts ---- */

/* What facts follow from, of all that a row shows. */
static uint64_t facts_key(const struct container *c)
{
	uint64_t key = c->started_ns ^ c->finished_ns << 1 ^ (uint64_t)c->failing_streak << 8 ^
		       (uint64_t)c->health << 4 ^ (uint64_t)c->state;

	return key ? key : 1;
}

struct row *model_wants_facts(const struct model *model)
{
	struct row *wanted = NULL;

	for (size_t i = 0; i < model->count; i++) {
		struct row *row = model->rows[i];

		if (row->facts_of == facts_key(&row->c))
			continue;
		if (row->in_view)
			return row;
		wanted = wanted ? wanted : row;
	}
	return wanted;
}

void model_take_facts(struct model *model, struct row *row, struct container_facts *facts)
{
	row->facts_of = facts_key(&row->c);
	if (!facts)
		return;
	forget_facts(row);
	row->facts = facts;
	row->has_facts = true;
	model->version++;
}

void model_doubt_facts(struct model *model, const char *id)
{
	struct row *row = model_row(model, id);

	if (row)
		row->facts_of = 0;
}

unsigned model_version(const struct model *model)
{
	return model->version;
}

static struct happening *happening_new(const struct event *event)
{
	static const size_t texts[] = {offsetof(struct happening, id),
		offsetof(struct happening, action), offsetof(struct happening, name),
		offsetof(struct happening, code), offsetof(struct happening, text)};
	const char *name = event_attr(event, "name");
	const char *code = strcmp(event->action, "die") == 0 ? event_attr(event, "exitCode") : NULL;
	char text[200];

	name = name ? name : event->id;
	snprintf(text, sizeof(text), "%s %s %.100s%s%s", event_type_name(event->type),
		event->action, name, code ? ", exit " : "", code ? code : "");
	return pack(&(struct happening){.seq = event->seq,
			    .time_ns = event->time_ns,
			    .type = event->type,
			    .id = event->id,
			    .action = event->action,
			    .name = name,
			    .code = code,
			    .text = text},
		sizeof(struct happening), texts, array_len(texts));
}

void model_take_event(struct model *model, const struct event *event)
{
	struct happening *happening, **place;

	if (model->happened && event->seq <= model_happening(model, 0)->seq)
		return;
	happening = happening_new(event);
	if (!happening)
		return; /* it is in the journal all the same */
	place = &model->happenings[model->happened++ % EVENTS_KEPT];
	free(*place);
	*place = happening;
	model->taken++;
}

size_t model_happened(const struct model *model)
{
	return model->taken;
}

void model_forget_events(struct model *model)
{
	model->happened = 0;
}

struct row *const *model_rows(const struct model *model, size_t *count)
{
	*count = model->shown_count;
	return model->shown;
}

struct row *const *model_all(const struct model *model, size_t *count)
{
	*count = model->count;
	return model->rows;
}

struct row *model_row(const struct model *model, const char *id)
{
	struct row key, *wanted = &key, **found;

	if (!model->count || strlen(id) >= sizeof(key.c.id))
		return NULL;
	memcpy(key.c.id, id, strlen(id) + 1);
	found = bsearch(&wanted, model->rows, model->count, sizeof(*model->rows), compare_ids);
	return found ? *found : NULL;
}

const struct image_entry *model_images(const struct model *model, size_t *count)
{
	*count = model->image_count;
	return model->images;
}

const uint64_t *model_shared(const struct model *model)
{
	return model->shared;
}

void model_take_shared(struct model *model, uint64_t *shared)
{
	free(model->shared);
	model->shared = shared;
}

const struct image_family *model_family(const struct model *model)
{
	return model->has_family ? &model->family : NULL;
}

void model_take_family(struct model *model, const struct image_family *family)
{
	image_family_fini(&model->family);
	model->family = *family;
	model->has_family = true;
}

static struct totals sum_up(struct row *const *rows, size_t count)
{
	struct totals totals = {.all = count};

	for (size_t i = 0; i < count; i++) {
		const struct row *row = rows[i];

		totals.running += row->c.state == CONTAINER_RUNNING;
		totals.unhealthy += row->c.state == CONTAINER_RUNNING &&
				    row->c.health == CONTAINER_HEALTH_UNHEALTHY;
		totals.paused += row->c.state == CONTAINER_PAUSED;
		totals.oom += row->c.state == CONTAINER_EXITED && row->c.oom_killed;
		totals.failed += row->c.state == CONTAINER_DEAD ||
				 (row->c.state == CONTAINER_EXITED && row->c.exit_code &&
					 !row->c.oom_killed && !row->c.by_hand);
		totals.cpu += row->cpu;
		totals.memory += row->memory;
	}
	return totals;
}

struct totals model_totals(const struct model *model)
{
	return sum_up(model->rows, model->count);
}

struct totals model_totals_shown(const struct model *model)
{
	size_t count;
	struct row *const *rows = model_rows(model, &count);

	return sum_up(rows, count);
}

const struct happening *model_happening(const struct model *model, size_t age)
{
	if (age >= EVENTS_KEPT || age >= model->happened)
		return NULL;
	return model->happenings[(model->happened - 1 - age) % EVENTS_KEPT];
}

static double weight_of(const struct row *row, enum sort sort)
{
	switch (sort) {
	case SORT_CPU:
		return row->trail ? trail_average(row->trail, SERIES_CPU, TRAIL_AVERAGE) : row->cpu;
	case SORT_MEMORY:
		return (double)row->memory;
	case SORT_NETWORK:
		return row->received + row->sent;
	case SORT_IO:
		return row->read + row->written;
	case SORT_PIDS:
		return (double)row->pids;
	default:
		return 0;
	}
}

bool model_sorts_by_figures(const struct model *model)
{
	return model->sort >= SORT_CPU && model->sort <= SORT_PIDS;
}

static void weigh(struct model *model)
{
	for (size_t i = 0; i < model->count; i++)
		model->rows[i]->weight = weight_of(model->rows[i], model->sort);
}

void model_arrange(struct model *model)
{
	if (!model_sorts_by_figures(model))
		return;
	weigh(model);
	arrange(model);
}

void model_refilter(struct model *model)
{
	if (model->filter)
		arrange(model);
}

void model_filter(struct model *model, struct filter *filter)
{
	filter_free(model->filter);
	model->filter = filter;
	arrange(model);
}

const char *model_filter_text(const struct model *model)
{
	return model->filter ? filter_text(model->filter) : "";
}

void model_set_now(struct model *model, uint64_t now_ns)
{
	model->now_ns = now_ns;
}

void model_sort(struct model *model, enum sort sort, bool reverse)
{
	model->sort = sort;
	model->reverse = reverse;
	weigh(model);
	arrange(model);
}

enum sort model_sort_of(const struct model *model, bool *reverse)
{
	*reverse = model->reverse;
	return model->sort;
}

const char *model_sort_name(enum sort sort)
{
	return sort_names[sort];
}

const struct compared *model_compared(const struct model *model)
{
	return &model->compared;
}

void model_compare(struct model *model, const struct compared *with)
{
	model->compared = *with;
}

size_t model_marked(const struct model *model)
{
	size_t marked = 0;

	for (size_t i = 0; i < model->count; i++)
		marked += model->rows[i]->marked;
	return marked;
}

void model_unmark(struct model *model)
{
	for (size_t i = 0; i < model->count; i++)
		model->rows[i]->marked = false;
}
