/* node.c - what a step ends with: layers on layers, and where they can be read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/dest.h"
#include "build/no_memory.h"
#include "build/stamps.h"
#include "build/work.h"
#include "core/timing.h"
#include "core/chain.h"
#include "core/image/copy.h"
#include "util/own.h"

void node_fini(struct node *node)
{
	strs_fini(&node->layers);
	strs_fini(&node->diff_ids);
	strs_fini(&node->keys);
	free(node->stack);
	free(node->root);
	free(node->cover);
	own_closep(&node->root_fd);
	stamps_free(node->stamps);
}

/* ---- directories ---- */

int work_directory(struct build_work *work, char **path, int *fd, struct err *err)
{
	auto_buf text = BUF_INIT;
	char name[32];

	pthread_mutex_lock(&work->lock);
	snprintf(name, sizeof(name), "step-%u", work->names++);
	pthread_mutex_unlock(&work->lock);
	buf_addf(&text, "%s/%s", work->dir, name);
	if (mkdirat(stage_fd(work->stage), name, 0755) < 0)
		return err_sys(err, "build: make %s", name);
	*fd = openat(stage_fd(work->stage), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0)
		return err_sys(err, "build: open %s", name);
	if (path) {
		*path = buf_take(&text);
		if (!*path)
			return no_memory(err);
	}
	return 0;
}

/* ---- trees ---- */

void node_seal(struct node *node)
{
	auto_of(sha) struct sha *sha = sha_new();

	for (size_t i = 0; sha && i < node->diff_ids.len; i++)
		sha_add(sha, node->diff_ids.v[i], DIGEST_SIZE);
	if (sha)
		sha_done_bytes(sha, node->content);
}

int node_begin_tree(struct build_work *work, struct node *node, int base, struct err *err)
{
	const struct node *below = base == BUILD_NONE ? NULL : &work->nodes[base];

	node->foreign_owner = true;
	if (!below)
		return 0;
	strs_copy(&node->layers, &below->layers);
	strs_copy(&node->diff_ids, &below->diff_ids);
	node->stack = calloc(below->layers.len + 1, sizeof(*node->stack));
	if (!node->stack || strs_failed(&node->layers) || strs_failed(&node->diff_ids))
		return no_memory(err);
	if (below->layers.len)
		memcpy(node->stack, below->stack, below->layers.len * sizeof(*node->stack));
	return 0;
}

static struct layer *opened(const struct build_work *work, const char *id)
{
	for (size_t i = 0; i < work->n_opened; i++)
		if (str_eq(layer_id(work->opened[i]), id))
			return work->opened[i];
	return NULL;
}

int node_layer(struct build_work *work, const char *id, struct layer **out, struct err *err)
{
	struct strs one = {.v = (char *[]){(char *)id, NULL}, .len = 1};
	struct layer_stack stack = {0};
	struct layer **more;

	*out = opened(work, id);
	if (*out)
		return 0;
	if (layer_stack_open(work->store, &one, &stack, err) < 0)
		return err->code;
	more = realloc(work->opened, (work->n_opened + 1) * sizeof(*more));
	if (!more) {
		layer_stack_fini(&stack);
		return no_memory(err);
	}
	work->opened = more;
	*out = work->opened[work->n_opened++] = stack.v[0];
	free(stack.v);
	return 0;
}

int node_add_layer(struct build_work *work, struct node *node, const char *id, struct err *err)
{
	struct layer *layer, **more;

	if (node_layer(work, id, &layer, err) < 0)
		return err->code;
	more = realloc(node->stack, (node->layers.len + 2) * sizeof(*more));
	if (!more)
		return no_memory(err);
	node->stack = more;
	node->stack[node->layers.len] = layer;
	strs_add(&node->layers, id);
	strs_add(&node->diff_ids, layer_diff_id(layer));
	return strs_failed(&node->layers) || strs_failed(&node->diff_ids) ? no_memory(err) : 0;
}

/* ---- layers that are elsewhere ---- */

static int add_elsewhere(struct node *node, const char *diff_id, struct err *err)
{
	struct layer **more = realloc(node->stack, (node->layers.len + 2) * sizeof(*more));

	if (!more)
		return no_memory(err);
	node->stack = more;
	node->stack[node->layers.len] = NULL;
	strs_add(&node->layers, "");
	strs_add(&node->diff_ids, diff_id);
	return strs_failed(&node->layers) || strs_failed(&node->diff_ids) ? no_memory(err) : 0;
}

bool node_is_here(const struct node *node)
{
	for (size_t i = 0; i < node->layers.len; i++)
		if (!*node->layers.v[i])
			return false;
	return true;
}

static int open_missing(
	struct build_work *work, struct node *node, const struct strs *ids, struct err *err)
{
	for (size_t i = 0; i < ids->len; i++) {
		char *id;

		if (*node->layers.v[i])
			continue;
		if (node_layer(work, ids->v[i], &node->stack[i], err) < 0)
			return err->code;
		id = strdup(ids->v[i]);
		if (!id)
			return no_memory(err);
		free(node->layers.v[i]);
		node->layers.v[i] = id;
	}
	return 0;
}

