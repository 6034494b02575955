#include "core/image/pull.h"

#include <stdio.h>

#include "core/image/blob.h"
#include "core/image/commit.h"
#include "core/confine.h"
#include "core/image/manifest.h"
#include "core/image/places.h"
#include "core/image/pull_layers.h"
#include "core/image/registry.h"
#include "core/image/sha.h"
#include "core/image/turns.h"
#include "core/pulls.h"
#include "core/reference.h"
#include "core/timing.h"
#include "util/json.h"

struct pull {
	struct store *store;
	const struct image_pull_options *options;
	struct reference ref;
	struct platform platform; /* os "": this machine's */
	struct http *http;
	struct registry *registry;
	struct turns turns;
	bool any_new;
};

/* What a name led to, down to one image for one platform. */
struct resolved {
	char digest[DIGEST_SIZE]; /* of what the name names: perhaps an index */
	struct registry_manifest raw;
	struct manifest *manifest;
	struct buf config;
	struct config_facts facts;
};

static void resolved_fini(struct resolved *r)
{
	registry_manifest_fini(&r->raw);
	manifest_free(r->manifest);
	buf_fini(&r->config);
	free(r->facts.diff_ids);
}

static void pull_fini(struct pull *p)
{
	registry_close(p->registry);
	http_free(p->http);
	turns_fini(&p->turns);
}

static void name_of(const struct reference *ref, bool familiar, char *out, size_t room)
{
	auto_buf text = BUF_INIT;

	if (familiar)
		reference_familiar(ref, &text);
	else
		reference_text(ref, &text);
	snprintf(out, room, "%s", buf_text(&text));
}

/* A tag beside a digest is for the reader: the digest decides. */
static const char *which_of(const struct reference *ref)
{
	return *ref->digest ? ref->digest : ref->tag;
}

static int parse_options(struct pull *p, struct err *err)
{
	const struct image_pull_options *options = p->options;
	int failed = reference_parse(options->reference, &p->ref, err);

	if (failed)
		return failed;
	if (options->all_tags && (*p->ref.tag || *p->ref.digest))
		return err_set(err, EINVAL, "tag can't be used with --all-tags/-a");
	if (!options->quiet && !options->all_tags && !*p->ref.tag && !*p->ref.digest)
		turns_say(&p->turns, "Using default tag: latest");
	reference_default_tag(&p->ref);
	if (*p->ref.digest && !digest_is_sha256(p->ref.digest))
		return err_set(
			err, EINVAL, "%s: only sha256 digests are supported", options->reference);
	return options->platform ? platform_parse(options->platform, &p->platform, err) : 0;
}

/* Configuration and credentials are read before the process locks itself up. */
static int open_registry(struct pull *p, struct err *err)
{
	const struct registry_options options = {.ref = &p->ref, .insecure = p->options->insecure};
	int failed;

	store_sweep(p->store);
	failed = registry_open(&options, &p->registry, err);
	if (!failed)
		failed = confine_job(p->store, CONFINE_NETWORK, err);
	if (!failed)
		failed = http_new("davit/" DAVIT_VERSION,
			p->turns.outside ? p->turns.outside->canceled : NULL, &p->http, err);
	if (!failed)
		registry_use(p->registry, p->http, &p->turns.watch);
	return failed;
}

static const struct platform *wanted(const struct pull *p)
{
	return *p->platform.os ? &p->platform : NULL;
}

static bool platform_fits(
	const struct pull *p, const char *os, const char *architecture, const char *variant)
{
	struct platform have = {0}, host;

	platform_host(&host);
	snprintf(have.os, sizeof(have.os), "%s", os);
	snprintf(have.architecture, sizeof(have.architecture), "%s", architecture);
	snprintf(have.variant, sizeof(have.variant), "%s", variant);
	return platform_rank(wanted(p) ? wanted(p) : &host, &have) > 0;
}

static void reference_of_digest(
	const struct reference *ref, const char *digest, struct reference *out)
{
	*out = *ref;
	out->tag[0] = '\0';
	snprintf(out->digest, sizeof(out->digest), "%s", digest);
}

