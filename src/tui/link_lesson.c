/* link_lesson.c - corners of the store, made and erased off the loop: see world_lesson.h. */
#include "tui/link_private.h"

struct lesson_corner {
	struct link *link;
	uv_work_t work;
	struct corner *corner;
	struct strs env;
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
	free(corner);
}

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

static void make(uv_work_t *work)
{
	struct lesson_corner *corner = work->data;

	if (corner_open(corner->link->engine, &corner->corner, &corner->err) < 0)
		return;
	strs_add(&corner->env, "env");
	corner_settings(corner->corner, &corner->env);
}

static void close_corner(struct world *world, void *which)
{
	struct lesson_corner *corner = which;

	(void)world;
	uv_queue_work(corner->link->loop, &corner->work, erase, after_erase);
}

static void after_make(uv_work_t *work, int status)
{
	struct lesson_corner *corner = work->data;
	bool made = corner->corner && !strs_failed(&corner->env);

	(void)status;
	if (!corner->opened && corner->corner) {
		close_corner(&corner->link->world, corner);
		return;
	}
	if (corner->opened && made)
		corner->opened(corner->arg, corner, &corner->env, NULL);
	else if (corner->opened)
		corner->opened(corner->arg, NULL, NULL, &corner->err);
	if (!made)
		free_corner(corner);
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

const struct world_lesson_ops link_lesson_ops = {
	.open = open_corner, .forget = forget, .close = close_corner};
