/* build.c - a build from its words to its image.
 *
 *     contexts → the Dockerfile → plan, with the configs of the images it stands on → steps →
 * outputs
 *
 * Images that are not here are pulled by a process of their own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/cache_out.h"
#include "build/call.h"
#include "build/dry.h"
#include "build/finish.h"
#include "build/git_url.h"
#include "build/lint.h"
#include "build/no_memory.h"
#include "build/ops.h"
#include "build/result.h"
#include "build/run_mounts.h"
#include "build/secret.h"
#include "build/stamps.h"
#include "build/work.h"
#include "core/child.h"
#include "core/image.h"
#include "core/image/image_make.h"
#include "core/image/platform.h"
#include "core/options.h"
#include "core/step.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

struct building {
	struct build_work work;
	const struct build_request *request;
	struct build_result *result;
	struct buf file, file_name;
	struct build_plan_options options;
	struct build_plan *plan;
	char platform[96], wanted[96]; /* this host's, the one that is built for */
	struct run_mounts *mounts;     /* for whoever looks at a step that failed, or NULL */
};

/* ---- telling ---- */

static void note(void *arg, const char *line)
{
	struct building *b = arg;

	work_tell(&b->work, -1, BUILD_EVENT_NOTE, line, strlen(line));
}

/* The lines that a mistake is about. */
static int at_place(struct building *b, const struct place *place, struct err *err)
{
	const struct source source = {buf_text(&b->file_name), buf_text(&b->file), b->file.len};

	source_show(&source, place, &b->result->excerpt);
	return err->code;
}

/* ---- beginning ---- */

