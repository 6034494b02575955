/* figures_image.c - reads an image for its figures: what it consists of, what stands on its layers,
 * and the index that it was taken from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/figures_own.h"
#include "core/image.h"
#include "util/json.h"
#include "util/path.h"

/* ---- images ---- */

int figures_choose_image(
	struct engine *engine, const char *object, char *name, size_t room, struct err *err)
{
	auto_free struct image_entry *images = NULL;
	size_t count;

	snprintf(name, room, "%s", object);
	if (*object)
		return 0;
	if (engine_images(engine, &images, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count && !*name; i++)
		snprintf(name, room, "%s", images[i].reference);
	if (!*name && count)
		snprintf(name, room, "%.12s", images[0].id);
	return *name ? 0 : err_set(err, ENOENT, "there is no image yet: davit pull gets one");
}

int figures_draw_image(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char name[OBJECT_MAX];
	auto_json *inspect = NULL;

	if (figures_choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_image_inspect(engine, name, &inspect, err) < 0)
		return err->code;
	figure_of_image(figure, name, inspect, store_root(engine->store));
	return 0;
}

/* ---- layers ---- */

/* The names of the other images that stand on a layer. */
static void find_sharers(struct engine *engine, const struct layers *layers,
	const struct image_entry *images, size_t count, struct strs *sharers)
{
	for (size_t i = 0; i < count; i++) {
		const struct image_entry *other = &images[i];
		auto_strs stack = STRS_INIT;
		char id[DIGEST_SIZE], path[48];
		struct err ignored;
		int failed;

		snprintf(id, sizeof(id), "sha256:%.64s", other->id);
		if (str_eq(id, layers_image(layers)) || (i && str_eq(images[i - 1].id, other->id)))
			continue;
		uv_mutex_lock(&engine->store_lock);
		failed = image_stack(engine->store, id, &stack, &ignored);
		uv_mutex_unlock(&engine->store_lock);
		for (unsigned k = 0; !failed && k < layers_count(layers); k++)
			for (size_t j = 0; j < stack.len; j++) {
				image_layer_path(stack.v[j], path);
				if (!str_eq(path, layers_at(layers, k)->path))
					continue;
				if (*other->reference)
					strs_add(&sharers[k], other->reference);
				else
					strs_addf(&sharers[k], "%.12s", other->id);
				break;
			}
	}
}

static struct figure_writers find_writers(
	struct engine *engine, const char *image, struct figure_pair pairs[PAIRS_SHOWN])
{
	struct figure_writers writers = {.v = pairs};
	struct roster_scan scan;
	struct row *row;

	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan))) {
		if (row->use != ROW_USED || !str_eq(row->image_id, image))
			continue;
		writers.all++;
		if (writers.shown < PAIRS_SHOWN)
			pairs[writers.shown++] = figures_pair(row);
	}
	return writers;
}

struct figure_stack figures_stack(
	struct engine *engine, const struct layers *layers, const char *name)
{
	return (struct figure_stack){
		.name = name,
		.root = store_root(engine->store),
		.layers = layers_count(layers) ? layers_at(layers, 0) : NULL,
		.count = layers_count(layers),
		.strata = layers_strata(layers),
	};
}

int figures_draw_layers(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	auto_free struct image_entry *images = NULL;
	struct figure_pair pairs[PAIRS_SHOWN];
	struct figure_writers writers;
	auto_layers *layers = NULL;
	char name[OBJECT_MAX];
	struct figure_stack stack;
	struct strs *sharers;
	size_t count;

	if (figures_choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_layers_open(engine, name, &layers, err) < 0 ||
		engine_images(engine, &images, &count, err) < 0)
		return err->code;
	sharers = calloc(layers_count(layers) + 1u, sizeof(*sharers));
	if (!sharers)
		return err_set(err, ENOMEM, "the figure: out of memory");
	find_sharers(engine, layers, images, count, sharers);
	stack = figures_stack(engine, layers, name);
	writers = find_writers(engine, figure_hex(layers_image(layers)), pairs);
	figure_of_layers(figure, &stack, sharers, &writers);
	for (unsigned i = 0; i < layers_count(layers); i++)
		strs_fini(&sharers[i]);
	free(sharers);
	return 0;
}

/* ---- an index ---- */

static void name_machine(char *out, size_t room)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}, {"armv7l", "arm"}};
	struct utsname host;
	const char *machine = host.machine;

	uname(&host);
	for (size_t i = 0; i < array_len(names); i++)
		if (str_eq(names[i].theirs, host.machine))
			machine = names[i].ours;
	snprintf(out, room, "linux/%s", machine);
}

/* The first of its digests that is not its manifest's is an index's; and that, if it is kept. */
static void find_index(struct engine *engine, const cJSON *inspect, const char *manifest,
	const char **digest, cJSON **index)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_array(inspect, "RepoDigests")) {
		const char *at = cJSON_IsString(item) ? strchr(item->valuestring, '@') : NULL;
		auto_buf text = BUF_INIT;

		if (!at || str_eq(at + 1, manifest) || !digest_is_sha256(at + 1))
			continue;
		*digest = at + 1;
		if (path_read_at(store_dir(engine->store, STORE_BLOBS), digest_hex(*digest),
			    JSON_MAX, &text) == 0 &&
			json_parse(text.data, text.len, index, NULL) == 0 &&
			json_array(*index, "manifests"))
			return;
		cJSON_Delete(*index);
		*index = NULL;
	}
}

int figures_draw_index(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct figure_index_facts facts = {.digest = "", .root = store_root(engine->store)};
	char name[OBJECT_MAX], machine[96], platform[128];
	auto_json *inspect = NULL, *index = NULL;

	if (figures_choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_image_inspect(engine, name, &inspect, err) < 0)
		return err->code;
	name_machine(machine, sizeof(machine));
	snprintf(platform, sizeof(platform), "%.40s/%.40s%s%.30s", json_str_or(inspect, "Os", "?"),
		json_str_or(inspect, "Architecture", "?"), json_str(inspect, "Variant") ? "/" : "",
		json_str_or(inspect, "Variant", ""));
	facts.name = name;
	facts.machine = machine;
	facts.platform = platform;
	facts.manifest = json_str_or(json_object(inspect, "Content"), "Manifest", "");
	find_index(engine, inspect, facts.manifest, &facts.digest, &index);
	facts.index = index;
	figure_of_index(figure, &facts);
	return 0;
}
