#include "core/image/manifest.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>

#define DOCKER "application/vnd.docker."
#define OCI    "application/vnd.oci.image."

static const char docker_manifest[] = DOCKER "distribution.manifest.v2+json";
static const char docker_index[] = DOCKER "distribution.manifest.list.v2+json";
static const char oci_manifest[] = OCI "manifest.v1+json";
static const char oci_index[] = OCI "index.v1+json";

const char manifest_accept[] =
	DOCKER "distribution.manifest.v2+json, " DOCKER "distribution.manifest.list.v2+json, " OCI
	       "manifest.v1+json, " OCI "index.v1+json, */*";

struct manifest {
	bool is_index;
	const char *media_type; /* one of the four above */
	struct descriptor config;
	struct descriptor *entries;
	size_t count;
};

#define auto_json __attribute__((cleanup(jsonp))) cJSON

static void jsonp(cJSON **json)
{
	cJSON_Delete(*json);
}

static void descriptor_fini(struct descriptor *d)
{
	free(d->media_type);
	free(d->digest);
	strs_fini(&d->urls);
	free(d->os);
	free(d->architecture);
	free(d->variant);
	free(d->os_version);
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	descriptor_fini(&manifest->config);
	for (size_t i = 0; i < manifest->count; i++)
		descriptor_fini(&manifest->entries[i]);
	free(manifest->entries);
	free(manifest);
}

bool manifest_digest_ok(const char *digest)
{
	return str_has_prefix(digest, "sha256:") && strlen(digest) == 71 &&
	       str_is_hex(digest + 7, 64);
}

/* Names differing only in case count as one: some parsers do not tell them apart. Objects here are
 * small, except annotations and labels, which we never check. */
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
		return err_set(err, EINVAL, "manifest: %s is no object", what);
	if (cJSON_GetArraySize(json) > 64)
		return err_set(err, EINVAL, "manifest: %s has more than 64 members", what);
	twice = name_twice(json);
	if (twice)
		return err_set(err, EINVAL, "manifest: %s has \"%.40s\" twice", what, twice);
	return 0;
}

