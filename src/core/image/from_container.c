#include "core/image/from_container.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/image/change.h"
#include "core/image/image_make.h"
#include "core/reference.h"
#include "util/buf.h"
#include "util/json.h"

/* The container's own words; what it does not say, its image does. */
static cJSON *merge_config(const cJSON *container, const cJSON *image)
{
	cJSON *merged = cJSON_Duplicate(container, true);
	const cJSON *item;

	if (!merged)
		merged = cJSON_CreateObject();
	cJSON_ArrayForEach(item, image) {
		if (!cJSON_GetObjectItemCaseSensitive(merged, item->string))
			cJSON_AddItemToObject(merged, item->string, cJSON_Duplicate(item, true));
	}
	return merged;
}

static int read_reference(const char *text, struct strs *tags, struct err *err)
{
	auto_buf whole = BUF_INIT;
	struct reference ref;

	if (!text || !*text)
		return 0;
	if (reference_parse(text, &ref, err) < 0)
		return err->code;
	if (ref.digest[0])
		return err_set(err, EINVAL, "refusing to create a tag with a digest reference");
	reference_default_tag(&ref);
	reference_text(&ref, &whole);
	strs_add(tags, buf_text(&whole));
	return strs_failed(tags) ? err_set(err, ENOMEM, "commit: out of memory") : 0;
}

static int make_layer(struct store *store, const struct image_commit_options *options,
	const struct layer_stack *stack, const struct image_watch *watch, struct layer **out,
	struct err *err)
{
	struct layer_source source = {
		.dir_fd = options->tree.dir_fd,
		.name = options->tree.name,
		.whole = options->tree.whole,
		.owners = options->tree.owners,
		.stubs = options->tree.stubs,
		.latest = SCAN_ANY_TIME,
		.canceled = watch ? watch->canceled : NULL,
		.on_read = options->on_read,
		.arg = options->arg,
	};

	source.below = stack->v;
	source.n_below = stack->n;
	return layer_make(store, &source, out, err);
}

static int make_image(struct store *store, const struct image_commit_options *options,
	const struct image *parent, const struct layer_stack *stack, const cJSON *config,
	struct layer *layer, const struct strs *tags, const struct image_watch *watch,
	char id[DIGEST_SIZE], struct err *err)
{
	const struct image_history line = {
		.created_by = options->created_by,
		.comment = options->message,
		.author = options->author,
		.created_ns = IMAGE_MAKE_NOW,
		.empty_layer = layer_is_empty(layer),
	};
	const struct image_make make = {
		.parent = parent,
		.below = stack,
		.layers = &layer,
		.n_layers = line.empty_layer ? 0 : 1,
		.config = config,
		.history = &line,
		.n_history = 1,
		.author = options->author,
		.created_ns = IMAGE_MAKE_NOW,
		.tags = tags,
		.action = tags->len ? "tag" : NULL,
	};

	return image_make(store, &make, watch, id, err);
}

int image_from_container(struct store *store, const struct image_commit_options *options,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err)
{
	auto_of(image) struct image *parent = NULL;
	auto_stack stack = {0};
	auto_of(layer) struct layer *layer = NULL;
	auto_json *config = NULL;
	auto_strs tags = STRS_INIT;

	store_sweep(store);
	if (store_hold(store, err) < 0 || read_reference(options->reference, &tags, err) < 0 ||
		image_get(store, options->parent, &parent, err) < 0)
		return err->code;
	config = merge_config(options->config, json_object(parent->config.raw, "config"));
	if (change_config(config, options->changes, err) < 0 ||
		layer_stack_open(store, options->tree.layers, &stack, err) < 0 ||
		make_layer(store, options, &stack, watch, &layer, err) < 0)
		return err->code;
	return make_image(store, options, parent, &stack, config, layer, &tags, watch, id, err);
}
