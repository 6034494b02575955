#include "build/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/cache_out.h"
#include "build/no_memory.h"
#include "core/image/commit.h"
#include "core/image/image_make.h"
#include "core/image/squash.h"
#include "util/own.h"

/* A config with its layers, on its way to be an image. */
struct making {
	struct build_config *config;
	struct layer_stack stack;
	struct strs diff_ids;
	size_t base_lines; /* of history */
	cJSON *steps;      /* of an inline cache */
	char created[40];
	char *json;
};

static void making_fini(struct making *m)
{
	build_config_free(m->config);
	layer_stack_fini(&m->stack);
	strs_fini(&m->diff_ids);
	cJSON_Delete(m->steps);
	free(m->json);
}

/* ---- history ---- */

static const struct build_stage *target(const struct build_work *work)
{
	return &work->plan->stages[work->plan->target];
}

/* Of the newest step that it is made of, so that a build of what is known already is the same
 * image; of now when there is none. */
static int64_t created_seconds(const struct build_work *work, const struct build_config *config)
{
	int64_t latest = -1;

	if (work->latest != SCAN_ANY_TIME)
		return work->latest;
	for (size_t i = 0; i < config->history_len; i++)
		if (config->history[i].step >= 0 &&
			work->nodes[config->history[i].step].created > latest)
			latest = work->nodes[config->history[i].step].created;
	return latest < 0 ? work_time(work).tv_sec : latest;
}

/* A step that changed nothing has no layer, and its line says so. Each line has the time of its
 * step, those between the time of the one before. */
static int finish_history(
	const struct build_work *work, struct build_config *config, struct err *err)
{
	int64_t created = -1;
	char text[40];

	for (size_t i = 0; i < config->history_len; i++) {
		struct build_history *line = &config->history[i];

		if (line->step < 0 && line->created)
			continue;
		if (line->step >= 0) {
			line->empty = line->empty || !work->nodes[line->step].made;
			created = work->latest != SCAN_ANY_TIME ? work->latest
								: work->nodes[line->step].created;
		}
		if (created < 0)
			continue;
		image_time(created * 1000000000, text);
		free(line->created);
		line->created = strdup(text);
		if (!line->created)
			return no_memory(err);
	}
	return 0;
}

/* Lines of the base image have their time. */
static size_t count_base_lines(const struct build_config *config)
{
	size_t n = 0;

	while (n < config->history_len && config->history[n].step < 0 && config->history[n].created)
		n++;
	return n;
}

/* ---- --squash ---- */

/* What the image stands on: how many layers, and its id; "" from nothing. */
static int find_base(struct build_work *work, size_t *layers, char id[DIGEST_SIZE], struct err *err)
{
	int i = target(work)->result;
	const struct build_step *step;
	auto_of(image) struct image *image = NULL;

	while (i != BUILD_NONE && work->plan->steps[i].kind != BUILD_IMAGE &&
		work->plan->steps[i].kind != BUILD_CONTEXT)
		i = work->plan->steps[i].base;
	*layers = 0;
	id[0] = '\0';
	if (i == BUILD_NONE)
		return 0;
	step = &work->plan->steps[i];
	*layers = work->nodes[i].layers.len;
	if (step->kind == BUILD_IMAGE) {
		memcpy(id, step->image.digest, DIGEST_SIZE);
		return 0;
	}
	if (image_find(work->store, contexts_image(work->contexts, step->context), &image, err) < 0)
		return err->code;
	memcpy(id, image->id, DIGEST_SIZE);
	return 0;
}

static int merge_stack(struct build_work *work, struct making *m, size_t below, struct err *err)
{
	struct layer_stack *stack = &m->stack;
	struct layer *one = NULL;

	if (layer_squash(work->store, stack->v, below, stack->n, work->latest, work->canceled, &one,
		    err) < 0)
		return err->code;
	while (stack->n > below)
		layer_free(stack->v[--stack->n]);
	if (layer_is_empty(one))
		layer_free(one);
	else
		stack->v[stack->n++] = one;
	strs_fini(&m->diff_ids);
	for (size_t i = 0; i < stack->n; i++)
		strs_add(&m->diff_ids, layer_diff_id(stack->v[i]));
	return strs_failed(&m->diff_ids) ? no_memory(err) : 0;
}

