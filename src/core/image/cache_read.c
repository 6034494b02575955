/* cache_read.c - what a registry or a directory has of other builds' steps. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/confine.h"
#include "core/image/archive.h"
#include "core/image/blob.h"
#include "core/image/cache.h"
#include "core/image/layer_make.h"
#include "core/image/layer_private.h"
#include "core/image/pull_layers.h"
#include "core/image/registry.h"
#include "core/image/sha.h"
#include "core/image/turns.h"
#include "core/reference.h"
#include "util/json.h"

enum { INGEST_POLL_MS = 50 };

struct source {
	struct store *store;
	const struct image_cache_place *place;
	struct reference ref;
	struct http *http;
	struct registry *registry; /* NULL: */
	struct archive *archive;
	struct turns turns;
};

static void source_fini(struct source *source)
{
	registry_close(source->registry);
	http_free(source->http);
	archive_close(source->archive);
	turns_fini(&source->turns);
}
#define auto_source __attribute__((cleanup(source_fini))) struct source

/* ---- opening ---- */

static int open_registry(struct source *source, struct err *err)
{
	const struct registry_options options = {
		.ref = &source->ref, .insecure = source->place->insecure};
	const struct image_watch *outside = source->turns.outside;
	int failed = reference_parse(source->place->reference, &source->ref, err);

	if (failed)
		return failed;
	reference_default_tag(&source->ref);
	failed = registry_open(&options, &source->registry, err);
	if (!failed)
		failed = confine_job(source->store, CONFINE_NETWORK, err);
	if (!failed)
		failed = http_new("davit/" DAVIT_VERSION, outside ? outside->canceled : NULL,
			&source->http, err);
	if (!failed)
		registry_use(source->registry, source->http, &source->turns.watch);
	return failed;
}

static int open_directory(struct source *source, struct err *err)
{
	const char *readable[] = {source->place->directory, NULL};
	const struct image_load_options options = {.path = source->place->directory};
	int failed = confine_job_reading(source->store, 0, readable, err);

	return failed ? failed
		      : archive_open_image(source->store, &options, &source->turns.watch,
				&source->archive, err);
}

static int source_open(struct source *source, const struct image_watch *watch, struct err *err)
{
	turns_init(&source->turns, watch, false);
	store_sweep(source->store);
	return source->place->reference ? open_registry(source, err) : open_directory(source, err);
}

/* ---- documents ---- */

static int read_member(
	struct source *source, const char *digest, uint64_t size, struct buf *out, struct err *err)
{
	char name[DIGEST_HEX + 32], found[DIGEST_SIZE];

	snprintf(name, sizeof(name), "blobs/sha256/%.64s", digest_hex(digest));
	if (archive_read_member(source->archive, name, out, err) < 0)
		return err->code;
	sha_of(buf_text(out), out->len, found);
	if (out->len != size || !str_eq(found, digest))
		return err_set(err, EBADMSG, "%s does not match its digest: found %s", name, found);
	return 0;
}

static bool is_tagged(const struct descriptor *entry, const char *tag)
{
	return str_eq(json_str(entry->annotations, "org.opencontainers.image.ref.name"), tag);
}

/* What index.json has under the tag, or by the digest. */
static int read_entry(struct source *source, struct buf *out, struct err *err)
{
	const struct image_cache_place *place = source->place;
	const char *tag = place->tag ? place->tag : "latest";
	auto_of(manifest) struct manifest *index = NULL;
	auto_buf text = BUF_INIT;

	if (archive_read_member(source->archive, "index.json", &text, err) < 0 ||
		manifest_parse(buf_text(&text), text.len, NULL, &index, err) < 0)
		return err->code;
	for (size_t i = 0; index->kind == MANIFEST_INDEX && i < index->n_layers; i++) {
		const struct descriptor *entry = &index->layers[i];

		if (place->digest ? str_eq(entry->digest, place->digest) : is_tagged(entry, tag))
			return read_member(source, entry->digest, entry->size, out, err);
	}
	return err_set(err, ENOENT, "index.json names no %s", place->digest ? place->digest : tag);
}

/* which: a descriptor of an index, or NULL: what the place names. */
static int read_manifest(struct source *source, const struct descriptor *which,
	struct manifest **out, struct err *err)
{
	auto_registry_manifest raw = {.bytes = BUF_INIT};
	const struct reference *ref = &source->ref;
	const char *name = which ? which->digest : *ref->digest ? ref->digest : ref->tag;
	int failed;

