/* app_figures.c - what is read of containers while they are in view: statistics every two seconds,
 * and facts, a few at a time, when a row is new or has changed.
 *
 * With nothing running, or no figures in view, nothing is read and nobody is woken. */
#include "tui/app_private.h"

enum {
	SAMPLE_MS = 2000,
	SLOW_SAMPLE_MS = 5000,
	SAMPLE_OTHERS = 16, /* not in view, in turn: a thousand would take longer than a frame */
	SLICE = 8,          /* read at once, some 0.3 ms; between two slices keys are heard */
	ARRANGE_MS = 5000,  /* an order by figures stands so long, */
	QUIET_MS = 2000,    /* and does not change under somebody's hands */
	FACTS_AT_ONCE = 24, /* some 2 ms */
};

/* What the top pane, or the one that an overlay lies over, has in view. */
static bool measures(const struct app *app, const char **only)
{
	struct pane *pane = app->top;

	*only = NULL;
	while (pane->ops->overlay && pane->below)
		pane = pane->below;
	return app_running(app) > 0 && pane->ops->measures && pane->ops->measures(pane, only);
}

static int64_t sample_interval(const struct app *app)
{
	return app->line.slow ? SLOW_SAMPLE_MS : SAMPLE_MS;
}

int64_t app_figures_deadline(const struct app *app)
{
	const char *only;

	if (!*app->trouble && model_wants_facts(app->model))
		return app->now_ms;
	if (!measures(app, &only))
		return -1;
	return app->sampling && !only ? app->now_ms : app->sample_ms + sample_interval(app);
}

/* ---- statistics ---- */

static bool sample_row(struct app *app, struct row *row)
{
	struct container_stats stats;

	if (!row || !row->c.pid || app->world->ops->stats(app->world, row->c.id, &stats) < 0)
		return false;
	model_take_stats(row, &stats);
	return true;
}

static void sample_closely(struct app *app, struct row *row)
{
	struct container_pressure pressure;

	if (!row)
		return;
	row->in_view = true;
	if (sample_row(app, row) &&
		app->world->ops->container->pressure(app->world, row->c.id, &pressure) == 0)
		model_take_pressure(row, &pressure);
}

/* Of those that a filter hides, too: they may pass it one day, and the sums are of all. True: that
 * was the last of them. */
static bool sample_slice(struct app *app)
{
	size_t count;
	struct row *const *rows = model_all(app->model, &count);

	for (int left = SLICE; left > 0 && app->sampled < count; app->sampled++) {
		struct row *row = rows[(app->sample_from + app->sampled) % count];

		if (row->in_view || app->sampled_others++ < SAMPLE_OTHERS)
			left -= sample_row(app, row);
	}
	return app->sampled >= count;
}

static void arrange(struct app *app)
{
	if (!model_sorts_by_figures(app->model) || app->now_ms < app->arranged_ms + ARRANGE_MS ||
		app->now_ms < app->key_ms + QUIET_MS || app->prompting)
		return;
	app->arranged_ms = app->now_ms;
	model_arrange(app->model);
}

static void end_round(struct app *app)
{
	size_t count;

	model_all(app->model, &count);
	app->sampling = false;
	app->sample_from = count ? (app->sample_from + SAMPLE_OTHERS) % count : 0;
	model_refilter(app->model);
	arrange(app);
	app->dirty = true;
}

static void begin_round(struct app *app, const char *only)
{
	app->sample_ms = app->now_ms;
	app->sampling = !only;
	app->sampled = app->sampled_others = 0;
	if (!only)
		return;
	sample_closely(app, model_row(app->model, only));
	app->dirty = true;
}

static void sample(struct app *app)
{
	const char *only;

	if (!measures(app, &only))
		return;
	if ((only || !app->sampling) && app->now_ms >= app->sample_ms + sample_interval(app))
		begin_round(app, only);
	if (!only && app->sampling && sample_slice(app))
		end_round(app);
}

/* ---- facts ---- */

static void read_facts(struct app *app)
{
	struct container_facts *facts;
	struct row *row;
	struct err err;
	int i = 0;

	for (; i < FACTS_AT_ONCE && (row = model_wants_facts(app->model)); i++) {
		int failed = app->world->ops->container->facts(app->world, &row->c, &facts, &err);

		/* One that is just being removed has none. */
		model_take_facts(app->model, row, failed ? NULL : facts);
		app->dirty = true;
	}
	app->reads_many |= i == FACTS_AT_ONCE;
	if (app->reads_many && !model_wants_facts(app->model)) {
		app->reads_many = false;
		app_let_go(app); /* all that they were read from */
	}
	if (app->dirty)
		model_refilter(app->model);
}

void app_figures_tick(struct app *app)
{
	if (!*app->trouble)
		read_facts(app);
	sample(app);
}

void app_turn_unit(struct app *app)
{
	static const char *const words[UNIT_COUNT] = {[UNIT_CORE] = "one core",
		[UNIT_LIMIT] = "what it may use: its limit, or the host",
		[UNIT_HOST] = "the whole host"};

	app->choices.unit = (app->choices.unit + 1) % UNIT_COUNT;
	app_keep_choices(app);
	app_toast(app, ROLE_INFO, "CPU in percent of %s", words[app->choices.unit]);
}
