#include <errno.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "util/strs.h"

struct values {
	const char *format, *type, *platform;
};

static const struct option options[] = {
	{"format", 'f', OPTION_STRING, NULL, "'json' or a Go template of each object",
		offsetof(struct values, format)},
	{"platform", 0, OPTION_STRING, NULL, "Only images that are for this platform",
		offsetof(struct values, platform)},
	{"size", 's', OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option type_option[] = {
	{"type", 0, OPTION_STRING, NULL,
		"Only inspect objects of the given type: container, image, volume, network",
		offsetof(struct values, type)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, type_option, NULL};
static const struct option *const typed_tables[] = {options, NULL};

static int find_image(
	struct cli *cli, const char *platform, const char *who, cJSON **out, struct err *err)
{
	int failed = engine_image_inspect(cli->engine, who, out, err);

	if (failed || !platform)
		return failed;
	failed = engine_image_fits(cli->engine, who, platform, err);
	if (failed) {
		cJSON_Delete(*out);
		*out = NULL;
		/* It was found, so nothing else is looked for by that name. */
		return err->code = -EPERM;
	}
	return 0;
}

struct wanted {
	const char *type, *platform;
};

static int find(struct cli *cli, const void *context, const char *who, cJSON **out, struct err *err)
{
	const struct wanted *wanted = context;
	const char *type = wanted->type;
	int failed = -ENOENT;

	if (!*who)
		return err_set(err, EINVAL, "invalid %s name or ID: value is empty",
			type ? type : "object");
	if (!type || str_eq(type, "container"))
		failed = engine_container_inspect(cli->engine, who, out, err);
	if (failed != -ENOENT || str_eq(type, "container"))
		return failed;
	if (!type || str_eq(type, "image"))
		failed = find_image(cli, wanted->platform, who, out, err);
	if ((failed == -ENOENT || failed == -EINVAL) && (!type || str_eq(type, "volume")))
		failed = engine_volume_inspect(cli->engine, who, out, err);
	if ((failed == -ENOENT || failed == -EINVAL) && (!type || str_eq(type, "network")))
		failed = engine_network_inspect(cli->engine, who, out, err);
	if (failed && !type && (failed == -ENOENT || failed == -EINVAL))
		return err_set(err, ENOENT, "No such object: %s", who);
	return failed;
}

static int inspect_as(struct cli *cli, const struct values *values, const char *type,
	const struct operands *operands)
{
	const struct wanted wanted = {type, values->platform};
	auto_of(form) struct form *form = NULL;
	struct err err;

	if (type && !str_eq(type, "container") && !str_eq(type, "image") &&
		!str_eq(type, "volume") && !str_eq(type, "network")) {
		cli_say("\"%s\" is not a valid value for --type", type);
		return 1;
	}
	if (form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	return cli_open(cli) ? form_put_found(form, cli, find, &wanted, operands) : 1;
}

static int inspect(struct cli *cli, void *values, const struct operands *operands)
{
	return inspect_as(cli, values, ((const struct values *)values)->type, operands);
}

static int inspect_container(struct cli *cli, void *values, const struct operands *operands)
{
	return inspect_as(cli, values, "container", operands);
}

static int inspect_image(struct cli *cli, void *values, const struct operands *operands)
{
	return inspect_as(cli, values, "image", operands);
}

static int inspect_volume(struct cli *cli, void *values, const struct operands *operands)
{
	return inspect_as(cli, values, "volume", operands);
}

const struct command command_inspect = {
	.names = {"inspect"},
	.usage = "[OPTIONS] NAME|ID [NAME|ID...]",
	.summary = "Return low-level information on containers, images, volumes and networks",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = inspect,
};

const struct command command_container_inspect = {
	.names = {"container inspect"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Display detailed information on one or more containers",
	.syntax = {.tables = typed_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = inspect_container,
};

const struct command command_image_inspect = {
	.names = {"image inspect"},
	.usage = "[OPTIONS] IMAGE [IMAGE...]",
	.summary = "Display detailed information on one or more images",
	.syntax = {.tables = typed_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = inspect_image,
};

const struct command command_volume_inspect = {
	.names = {"volume inspect"},
	.usage = "[OPTIONS] VOLUME [VOLUME...]",
	.summary = "Display detailed information on one or more volumes",
	.syntax = {.tables = typed_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct values),
	.run = inspect_volume,
};
