/* save_text.c - the documents of a saved archive. */
#include <stdio.h>
#include <string.h>

#include "core/image/save_private.h"
#include "core/reference.h"

#define MEDIA_OCI_CONFIG "application/vnd.oci.image.config.v1+json"

static void print(cJSON *json, struct buf *out)
{
	char *text = json ? cJSON_PrintUnformatted(json) : NULL;

	if (text)
		buf_adds(out, text);
	else
		out->failed = true;
	cJSON_free(text);
	cJSON_Delete(json);
}

static cJSON *descriptor(const char *media, const char *digest, uint64_t size)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "mediaType", media);
	cJSON_AddStringToObject(object, "digest", digest);
	cJSON_AddNumberToObject(object, "size", (double)size);
	return object;
}

void saved_manifest(const struct saved_image *image, struct buf *out)
{
	cJSON *json = cJSON_CreateObject(), *layers;

	cJSON_AddNumberToObject(json, "schemaVersion", 2);
	cJSON_AddStringToObject(json, "mediaType", MEDIA_OCI_MANIFEST);
	cJSON_AddItemToObject(
		json, "config", descriptor(MEDIA_OCI_CONFIG, image->image->id, image->config_size));
	layers = cJSON_AddArrayToObject(json, "layers");
	for (size_t i = 0; i < image->n_layers; i++)
		cJSON_AddItemToArray(
			layers, descriptor(image->layers[i].media, image->layers[i].digest,
					image->layers[i].size));
	print(json, out);
}

/* ---- index.json ---- */

static void add_platform(cJSON *to, const struct image *image)
{
	cJSON *platform = cJSON_AddObjectToObject(to, "platform");

	cJSON_AddStringToObject(platform, "architecture", image->architecture);
	cJSON_AddStringToObject(platform, "os", image->os);
	if (image->variant[0])
		cJSON_AddStringToObject(platform, "variant", image->variant);
}

/* tag: normalised "name:tag", or NULL. */
static void add_entry(cJSON *manifests, const struct saved_image *image, const char *tag)
{
	cJSON *entry = descriptor(MEDIA_OCI_MANIFEST, image->manifest, image->manifest_size);

	if (tag) {
		cJSON *annotations = cJSON_AddObjectToObject(entry, "annotations");

		cJSON_AddStringToObject(annotations, "io.containerd.image.name", tag);
		cJSON_AddStringToObject(
			annotations, "org.opencontainers.image.ref.name", strrchr(tag, ':') + 1);
	}
	add_platform(entry, image->image);
	cJSON_AddItemToArray(manifests, entry);
}

void saved_index(const struct saving *saving, struct buf *out)
{
	cJSON *json = cJSON_CreateObject(), *manifests;

	cJSON_AddNumberToObject(json, "schemaVersion", 2);
	cJSON_AddStringToObject(json, "mediaType", MEDIA_OCI_INDEX);
	manifests = cJSON_AddArrayToObject(json, "manifests");
	for (size_t i = 0; i < saving->n_images; i++) {
		const struct saved_image *image = &saving->images[i];

		for (size_t k = 0; k < image->tags.len; k++)
			add_entry(manifests, image, image->tags.v[k]);
		if (!image->tags.len)
			add_entry(manifests, image, NULL);
	}
	print(json, out);
}

/* ---- manifest.json, repositories ---- */

static cJSON *member(const char *digest)
{
	char name[DIGEST_HEX + 32];

	snprintf(name, sizeof(name), "blobs/sha256/%.64s", digest_hex(digest));
	return cJSON_CreateString(name);
}

static cJSON *familiar_tags(const struct saved_image *image)
{
	cJSON *tags = cJSON_CreateArray();

	for (size_t i = 0; i < image->tags.len; i++)
		cJSON_AddItemToArray(
			tags, cJSON_CreateString(reference_familiar_name(image->tags.v[i])));
	return tags;
}

static cJSON *docker_image(const struct saved_image *image)
{
	cJSON *json = cJSON_CreateObject(), *layers, *sources;

	cJSON_AddItemToObject(json, "Config", member(image->image->id));
	cJSON_AddItemToObject(
		json, "RepoTags", image->tags.len ? familiar_tags(image) : cJSON_CreateNull());
	layers = cJSON_AddArrayToObject(json, "Layers");
	sources = cJSON_AddObjectToObject(json, "LayerSources");
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct saved_layer *layer = &image->layers[i];

		cJSON_AddItemToArray(layers, member(layer->digest));
		cJSON_DeleteItemFromObjectCaseSensitive(sources, layer->diff_id);
		cJSON_AddItemToObject(sources, layer->diff_id,
			descriptor(layer->media, layer->digest, layer->size));
	}
	return json;
}

void saved_docker_manifest(const struct saving *saving, struct buf *out)
{
	cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < saving->n_images; i++)
		cJSON_AddItemToArray(json, docker_image(&saving->images[i]));
	print(json, out);
}

static void add_repository(cJSON *json, const char *tag, const char *top)
{
	const char *name = reference_familiar_name(tag), *colon = strrchr(name, ':');
	char repository[REFERENCE_NAME_MAX + 1];
	cJSON *tags;

	snprintf(repository, sizeof(repository), "%.*s", (int)(colon - name), name);
	tags = cJSON_GetObjectItemCaseSensitive(json, repository);
	if (!tags)
		tags = cJSON_AddObjectToObject(json, repository);
	cJSON_AddStringToObject(tags, colon + 1, digest_hex(top));
}

void saved_repositories(const struct saving *saving, struct buf *out)
{
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < saving->n_images; i++) {
		const struct saved_image *image = &saving->images[i];

		for (size_t k = 0; image->n_layers && k < image->tags.len; k++)
			add_repository(
				json, image->tags.v[k], image->layers[image->n_layers - 1].digest);
	}
	print(json, out);
}
