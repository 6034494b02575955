#include "core/image/pull_plan.h"

#include "util/own.h"

void pull_plan_fini(struct pull_plan *plan)
{
	free(plan->order);
	*plan = (struct pull_plan){0};
}

/* Layers are what their diff id says; a blob has one only. */
static int find_same(struct pull_layer *layers, size_t i, struct err *err)
{
	for (size_t j = 0; j < i; j++) {
		bool same = strcmp(layers[i].diff_id, layers[j].diff_id) == 0;

		if (!same && strcmp(layers[i].digest, layers[j].digest) == 0)
			return err_set(err, EINVAL,
				"the image's config gives layer %.19s two different contents",
				layers[i].digest);
		if (same && layers[j].action != PULL_SAME) {
			layers[i].action = PULL_SAME;
			layers[i].same_as = j;
		}
	}
	return 0;
}

static void insert(struct pull_plan *plan, const struct pull_layer *layers, size_t i)
{
	size_t at = plan->n_order++;

	for (; at && layers[plan->order[at - 1]].size < layers[i].size; at--)
		plan->order[at] = plan->order[at - 1];
	plan->order[at] = i;
}

int pull_plan(struct pull_layer *layers, size_t count, struct pull_plan *out, struct err *err)
{
	auto_pull_plan plan = {.order = calloc(count + 1, sizeof(*plan.order))};

	if (!plan.order)
		return err_set(err, ENOMEM, "pull: out of memory");
	for (size_t i = 0; i < count; i++) {
		struct pull_layer *layer = &layers[i];
		int failed;

		layer->action = layer->held       ? PULL_HELD
				: layer->has_blob ? PULL_UNPACK
						  : PULL_FETCH;
		failed = find_same(layers, i, err);
		if (failed)
			return failed;
		if (layer->action == PULL_FETCH)
			plan.fetch_bytes += layer->size;
		if (layer->action == PULL_FETCH || layer->action == PULL_UNPACK)
			insert(&plan, layers, i);
	}
	*out = plan;
	plan.order = NULL;
	return 0;
}
