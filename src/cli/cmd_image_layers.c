#include "cli/cli.h"
#include "cli/listing.h"
#include "cli/names.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

enum { STEP_COLUMNS = 50 };

struct values {
	bool no_trunc;
	const char *format;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Don't truncate output",
		offsetof(struct values, no_trunc)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct row {
	const struct layers_layer *layer;
	unsigned number;
	bool no_trunc;
};

static const struct layers_layer *layer_of(const void *data)
{
	return ((const struct row *)data)->layer;
}

static void put_number(struct buf *out, const void *data)
{
	buf_addf(out, "%u", ((const struct row *)data)->number);
}

static void put_digest_text(struct buf *out, const void *data, const char *digest)
{
	if (!*digest)
		buf_adds(out, "<none>");
	else if (((const struct row *)data)->no_trunc || !str_has_prefix(digest, "sha256:"))
		buf_adds(out, digest);
	else
		buf_addf(out, "%.12s", digest + 7);
}

static void put_diff_id(struct buf *out, const void *data)
{
	put_digest_text(out, data, layer_of(data)->diff_id);
}

static void put_digest(struct buf *out, const void *data)
{
	put_digest_text(out, data, layer_of(data)->digest);
}

static void put_media_type(struct buf *out, const void *data)
{
	names_puts(out, layer_of(data)->media_type);
}

static void put_size(struct buf *out, const void *data)
{
	units_put_size(out, layer_of(data)->size);
}

static void put_content_size(struct buf *out, const void *data)
{
	if (*layer_of(data)->digest)
		units_put_size(out, layer_of(data)->content_size);
	else
		buf_adds(out, "-");
}

static void put_entries(struct buf *out, const void *data)
{
	buf_addf(out, "%llu", (unsigned long long)layer_of(data)->entries);
}

static void put_kept(struct buf *out, const void *data)
{
	buf_adds(out, layer_of(data)->kept ? "true" : "false");
}

static void put_path(struct buf *out, const void *data)
{
	buf_adds(out, layer_of(data)->path);
}

static void put_created(struct buf *out, const void *data)
{
	names_puts(out, layer_of(data)->created);
}

static void put_created_by(struct buf *out, const void *data)
{
	names_put_short(out, layer_of(data)->created_by,
		((const struct row *)data)->no_trunc ? SIZE_MAX : STEP_COLUMNS);
}

static void put_comment(struct buf *out, const void *data)
{
	names_put_short(out, layer_of(data)->comment, SIZE_MAX);
}

static const struct field fields[] = {
	{"Comment", "COMMENT", put_comment, NULL},
	{"ContentSize", "COMPRESSED", put_content_size, NULL},
	{"CreatedAt", "CREATED AT", put_created, NULL},
	{"CreatedBy", "CREATED BY", put_created_by, NULL},
	{"DiffID", "DIFF ID", put_diff_id, NULL},
	{"Digest", "DIGEST", put_digest, NULL},
	{"Entries", "ENTRIES", put_entries, NULL},
	{"Kept", "KEPT", put_kept, NULL},
	{"Layer", "LAYER", put_number, NULL},
	{"MediaType", "MEDIA TYPE", put_media_type, NULL},
	{"Path", "PATH", put_path, NULL},
	{"Size", "SIZE", put_size, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {
	"Layer", "DiffID", "Digest", "Size", "ContentSize", "Entries", "CreatedBy", NULL};

static int show(struct cli *cli, const struct values *values, const char *who,
	struct listing *listing, struct err *err)
{
	auto_layers *layers = NULL;

	if (engine_layers_open(cli->engine, who, &layers, err) < 0)
		return err->code;
	for (unsigned i = 0; i < layers_count(layers); i++) {
		const struct row row = {layers_at(layers, i), i + 1, values->no_trunc};

		if (listing_add(listing, &row, err) < 0)
			return err->code;
	}
	listing_end(listing, &cli->out.text);
	return 0;
}

static int image_layers(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct listing *listing = NULL;
	struct err err;
	int code = 1;

	if (listing_new(values->format, fields, columns, "*image.layerContext", &listing, &err) < 0)
		return cli_fail(&err, 1);
	if (cli_open(cli))
		code = show(cli, values, operands->v[0], listing, &err) < 0 ? cli_fail(&err, 1) : 0;
	listing_free(listing);
	return code;
}

const struct command command_image_layers = {
	.names = {"image layers"},
	.usage = "[OPTIONS] IMAGE",
	.summary = "List an image's layers, bottom first, and what made them",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = image_layers,
};
