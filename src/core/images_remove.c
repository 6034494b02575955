/* images_remove.c - docker's rules for tag and rmi (moby daemon/images/image_delete.go). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_ops.h"
#include "core/images_own.h"
#include "core/module.h"
#include "core/op.h"
#include "core/reference.h"

struct removing {
	struct images_change change;
	struct image *image;
	struct images_users users;
	const struct strs *platforms;
	bool force;
};

/* ---- names ---- */

/* How much of "repo:tag" or "repo@digest" is the repository. */
static size_t repository_len(const char *name)
{
	const char *at = strchr(name, '@');
	const char *slash = strrchr(name, '/');
	const char *colon = at ? at : strchr(slash ? slash : name, ':');

	return colon ? (size_t)(colon - name) : strlen(name);
}

static bool is_same_repository(const char *a, const char *b)
{
	size_t len = repository_len(a);

	return len == repository_len(b) && strncmp(a, b, len) == 0;
}

/* At most one tag, and every digest in its repository: the name as good as is the image. */
static bool has_one_name(const struct image *image)
{
	const char *first;

	if (image->tags.len > 1)
		return false;
	if (!image->tags.len && !image->digests.len)
		return true;
	first = image->tags.len ? image->tags.v[0] : image->digests.v[0];
	for (size_t i = 0; i < image->digests.len; i++)
		if (!is_same_repository(first, image->digests.v[i]))
			return false;
	return true;
}

static bool is_id_of(const char *who, const struct image *image)
{
	return str_has_prefix(image->id, who) || str_has_prefix(digest_hex(image->id), who);
}

/* ---- reasons against it ---- */

static int conflict(const struct removing *removing, const char *force, struct err *err,
	const char *reason, const char *container)
{
	return err_set(err, EBUSY, "conflict: unable to delete %.12s (%s) - %s%s%.12s",
		digest_hex(removing->image->id), force, reason, *container ? " " : "", container);
}

/* many_names: more names than one repository's are a reason too. */
static int check_delete(const struct removing *removing, bool many_names, struct err *err)
{
	const struct image *image = removing->image;

	if (removing->users.running[0])
		return conflict(removing, "cannot be forced", err,
			"image is being used by running container", removing->users.running);
	if (removing->force)
		return 0;
	if (many_names && image->tags.len + image->digests.len)
		return conflict(removing, "must be forced", err,
			"image is referenced in multiple repositories", "");
	if (removing->users.stopped[0])
		return conflict(removing, "must be forced", err,
			"image is being used by stopped container", removing->users.stopped);
	return 0;
}

static int check_untag(const struct removing *removing, const char *who, struct err *err)
{
	const struct images_users *users = &removing->users;
	const char *user = users->running[0] ? users->running : users->stopped;

	if (removing->force || !*user || !has_one_name(removing->image))
		return 0;
	return err_set(err, EBUSY,
		"conflict: unable to remove repository reference \"%s\" (must force) - container "
		"%.12s is using its referenced image %.12s",
		who, user, digest_hex(removing->image->id));
}

/* ---- by name, by id ---- */

static int reload(struct removing *removing, struct err *err)
{
	struct image *image;

	if (image_get(removing->change.engine->store, removing->image->id, &image, err) < 0)
		return err->code;
	image_free(removing->image);
	removing->image = image;
	return 0;
}

/* With the last tag of a repository go the digests it was pulled by. */
static int untag_digests_of(struct removing *removing, const char *name, struct err *err)
{
	const struct image *image = removing->image;

	for (size_t i = 0; i < image->tags.len; i++)
		if (is_same_repository(name, image->tags.v[i]))
			return 0;
	for (size_t i = 0; i < image->digests.len; i++)
		if (is_same_repository(name, image->digests.v[i]) &&
			images_untag(&removing->change, image, image->digests.v[i], err) < 0)
			return err->code;
	return reload(removing, err);
}

static int remove_name(struct removing *removing, const char *who, struct err *err)
{
	auto_buf name = BUF_INIT;
	struct reference ref;

	if (reference_parse(who, &ref, err) < 0 || check_untag(removing, who, err) < 0)
		return err->code;
	reference_default_tag(&ref);
	if (ref.digest[0])
		ref.tag[0] = '\0';
	reference_familiar(&ref, &name);
	if (images_untag(&removing->change, removing->image, buf_text(&name), err) < 0 ||
		reload(removing, err) < 0)
		return err->code;
	if (!ref.digest[0] && untag_digests_of(removing, buf_text(&name), err) < 0)
		return err->code;
	/* Forced below a running container, only the name goes. */
	if (removing->image->tags.len || removing->image->digests.len || removing->users.running[0])
		return 0;
	return images_delete(
		&removing->change, removing->image, images_are_held(&removing->users), err);
}

