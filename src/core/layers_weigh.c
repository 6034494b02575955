/* layers_weigh.c - what directories weigh: all that shows below them, summed in pieces
 * (engine_layers.h).
 *
 * Only directories that some layer has something in are remembered, by their spots in order; of a
 * file everything follows from its directory. Parents stand before their children, so one pass
 * downwards finds what shows, and one upwards sums it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/layers_own.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

static void forget(struct weighing *weighing)
{
	free(weighing->differs);
	*weighing = (struct weighing){.phase = WEIGH_IDLE};
}

void layers_weights_free(struct layers *layers)
{
	forget(&layers->weighing);
	free(layers->dirs);
	free(layers->own);
	free(layers->weights);
	layers->dirs = NULL;
	layers->own = NULL;
	layers->weights = NULL;
}

/* The number among dirs of a spot, or n_dirs. */
static uint32_t find_dir(const struct layers *layers, uint32_t spot)
{
	uint32_t low = 0, high = layers->n_dirs;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (layers->dirs[middle] < spot)
			low = middle + 1;
		else
			high = middle;
	}
	return low < layers->n_dirs && layers->dirs[low] == spot ? low : layers->n_dirs;
}

struct layers_sums layers_sums(const struct layers *layers)
{
	return layers->sums;
}

static bool same_span(struct strata_span a, struct strata_span b)
{
	return a.from == b.from && a.to == b.to;
}

const struct layers_weight *layers_weight(
	const struct layers *layers, uint32_t spot, struct strata_span after)
{
	uint32_t dir;

	if (!layers->weights || !same_span(layers->after, after))
		return NULL;
	dir = find_dir(layers, spot);
	return dir == layers->n_dirs ? NULL : &layers->weights[dir];
}

/* ---- which directories there are ---- */

static int find_dirs(struct layers *layers, struct err *err)
{
	const struct strata *strata = layers->strata;
	uint32_t count = strata_count(strata), n = 0;

	if (layers->dirs && layers->dirs_of == count)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		n += strata_has_children(strata, i);
	free(layers->dirs);
	free(layers->own);
	layers->own = NULL;
	layers->dirs = malloc((n + 1u) * sizeof(*layers->dirs));
	if (!layers->dirs)
		return no_memory(err);
	layers->n_dirs = 0;
	layers->dirs_of = count;
	for (uint32_t i = 0; i < count; i++)
		if (strata_has_children(strata, i))
			layers->dirs[layers->n_dirs++] = i;
	return 0;
}

static bool is_in(struct strata_span span, unsigned layer)
{
	return layer >= span.from && layer < span.to;
}

static int begin_down(struct layers *layers, struct err *err)
{
	struct weighing *w = &layers->weighing;

	if (find_dirs(layers, err) < 0)
		return err->code;
	if (!layers->own) {
		layers->own = calloc(layers->n_dirs + 1u, sizeof(*layers->own));
		layers->own_is_known = false;
	}
	w->differs = calloc(layers->n + 1, sizeof(*w->differs));
	if (!layers->own || !w->differs)
		return no_memory(err);
	for (unsigned i = 0; i < layers->n; i++)
		w->differs[i] = !layers->own_is_known ||
				is_in(layers->own_before, i) != is_in(w->before, i) ||
				is_in(layers->own_after, i) != is_in(w->after, i);
	/* Half done, it is of neither; so it is begun anew after a change of mind. */
	layers->own_is_known = false;
	w->phase = WEIGH_DOWN;
	w->next = 0;
	return 0;
}

/* ---- down and up ---- */

static void count(
	struct layers_sums *sums, enum strata_change change, const struct index_entry *entry)
{
	sums->added += change == STRATA_ADDED;
	sums->changed += change == STRATA_CHANGED;
	sums->touched += change == STRATA_METADATA || change == STRATA_REWRITTEN;
	sums->removed += change == STRATA_REMOVED;
	if (entry && change != STRATA_SAME && change != STRATA_INSIDE)
		sums->bytes += strata_bytes(entry);
}

static void weigh_child(const struct layers *layers, struct layers_own *own, uint32_t child)
{
	const struct strata *strata = layers->strata;
	const struct weighing *w = &layers->weighing;
	struct strata_state was = strata_state_below(strata, &own->was, child, w->before.to);
	struct strata_state is = strata_state_below(strata, &own->is, child, w->after.to);
	const struct index_entry *entry = is.shown ? strata_entry(strata, is.shown) : NULL;
	enum strata_change change;

	if (!entry && !was.shown)
		return;
	if (entry) {
		own->weight.bytes += strata_bytes(entry);
		own->weight.files += !S_ISDIR(entry->mode);
	}
	change = layers_change(layers, w->before, w->after, &was, &is);
	count(&own->sums, change, entry);
	own->weight.changes += change != STRATA_SAME && change != STRATA_INSIDE;
}

