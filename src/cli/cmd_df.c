#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cache_table.h"
#include "cli/cli.h"
#include "cli/form.h"
#include "cli/listing.h"
#include "cli/units.h"
#include "util/json.h"
#include "util/own.h"
#include "util/strs.h"

struct values {
	bool verbose;
	const char *format;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL,
		"'table', 'table TEMPLATE', 'json' or a Go template of each row",
		offsetof(struct values, format)},
	{"verbose", 'v', OPTION_BOOL, NULL, "Show detailed information on space usage",
		offsetof(struct values, verbose)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static uint64_t number(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) && item->valuedouble > 0 ? (uint64_t)item->valuedouble : 0;
}

static const cJSON *list(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

struct rows {
	const struct container *containers;
	size_t count;
	const struct build_cache_entry *cache;
	size_t cached;
};

/* ---- in short ---- */

struct kind {
	const char *type;
	unsigned total, active;
	uint64_t size, reclaimable;
};

static void put_type(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct kind *)data)->type);
}

static void put_total(struct buf *out, const void *data)
{
	buf_addf(out, "%u", ((const struct kind *)data)->total);
}

static void put_active(struct buf *out, const void *data)
{
	buf_addf(out, "%u", ((const struct kind *)data)->active);
}

static void put_size(struct buf *out, const void *data)
{
	units_put_size(out, ((const struct kind *)data)->size);
}

static void put_reclaimable(struct buf *out, const void *data)
{
	const struct kind *kind = data;

	units_put_size(out, kind->reclaimable);
	if (kind->size)
		buf_addf(out, " (%u%%)", (unsigned)(kind->reclaimable * 100 / kind->size));
}

