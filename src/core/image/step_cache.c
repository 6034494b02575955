#include "core/image/step_cache.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/platform.h"
#include "util/json.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "cache: out of memory");
}

void step_cache_fini(struct step_cache *cache)
{
	free(cache->steps);
	free(cache->layers);
	*cache = (struct step_cache){0};
}

/* Grown by doubling: there is room whenever n is not a power of two. */
static bool is_full(size_t n)
{
	return (n & (n - 1)) == 0;
}

int step_cache_add(struct step_cache *cache, const struct step_cached *step, struct err *err)
{
	if (cache->n_steps == STEP_CACHE_MAX)
		return err_set(err, E2BIG, "cache: more than %d steps", STEP_CACHE_MAX);
	if (is_full(cache->n_steps)) {
		size_t room = cache->n_steps ? 2 * cache->n_steps : 1;
		struct step_cached *more = realloc(cache->steps, room * sizeof(*more));

		if (!more)
			return no_memory(err);
		cache->steps = more;
	}
	cache->steps[cache->n_steps++] = *step;
	return 0;
}

int step_cache_add_layer(struct step_cache *cache, const struct step_layer *layer, struct err *err)
{
	if (cache->n_layers == STEP_CACHE_LAYERS_MAX)
		return err_set(err, E2BIG, "cache: more than %d layers", STEP_CACHE_LAYERS_MAX);
	if (is_full(cache->n_layers)) {
		size_t room = cache->n_layers ? 2 * cache->n_layers : 1;
		struct step_layer *more = realloc(cache->layers, room * sizeof(*more));

		if (!more)
			return no_memory(err);
		cache->layers = more;
	}
	cache->layers[cache->n_layers++] = *layer;
	return 0;
}

const struct step_layer *step_cache_layer(const struct step_cache *cache, const char *diff_id)
{
	for (size_t i = 0; i < cache->n_layers; i++)
		if (str_eq(cache->layers[i].diff_id, diff_id))
			return &cache->layers[i];
	return NULL;
}

/* ---- what a stranger's fields may be ---- */

static bool is_kind(const char *kind)
{
	return str_eq(kind, "run") || str_eq(kind, "copy") || str_eq(kind, "workdir");
}

static int set_digest(char to[DIGEST_SIZE], const char *text, const char *name, struct err *err)
{
	if (!digest_is_sha256(text))
		return err_set(err, EBADMSG, "cache: its %s %.80s is no sha256 digest", name, text);
	memcpy(to, text, DIGEST_SIZE);
	return 0;
}

static int set_kind(struct step_cached *step, const char *kind, struct err *err)
{
	if (!is_kind(kind))
		return err_set(err, EBADMSG, "cache: %.50s is no kind of step", kind);
	snprintf(step->kind, sizeof(step->kind), "%s", kind);
	return 0;
}

/* It is shown to people, and goes through a line. */
static void set_what(struct step_cached *step, const char *text)
{
	snprintf(step->what, sizeof(step->what), "%s", text);
	for (unsigned char *c = (unsigned char *)step->what; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
}

/* ---- the document ---- */

static int read_step(const cJSON *item, struct step_cached *step, struct err *err)
{
	const char *layer = json_str(item, "layer");
	uint64_t created;

	if (!json_size(item, "created", &created))
		return err_set(err, EBADMSG, "cache: a step without its time");
	step->created = (int64_t)created;
	if (set_digest(step->key, json_str_or(item, "key", ""), "key", err) < 0 ||
		(layer && set_digest(step->diff_id, layer, "layer", err) < 0) ||
		set_kind(step, json_str_or(item, "kind", ""), err) < 0)
		return err->code;
	set_what(step, json_str_or(item, "what", ""));
	return 0;
}

static int read_steps(const cJSON *list, struct step_cache *out, struct err *err)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		struct step_cached step = {.created = 0};

		if (read_step(item, &step, err) < 0 || step_cache_add(out, &step, err) < 0)
			return err->code;
	}
	return 0;
}

static int read_layers(const struct config_facts *facts, struct step_cache *out, struct err *err)
{
	for (size_t i = 0; i < facts->n_diff_ids; i++) {
		struct step_layer layer = {.size = 0};

		memcpy(layer.diff_id, facts->diff_ids[i], DIGEST_SIZE);
		if (step_cache_add_layer(out, &layer, err) < 0)
			return err->code;
	}
	return 0;
}

int step_cache_parse(const char *text, size_t len, struct step_cache *out, struct err *err)
{
	auto_step_cache cache = {0};
	auto_json *json = NULL;
	struct config_facts facts;
	const cJSON *list;
	int failed;

	if (json_parse(text, len, &json, err) < 0)
		return err_in(err, "cache");
	list = json_array(json, STEP_CACHE_FIELD);
	if (!list)
		return err_set(err, ENODATA, "it holds no steps of builds");
	if (config_facts(text, len, &facts, err) < 0)
		return err_in(err, "cache");
	failed = read_layers(&facts, &cache, err);
	free(facts.diff_ids);
	if (failed || read_steps(list, &cache, err) < 0)
		return err->code;
	*out = cache;
	cache = (struct step_cache){0};
	return 0;
}

int step_cache_set_blobs(struct step_cache *cache, const struct manifest *manifest, struct err *err)
{
	if (manifest->kind != MANIFEST_IMAGE || manifest->n_layers != cache->n_layers)
		return err_set(err, EBADMSG, "cache: it has %zu diff ids for %zu layers",
			cache->n_layers, manifest->n_layers);
	for (size_t i = 0; i < cache->n_layers; i++) {
		memcpy(cache->layers[i].digest, manifest->layers[i].digest, DIGEST_SIZE);
		cache->layers[i].size = manifest->layers[i].size;
	}
	return 0;
}

