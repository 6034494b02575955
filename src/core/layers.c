/* layers.c - an image's or a container's layers, opened (engine_layers.h). */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_layers.h"
#include "core/layers_own.h"
#include "core/live.h"
#include "core/writable.h"
#include "util/json.h"

#define auto_writable __attribute__((cleanup(writable_close))) struct writable

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

static void free_layers(struct layers *layers)
{
	layers_weights_free(layers);
	strata_free(layers->strata);
	for (size_t i = 0; layers->indexes && i < layers->n; i++)
		if (layers->owns[i])
			index_free(layers->indexes[i]);
	free(layers->indexes);
	free(layers->owns);
	free(layers->paths);
	free(layers->described);
	for (unsigned i = 0; i < layers->n_stacks; i++) {
		free(layers->stacks[i].facts);
		image_free(layers->stacks[i].image);
	}
	free(layers);
}

void layers_close(struct layers *layers)
{
	if (layers && --layers->users == 0)
		free_layers(layers);
}

const char *layers_image(const struct layers *layers)
{
	return layers->stacks[0].image_id;
}

unsigned layers_count(const struct layers *layers)
{
	return (unsigned)layers->n;
}

const struct layers_layer *layers_at(const struct layers *layers, unsigned layer)
{
	return &layers->described[layer];
}

struct strata *layers_strata(const struct layers *layers)
{
	return layers->strata;
}

unsigned layers_stacks(const struct layers *layers)
{
	return layers->n_stacks;
}

struct strata_span layers_stack(const struct layers *layers, unsigned which)
{
	const struct layers_stack *stack = &layers->stacks[which];

	return (struct strata_span){
		stack->first, stack->first + (unsigned)stack->n + stack->container};
}

/* ---- what it is made of ---- */

/* An image that is gone leaves the layers below its containers: their ids are all that is known. */
static int read_ids(struct layers_stack *stack, const struct strs *ids, struct err *err)
{
	stack->facts = calloc(ids->len + 1, sizeof(*stack->facts));
	if (!stack->facts)
		return no_memory(err);
	stack->n = ids->len;
	for (size_t i = 0; i < ids->len; i++)
		snprintf(stack->facts[i].id, sizeof(stack->facts[i].id), "%s", ids->v[i]);
	return 0;
}

static int read_image(
	struct layers_stack *stack, struct store *store, const char *who, struct err *err)
{
	int failed = image_find(store, who, &stack->image, err);

	if (failed)
		return failed;
	snprintf(stack->image_id, sizeof(stack->image_id), "%s", stack->image->id);
	return image_layers(store, stack->image, &stack->facts, &stack->n, err);
}

/* The database is for one thread at a time; nothing else is done while it is locked. */
static int read_facts(struct engine *engine, struct layers_stack *stack, const char *who,
	struct writable *writable, struct err *err)
{
	int failed;

	uv_mutex_lock(&engine->store_lock);
	if (!stack->container) {
		failed = read_image(stack, engine->store, who, err);
	} else if (!(failed = writable_open(engine, who, writable, err))) {
		snprintf(stack->id, sizeof(stack->id), "%.64s", writable->row.id);
		snprintf(stack->image_id, sizeof(stack->image_id), "sha256:%.64s",
			writable->row.image_id);
		failed = read_image(stack, engine->store, stack->image_id, err);
		if (failed == -ENOENT)
			failed = read_ids(stack, &writable->layers, err);
	}
	uv_mutex_unlock(&engine->store_lock);
	return failed;
}

/* A layer that comes twice is mapped once. */
static bool find_open(struct layers *layers, size_t before, const char *path)
{
	for (size_t i = 0; i < before; i++)
		if (!layers->described[i].live && str_eq(layers->paths[i], path)) {
			layers->indexes[before] = layers->indexes[i];
			return true;
		}
	return false;
}

static int open_index(struct layers *layers, struct store *store, const struct layers_stack *stack,
	size_t i, struct err *err)
{
	const struct image_layer *layer = &stack->facts[i];
	size_t at = stack->first + i;
	char name[LAYER_ID_SIZE + sizeof("/index")];

	if (!layer->id[0])
		return err_set(err, ENOENT,
			"layer %zu (%.19s) is not in the store: see davit doctor", i + 1,
			layer->diff_id);
	image_layer_path(layer->id, layers->paths[at]);
	if (find_open(layers, at, layers->paths[at]))
		return 0;
	snprintf(name, sizeof(name), "%s/index", layer->id);
	if (index_open(store_dir(store, STORE_LAYERS), name, &layers->indexes[at], err) < 0)
		return err_in(err, "layer %zu (%.19s); see davit doctor", i + 1, layer->diff_id);
	layers->owns[at] = true;
	return 0;
}