/* Is the image of that digest here, for our platform? Then id is filled. */
static bool have_digest(
	struct pull *p, const struct reference *ref, const char *digest, struct image **out)
{
	struct reference by_digest;
	char name[REFERENCE_NAME_MAX + REFERENCE_DIGEST_MAX + 2];
	struct err not_here;

	reference_of_digest(ref, digest, &by_digest);
	name_of(&by_digest, false, name, sizeof(name));
	if (image_find(p->store, name, out, &not_here) < 0)
		return false;
	if (platform_fits(p, (*out)->os, (*out)->architecture, (*out)->variant))
		return true;
	image_free(take(*out));
	return false;
}

static bool has_tag(const struct image *image, const struct reference *ref)
{
	char name[1024];

	name_of(ref, true, name, sizeof(name));
	for (size_t i = 0; i < image->tags.len; i++)
		if (str_eq(image->tags.v[i], name))
			return true;
	return false;
}

/* The image is here; the tag may still point elsewhere, or nowhere. */
static int settle_tag(
	struct pull *p, const struct reference *ref, const struct image *image, struct err *err)
{
	char name[1024];
	int failed;

	if (*ref->digest || has_tag(image, ref))
		return 0;
	name_of(ref, false, name, sizeof(name));
	failed = image_tag(p->store, image->id, name, NULL, err);
	if (!failed)
		p->any_new = true;
	return failed;
}

static void announce(struct pull *p, const char *id, const struct reference *ref)
{
	char name[1024];
	struct image_event event = {.action = "pull", .id = id, .name = name};

	name_of(ref, true, name, sizeof(name));
	if (p->turns.outside && p->turns.outside->on_event)
		p->turns.outside->on_event(&event, p->turns.outside->arg);
}

static int fetch_manifest(
	struct pull *p, const char *which, struct registry_manifest *out, struct err *err)
{
	uint64_t began = timing_now();
	int failed = registry_manifest(p->registry, which, out, err);

	image_fact(&p->turns.watch, began, timing_now(),
		"\"fact\":\"manifest\",\"which\":\"%.128s\",\"of\":\"%s\",\"bytes\":%zu,"
		"\"result\":%d",
		which, failed ? "" : out->digest, failed ? 0 : out->bytes.len, failed);
	return failed;
}

/* From an index down to the one image for the platform. */
static int descend(struct pull *p, struct resolved *r, struct err *err)
{
	for (int depth = 0;; depth++) {
		const struct descriptor *child;
		char digest[DIGEST_SIZE];
		uint64_t size;
		int failed = manifest_parse(
			buf_text(&r->raw.bytes), r->raw.bytes.len, r->raw.media, &r->manifest, err);

		if (failed || r->manifest->kind == MANIFEST_IMAGE)
			return failed;
		if (depth == MANIFEST_NESTING_MAX)
			return err_set(err, EINVAL, "manifest: indexes nested more than %d deep",
				MANIFEST_NESTING_MAX);
		failed = blob_write(
			p->store, buf_text(&r->raw.bytes), r->raw.bytes.len, digest, err);
		if (!failed)
			failed = manifest_choose(r->manifest, wanted(p), &child, err);
		if (failed)
			return failed;
		memcpy(digest, child->digest, sizeof(digest));
		size = child->size;
		manifest_free(take(r->manifest));
		registry_manifest_fini(&r->raw);
		failed = fetch_manifest(p, digest, &r->raw, err);
		if (failed)
			return failed;
		if (r->raw.bytes.len != size)
			return err_set(err, EBADMSG,
				"manifest %.19s has %zu bytes, its index says %llu", digest,
				r->raw.bytes.len, (unsigned long long)size);
	}
}

static int check_config(
	struct pull *p, const struct reference *ref, struct resolved *r, struct err *err)
{
	const struct platform *have = &r->facts.platform;
	char name[1024], theirs[96], ours[96];

	if (r->facts.n_diff_ids != r->manifest->n_layers)
		return err_set(err, EINVAL, "the image's config has %zu diff ids for %zu layers",
			r->facts.n_diff_ids, r->manifest->n_layers);
	if (!wanted(p) || platform_fits(p, have->os, have->architecture, have->variant))
		return 0;
	name_of(ref, true, name, sizeof(name));
	platform_text(have, theirs);
	platform_text(&p->platform, ours);
	return err_set(err, ENOENT,
		"image with reference %s was found but its platform (%s) does not "
		"match the specified platform (%s)",
		name, theirs, ours);
}

