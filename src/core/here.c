/* here.c - work that reads foreign bytes, done by this very process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/here_private.h"
#include "core/module.h"
#include "core/syncer.h"
#include "util/own.h"

/* ---- the module's watchers, in the façade's terms ---- */

static void on_line(const char *line, void *arg)
{
	struct here *here = arg;
	struct job_progress progress = {.id = "", .status = "", .message = line};

	if (here->result)
		buf_addf(here->result, "%s\n", line);
	if (here->options && here->options->progress)
		here->options->progress(here->options->arg, &progress);
}

static void on_progress(const struct image_progress *image, void *arg)
{
	static const char *const words[] = {
		[IMAGE_WAITING] = "Pulling fs layer",
		[IMAGE_DOWNLOADING] = "Downloading",
		[IMAGE_UNPACKING] = "Extracting",
		[IMAGE_PRESENT] = "Already exists",
		[IMAGE_COMPLETE] = "Pull complete",
		[IMAGE_PREPARING] = "Preparing",
		[IMAGE_COMPRESSING] = "Compressing",
		[IMAGE_PUSHING] = "Pushing",
		[IMAGE_PUSHED] = "Pushed",
		[IMAGE_EXISTS] = "Layer already exists",
		[IMAGE_MOUNTED] = "Mounted from",
		[IMAGE_FOREIGN] = "Skipped foreign layer",
		[IMAGE_SAVING] = "Saving",
		[IMAGE_SAVED] = "Saved",
	};
	struct here *here = arg;
	char status[300];
	struct job_progress progress = {
		.id = image->layer, .status = status, .done = image->done, .total = image->total};

	snprintf(status, sizeof(status), "%s%s%s", words[image->phase], image->from ? " " : "",
		image->from ? image->from : "");
	if (here->options && here->options->progress)
		here->options->progress(here->options->arg, &progress);
}

static void on_warning(const char *text, void *arg)
{
	struct here *here = arg;
	struct job_progress progress = {.id = "", .status = "", .message = text, .warning = true};

	if (here->options && here->options->progress)
		here->options->progress(here->options->arg, &progress);
}

static void on_fact(const char *line, void *arg)
{
	struct here *here = arg;

	here->options->fact(here->options->arg, line);
}

static void on_event(const struct image_event *event, void *arg)
{
	struct here *here = arg;
	const char *attrs[] = {"name", event->name, NULL};

	journal_add(here->engine->journal, EVENT_IMAGE, event->action, event->id, attrs, NULL);
}

int here_begin(struct here *here, struct engine *engine, const struct job_options *options,
	struct buf *result, const struct image_ops **ops, struct err *err)
{
	*here = (struct here){.engine = engine, .options = options, .result = result};
	here->watch = (struct image_watch){
		.on_line = on_line,
		.on_warning = on_warning,
		.on_progress = options && options->progress ? on_progress : NULL,
		.on_fact = options && options->fact ? on_fact : NULL,
		.on_event = on_event,
		.canceled = options ? options->cancel : NULL,
		.arg = here,
	};
	return module_image(ops, err);
}

int here_begin_making(struct here *here, struct engine *engine, const struct job_options *options,
	struct buf *result, const struct image_ops **ops, struct err *err)
{
	if (!options || !options->sync)
		syncer_start(engine);
	return here_begin(here, engine, options, result, ops, err);
}

int engine_pull_here(struct engine *engine, const struct pull_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	struct image_pull_options pull = {
		.reference = request->reference,
		.platform = request->platform,
		.all_tags = request->all_tags,
		.quiet = request->quiet,
		.insecure = request->insecure,
	};
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin_making(&here, engine, options, result, &ops, err);

	return failed ? failed : ops->pull(engine->store, &pull, &here.watch, err);
}

int engine_push_here(struct engine *engine, const struct push_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	struct image_push_options push = {
		.reference = request->reference,
		.compression = request->compression,
		.platform = request->platform,
		.all_tags = request->all_tags,
		.quiet = request->quiet,
		.insecure = request->insecure,
	};
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin(&here, engine, options, result, &ops, err);

	return failed ? failed : ops->push(engine->store, &push, &here.watch, err);
}

int engine_load_here(struct engine *engine, const char *path, const char *platform,
	const struct job_options *options, struct buf *result, struct err *err)
{
	struct image_load_options load = {.path = path,
		.fd = STDIN_FILENO,
		.platform = platform,
		.quiet = !options || !options->progress};
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin_making(&here, engine, options, result, &ops, err);

	return failed ? failed : ops->load(engine->store, &load, &here.watch, err);
}

int engine_save_here(struct engine *engine, const struct strs *images, const char *path,
	const char *platform, const struct job_options *options, struct err *err)
{
	struct image_save_options save = {
		.names = images, .platform = platform, .path = path, .fd = STDOUT_FILENO};
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin(&here, engine, options, NULL, &ops, err);

	return failed ? failed : ops->save(engine->store, &save, &here.watch, err);
}

int engine_slim_here(struct engine *engine, const struct strs *images,
	const struct job_options *options, struct buf *result, struct err *err)
{
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin(&here, engine, options, result, &ops, err);

	for (size_t i = 0; i < images->len && !failed; i++) {
		uint64_t freed = 0;

		failed = ops->slim(engine->store, images->v[i], &here.watch, &freed, err);
		if (!failed)
			buf_addf(result,
				"%s: %.1f MB given back; a push or save of it has another manifest digest "
				"from now on\n",
				images->v[i], (double)freed / 1e6);
	}
	return failed;
}

int engine_bootstrap_here(struct engine *engine, const char *what, const char *mirror,
	const struct job_options *options, struct buf *result, struct err *err)
{
	const char *colon = strchr(what, ':');
	auto_free char *distribution = colon ? strndup(what, (size_t)(colon - what)) : strdup(what);
	struct image_bootstrap_options bootstrap = {
		.distribution = distribution, .suite = colon ? colon + 1 : NULL, .mirror = mirror};
	const struct image_ops *ops;
	struct here here;
	int failed = distribution ? here_begin_making(&here, engine, options, result, &ops, err)
				  : err_set(err, ENOMEM, "bootstrap %s: out of memory", what);

	return failed ? failed : ops->bootstrap(engine->store, &bootstrap, &here.watch, err);
}

bool engine_is_demo(const char *image)
{
	return str_eq(image, "davit/demo") || str_eq(image, "davit/demo:latest");
}

int engine_demo_here(struct engine *engine, struct buf *result, struct err *err)
{
	const struct image_ops *ops;
	struct here here;
	int failed = here_begin_making(&here, engine, NULL, result, &ops, err);

	return failed ? failed : ops->demo(engine->store, &here.watch, err);
}
