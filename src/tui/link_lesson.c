/* link_lesson.c - corners of the store, made and erased off the loop, and commands in them: see
 * world_lesson.h. */
#include <stdio.h>

#include "tui/link_private.h"

struct lesson_corner {
	struct link *link;
	uv_work_t work;
	struct corner *corner;
	struct strs env, settings;
	world_corner_fn *opened; /* NULL: nobody waits for it any more */
	void *arg;
	struct err err;
	struct lesson_corner *next; /* all of the link's */
};

static void unlist(struct lesson_corner *corner)
{
	struct lesson_corner **at = &corner->link->corners;

	while (*at != corner)
		at = &(*at)->next;
	*at = corner->next;
}

static void free_corner(struct lesson_corner *corner)
{
	unlist(corner);
	strs_fini(&corner->env);
	strs_fini(&corner->settings);
	free(corner);
}

/* ---- erasing ---- */

static void erase(uv_work_t *work)
{
	struct lesson_corner *corner = work->data;

	corner_close(corner->corner, &corner->err);
	corner->corner = NULL;
}

static void after_erase(uv_work_t *work, int status)
{
	(void)status;
	free_corner(work->data);
}

static void close_corner(struct world *world, void *which)
{
	struct lesson_corner *corner = which;

	(void)world;
	uv_queue_work(corner->link->loop, &corner->work, erase, after_erase);
}

/* ---- commands ---- */

struct world_errand {
	struct errand *errand;
	struct world_command_sink sink; /* self NULL: nobody listens any more */
};

static void on_output(void *arg, const char *bytes, size_t len)
{
	struct world_errand *errand = arg;

	if (errand->sink.self)
		errand->sink.output(errand->sink.self, bytes, len);
}

static void on_done(void *arg, const struct errand_result *result)
{
	struct world_errand *errand = arg;
	struct world_command_sink sink = errand->sink;

	free(errand);
	if (sink.self)
		sink.ended(sink.self, result->exit_code, 0);
}

static struct world_errand *run(struct world *world, void *which, const char *command,
	const struct world_command_sink *sink, struct err *err)
{
	static const struct errand_events events = {.output = on_output, .done = on_done};
	struct lesson_corner *corner = which;
	struct world_errand *errand = calloc(1, sizeof(*errand));

	(void)world;
	if (!errand) {
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	errand->sink = *sink;
	if (errand_start(corner->link->engine, command, &corner->env, &events, errand,
		    &errand->errand, err) == 0)
		return errand;
	free(errand);
	return NULL;
}

static void stop(struct world_errand *errand)
{
	errand_cancel(errand->errand);
}

static void leave(struct world_errand *errand)
{
	errand->sink.self = NULL;
	errand_cancel(errand->errand);
	errand_cancel(errand->errand);
}

/* ---- making ---- */

static void make(uv_work_t *work)
{
	struct lesson_corner *corner = work->data;

	if (corner_open(corner->link->engine, &corner->corner, &corner->err) < 0)
		return;
	corner_environment(corner->corner, &corner->env);
	strs_add(&corner->settings, "env");
	corner_settings(corner->corner, &corner->settings);
	if (strs_failed(&corner->env) || strs_failed(&corner->settings)) {
		corner_close(corner->corner, &corner->err);
		corner->corner = NULL;
		err_set(&corner->err, ENOMEM, "make a corner of the store: out of memory");
	}
}

static void tell(struct lesson_corner *corner)
{
	if (corner->opened && corner->corner)
		corner->opened(corner->arg, corner, &corner->settings, NULL);
	else if (corner->opened)
		corner->opened(corner->arg, NULL, NULL, &corner->err);
}

/* The first line that is davit's own is why containers cannot be run here. */
static void say_why(struct lesson_corner *corner, const char *said)
{
	const char *at = strstr(said, "davit: ");

	at = at ? at + strlen("davit: ") : said;
	err_set(&corner->err, EPERM, "Containers cannot be run here: %.*s", (int)strcspn(at, "\n"),
		at);
}

static void on_prepared(void *arg, const struct errand_result *result)
{
	struct lesson_corner *corner = arg;
	struct corner *made = corner->corner;
	bool failed = result->exit_code != 0;

	if (failed) {
		say_why(corner, result->output);
		corner->corner = NULL;
	}
	tell(corner);
	corner->corner = made;
	if (failed || !corner->opened)
		close_corner(&corner->link->world, corner);
}

static void after_make(uv_work_t *work, int status)
{
	static const struct errand_events events = {.done = on_prepared};
	struct lesson_corner *corner = work->data;
	struct errand *errand;

	(void)status;
	if (!corner->corner) {
		tell(corner);
		free_corner(corner);
		return;
	}
	if (errand_start(corner->link->engine, CORNER_PREPARE, &corner->env, &events, corner,
		    &errand, &corner->err) < 0) {
		if (corner->opened)
			corner->opened(corner->arg, NULL, NULL, &corner->err);
		close_corner(&corner->link->world, corner);
	}
}

static int open_corner(struct world *world, world_corner_fn *opened, void *arg)
{
	struct link *link = link_of(world);
	struct lesson_corner *corner = link->engine ? calloc(1, sizeof(*corner)) : NULL;

	if (!corner)
		return -ENOMEM;
	*corner = (struct lesson_corner){
		.link = link, .opened = opened, .arg = arg, .next = link->corners};
	corner->work.data = corner;
	link->corners = corner;
	uv_queue_work(link->loop, &corner->work, make, after_make);
	return 0;
}

static void forget(struct world *world, void *arg)
{
	for (struct lesson_corner *at = link_of(world)->corners; at; at = at->next)
		if (at->arg == arg)
			at->opened = NULL;
}

const struct world_lesson_ops link_lesson_ops = {.open = open_corner,
	.forget = forget,
	.close = close_corner,
	.run = run,
	.stop = stop,
	.leave = leave};