	if (source->registry)
		failed = registry_manifest(source->registry, name, &raw, err);
	else if (which)
		failed = read_member(source, which->digest, which->size, &raw.bytes, err);
	else
		failed = read_entry(source, &raw.bytes, err);
	return failed ? failed
		      : manifest_parse(buf_text(&raw.bytes), raw.bytes.len,
				*raw.media ? raw.media : NULL, out, err);
}

/* Down through indexes: an image that has its steps with it may be for several platforms. */
static int find_manifest(struct source *source, struct manifest **out, struct err *err)
{
	auto_of(manifest) struct manifest *manifest = NULL;
	int failed = read_manifest(source, NULL, &manifest, err);

	for (int depth = 0; !failed && manifest->kind == MANIFEST_INDEX; depth++) {
		auto_of(manifest) struct manifest *index = take(manifest);
		const struct descriptor *child;

		if (depth == MANIFEST_NESTING_MAX)
			return err_set(err, EINVAL, "indexes nested more than %d deep",
				MANIFEST_NESTING_MAX);
		failed = manifest_choose(index, NULL, &child, err);
		if (!failed)
			failed = read_manifest(source, child, &manifest, err);
	}
	if (!failed)
		*out = take(manifest);
	return failed;
}

static int read_config(
	struct source *source, const struct descriptor *config, struct buf *out, struct err *err)
{
	if (config->size > JSON_MAX)
		return err_set(err, EINVAL, "its config is larger than 4 MiB");
	return source->registry ? registry_small_blob(
					  source->registry, config->digest, config->size, out, err)
				: read_member(source, config->digest, config->size, out, err);
}

int image_cache_read(struct store *store, const struct image_cache_place *place,
	const struct image_watch *watch, struct buf *lines, struct err *err)
{
	auto_source source = {.store = store, .place = place};
	auto_of(manifest) struct manifest *manifest = NULL;
	auto_step_cache cache = {0};
	auto_buf config = BUF_INIT;
	int failed = source_open(&source, watch, err);

	if (!failed)
		failed = find_manifest(&source, &manifest, err);
	if (!failed)
		failed = read_config(&source, &manifest->config, &config, err);
	if (!failed)
		failed = step_cache_parse(buf_text(&config), config.len, &cache, err);
	if (!failed)
		failed = step_cache_set_blobs(&cache, manifest, err);
	if (failed)
		return failed;
	step_cache_put_lines(&cache, lines);
	return buf_failed(lines) ? err_set(err, ENOMEM, "cache: out of memory") : 0;
}

/* ---- layers ---- */

struct chain_item {
	const char *id;          /* of one that is here; NULL: */
	struct step_layer layer; /* one to fetch */
};

static int read_item(const char *text, struct chain_item *out, struct err *err)
{
	int end = -1;

	*out = (struct chain_item){.id = strchr(text, ',') ? NULL : text};
	if (out->id)
		return 0;
	if (sscanf(text, "%71[^,],%71[^,],%" SCNu64 "%n", out->layer.diff_id, out->layer.digest,
		    &out->layer.size, &end) != 3 ||
		text[end] || !digest_is_sha256(out->layer.diff_id) ||
		!digest_is_sha256(out->layer.digest))
		return err_set(err, EINVAL, "%.200s is no layer", text);
	return 0;
}

/* Waits while another process fills the same one. */
static int open_ingest(
	struct source *source, const char *digest, struct ingest **out, struct err *err)
{
	const struct timespec nap = {.tv_nsec = INGEST_POLL_MS * 1000000L};
	const struct image_watch *watch = &source->turns.watch;
	int failed;

	while ((failed = ingest_open(source->store, digest, out, err)) == -EAGAIN) {
		if (watch->canceled && *watch->canceled)
			return err_set(err, ECANCELED, "canceled");
		nanosleep(&nap, NULL);
	}
	return failed;
}

/* A blob of the directory becomes one of the store, if it is what it should be. */
static int take_blob(struct source *source, const struct step_layer *layer, struct err *err)
{
	auto_of(ingest) struct ingest *ingest = NULL;
	char name[DIGEST_HEX + 32];
	struct member member;
	int failed = open_ingest(source, layer->digest, &ingest, err);

	if (failed)
		return failed == -EEXIST ? 0 : failed;
	snprintf(name, sizeof(name), "blobs/sha256/%.64s", digest_hex(layer->digest));
	if (archive_member(source->archive, name, &member, err) < 0)
		return err->code;
	failed = ingest_restart(ingest, err);
	if (!failed)
		failed = ingest_copy(ingest, member.fd, member.offset, member.len, err);
	close(member.fd);
	return failed ? failed : ingest_commit(ingest, layer->size, false, err);
}

