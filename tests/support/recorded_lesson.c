/* recorded_lesson.c - a corner that is none: it is there with "finish". */
#include "recorded_private.h"

static struct strs corner_env;

static int open_corner(struct world *world, world_corner_fn *opened, void *arg)
{
	struct recorded *recorded = recorded_of(world);

	buf_adds(&recorded->acts, "open a corner\n");
	recorded->corner_opened = opened;
	recorded->corner_arg = arg;
	return 0;
}

static void forget(struct world *world, void *arg)
{
	if (recorded_of(world)->corner_arg == arg)
		recorded_of(world)->corner_opened = NULL;
}

static void close_corner(struct world *world, void *corner)
{
	(void)corner;
	buf_adds(&recorded_of(world)->acts, "close the corner\n");
}

void recorded_lesson_opens(struct recorded *recorded)
{
	world_corner_fn *opened = recorded->corner_opened;

	recorded->corner_opened = NULL;
	if (opened)
		opened(recorded->corner_arg, &corner_env, &corner_env, NULL);
}

/* Written down as what it is, and told as a program's output and end are. */
static struct world_errand *run(struct world *world, void *corner, const char *command,
	const struct world_command_sink *sink, struct err *err)
{
	auto_strs words = STRS_INIT;

	(void)corner;
	strs_add(&words, "in the corner");
	strs_add(&words, command);
	return (struct world_errand *)recorded_command_ops.run(world, &words, sink, err);
}

static void stop(struct world_errand *errand)
{
	recorded_command_ops.stop((struct world_command *)errand);
}

static void leave(struct world_errand *errand)
{
	recorded_command_ops.leave((struct world_command *)errand);
}

const struct world_lesson_ops recorded_lesson_ops = {.open = open_corner,
	.forget = forget,
	.close = close_corner,
	.run = run,
	.stop = stop,
	.leave = leave};
