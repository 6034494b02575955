#include "core/image/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/blob.h"
#include "core/image/commit.h"
#include "core/image/crew.h"
#include "core/image/load_private.h"
#include "core/image/manifest.h"
#include "core/reference.h"

/* A layer on its way from the archive into the store. */
struct part {
	struct layer *layer; /* found, or unpacked */
	int number;          /* the crew's; -1: found */
	struct feed *feed;
	struct member member;
	struct ingest *ingest; /* of a compressed one: the store keeps it as it came */
	bool kept;
};

struct parts {
	struct part *v;
	size_t n;
	struct config_facts facts;
	struct crew *crew;
};

void found_image_fini(struct found_image *image)
{
	strs_fini(&image->layers);
	strs_fini(&image->digests);
	strs_fini(&image->tags);
}

static void say(const struct loading *loading, const char *line)
{
	if (loading->watch && loading->watch->on_line)
		loading->watch->on_line(line, loading->watch->arg);
}

static bool is_compressed(const struct member *member)
{
	unsigned char magic[4] = {0};

	if (pread(member->fd, magic, sizeof(magic), (off_t)member->offset) != sizeof(magic))
		return false;
	return (magic[0] == 0x1f && magic[1] == 0x8b) ||
	       memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 ||
	       memcmp(magic + 1, "\x2a\x4d\x18", 3) == 0;
}

/* Only what comes compressed and with a name is worth keeping: the rest is in the layer already. */
static int keep_blob(
	struct loading *loading, struct part *part, const char *digest, struct err *err)
{
	int failed;

	if (!digest || !is_compressed(&part->member))
		return 0;
	failed = ingest_open(loading->store, digest, &part->ingest, err);
	if (failed == -EEXIST || failed == -EAGAIN)
		return 0; /* then it is unpacked from the archive */
	if (failed || ingest_restart(part->ingest, err) < 0)
		return err->code;
	return ingest_copy(
		part->ingest, part->member.fd, part->member.offset, part->member.len, err);
}

static int begin_part(struct loading *loading, struct parts *parts, size_t i,
	const struct found_image *image, struct err *err)
{
	struct part *part = &parts->v[i];
	const char *digest = image->digests.len ? image->digests.v[i] : NULL;
	struct layer_wish wish = {.diff_id = parts->facts.diff_ids[i], .digest = digest};
	int found = layer_find(loading->store, wish.diff_id, &part->layer, err);

	if (!found || found != -ENOENT)
		return found;
	if (archive_member(loading->archive, image->layers.v[i], &part->member, err) < 0 ||
		keep_blob(loading, part, digest, err) < 0)
		return err->code;
	wish.size = part->member.len;
	wish.blob = part->ingest || (digest && blob_exists(loading->store, digest)) ? digest : NULL;
	part->feed = part->ingest
			     ? feed_of_part(ingest_fd(part->ingest), 0, part->member.len)
			     : feed_of_part(part->member.fd, part->member.offset, part->member.len);
	if (!part->feed)
		return err_set(err, ENOMEM, "load: out of memory");
	part->number = crew_add(parts->crew, part->feed, &wish, err);
	return part->number < 0 ? err->code : 0;
}

static int end_part(struct parts *parts, struct part *part, struct err *err)
{
	if (part->number < 0)
		return 0;
	part->layer = crew_take(parts->crew, part->number);
	if (!part->ingest)
		return 0;
	/* layer_unpack hashed these very bytes. */
	if (ingest_commit(part->ingest, part->member.len, true, err) < 0)
		return err->code;
	part->kept = true;
	return 0;
}

static int collect(struct loading *loading, struct parts *parts, const struct found_image *image,
	struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < parts->n && !failed; i++)
		failed = begin_part(loading, parts, i, image, err);
	if (!failed)
		failed = crew_wait(parts->crew, err);
	for (size_t i = 0; i < parts->n && !failed; i++)
		failed = end_part(parts, &parts->v[i], err);
	return failed;
}

static int add_tag(const char *text, struct strs *tags, struct err *err)
{
	struct reference ref;
	auto_buf full = BUF_INIT;

	if (reference_parse(text, &ref, err) < 0)
		return err_in(err, "tag %.100s", text);
	if (ref.digest[0])
		return 0;
	reference_default_tag(&ref);
	reference_text(&ref, &full);
	strs_add(tags, buf_text(&full));
	return 0;
}

/* Says so when a tag leaves another image, as docker does. */
static void announce_tags(struct loading *loading, const struct strs *tags, const char *id,
	char (*before)[DIGEST_SIZE])
{
	for (size_t i = 0; i < tags->len; i++) {
		char line[REFERENCE_NAME_MAX + REFERENCE_TAG_MAX + 200];

		if (before[i][0] && !str_eq(before[i], id)) {
			snprintf(line, sizeof(line),
				"The image %s already exists, renaming the old one "
				"with ID %s to empty string",
				reference_familiar_name(tags->v[i]), before[i]);
			say(loading, line);
		}
		snprintf(line, sizeof(line), "Loaded image: %s",
			reference_familiar_name(tags->v[i]));
		say(loading, line);
	}
}