static void describe(struct layers *layers, const struct layers_stack *stack, size_t i)
{
	const struct image_layer *layer = &stack->facts[i];
	size_t at = stack->first + i;

	layers->described[at] = (struct layers_layer){
		.diff_id = layer->diff_id,
		.digest = layer->digest,
		.media_type = layer->media_type,
		.path = layers->paths[at],
		.created = "",
		.created_by = "",
		.comment = "",
		.kept = layer->kept,
		.size = layer->size,
		.content_size = layer->content_size,
		.entries = layer->entries,
	};
	if (!stack->image) {
		layers->described[at].size = index_size(layers->indexes[at]);
		layers->described[at].entries = index_count(layers->indexes[at]);
	}
}

/* The steps of the history that are not empty made the layers, in the same order. */
static void describe_steps(struct layers *layers, const struct layers_stack *stack)
{
	struct layers_layer *described = layers->described + stack->first;
	const cJSON *step;
	size_t i = 0;

	if (!stack->image)
		return;
	cJSON_ArrayForEach(step, json_array(stack->image->config.raw, "history")) {
		if (json_is_true(step, "empty_layer"))
			continue;
		if (i == stack->n)
			return;
		described[i].created = json_str_or(step, "created", "");
		described[i].created_by = json_str_or(step, "created_by", "");
		described[i++].comment = json_str_or(step, "comment", "");
	}
}

static int make_room(struct layers *layers, size_t more, struct err *err)
{
	size_t room = layers->n + more + 1;
	void *indexes = realloc(layers->indexes, room * sizeof(*layers->indexes));
	void *owns = indexes ? realloc(layers->owns, room * sizeof(*layers->owns)) : NULL;
	void *paths = owns ? realloc(layers->paths, room * sizeof(*layers->paths)) : NULL;
	void *described =
		paths ? realloc(layers->described, room * sizeof(*layers->described)) : NULL;

	layers->indexes = indexes ? indexes : layers->indexes;
	layers->owns = owns ? owns : layers->owns;
	layers->paths = paths ? paths : layers->paths;
	layers->described = described ? described : layers->described;
	if (!described)
		return no_memory(err);
	memset(layers->indexes + layers->n, 0, (more + 1) * sizeof(*layers->indexes));
	memset(layers->owns + layers->n, 0, (more + 1) * sizeof(*layers->owns));
	memset(layers->described + layers->n, 0, (more + 1) * sizeof(*layers->described));
	/* Their place may have changed. */
	for (size_t i = 0; i < layers->n; i++)
		layers->described[i].path = layers->paths[i];
	return 0;
}

static int add_live(struct layers *layers, const struct layers_stack *stack,
	const struct writable *writable, const atomic_bool *canceled, struct err *err)
{
	size_t at = stack->first + stack->n;
	const struct live live = {
		.dir_fd = writable->tree.dir_fd,
		.name = writable->tree.name,
		.whole = writable->tree.whole,
		.owners = writable->tree.owners,
		.below = (const struct index *const *)layers->indexes + stack->first,
		.n_below = stack->n,
		.stubs = &writable->stubs,
		.canceled = canceled,
	};

	if (live_scan(&live, &layers->indexes[at], err) < 0)
		return err->code;
	layers->owns[at] = true;
	snprintf(layers->paths[at], sizeof(layers->paths[at]), "containers/%.64s/%.8s", stack->id,
		writable->tree.name);
	layers->described[at] = (struct layers_layer){.diff_id = "",
		.digest = "",
		.media_type = "",
		.path = layers->paths[at],
		.created = "",
		.created_by = "",
		.comment = "",
		.live = true,
		.size = index_size(layers->indexes[at]),
		.entries = index_count(layers->indexes[at])};
	return 0;
}

static int add_stack(struct engine *engine, struct layers *layers, const char *who, bool container,
	const atomic_bool *canceled, struct err *err)
{
	auto_writable writable = {.own_fd = -1, .hold = HOLD_INIT};
	struct layers_stack *stack = &layers->stacks[layers->n_stacks++];

	*stack = (struct layers_stack){.first = (unsigned)layers->n, .container = container};
	if (read_facts(engine, stack, who, &writable, err) < 0 ||
		make_room(layers, stack->n + container, err) < 0)
		return err->code;
	layers->n += stack->n + container;
	for (size_t i = 0; i < stack->n; i++) {
		if (open_index(layers, engine->store, stack, i, err) < 0)
			return err->code;
		describe(layers, stack, i);
	}
	describe_steps(layers, stack);
	return container ? add_live(layers, stack, &writable, canceled, err) : 0;
}

