#include "core/image/push.h"

#include <errno.h>
#include <stdio.h>

#include "core/confine.h"
#include "core/image/fits.h"
#include "core/image/push_private.h"
#include "core/image/sha.h"
#include "core/image/turns.h"
#include "core/reference.h"
#include "core/store_db.h"

struct push {
	struct store *store;
	const struct image_push_options *options;
	struct reference ref;
	char domain[REFERENCE_NAME_MAX + 1];
	enum press_codec codec;
	struct http *http;
	struct registry *registry;
	struct turns turns;
};

static void push_fini(struct push *p)
{
	registry_close(p->registry);
	http_free(p->http);
	turns_fini(&p->turns);
}

static int parse_options(struct push *p, struct err *err)
{
	const struct image_push_options *options = p->options;
	int failed = reference_parse(options->reference, &p->ref, err);

	if (failed)
		return failed;
	if (*p->ref.digest)
		return err_set(err, EINVAL, "cannot push a digest reference: push a tag");
	if (options->all_tags && *p->ref.tag)
		return err_set(err, EINVAL, "tag can't be used with --all-tags/-a");
	if (options->compression && press_codec_parse(options->compression, &p->codec, err) < 0)
		return err->code;
	reference_domain(&p->ref, p->domain);
	return 0;
}

static int open_registry(struct push *p, struct err *err)
{
	const struct registry_options options = {
		.ref = &p->ref, .insecure = p->options->insecure, .pushes = true};
	const struct image_watch *outside = p->turns.outside;
	int failed;

	store_sweep(p->store);
	failed = registry_open(&options, &p->registry, err);
	if (!failed)
		failed = confine_job(p->store, CONFINE_NETWORK, err);
	if (!failed)
		failed = http_new(
			"davit/" DAVIT_VERSION, outside ? outside->canceled : NULL, &p->http, err);
	if (!failed)
		registry_use(p->registry, p->http, &p->turns.watch);
	return failed;
}

static int not_here(const struct push *p, struct err *err)
{
	return err_set(err, ENOENT, "An image does not exist locally with the tag: %s",
		reference_familiar_name(p->ref.name));
}

/* ---- one tag ---- */

/* For the next push of the same layers, and for RepoDigests. */
static int remember(struct push *p, const struct reference *ref, const struct push_image *image,
	const char *digest, struct err *err)
{
	struct db *db;

	if (push_remember(p->store, p->domain, reference_path(ref), image, err) < 0 ||
		store_db(p->store, &db, err) < 0)
		return err->code;
	return db_run(db, err,
		"INSERT OR REPLACE INTO digests (name, digest, image) SELECT ?1, ?2, ?3"
		" WHERE EXISTS (SELECT 1 FROM images WHERE id = ?3)",
		"ttt", ref->name, digest, image->image->id);
}

static void announce(struct push *p, const struct push_image *image, const char *name)
{
	const struct image_watch *outside = p->turns.outside;
	struct image_event event = {.action = "push", .id = image->image->id, .name = name};

	if (outside && outside->on_event)
		outside->on_event(&event, outside->arg);
}

static int push_image(struct push *p, const struct reference *ref, const char *name,
	struct push_image *image, struct err *err)
{
	auto_buf manifest = BUF_INIT;
	char media[160], digest[DIGEST_SIZE];
	int failed = push_layers(
		p->store, p->registry, reference_path(ref), p->codec, image, &p->turns.watch, err);

	if (!failed)
		failed = push_config(p->registry, image, err);
	if (!failed)
		failed = push_manifest(image, &manifest, media, err);
	if (!failed)
		failed = registry_put_manifest(p->registry, ref->tag, media, &manifest, err);
	if (failed)
		return failed;
	sha_of(manifest.data, manifest.len, digest);
	failed = remember(p, ref, image, digest, err);
	if (failed)
		return failed;
	announce(p, image, name);
	if (!p->options->quiet)
		turns_say(&p->turns, "%s: digest: %s size: %zu", ref->tag, digest, manifest.len);
	return 0;
}

