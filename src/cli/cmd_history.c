#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/json.h"
#include "util/own.h"
#include "util/strs.h"

/* docker's formatter: longer commands end with "…" there. */
enum { CREATED_BY_MAX = 45 };
/* Reproducible builds date their steps 1970, 1980 or so; that is no date to show. */
#define YEAR_2000_NS (946684800ull * 1000000000)

struct values {
	bool human, no_trunc, quiet;
	const char *format, *platform;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"human", 'H', OPTION_BOOL, NULL,
		"Print sizes and dates in human readable format (default true)",
		offsetof(struct values, human)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Don't truncate output",
		offsetof(struct values, no_trunc)},
	{"platform", 0, OPTION_STRING, NULL, "Only if the image is for this platform",
		offsetof(struct values, platform)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only show image IDs", offsetof(struct values, quiet)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.human = true};

struct row {
	const cJSON *step;
	const struct values *values;
	uint64_t created_ns; /* 0: not known */
};

static const char *text_of(const struct row *row, const char *key)
{
	return json_str_or(row->step, key, "");
}

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;
	const char *id = text_of(row, "Id");

	if (row->values->no_trunc || !str_has_prefix(id, "sha256:"))
		buf_adds(out, id);
	else
		buf_addf(out, "%.12s", id + 7);
}

static void put_created_at(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (row->created_ns < YEAR_2000_NS)
		buf_adds(out, "N/A");
	else
		buf_adds(out, text_of(row, "Created"));
}

static void put_created_since(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (!row->values->human || row->created_ns < YEAR_2000_NS) {
		put_created_at(out, data);
		return;
	}
	units_put_ago(out, row->created_ns, units_now());
	buf_adds(out, " ago");
}

static void put_created_by(struct buf *out, const void *data)
{
	const struct row *row = data;
	const char *text = text_of(row, "CreatedBy");
	size_t start = out->len;

	if (row->values->no_trunc)
		buf_adds(out, text);
	else
		listing_put_short(out, text, CREATED_BY_MAX);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '\t')
			out->data[i] = ' ';
}

static void put_size(struct buf *out, const void *data)
{
	const struct row *row = data;
	uint64_t size =
		(uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(row->step, "Size"));

	if (row->values->human)
		units_put_size(out, size);
	else
		buf_addf(out, "%llu", (unsigned long long)size);
}

static void put_comment(struct buf *out, const void *data)
{
	buf_adds(out, text_of(data, "Comment"));
}

static const struct field fields[] = {
	{"Comment", "COMMENT", put_comment, NULL},
	{"CreatedAt", "CREATED AT", put_created_at, NULL},
	{"CreatedBy", "CREATED BY", put_created_by, NULL},
	{"CreatedSince", "CREATED", put_created_since, NULL},
	{"ID", "IMAGE", put_id, NULL},
	{"Size", "SIZE", put_size, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"ID", "CreatedSince", "CreatedBy", "Size", "Comment", NULL};

static int show(struct cli *cli, const struct values *values, const cJSON *steps,
	struct listing *listing, struct err *err)
{
	const cJSON *step;

	cJSON_ArrayForEach(step, steps) {
		struct row row = {.step = step, .values = values};
		struct err ignored;

		if (units_time(text_of(&row, "Created"), units_now(), &row.created_ns, &ignored) <
			0)
			row.created_ns = 0;
		if (listing && listing_add(listing, &row, err) < 0)
			return err->code;
		if (listing)
			continue;
		put_id(&cli->out.text, &row);
		buf_addc(&cli->out.text, '\n');
	}
	if (listing)
		listing_end(listing, &cli->out.text);
	return 0;
}

static int history(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct listing *listing = NULL;
	cJSON *steps = NULL;
	struct err err;
	int code = 0;

	if (!values->quiet && listing_new(values->format, fields, columns, "*image.historyContext",
				      &listing, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		code = 1;
	else if ((values->platform && engine_image_fits(cli->engine, operands->v[0],
					      values->platform, &err) < 0) ||
		 engine_image_history(cli->engine, operands->v[0], &steps, &err) < 0 ||
		 show(cli, values, steps, listing, &err) < 0)
		code = cli_fail(&err, 1);
	cJSON_Delete(steps);
	listing_free(listing);
	return code;
}

const struct command command_history = {
	.names = {"history", "image history"},
	.usage = "[OPTIONS] IMAGE",
	.summary = "Show the history of an image",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = history,
};
