/* resources.c - see resources.h. */
#include <errno.h>
#include <stdio.h>

#include "tui/resources.h"
#include "util/json.h"
#include "util/strs.h"

enum disk_row {
	DISK_IMAGES,
	DISK_CONTAINERS,
	DISK_LOGS,
	DISK_VOLUMES,
	DISK_CACHE,
	DISK_TRASH,
	DISK_ROWS
};

struct table {
	struct resource *rows;
	size_t count;
};

struct resources {
	struct table tables[RESOURCE_TABS];
	cJSON *usage; /* NULL until it has been weighed */
};

const char *resources_tab_name(enum resource_tab tab)
{
	static const char *const names[] = {"Volumes", "Networks", "Disk", "Trash"};

	return names[tab];
}

struct resources *resources_new(void)
{
	return calloc(1, sizeof(struct resources));
}

static void clear(struct resources *resources)
{
	for (size_t i = 0; i < RESOURCE_TABS; i++) {
		free(resources->tables[i].rows);
		resources->tables[i] = (struct table){0};
	}
}

void resources_free(struct resources *resources)
{
	if (!resources)
		return;
	clear(resources);
	cJSON_Delete(resources->usage);
	free(resources);
}

const struct resource *resources_rows(
	const struct resources *resources, enum resource_tab tab, size_t *count)
{
	*count = resources->tables[tab].count;
	return resources->tables[tab].rows;
}

static struct resource *make_rows(struct resources *resources, enum resource_tab tab, size_t count)
{
	struct resource *rows = calloc(count + 1, sizeof(*rows));

	if (!rows)
		return NULL;
	for (size_t i = 0; i < count; i++)
		rows[i].tab = tab;
	resources->tables[tab] = (struct table){rows, count};
	return rows;
}

/* ---- weights ---- */

static uint64_t number(const cJSON *object, const char *key)
{
	uint64_t value = 0;

	json_size(object, key, &value);
	return value;
}

static const cJSON *list_of(const struct resources *resources, const char *key)
{
	return json_array(resources->usage, key);
}

static void weigh_volumes(struct resources *resources)
{
	struct table *table = &resources->tables[RESOURCE_VOLUMES];
	const cJSON *one;

	cJSON_ArrayForEach(one, list_of(resources, "Volumes")) {
		for (size_t i = 0; i < table->count; i++) {
			if (!str_eq(table->rows[i].name, json_str_or(one, "Name", "")))
				continue;
			table->rows[i].size = number(one, "Size");
			table->rows[i].sized = true;
		}
	}
}

/* Sums one member over a list; `free_of`: those that nobody uses count as reclaimable. */
static void add_up(struct resource *row, const cJSON *list, const char *size, const char *users)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		bool used = users && number(one, users);

		row->count++;
		row->users += used;
		row->size += number(one, size);
		if (!used)
			row->reclaimable += number(one, size);
	}
}

static bool is_alive(const cJSON *container)
{
	const char *state = json_str_or(container, "State", "");

	return str_eq(state, "running") || str_eq(state, "paused") || str_eq(state, "restarting");
}

static void add_containers(
	struct resource *row, const cJSON *list, const char *size, bool reclaimable)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list) {
		row->count++;
		row->users += is_alive(one);
		row->size += number(one, size);
		if (reclaimable && !is_alive(one))
			row->reclaimable += number(one, size);
	}
}

