/* cmd_step_cache.c - what a build starts to read, fetch from and write a cache of steps' results
 * elsewhere: the processes that see its bytes. */
#include "build/build.h"
#include "cli/job.h"

#include <stddef.h>

struct values {
	const char *reference, *directory, *tag, *digest, *compression;
	bool insecure;
};

#define at(member) offsetof(struct values, member)

static const struct option options[] = {
	{"compression", 0, OPTION_STRING, NULL, "gzip or zstd", at(compression)},
	{"digest", 0, OPTION_STRING, NULL, "Of the directory's manifests", at(digest)},
	{"dir", 0, OPTION_STRING, NULL, "An OCI layout", at(directory)},
	{"insecure", 0, OPTION_BOOL, NULL, "Plain HTTP and unverified TLS are fine", at(insecure)},
	{"ref", 0, OPTION_STRING, NULL, "At a registry", at(reference)},
	{"tag", 0, OPTION_STRING, NULL, "In the directory", at(tag)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static int work(struct engine *engine, const void *context, const struct job_options *job,
	struct buf *result, struct err *err)
{
	return build_cache_here(engine, context, job, result, err);
}

static int step_cache(struct cli *cli, const struct values *values, const struct operands *operands,
	enum build_cache_verb verb)
{
	struct build_cache_request request = {
		.verb = verb,
		.reference = values->reference,
		.directory = values->directory,
		.tag = values->tag,
		.digest = values->digest,
		.insecure = values->insecure,
		.compression = values->compression,
	};
	int code;

	if (!values->reference == !values->directory)
		return cli_misused(cli, 1, "either --ref or --dir");
	for (int i = 0; i < operands->len; i++)
		strs_add(&request.chain, operands->v[i]);
	code = job_run(cli, work, &request, true, false);
	strs_fini(&request.chain);
	return code;
}

static int cache_read(struct cli *cli, void *data, const struct operands *operands)
{
	return step_cache(cli, data, operands, BUILD_CACHE_READ);
}

static int cache_fetch(struct cli *cli, void *data, const struct operands *operands)
{
	return step_cache(cli, data, operands, BUILD_CACHE_FETCH);
}

static int cache_write(struct cli *cli, void *data, const struct operands *operands)
{
	return step_cache(cli, data, operands, BUILD_CACHE_WRITE);
}

const struct command command_cache_read = {
	.names = {"cache-read"},
	.usage = "--ref REFERENCE | --dir DIR",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = cache_read,
};

const struct command command_cache_fetch = {
	.names = {"cache-fetch"},
	.usage = "--ref REFERENCE | --dir DIR LAYER...",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1000,
	.values_size = sizeof(struct values),
	.run = cache_fetch,
};

const struct command command_cache_write = {
	.names = {"cache-write"},
	.usage = "--ref REFERENCE | --dir DIR",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = cache_write,
};
