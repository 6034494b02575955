#include "core/image/manifest.h"

#include <stdio.h>
#include <strings.h>

#include "util/json.h"
#include "util/strs.h"

enum { MEMBERS_MAX = 64 };

static const char *const known_media[] = {
	MEDIA_DOCKER_MANIFEST, MEDIA_DOCKER_INDEX, MEDIA_OCI_MANIFEST, MEDIA_OCI_INDEX};

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	cJSON_Delete(manifest->json);
	free(manifest->layers);
	free(manifest);
}

/* Readers differ in which of two equal names they believe, and some do not tell case apart. */
static const char *name_twice(const cJSON *object)
{
	for (const cJSON *a = object->child; a; a = a->next)
		for (const cJSON *b = a->next; b; b = b->next)
			if (strcasecmp(a->string, b->string) == 0)
				return a->string;
	return NULL;
}

static int check_object(const cJSON *json, const char *what, struct err *err)
{
	const char *twice;

	if (!cJSON_IsObject(json))
		return err_set(err, EBADMSG, "manifest: %s is no object", what);
	if (cJSON_GetArraySize(json) > MEMBERS_MAX)
		return err_set(
			err, EBADMSG, "manifest: %s has more than %d members", what, MEMBERS_MAX);
	twice = name_twice(json);
	if (twice)
		return err_set(err, EBADMSG, "manifest: %s has \"%.40s\" twice", what, twice);
	return 0;
}

