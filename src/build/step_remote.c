/* step_remote.c - what ADD takes from elsewhere: a file of a URL, a git repository. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "build/context.h"
#include "build/work.h"
#include "util/own.h"

static int open_brought(struct node *node, struct err *err)
{
	node->root_fd = open(node->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return node->root_fd < 0 ? err_sys(err, "build: open %.300s", node->root) : 0;
}

int step_http(struct build_work *work, int step, struct err *err)
{
	const struct build_http *what = &work->plan->steps[step].http;
	const struct context_wish wish = {
		.url = what->url, .name = what->name, .checksum = what->checksum};
	struct node *node = &work->nodes[step];
	bool archive;

	if (context_bring_url(&work->place, &wish, &node->root, &archive, err) < 0)
		return err->code;
	return open_brought(node, err);
}

int step_git(struct build_work *work, int step, struct err *err)
{
	const struct build_git *what = &work->plan->steps[step].git;
	struct node *node = &work->nodes[step];
	auto_strs env = STRS_INIT;
	auto_buf url = BUF_INIT;

	if (context_git_url(what->url, what->checksum, what->keep_git_dir == BUILD_ON, &url, err) <
			0 ||
		context_git_secrets(work->request, what->url, &env, err) < 0 ||
		context_bring_git(&work->place, buf_text(&url), &env, &node->root, err) < 0)
		return err->code;
	return open_brought(node, err);
}
