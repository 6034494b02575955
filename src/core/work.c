#include "core/work.h"

#include <stddef.h>

#include "util/own.h"

static void in_pool(uv_work_t *pool)
{
	struct work *work = container_of(pool, struct work, u.pool);

	work->run(work);
}

static void after_pool(uv_work_t *pool, int status)
{
	struct work *work = container_of(pool, struct work, u.pool);

	(void)status; /* never cancelled by us: what runs is asked to stop in its own way */
	work->done(work);
}

static void after_close(uv_handle_t *handle)
{
	struct work *work = container_of((uv_timer_t *)handle, struct work, u.turn);

	work->done(work);
}

static void in_turn(uv_timer_t *turn)
{
	struct work *work = container_of(turn, struct work, u.turn);

	work->run(work);
	uv_close((uv_handle_t *)turn, after_close);
}

int work_start(uv_loop_t *loop, struct work *work, bool here, work_fn run, work_fn done)
{
	work->run = run;
	work->done = done;
	if (!here)
		return uv_queue_work(loop, &work->u.pool, in_pool, after_pool);
	uv_timer_init(loop, &work->u.turn);
	return uv_timer_start(&work->u.turn, in_turn, 0, 0);
}