/* "" when the member is absent; a value that does not fit is refused, not cut. */
static int copy_text(const cJSON *json, const char *name, char *out, size_t room, struct err *err)
{
	const char *text = json_str_or(json, name, "");

	if (strlen(text) >= room)
		return err_set(
			err, EBADMSG, "manifest: %s is longer than %zu bytes", name, room - 1);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int parse_platform(const cJSON *json, struct platform *out, struct err *err)
{
	const cJSON *platform = json_object(json, "platform");
	int failed;

	if (!platform)
		return 0;
	failed = check_object(platform, "a platform", err);
	if (!failed)
		failed = copy_text(platform, "os", out->os, sizeof(out->os), err);
	if (!failed)
		failed = copy_text(platform, "architecture", out->architecture,
			sizeof(out->architecture), err);
	if (!failed)
		failed = copy_text(platform, "variant", out->variant, sizeof(out->variant), err);
	if (!failed)
		platform_normalise(out);
	return failed;
}

static int parse_digest(const cJSON *json, const char *what, char out[DIGEST_SIZE], struct err *err)
{
	const char *digest = json_str(json, "digest");
	struct err why = {0};

	if (!digest)
		return err_set(err, EBADMSG, "manifest: %s has no digest", what);
	if (!digest_is_sha256(digest)) {
		digest_check(digest, &why);
		return err_set(err, EBADMSG, "manifest: %s: digest %.80s: %s", what, digest,
			why.code ? why.text : "only sha256 is supported");
	}
	memcpy(out, digest, DIGEST_SIZE);
	return 0;
}

static int parse_descriptor(
	const cJSON *json, const char *what, struct descriptor *d, struct err *err)
{
	int failed = check_object(json, what, err);

	if (!failed)
		failed = parse_digest(json, what, d->digest, err);
	if (!failed)
		failed = copy_text(json, "mediaType", d->media, sizeof(d->media), err);
	if (!failed && !json_size(json, "size", &d->size))
		failed = err_set(err, EBADMSG, "manifest: %s has no proper size", what);
	if (!failed)
		failed = parse_platform(json, &d->platform, err);
	if (!failed && str_has_suffix(d->media, "+encrypted"))
		failed = err_set(err, ENOTSUP, "manifest: %s is encrypted", what);
	d->annotations = json_object(json, "annotations");
	d->urls = json_array(json, "urls");
	return failed;
}

static int parse_entries(
	const cJSON *list, const char *what, int max, struct manifest *manifest, struct err *err)
{
	int count = cJSON_GetArraySize(list);
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return err_set(err, EBADMSG, "manifest: its list of %s is no list", what);
	if (count > max)
		return err_set(err, EBADMSG, "manifest: %d %s, and at most %d are accepted", count,
			what, max);
	manifest->layers = calloc((size_t)count + 1, sizeof(*manifest->layers));
	if (!manifest->layers)
		return err_set(err, ENOMEM, "manifest: out of memory");
	cJSON_ArrayForEach(item, list) {
		struct descriptor *d = &manifest->layers[manifest->n_layers++];
		char name[48];
		int failed;

		snprintf(name, sizeof(name), "number %zu of its %s", manifest->n_layers, what);
		failed = parse_descriptor(item, name, d, err);
		if (failed)
			return failed;
	}
	return 0;
}

static bool same_media(const char *said, const char *known)
{
	size_t len = strcspn(said, "; \t");

	return strlen(known) == len && strncasecmp(said, known, len) == 0;
}

static const char *find_media(const char *said)
{
	for (size_t i = 0; said && i < array_len(known_media); i++)
		if (same_media(said, known_media[i]))
			return known_media[i];
	return NULL;
}

/* By mediaType, else by what the sender said, else by its members. */
static int decide_kind(
	const cJSON *json, const char *sent_as, struct manifest *manifest, struct err *err)
{
	const char *own = json_str(json, "mediaType");
	const char *sent = find_media(sent_as), *media = own ? find_media(own) : sent;

	if (own && !media)
		return err_set(err, ENOTSUP, "manifest: unsupported media type %.100s", own);
	if (own && sent && strcmp(sent, media) != 0)
		return err_set(
			err, EBADMSG, "manifest: sent as %s but calls itself %s", sent, media);
	if (!media)
		media = json_get(json, "manifests") ? MEDIA_OCI_INDEX : MEDIA_OCI_MANIFEST;
	manifest->kind =
		strcmp(media, MEDIA_DOCKER_INDEX) == 0 || strcmp(media, MEDIA_OCI_INDEX) == 0
			? MANIFEST_INDEX
			: MANIFEST_IMAGE;
	return 0;
}

static int check_version(const cJSON *json, struct err *err)
{
	uint64_t version = 0;

	if (json_get(json, "fsLayers") ||
		(json_size(json, "schemaVersion", &version) && version == 1))
		return err_set(err, ENOTSUP,
			"manifest: image format schema 1 is not supported: its layers cannot be "
			"verified; push the image again with a current tool");
	if (version != 2)
		return err_set(err, EBADMSG, "manifest: its schemaVersion is not 2");
	return 0;
}

/* Old tools wrote octet-stream, or nothing. */
static bool is_image_config(const char *media)
{
	return !*media || str_eq(media, "application/vnd.oci.image.config.v1+json") ||
	       str_eq(media, "application/vnd.docker.container.image.v1+json") ||
	       str_eq(media, "application/octet-stream");
}

static int parse_members(const cJSON *json, struct manifest *manifest, struct err *err)
{
	bool index_like = cJSON_HasObjectItem(json, "manifests");
	bool image_like =
		cJSON_HasObjectItem(json, "layers") || cJSON_HasObjectItem(json, "config");
	bool index = manifest->kind == MANIFEST_INDEX;
	int failed;

	/* GHSA-77vh-xpmg-72qh: one reader takes it for this, the next for that. */
	if (index_like && image_like)
		return err_set(
			err, EBADMSG, "manifest: it claims to be an index and an image at once");
	if (index ? !index_like : !image_like)
		return err_set(err, EBADMSG, "manifest: it is no %s, though its type says so",
			index ? "index" : "image");
	if (index)
		return parse_entries(json_get(json, "manifests"), "manifests",
			MANIFEST_CHILDREN_MAX, manifest, err);
	failed = parse_descriptor(json_get(json, "config"), "its config", &manifest->config, err);
	if (failed)
		return failed;
	if (!is_image_config(manifest->config.media))
		return err_set(err, ENOTSUP,
			"manifest: a config of type %.100s is no image's: it "
			"cannot be run",
			manifest->config.media);
	return parse_entries(
		json_get(json, "layers"), "layers", MANIFEST_LAYERS_MAX, manifest, err);
}

int manifest_parse(
	const char *text, size_t len, const char *media, struct manifest **out, struct err *err)
{
	auto_of(manifest) struct manifest *manifest = calloc(1, sizeof(*manifest));
	int failed;

	if (!manifest)
		return err_set(err, ENOMEM, "manifest: out of memory");
	if (media && same_media(media, "text/html"))
		return err_set(err, EBADMSG, "manifest: a web page came instead of it");
	failed = json_parse(text, len, &manifest->json, err);
	if (failed)
		return err_in(err, "manifest");
	failed = check_object(manifest->json, "it", err);
	if (!failed)
		failed = check_version(manifest->json, err);
	if (!failed)
		failed = decide_kind(manifest->json, media, manifest, err);
	if (!failed)
		failed = parse_members(manifest->json, manifest, err);
	if (failed)
		return failed;
	*out = take(manifest);
	return 0;
}

/* Build tools add entries that say something about an image and are none. */
static bool is_attestation(const struct descriptor *d)
{
	return str_eq(json_str(d->annotations, "vnd.docker.reference.type"),
		       "attestation-manifest") ||
	       strcmp(d->platform.os, "unknown") == 0;
}

/* The same image twice, once compressed with zstd: that one unpacks faster. */
static bool is_zstd(const struct descriptor *d)
{
	return str_eq(json_str(d->annotations, "io.github.containers.compression.zstd"), "true");
}

static bool is_better(const struct descriptor *d, int rank, const struct descriptor *best, int most)
{
	return rank > most || (rank && rank == most && is_zstd(d) && !is_zstd(best));
}

int manifest_choose(const struct manifest *index, const struct platform *wanted,
	const struct descriptor **out, struct err *err)
{
	const struct descriptor *best = NULL;
	struct platform host;
	char text[96];
	int most = 0;

	platform_host(&host);
	if (!wanted)
		wanted = &host;
	for (size_t i = 0; i < index->n_layers; i++) {
		const struct descriptor *d = &index->layers[i];
		/* One without a platform will do when there is no other. */
		int rank = *d->platform.os ? platform_rank(wanted, &d->platform) : 1;

		if (is_attestation(d) || !is_better(d, rank, best, most))
			continue;
		best = d;
		most = rank;
	}
	platform_text(wanted, text);
	if (!best)
		return err_set(err, ENOENT,
			"no matching manifest for %s in the manifest list entries", text);
	*out = best;
	return 0;
}

static int copy_diff_ids(const cJSON *list, struct config_facts *facts, struct err *err)
{
	const cJSON *item;

	facts->diff_ids = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*facts->diff_ids));
	if (!facts->diff_ids)
		return err_set(err, ENOMEM, "image config: out of memory");
	cJSON_ArrayForEach(item, list) {
		const char *digest = cJSON_GetStringValue(item);

		if (!digest || !digest_is_sha256(digest))
			return err_set(err, EBADMSG,
				"image config: diff id %.80s is no sha256 digest",
				digest ? digest : "");
		memcpy(facts->diff_ids[facts->n_diff_ids++], digest, DIGEST_SIZE);
	}
	return 0;
}

