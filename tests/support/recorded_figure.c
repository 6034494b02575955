/* recorded_figure.c - figures of the recorded world: its containers, and one image that is always
 * the same; drawn by the same functions as those of a real one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/figure_parts.h"
#include "layers_rig.h"
#include "recorded_private.h"
#include "util/json.h"
#include "util/own.h"

struct world_figuring {
	struct recorded *recorded;
	enum figure_kind kind;
	char object[200];
	figure_done_fn *done;
	void *arg;
};

static struct figure_pair pair_of(const struct container *c)
{
	struct figure_pair pair = {.paused = c->state == CONTAINER_PAUSED};

	snprintf(pair.id, sizeof(pair.id), "%s", c->id);
	snprintf(pair.name, sizeof(pair.name), "%s", c->name);
	snprintf(pair.image, sizeof(pair.image), "%s", c->image);
	snprintf(pair.command, sizeof(pair.command), "%s", c->command);
	if (c->pid) {
		pair.init = (struct figure_process){c->pid, 1234567};
		pair.shim = (struct figure_process){c->pid - 1, 58000};
	}
	return pair;
}

static size_t find_pairs(
	const struct recorded *recorded, struct figure_pair *pairs, size_t room, size_t *running)
{
	size_t n = 0;

	*running = 0;
	for (size_t i = 0; i < recorded->count; i++) {
		const struct container *c = &recorded->rows[i].c;

		if (!c->pid)
			continue;
		++*running;
		if (n < room)
			pairs[n++] = pair_of(c);
	}
	return n;
}

static void draw_engine(const struct recorded *recorded, struct figure *figure)
{
	struct figure_engine_facts facts = {.root = "/var/lib/davit",
		.run_root = "/run/davit",
		.driver = "overlay",
		.davit = {RECORDED_PID, 3456789},
		.containers = recorded->count,
		.images = recorded->image_count};
	struct figure_pair pairs[3];

	facts.pairs = pairs;
	facts.count = find_pairs(recorded, pairs, array_len(pairs), &facts.running);
	figure_of_engine(figure, &facts);
}

static void draw_image(struct figure *figure, const char *name)
{
	static const char text[] =
		"{\"Id\":\"sha256:c0ffee0000000000000000000000000000000000000000000000000000000000\","
		"\"RepoTags\":[\"shop/web:2.0\",\"shop/web:latest\"],\"Os\":\"linux\","
		"\"Architecture\":\"amd64\",\"Size\":214000000,\"Config\":{\"Cmd\":[\"nginx\"],"
		"\"Env\":[\"A=1\",\"B=2\"]},\"Descriptor\":{\"size\":742,\"mediaType\":"
		"\"application/vnd.oci.image.manifest.v1+json\"},\"Content\":{\"Manifest\":"
		"\"sha256:5ca1ab1e00000000000000000000000000000000000000000000000000000000\","
		"\"Layers\":[{\"DiffID\":\"sha256:0be0d1ff0000\",\"Digest\":\"sha256:0be0b10b0000\","
		"\"Kept\":true,\"Size\":78000000,\"ContentSize\":29000000},{\"DiffID\":"
		"\"sha256:1be1d1ff0000\",\"Digest\":\"sha256:1be1b10b0000\",\"Kept\":false,\"Size\":"
		"136000000}]}}";
	auto_json *inspect = cJSON_Parse(text);

	figure_of_image(figure, name, inspect, "/var/lib/davit");
}

/* Two layers of an image, and what a container wrote. */
static const struct layers_layer layers[] = {
	{.path = "layers/0be0/diff", .created_by = "ADD debian.tar", .size = 78000000},
	{.path = "layers/1be1/diff", .created_by = "RUN apt-get install nginx", .size = 136000000},
	{.path = "containers/77/upper", .created_by = "", .live = true, .size = 1200}};

static void draw_layers(const struct recorded *recorded, struct figure *figure, const char *name)
{
	const struct figure_stack stack = {
		.name = name, .root = "/var/lib/davit", .layers = layers, .count = 2};
	struct strs sharers[2] = {STRS_INIT, STRS_INIT};
	struct figure_pair pairs[2];
	size_t running, n = find_pairs(recorded, pairs, array_len(pairs), &running);

	strs_add(&sharers[0], "postgres:16");
	strs_add(&sharers[0], "shop/api:1.9");
	figure_of_layers(figure, &stack, sharers, &(struct figure_writers){pairs, n, n});
	strs_fini(&sharers[0]);
}

