/* step_copy.c - COPY and ADD.
 *
 *     find     the files that every source stands for
 *     hash     their contents; with what the step says and the tree below it: the key
 *     write    them into an upper directory, unless the key is known
 *
 * Files of another stage have a shorter key first, of that stage's tree as a whole, so that nothing
 * of it has to be mounted and read when neither has changed; files of an archive have the archive's,
 * so that it need not be unpacked. Large files of which samples already say that they are new are
 * hashed while they are written. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "build/copying.h"
#include "build/no_memory.h"
#include "util/own.h"
#include "util/strs.h"

static void copying_fini(struct copying *copying)
{
	copy_reader_free(copying->reader);
	taken_fini(copying);
	copy_mode_free(copying->mode);
	late_free(copying->late);
	free(copying->below);
	strs_fini(&copying->keys);
}
#define auto_copying __attribute__((cleanup(copying_fini))) struct copying

/* ---- the key ---- */

/* The stages' trees stand for what is in them. */
static bool short_key(struct copying *copying, const struct node *node, char key[DIGEST_SIZE])
{
	const struct build_step *step = &copying->work->plan->steps[copying->step];
	struct key parts;

	key_begin(&parts, "copy of trees");
	key_text(&parts, "step", step->own);
	key_bytes(&parts, "base", node->content, sizeof(node->content));
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		const struct build_source *source = &copying->what->sources[i];
		const struct node *from =
			source->from < 0 ? NULL : &copying->work->nodes[source->from];

		if (!from || !from->foreign_owner) {
			key_end(&parts, key);
			return false;
		}
		key_bytes(&parts, "from", from->content, sizeof(from->content));
	}
	return key_end(&parts, key);
}

/* What stands for the files: they themselves; or, before, the archives that they are in; or samples of
 * them (files_sample.c). */
enum copy_key { KEY_FILES, KEY_PACKED, KEY_SAMPLES };

static int key_of(struct copying *copying, const struct node *node, enum copy_key which,
	char key[DIGEST_SIZE], struct err *err)
{
	static const char *const names[] = {"copy", "copy of archives", "copy of samples"};
	const struct build_step *step = &copying->work->plan->steps[copying->step];
	unsigned flags = which == KEY_SAMPLES ? FILES_SAMPLED : 0;
	uint8_t digest[FILES_HASH];
	struct key parts;

	key_begin(&parts, names[which]);
	key_text(&parts, "step", step->own);
	if (!copying->what->link)
		key_bytes(&parts, "base", node->content, sizeof(node->content));
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		const struct taken *taken = &copying->taken[i];

		if (files_digest(&taken->files, &taken->source,
			    taken->foreign_owner ? flags | FILES_OWNERS : flags, digest, err) < 0) {
			key_end(&parts, key);
			return err->code;
		}
		key_number(&parts, "unpacked", taken->unpacked);
		key_bytes(&parts, "files", digest, sizeof(digest));
	}
	return key_end(&parts, key) ? 0 : no_memory(err);
}

static void tell_recall(struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++)
		recall_files(copying->work->recall, copying->step, &copying->taken[i].files);
}

/* ---- what was seen ---- */

/* Beside every result that has large files there is a row for its samples, without a layer: samples
 * that nobody has seen are those of a new result, and the files need not be read to find out. */
static int is_seen(struct copying *copying, const char *key, bool *seen, struct err *err)
{
	struct build_cached found;
	struct err not_found = {0};
	int failed;

	pthread_mutex_lock(&copying->work->lock);
	failed = build_cache_find(copying->work->store, key, &found, &not_found);
	pthread_mutex_unlock(&copying->work->lock);
	*seen = failed != -ENOENT;
	if (failed && *seen)
		*err = not_found;
	return *seen ? failed : 0;
}

