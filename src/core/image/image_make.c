#include "core/image/image_make.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/image/commit.h"
#include "core/image/layer_private.h"
#include "core/timing.h"
#include "util/buf.h"
#include "util/json.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "image: out of memory");
}

void image_time(int64_t ns, char text[40])
{
	time_t seconds = ns / 1000000000;
	long rest = (long)(ns % 1000000000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest) {
		len += (size_t)snprintf(text + len, 40 - len, ".%09ld", rest);
		while (text[len - 1] == '0')
			len--;
	}
	snprintf(text + len, 40 - len, "Z");
}

/* ---- the document ---- */

struct document {
	const struct image_make *make;
	const cJSON *parent;   /* its whole config; or NULL */
	struct layer **layers; /* all of them */
	size_t n_layers;
	char created[40];
};

static void copy_member(cJSON *to, const cJSON *from, const char *key)
{
	const cJSON *value = json_get(from, key);

	if (value)
		cJSON_AddItemToObject(to, key, cJSON_Duplicate(value, true));
}

static void add_platform(const struct document *doc, cJSON *to)
{
	const struct platform *platform = doc->make->platform;
	struct platform host;

	if (!platform && doc->parent) {
		static const char *const keys[] = {
			"architecture", "variant", "os", "os.version", "os.features"};

		for (size_t i = 0; i < array_len(keys); i++)
			copy_member(to, doc->parent, keys[i]);
		return;
	}
	if (!platform) {
		platform_host(&host);
		platform = &host;
	}
	cJSON_AddStringToObject(to, "architecture", platform->architecture);
	if (*platform->variant)
		cJSON_AddStringToObject(to, "variant", platform->variant);
	cJSON_AddStringToObject(to, "os", platform->os);
}

static bool is_empty(const cJSON *value)
{
	return !value || cJSON_IsNull(value) || cJSON_IsFalse(value) ||
	       (cJSON_IsString(value) && !*value->valuestring) ||
	       ((cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child);
}

/* In docker's order, without what is empty, and without what only a container has. An entrypoint or
 * a command of no words is something that was said, and stays. */
static void add_config(const struct document *doc, cJSON *to)
{
	static const char *const keys[] = {"User", "ExposedPorts", "Env", "Cmd", "Healthcheck",
		"ArgsEscaped", "Volumes", "WorkingDir", "Entrypoint", "OnBuild", "Labels",
		"StopSignal", "StopTimeout", "Shell"};
	const cJSON *from =
		doc->make->config ? doc->make->config : json_object(doc->parent, "config");
	cJSON *config = cJSON_AddObjectToObject(to, "config");

	for (size_t i = 0; i < array_len(keys); i++)
		if (!is_empty(json_get(from, keys[i])))
			copy_member(config, from, keys[i]);
}

static void add_rootfs(const struct document *doc, cJSON *to)
{
	cJSON *rootfs = cJSON_AddObjectToObject(to, "rootfs"), *ids;

	cJSON_AddStringToObject(rootfs, "type", "layers");
	ids = cJSON_AddArrayToObject(rootfs, "diff_ids");
	for (size_t i = 0; i < doc->n_layers; i++)
		cJSON_AddItemToArray(ids, cJSON_CreateString(layer_diff_id(doc->layers[i])));
}

static void add_text(cJSON *to, const char *key, const char *text)
{
	if (text && *text)
		cJSON_AddStringToObject(to, key, text);
}

static void add_history(const struct document *doc, cJSON *to)
{
	const cJSON *before = json_array(doc->parent, "history");
	cJSON *history = before ? cJSON_Duplicate(before, true) : cJSON_CreateArray();
	char created[40];

	for (size_t i = 0; i < doc->make->n_history; i++) {
		const struct image_history *line = &doc->make->history[i];
		cJSON *entry = cJSON_CreateObject();

		snprintf(created, sizeof(created), "%s", doc->created);
		if (line->created_ns != IMAGE_MAKE_NOW)
			image_time(line->created_ns, created);
		cJSON_AddStringToObject(entry, "created", created);
		add_text(entry, "author", line->author);
		add_text(entry, "created_by", line->created_by);
		add_text(entry, "comment", line->comment);
		if (line->empty_layer)
			cJSON_AddTrueToObject(entry, "empty_layer");
		cJSON_AddItemToArray(history, entry);
	}
	cJSON_AddItemToObject(to, "history", history);
}

static int write_document(const struct document *doc, struct buf *out, struct err *err)
{
	auto_json *json = cJSON_CreateObject();
	char *text;

	add_platform(doc, json);
	cJSON_AddStringToObject(json, "created", doc->created);
	add_text(json, "author",
		doc->make->author ? doc->make->author : json_str(doc->parent, "author"));
	add_config(doc, json);
	add_rootfs(doc, json);
	add_history(doc, json);
	text = json ? cJSON_PrintUnformatted(json) : NULL;
	if (text)
		buf_adds(out, text);
	cJSON_free(text);
	return !text || buf_failed(out) ? no_memory(err) : 0;
}

/* ---- the layers ---- */

/* What an image is mounted from names a layer that comes twice only where it comes last, so both
 * lists are walked from the top. */
int image_match_layers(const struct image *image, struct layer *const *stack, size_t len,
	struct layer **out, struct err *err)
{
	size_t next = len;

	for (size_t i = image->diff_ids.len; i--;) {
		const char *diff_id = image->diff_ids.v[i];
		size_t k = next;

		if (next && str_eq(layer_diff_id(stack[next - 1]), diff_id))
			k = --next;
		else
			while (k < len && !str_eq(layer_diff_id(stack[k]), diff_id))
				k++;
		if (k == len)
			return err_set(err, EBADMSG,
				"image %.19s: its layers do not fit its config", image->id);
		out[i] = stack[k];
	}
	return 0;
}

static int make(struct store *store, const struct image_make *how, const struct layer_stack *stack,
	const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err)
{
	size_t below = how->parent ? how->parent->diff_ids.len : 0, n = below + how->n_layers;
	auto_free struct layer **layers = calloc(n + 1, sizeof(*layers));
	struct document doc = {.make = how,
		.parent = how->parent ? how->parent->config.raw : NULL,
		.layers = layers,
		.n_layers = n};
	auto_buf config = BUF_INIT;

	if (!layers)
		return no_memory(err);
	if (how->parent && image_match_layers(how->parent, stack->v, stack->n, layers, err) < 0)
		return err->code;
	if (how->n_layers)
		memcpy(layers + below, how->layers, how->n_layers * sizeof(*layers));
	image_time(how->created_ns == IMAGE_MAKE_NOW ? (int64_t)timing_wall() : how->created_ns,
		doc.created);
	if (write_document(&doc, &config, err) < 0)
		return err->code;
	const struct image_draft draft = {.config = config.data,
		.config_len = config.len,
		.layers = layers,
		.n_layers = n,
		.tags = how->tags,
		.action = how->action};

	return image_commit(store, &draft, watch, id, err);
}

int image_make(struct store *store, const struct image_make *how, const struct image_watch *watch,
	char id[DIGEST_SIZE], struct err *err)
{
	auto_stack own = {0};

	if (store_hold(store, err) < 0)
		return err->code;
	if (how->parent && !how->below &&
		layer_stack_open(store, &how->parent->layers, &own, err) < 0)
		return err->code;
	return make(store, how, how->below ? how->below : &own, watch, id, err);
}