static int commit(struct loading *loading, struct parts *parts, const struct found_image *image,
	struct err *err)
{
	auto_free struct layer **layers = calloc(parts->n + 1, sizeof(struct layer *));
	auto_free char(*before)[DIGEST_SIZE] = calloc(image->tags.len + 1, DIGEST_SIZE);
	auto_strs tags = STRS_INIT;
	struct image_draft draft = {
		.config = image->config,
		.config_len = image->config_len,
		.manifest = image->manifest,
		.manifest_len = image->manifest_len,
		.layers = layers,
		.n_layers = parts->n,
		.tags = &tags,
		.action = "load",
	};
	char id[DIGEST_SIZE], line[DIGEST_SIZE + 32];
	struct err ignored = {0};

	if (!layers || !before)
		return err_set(err, ENOMEM, "load: out of memory");
	for (size_t i = 0; i < parts->n; i++)
		layers[i] = parts->v[i].layer;
	for (size_t i = 0; i < image->tags.len; i++)
		if (add_tag(image->tags.v[i], &tags, err) < 0)
			return err->code;
	for (size_t i = 0; i < tags.len; i++)
		if (image_resolve(loading->store, tags.v[i], before[i], &ignored) < 0)
			before[i][0] = '\0';
	if (image_commit(loading->store, &draft, loading->watch, id, err) < 0)
		return err->code;
	announce_tags(loading, &tags, id, before);
	snprintf(line, sizeof(line), "Loaded image ID: %s", id);
	if (!tags.len)
		say(loading, line);
	loading->loaded++;
	return 0;
}

static void drop_parts(
	struct loading *loading, struct parts *parts, const struct found_image *image, bool failed)
{
	crew_free(parts->crew);
	for (size_t i = 0; i < parts->n; i++) {
		struct part *part = &parts->v[i];

		layer_free(part->layer);
		feed_free(part->feed);
		if (part->ingest && !part->kept)
			ingest_discard(part->ingest);
		else if (part->kept && failed)
			unlinkat(store_dir(loading->store, STORE_BLOBS),
				digest_hex(image->digests.v[i]), 0);
		ingest_free(part->ingest);
		if (part->member.fd >= 0)
			close(part->member.fd);
	}
	free(parts->v);
	free(parts->facts.diff_ids);
}

/* Only who asked for one gets no other. */
static bool is_wanted(struct loading *loading, const struct platform *platform)
{
	if (!loading->platform || platform_rank(loading->platform, platform) > 0)
		return true;
	platform_text(platform, loading->other);
	return false;
}

int load_found(struct loading *loading, const struct found_image *image, struct err *err)
{
	struct parts parts = {0};
	int failed;

	if (config_facts(image->config, image->config_len, &parts.facts, err) < 0)
		return err->code;
	if (!is_wanted(loading, &parts.facts.platform)) {
		free(parts.facts.diff_ids);
		return 0;
	}
	parts.v = calloc(image->layers.len + 1, sizeof(*parts.v));
	if (!parts.v)
		failed = err_set(err, ENOMEM, "load: out of memory");
	else if (parts.facts.n_diff_ids != image->layers.len)
		failed = err_set(err, EBADMSG,
			"the archive has %zu layers, its image config names %zu", image->layers.len,
			parts.facts.n_diff_ids);
	else
		failed = crew_new(loading->store, loading->watch, &parts.crew, err);
	parts.n = failed ? 0 : image->layers.len;
	for (size_t i = 0; i < parts.n; i++)
		parts.v[i] = (struct part){.number = -1, .member = {.fd = -1}};
	if (!failed)
		failed = collect(loading, &parts, image, err);
	if (!failed)
		failed = commit(loading, &parts, image, err);
	drop_parts(loading, &parts, image, failed < 0);
	return failed;
}

/* Only an index tells of all platforms that are there. */
static int load_archive(struct loading *loading, struct err *err)
{
	if (archive_has(loading->archive, "manifest.json") &&
		!(loading->platform && archive_has(loading->archive, "index.json")))
		return load_docker(loading, err);
	if (archive_has(loading->archive, "index.json"))
		return load_oci(loading, err);
	return err_set(err, EBADMSG,
		"neither a docker nor an OCI image archive: it has no manifest.json "
		"and no index.json");
}

/* "linux/amd64,linux/arm64": one after another. */
static int load_platforms(struct loading *loading, const char *list, struct err *err)
{
	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ",");
		auto_free char *one = strndup(at, len);
		unsigned before = loading->loaded;
		struct platform platform;

		if (!one)
			return err_set(err, ENOMEM, "out of memory");
		if (platform_parse(one, &platform, err) < 0)
			return err->code;
		loading->platform = &platform;
		if (load_archive(loading, err) < 0)
			return err->code;
		if (loading->loaded == before)
			return err_set(err, ENOENT,
				"no image of the archive is for %.90s: there is %s", one,
				loading->other);
		at += len;
		if (!*at)
			return 0;
	}
}

int image_load(struct store *store, const struct image_load_options *options,
	const struct image_watch *watch, struct err *err)
{
	struct loading loading = {.store = store, .watch = watch};
	auto_archive *archive = NULL;

	store_sweep(store);
	if (archive_open_image(store, options, watch, &archive, err) < 0)
		return err_in(err, "load");
	loading.archive = archive;
	if ((options->platform ? load_platforms(&loading, options->platform, err)
			       : load_archive(&loading, err)) < 0)
		return err_in(err, "load");
	return 0;
}
