#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/images_filter.h"
#include "cli/listing.h"
#include "cli/table.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool all, quiet, no_trunc, digests, tree;
	const char *format, *sort;
	struct strs filters;
};

static const struct option options[] = {
	{"all", 'a', OPTION_BOOL, NULL, "Show all images (default hides intermediate images)",
		offsetof(struct values, all)},
	{"digests", 0, OPTION_BOOL, NULL, "Show digests", offsetof(struct values, digests)},
	{"filter", 'f', OPTION_LIST, "filter", "Filter output based on conditions provided",
		offsetof(struct values, filters)},
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"no-trunc", 0, OPTION_BOOL, NULL, "Don't truncate output",
		offsetof(struct values, no_trunc)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Only show image IDs", offsetof(struct values, quiet)},
	{"sort", 0, OPTION_STRING, NULL, "Sort by created, id, repository, size or tag",
		offsetof(struct values, sort)},
	{"tree", 0, OPTION_BOOL, NULL, "Show each image once, with all its names and its platform",
		offsetof(struct values, tree)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct row {
	const struct image_entry *image;
	const uint64_t *shared; /* NULL: nobody asked */
	bool no_trunc;
	uint64_t now_ns;
};

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (row->no_trunc)
		buf_addf(out, "sha256:%s", row->image->id);
	else
		buf_add(out, row->image->id, 12);
}

static void put_repository(struct buf *out, const void *data)
{
	const char *reference = ((const struct row *)data)->image->reference;

	if (*reference)
		buf_add(out, reference, (size_t)(images_tag_of(reference) - reference));
	else
		buf_adds(out, "<none>");
}

static void put_tag(struct buf *out, const void *data)
{
	const char *tag = images_tag_of(((const struct row *)data)->image->reference);

	buf_adds(out, *tag ? tag + 1 : "<none>");
}

static void put_digest(struct buf *out, const void *data)
{
	const char *digest = ((const struct row *)data)->image->digest;

	buf_adds(out, *digest ? digest : "<none>");
}

static void put_created_at(struct buf *out, const void *data)
{
	uint64_t created = ((const struct row *)data)->image->created_ns;

	if (created)
		units_put_created(out, created);
	else
		buf_adds(out, "N/A");
}

static void put_created_since(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (!row->image->created_ns) {
		buf_adds(out, "N/A");
		return;
	}
	units_put_ago(out, row->image->created_ns, row->now_ns);
	buf_adds(out, " ago");
}

static void put_size(struct buf *out, const void *data)
{
	units_put_size(out, ((const struct row *)data)->image->size);
}

static void put_containers(struct buf *out, const void *data)
{
	buf_addf(out, "%u", ((const struct row *)data)->image->containers);
}

static void put_content_size(struct buf *out, const void *data)
{
	units_put_size(out, ((const struct row *)data)->image->content_size);
}

static void put_platform(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct row *)data)->image->platform);
}

static void put_shared(struct buf *out, const void *data)
{
	const struct row *row = data;

	units_put_size(out, row->shared ? *row->shared : 0);
}

static void put_unique(struct buf *out, const void *data)
{
	const struct row *row = data;

	units_put_size(out, row->image->size - (row->shared ? *row->shared : 0));
}

static const struct field fields[] = {
	{"Containers", "CONTAINERS", put_containers, NULL},
	{"ContentSize", "CONTENT SIZE", put_content_size, NULL},
	{"CreatedAt", "CREATED AT", put_created_at, NULL},
	{"CreatedSince", "CREATED", put_created_since, NULL},
	{"Digest", "DIGEST", put_digest, NULL},
	{"ID", "IMAGE ID", put_id, NULL},
	{"Platform", "PLATFORM", put_platform, NULL},
	{"Repository", "REPOSITORY", put_repository, NULL},
	{"SharedSize", "SHARED SIZE", put_shared, NULL},
	{"Size", "SIZE", put_size, NULL},
	{"Tag", "TAG", put_tag, NULL},
	{"UniqueSize", "UNIQUE SIZE", put_unique, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"Repository", "Tag", "ID", "CreatedSince", "Size", NULL};
static const char *const digest_columns[] = {
	"Repository", "Tag", "Digest", "ID", "CreatedSince", "Size", NULL};

/* ---- what of it, in which order ---- */

struct shown {
	struct cli *cli;
	const struct values *values;
	struct image_entry *images;
	size_t count;
};

static int by_created(const void *a, const void *b)
{
	const struct image_entry *x = a, *y = b;

	return (x->created_ns < y->created_ns) - (x->created_ns > y->created_ns);
}

static int by_size(const void *a, const void *b)
{
	const struct image_entry *x = a, *y = b;

	return (x->size < y->size) - (x->size > y->size);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct image_entry *)a)->id, ((const struct image_entry *)b)->id);
}

static int by_repository(const void *a, const void *b)
{
	return strcmp(((const struct image_entry *)a)->reference,
		((const struct image_entry *)b)->reference);
}

static int by_tag(const void *a, const void *b)
{
	const char *x = ((const struct image_entry *)a)->reference;
	const char *y = ((const struct image_entry *)b)->reference;
	int order = strcmp(images_tag_of(x), images_tag_of(y));

	return order ? order : strcmp(x, y);
}

static const struct order {
	const char *name;
	int (*compare)(const void *a, const void *b);
} orders[] = {
	{"created", by_created},
	{"id", by_id},
	{"repository", by_repository},
	{"size", by_size},
	{"tag", by_tag},
};

