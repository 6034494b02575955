/* link_image.c - images, as the engine knows them: see world_image.h. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <time.h>

#include "tui/link_private.h"
#include "util/json.h"

static int shared(struct world *world, const struct image_entry *rows, size_t count, uint64_t **out,
	struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_images_shared(link->engine, rows, count, out, err)
			    : link_no_engine(err);
}

static int layers(struct world *world, const struct image_entry *rows, size_t count,
	struct strs *out, struct err *err)
{
	struct link *link = link_of(world);

	return link->engine ? engine_images_layers(link->engine, rows, count, out, err)
			    : link_no_engine(err);
}

/* "2024-05-07T00:00:00Z", with or without a fraction; what is before 1980 is no date. */
static uint64_t moment(const char *text)
{
	struct tm tm = {0};
	time_t seconds;

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	seconds = timegm(&tm);
	return seconds > 315532800 ? (uint64_t)seconds * 1000000000u : 0;
}

static void take_step(const cJSON *json, struct image_step *step)
{
	const cJSON *tag, *size = json_get(json, "Size");
	const char *by = json_str_or(json, "CreatedBy", "");

	snprintf(step->created_by, sizeof(step->created_by), "%s", by);
	snprintf(step->comment, sizeof(step->comment), "%s", json_str_or(json, "Comment", ""));
	step->created_ns = moment(json_str(json, "Created"));
	step->size =
		cJSON_IsNumber(size) && size->valuedouble > 0 ? (uint64_t)size->valuedouble : 0;
	cJSON_ArrayForEach(tag, json_array(json, "Tags")) {
		size_t len = strlen(step->tags);

		if (cJSON_IsString(tag))
			snprintf(step->tags + len, sizeof(step->tags) - len, "%s%s", len ? " " : "",
				tag->valuestring);
	}
}

static int history(struct world *world, const char *who, struct image_step **out, size_t *count,
	struct err *err)
{
	struct link *link = link_of(world);
	struct image_step *steps;
	const cJSON *json;
	cJSON *list;
	size_t n = 0;

	if (!link->engine)
		return link_no_engine(err);
	if (engine_image_history(link->engine, who, &list, err) < 0)
		return err->code;
	steps = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*steps));
	cJSON_ArrayForEach(json, list) {
		if (steps)
			take_step(json, &steps[n++]);
	}
	cJSON_Delete(list);
	if (!steps)
		return err_set(err, ENOMEM, "out of memory");
	*out = steps;
	*count = n;
	return 0;
}

const struct world_image_ops link_image_ops = {
	.shared = shared,
	.layers = layers,
	.history = history,
};