static void weigh_disk(struct resources *resources)
{
	static const char *const names[DISK_ROWS] = {
		"Images", "Containers", "Logs", "Volumes", "Build cache", "Trash"};
	static const char *const extras[DISK_ROWS] = {"their layers, each counted once",
		"what containers wrote", "what containers printed", "data that outlives containers",
		"what builds keep", "removed containers"};
	struct resource *rows = resources->tables[RESOURCE_DISK].rows;
	const cJSON *cache = json_object(resources->usage, "Cache");

	for (size_t i = 0; i < DISK_ROWS; i++) {
		rows[i] =
			(struct resource){.tab = RESOURCE_DISK, .sized = resources->usage != NULL};
		snprintf(rows[i].name, sizeof(rows[i].name), "%s", names[i]);
		snprintf(rows[i].extra, sizeof(rows[i].extra), "%s", extras[i]);
	}
	add_up(&rows[DISK_IMAGES], list_of(resources, "Images"), "Size", "Containers");
	rows[DISK_IMAGES].size = number(resources->usage, "LayersSize");
	rows[DISK_IMAGES].reclaimable =
		rows[DISK_IMAGES].size - number(resources->usage, "LayersActive");
	add_containers(&rows[DISK_CONTAINERS], list_of(resources, "Containers"), "SizeRw", true);
	add_containers(&rows[DISK_LOGS], list_of(resources, "Containers"), "LogSize", true);
	add_up(&rows[DISK_VOLUMES], list_of(resources, "Volumes"), "Size", "Links");
	rows[DISK_CACHE].count = (unsigned)number(cache, "Count");
	rows[DISK_CACHE].size = number(cache, "Size");
	rows[DISK_CACHE].reclaimable = number(cache, "Reclaimable");
	add_up(&rows[DISK_TRASH], list_of(resources, "Trash"), "Size", NULL);
}

void resources_weigh(struct resources *resources, const char *json)
{
	cJSON *usage;

	if (json_parse(json, strlen(json), &usage, NULL) < 0)
		return;
	cJSON_Delete(resources->usage);
	resources->usage = usage;
	weigh_volumes(resources);
	if (resources->tables[RESOURCE_DISK].rows)
		weigh_disk(resources);
}

/* ---- the heaviest ---- */

static int heaviest_first(const void *a, const void *b)
{
	const struct heavy *x = a, *y = b;

	return x->size != y->size ? (x->size < y->size) - (x->size > y->size)
				  : strcmp(x->name, y->name);
}

static const char *name_of(const cJSON *one)
{
	const cJSON *tags = json_array(one, "RepoTags");
	const char *tag = cJSON_GetStringValue(cJSON_GetArrayItem(tags, 0));

	return tag ? tag : json_str_or(one, "Name", json_str_or(one, "Id", ""));
}

size_t resources_heaviest(
	const struct resources *resources, size_t disk_row, struct heavy *out, size_t room)
{
	static const struct {
		const char *list, *size;
	} kinds[DISK_ROWS] = {{"Images", "Size"}, {"Containers", "SizeRw"},
		{"Containers", "LogSize"}, {"Volumes", "Size"}, {"", ""}, {"Trash", "Size"}};
	const cJSON *list = disk_row < DISK_ROWS ? list_of(resources, kinds[disk_row].list) : NULL,
		    *one;
	size_t count = list ? (size_t)cJSON_GetArraySize(list) : 0, n = 0;
	auto_free struct heavy *all = calloc(count + 1, sizeof(*all));

	if (!all)
		return 0;
	cJSON_ArrayForEach(one, list)
		all[n++] = (struct heavy){name_of(one), number(one, kinds[disk_row].size)};
	if (n)
		qsort(all, n, sizeof(*all), heaviest_first);
	n = n < room ? n : room;
	memcpy(out, all, n * sizeof(*out));
	return n;
}

/* ---- reading ---- */