static const cJSON *get(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static const char *get_text(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(get(json, name));

	return text && *text ? text : NULL;
}

/* 0 and *out NULL when the member is absent. */
static int copy_text(const cJSON *json, const char *name, char **out, struct err *err)
{
	const char *text = get_text(json, name);

	if (!text)
		return 0;
	if (strlen(text) > 255)
		return err_set(err, EINVAL, "manifest: %s is longer than 255 bytes", name);
	*out = strdup(text);
	return *out ? 0 : err_set(err, ENOMEM, "manifest: out of memory");
}

static int parse_size(const cJSON *json, const char *what, uint64_t *out, struct err *err)
{
	const cJSON *size = get(json, "size");

	/* 2^53: what a number in JSON can hold exactly. */
	if (!cJSON_IsNumber(size) || !(size->valuedouble >= 0) ||
	    size->valuedouble > 9007199254740992.0 || floor(size->valuedouble) != size->valuedouble)
		return err_set(err, EINVAL, "manifest: %s has no proper size", what);
	*out = (uint64_t)size->valuedouble;
	return 0;
}

static int parse_urls(const cJSON *json, struct descriptor *d, struct err *err)
{
	const cJSON *urls = get(json, "urls"), *url;

	if (cJSON_GetArraySize(urls) > MANIFEST_URLS_MAX)
		return err_set(err, EINVAL, "manifest: a layer with more than %d urls",
			MANIFEST_URLS_MAX);
	cJSON_ArrayForEach(url, urls)
	{
		const char *text = cJSON_GetStringValue(url);

		if (text && (str_has_prefix(text, "http://") || str_has_prefix(text, "https://")))
			strs_add(&d->urls, text);
	}
	return strs_failed(&d->urls) ? err_set(err, ENOMEM, "manifest: out of memory") : 0;
}

static int parse_platform(const cJSON *json, struct descriptor *d, struct err *err)
{
	const cJSON *platform = get(json, "platform"), *notes = get(json, "annotations");
	const char *kind = get_text(notes, "vnd.docker.reference.type");
	int failed;

	d->attestation = str_eq(kind, "attestation-manifest");
	d->zstd = str_eq(get_text(notes, "io.github.containers.compression.zstd"), "true");
	if (!platform || cJSON_IsNull(platform))
		return 0;
	failed = check_object(platform, "a platform", err);
	if (!failed)
		failed = copy_text(platform, "os", &d->os, err);
	if (!failed)
		failed = copy_text(platform, "architecture", &d->architecture, err);
	if (!failed)
		failed = copy_text(platform, "variant", &d->variant, err);
	if (!failed)
		failed = copy_text(platform, "os.version", &d->os_version, err);
	return failed;
}

static int parse_descriptor(const cJSON *json, const char *what, struct descriptor *d,
	struct err *err)
{
	const char *digest;
	int failed = check_object(json, what, err);

	if (failed)
		return failed;
	digest = get_text(json, "digest");
	if (!digest)
		return err_set(err, EINVAL, "manifest: %s has no digest", what);
	if (!manifest_digest_ok(digest))
		return err_set(err, EINVAL, "manifest: %s: bad digest %.80s", what, digest);
	failed = copy_text(json, "digest", &d->digest, err);
	if (!failed)
		failed = copy_text(json, "mediaType", &d->media_type, err);
	if (!failed && !d->media_type && !(d->media_type = strdup("")))
		failed = err_set(err, ENOMEM, "manifest: out of memory");
	if (!failed)
		failed = parse_size(json, what, &d->size, err);
	if (!failed)
		failed = parse_urls(json, d, err);
	return failed;
}

static int parse_entries(const cJSON *list, const char *what, int max, struct manifest *manifest,
	struct err *err)
{
	int count = cJSON_GetArraySize(list), failed = 0;
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return err_set(err, EINVAL, "manifest: %ss are no list", what);
	if (count > max)
		return err_set(err, EINVAL, "manifest: %d %ss, and at most %d are accepted", count,
			what, max);
	manifest->entries = calloc((size_t)count + 1, sizeof(*manifest->entries));
	if (!manifest->entries)
		return err_set(err, ENOMEM, "manifest: out of memory");
	cJSON_ArrayForEach(item, list)
	{
		struct descriptor *d = &manifest->entries[manifest->count++];
		char name[32];

		snprintf(name, sizeof(name), "%s %zu", what, manifest->count);
		failed = parse_descriptor(item, name, d, err);
		if (!failed && manifest->is_index)
			failed = parse_platform(item, d, err);
		if (failed)
			return failed;
	}
	return 0;
}

static bool same_type(const char *content_type, const char *type)
{
	size_t len = strcspn(content_type, "; \t");

	return strlen(type) == len && strncasecmp(content_type, type, len) == 0;
}

/* Which of the four it says it is: by mediaType, else by Content-Type, else by its members. */
static int decide_type(const cJSON *json, const char *content_type, struct manifest *manifest,
	struct err *err)
{
	static const char *const known[] = {docker_manifest, docker_index, oci_manifest, oci_index};
	const char *said = get_text(json, "mediaType");

	for (size_t i = 0; i < array_len(known); i++) {
		if (said ? strcmp(said, known[i]) == 0
			 : content_type && same_type(content_type, known[i]))
			manifest->media_type = known[i];
		if (said && content_type && same_type(content_type, known[i]) &&
		    strcmp(said, known[i]) != 0)
			return err_set(err, EINVAL,
				"manifest: sent as %s but calls itself %.100s", known[i], said);
	}
	if (said && !manifest->media_type)
		return err_set(err, EINVAL, "manifest: unsupported media type %.100s", said);
	if (!manifest->media_type)
		manifest->media_type = get(json, "manifests") ? oci_index : oci_manifest;
	manifest->is_index = manifest->media_type == docker_index ||
			     manifest->media_type == oci_index;
	return 0;
}

static int refuse_schema1(const cJSON *json, struct err *err)
{
	const cJSON *version = get(json, "schemaVersion");

	if ((cJSON_IsNumber(version) && version->valueint == 1) || get(json, "fsLayers"))
		return err_set(err, EOPNOTSUPP,
			"manifest: image format schema 1 is not supported: its layers cannot be "
			"verified; push the image again with a current tool");
	if (!cJSON_IsNumber(version) || version->valueint != 2)
		return err_set(err, EINVAL, "manifest: its schemaVersion is not 2");
	return 0;
}

static int parse_members(const cJSON *json, struct manifest *manifest, struct err *err)
{
	bool index_like = get(json, "manifests");
	bool image_like = get(json, "layers") || get(json, "config");
	int failed;

	if (index_like && image_like)
		return err_set(err, EINVAL,
			"manifest: it claims to be an index and an image at once");
	if (manifest->is_index ? !index_like : !image_like)
		return err_set(err, EINVAL, "manifest: it is not what its type %s says",
			manifest->media_type);
	if (manifest->is_index)
		return parse_entries(
			get(json, "manifests"), "entry", MANIFEST_ENTRIES_MAX, manifest, err);
	failed = parse_descriptor(get(json, "config"), "config", &manifest->config, err);
	if (failed)
		return failed;
	return parse_entries(get(json, "layers"), "layer", MANIFEST_LAYERS_MAX, manifest, err);
}

int manifest_parse(const char *bytes, size_t len, const char *content_type, struct manifest **out,
	struct err *err)
{
	auto_json *json = NULL;
	auto_of(manifest) struct manifest *manifest = NULL;
	int failed;

	if (len > MANIFEST_SIZE_MAX)
		return err_set(err, EINVAL, "manifest: larger than 4 MiB");
	json = cJSON_ParseWithLength(bytes, len);
	if (!json)
		return err_set(err, EINVAL, "manifest: not JSON");
	manifest = calloc(1, sizeof(*manifest));
	if (!manifest)
		return err_set(err, ENOMEM, "manifest: out of memory");
	failed = check_object(json, "it", err);
	if (!failed)
		failed = refuse_schema1(json, err);
	if (!failed)
		failed = decide_type(json, content_type, manifest, err);
	if (!failed)
		failed = parse_members(json, manifest, err);
	if (failed)
		return failed;
	*out = take(manifest);
	return 0;
}

bool manifest_is_index(const struct manifest *manifest)
{
	return manifest->is_index;
}

const char *manifest_media_type(const struct manifest *manifest)
{
	return manifest->media_type;
}

const struct descriptor *manifest_config(const struct manifest *manifest)
{
	return &manifest->config;
}

bool manifest_is_image(const struct manifest *manifest)
{
	const char *type = manifest->is_index ? NULL : manifest->config.media_type;

	/* Old tools wrote octet-stream, or nothing. */
	return type && (!*type || str_eq(type, DOCKER "container.image.v1+json") ||
			       str_eq(type, OCI "config.v1+json") ||
			       str_eq(type, "application/octet-stream"));
}

size_t manifest_count(const struct manifest *manifest)
{
	return manifest->count;
}

const struct descriptor *manifest_entry(const struct manifest *manifest, size_t i)
{
	return &manifest->entries[i];
}

uint64_t manifest_total(const struct manifest *manifest)
{
	uint64_t total = manifest->is_index ? 0 : manifest->config.size;

	for (size_t i = 0; !manifest->is_index && i < manifest->count; i++)
		total += manifest->entries[i].size; /* 128 * 2^53 fits */
	return total;
}

bool descriptor_is_foreign(const struct descriptor *descriptor)
{
	return strstr(descriptor->media_type, ".foreign.") ||
	       strstr(descriptor->media_type, ".nondistributable.");
}