static int fetch_config(
	struct pull *p, const struct reference *ref, struct resolved *r, struct err *err)
{
	const struct descriptor *config = &r->manifest->config;
	uint64_t began;
	int failed;

	if (config->size > JSON_MAX)
		return err_set(err, EINVAL, "the image's config is larger than 4 MiB");
	began = timing_now();
	failed = registry_small_blob(p->registry, config->digest, config->size, &r->config, err);
	image_fact(&p->turns.watch, began, timing_now(),
		"\"fact\":\"config\",\"of\":\"%s\",\"bytes\":%zu,\"result\":%d", config->digest,
		r->config.len, failed);
	if (!failed)
		failed = config_facts(buf_text(&r->config), r->config.len, &r->facts, err);
	return failed ? failed : check_config(p, ref, r, err);
}

static int commit(struct pull *p, const struct reference *ref, const struct resolved *r,
	const struct pulled_layers *layers, struct err *err)
{
	auto_strs tags = STRS_INIT, digests = STRS_INIT;
	struct reference by_digest;
	char name[1024], id[DIGEST_SIZE];
	struct image_draft draft = {
		.config = buf_text(&r->config),
		.config_len = r->config.len,
		.manifest = buf_text(&r->raw.bytes),
		.manifest_len = r->raw.bytes.len,
		.layers = layers->v,
		.n_layers = layers->count,
		.tags = &tags,
		.digests = &digests,
		.action = "pull",
	};
	struct image_watch watch = p->turns.watch;
	uint64_t began = timing_now();
	int failed;

	reference_of_digest(ref, r->digest, &by_digest);
	name_of(&by_digest, false, name, sizeof(name));
	strs_add(&digests, name);
	name_of(ref, false, name, sizeof(name));
	if (!*ref->digest)
		strs_add(&tags, name);
	if (strs_failed(&tags) || strs_failed(&digests))
		return err_set(err, ENOMEM, "pull: out of memory");
	if (p->turns.outside) {
		watch.on_event = p->turns.outside->on_event;
		watch.arg = p->turns.outside->arg;
		watch.on_progress = NULL;
	}
	watch.on_fact = NULL;
	failed = image_commit(p->store, &draft, &watch, id, err);
	image_fact(&p->turns.watch, began, timing_now(),
		"\"fact\":\"commit\",\"of\":\"%s\",\"result\":%d", failed ? "" : id, failed);
	if (!failed)
		pulls_keep(p->store, digest_hex(id), &p->turns.facts);
	return failed;
}

/* For a push of these layers to another repository there. A hint, so that no pull fails for it. */
static void remember_places(struct pull *p, const struct reference *ref, const struct resolved *r)
{
	auto_free struct place_blob *blobs = calloc(r->manifest->n_layers + 1, sizeof(*blobs));
	char domain[REFERENCE_NAME_MAX + 1];
	struct err ignored;

	if (!blobs)
		return;
	for (size_t i = 0; i < r->manifest->n_layers; i++)
		blobs[i] = (struct place_blob){r->facts.diff_ids[i], r->manifest->layers[i].digest,
			r->manifest->layers[i].size};
	reference_domain(ref, domain);
	places_add(p->store, domain, reference_path(ref), blobs, r->manifest->n_layers, &ignored);
}

static int fetch_image(
	struct pull *p, const struct reference *ref, struct resolved *r, struct err *err)
{
	auto_pulled_layers layers = {0};
	int failed = descend(p, r, err);

	if (!failed)
		failed = fetch_config(p, ref, r, err);
	if (!failed)
		failed = pull_layers(p->store, p->registry, r->manifest, &r->facts, &p->turns.watch,
			&layers, err);
	if (!failed)
		failed = commit(p, ref, r, &layers, err);
	if (failed)
		return failed;
	remember_places(p, ref, r);
	p->any_new = true;
	return 0;
}

static int fetch_head(
	struct pull *p, const char *which, struct registry_manifest *out, struct err *err)
{
	uint64_t began = timing_now();
	int failed = registry_head(p->registry, which, out, err);

