#include "core/image/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

#define MEDIA_SCHEMA_1 "application/vnd.docker.distribution.manifest.v1"

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->layers);
	cJSON_Delete(manifest->json);
	free(manifest);
}

static void read_platform(const cJSON *json, struct platform *out)
{
	snprintf(out->os, sizeof(out->os), "%s", json_str_or(json, "os", ""));
	snprintf(out->architecture, sizeof(out->architecture), "%s",
		json_str_or(json, "architecture", ""));
	snprintf(out->variant, sizeof(out->variant), "%s", json_str_or(json, "variant", ""));
	platform_normalise(out);
}

static int read_descriptor(const cJSON *json, struct descriptor *out, struct err *err)
{
	const char *digest = json_str(json, "digest");
	const cJSON *platform = json_object(json, "platform");

	if (!digest)
		return err_set(err, EBADMSG, "a descriptor has no digest");
	if (!digest_is_sha256(digest)) {
		if (digest_check(digest, err) < 0)
			return err_in(err, "descriptor %.80s", digest);
		return err_set(err, ENOTSUP, "digest %.80s: only sha256 is supported", digest);
	}
	if (!json_size(json, "size", &out->size))
		return err_set(err, EBADMSG, "descriptor %.19s has no size", digest);
	memcpy(out->digest, digest, DIGEST_SIZE);
	snprintf(out->media, sizeof(out->media), "%s", json_str_or(json, "mediaType", ""));
	if (platform)
		read_platform(platform, &out->platform);
	out->annotations = json_object(json, "annotations");
	out->urls = json_array(json, "urls");
	if (str_has_suffix(out->media, "+encrypted"))
		return err_set(err, ENOTSUP, "layer %.19s is encrypted", digest);
	return 0;
}

static int read_list(struct manifest *manifest, const cJSON *list, int max, struct err *err)
{
	const cJSON *item;
	int n = cJSON_GetArraySize(list);

	if (n > max)
		return err_set(err, E2BIG, "%d entries are more than the %d allowed", n, max);
	manifest->layers = calloc((size_t)n + 1, sizeof(*manifest->layers));
	if (!manifest->layers)
		return err_set(err, ENOMEM, "manifest: out of memory");
	cJSON_ArrayForEach(item, list) if (read_descriptor(item,
						   &manifest->layers[manifest->n_layers++], err) < 0)
		return err->code;
	return 0;
}

static bool is_runnable_config(const char *media)
{
	return !*media || str_eq(media, "application/vnd.docker.container.image.v1+json") ||
	       str_eq(media, "application/vnd.oci.image.config.v1+json");
}

static int read_manifest(struct manifest *manifest, const char *media, struct err *err)
{
	const cJSON *json = manifest->json;
	const cJSON *layers = json_array(json, "layers"), *children = json_array(json, "manifests");
	const cJSON *config = json_object(json, "config");
	uint64_t version = 0;

	json_size(json, "schemaVersion", &version);
	media = json_str_or(json, "mediaType", media ? media : "");
	if (version == 1 || str_has_prefix(media, MEDIA_SCHEMA_1) || json_get(json, "fsLayers"))
		return err_set(err, ENOTSUP, "manifests of docker's schema 1 are not supported: they do "
					     "not say what is in their layers; push the image again");
	/* One document must not be read as one thing here and another there (CVE-2021-41190). */
	if (children && (layers || config))
		return err_set(err, EBADMSG, "the manifest is an image and an index at once");
	if (children) {
		if (str_eq(media, MEDIA_OCI_MANIFEST) || str_eq(media, MEDIA_DOCKER_MANIFEST))
			return err_set(err, EBADMSG, "the manifest is an index, but says it is an image");
		manifest->kind = MANIFEST_INDEX;
		return read_list(manifest, children, MANIFEST_CHILDREN_MAX, err);
	}
	if (str_eq(media, MEDIA_OCI_INDEX) || str_eq(media, MEDIA_DOCKER_INDEX))
		return err_set(err, EBADMSG, "the manifest is an image, but says it is an index");
	if (!config || !layers)
		return err_set(err, EBADMSG, "not an image manifest");
	if (read_descriptor(config, &manifest->config, err) < 0)
		return err_in(err, "config");
	if (!is_runnable_config(manifest->config.media))
		return err_set(err, ENOTSUP, "%.100s is not an image: unsupported media type",
			manifest->config.media);
	return read_list(manifest, layers, MANIFEST_LAYERS_MAX, err);
}

int manifest_parse(const char *text, size_t len, const char *media, struct manifest **out,
	struct err *err)
{
	auto_of(manifest) struct manifest *manifest = calloc(1, sizeof(*manifest));

	if (!manifest)
		return err_set(err, ENOMEM, "manifest: out of memory");
	if (json_parse(text, len, &manifest->json, err) < 0 ||
		read_manifest(manifest, media, err) < 0)
		return err_in(err, "manifest");
	*out = take(manifest);
	return 0;
}

/* BuildKit's attestations are children too, of the platform "unknown/unknown". */
static bool is_image(const struct descriptor *child)
{
	return !str_eq(json_str(child->annotations, "vnd.docker.reference.type"),
		       "attestation-manifest") &&
	       !str_eq(child->platform.os, "unknown");
}

int manifest_choose(const struct manifest *index, const struct platform *wanted,
	const struct descriptor **out, struct err *err)
{
	const struct descriptor *best = NULL;
	struct platform host;
	int best_rank = 0;
	char text[96];

	if (!wanted) {
		platform_host(&host);
		wanted = &host;
	}
	for (size_t i = 0; i < index->n_layers; i++) {
		const struct descriptor *child = &index->layers[i];
		int rank;

		if (!is_image(child))
			continue;
		/* An index of one image may leave the platform to the image's config. */
		rank = child->platform.os[0] ? platform_rank(wanted, &child->platform)
					     : index->n_layers == 1;
		if (rank > best_rank) {
			best = child;
			best_rank = rank;
		}
	}
	platform_text(wanted, text);
	if (!best)
		return err_set(err, ENOENT,
			"no matching manifest for %s in the manifest list entries", text);
	*out = best;
	return 0;
}

int config_facts(const char *text, size_t len, struct config_facts *out, struct err *err)
{
	struct config_facts facts = {0};
	auto_json *json = NULL;
	const cJSON *list, *item;
	int n;

	if (json_parse(text, len, &json, err) < 0)
		return err_in(err, "image config");
	list = json_array(json_object(json, "rootfs"), "diff_ids");
	n = cJSON_GetArraySize(list);
	if (!list || n > MANIFEST_LAYERS_MAX)
		return err_set(err, EBADMSG, "the image config does not list the image's layers");
	facts.diff_ids = calloc((size_t)n + 1, sizeof(*facts.diff_ids));
	if (!facts.diff_ids)
		return err_set(err, ENOMEM, "image config: out of memory");
	read_platform(json, &facts.platform);
	cJSON_ArrayForEach(item, list)
	{
		const char *digest = cJSON_GetStringValue(item);

		if (!digest || !digest_is_sha256(digest)) {
			free(facts.diff_ids);
			return err_set(err, EBADMSG, "the image config names a layer by %.80s",
				digest ? digest : "no text");
		}
		memcpy(facts.diff_ids[facts.n_diff_ids++], digest, DIGEST_SIZE);
	}
	*out = facts;
	return 0;
}