int config_facts(const char *text, size_t len, struct config_facts *out, struct err *err)
{
	auto_json *json = NULL;
	struct config_facts facts = {0};
	const cJSON *list;
	int failed = json_parse(text, len, &json, err);

	if (failed)
		return err_in(err, "image config");
	if (!cJSON_IsObject(json) || !json_object(json, "rootfs"))
		return err_set(err, EBADMSG,
			"image config: it has no rootfs: this is no image that can run");
	list = json_array(json_object(json, "rootfs"), "diff_ids");
	if (cJSON_GetArraySize(list) > MANIFEST_LAYERS_MAX)
		return err_set(
			err, EBADMSG, "image config: more than %d layers", MANIFEST_LAYERS_MAX);
	failed = copy_text(json, "os", facts.platform.os, sizeof(facts.platform.os), err);
	if (!failed)
		failed = copy_text(json, "architecture", facts.platform.architecture,
			sizeof(facts.platform.architecture), err);
	if (!failed)
		failed = copy_text(json, "variant", facts.platform.variant,
			sizeof(facts.platform.variant), err);
	if (!failed)
		failed = copy_diff_ids(list, &facts, err);
	if (failed) {
		free(facts.diff_ids);
		return failed;
	}
	platform_normalise(&facts.platform);
	*out = facts;
	return 0;
}