static const struct field fields[] = {
	{"Active", "ACTIVE", put_active, NULL},
	{"Reclaimable", "RECLAIMABLE", put_reclaimable, NULL},
	{"Size", "SIZE", put_size, NULL},
	{"TotalCount", "TOTAL", put_total, NULL},
	{"Type", "TYPE", put_type, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const columns[] = {"Type", "TotalCount", "Active", "Size", "Reclaimable", NULL};

static struct kind of_images(const cJSON *usage)
{
	struct kind kind = {.type = "Images", .size = number(usage, "LayersSize")};
	uint64_t active = number(usage, "LayersActive");
	const cJSON *image;

	cJSON_ArrayForEach(image, list(usage, "Images")) {
		kind.total++;
		kind.active += number(image, "Containers") > 0;
	}
	kind.reclaimable = kind.size > active ? kind.size - active : 0;
	return kind;
}

static bool is_alive(const struct container *containers, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(containers[i].id, id))
			return containers[i].state == CONTAINER_RUNNING ||
			       containers[i].state == CONTAINER_PAUSED ||
			       containers[i].state == CONTAINER_RESTARTING;
	return false;
}

static struct kind of_containers(
	const cJSON *usage, const struct container *containers, size_t count)
{
	struct kind kind = {.type = "Containers"};
	const cJSON *one;

	cJSON_ArrayForEach(one, list(usage, "Containers")) {
		uint64_t size = number(one, "SizeRw");
		bool alive = is_alive(containers, count, json_str_or(one, "Id", ""));

		kind.total++;
		kind.active += alive;
		kind.size += size;
		kind.reclaimable += alive ? 0 : size;
	}
	return kind;
}

static struct kind of_volumes(const cJSON *usage)
{
	struct kind kind = {.type = "Local Volumes"};
	const cJSON *volume;

	cJSON_ArrayForEach(volume, list(usage, "Volumes")) {
		uint64_t size = number(volume, "Size");
		bool used = number(volume, "Links") > 0;

		kind.total++;
		kind.active += used;
		kind.size += size;
		kind.reclaimable += used ? 0 : size;
	}
	return kind;
}

/* What images share with it is theirs. */
static struct kind of_cache(const struct rows *rows)
{
	struct cache_sums sums = cache_sums(rows->cache, rows->cached);

	return (struct kind){
		"Build Cache", sums.count, sums.in_use, sums.total - sums.shared, sums.reclaimable};
}

static struct kind of_trash(const cJSON *usage)
{
	struct kind kind = {.type = "Trash"};
	const cJSON *one;

	cJSON_ArrayForEach(one, list(usage, "Trash")) {
		kind.total++;
		kind.size += number(one, "Size");
	}
	kind.reclaimable = kind.size;
	return kind;
}

/* docker's lines, and one of ours while there is something to say. */
static int put_short(const char *format, const cJSON *usage, const struct rows *rows,
	struct buf *out, struct err *err)
{
	const struct kind kinds[] = {of_images(usage),
		of_containers(usage, rows->containers, rows->count), of_volumes(usage),
		of_cache(rows), of_trash(usage)};
	enum { DOCKERS = 4 };
	struct listing *listing;
	int failed =
		listing_new(format, fields, columns, "*formatter.diskUsageContext", &listing, err);

	if (failed)
		return failed;
	for (size_t i = 0; i < array_len(kinds) && !failed; i++)
		if (i < DOCKERS || kinds[i].total)
			failed = listing_add(listing, &kinds[i], err);
	listing_end(listing, out);
	listing_free(listing);
	return failed;
}

/* ---- at length ---- */

struct line {
	const cJSON *object, *tag;
	const struct container *container;
};

static const char *reference(const void *data)
{
	const cJSON *tag = ((const struct line *)data)->tag;

	return tag ? cJSON_GetStringValue(tag) : "<none>:<none>";
}

static void put_repository(struct buf *out, const void *data)
{
	const char *name = reference(data);

	buf_add(out, name, (size_t)(strrchr(name, ':') - name));
}

static void put_tag(struct buf *out, const void *data)
{
	buf_adds(out, strrchr(reference(data), ':') + 1);
}

static void put_id(struct buf *out, const void *data)
{
	const char *id = json_str_or(((const struct line *)data)->object, "Id", "");

	buf_addf(out, "%.12s", str_has_prefix(id, "sha256:") ? id + 7 : id);
}

static void put_age(struct buf *out, uint64_t created_ns)
{
	if (created_ns) {
		units_put_ago(out, created_ns, units_now());
		buf_adds(out, " ago");
	} else {
		buf_adds(out, "N/A");
	}
}

static void put_image_age(struct buf *out, const void *data)
{
	put_age(out, number(((const struct line *)data)->object, "Created") * 1000000000u);
}

static void put_whole(struct buf *out, const void *data)
{
	units_put_size(out, number(((const struct line *)data)->object, "Size"));
}

static void put_shared(struct buf *out, const void *data)
{
	units_put_size(out, number(((const struct line *)data)->object, "SharedSize"));
}

static void put_unique(struct buf *out, const void *data)
{
	const cJSON *object = ((const struct line *)data)->object;

	units_put_size(out, number(object, "Size") - number(object, "SharedSize"));
}

static void put_content(struct buf *out, const void *data)
{
	units_put_size(out, number(((const struct line *)data)->object, "ContentSize"));
}

static void put_users(struct buf *out, const void *data)
{
	buf_addf(out, "%u", (unsigned)number(((const struct line *)data)->object, "Containers"));
}

static const struct field image_fields[] = {
	{"Repository", "REPOSITORY", put_repository, NULL},
	{"Tag", "TAG", put_tag, NULL},
	{"ID", "IMAGE ID", put_id, NULL},
	{"Created", "CREATED", put_image_age, NULL},
	{"Size", "SIZE", put_whole, NULL},
	{"SharedSize", "SHARED SIZE", put_shared, NULL},
	{"UniqueSize", "UNIQUE SIZE", put_unique, NULL},
	{"ContentSize", "CONTENT SIZE", put_content, NULL},
	{"Containers", "CONTAINERS", put_users, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const image_columns[] = {"Repository", "Tag", "ID", "Created", "Size",
	"SharedSize", "UniqueSize", "ContentSize", "Containers", NULL};

static void put_image(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct line *)data)->container->image);
}

static void put_command(struct buf *out, const void *data)
{
	buf_addf(out, "\"%.19s\"", ((const struct line *)data)->container->command);
}

static void put_written(struct buf *out, const void *data)
{
	units_put_size(out, number(((const struct line *)data)->object, "SizeRw"));
}

static void put_container_age(struct buf *out, const void *data)
{
	put_age(out, ((const struct line *)data)->container->created_ns);
}

static void put_state(struct buf *out, const void *data)
{
	buf_adds(out, container_state_name(((const struct line *)data)->container->state));
}

static void put_container_name(struct buf *out, const void *data)
{
	buf_adds(out, ((const struct line *)data)->container->name);
}

