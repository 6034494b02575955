#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/job.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool archive, follow, quiet, tar;
};

static const struct option options[] = {
	{"archive", 'a', OPTION_BOOL, NULL, "Archive mode (copy all uid/gid information)",
		offsetof(struct values, archive)},
	{"follow-link", 'L', OPTION_BOOL, NULL, "Always follow symbol link in SRC_PATH",
		offsetof(struct values, follow)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress progress output during copy",
		offsetof(struct values, quiet)},
	{"tar", 0, OPTION_BOOL, NULL, "Write DEST_PATH as a tar", offsetof(struct values, tar)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct copying {
	struct copy_request request;
	uint64_t bytes;
};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	struct copying *copying = *(struct copying *const *)context;

	(void)result;
	return engine_copy_here(engine, &copying->request, job, &copying->bytes, err);
}

/* "NAME:PATH" is in a container; what begins with '/' or '.' is here, whatever colons it has. *path
 * is NULL for a path of this host. */
static int split(const char *text, char **container, const char **path)
{
	const char *colon = strchr(text, ':');

	*container = NULL;
	*path = NULL;
	if (*text == '/' || *text == '.' || !colon || colon == text)
		return 0;
	*container = strndup(text, (size_t)(colon - text));
	*path = colon + 1;
	return *container ? 0 : -1;
}

static void tell(const struct copying *copying, const char *to)
{
	auto_buf size = BUF_INIT;
	char whole[PATH_MAX];

	units_put_size(&size, copying->bytes);
	if (copying->request.out)
		to = realpath(to, whole) ? whole : to;
	fprintf(stderr, "Successfully copied %s to %s\n", buf_text(&size), to);
}

static int run(struct cli *cli, const struct values *values, struct copying *copying,
	const struct operands *operands)
{
	struct copying *context = copying;
	int code;

	if (copying->request.out && !copying->request.outside && isatty(STDOUT_FILENO)) {
		cli_say("cowardly refusing to copy to a terminal: redirect it");
		return 1;
	}
	code = job_run(cli, work, &context, true, false);
	if (code == 0 && !values->quiet && copying->request.outside)
		tell(copying, operands->v[1]);
	return code;
}

static int copy(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_free char *from = NULL, *to = NULL;
	const char *from_path, *to_path;
	struct copying copying = {
		.request = {
			.archive = values->archive, .follow = values->follow, .tar = values->tar}};

	if (split(operands->v[0], &from, &from_path) < 0 ||
		split(operands->v[1], &to, &to_path) < 0) {
		cli_say("out of memory");
		return 1;
	}
	if (from && to) {
		cli_say("copying between containers is not supported");
		return 1;
	}
	if (!from && !to) {
		cli_say("must specify at least one container source");
		return 1;
	}
	if (to && values->tar) {
		cli_say("--tar: only what is copied out of a container becomes a tar");
		return 1;
	}
	copying.request.out = from != NULL;
	copying.request.who = from ? from : to;
	copying.request.inside = from ? from_path : to_path;
	if (!*copying.request.inside)
		copying.request.inside = "/";
	copying.request.outside = from ? operands->v[1] : operands->v[0];
	if (str_eq(copying.request.outside, "-"))
		copying.request.outside = NULL;
	return run(cli, values, &copying, operands);
}

const struct command command_cp = {
	.names = {"cp", "container cp"},
	.usage = "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n"
		 "\tdavit cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
	.summary = "Copy files/folders between a container and the local filesystem",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct values),
	.run = copy,
};