static int draw_stack(struct figure *figure, const char *name, struct err *err)
{
	struct figure_directory directory = {0};
	struct figure_stack stack = {
		.name = name, .root = "/var/lib/davit", .layers = layers, .count = 3, .pid = 8101};
	struct layers_row rows[4] = {0};
	const char *paths[] = {"etc/hostname", "etc/motd", "etc/nginx", "etc/passwd"};
	static const enum strata_change changes[] = {
		STRATA_ADDED, STRATA_REMOVED, STRATA_CHANGED, STRATA_SAME};
	struct layers_rig rig;
	struct strata *strata;
	uint32_t spot;
	int failed;

	layers_rig_init(&rig);
	layers_rig_layer(&rig, "etc/", "etc/motd=1", "etc/passwd=root", "etc/nginx=1");
	layers_rig_layer(&rig, "etc/", "etc/nginx=22");
	layers_rig_layer(&rig, "etc/", "etc/nginx=333", "!etc/motd", "etc/hostname=web");
	if (strata_new((const struct index *const *)rig.indexes, 3, &strata, err) < 0)
		return err->code;
	stack.strata = strata;
	for (size_t i = 0; i < array_len(rows); i++) {
		struct strata_state at;

		strata_find(strata, paths[i], &rows[i].spot, err);
		at = strata_state(strata, rows[i].spot, changes[i] == STRATA_REMOVED ? 2 : 3);
		rows[i].name = strata_name(strata, rows[i].spot, &rows[i].name_len);
		rows[i].change = changes[i];
		rows[i].layer = at.shown->layer;
		rows[i].versions = 2;
		rows[i].entry = strata_entry(strata, at.shown);
	}
	directory.rows = rows;
	directory.count = array_len(rows);
	strs_add(&directory.mounted, "resolv.conf");
	strata_find(strata, figure_kind(figure) == FIGURE_FILES ? "etc/nginx" : "etc", &spot, err);
	directory.spot = spot;
	failed = figure_kind(figure) == FIGURE_FILES
			 ? figure_of_files(figure, &stack, spot, err)
			 : figure_of_merged(figure, &stack, &directory, err);
	strs_fini(&directory.mounted);
	strata_free(strata);
	layers_rig_fini(&rig);
	return failed;
}

static void draw_index(struct figure *figure, const char *name)
{
	static const char text[] =
		"{\"manifests\":[{\"digest\":\"sha256:5ca1ab1e0000\",\"size\":742,\"platform\":{\"os\":"
		"\"linux\",\"architecture\":\"amd64\"}},{\"digest\":\"sha256:a4a4a4a40000\",\"size\":"
		"742,\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}},{\"digest\":"
		"\"sha256:a7a7a7a70000\",\"size\":740,\"platform\":{\"os\":\"linux\",\"architecture\":"
		"\"arm\",\"variant\":\"v7\"}}]}";
	auto_json *index = cJSON_Parse(text);

	figure_of_index(figure, &(struct figure_index_facts){.name = name,
					.root = "/var/lib/davit",
					.machine = "linux/amd64",
					.platform = "linux/amd64",
					.digest = "sha256:1dec1dec0000",
					.manifest = "sha256:5ca1ab1e0000",
					.index = index});
}

static void draw_machines(const struct recorded *recorded, struct figure *figure)
{
	struct figure_machine_facts facts = {
		.kernel = "Linux 6.1.0-18-amd64", .has_kvm = true, .start_us = 1890};
	struct figure_pair pair;

	if (find_pairs(recorded, &pair, 1, &facts.running)) {
		facts.pair = &pair;
		facts.memory = 4200000;
		facts.processes = 3;
	}
	figure_of_machines(figure, &facts);
}

static int draw(const struct world_figuring *figuring, struct figure *figure, struct err *err)
{
	const struct recorded *recorded = figuring->recorded;
	const char *object = figuring->object;

	switch (figuring->kind) {
	case FIGURE_ENGINE:
		draw_engine(recorded, figure);
		return 0;
	case FIGURE_IMAGE:
		if (!recorded->image_count)
			return err_set(err, ENOENT, "there is no image yet: davit pull gets one");
		draw_image(figure, *object ? object : "shop/web:2.0");
		return 0;
	case FIGURE_LAYERS:
		draw_layers(recorded, figure, *object ? object : "shop/web:2.0");
		return 0;
	case FIGURE_FILES:
	case FIGURE_MERGED:
		return draw_stack(figure, *object ? object : "shop/web", err);
	case FIGURE_INDEX:
		draw_index(figure, *object ? object : "shop/web:2.0");
		return 0;
	default:
		draw_machines(recorded, figure);
		return 0;
	}
}

bool recorded_figure_answer(struct recorded *recorded)
{
	auto_free struct world_figuring *figuring = recorded->figuring;
	struct figure *figure;
	struct err err;

	if (!figuring)
		return false;
	recorded->figuring = NULL;
	figure = figure_new(figuring->kind);
	if (draw(figuring, figure, &err) < 0) {
		figure_free(figure);
		figuring->done(figuring->arg, NULL, &err);
	} else {
		figuring->done(figuring->arg, figure, NULL);
	}
	return true;
}

static struct world_figuring *ask_draw(struct world *world, enum figure_kind kind,
	const char *object, figure_done_fn *done, void *arg)
{
	struct recorded *recorded = recorded_of(world);
	struct world_figuring *figuring = calloc(1, sizeof(*figuring));

	*figuring = (struct world_figuring){
		.recorded = recorded, .kind = kind, .done = done, .arg = arg};
	snprintf(figuring->object, sizeof(figuring->object), "%s", object);
	recorded->figuring = figuring;
	return figuring;
}

static void leave(struct world *world, struct world_figuring *figuring)
{
	if (recorded_of(world)->figuring == figuring)
		recorded_of(world)->figuring = NULL;
	free(figuring);
}

const struct world_figure_ops recorded_figure_ops = {.draw = ask_draw, .leave = leave};