static int push_tag(struct push *p, const char *tag, struct err *err)
{
	auto_push_image image = {.image = NULL};
	auto_buf name = BUF_INIT, familiar = BUF_INIT;
	struct reference ref = p->ref;
	int failed = reference_set_tag(&ref, tag, err);

	if (failed)
		return failed;
	reference_text(&ref, &name);
	reference_familiar(&ref, &familiar);
	failed = push_plan(p->store, buf_text(&name), p->domain, p->codec, &image, err);
	if (failed == -ENOENT)
		return not_here(p, err);
	if (failed)
		return err_in(err, "push %s", buf_text(&familiar));
	if (!p->options->quiet && !push_keeps_digest(&image))
		turns_say(&p->turns,
			"The compressed layers are not kept: they are made again, and the digest "
			"changes");
	return push_image(p, &ref, buf_text(&familiar), &image, err);
}

/* ---- all of them ---- */

static int tags_of(struct push *p, struct strs *out, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;

	if (store_db(p->store, &db, err) < 0 ||
		db_ask(db, &row, err, "SELECT tag FROM tags WHERE name = ? ORDER BY tag", "t",
			p->ref.name) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (more)
			strs_add(out, db_text(row, 0));
		else if (out->len)
			return 0;
		else
			return not_here(p, err);
	}
	return err->code;
}

/* Found before anything is asked of the registry. */
static int choose_tags(struct push *p, struct strs *out, struct err *err)
{
	struct reference ref = p->ref;
	auto_of(image) struct image *image = NULL;
	auto_buf name = BUF_INIT;
	int failed;

	if (p->options->all_tags)
		return tags_of(p, out, err);
	reference_default_tag(&ref);
	reference_text(&ref, &name);
	strs_add(out, ref.tag);
	if (!*p->ref.tag && !p->options->quiet)
		turns_say(&p->turns, "Using default tag: latest");
	failed = image_find(p->store, buf_text(&name), &image, err);
	return failed == -ENOENT ? not_here(p, err) : failed;
}

/* A manifest here is one platform's: that is what is pushed, or nothing is. */
static int check_platform(struct push *p, const struct strs *tags, struct err *err)
{
	for (size_t i = 0; p->options->platform && i < tags->len; i++) {
		auto_of(image) struct image *image = NULL;
		auto_buf name = BUF_INIT;
		struct reference ref = p->ref;

		if (reference_set_tag(&ref, tags->v[i], err) < 0)
			return err->code;
		reference_text(&ref, &name);
		if (image_find(p->store, buf_text(&name), &image, err) < 0 ||
			image_fits(image, p->options->platform, err) < 0)
			return err->code;
	}
	return 0;
}

static void say_result(struct push *p, const struct strs *tags)
{
	if (!p->options->quiet)
		return;
	if (p->options->all_tags)
		turns_say(&p->turns, "%s", p->ref.name);
	else
		turns_say(&p->turns, "%s:%s", p->ref.name, tags->v[0]);
}

int image_push(struct store *store, const struct image_push_options *options,
	const struct image_watch *watch, struct err *err)
{
	__attribute__((cleanup(push_fini))) struct push p = {.store = store, .options = options};
	auto_strs tags = STRS_INIT;
	int failed;

	turns_init(&p.turns, watch, options->quiet);
	failed = parse_options(&p, err);
	if (!failed)
		failed = store_hold(store, err);
	if (!failed)
		failed = choose_tags(&p, &tags, err);
	if (!failed)
		failed = check_platform(&p, &tags, err);
	if (!failed)
		failed = open_registry(&p, err);
	if (!failed && !options->quiet)
		turns_say(&p.turns, "The push refers to repository [%s]", p.ref.name);
	for (size_t i = 0; i < tags.len && !failed; i++)
		failed = push_tag(&p, tags.v[i], err);
	if (!failed)
		say_result(&p, &tags);
	return failed;
}
