/* layers.c - an image's layers, opened (engine_layers.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_layers.h"
#include "core/layers_own.h"
#include "util/json.h"

void layers_close(struct layers *layers)
{
	if (!layers)
		return;
	strata_free(layers->strata);
	for (size_t i = 0; layers->indexes && i < layers->n; i++)
		if (layers->owns[i])
			index_free(layers->indexes[i]);
	free(layers->indexes);
	free(layers->owns);
	free(layers->paths);
	free(layers->facts);
	free(layers->described);
	free(layers->bytes);
	free(layers->files);
	image_free(layers->image);
	free(layers);
}

const char *layers_image(const struct layers *layers)
{
	return layers->image->id;
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

/* ---- opening ---- */

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

/* A layer that comes twice is mapped once. */
static struct index *find_open(const struct layers *layers, size_t before, const char *id)
{
	for (size_t i = 0; i < before; i++)
		if (str_eq(layers->facts[i].id, id))
			return layers->indexes[i];
	return NULL;
}

static int open_index(struct layers *layers, struct store *store, size_t i, struct err *err)
{
	const struct image_layer *layer = &layers->facts[i];
	char name[LAYER_ID_SIZE + sizeof("/index")];

	if (!layer->id[0])
		return err_set(err, ENOENT,
			"layer %zu (%.19s) is not in the store: see davit doctor", i + 1,
			layer->diff_id);
	layers->indexes[i] = find_open(layers, i, layer->id);
	if (layers->indexes[i])
		return 0;
	snprintf(name, sizeof(name), "%s/index", layer->id);
	if (index_open(store_dir(store, STORE_LAYERS), name, &layers->indexes[i], err) < 0)
		return err_in(err, "layer %zu (%.19s); see davit doctor", i + 1, layer->diff_id);
	layers->owns[i] = true;
	return 0;
}

static void describe(struct layers *layers, size_t i)
{
	const struct image_layer *layer = &layers->facts[i];

	image_layer_path(layer->id, layers->paths[i]);
	layers->described[i] = (struct layers_layer){
		.diff_id = layer->diff_id,
		.digest = layer->digest,
		.media_type = layer->media_type,
		.path = layers->paths[i],
		.created = "",
		.created_by = "",
		.comment = "",
		.kept = layer->kept,
		.size = layer->size,
		.content_size = layer->content_size,
		.entries = layer->entries,
	};
}

/* The steps of the history that are not empty made the layers, in the same order. */
static void describe_steps(struct layers *layers)
{
	const cJSON *step;
	size_t i = 0;

	cJSON_ArrayForEach(step, json_array(layers->image->config.raw, "history"))
	{
		if (json_is_true(step, "empty_layer"))
			continue;
		if (i == layers->n)
			return;
		layers->described[i].created = json_str_or(step, "created", "");
		layers->described[i].created_by = json_str_or(step, "created_by", "");
		layers->described[i++].comment = json_str_or(step, "comment", "");
	}
}

static int open_all(struct layers *layers, struct store *store, struct err *err)
{
	if (image_layers(store, layers->image, &layers->facts, &layers->n, err) < 0)
		return err->code;
	layers->indexes = calloc(layers->n + 1, sizeof(*layers->indexes));
	layers->owns = calloc(layers->n + 1, sizeof(*layers->owns));
	layers->paths = calloc(layers->n + 1, sizeof(*layers->paths));
	layers->described = calloc(layers->n + 1, sizeof(*layers->described));
	if (!layers->indexes || !layers->owns || !layers->paths || !layers->described)
		return no_memory(err);
	for (size_t i = 0; i < layers->n; i++) {
		if (open_index(layers, store, i, err) < 0)
			return err->code;
		describe(layers, i);
	}
	describe_steps(layers);
	return strata_new((const struct index *const *)layers->indexes, (unsigned)layers->n,
		&layers->strata, err);
}

int engine_layers_open(struct engine *engine, const char *who, struct layers **out, struct err *err)
{
	auto_layers *layers = calloc(1, sizeof(*layers));
	int failed;

	if (!layers)
		return no_memory(err);
	uv_mutex_lock(&engine->store_lock);
	failed = image_find(engine->store, who, &layers->image, err);
	if (!failed && open_all(layers, engine->store, err) < 0)
		failed = err_in(err, "image %.64s", who);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed)
		*out = take(layers);
	return failed;
}
