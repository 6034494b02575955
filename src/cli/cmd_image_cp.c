#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/job.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool archive, follow, quiet, alone, tar;
	int64_t layer;
};

static const struct option options[] = {
	{"alone", 0, OPTION_BOOL, NULL,
		"The one layer that --layer names, as the tar it is; the path is then /",
		offsetof(struct values, alone)},
	{"archive", 'a', OPTION_BOOL, NULL, "Archive mode (copy all uid/gid information)",
		offsetof(struct values, archive)},
	{"follow-link", 'L', OPTION_BOOL, NULL, "Always follow symbol link in SRC_PATH",
		offsetof(struct values, follow)},
	{"layer", 0, OPTION_INT, NULL, "The image as far as this layer goes",
		offsetof(struct values, layer)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Suppress what was copied",
		offsetof(struct values, quiet)},
	{"tar", 0, OPTION_BOOL, NULL, "DEST_PATH becomes a tar archive",
		offsetof(struct values, tar)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	(void)result;
	return engine_image_copy_here(
		engine, *(const struct image_copy_request *const *)context, job, err);
}

/* "NAME:/PATH": a name has colons too, but none before a slash at its beginning. */
static char *split(const char *text, const char **path)
{
	const char *colon = strstr(text, ":/");

	if (!colon || colon == text)
		return NULL;
	*path = colon + 1;
	return strndup(text, (size_t)(colon - text));
}

static void tell(uint64_t bytes, const char *to)
{
	auto_buf size = BUF_INIT;

	units_put_size(&size, bytes);
	fprintf(stderr, "Successfully copied %s to %s\n", buf_text(&size), to);
}

static bool makes_sense(
	const struct values *values, const char *who, const struct image_copy_request *request)
{
	if (!who)
		cli_say("the source must be IMAGE:/PATH");
	else if (values->layer < 0)
		cli_say("--layer must be 1 or more");
	else if (values->alone && !values->layer)
		cli_say("--alone needs --layer");
	else if (values->alone && !str_eq(request->inside, "/"))
		cli_say("--alone takes a whole layer: the path must be /");
	else if (!request->outside && isatty(STDOUT_FILENO))
		cli_say("cowardly refusing to copy to a terminal: redirect it");
	else
		return true;
	return false;
}

static int image_cp(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	uint64_t bytes = 0;
	struct image_copy_request request = {.outside = operands->v[1],
		.height = (unsigned)values->layer,
		.alone = values->alone,
		.tar = values->tar,
		.archive = values->archive,
		.follow = values->follow,
		.bytes = &bytes};
	const struct image_copy_request *context = &request;
	auto_free char *who = split(operands->v[0], &request.inside);
	int code;

	request.who = who;
	if (str_eq(request.outside, "-"))
		request.outside = NULL;
	if (!makes_sense(values, who, &request))
		return 1;
	code = job_run(cli, work, &context, true, false);
	if (code == 0 && !values->quiet && !values->alone && request.outside)
		tell(bytes, request.outside);
	return code;
}

const struct command command_image_cp = {
	.names = {"image cp"},
	.usage = "[OPTIONS] IMAGE:/SRC_PATH DEST_PATH|-",
	.summary = "Copy files out of an image, at any of its layers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct values),
	.run = image_cp,
};