int node_bring(struct build_work *work, struct node *node, struct err *err)
{
	auto_strs ids = STRS_INIT;
	int failed;

	if (node_is_here(node))
		return 0;
	if (remote_bring(work, node, &ids, err) < 0)
		return err->code;
	pthread_mutex_lock(&work->lock);
	failed = open_missing(work, node, &ids, err);
	pthread_mutex_unlock(&work->lock);
	return failed;
}

/* ---- the node's own layer ---- */

static const char *kind_name(enum build_step_kind kind)
{
	return kind == BUILD_RUN ? "run" : kind == BUILD_COPY ? "copy" : "workdir";
}

static int remember(struct build_work *work, int step, const struct layer *layer,
	const struct strs *keys, struct err *err)
{
	const struct build_step *what = &work->plan->steps[step];
	struct build_cached cached = {.created = work->nodes[step].created};

	if (layer) {
		snprintf(cached.layer, sizeof(cached.layer), "%s", layer_id(layer));
		snprintf(cached.diff_id, sizeof(cached.diff_id), "%s", layer_diff_id(layer));
	}
	snprintf(cached.kind, sizeof(cached.kind), "%s", kind_name(what->kind));
	snprintf(cached.what, sizeof(cached.what), "%.190s", what->name);
	strs_copy(&work->nodes[step].keys, keys);
	for (size_t i = 0; i < keys->len; i++) {
		snprintf(cached.key, sizeof(cached.key), "%s", keys->v[i]);
		if (build_cache_keep(work->store, &cached, err) < 0)
			return err->code;
	}
	return 0;
}

static int commit(struct build_work *work, int step, struct layer *layer, const struct strs *keys,
	struct err *err)
{
	struct node *node = &work->nodes[step];
	bool empty = layer_is_empty(layer);

	if (!empty && (layer_commit(layer, node->stack, node->layers.len, err) < 0 ||
			      node_add_layer(work, node, layer_id(layer), err) < 0))
		return err->code;
	node->made = !empty;
	node->created = work_time(work).tv_sec;
	return remember(work, step, empty ? NULL : layer, keys, err);
}

static void say_layer(struct build_work *work, int step, const struct layer *layer,
	const struct layer_clocks *clocks)
{
	work_fact(work, step, clocks->began_ns,
		"\"fact\":\"diff\",\"scan_us\":%llu,\"stage_us\":%llu,\"digest_us\":%llu,"
		"\"empty\":%d,\"diff_id\":\"%s\"",
		(unsigned long long)(clocks->scanned_ns - clocks->began_ns) / 1000,
		(unsigned long long)(clocks->staged_ns - clocks->scanned_ns) / 1000,
		(unsigned long long)(clocks->hashed_ns - clocks->staged_ns) / 1000,
		layer_is_empty(layer), layer_diff_id(layer));
}

int node_make_layer(struct build_work *work, int step, int dir_fd, const char *name,
	const struct node_product *product, struct err *err)
{
	struct node *node = &work->nodes[step];
	struct layer_clocks clocks = {0};
	const struct layer_source source = {
		.dir_fd = dir_fd,
		.name = name,
		.take = true,
		.below = node->stack,
		.n_below = node->layers.len,
		.stubs = product->stubs,
		.latest = work->latest,
		.late = product->late,
		.canceled = work->canceled,
		.clocks = &clocks,
	};
	auto_of(layer) struct layer *layer = NULL;
	int failed;

	work_fact_begun(work, step, "diff");
	failed = layer_make(work->store, &source, &layer, err);
	if (failed)
		return failed;
	say_layer(work, step, layer, &clocks);
	if (product->complete && product->complete(product->arg, err) < 0)
		return err->code;
	pthread_mutex_lock(&work->lock);
	failed = commit(work, step, layer, product->keys, err);
	pthread_mutex_unlock(&work->lock);
	work_fact(work, step, clocks.hashed_ns,
		"\"fact\":\"commit\",\"layer\":\"%s\",\"result\":%d",
		failed || layer_is_empty(layer) ? "" : layer_id(layer), failed);
	node_seal(node);
	return failed;
}

/* ---- writing without a process ---- */

int node_root(const struct node *node, const struct index **index, const struct index_entry **entry,
	struct err *err)
{
	auto_free const struct index **indexes = calloc(node->layers.len + 1, sizeof(*indexes));

	if (!indexes)
		return no_memory(err);
	for (size_t i = 0; i < node->layers.len; i++)
		indexes[i] = layer_index(node->stack[i]);
	*index = chain_root(indexes, node->layers.len);
	*entry = *index ? index_at(*index, 0) : NULL;
	return 0;
}

/* The overlay shows the upper directory's own mode and owner as the root's. */
static int make_upper(const struct node *node, int dir, const char *name, struct err *err)
{
	const struct index_entry *root;
	const struct index *top;

	if (node_root(node, &top, &root, err) < 0)
		return err->code;
	if (mkdirat(dir, name, 0755) < 0)
		return err_sys(err, "build: make %s", name);
	if (!top)
		return fchmodat(dir, name, 0755, 0) < 0 ? err_sys(err, "build: make %s", name) : 0;
	return copy_dress_dir(top, root, dir, name, err);
}

