/* load_docker.c - docker-archive: manifest.json says where each image's config and layers are. */
#include <errno.h>
#include <string.h>

#include "core/image/load_private.h"
#include "core/image/manifest.h"
#include "core/image/sha.h"
#include "util/json.h"

/* Since docker 25 a layer's name in the archive is its digest: then what is compressed is worth
 * keeping, and is checked as it comes. */
static void read_digests(struct found_image *image)
{
	static const char blobs[] = "blobs/sha256/";

	for (size_t i = 0; i < image->layers.len; i++) {
		const char *name = image->layers.v[i], *hex = name + sizeof(blobs) - 1;

		if (!str_has_prefix(name, blobs) || strlen(hex) != DIGEST_HEX ||
			!str_is_hex(hex, DIGEST_HEX)) {
			strs_fini(&image->digests);
			image->digests = (struct strs)STRS_INIT;
			return;
		}
		strs_addf(&image->digests, "sha256:%s", hex);
	}
}

/* The same archive may be an OCI layout too: then the manifest there is the one to push again, as
 * long as it speaks of the same layers. */
static void find_manifest(struct loading *loading, struct found_image *image, struct buf *text)
{
	auto_of(manifest) struct manifest *manifest = NULL;
	char config[DIGEST_SIZE];
	struct err ignored;

	sha_of(image->config, image->config_len, config);
	if (!image->digests.len || !archive_has(loading->archive, "index.json") ||
		load_oci_manifest(loading, config, text, &ignored) < 0 ||
		manifest_parse(text->data, text->len, NULL, &manifest, &ignored) < 0 ||
		manifest->n_layers != image->digests.len)
		return;
	for (size_t i = 0; i < manifest->n_layers; i++)
		if (!str_eq(manifest->layers[i].digest, image->digests.v[i]))
			return;
	image->manifest = text->data;
	image->manifest_len = text->len;
}

static int read_image(struct loading *loading, const cJSON *item, struct found_image *image,
	struct buf *config, struct err *err)
{
	const char *name = json_str(item, "Config");
	auto_buf manifest = BUF_INIT;

	if (!name)
		return err_set(err, EBADMSG, "manifest.json: an image without a config");
	if (json_strs(json_array(item, "Layers"), &image->layers) < 0 ||
		json_strs(json_array(item, "RepoTags"), &image->tags) < 0)
		return err_set(err, EBADMSG, "manifest.json: Layers and RepoTags must be texts");
	read_digests(image);
	if (strs_failed(&image->digests))
		return err_set(err, ENOMEM, "load: out of memory");
	if (archive_read_member(loading->archive, name, config, err) < 0)
		return err->code;
	image->config = config->data;
	image->config_len = config->len;
	find_manifest(loading, image, &manifest);
	return load_found(loading, image, err);
}

int load_docker(struct loading *loading, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_json *json = NULL;
	const cJSON *item;

	if (archive_read_member(loading->archive, "manifest.json", &text, err) < 0)
		return err->code;
	if (json_parse(text.data, text.len, &json, err) < 0)
		return err_in(err, "manifest.json");
	if (!cJSON_IsArray(json) || !json->child)
		return err_set(err, EBADMSG, "manifest.json names no image");
	cJSON_ArrayForEach(item, json) {
		struct found_image image = {0};
		auto_buf config = BUF_INIT;
		int failed = read_image(loading, item, &image, &config, err);

		found_image_fini(&image);
		if (failed)
			return failed;
	}
	return 0;
}