static int make_directories(struct building *b, struct err *err)
{
	struct build_work *work = &b->work;
	struct store *store = work->store;
	auto_buf dir = BUF_INIT;

	/* What is found in the cache stays there until the image is made of it. */
	if (store_hold(store, err) < 0 || stage_new(store, &work->stage, err) < 0)
		return err->code;
	buf_addf(&dir, "%s/staging/%s", store_root(store), stage_name(work->stage));
	work->dir = buf_take(&dir);
	if (!work->dir)
		return no_memory(err);
	if (mkdirat(store_dir(store, STORE_CACHE), "stamps", 0700) < 0 && errno != EEXIST)
		return err_sys(err, "build: cache");
	work->stamps_fd =
		openat(store_dir(store, STORE_CACHE), "stamps", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return work->stamps_fd < 0 ? err_sys(err, "build: cache") : 0;
}

static int read_epoch(struct build_work *work, struct err *err)
{
	const char *text = NULL;
	char *end;

	work->latest = SCAN_ANY_TIME;
	for (size_t i = 0; i < work->request->build_args.len; i++)
		if (str_has_prefix(work->request->build_args.v[i], "SOURCE_DATE_EPOCH="))
			text = strchr(work->request->build_args.v[i], '=') + 1;
	if (!text)
		text = getenv("SOURCE_DATE_EPOCH");
	if (!text || !*text)
		return 0;
	work->latest = strtoll(text, &end, 10);
	if (*end || work->latest < 0)
		return err_set(
			err, EINVAL, "SOURCE_DATE_EPOCH: %.50s is no number of seconds", text);
	return 0;
}

static int open_contexts(struct building *b, struct err *err)
{
	struct build_work *work = &b->work;

	work->place = (struct context_place){
		.engine = work->engine,
		.dir = work->dir,
		.dir_fd = stage_fd(work->stage),
		.request = b->request,
		.note = note,
		.arg = b,
		.canceled = work->canceled,
	};
	return contexts_open(&work->place, &work->contexts, &b->file, &b->file_name, err);
}

/* ---- the plan ---- */

/* "NAME" alone takes the value from here. */
static int build_args(struct building *b, struct err *err)
{
	for (size_t i = 0; i < b->request->build_args.len; i++) {
		const char *text = b->request->build_args.v[i];

		if (strchr(text, '='))
			strs_add(&b->options.build_args, text);
		else if (getenv(text))
			strs_addf(&b->options.build_args, "%s=%s", text, getenv(text));
	}
	return strs_failed(&b->options.build_args) ? no_memory(err) : 0;
}

static enum build_network network_of(const char *name)
{
	return str_eq(name, "host")   ? BUILD_NETWORK_HOST
	       : str_eq(name, "none") ? BUILD_NETWORK_NONE
				      : BUILD_NETWORK_DEFAULT;
}

/* As it is written in images, whatever people call it. */
static int read_platform(struct building *b, struct err *err)
{
	const char *text = b->request->platform;
	struct platform platform;

	platform_host(&platform);
	platform_text(&platform, b->platform);
	if (!text)
		return 0;
	if (strchr(text, ','))
		return err_set(err, ENOTSUP,
			"multi-platform build is not supported: build once for each of %.100s",
			text);
	if (platform_parse(text, &platform, err) < 0)
		return err->code;
	platform_text(&platform, b->wanted);
	b->options.platform = b->wanted;
	return 0;
}

/* What only a step would stumble over, long after. */
static int check_request(const struct build_request *request, struct err *err)
{
	int failed = run_mounts_check_agents(&request->ssh, err);

	for (size_t i = 0; i < request->ulimits.len && !failed; i++) {
		const char *type;
		uint64_t soft, hard;

		failed = options_ulimit(request->ulimits.v[i], &type, &soft, &hard, err);
	}
	return failed;
}

static int set_options(struct building *b, struct err *err)
{
	const struct build_request *request = b->request;
	struct build_plan_options *options = &b->options;
	const struct build_context *main_context;

	if (check_request(request, err) < 0 || read_platform(b, err) < 0)
		return err->code;
	options->source = (struct source){buf_text(&b->file_name), buf_text(&b->file), b->file.len};
	options->target = request->target;
	options->no_cache = request->no_cache;
	options->redo_line = request->redo_line;
	options->host_platform = b->platform;
	options->network = network_of(request->network);
	strs_copy(&options->labels, &request->labels);
	strs_copy(&options->contexts, contexts_names(b->work.contexts));
	strs_copy(&options->no_cache_stages, &request->no_cache_stages);
	strs_copy(&options->add_hosts, &request->add_hosts);
	if (contexts_get(b->work.contexts, "", &main_context, err) < 0)
		return err->code;
	options->ignore = context_ignore(main_context);
	return build_args(b, err);
}

static void options_fini(struct build_plan_options *options)
{
	strs_fini(&options->build_args);
	strs_fini(&options->labels);
	strs_fini(&options->contexts);
	strs_fini(&options->no_cache_stages);
	strs_fini(&options->add_hosts);
}

/* ---- the images it stands on ---- */

static int pull(struct building *b, const char *reference, const char *platform, struct err *err)
{
	static const char *const demo[] = {"image", "bootstrap", "demo", NULL};
	const char *args[8];
	size_t n = 0;
	const struct child child = {.args = engine_is_demo(reference) ? demo : args,
		.line = note,
		.arg = b,
		.canceled = b->work.canceled};

	args[n++] = "pull";
	args[n++] = "--quiet";
	if (platform && !str_eq(platform, b->platform)) {
		args[n++] = "--platform";
		args[n++] = platform;
	}
	args[n++] = reference;
	args[n] = NULL;
	note(b, reference);
	return child_run(b->work.engine, &child, err);
}

/* An image that does not say what it is for is for anything. */
static bool fits(const struct image *image, const char *platform)
{
	struct platform have = {0}, wanted;
	struct err ignored;

	snprintf(have.os, sizeof(have.os), "%s", image->os);
	snprintf(have.architecture, sizeof(have.architecture), "%s", image->architecture);
	snprintf(have.variant, sizeof(have.variant), "%.15s", image->variant);
	return !*have.architecture || !platform ||
	       platform_parse(platform, &wanted, &ignored) < 0 || platform_rank(&wanted, &have) > 0;
}

/* One for another platform than this host's must be that, or has to be pulled; what is here for the
 * wrong one is better than nothing only where nobody asked. */
static int find_image(struct building *b, const char *reference, const char *platform,
	struct image **out, struct err *err)
{
	auto_of(image) struct image *here = NULL;
	int failed = b->request->pull ? -ENOENT : image_find(b->work.store, reference, &here, err);

	if (failed && failed != -ENOENT)
		return failed;
	if (!failed && fits(here, platform)) {
		*out = take(here);
		return 0;
	}
	failed = pull(b, reference, platform, err);
	if (failed && here && str_eq(platform, b->platform)) {
		*out = take(here);
		return 0;
	}
	if (failed && here)
		return err_in(err,
			"it was found but does not match the specified platform: wanted %.90s, "
			"actual: %.30s/%.30s; pull",
			platform, here->os, here->architecture);
	return failed ? failed : image_find(b->work.store, reference, out, err);
}

static int give_found(struct building *b, int step, const char *reference, const char *platform,
	struct place *place, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	auto_free char *config = NULL;

	if (find_image(b, reference, platform, &image, err) < 0)
		return err_in(err, "%.200s", reference);
	config = cJSON_PrintUnformatted(image->config.raw);
	if (!config)
		return no_memory(err);
	return build_plan_give(b->plan, step, image->id, config, strlen(config), place, err);
}

/* A check needs no image that is not here; a context that is no image has no config. */
static int give(struct building *b, int step, struct place *place, struct err *err)
{
	const struct build_step *what = &b->plan->steps[step];
	bool is_image = what->kind == BUILD_IMAGE;
	const char *name = is_image ? what->image.reference : what->context;
	const char *replaced = contexts_image(b->work.contexts, name);
	auto_of(image) struct image *image = NULL;

	if (!is_image && !replaced)
		return build_plan_give(b->plan, step, "", NULL, 0, place, err);
	name = replaced ? replaced : name;
	if (b->request->question != BUILD_IT && b->request->question != BUILD_DRY_RUN &&
		image_find(b->work.store, name, &image, err) < 0)
		return build_plan_give(b->plan, step, "", NULL, 0, place, err);
	return give_found(b, step, name, is_image ? what->image.platform : NULL, place, err);
}

static int make_plan(struct building *b, struct err *err)
{
	struct place place = {0};
	int step;

	if (set_options(b, err) < 0)
		return err->code;
	if (build_plan_new(&b->options, &b->plan, &place, err) < 0)
		return at_place(b, &place, err);
	while ((step = build_plan_next(b->plan, BUILD_NONE)) != BUILD_NONE) {
		place = b->plan->steps[step].place;
		if (give(b, step, &place, err) < 0)
			return at_place(b, &place, err);
	}
	b->work.plan = b->plan;
	return 0;
}

/* ---- the steps ---- */

/* A repository is one place, whichever commit of it is asked for; a directory, however it was
 * written. */
static void say_place(const char *context, struct buf *out)
{
	auto_free char *real = *context == '-' ? NULL : realpath(context, NULL);
	struct git_url url;
	struct err ignored;

	if (real || !git_url_is(context) || git_url_parse(context, &url, &ignored) < 0) {
		buf_adds(out, real ? real : context);
		return;
	}
	buf_addf(out, "%s:%s", url.remote, url.subdir ? url.subdir : "");
	git_url_fini(&url);
}

/* The same file, context and target are the same build, whatever is in them. */
static int open_recall(struct building *b, struct err *err)
{
	auto_buf where = BUF_INIT;

	buf_addf(&where, "%s\n", buf_text(&b->file_name));
	say_place(b->request->context, &where);
	buf_addf(&where, "\n%s\n", b->request->target ? b->request->target : "");
	return recall_open(
		b->work.stamps_fd, buf_text(&where), b->plan->steps_len, &b->work.recall, err);
}

static int make_nodes(struct building *b, struct err *err)
{
	b->work.nodes = calloc(b->plan->steps_len + 1, sizeof(*b->work.nodes));
	if (!b->work.nodes)
		return no_memory(err);
	for (size_t i = 0; i < b->plan->steps_len; i++)
		b->work.nodes[i].root_fd = -1;
	return open_recall(b, err);
}

static void save_stamps(struct build_work *work)
{
	struct err ignored;

	for (size_t i = 0; work->nodes && i < work->plan->steps_len; i++)
		if (work->nodes[i].stamps)
			stamps_save(work->nodes[i].stamps, &ignored);
}

static void report_warnings(struct building *b)
{
	for (size_t i = 0; b->plan->lint && i < b->plan->lint->len; i++) {
		const struct lint_warning *warning = &b->plan->lint->v[i];
		auto_buf line = BUF_INIT;

		buf_addf(&line, "%s: %s (line %d)", lint_name(warning->rule), warning->text,
			warning->place.first);
		work_tell(&b->work, -1, BUILD_EVENT_WARNING, buf_text(&line), line.len);
	}
}

/* The image, the mounts and the variables that a RUN had; nothing of it when there is no room. */
static int keep_failed(struct building *b, int step, struct err *err)
{
	struct build_result *result = b->result;
	const struct build_run *run = &b->plan->steps[step].run;
	char image[sizeof(result->before_failure)];

	if (result_before(&b->work, step, image, err) < 0)
		return err->code;
	memcpy(result->before_failure, image, sizeof(image));
	snprintf(result->working_dir, sizeof(result->working_dir), "%.250s", run->cwd);
	if (run_mounts_open(&b->work, run, &b->mounts, err) < 0 ||
		run_mounts_options(b->mounts, &result->mounts, err) < 0)
		return err->code;
	return run_mounts_env(b->mounts, &result->env, err);
}

/* The lines of the step, and what `--on-fail shell` needs. */
static int explain_failure(struct building *b, struct err *err)
{
	struct build_work *work = &b->work;
	const struct build_step *step;

	if (work->failed_step == BUILD_NONE)
		return err->code;
	step = &b->plan->steps[work->failed_step];
	at_place(b, &step->place, err);
	b->result->exit_code = work->exit_code ? work->exit_code : 1;
	if (step->kind == BUILD_RUN && b->request->keep_failed) {
		struct err failure = {0};

		if (keep_failed(b, work->failed_step, &failure) < 0)
			note(b, failure.text);
	}
	return err->code;
}

static int bring_result(struct build_work *work, struct err *err)
{
	int result = work->plan->stages[work->plan->target].result;

	return result == BUILD_NONE ? 0 : node_bring(work, &work->nodes[result], err);
}

/* Nothing is done twice: the steps that were are known. */
static void begin_again(struct build_work *work)
{
	for (size_t i = 0; i < work->plan->steps_len; i++) {
		node_fini(&work->nodes[i]);
		work->nodes[i] = (struct node){.root_fd = -1};
	}
	atomic_store(&work->stop, false);
	work->stale = true;
}

static int run_steps(struct build_work *work, struct err *err)
{
	for (;;) {
		int failed = work_run(work, err);

		if (!failed)
			failed = bring_result(work, err);
		save_stamps(work);
		if (failed != -EREMCHG || !remote_give_up(work->remote))
			return failed;
		note(container_of(work, struct building, work),
			"a step needs what the cache does not hold: beginning again without");
		begin_again(work);
	}
}

/* The step at a line of the file that makes files. */
static int step_at(const struct building *b, int line, struct err *err)
{
	for (size_t i = 0; i < b->plan->steps_len; i++) {
		const struct build_step *step = &b->plan->steps[i];

		if (step->place.first == line && step->kind != BUILD_IMAGE)
			return (int)i;
	}
	return err_set(err, EINVAL, "no step of this build is at line %d of %.200s", line,
		buf_text(&b->file_name));
}

/* What the build remembers of itself stays as the last whole build left it. */
static int make_before(struct building *b, struct err *err)
{
	int step = step_at(b, b->request->stop_before_line, err), failed;

	if (step < 0)
		return step;
	failed = work_stop_before(&b->work, step, err);
	if (!failed)
		failed = run_steps(&b->work, err);
	if (failed)
		return explain_failure(b, err);
	b->result->exit_code = 0;
	snprintf(b->result->working_dir, sizeof(b->result->working_dir), "%.250s",
		b->plan->steps[step].kind == BUILD_RUN ? b->plan->steps[step].run.cwd : "");
	return result_before(&b->work, step, b->result->image, err);
}

/* For the next build of the same file. */
static void remember(struct build_work *work)
{
	struct err ignored;

	for (size_t i = 0; i < work->plan->steps_len; i++)
		if (work->nodes[i].state != NODE_DONE && work->nodes[i].state != NODE_CACHED)
			recall_unfinished(work->recall, (int)i);
	recall_save(work->recall, &ignored);
}

static int do_steps(struct building *b, struct err *err)
{
	struct place place;
	int failed;

	report_warnings(b);
	if (lint_verdict(b->plan->lint, &place, err) < 0)
		return at_place(b, &place, err);
	if (b->request->redo_line && step_at(b, b->request->redo_line, err) < 0)
		return err->code;
	failed = make_nodes(b, err);
	if (!failed)
		failed = remote_open(&b->work, &b->work.remote, err);
	if (!failed)
		failed = trees_new(
			b->work.store, b->work.dir, stage_fd(b->work.stage), &b->work.trees, err);
	if (failed)
		return failed;
	if (b->request->question == BUILD_DRY_RUN)
		return dry_run(&b->work, &b->result->text, err);
	if (b->request->stop_before_line)
		return make_before(b, err);
	failed = run_steps(&b->work, err);
	remember(&b->work);
	if (failed)
		return explain_failure(b, err);
	failed = finish_build(&b->work, b->result, err);
	return failed ? failed : cache_out(&b->work, err);
}

static int check(struct building *b, struct err *err)
{
	struct place place;

	b->result->exit_code = call_check(b->plan, &b->options.source, &b->result->text) ? 1 : 0;
	return lint_verdict(b->plan->lint, &place, err);
}

static int answer(struct building *b, struct err *err)
{
	switch (b->request->question) {
	case BUILD_CHECK:
		return check(b, err);
	case BUILD_OUTLINE:
		call_outline(b->plan, &b->result->text);
		return 0;
	case BUILD_TARGETS:
		call_targets(b->plan, &b->result->text);
		return 0;
	default:
		return do_steps(b, err);
	}
}

static int build(struct building *b, struct err *err)
{
	int failed = make_directories(b, err);

	if (!failed)
		failed = secrets_check(&b->request->secrets, err);
	if (!failed)
		failed = cache_check(b->request, err);
	if (!failed)
		failed = finish_check(b->request, err);
	if (!failed)
		failed = read_epoch(&b->work, err);
	if (!failed)
		failed = open_contexts(b, err);
	if (!failed)
		failed = make_plan(b, err);
	if (failed)
		return failed;
	return answer(b, err);
}

/* ---- the end ---- */

static void work_fini(struct build_work *work)
{
	for (size_t i = 0; work->nodes && i < work->plan->steps_len; i++)
		node_fini(&work->nodes[i]);
	free(work->nodes);
	for (size_t i = 0; i < work->n_opened; i++)
		layer_free(work->opened[i]);
	free(work->opened);
	recall_free(work->recall);
	remote_free(work->remote);
	trees_free(work->trees);
	contexts_free(work->contexts);
	own_closep(&work->stamps_fd);
	stage_free(work->stage);
	free(work->dir);
	pthread_mutex_destroy(&work->lock);
	pthread_mutex_destroy(&work->mounting);
	pthread_cond_destroy(&work->moved);
}

static void building_free(struct building *b)
{
	run_mounts_close(b->mounts);
	work_fini(&b->work);
	build_plan_free(b->plan);
	options_fini(&b->options);
	buf_fini(&b->file);
	buf_fini(&b->file_name);
	free(b);
}

void build_let_go(struct build_kept *kept)
{
	building_free((struct building *)kept);
}

int build_run(struct engine *engine, const struct build_request *request, build_event_fn *on_event,
	void *arg, const atomic_bool *canceled, struct build_result *result, struct err *err)
{
	struct building *b = calloc(1, sizeof(*b));
	int failed;

	result->exit_code = 1;
	if (!b)
		return no_memory(err);
	b->work = (struct build_work){.engine = engine,
		.store = engine->store,
		.request = request,
		.stamps_fd = -1,
		.canceled = canceled,
		.failed_step = BUILD_NONE,
		.on_event = on_event,
		.arg = arg};
	b->request = request;
	b->result = result;
	pthread_mutex_init(&b->work.lock, NULL);
	pthread_mutex_init(&b->work.mounting, NULL);
	pthread_cond_init(&b->work.moved, NULL);
	store_sweep(engine->store);
	step_sweep(engine);
	failed = build(b, err);
	if (b->mounts)
		result->kept = (struct build_kept *)b;
	else
		building_free(b);
	return failed;
}