static int write_into(struct build_work *work, int step, const struct node_product *product,
	int upper, struct err *err)
{
	const struct node *node = &work->nodes[step];
	auto_free const struct index **indexes = calloc(node->layers.len + 1, sizeof(*indexes));
	auto_of(dest) struct dest *dest = NULL;

	if (!indexes)
		return no_memory(err);
	for (size_t i = 0; i < node->layers.len; i++)
		indexes[i] = layer_index(node->stack[i]);
	if (dest_new(indexes, product->alone ? 0 : node->layers.len, upper, &dest, err) < 0)
		return err->code;
	return product->write(work, step, dest, err, product->arg);
}

int node_write(
	struct build_work *work, int step, const struct node_product *product, struct err *err)
{
	auto_close int dir = -1, upper = -1;
	uint64_t began;

	if (work->dry) {
		work->nodes[step].unknown = true;
		return 0;
	}
	if (node_bring(work, &work->nodes[step], err) < 0 ||
		work_directory(work, NULL, &dir, err) < 0 ||
		make_upper(&work->nodes[step], dir, "upper", err) < 0)
		return err->code;
	upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (upper < 0)
		return err_sys(err, "build: open a step's directory");
	began = timing_now();
	work_fact_begun(work, step, "write");
	if (write_into(work, step, product, upper, err) < 0)
		return err->code;
	work_fact(work, step, began, "\"fact\":\"write\"");
	return node_make_layer(work, step, dir, "upper", product, err);
}

/* ---- what is known ---- */

static int set_cached(
	struct node *node, const char *key, bool made, int64_t created, struct err *err)
{
	node->made = made;
	node->created = created;
	node->state = NODE_CACHED;
	strs_add(&node->keys, key);
	return strs_failed(&node->keys) ? no_memory(err) : 0;
}

static int use_cached(
	struct build_work *work, struct node *node, const char *key, bool *hit, struct err *err)
{
	struct build_cached cached;
	int failed = build_cache_find(work->store, key, &cached, err);

	if (failed == -ENOENT)
		return 0;
	if (failed)
		return failed;
	/* Marked first: a prune may be at work. */
	failed = build_cache_touch(work->store, key, err);
	if (failed)
		return failed == -ENOENT ? 0 : failed;
	/* A layer whose directory is gone is made again. */
	if (*cached.layer && node_add_layer(work, node, cached.layer, err) < 0)
		return err->code == -ENOENT ? 0 : err->code;
	*hit = true;
	return set_cached(node, key, *cached.layer != '\0', cached.created, err);
}

static int use_remote(
	struct build_work *work, struct node *node, const char *key, bool *hit, struct err *err)
{
	const struct step_cached *found = remote_find(work->remote, key);

	if (!found)
		return 0;
	if (*found->diff_id && add_elsewhere(node, found->diff_id, err) < 0)
		return err->code;
	*hit = true;
	node->where = remote_where(work->remote, found);
	return set_cached(node, key, *found->diff_id != '\0', found->created, err) < 0
		       ? err->code
		       : remote_use(work, found, err);
}

/* From the step's beginning, or from the last key, on: what it is made of was looked at. */
static void say_looked_up(struct build_work *work, int step, const char *key, bool hit)
{
	struct node *node = &work->nodes[step];

	work_fact(work, step, node->looked_ns ? node->looked_ns : node->began_ns,
		"\"fact\":\"key\",\"key\":\"%.90s\",\"hit\":%d", key, hit);
	node->looked_ns = timing_now();
}

int node_from_cache(struct build_work *work, int step, const char *key, bool *hit, struct err *err)
{
	struct node *node = &work->nodes[step];
	int failed;

	*hit = false;
	if (work->plan->steps[step].no_cache)
		return 0;
	pthread_mutex_lock(&work->lock);
	failed = use_cached(work, node, key, hit, err);
	if (!failed && !*hit)
		failed = use_remote(work, node, key, hit, err);
	pthread_mutex_unlock(&work->lock);
	if (*hit)
		node_seal(node);
	say_looked_up(work, step, key, *hit);
	return failed;
}

/* ---- reading ---- */

static int mount_root(
	struct build_work *work, struct node *node, const struct strs *layers, struct err *err)
{
	if (node->root_fd >= 0)
		return 0;
	if (!node->root && trees_mount(work->trees, layers, &node->root, err) < 0)
		return err->code;
	node->root_fd = open(node->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return node->root_fd < 0 ? err_sys(err, "build: open %.300s", node->root) : 0;
}

int node_open_root(struct build_work *work, struct node *node, struct err *err)
{
	auto_strs layers = STRS_INIT;
	int failed;

	/* The node is done: what is fetched for it is not put down in it. */
	if (remote_bring(work, node, &layers, err) < 0)
		return err->code;
	/* Several steps may read from the same one. */
	pthread_mutex_lock(&work->mounting);
	failed = mount_root(work, node, &layers, err);
	pthread_mutex_unlock(&work->mounting);
	return failed;
}
