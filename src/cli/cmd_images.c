#include <cjson/cJSON.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/filters.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	bool all, quiet, no_trunc, digests;
	const char *format;
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
	{"tree", 0, OPTION_LATER, NULL, NULL, 0},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct row {
	const struct image_entry *image;
	bool no_trunc;
	uint64_t now_ns;
};

/* Where the tag begins in "host:5000/name:tag", or the end. */
static const char *tag_of(const char *reference)
{
	const char *slash = strrchr(reference, '/');
	const char *colon = strchr(slash ? slash : reference, ':');

	return colon ? colon : reference + strlen(reference);
}

static void put_id(struct buf *out, const void *data)
{
	const struct row *row = data;

	if (row->no_trunc)
		buf_addf(out, "sha256:%s", row->image->id);
	else
		buf_addf(out, "%.12s", row->image->id);
}

static void put_repository(struct buf *out, const void *data)
{
	const char *reference = ((const struct row *)data)->image->reference;

	if (*reference)
		buf_add(out, reference, (size_t)(tag_of(reference) - reference));
	else
		buf_adds(out, "<none>");
}

static void put_tag(struct buf *out, const void *data)
{
	const char *tag = tag_of(((const struct row *)data)->image->reference);

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

static const struct field fields[] = {
	{"Containers", "CONTAINERS", put_containers, NULL},
	{"CreatedAt", "CREATED AT", put_created_at, NULL},
	{"CreatedSince", "CREATED", put_created_since, NULL},
	{"Digest", "DIGEST", put_digest, NULL},
	{"ID", "IMAGE ID", put_id, NULL},
	{"Repository", "REPOSITORY", put_repository, NULL},
	{"Size", "SIZE", put_size, NULL},
	{"Tag", "TAG", put_tag, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"Repository", "Tag", "ID", "CreatedSince", "Size", NULL};
static const char *const digest_columns[] = {
	"Repository", "Tag", "Digest", "ID", "CreatedSince", "Size", NULL};

/* ---- filters ---- */

struct wanted {
	struct cli *cli;
	const struct values *values;
	const char *operand;
	uint64_t before_ns, since_ns;
	int dangling; /* -1: either */
};

static bool has_reference(const char *pattern, const void *arg)
{
	const char *reference = ((const struct image_entry *)arg)->reference;
	char name[sizeof(((struct image_entry *)NULL)->reference)];

	if (!*reference)
		return false;
	if (str_has_prefix(pattern, "docker.io/"))
		pattern += 10;
	if (str_has_prefix(pattern, "library/"))
		pattern += 8;
	snprintf(name, sizeof(name), "%.*s", (int)(tag_of(reference) - reference), reference);
	return fnmatch(pattern, reference, FNM_PATHNAME) == 0 ||
	       fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

static bool has_label(const char *value, const void *arg)
{
	return filters_label(arg, value);
}

static bool lacks_label(const char *value, const void *arg)
{
	return !filters_label(arg, value);
}

static bool labels_fit(const struct wanted *wanted, const struct image_entry *image)
{
	const struct strs *filters = &wanted->values->filters;
	auto_strs labels = STRS_INIT;
	cJSON *inspect = NULL;
	const cJSON *label;

	if (!filters_have(filters, "label") && !filters_have(filters, "label!"))
		return true;
	engine_image_inspect(wanted->cli->engine, image->id, &inspect, NULL);
	cJSON_ArrayForEach(
		label, cJSON_GetObjectItem(cJSON_GetObjectItem(inspect, "Config"), "Labels"))
		strs_addf(&labels, "%s=%s", label->string, cJSON_GetStringValue(label));
	cJSON_Delete(inspect);
	return filters_every(filters, "label", has_label, &labels) &&
	       filters_every(filters, "label!", lacks_label, &labels);
}

static bool is_wanted(const struct wanted *wanted, const struct image_entry *image)
{
	if (wanted->before_ns && image->created_ns >= wanted->before_ns)
		return false;
	if (wanted->since_ns && image->created_ns <= wanted->since_ns)
		return false;
	if (wanted->dangling >= 0 && wanted->dangling != !*image->reference)
		return false;
	if (wanted->operand && !has_reference(wanted->operand, image))
		return false;
	return filters_any(&wanted->values->filters, "reference", has_reference, image) &&
	       labels_fit(wanted, image);
}

static int find_time(const struct wanted *wanted, const char *key, const struct image_entry *images,
	size_t count, uint64_t *out, struct err *err)
{
	size_t at = 0;
	const char *who = filters_next(&wanted->values->filters, key, &at);
	char id[65];

	if (!who)
		return 0;
	if (engine_image_find(wanted->cli->engine, who, id, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (str_eq(images[i].id, id))
			*out = images[i].created_ns;
	return 0;
}

static int read_filters(
	struct wanted *wanted, const struct image_entry *images, size_t count, struct err *err)
{
	const struct strs *filters = &wanted->values->filters;
	const char *value;
	uint64_t until;
	size_t at = 0;

	if (find_time(wanted, "before", images, count, &wanted->before_ns, err) < 0 ||
		find_time(wanted, "since", images, count, &wanted->since_ns, err) < 0)
		return err->code;
	while ((value = filters_next(filters, "until", &at))) {
		if (units_time(value, units_now(), &until, err) < 0)
			return err_in(err, "invalid filter 'until=%s'", value);
		if (!wanted->before_ns || until < wanted->before_ns)
			wanted->before_ns = until;
	}
	at = 0;
	while ((value = filters_next(filters, "dangling", &at))) {
		if (!str_eq(value, "true") && !str_eq(value, "1") && !str_eq(value, "false") &&
			!str_eq(value, "0"))
			return err_set(err, EINVAL, "invalid filter 'dangling=[%s]'", value);
		wanted->dangling = *value == 't' || *value == '1';
	}
	return 0;
}

static int show_all(struct wanted *wanted, struct listing *listing, struct err *err)
{
	struct image_entry *images = NULL;
	struct output *out = &wanted->cli->out;
	size_t count = 0;
	int failed = engine_images(wanted->cli->engine, &images, &count, err);

	if (!failed)
		failed = read_filters(wanted, images, count, err);
	for (size_t i = 0; !failed && i < count; i++) {
		const struct row row = {.image = &images[i],
			.no_trunc = wanted->values->no_trunc,
			.now_ns = units_now()};

		if (!is_wanted(wanted, &images[i]))
			continue;
		if (listing) {
			failed = listing_add(listing, &row, err);
			continue;
		}
		put_id(&out->text, &row);
		buf_addc(&out->text, '\n');
	}
	free(images);
	if (!failed && listing)
		listing_end(listing, &out->text);
	return failed;
}

static int images(struct cli *cli, void *data, const struct operands *operands)
{
	static const char *const known[] = {
		"before", "dangling", "label", "label!", "reference", "since", "until", NULL};
	const struct values *values = data;
	struct wanted wanted = {
		.cli = cli, .values = values, .operand = operands->v[0], .dangling = -1};
	struct listing *listing = NULL;
	struct err err;
	int failed;

	if (filters_check(&values->filters, known, NULL, &err) < 0)
		return cli_fail(&err, 1);
	if ((!values->quiet || values->format) &&
		listing_new(values->format, fields, values->digests ? digest_columns : columns,
			"*formatter.imageContext", &listing, &err) < 0)
		return cli_fail(&err, 1);
	failed = !cli_open(cli);
	if (!failed && show_all(&wanted, listing, &err) < 0)
		failed = cli_fail(&err, 1);
	listing_free(listing);
	return failed;
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