/* As docker tells it: which image was merged, onto which. */
static int squash(struct build_work *work, struct making *m, struct err *err)
{
	char whole[DIGEST_SIZE], base[DIGEST_SIZE], comment[2 * DIGEST_SIZE + 40];
	size_t below;

	if (find_base(work, &below, base, err) < 0)
		return err->code;
	sha_of(m->json, strlen(m->json), whole);
	if (*base)
		snprintf(comment, sizeof(comment), "merge %s to %s", whole, base);
	else
		snprintf(comment, sizeof(comment), "create new from %s", whole);
	if (merge_stack(work, m, below, err) < 0)
		return err->code;
	build_config_squash(m->config, m->base_lines, comment, m->stack.n == below);
	return build_config_failed(m->config) ? no_memory(err) : 0;
}

/* ---- the image ---- */

static void on_image_event(const struct image_event *event, void *arg)
{
	const struct build_work *work = arg;
	const char *attrs[] = {"name", event->name, NULL};

	journal_add(work->engine->journal, EVENT_IMAGE, event->action, event->id, attrs, NULL);
}

static int write_config(struct making *m, struct err *err)
{
	const struct build_config_facts facts = {
		.created = m->created, .diff_ids = &m->diff_ids, .steps = m->steps};

	free(m->json);
	m->json = build_config_json(m->config, &facts);
	return m->json ? 0 : no_memory(err);
}

static int begin(struct build_work *work, const struct build_config *config,
	const struct node *node, struct making *m, struct err *err)
{
	static const struct strs none = STRS_INIT;

	m->config = build_config_copy(config);
	if (!m->config)
		return no_memory(err);
	m->base_lines = count_base_lines(m->config);
	if (finish_history(work, m->config, err) < 0)
		return err->code;
	image_time(created_seconds(work, m->config) * 1000000000, m->created);
	if (node)
		strs_copy(&m->diff_ids, &node->diff_ids);
	if (strs_failed(&m->diff_ids))
		return no_memory(err);
	return layer_stack_open(work->store, node ? &node->layers : &none, &m->stack, err);
}

static int commit(struct build_work *work, struct making *m, const struct strs *tags,
	const char *action, char id[DIGEST_SIZE], struct err *err)
{
	const struct image_watch watch = {.on_event = on_image_event, .arg = work};
	const struct image_draft draft = {.tags = tags,
		.action = action,
		.config = m->json,
		.config_len = strlen(m->json),
		.layers = m->stack.v,
		.n_layers = m->stack.n};

	return image_commit(work->store, &draft, &watch, id, err);
}

const struct node *result_node(const struct build_work *work)
{
	int result = target(work)->result;

	return result == BUILD_NONE ? NULL : &work->nodes[result];
}

int result_image(
	struct build_work *work, const struct strs *tags, char id[DIGEST_SIZE], struct err *err)
{
	__attribute__((cleanup(making_fini))) struct making m = {.json = NULL};
	int failed = begin(work, target(work)->config, result_node(work), &m, err);

	if (!failed)
		failed = cache_inline(work, &m.steps, err);
	if (!failed)
		failed = write_config(&m, err);
	if (!failed && work->request->squash) {
		failed = squash(work, &m, err);
		if (!failed)
			failed = write_config(&m, err);
	}
	return failed ? failed : commit(work, &m, tags, "build", id, err);
}

/* Whoever looks at a RUN finds its directory, its user and all its variables, arguments among them,
 * and none that the file sets only later. */
static void as_it_ran(struct build_config *config, const struct build_run *run)
{
	if (*run->cwd)
		build_config_set(config, &config->working_dir, run->cwd);
	build_config_set(config, &config->user, run->user);
	build_config_list(&config->env, &run->env);
}

int result_before(struct build_work *work, int step, char id[80], struct err *err)
{
	__attribute__((cleanup(making_fini))) struct making m = {.json = NULL};
	const struct build_step *what = &work->plan->steps[step];
	const struct build_stage *stage = &work->plan->stages[what->stage < 0 ? 0 : what->stage];
	struct node *node = what->base == BUILD_NONE ? NULL : &work->nodes[what->base];
	auto_of(build_config) struct build_config *config = build_config_copy(stage->config);
	static const struct strs none = STRS_INIT;
	int failed;

	if (!config)
		return no_memory(err);
	/* Its history tells of steps that are not done. */
	config->history_len = 0;
	if (what->kind == BUILD_RUN)
		as_it_ran(config, &what->run);
	failed = node ? node_bring(work, node, err) : 0;
	if (!failed)
		failed = begin(work, config, node, &m, err);
	if (!failed)
		failed = write_config(&m, err);
	return failed ? failed : commit(work, &m, &none, NULL, id, err);
}
