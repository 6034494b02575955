/* step_image.c - where steps begin: an image's tree, or the files of a context. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "build/context.h"
#include "build/no_memory.h"
#include "build/stamps.h"
#include "build/work.h"
#include "core/image.h"
#include "util/own.h"

static int add_layers(
	struct build_work *work, struct node *node, const struct image *image, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < image->layers.len && !failed; i++)
		failed = node_add_layer(work, node, image->layers.v[i], err);
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
		failed = add_layers(work, node, image, err);
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
