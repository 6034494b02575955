/* A config as the document that an image's id is the digest of. */
#include <stdlib.h>
#include <string.h>

#include "build/config.h"
#include "core/image/step_cache.h"
#include "util/json.h"

/* cJSON answers NULL when memory runs out; one flag remembers it for the whole document. */
struct document {
	bool failed;
};

static void add(struct document *document, cJSON *object, const char *key, cJSON *item)
{
	if (item && cJSON_AddItemToObject(object, key, item))
		return;
	cJSON_Delete(item);
	document->failed = true;
}

static void add_text(struct document *document, cJSON *object, const char *key, const char *text)
{
	if (text && *text)
		add(document, object, key, cJSON_CreateString(text));
}

static void add_list(
	struct document *document, cJSON *object, const char *key, const struct strs *list)
{
	if (list->len)
		add(document, object, key,
			cJSON_CreateStringArray((const char *const *)list->v, (int)list->len));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Go writes the keys of a map in order. */
static char **sorted(struct document *document, const struct strs *list)
{
	char **v = malloc(list->len * sizeof(*v));

	if (!v) {
		document->failed = true;
		return NULL;
	}
	memcpy(v, list->v, list->len * sizeof(*v));
	qsort(v, list->len, sizeof(*v), by_text);
	return v;
}

static void add_set(
	struct document *document, cJSON *object, const char *key, const struct strs *list)
{
	auto_free char **v = NULL;
	cJSON *set;

	if (!list->len || !(v = sorted(document, list)))
		return;
	set = cJSON_CreateObject();
	for (size_t i = 0; set && i < list->len; i++)
		add(document, set, v[i], cJSON_CreateObject());
	add(document, object, key, set);
}

static void add_labels(struct document *document, cJSON *object, const struct strs *labels)
{
	auto_free char **v = NULL;
	cJSON *map;

	if (!labels->len || !(v = sorted(document, labels)))
		return;
	map = cJSON_CreateObject();
	for (size_t i = 0; map && i < labels->len; i++) {
		const char *equals = strchr(v[i], '=');
		char *name = strndup(v[i], (size_t)(equals - v[i]));

		if (name)
			add(document, map, name, cJSON_CreateString(equals + 1));
		document->failed |= !name;
		free(name);
	}
	add(document, object, "Labels", map);
}

static cJSON *run_config(struct document *document, const struct build_config *config)
{
	cJSON *run = cJSON_CreateObject();

	if (!run)
		return NULL;
	add_text(document, run, "User", config->user);
	add_set(document, run, "ExposedPorts", &config->ports);
	add_list(document, run, "Env", &config->env);
	add_list(document, run, "Entrypoint", &config->entrypoint);
	add_list(document, run, "Cmd", &config->cmd);
	add_set(document, run, "Volumes", &config->volumes);
	add_text(document, run, "WorkingDir", config->working_dir);
	add_labels(document, run, &config->labels);
	add_text(document, run, "StopSignal", config->stop_signal);
	if (config->args_escaped)
		add(document, run, "ArgsEscaped", cJSON_CreateTrue());
	if (config->healthcheck)
		add(document, run, "Healthcheck", cJSON_Duplicate(config->healthcheck, true));
	add_list(document, run, "OnBuild", &config->on_build);
	if (config->stop_timeout >= 0)
		add(document, run, "StopTimeout", cJSON_CreateNumber((double)config->stop_timeout));
	add_list(document, run, "Shell", &config->shell);
	return run;
}

static cJSON *history_list(struct document *document, const struct build_config *config,
	const struct build_config_facts *facts)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; list && i < config->history_len; i++) {
		const struct build_history *line = &config->history[i];
		cJSON *object = cJSON_CreateObject();

		if (!object || !cJSON_AddItemToArray(list, object)) {
			cJSON_Delete(object);
			document->failed = true;
			continue;
		}
		add_text(document, object, "created",
			line->created ? line->created : facts->created);
		add_text(document, object, "created_by", line->created_by);
		add_text(document, object, "author", line->author);
		add_text(document, object, "comment", line->comment);
		if (line->empty)
			add(document, object, "empty_layer", cJSON_CreateTrue());
	}
	return list;
}

static cJSON *root_fs(struct document *document, const struct strs *diff_ids)
{
	cJSON *rootfs = cJSON_CreateObject();

	if (!rootfs)
		return NULL;
	add_text(document, rootfs, "type", "layers");
	add(document, rootfs, "diff_ids",
		diff_ids->len ? cJSON_CreateStringArray(
					(const char *const *)diff_ids->v, (int)diff_ids->len)
			      : cJSON_CreateArray());
	return rootfs;
}

char *build_config_json(const struct build_config *config, const struct build_config_facts *facts)
{
	struct document document = {0};
	auto_json *root = cJSON_CreateObject();

	if (!root)
		return NULL;
	add_text(&document, root, "architecture", config->architecture);
	add_text(&document, root, "variant", config->variant);
	add_text(&document, root, "os", config->os);
	add_text(&document, root, "os.version", config->os_version);
	add_list(&document, root, "os.features", &config->os_features);
	add_text(&document, root, "created", facts->created);
	add_text(&document, root, "author", config->author);
	add(&document, root, "config", run_config(&document, config));
	if (facts->diff_ids)
		add(&document, root, "rootfs", root_fs(&document, facts->diff_ids));
	if (!facts->omit_history)
		add(&document, root, "history", history_list(&document, config, facts));
	if (facts->steps)
		add(&document, root, STEP_CACHE_FIELD, cJSON_Duplicate(facts->steps, true));
	return document.failed ? NULL : cJSON_PrintUnformatted(root);
}
