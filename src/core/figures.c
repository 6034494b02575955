/* figures.c - see engine_figure.h: which figure is drawn by whom; here, or on the pool. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/figures_own.h"

/* ---- all of them ---- */

int engine_figure(struct engine *engine, enum figure_kind kind, const char *object,
	struct figure **out, struct err *err)
{
	static figures_draw_fn *const draw[] = {
		[FIGURE_ENGINE] = figures_draw_engine,
		[FIGURE_IMAGE] = figures_draw_image,
		[FIGURE_LAYERS] = figures_draw_layers,
		[FIGURE_FILES] = figures_draw_files,
		[FIGURE_MERGED] = figures_draw_merged,
		[FIGURE_INDEX] = figures_draw_index,
		[FIGURE_MACHINES] = figures_draw_machines,
	};
	auto_of(figure) struct figure *figure = figure_new(kind);
	int failed = figure ? draw[kind](engine, object ? object : "", figure, err) : -ENOMEM;

	if (!figure || (!failed && figure_failed(figure)))
		return err_set(err, ENOMEM, "the figure: out of memory, or more than %d boxes",
			FIGURE_BOXES_MAX);
	if (!failed)
		*out = take(figure);
	return failed;
}

/* ---- on the pool ---- */

struct figuring {
	struct work work;
	struct engine *engine;
	enum figure_kind kind;
	char object[OBJECT_MAX];
	struct figure *figure;
	struct err err;
	figure_done_fn *done; /* NULL: nobody waits for it any more */
	void *arg;
};

static void run_figuring(struct work *work)
{
	struct figuring *figuring = container_of(work, struct figuring, work);

	engine_figure(figuring->engine, figuring->kind, figuring->object, &figuring->figure,
		&figuring->err);
}

static void figuring_done(struct work *work)
{
	struct figuring *figuring = container_of(work, struct figuring, work);

	if (figuring->done)
		figuring->done(
			figuring->arg, figuring->figure, figuring->figure ? NULL : &figuring->err);
	else
		figure_free(figuring->figure);
	free(figuring);
}

struct figuring *engine_figure_start(struct engine *engine, enum figure_kind kind,
	const char *object, figure_done_fn *done, void *arg)
{
	struct figuring *figuring = calloc(1, sizeof(*figuring));

	if (!figuring)
		return NULL;
	*figuring = (struct figuring){.engine = engine, .kind = kind, .done = done, .arg = arg};
	snprintf(figuring->object, sizeof(figuring->object), "%s", object ? object : "");
	if (engine_work(engine, &figuring->work, run_figuring, figuring_done) == 0)
		return figuring;
	free(figuring);
	return NULL;
}

void figuring_leave(struct figuring *figuring)
{
	if (figuring)
		figuring->done = NULL;
}