static void find_states(const struct layers *layers, uint32_t dir, struct layers_own *out)
{
	const struct strata *strata = layers->strata;
	const struct weighing *w = &layers->weighing;
	uint32_t spot = layers->dirs[dir];
	const struct layers_own *parent;

	if (spot == STRATA_ROOT) {
		out->was = strata_state_in(strata, STRATA_ROOT, w->before);
		out->is = strata_state_in(strata, STRATA_ROOT, w->after);
		return;
	}
	parent = &layers->own[find_dir(layers, strata_parent(strata, spot))];
	out->was = strata_state_below(strata, &parent->was, spot, w->before.to);
	out->is = strata_state_below(strata, &parent->is, spot, w->after.to);
}

static bool same_state(const struct strata_state *a, const struct strata_state *b)
{
	return a->shown == b->shown && a->floor == b->floor;
}

/* What is in a directory is as before when it shows as before and none of the layers that came or
 * went says anything about it. */
static bool is_as_before(const struct layers *layers, uint32_t dir, const struct layers_own *now)
{
	const struct layers_own *before = &layers->own[dir];
	size_t count;
	const struct strata_version *versions =
		strata_versions(layers->strata, layers->dirs[dir], &count);

	if (!same_state(&before->was, &now->was) || !same_state(&before->is, &now->is))
		return false;
	for (size_t i = 0; i < count; i++)
		if (layers->weighing.differs[versions[i].layer])
			return false;
	return true;
}

static int step_down(struct layers *layers, uint32_t *budget, struct err *err)
{
	struct weighing *w = &layers->weighing;
	uint32_t first, count;

	for (; w->next < layers->n_dirs && *budget; w->next++, --*budget) {
		struct layers_own now = {0};

		find_states(layers, w->next, &now);
		if (is_as_before(layers, w->next, &now))
			continue;
		if (strata_children(layers->strata, layers->dirs[w->next], &first, &count, err) < 0)
			return err->code;
		if (!now.was.shown && !now.is.shown)
			count = 0;
		for (uint32_t i = first; i < first + count; i++)
			weigh_child(layers, &now, i);
		layers->own[w->next] = now;
		*budget -= count < *budget - 1 ? count : *budget - 1;
	}
	if (w->next == layers->n_dirs)
		w->phase = WEIGH_UP;
	return 0;
}

static void add_sums(struct layers_sums *to, const struct layers_sums *more)
{
	to->added += more->added;
	to->changed += more->changed;
	to->touched += more->touched;
	to->removed += more->removed;
	to->bytes += more->bytes;
}

/* Short: directories alone. */
static int sum_up(struct layers *layers, struct err *err)
{
	struct weighing *w = &layers->weighing;
	struct layers_weight *weights = malloc((layers->n_dirs + 1u) * sizeof(*weights));

	if (!weights)
		return no_memory(err);
	layers->sums = (struct layers_sums){0};
	for (uint32_t i = 0; i < layers->n_dirs; i++) {
		weights[i] = layers->own[i].weight;
		add_sums(&layers->sums, &layers->own[i].sums);
	}
	for (uint32_t i = layers->n_dirs; i-- > 1;) {
		uint32_t parent = find_dir(layers, strata_parent(layers->strata, layers->dirs[i]));

		weights[parent].bytes += weights[i].bytes;
		weights[parent].files += weights[i].files;
		weights[parent].changes += weights[i].changes;
	}
	free(layers->weights);
	layers->weights = weights;
	layers->before = layers->own_before = w->before;
	layers->after = layers->own_after = w->after;
	layers->own_is_known = true;
	forget(w);
	return 0;
}

static int find_some(struct layers *layers, uint32_t budget, struct err *err)
{
	struct weighing *w = &layers->weighing;

	if (strata_expand(layers->strata, &w->next, budget, err) < 0)
		return err->code;
	return w->next == STRATA_NONE ? begin_down(layers, err) : 0;
}

static void begin(struct layers *layers, struct strata_span before, struct strata_span after)
{
	struct weighing *w = &layers->weighing;
	bool known = layers->dirs && layers->dirs_of == strata_count(layers->strata);
	/* What was found stays found. */
	uint32_t next = w->phase == WEIGH_FIND ? w->next : 0;

	forget(w);
	*w = (struct weighing){.phase = WEIGH_FIND,
		.before = before,
		.after = after,
		.next = known ? STRATA_NONE : next};
}

int layers_weigh_step(struct layers *layers, struct strata_span before, struct strata_span after,
	uint32_t budget, bool *done, struct err *err)
{
	struct weighing *w = &layers->weighing;
	int failed = 0;

	*done = layers->weights && same_span(layers->before, before) &&
		same_span(layers->after, after);
	if (*done)
		return 0;
	if (w->phase == WEIGH_IDLE || !same_span(w->before, before) || !same_span(w->after, after))
		begin(layers, before, after);
	if (w->phase == WEIGH_FIND)
		failed = find_some(layers, budget, err);
	else if (w->phase == WEIGH_DOWN)
		failed = step_down(layers, &budget, err);
	else
		failed = sum_up(layers, err);
	if (failed)
		forget(w);
	*done = !failed && w->phase == WEIGH_IDLE;
	return failed;
}

int layers_weigh(struct layers *layers, unsigned height, struct err *err)
{
	bool done = false;
	int failed = 0;

	while (!failed && !done)
		failed = layers_weigh_step(layers, (struct strata_span){0, height ? height - 1 : 0},
			(struct strata_span){0, height}, STRATA_NONE, &done, err);
	return failed;
}