/* Those to fetch, as a pull wants them: an image's. */
struct wanted {
	struct manifest manifest;
	struct config_facts facts;
};

static void wanted_fini(struct wanted *wanted)
{
	free(wanted->manifest.layers);
	free(wanted->facts.diff_ids);
}

static int want(const struct chain_item *items, size_t n, struct wanted *wanted, struct err *err)
{
	size_t count = 0;

	wanted->manifest.kind = MANIFEST_IMAGE;
	wanted->manifest.layers = calloc(n + 1, sizeof(*wanted->manifest.layers));
	wanted->facts.diff_ids = calloc(n + 1, sizeof(*wanted->facts.diff_ids));
	if (!wanted->manifest.layers || !wanted->facts.diff_ids)
		return err_set(err, ENOMEM, "cache: out of memory");
	for (size_t i = 0; i < n; i++) {
		if (items[i].id)
			continue;
		memcpy(wanted->manifest.layers[count].digest, items[i].layer.digest, DIGEST_SIZE);
		wanted->manifest.layers[count].size = items[i].layer.size;
		memcpy(wanted->facts.diff_ids[count++], items[i].layer.diff_id, DIGEST_SIZE);
	}
	wanted->manifest.n_layers = wanted->facts.n_diff_ids = count;
	return 0;
}

static int fetch(struct source *source, const struct wanted *wanted, struct pulled_layers *out,
	struct err *err)
{
	for (size_t i = 0; source->archive && i < wanted->manifest.n_layers; i++) {
		struct step_layer layer = {.size = wanted->manifest.layers[i].size};

		memcpy(layer.digest, wanted->manifest.layers[i].digest, DIGEST_SIZE);
		if (take_blob(source, &layer, err) < 0)
			return err->code;
	}
	return pull_layers(source->store, source->registry, &wanted->manifest, &wanted->facts,
		&source->turns.watch, out, err);
}

/* Into the store, each fitted to what is below it. */
static int place(struct store *store, const struct chain_item *items, size_t n,
	const struct pulled_layers *pulled, struct strs *ids, struct err *err)
{
	auto_free struct layer **chain = calloc(n + 1, sizeof(*chain)), **opened = NULL;
	size_t count = 0, n_opened = 0;
	int failed = 0;

	opened = calloc(n + 1, sizeof(*opened));
	if (!chain || !opened)
		return err_set(err, ENOMEM, "cache: out of memory");
	for (size_t i = 0; i < n && !failed; i++) {
		if (items[i].id) {
			failed = layer_open(store, items[i].id, &opened[n_opened], err);
			chain[i] = failed ? NULL : opened[n_opened++];
		} else {
			chain[i] = pulled->v[count++];
			failed = layer_commit(chain[i], chain, i, err);
		}
		if (!failed)
			strs_add(ids, layer_id(chain[i]));
	}
	for (size_t i = 0; i < n_opened; i++)
		layer_free(opened[i]);
	return failed             ? failed
	       : strs_failed(ids) ? err_set(err, ENOMEM, "cache: out of memory")
				  : 0;
}

static int fetch_chain(struct source *source, const struct chain_item *items, size_t n,
	struct strs *ids, struct err *err)
{
	__attribute__((cleanup(wanted_fini))) struct wanted wanted = {.facts.n_diff_ids = 0};
	auto_pulled_layers pulled = {0};
	int failed = want(items, n, &wanted, err);

	if (!failed)
		failed = fetch(source, &wanted, &pulled, err);
	return failed ? failed : place(source->store, items, n, &pulled, ids, err);
}

int image_cache_fetch(struct store *store, const struct image_cache_place *where,
	const struct strs *chain, const struct image_watch *watch, struct strs *ids,
	struct err *err)
{
	auto_source source = {.store = store, .place = where};
	auto_free struct chain_item *items = calloc(chain->len + 1, sizeof(*items));
	int failed = items ? 0 : err_set(err, ENOMEM, "cache: out of memory");

	for (size_t i = 0; i < chain->len && !failed; i++)
		failed = read_item(chain->v[i], &items[i], err);
	if (!failed)
		failed = store_hold(store, err);
	if (!failed)
		failed = source_open(&source, watch, err);
	return failed ? failed : fetch_chain(&source, items, chain->len, ids, err);
}