static int open_all(struct engine *engine, const struct layers_wish *wish,
	const atomic_bool *canceled, struct layers **out, struct err *err)
{
	auto_layers *layers = calloc(1, sizeof(*layers));
	const char *what = wish->container ? "container" : "image";

	if (!layers)
		return no_memory(err);
	layers->users = 1;
	if (add_stack(engine, layers, wish->who, wish->container, canceled, err) < 0)
		return err->code == -ENOENT && !layers->n
			       ? err->code
			       : err_in(err, "%s %.64s", what, wish->who);
	if (wish->other &&
		add_stack(engine, layers, wish->other, wish->other_container, canceled, err) < 0)
		return err_in(err, "compare with %.64s", wish->other);
	if (strata_new((const struct index *const *)layers->indexes, (unsigned)layers->n,
		    &layers->strata, err) < 0)
		return err->code;
	*out = take(layers);
	return 0;
}

int layers_open_here(
	struct engine *engine, const struct layers_wish *wish, struct layers **out, struct err *err)
{
	return open_all(engine, wish, NULL, out, err);
}

int engine_layers_open(struct engine *engine, const char *who, struct layers **out, struct err *err)
{
	return open_all(engine, &(struct layers_wish){.who = who}, NULL, out, err);
}

/* ---- on the pool ---- */

struct layers_opening {
	struct work work;
	struct engine *engine;
	char *who, *other;
	struct layers_wish wish;
	atomic_bool canceled;
	struct layers *layers;
	struct err err;
	layers_done_fn *done;
	void *arg;
};

static void run_opening(struct work *work)
{
	struct layers_opening *opening = container_of(work, struct layers_opening, work);

	open_all(opening->engine, &opening->wish, &opening->canceled, &opening->layers,
		&opening->err);
}

static void free_opening(struct layers_opening *opening)
{
	free(opening->who);
	free(opening->other);
	free(opening);
}

static void opening_done(struct work *work)
{
	struct layers_opening *opening = container_of(work, struct layers_opening, work);

	opening->done(opening->arg, opening->layers, opening->layers ? NULL : &opening->err);
	free_opening(opening);
}

struct layers_opening *engine_layers_start(
	struct engine *engine, const struct layers_wish *wish, layers_done_fn *done, void *arg)
{
	struct layers_opening *opening = calloc(1, sizeof(*opening));

	if (!opening)
		return NULL;
	*opening =
		(struct layers_opening){.engine = engine, .wish = *wish, .done = done, .arg = arg};
	opening->wish.who = opening->who = strdup(wish->who);
	opening->wish.other = opening->other = wish->other ? strdup(wish->other) : NULL;
	if (opening->who && (!wish->other || opening->other) &&
		engine_work(engine, &opening->work, run_opening, opening_done) == 0)
		return opening;
	free_opening(opening);
	return NULL;
}

void layers_opening_cancel(struct layers_opening *opening)
{
	atomic_store(&opening->canceled, true);
}

/* ---- waste ---- */

struct weighing_waste {
	struct work work;
	struct layers *layers;
	struct strata *strata;
	struct strata_waste waste;
	struct err err;
	layers_waste_fn *done;
	void *arg;
};

static void run_waste(struct work *work)
{
	struct weighing_waste *w = container_of(work, struct weighing_waste, work);
	const struct layers_stack *stack = &w->layers->stacks[0];

	if (strata_new((const struct index *const *)w->layers->indexes + stack->first,
		    (unsigned)stack->n, &w->strata, &w->err) == 0)
		strata_waste(w->strata, &w->waste, &w->err);
}

static void waste_done(struct work *work)
{
	struct weighing_waste *w = container_of(work, struct weighing_waste, work);

	w->done(w->arg, &w->waste, w->strata, w->err.code < 0 ? &w->err : NULL);
	strata_waste_fini(&w->waste);
	strata_free(w->strata);
	layers_close(w->layers);
	free(w);
}

bool engine_layers_waste(
	struct engine *engine, struct layers *layers, layers_waste_fn *done, void *arg)
{
	struct weighing_waste *w = calloc(1, sizeof(*w));

	if (!w)
		return false;
	*w = (struct weighing_waste){.layers = layers, .done = done, .arg = arg};
	layers->users++;
	if (engine_work(engine, &w->work, run_waste, waste_done) == 0)
		return true;
	layers_close(layers);
	free(w);
	return false;
}
