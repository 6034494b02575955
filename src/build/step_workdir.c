/* step_workdir.c - a directory that is there, whatever was before. Made by its user, as BuildKit.
 */
#include <errno.h>

#include "build/dest.h"
#include "build/no_memory.h"
#include "build/owner.h"
#include "build/work.h"
#include "util/own.h"

static int make_it(struct build_work *work, int step, struct dest *dest, struct err *err, void *arg)
{
	const struct build_step *what = &work->plan->steps[step];
	struct dest_new_dirs dirs = {.mode = 0755, .time = work_time(work)};
	char path[INDEX_PATH_MAX];
	struct owner owner = {0};
	bool made;

	(void)arg;
	if (*what->workdir.user &&
		owner_find(work, step, dest, what->workdir.user, &owner, err) < 0)
		return err->code;
	dirs.uid = owner.uid;
	dirs.gid = owner.gid;
	if (dest_resolve(dest, what->workdir.path, path, err) < 0)
		return err->code;
	if (dest_below(dest, path) == DEST_DIRECTORY)
		return 0;
	return dest_enter(dest, path, &dirs, &made, err) < 0 ? err->code : dest_finish(dest, err);
}

int step_workdir(struct build_work *work, int step, struct err *err)
{
	const struct build_step *what = &work->plan->steps[step];
	struct node *node = &work->nodes[step];
	auto_strs keys = STRS_INIT;
	char key[DIGEST_SIZE];
	struct key parts;
	bool hit;

	if (node_begin_tree(work, node, what->base, err) < 0)
		return err->code;
	node_seal(node);
	recall_step(work->recall, step, what, node->content);
	key_begin(&parts, "workdir");
	key_text(&parts, "step", what->own);
	key_bytes(&parts, "base", node->content, sizeof(node->content));
	if (!key_end(&parts, key))
		return no_memory(err);
	strs_add(&keys, key);
	if (node_from_cache(work, step, key, &hit, err) < 0)
		return err->code;
	if (hit)
		return 0;
	work_tell_why(work, step);
	return node_write(
		work, step, &(const struct node_product){.keys = &keys, .write = make_it}, err);
}