static const struct order *find_order(const char *name, struct err *err)
{
	for (size_t i = 0; i < array_len(orders); i++)
		if (str_eq(orders[i].name, name))
			return &orders[i];
	err_set(err, EINVAL, "invalid --sort \"%s\": it is created, id, repository, size or tag",
		name);
	return NULL;
}

/* The engine lists the newest first, which is the order without --sort. */
static int choose(struct shown *shown, const char *operand, struct err *err)
{
	const struct values *values = shown->values;
	const struct order *order = values->sort ? find_order(values->sort, err) : NULL;
	struct images_wanted wanted = {.engine = shown->cli->engine,
		.filters = &values->filters,
		.operand = operand,
		/* The tree shows what has names, unless asked for more. */
		.dangling = values->tree && !values->all ? 0 : -1};
	int failed = values->sort && !order ? err->code : 0;
	size_t kept = 0;

	if (!failed)
		failed = images_wanted_init(&wanted, shown->images, shown->count, err);
	for (size_t i = 0; !failed && i < shown->count; i++)
		if (images_fit(&wanted, &shown->images[i]))
			shown->images[kept++] = shown->images[i];
	images_wanted_fini(&wanted);
	shown->count = failed ? 0 : kept;
	if (order)
		qsort(shown->images, shown->count, sizeof(*shown->images), order->compare);
	return failed;
}

/* ---- as rows ---- */

static int list(struct shown *shown, struct listing *listing, struct err *err)
{
	auto_free uint64_t *shared = NULL;
	uint64_t now_ns = units_now();

	if ((listing_wants(listing, "SharedSize") || listing_wants(listing, "UniqueSize")) &&
		engine_images_shared(
			shown->cli->engine, shown->images, shown->count, &shared, err) < 0)
		return err->code;
	for (size_t i = 0; i < shown->count; i++) {
		const struct row row = {.image = &shown->images[i],
			.shared = shared ? &shared[i] : NULL,
			.no_trunc = shown->values->no_trunc,
			.now_ns = now_ns};

		if (listing_add(listing, &row, err) < 0)
			return err->code;
	}
	listing_end(listing, &shown->cli->out.text);
	return 0;
}

static void list_ids(struct shown *shown)
{
	for (size_t i = 0; i < shown->count; i++) {
		const struct row row = {
			.image = &shown->images[i], .no_trunc = shown->values->no_trunc};

		put_id(&shown->cli->out.text, &row);
		buf_addc(&shown->cli->out.text, '\n');
	}
}

/* ---- as a tree ---- */

static void put_sizes(const struct image_entry *image, struct buf *out)
{
	buf_addf(out, "\t%.12s\t", image->id);
	units_put_size(out, image->size + image->content_size);
	buf_addc(out, '\t');
	units_put_size(out, image->content_size);
	buf_addf(out, "\t%s\n", image->containers ? "U" : "");
}

/* An image's names stand together, wherever the order has the others. */
static void put_image(const struct shown *shown, size_t first, struct buf *out)
{
	const struct image_entry *image = &shown->images[first];

	buf_adds(out, *image->reference ? image->reference : "<untagged>");
	put_sizes(image, out);
	for (size_t i = first + 1; i < shown->count; i++)
		if (str_eq(shown->images[i].id, image->id))
			buf_addf(out, "%s\t\t\t\t\n", shown->images[i].reference);
	buf_addf(out, "└─ %s", image->platform);
	put_sizes(image, out);
}

static bool is_first(const struct shown *shown, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (str_eq(shown->images[i].id, shown->images[at].id))
			return false;
	return true;
}

static void draw(const struct shown *shown)
{
	auto_buf lines = BUF_INIT;

	buf_adds(&lines, "IMAGE\tID\tDISK USAGE\tCONTENT SIZE\tEXTRA\n");
	for (size_t i = 0; i < shown->count; i++)
		if (is_first(shown, i))
			put_image(shown, i, &lines);
	table_align(buf_text(&lines), lines.len, &shown->cli->out.text);
}

/* ---- the command ---- */

static int show(struct cli *cli, const struct values *values, const char *operand, struct err *err)
{
	struct shown shown = {.cli = cli, .values = values};
	struct listing *listing = NULL;
	int failed = engine_images(cli->engine, &shown.images, &shown.count, err);

	if (!failed)
		failed = choose(&shown, operand, err);
	if (!failed && values->tree) {
		draw(&shown);
	} else if (!failed && values->quiet && !values->format) {
		list_ids(&shown);
	} else if (!failed) {
		failed = listing_new(values->format, fields,
			values->digests ? digest_columns : columns, "*formatter.imageContext",
			&listing, err);
		if (!failed)
			failed = list(&shown, listing, err);
	}
	listing_free(listing);
	free(shown.images);
	return failed;
}

static int images(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct err err;

	if (values->tree &&
		(values->quiet || values->format || values->digests || values->no_trunc)) {
		cli_say("--tree cannot be used with --quiet, --format, --digests or --no-trunc");
		return 1;
	}
	if (images_check_filters(&values->filters, &err) < 0)
		return cli_fail(&err, 1);
	if (!cli_open(cli))
		return 1;
	return show(cli, values, operands->v[0], &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_images = {
	.names = {"images", "image ls", "image list"},
	.usage = "[OPTIONS] [REPOSITORY[:TAG]]",
	.summary = "List images",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 0,
	.most = 1,
	.values_size = sizeof(struct values),
	.run = images,
};
