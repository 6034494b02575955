/* step_image.c - where steps begin: an image's tree, or the files of a context. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "build/context.h"
#include "build/no_memory.h"
#include "build/stamps.h"
#include "build/work.h"
#include "core/image.h"
#include "core/image/image_make.h"
#include "util/own.h"

/* As many as its config names, so that what is built on it names them, too. */
static int add_matched(
	struct build_work *work, struct node *node, const struct image *image, struct err *err)
{
	size_t n = image->layers.len;
	auto_free struct layer **stack = calloc(n + 1, sizeof(*stack));
	auto_free struct layer **matched = calloc(image->diff_ids.len + 1, sizeof(*matched));
	int failed = !stack || !matched ? no_memory(err) : 0;

	for (size_t i = 0; i < n && !failed; i++)
		failed = node_layer(work, image->layers.v[i], &stack[i], err);
	if (!failed)
		failed = image_match_layers(image, stack, n, matched, err);
	for (size_t i = 0; i < image->diff_ids.len && !failed; i++)
		failed = node_add_layer(work, node, layer_id(matched[i]), err);
	return failed;
}

static int take_image(struct build_work *work, int step, const char *who, struct err *err)
{
	struct node *node = &work->nodes[step];
	auto_of(image) struct image *image = NULL;
	int failed;

	node->foreign_owner = true;
	pthread_mutex_lock(&work->lock);
	failed = image_find(work->store, who, &image, err);
	if (!failed)
		failed = image_settle(work->store, image, err);
	if (!failed)
		failed = add_matched(work, node, image, err);
	pthread_mutex_unlock(&work->lock);
	node_seal(node);
	return failed;
}

int step_image(struct build_work *work, int step, struct err *err)
{
	const struct build_image *what = &work->plan->steps[step].image;
	int failed = take_image(work, step, what->digest, err);

	return failed ? err_in(err, "%.200s", what->reference) : 0;
}

int step_context(struct build_work *work, int step, struct err *err)
{
	const char *name = work->plan->steps[step].context;
	const struct build_context *context;
	struct node *node = &work->nodes[step];
	char stamps[80];
	int failed;

	if (contexts_image(work->contexts, name))
		return take_image(work, step, contexts_image(work->contexts, name), err);
	pthread_mutex_lock(&work->mounting);
	failed = contexts_get(work->contexts, name, &context, err);
	pthread_mutex_unlock(&work->mounting);
	if (failed)
		return failed;
	node->root = strdup(context_path(context));
	node->root_fd = fcntl(context_fd(context), F_DUPFD_CLOEXEC, 3);
	node->ignore = context_ignore(context);
	if (!node->root || node->root_fd < 0)
		return no_memory(err);
	if (!context_stamps(context, stamps))
		return 0;
	return stamps_open(work->stamps_fd, stamps, &node->stamps, err);
}
