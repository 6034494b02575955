/* figure_image.c - what an image is made of: a manifest that names a config and layers by what is
 * in them. */
#include <stdio.h>
#include <string.h>

#include "core/figure_parts.h"
#include "util/json.h"
#include "util/redact.h"

static void add_blob_proof(struct figure *figure, const char *root, const char *digest)
{
	figure_proof(figure, "%s/blobs/sha256/%s", root, figure_hex(digest));
	figure_command(figure, "sha256sum %s/blobs/sha256/%s", root, figure_hex(digest));
}

static void add_names(struct figure *figure, const char *name, const cJSON *inspect)
{
	const cJSON *tags = json_array(inspect, "RepoTags"), *tag;
	auto_buf list = BUF_INIT;

	cJSON_ArrayForEach(tag, tags)
		if (cJSON_IsString(tag))
			buf_addf(&list, "%s%s", list.len ? "\n" : "", tag->valuestring);
	figure_box(figure, -1, "names");
	figure_value(figure, "%d", cJSON_GetArraySize(tags));
	figure_text(figure, "%s", list.len ? buf_text(&list) : "none");
	figure_words(figure, "A name is only a sign that points at an image: it can point at "
			     "another one tomorrow.");
	figure_command(figure, "davit images --no-trunc %s", name);
}

static void add_manifest(struct figure *figure, const cJSON *inspect, const char *root)
{
	const cJSON *descriptor = json_object(inspect, "Descriptor");
	const char *digest = json_str_or(json_object(inspect, "Content"), "Manifest", "");
	char size[FIGURE_SIZE_TEXT];
	uint64_t bytes = 0;

	json_size(descriptor, "size", &bytes);
	figure_box(figure, -1, "manifest");
	figure_link(figure, "point at");
	if (!descriptor) {
		figure_tone(figure, FIGURE_FAINT);
		figure_text(figure, "none yet: this image was made here");
		figure_words(figure,
			"A manifest lists what is to be fetched. It is written when the image is "
			"pushed or saved; until then the config alone says what the image is.");
		return;
	}
	figure_value(figure, "%s", figure_size(size, bytes));
	figure_text(figure, "%s\n%s", digest, json_str_or(descriptor, "mediaType", ""));
	figure_words(figure, "The list of what is to be fetched: a config and layers, each by the "
			     "hash of its bytes. Its own hash is the image's digest.");
	add_blob_proof(figure, root, digest);
}

static void add_config(struct figure *figure, int parent, const cJSON *inspect, const char *root)
{
	const cJSON *config = json_object(inspect, "Config"), *word;
	const char *id = json_str_or(inspect, "Id", "");
	int settings = cJSON_GetArraySize(json_array(config, "Env"));
	auto_buf command = BUF_INIT, shown = BUF_INIT;

	cJSON_ArrayForEach(word, json_array(config, "Entrypoint"))
		if (cJSON_IsString(word))
			buf_addf(&command, " %s", word->valuestring);
	cJSON_ArrayForEach(word, json_array(config, "Cmd"))
		if (cJSON_IsString(word))
			buf_addf(&command, " %s", word->valuestring);
	redact_line(buf_text(&command), &shown);
	figure_box(figure, parent, "config");
	figure_value(figure, "%s/%s", json_str_or(inspect, "Os", "?"),
		json_str_or(inspect, "Architecture", "?"));
	figure_text(figure, "%s\nruns%s\n%d setting%s of the environment", id,
		shown.len ? buf_text(&shown) : " nothing by itself", settings,
		settings == 1 ? "" : "s");
	figure_words(figure, "How to run it, and which layers it is: its hash is the image's id.");
	add_blob_proof(figure, root, id);
}

static void add_layer(
	struct figure *figure, int parent, int n, const cJSON *layer, const char *root)
{
	const char *digest = json_str_or(layer, "Digest", "");
	char size[FIGURE_SIZE_TEXT], packed[FIGURE_SIZE_TEXT], shown[FIGURE_DIGEST_TEXT];
	uint64_t bytes = 0, content = 0;

	json_size(layer, "Size", &bytes);
	json_size(layer, "ContentSize", &content);
	figure_box(figure, parent, "layer %d", n);
	figure_value(figure, "%s", figure_size(size, bytes));
	figure_text(figure, "tree %s\n", figure_digest(json_str_or(layer, "DiffID", ""), shown));
	if (json_is_true(layer, "Kept"))
		figure_text(figure, "tree %s\nblob %.19s  %s",
			figure_digest(json_str_or(layer, "DiffID", ""), shown), digest,
			figure_size(packed, content));
	else if (*digest)
		figure_text(figure, "tree %s\nblob %.19s, not kept here",
			figure_digest(json_str_or(layer, "DiffID", ""), shown), digest);
	figure_words(figure,
		"Files. It has two hashes: of the tree (diff id), which the config names, and of "
		"the compressed content it came as, which the manifest names.");
	if (json_is_true(layer, "Kept"))
		add_blob_proof(figure, root, digest);
}

static void add_layers(struct figure *figure, int parent, const cJSON *inspect, const char *root)
{
	const cJSON *list = json_array(json_object(inspect, "Content"), "Layers");
	char size[FIGURE_SIZE_TEXT];
	int n = cJSON_GetArraySize(list), box;
	uint64_t bytes = 0;

	json_size(inspect, "Size", &bytes);
	box = figure_box(figure, parent, "%d layer%s", n, n == 1 ? "" : "s");
	figure_value(figure, "%s", figure_size(size, bytes));
	figure_flow(figure, FIGURE_SLABS);
	figure_words(figure, "What lies in its files, the topmost first.");
	for (int i = n - 1; i >= 0; i--)
		add_layer(figure, box, i + 1, cJSON_GetArrayItem(list, i), root);
}

void figure_of_image(
	struct figure *figure, const char *name, const cJSON *inspect, const char *root)
{
	int box;

	figure_title(figure, "What %s is made of", name);
	figure_caption(figure,
		"All of it is named by the hash of its bytes: the same bytes, the same name.");
	add_names(figure, name, inspect);
	add_manifest(figure, inspect, root);
	box = figure_box(figure, -1, "by their hashes");
	figure_link(figure, "lists");
	figure_flow(figure, FIGURE_ACROSS);
	figure_words(figure, "What the manifest lists; whoever has it can check every byte.");
	figure_command(figure, "davit image inspect -f '{{json .RootFS}}' %s", name);
	add_config(figure, box, inspect, root);
	add_layers(figure, box, inspect, root);
}
