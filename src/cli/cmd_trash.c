/* cmd_trash.c - containers that were removed with `rm --trash` or on the screen: listed, brought
 * back, let go. */
#include <errno.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/confirm.h"
#include "cli/each.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"

/* ---- ls ---- */

struct ls_values {
	bool quiet;
	const char *format;
};

static const struct option ls_options[] = {
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct ls_values, format)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only display container IDs",
		offsetof(struct ls_values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const ls_tables[] = {ls_options, NULL};

static void put_id(struct buf *out, const void *data)
{
	buf_addf(out, "%.12s", ((const struct trash_entry *)data)->id);
}

static void put_image(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct trash_entry *)data)->image);
}

static void put_removed(struct buf *out, const void *data)
{
	units_put_ago(out, ((const struct trash_entry *)data)->removed_ns, units_now());
	buf_adds(out, " ago");
}

static void put_left(struct buf *out, const void *data)
{
	uint64_t until = ((const struct trash_entry *)data)->until_ns, now = units_now();

	units_put_ago(out, 0, until > now ? until - now : 0);
}

static void put_size(struct buf *out, const void *data)
{
	units_put_size(out, ((const struct trash_entry *)data)->bytes);
}

static void put_name(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct trash_entry *)data)->name);
}

static const struct field fields[] = {
	{"ID", "CONTAINER ID", put_id, NULL},
	{"Image", "IMAGE", put_image, NULL},
	{"Left", "LEFT", put_left, NULL},
	{"Names", "NAMES", put_name, NULL},
	{"Removed", "REMOVED", put_removed, NULL},
	{"Size", "SIZE", put_size, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"ID", "Image", "Removed", "Left", "Size", "Names", NULL};

static int list(struct cli *cli, const struct ls_values *values, struct err *err)
{
	auto_free struct trash_entry *entries = NULL;
	struct listing *listing = NULL;
	size_t count = 0;
	int failed = listing_new(values->quiet ? "{{.ID}}" : values->format, fields, columns,
		"*formatter.trashContext", &listing, err);

	if (!failed)
		failed = engine_trash(cli->engine, &entries, &count, err);
	for (size_t i = 0; i < count && !failed; i++)
		failed = listing_add(listing, &entries[i], err);
	if (!failed)
		listing_end(listing, &cli->out.text);
	listing_free(listing);
	return failed;
}

static int ls(struct cli *cli, void *data, const struct operands *operands)
{
	struct err err;

	(void)operands;
	if (!cli_open(cli))
		return 1;
	return list(cli, data, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_trash_ls = {
	.names = {"trash ls", "trash list"},
	.usage = "[OPTIONS]",
	.summary = "List containers that were removed and can be brought back",
	.syntax = {.tables = ls_tables, .hands_on_after = -1},
	.values_size = sizeof(struct ls_values),
	.run = ls,
};

/* ---- restore ---- */

struct restore_values {
	const char *name;
};

static const struct option restore_options[] = {
	{"name", 0, OPTION_STRING, NULL, "Give it another name than it had",
		offsetof(struct restore_values, name)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const restore_tables[] = {restore_options, NULL};

struct restoring {
	struct cli *cli;
	const char *who, *name;
};

static struct op *start_restore(void *context, op_done_fn done, void *arg)
{
	const struct restoring *restoring = context;

	return engine_trash_restore(
		restoring->cli->engine, restoring->who, restoring->name, done, arg);
}

static int restore_one(struct cli *cli, const char *who, const char *name)
{
	struct restoring restoring = {cli, who, name};
	auto_buf missing = BUF_INIT;
	struct err err;

	if (one_op_lines(cli, start_restore, &restoring, &missing, NULL, &err) < 0)
		return cli_fail(&err, 1);
	buf_addf(&cli->out.text, "%s\n", who);
	output_flush(&cli->out);
	for (const char *at = buf_text(&missing); *at; at += strcspn(at, "\n") + 1)
		cli_say("%s: its volume %.*s is gone; 'davit volume create %.*s' makes an empty one",
			who, (int)strcspn(at, "\n"), at, (int)strcspn(at, "\n"), at);
	return 0;
}

static int restore(struct cli *cli, void *data, const struct operands *operands)
{
	const struct restore_values *values = data;
	int code = 0;

	if (values->name && operands->len > 1)
		return cli_misused(
			cli, 1, "--name is for one container, not for %d", operands->len);
	if (!cli_open(cli))
		return 1;
	for (int i = 0; i < operands->len; i++)
		if (restore_one(cli, operands->v[i], values->name))
			code = 1;
	return code;
}

const struct command command_trash_restore = {
	.names = {"trash restore"},
	.usage = "[OPTIONS] CONTAINER [CONTAINER...]",
	.summary = "Bring back containers that were removed",
	.syntax = {.tables = restore_tables, .hands_on_after = -1},
	.least = 1,
	.most = -1,
	.values_size = sizeof(struct restore_values),
	.run = restore,
};

/* ---- empty ---- */

struct empty_values {
	bool force;
};

static const struct option empty_options[] = {
	{"force", 'f', OPTION_BOOL, NULL, "Do not prompt for confirmation",
		offsetof(struct empty_values, force)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const empty_tables[] = {empty_options, NULL};

struct emptying {
	struct cli *cli;
	const char *who; /* NULL: all */
};

static struct op *start_empty(void *context, op_done_fn done, void *arg)
{
	const struct emptying *emptying = context;

	return engine_trash_empty(emptying->cli->engine, emptying->who, done, arg);
}

static int empty_all(struct cli *cli, const struct operands *operands)
{
	struct emptying emptying = {.cli = cli};
	auto_buf lines = BUF_INIT;
	uint64_t sum = 0;
	struct err err;
	int i = 0, code = 0;

	do {
		uint64_t bytes = 0;

		emptying.who = operands->len ? operands->v[i] : NULL;
		if (one_op_lines(cli, start_empty, &emptying, &lines, &bytes, &err) < 0)
			code = cli_fail(&err, 1);
		sum += bytes;
	} while (++i < operands->len);
	if (lines.len)
		buf_addf(&cli->out.text, "Deleted Containers:\n%s\n", buf_text(&lines));
	buf_adds(&cli->out.text, "Total reclaimed space: ");
	units_put_size(&cli->out.text, sum);
	buf_addc(&cli->out.text, '\n');
	return code;
}

static int empty(struct cli *cli, void *data, const struct operands *operands)
{
	const struct empty_values *values = data;

	if (!values->force && !operands->len &&
		!confirm(&cli->out, "This will remove all containers in the trash for good.")) {
		cli_say("emptying the trash has been cancelled");
		return 1;
	}
	return cli_open(cli) ? empty_all(cli, operands) : 1;
}

const struct command command_trash_empty = {
	.names = {"trash empty"},
	.usage = "[OPTIONS] [CONTAINER...]",
	.summary = "Remove what is in the trash for good",
	.syntax = {.tables = empty_tables, .hands_on_after = -1},
	.most = -1,
	.values_size = sizeof(struct empty_values),
	.run = empty,
};