static const struct field container_fields[] = {
	{"ID", "CONTAINER ID", put_id, NULL},
	{"Image", "IMAGE", put_image, NULL},
	{"Command", "COMMAND", put_command, NULL},
	{"Size", "SIZE", put_written, NULL},
	{"Created", "CREATED", put_container_age, NULL},
	{"State", "STATE", put_state, NULL},
	{"Names", "NAMES", put_container_name, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const container_columns[] = {
	"ID", "Image", "Command", "Size", "Created", "State", "Names", NULL};

static void put_volume(struct buf *out, const void *data)
{
	buf_adds(out, json_str_or(((const struct line *)data)->object, "Name", ""));
}

static void put_links(struct buf *out, const void *data)
{
	buf_addf(out, "%u", (unsigned)number(((const struct line *)data)->object, "Links"));
}

static const struct field volume_fields[] = {
	{"Name", "VOLUME NAME", put_volume, NULL},
	{"Links", "LINKS", put_links, NULL},
	{"Size", "SIZE", put_whole, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const volume_columns[] = {"Name", "Links", "Size", NULL};

static const struct field trash_fields[] = {
	{"ID", "CONTAINER ID", put_id, NULL},
	{"Name", "NAME", put_volume, NULL},
	{"Size", "SIZE", put_whole, NULL},
	{NULL, NULL, NULL, NULL},
};
static const char *const trash_columns[] = {"ID", "Name", "Size", NULL};

/* A line for each tag of an image, each container that is there still, each volume. */
static int add_lines(struct listing *listing, const cJSON *object, const struct rows *rows,
	const char *what, struct err *err)
{
	struct line line = {.object = object};
	const cJSON *tags = list(object, "RepoTags");

	if (str_eq(what, "Containers")) {
		for (size_t i = 0; i < rows->count && !line.container; i++)
			if (str_eq(rows->containers[i].id, json_str_or(object, "Id", "")))
				line.container = &rows->containers[i];
		if (!line.container)
			return 0;
	}
	if (!cJSON_GetArraySize(tags))
		return listing_add(listing, &line, err);
	cJSON_ArrayForEach(line.tag, tags)
		if (listing_add(listing, &line, err) < 0)
			return err->code;
	return 0;
}

static int put_section(const char *title, const char *what, const struct field *section_fields,
	const char *const *shown, const cJSON *usage, const struct rows *rows, struct buf *out,
	struct err *err)
{
	struct listing *listing;
	const cJSON *object;
	int failed = listing_new(
		NULL, section_fields, shown, "*formatter.diskUsageContext", &listing, err);

	if (failed)
		return failed;
	buf_addf(out, "%s%s space usage:\n\n", out->len ? "\n" : "", title);
	cJSON_ArrayForEach(object, list(usage, what))
		if (!failed)
			failed = add_lines(listing, object, rows, what, err);
	listing_end(listing, out);
	listing_free(listing);
	return failed;
}

static int put_long(const cJSON *usage, const struct rows *rows, struct buf *out, struct err *err)
{
	if (put_section("Images", "Images", image_fields, image_columns, usage, rows, out, err) <
			0 ||
		put_section("Containers", "Containers", container_fields, container_columns, usage,
			rows, out, err) < 0 ||
		put_section("Local Volumes", "Volumes", volume_fields, volume_columns, usage, rows,
			out, err) < 0 ||
		cache_put_usage(rows->cache, rows->cached, out, err) < 0)
		return err->code;
	if (cJSON_GetArraySize(list(usage, "Trash")) &&
		put_section("Trash", "Trash", trash_fields, trash_columns, usage, rows, out, err) <
			0)
		return err->code;
	buf_addf(out, "\nStore: %s (%s)\n", json_str_or(usage, "Path", ""),
		json_str_or(usage, "Driver", ""));
	return 0;
}

static int df(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_free struct container *containers = NULL;
	auto_free struct build_cache_entry *cache = NULL;
	auto_of(form) struct form *form = NULL;
	struct rows rows = {0};
	cJSON *usage = NULL;
	struct err err;
	int failed;

	(void)operands;
	if (values->verbose && values->format && form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	failed = engine_containers(cli->engine, &containers, &rows.count, &err);
	rows.containers = containers;
	if (!failed)
		failed = engine_usage_here(cli->engine, &usage, &err);
	if (!failed)
		failed = engine_build_cache(cli->engine, NULL, &cache, &rows.cached, &err);
	rows.cache = cache;
	if (!failed && form)
		failed = form_put(form, usage, &cli->out.text, &err);
	else if (!failed && values->verbose)
		failed = put_long(usage, &rows, &cli->out.text, &err);
	else if (!failed)
		failed = put_short(values->format, usage, &rows, &cli->out.text, &err);
	cJSON_Delete(usage);
	return failed ? cli_fail(&err, 1) : 0;
}

const struct command command_df = {
	.names = {"system df"},
	.usage = "[OPTIONS]",
	.summary = "Show how much disk images, containers, volumes and builds take",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.values_size = sizeof(struct values),
	.run = df,
};