static int remove_id(struct removing *removing, struct err *err)
{
	if (check_delete(removing, !has_one_name(removing->image), err) < 0)
		return err->code;
	return images_delete(
		&removing->change, removing->image, images_are_held(&removing->users), err);
}

/* An image here is for one platform: it goes when that is what was named, and is not touched when
 * anything else was, too. */
static int check_platforms(const struct removing *removing, struct err *err)
{
	const struct image_ops *ops;

	if (!removing->platforms->len)
		return 0;
	if (module_image(&ops, err) < 0)
		return err->code;
	for (size_t i = 0; i < removing->platforms->len; i++)
		if (ops->fits(removing->image, removing->platforms->v[i], err) < 0)
			return err->code;
	return 0;
}

static int remove_locked(struct removing *removing, const char *who, struct err *err)
{
	struct engine *engine = removing->change.engine;

	if (image_find(engine->store, who, &removing->image, err) < 0)
		return err->code;
	if (check_platforms(removing, err) < 0)
		return err->code;
	images_find_users(engine, removing->image->id, &removing->users);
	if (is_id_of(who, removing->image))
		return remove_id(removing, err);
	return remove_name(removing, who, err);
}

static int remove_image(struct op *op, struct err *err)
{
	struct removing removing = {
		.change = {.engine = op->engine,
			.lines = &op->lines,
			.untagged = "Untagged: ",
			.deleted = "Deleted: "},
		.platforms = &op->platforms,
		.force = op->force,
	};
	int failed = images_change_begin(&removing.change, err);

	if (failed)
		return failed;
	failed = remove_locked(&removing, op->who, err);
	failed = images_change_end(&removing.change, failed, err);
	op->bytes = removing.change.freed.bytes;
	image_freed_fini(&removing.change.freed);
	image_free(removing.image);
	return failed;
}

struct op *engine_image_remove_for(struct engine *engine, const char *who,
	const struct strs *platforms, bool force, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "remove", .prepare = remove_image};
	struct op *op = op_new(who);

	if (op)
		op->force = force;
	if (op && platforms)
		strs_copy(&op->platforms, platforms);
	if (op && strs_failed(&op->platforms)) {
		op_free(op);
		op = NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

struct op *engine_image_remove(
	struct engine *engine, const char *who, bool force, op_done_fn done, void *arg)
{
	return engine_image_remove_for(engine, who, NULL, force, done, arg);
}

/* ---- tag ---- */

static int tag_locked(struct op *op, char id[DIGEST_SIZE], struct err *err)
{
	struct store *store = op->engine->store;

	if (image_resolve(store, op->who, id, err) < 0)
		return err->code;
	return image_tag(store, id, op->name, NULL, err);
}

static int tag_image(struct op *op, struct err *err)
{
	auto_close int lock = -1;
	auto_buf name = BUF_INIT;
	struct reference ref;
	char id[DIGEST_SIZE];
	int failed;

	if (reference_parse(op->name, &ref, err) < 0)
		return err_in(err,
			"Error parsing reference: \"%.200s\" is not a valid repository/tag",
			op->name);
	if (str_eq(reference_familiar_name(ref.name), "scratch"))
		return err_set(err, EINVAL, "'scratch' is a reserved name");
	lock = store_lock(op->engine->store, false, err);
	if (lock < 0)
		return err->code;
	uv_mutex_lock(&op->engine->store_lock);
	failed = tag_locked(op, id, err);
	uv_mutex_unlock(&op->engine->store_lock);
	if (failed)
		return failed;
	reference_default_tag(&ref);
	reference_familiar(&ref, &name);
	journal_add(op->engine->journal, EVENT_IMAGE, "tag", id,
		(const char *const[]){"name", buf_text(&name), NULL}, NULL);
	return 0;
}

struct op *engine_image_tag(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "tag", .prepare = tag_image};
	struct op *op = op_new(who);

	if (op && !(op->name = strdup(name))) {
		free(op->who);
		free(op);
		op = NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}