static cJSON *step_json(const struct step_cached *step)
{
	cJSON *item = cJSON_CreateObject();
	bool fine = cJSON_AddStringToObject(item, "key", step->key) &&
		    (!*step->diff_id || cJSON_AddStringToObject(item, "layer", step->diff_id)) &&
		    cJSON_AddNumberToObject(item, "created", (double)step->created) &&
		    cJSON_AddStringToObject(item, "kind", step->kind) &&
		    cJSON_AddStringToObject(item, "what", step->what);

	if (fine)
		return item;
	cJSON_Delete(item);
	return NULL;
}

cJSON *step_cache_list(const struct step_cache *cache)
{
	auto_json *list = cJSON_CreateArray();

	for (size_t i = 0; list && i < cache->n_steps; i++)
		if (!cJSON_AddItemToArray(list, step_json(&cache->steps[i])))
			return NULL;
	return take(list);
}

static bool add_rootfs(cJSON *json, const struct step_cache *cache)
{
	cJSON *rootfs = cJSON_AddObjectToObject(json, "rootfs"), *list;

	if (!cJSON_AddStringToObject(rootfs, "type", "layers"))
		return false;
	list = cJSON_AddArrayToObject(rootfs, "diff_ids");
	for (size_t i = 0; i < cache->n_layers; i++)
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(cache->layers[i].diff_id)))
			return false;
	return list != NULL;
}

int step_cache_config(const struct step_cache *cache, struct buf *out, struct err *err)
{
	auto_json *json = cJSON_CreateObject();
	auto_free char *text = NULL;
	struct platform host;
	bool fine;

	platform_host(&host);
	fine = cJSON_AddStringToObject(json, "architecture", host.architecture) &&
	       cJSON_AddStringToObject(json, "os", host.os) &&
	       cJSON_AddObjectToObject(json, "config") && add_rootfs(json, cache) &&
	       cJSON_AddItemToObject(json, STEP_CACHE_FIELD, step_cache_list(cache));
	text = fine ? cJSON_PrintUnformatted(json) : NULL;
	if (!text)
		return no_memory(err);
	buf_adds(out, text);
	return buf_failed(out) ? no_memory(err) : 0;
}

/* ---- lines ---- */

static const char *or_none(const char *text)
{
	return *text ? text : "-";
}

void step_cache_put_lines(const struct step_cache *cache, struct buf *out)
{
	for (size_t i = 0; i < cache->n_layers; i++)
		buf_addf(out, "layer %s %s %" PRIu64 "\n", cache->layers[i].diff_id,
			or_none(cache->layers[i].digest), cache->layers[i].size);
	for (size_t i = 0; i < cache->n_steps; i++)
		buf_addf(out, "step %s %s %" PRId64 " %s %s\n", cache->steps[i].key,
			or_none(cache->steps[i].diff_id), cache->steps[i].created,
			cache->steps[i].kind, cache->steps[i].what);
}

/* The next word, up to a blank; "" at the end. */
static void next_word(const char **at, char *to, size_t room)
{
	size_t len = strcspn(*at, " ");

	snprintf(to, room, "%.*s", (int)(len < room ? len : room - 1), *at);
	*at += len + ((*at)[len] == ' ');
}

static int next_digest(
	const char **at, const char *name, bool optional, char to[DIGEST_SIZE], struct err *err)
{
	char word[DIGEST_SIZE + 1];

	next_word(at, word, sizeof(word));
	to[0] = '\0';
	return optional && str_eq(word, "-") ? 0 : set_digest(to, word, name, err);
}

static int next_number(const char **at, uint64_t *out, struct err *err)
{
	char word[24], *end;

	next_word(at, word, sizeof(word));
	errno = 0;
	*out = strtoull(word, &end, 10);
	if (errno || end == word || *end || *word == '-' || *out > INT64_MAX)
		return err_set(err, EBADMSG, "cache: %.24s is no number", word);
	return 0;
}

static int read_layer_line(struct step_cache *cache, const char *at, struct err *err)
{
	struct step_layer layer;

	if (next_digest(&at, "layer", false, layer.diff_id, err) < 0 ||
		next_digest(&at, "blob", true, layer.digest, err) < 0 ||
		next_number(&at, &layer.size, err) < 0)
		return err->code;
	return step_cache_add_layer(cache, &layer, err);
}

static int read_step_line(struct step_cache *cache, const char *at, struct err *err)
{
	struct step_cached step;
	uint64_t created = 0;
	char kind[16];

	if (next_digest(&at, "key", false, step.key, err) < 0 ||
		next_digest(&at, "layer", true, step.diff_id, err) < 0 ||
		next_number(&at, &created, err) < 0)
		return err->code;
	next_word(&at, kind, sizeof(kind));
	if (set_kind(&step, kind, err) < 0)
		return err->code;
	step.created = (int64_t)created;
	set_what(&step, at);
	return step_cache_add(cache, &step, err);
}

int step_cache_add_line(struct step_cache *cache, const char *line, struct err *err)
{
	if (str_has_prefix(line, "layer "))
		return read_layer_line(cache, line + strlen("layer "), err);
	if (str_has_prefix(line, "step "))
		return read_step_line(cache, line + strlen("step "), err);
	return err_set(err, EBADMSG, "cache: an unknown line %.50s", line);
}