	image_fact(&p->turns.watch, began, timing_now(),
		"\"fact\":\"head\",\"which\":\"%.128s\",\"of\":\"%s\",\"result\":%d", which,
		failed ? "" : out->digest, failed);
	return failed;
}

/* A HEAD tells the digest for one round trip, and without counting as a pull where pulls are
 * counted. A registry that does not say has to be asked for the whole manifest. */
static int resolve(struct pull *p, const struct reference *ref, struct resolved *r,
	struct image **have, struct err *err)
{
	auto_registry_manifest head = {.bytes = BUF_INIT};
	const char *which = which_of(ref);
	int failed = 0;

	if (*ref->digest)
		memcpy(head.digest, ref->digest,
			sizeof(head.digest)); /* parse_options checked it */
	else
		failed = fetch_head(p, which, &head, err);
	if (failed && failed != -ENODATA)
		return failed;
	if (!failed && have_digest(p, ref, head.digest, have)) {
		memcpy(r->digest, head.digest, sizeof(r->digest));
		return 0;
	}
	failed = fetch_manifest(p, failed ? which : head.digest, &r->raw, err);
	if (failed)
		return failed;
	memcpy(r->digest, r->raw.digest, sizeof(r->digest));
	have_digest(p, ref, r->digest, have);
	return 0;
}

/* A reference has no character that JSON would mind. */
static void begin_facts(struct pull *p, const struct reference *ref)
{
	char name[REFERENCE_NAME_MAX + REFERENCE_DIGEST_MAX + 200];
	uint64_t now = timing_now();

	buf_clear(&p->turns.facts);
	name_of(ref, false, name, sizeof(name));
	image_fact(&p->turns.watch, now, now, "\"fact\":\"pull\",\"name\":\"%s\"", name);
}

static int pull_one(struct pull *p, const struct reference *ref, struct err *err)
{
	__attribute__((cleanup(resolved_fini))) struct resolved r = {0};
	auto_of(image) struct image *have = NULL;
	int failed;

	begin_facts(p, ref);
	if (!p->options->quiet)
		turns_say(&p->turns, "%s: Pulling from %s", which_of(ref), reference_path(ref));
	failed = resolve(p, ref, &r, &have, err);
	if (failed)
		return failed;
	if (have) {
		uint64_t now = timing_now();

		image_fact(&p->turns.watch, now, now, "\"fact\":\"have\",\"of\":\"%s\"", have->id);
		failed = settle_tag(p, ref, have, err);
		if (!failed)
			announce(p, have->id, ref);
	} else {
		failed = fetch_image(p, ref, &r, err);
	}
	if (!failed && !p->options->quiet)
		turns_say(&p->turns, "Digest: %s", r.digest);
	return failed;
}

static int pull_all(struct pull *p, struct err *err)
{
	auto_strs tags = STRS_INIT;
	int failed = registry_tags(p->registry, &tags, err);

	for (size_t i = 0; i < tags.len && !failed; i++) {
		struct reference ref = p->ref;

		failed = reference_set_tag(&ref, tags.v[i], err);
		if (!failed)
			failed = pull_one(p, &ref, err);
	}
	return failed;
}

static void say_status(struct pull *p)
{
	struct reference ref = p->ref;
	char name[1024];

	if (p->options->all_tags)
		ref.tag[0] = '\0';
	name_of(&ref, true, name, sizeof(name));
	if (!p->options->quiet)
		turns_say(&p->turns, "Status: %s for %s",
			p->any_new ? "Downloaded newer image" : "Image is up to date", name);
	name_of(&ref, false, name, sizeof(name));
	turns_say(&p->turns, "%s", name);
}

int image_pull(struct store *store, const struct image_pull_options *options,
	const struct image_watch *watch, struct err *err)
{
	__attribute__((cleanup(pull_fini))) struct pull p = {.store = store, .options = options};
	int failed;

	turns_init(&p.turns, watch, options->quiet);
	failed = parse_options(&p, err);
	if (!failed)
		failed = open_registry(&p, err);
	if (!failed)
		failed = options->all_tags ? pull_all(&p, err) : pull_one(&p, &p.ref, err);
	if (!failed)
		say_status(&p);
	return failed;
}
