#include "build/cache_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "build/cache_option.h"
#include "build/no_memory.h"
#include "core/child.h"
#include "core/image/step_cache.h"
#include "util/own.h"

static int check_all(const struct strs *list, enum cache_direction direction, struct err *err)
{
	for (size_t i = 0; i < list->len; i++) {
		auto_cache_option option = {.place = NULL};

		if (cache_option_parse(list->v[i], direction, &option, err) < 0)
			return err->code;
	}
	return 0;
}

int cache_check(const struct build_request *request, struct err *err)
{
	int failed = check_all(&request->cache_from, CACHE_FROM, err);

	return failed ? failed : check_all(&request->cache_to, CACHE_TO, err);
}

/* ---- the steps ---- */

static bool is_step(const struct build_work *work, size_t i)
{
	enum build_step_kind kind = work->plan->steps[i].kind;
	const struct node *node = &work->nodes[i];

	return (kind == BUILD_RUN || kind == BUILD_COPY || kind == BUILD_WORKDIR) &&
	       (node->state == NODE_DONE || node->state == NODE_CACHED);
}

static const char *kind_name(enum build_step_kind kind)
{
	return kind == BUILD_RUN ? "run" : kind == BUILD_COPY ? "copy" : "workdir";
}

static void describe(const struct build_work *work, size_t i, struct step_cached *out)
{
	const struct build_step *what = &work->plan->steps[i];
	const struct node *node = &work->nodes[i];

	*out = (struct step_cached){.created = node->created};
	if (node->made)
		snprintf(out->diff_id, sizeof(out->diff_id), "%s",
			node->diff_ids.v[node->diff_ids.len - 1]);
	snprintf(out->kind, sizeof(out->kind), "%s", kind_name(what->kind));
	snprintf(out->what, sizeof(out->what), "%.190s", what->name);
	for (unsigned char *c = (unsigned char *)out->what; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
}

static bool has_key(const struct step_cache *cache, const char *key)
{
	for (size_t i = 0; i < cache->n_steps; i++)
		if (str_eq(cache->steps[i].key, key))
			return true;
	return false;
}

/* Under every key that the result is known by, not only the one that it was found by. */
static int add_step(struct build_work *work, size_t i, struct step_cache *cache, struct err *err)
{
	const struct strs *known = &work->nodes[i].keys;
	auto_strs keys = STRS_INIT;
	struct step_cached step;

	describe(work, i, &step);
	strs_copy(&keys, known);
	remote_same(work->remote, &step, &keys);
	for (size_t k = 0; k < known->len; k++)
		if (build_cache_same(work->store, known->v[k], &keys, err) < 0)
			return err->code;
	for (size_t k = 0; k < keys.len; k++) {
		if (has_key(cache, keys.v[k]))
			continue;
		snprintf(step.key, sizeof(step.key), "%s", keys.v[k]);
		if (step_cache_add(cache, &step, err) < 0)
			return err->code;
	}
	return strs_failed(&keys) ? no_memory(err) : 0;
}

static int add_steps(struct build_work *work, struct step_cache *cache, struct err *err)
{
	for (size_t i = 0; i < work->plan->steps_len; i++)
		if (is_step(work, i) && add_step(work, i, cache, err) < 0)
			return err->code;
	return 0;
}

/* ---- the layers ---- */

static void warn(struct build_work *work, const char *text)
{
	work_tell(work, -1, BUILD_EVENT_WARNING, text, strlen(text));
}

/* The node's own. False: there is no room for it. */
static bool add_layer(const struct node *node, struct step_cache *cache)
{
	struct step_layer layer = {.size = 0};
	struct err full;

	if (!node->made)
		return true;
	snprintf(layer.diff_id, sizeof(layer.diff_id), "%s",
		node->diff_ids.v[node->diff_ids.len - 1]);
	return step_cache_layer(cache, layer.diff_id) ||
	       step_cache_add_layer(cache, &layer, &full) == 0;
}

/* What the image is made of. */
static bool add_result(struct build_work *work, struct step_cache *cache)
{
	bool room = true;

	for (int i = work->plan->stages[work->plan->target].result; i != BUILD_NONE;
		i = work->plan->steps[i].base)
		room = (!is_step(work, (size_t)i) || add_layer(&work->nodes[i], cache)) && room;
	return room;
}

/* All that is here, or can be fetched. */
static bool add_every(struct build_work *work, struct step_cache *cache)
{
	bool room = true;

	for (size_t i = 0; i < work->plan->steps_len; i++) {
		struct err ignored = {0};

		if (is_step(work, i) && node_bring(work, &work->nodes[i], &ignored) == 0)
			room = add_layer(&work->nodes[i], cache) && room;
	}
	return room;
}

static int collect(struct build_work *work, bool max, struct step_cache *cache, struct err *err)
{
	char text[120];

	if (add_steps(work, cache, err) < 0)
		return err->code;
	if (add_result(work, cache) && (!max || add_every(work, cache)))
		return 0;
	snprintf(text, sizeof(text), "a cache holds %d layers: the rest is left out",
		STEP_CACHE_LAYERS_MAX);
	warn(work, text);
	return 0;
}

int cache_inline(struct build_work *work, cJSON **out, struct err *err)
{
	auto_step_cache cache = {0};

	for (size_t i = 0; i < work->request->cache_to.len; i++) {
		auto_cache_option option = {.place = NULL};

		if (cache_option_parse(work->request->cache_to.v[i], CACHE_TO, &option, err) < 0)
			return err->code;
		if (option.kind != CACHE_INLINE || *out)
			continue;
		if (add_steps(work, &cache, err) < 0)
			return err->code;
		*out = step_cache_list(&cache);
		if (!*out)
			return no_memory(err);
	}
	return 0;
}

/* ---- writing ---- */

static int lines_fd(const struct step_cache *cache, struct err *err)
{
	auto_close int fd = memfd_create("steps", MFD_CLOEXEC);
	auto_buf lines = BUF_INIT;

	step_cache_put_lines(cache, &lines);
	if (buf_failed(&lines))
		return no_memory(err);
	if (fd < 0 || write(fd, buf_text(&lines), lines.len) != (ssize_t)lines.len ||
		lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "cache: its steps");
	return take_fd(&fd);
}

static int run_child(struct build_work *work, const struct cache_option *option,
	const struct step_cache *cache, struct err *err)
{
	auto_strs args = STRS_INIT;
	auto_close int in = lines_fd(cache, err);
	struct child child = {.canceled = work->canceled, .in = in};

	if (in < 0)
		return err->code;
	strs_add(&args, "cache-write");
	strs_add(&args, option->kind == CACHE_REGISTRY ? "--ref" : "--dir");
	strs_add(&args, option->place);
	if (option->insecure)
		strs_add(&args, "--insecure");
	if (option->tag) {
		strs_add(&args, "--tag");
		strs_add(&args, option->tag);
	}
	if (option->compression) {
		strs_add(&args, "--compression");
		strs_add(&args, option->compression);
	}
	if (strs_failed(&args))
		return no_memory(err);
	child.args = (const char *const *)args.v;
	return child_run(work->engine, &child, err);
}

static int write_cache(struct build_work *work, const struct cache_option *option, struct err *err)
{
	auto_step_cache cache = {0};
	char note[200];
	int failed;

	snprintf(note, sizeof(note), "writing cache %.150s", option->place);
	work_tell(work, -1, BUILD_EVENT_NOTE, note, strlen(note));
	failed = collect(work, option->max, &cache, err);
	if (!failed)
		failed = run_child(work, option, &cache, err);
	if (!failed)
		return 0;
	err_in(err, "cache %.150s", option->place);
	if (!option->ignore_error || failed == -ECANCELED)
		return failed;
	warn(work, err->text);
	return 0;
}

int cache_out(struct build_work *work, struct err *err)
{
	const struct strs *wanted = &work->request->cache_to;

	for (size_t i = 0; i < wanted->len; i++) {
		auto_cache_option option = {.place = NULL};

		if (cache_option_parse(wanted->v[i], CACHE_TO, &option, err) < 0 ||
			(option.kind != CACHE_INLINE && write_cache(work, &option, err) < 0))
			return err->code;
	}
	return 0;
}