static int keep_seen(struct copying *copying, const struct node *node, struct err *err)
{
	struct build_cached cached = {.kind = "samples"};
	bool seen;
	int failed;

	if (copying->work->dry || !taken_has_large(copying))
		return 0;
	if (key_of(copying, node, KEY_SAMPLES, cached.key, err) < 0 ||
		is_seen(copying, cached.key, &seen, err) < 0)
		return err->code;
	if (seen)
		return 0;
	snprintf(cached.what, sizeof(cached.what), "%.190s",
		copying->work->plan->steps[copying->step].name);
	pthread_mutex_lock(&copying->work->lock);
	failed = build_cache_keep(copying->work->store, &cached, err);
	pthread_mutex_unlock(&copying->work->lock);
	return failed;
}

/* What is elsewhere is known by its files alone. */
static int is_new(struct copying *copying, const struct node *node, bool *unseen, struct err *err)
{
	char key[DIGEST_SIZE];
	bool seen;

	*unseen = copying->work->plan->steps[copying->step].no_cache;
	if (*unseen || copying->work->remote)
		return 0;
	if (key_of(copying, node, KEY_SAMPLES, key, err) < 0 ||
		is_seen(copying, key, &seen, err) < 0)
		return err->code;
	*unseen = !seen;
	return 0;
}

/* ---- writing ---- */

static size_t count_items(const struct copying *copying)
{
	size_t items = 0;

	for (size_t i = 0; i < copying->what->sources_len; i++) {
		const struct files *files = &copying->taken[i].files;

		items += files->n ? files->v[files->n - 1].item + 1 : 0;
	}
	return items;
}

/* What a later source brings takes the place of what an earlier one did. */
static int write_source(
	struct copying *copying, struct dest *dest, size_t i, bool many, struct err *err)
{
	const struct build_copy *what = copying->what;
	struct taken *taken = &copying->taken[i];
	const struct copy_order order = {
		.files = &taken->files,
		.source = &taken->source,
		.to = what->dest,
		.to_directory = many || what->parents,
		.replace = i > 0,
		.keep_owner = taken->foreign_owner,
		.has_owner = what->chown != NULL,
		.uid = copying->owner.uid,
		.gid = copying->owner.gid,
		.mode = copying->mode,
		.late = copying->late,
	};

	return copy_files(dest, &order, err);
}

static int stand_on(struct copying *copying, const struct node *node, struct err *err)
{
	copying->below = calloc(node->layers.len + 1, sizeof(*copying->below));
	if (!copying->below)
		return no_memory(err);
	for (size_t i = 0; i < node->layers.len; i++)
		copying->below[i] = layer_index(node->stack[i]);
	late_stand_on(copying->late, copying->below, node->layers.len);
	return 0;
}

static int write_all(
	struct build_work *work, int step, struct dest *dest, struct err *err, void *arg)
{
	struct copying *copying = arg;
	bool many = count_items(copying) > 1;

	if (stand_on(copying, &work->nodes[step], err) < 0)
		return err->code;
	if (copying->what->chown &&
		owner_find(work, step, dest, copying->what->chown, &copying->owner, err) < 0)
		return err->code;
	if (copying->what->chmod && copy_mode_parse(copying->what->chmod, &copying->mode, err) < 0)
		return err->code;
	for (size_t i = 0; i < copying->what->sources_len; i++)
		if (write_source(copying, dest, i, many, err) < 0)
			return err->code;
	return dest_finish(dest, err);
}

/* ---- the step ---- */

static bool sources_are_here(const struct copying *copying)
{
	for (size_t i = 0; i < copying->what->sources_len; i++) {
		int from = copying->what->sources[i].from;

		if (from >= 0 && !node_is_here(&copying->work->nodes[from]))
			return false;
	}
	return true;
}

static int look_for(struct copying *copying, const char *key, bool *hit, struct err *err)
{
	strs_add(&copying->keys, key);
	if (strs_failed(&copying->keys))
		return no_memory(err);
	return node_from_cache(copying->work, copying->step, key, hit, err);
}