static int read_volumes(struct resources *resources, struct world *world, struct err *err)
{
	struct volume_entry *entries = NULL;
	struct resource *rows;
	size_t count = 0;

	if (world->ops->resources->volumes(world, &entries, &count, err) < 0)
		return err->code;
	rows = make_rows(resources, RESOURCE_VOLUMES, count);
	for (size_t i = 0; rows && i < count; i++) {
		snprintf(rows[i].name, sizeof(rows[i].name), "%s", entries[i].name);
		snprintf(rows[i].extra, sizeof(rows[i].extra), "%s",
			entries[i].mountpoint ? entries[i].mountpoint : "");
		rows[i].created_ns = entries[i].created_ns;
		rows[i].anonymous = entries[i].anonymous;
		rows[i].users = entries[i].containers;
	}
	engine_volumes_free(entries, count);
	return rows ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int read_networks(struct resources *resources, struct world *world, struct err *err)
{
	auto_free struct network_entry *entries = NULL;
	struct resource *rows;
	size_t count = 0;

	if (world->ops->resources->networks(world, &entries, &count, err) < 0)
		return err->code;
	rows = make_rows(resources, RESOURCE_NETWORKS, count);
	for (size_t i = 0; rows && i < count; i++) {
		const struct network_entry *from = &entries[i];

		snprintf(rows[i].name, sizeof(rows[i].name), "%s", from->name);
		snprintf(rows[i].id, sizeof(rows[i].id), "%s", from->id);
		snprintf(rows[i].kind, sizeof(rows[i].kind), "%s%s", from->driver,
			from->internal ? ", internal" : "");
		snprintf(rows[i].extra, sizeof(rows[i].extra), "%s%s%s", from->subnet,
			*from->subnet && *from->subnet6 ? " " : "", from->subnet6);
		rows[i].created_ns = from->created_ns;
		rows[i].users = from->containers;
		rows[i].builtin = from->is_builtin;
	}
	return rows ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int read_trash(struct resources *resources, struct world *world, struct err *err)
{
	auto_free struct trash_entry *entries = NULL;
	struct resource *rows;
	size_t count = 0;

	if (world->ops->resources->trash(world, &entries, &count, err) < 0)
		return err->code;
	rows = make_rows(resources, RESOURCE_TRASH, count);
	for (size_t i = 0; rows && i < count; i++) {
		snprintf(rows[i].name, sizeof(rows[i].name), "%s", entries[i].name);
		snprintf(rows[i].id, sizeof(rows[i].id), "%s", entries[i].id);
		snprintf(rows[i].kind, sizeof(rows[i].kind), "%s", entries[i].image);
		rows[i].created_ns = entries[i].removed_ns;
		rows[i].until_ns = entries[i].until_ns;
		rows[i].size = entries[i].bytes;
		rows[i].sized = true;
	}
	return rows ? 0 : err_set(err, ENOMEM, "out of memory");
}

int resources_read(struct resources *resources, struct world *world, struct err *err)
{
	clear(resources);
	if (read_volumes(resources, world, err) < 0 || read_networks(resources, world, err) < 0 ||
		read_trash(resources, world, err) < 0)
		return err->code;
	if (!make_rows(resources, RESOURCE_DISK, DISK_ROWS))
		return err_set(err, ENOMEM, "out of memory");
	weigh_volumes(resources);
	weigh_disk(resources);
	return 0;
}

/* ---- what a filter can ask ---- */

enum field { FIELD_NAME, FIELD_ID, FIELD_TYPE, FIELD_SIZE, FIELD_USED, FIELD_AGE };

static const struct filter_field fields[] = {
	[FIELD_NAME] = {"name", FILTER_TEXT, true, NULL, "its name"},
	[FIELD_ID] = {"id", FILTER_BEGIN, true, NULL, "from its beginning"},
	[FIELD_TYPE] = {"type", FILTER_TEXT, true, NULL, "bridge, anonymous, an image, …"},
	[FIELD_SIZE] = {"size", FILTER_SIZE, false, NULL, ">100M"},
	[FIELD_USED] = {"used", FILTER_NUMBER, false, NULL, "by so many containers"},
	[FIELD_AGE] = {"age", FILTER_AGE, false, NULL, ">3d"},
};

static bool value(
	const void *data, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct resource *row = data;

	(void)key;
	*out = (struct filter_value){0};
	switch ((enum field)field) {
	case FIELD_NAME:
		out->text = row->name;
		return nth == 0;
	case FIELD_ID:
		out->text = row->id;
		return nth == 0 && *row->id;
	case FIELD_TYPE:
		out->text = *row->kind ? row->kind : row->anonymous ? "anonymous" : "named";
		return nth == 0;
	case FIELD_SIZE:
		out->number = (double)row->size;
		return nth == 0 && row->sized;
	case FIELD_USED:
		out->number = row->users;
		return nth == 0;
	case FIELD_AGE:
		out->time_ns = row->created_ns;
		return nth == 0 && row->created_ns;
	}
	return false;
}

const struct filter_set resource_fields = {fields, array_len(fields), value, "size>100M"};