static int look_for_archives(struct copying *copying, struct node *node, bool *hit, struct err *err)
{
	char key[DIGEST_SIZE];

	if (taken_read(copying, err) < 0 || key_of(copying, node, KEY_PACKED, key, err) < 0)
		return err->code;
	tell_recall(copying);
	if (look_for(copying, key, hit, err) < 0)
		return err->code;
	return *hit ? 0 : taken_unpack(copying, err);
}

/* *unseen: it is not known, and its large files were not read for that. */
static int look_for_files(
	struct copying *copying, struct node *node, bool *hit, bool *unseen, struct err *err)
{
	char key[DIGEST_SIZE];

	if (!taken_is_read(copying) && is_new(copying, node, unseen, err) < 0)
		return err->code;
	if (!*unseen && taken_read(copying, err) < 0)
		return err->code;
	if (!taken_has_archive(copying))
		tell_recall(copying);
	if (*unseen)
		return 0;
	if (key_of(copying, node, KEY_FILES, key, err) < 0 || look_for(copying, key, hit, err) < 0)
		return err->code;
	return *hit ? keep_seen(copying, node, err) : 0;
}

static int look_up(
	struct copying *copying, struct node *node, bool *hit, bool *unseen, struct err *err)
{
	char key[DIGEST_SIZE];

	if (short_key(copying, node, key) && look_for(copying, key, hit, err) < 0)
		return err->code;
	if (*hit)
		return 0;
	/* To look at files that are elsewhere is more than a dry run does. */
	if (copying->work->dry && !sources_are_here(copying)) {
		node->unknown = true;
		return 0;
	}
	if (taken_find(copying, err) < 0)
		return err->code;
	if (taken_has_archive(copying) && look_for_archives(copying, node, hit, err) < 0)
		return err->code;
	return *hit ? 0 : look_for_files(copying, node, hit, unseen, err);
}

/* The files that were read meanwhile are what the result is known by. */
static int complete(void *arg, struct err *err)
{
	struct copying *copying = arg;
	struct build_work *work = copying->work;
	const struct node *node = &work->nodes[copying->step];
	char key[DIGEST_SIZE];

	if (copying->reader) {
		if (copy_reader_finish(copying->reader, err) < 0)
			return err->code;
		taken_note(copying);
		recall_step(work->recall, copying->step, &work->plan->steps[copying->step],
			node->content);
		tell_recall(copying);
		if (key_of(copying, node, KEY_FILES, key, err) < 0)
			return err->code;
		strs_add(&copying->keys, key);
	}
	return strs_failed(&copying->keys) ? no_memory(err) : keep_seen(copying, node, err);
}

static int make(struct copying *copying, bool unseen, struct err *err)
{
	struct node_product product = {
		.keys = &copying->keys,
		.write = write_all,
		.alone = copying->what->link,
		.complete = complete,
		.arg = copying,
	};

	work_tell_why(copying->work, copying->step);
	copying->late = late_new();
	if (!copying->late)
		return no_memory(err);
	product.late = late_files(copying->late);
	if (unseen && !copying->work->dry)
		copying->reader = copy_reader_start(copying);
	if (unseen && !copying->work->dry && !copying->reader)
		return no_memory(err);
	return node_write(copying->work, copying->step, &product, err);
}

int step_copy(struct build_work *work, int step, struct err *err)
{
	const struct build_step *what = &work->plan->steps[step];
	struct node *node = &work->nodes[step];
	auto_copying copying = {.work = work, .step = step, .what = &what->copy};
	bool hit = false, unseen = false;

	if (node_begin_tree(work, node, what->base, err) < 0)
		return err->code;
	node_seal(node);
	recall_step(work->recall, step, what, node->content);
	if (look_up(&copying, node, &hit, &unseen, err) < 0)
		return err->code;
	return hit || node->unknown ? 0 : make(&copying, unseen, err);
}
