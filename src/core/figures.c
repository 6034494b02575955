/* figures.c - reads what the figures show: see engine_figure.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/figure_parts.h"
#include "core/groups.h"
#include "core/image.h"
#include "core/layers_own.h"
#include "core/process.h"
#include "runtime/cgroup_stat.h"
#include "util/json.h"
#include "util/path.h"
#include "util/redact.h"

enum { PAIRS_SHOWN = 6, PROC_FILE_MAX = 1 << 20, OBJECT_MAX = 4096 + 512 };

/* ---- processes ---- */

/* A file of /proc, and not of whatever somebody mounted there. */
static bool read_proc(const char *path, struct buf *out)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct statfs fs;
	char *room;
	ssize_t len;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	while (out->len < PROC_FILE_MAX && (room = buf_reserve(out, 16 << 10)) &&
		(len = read(fd, room, 16 << 10)) > 0)
		out->len += (size_t)len;
	buf_addc(out, '\0');
	return !buf_failed(out);
}

static uint64_t proportional_size(int pid)
{
	auto_buf text = BUF_INIT;
	unsigned long long kb = 0;
	const char *line;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	if (read_proc(path, &text) && (line = strstr(text.data, "\nPss:")))
		sscanf(line, "\nPss: %llu", &kb);
	return kb * 1024;
}

static struct figure_process process_of(int pid)
{
	return (struct figure_process){pid, pid ? proportional_size(pid) : 0};
}

static struct figure_pair pair_of(const struct row *row)
{
	bool runs = row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
	struct figure_pair pair = {.paused = row->state.status == ROW_PAUSED};
	auto_buf command = BUF_INIT;

	snprintf(pair.id, sizeof(pair.id), "%.64s", row->id);
	snprintf(pair.name, sizeof(pair.name), "%s", row->name);
	snprintf(pair.image, sizeof(pair.image), "%s", row->image);
	redact_line(row->command, &command);
	snprintf(pair.command, sizeof(pair.command), "%s", buf_text(&command));
	if (runs) {
		pair.shim = process_of(row->state.shim.pid);
		pair.init = process_of(row->state.init.pid);
	}
	return pair;
}

/* Whoever holds serve.lock, as the kernel tells it. */
static struct figure_process find_serve(struct engine *engine)
{
	auto_buf text = BUF_INIT;
	char wanted[64];
	struct stat st;
	const char *line;
	int pid = 0;

	if (fstatat(store_dir(engine->store, STORE_RUN), "serve.lock", &st, AT_SYMLINK_NOFOLLOW) <
			0 ||
		!read_proc("/proc/locks", &text))
		return (struct figure_process){0};
	snprintf(wanted, sizeof(wanted), " %02x:%02x:%llu ", major(st.st_dev), minor(st.st_dev),
		(unsigned long long)st.st_ino);
	line = strstr(text.data, wanted);
	while (line && line > text.data && line[-1] != '\n')
		line--;
	if (line)
		sscanf(line, "%*u: FLOCK %*s %*s %d", &pid);
	return process_of(pid > 0 ? pid : 0);
}

/* ---- the engine ---- */

struct census {
	struct figure_pair pairs[PAIRS_SHOWN];
	size_t shown, running, containers;
};

/* The one that is asked for, or all. */
static void count_rows(struct engine *engine, const char *only, struct census *census)
{
	struct roster_scan scan;
	struct row *row;

	roster_scan_begin(engine->roster, &scan);
	while ((row = roster_scan_next(&scan))) {
		bool runs;

		engine_correct_row(engine, scan.number, row);
		if (row->use != ROW_USED)
			continue;
		runs = row->state.status == ROW_RUNNING || row->state.status == ROW_PAUSED;
		census->containers++;
		census->running += runs;
		if (runs && census->shown < PAIRS_SHOWN && (!only || str_eq(only, row->id)))
			census->pairs[census->shown++] = pair_of(row);
	}
}

static int draw_engine(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct census census = {0};
	auto_free struct image_entry *images = NULL;
	struct container only;
	size_t n = 0;

	if (*object && engine_container(engine, object, &only, err) < 0)
		return err->code;
	if (engine_images(engine, &images, &n, err) < 0)
		return err->code;
	count_rows(engine, *object ? only.id : NULL, &census);
	figure_of_engine(figure, &(struct figure_engine_facts){
					 .root = store_root(engine->store),
					 .run_root = store_run_root(engine->store),
					 .driver = store_driver_name(engine->store),
					 .davit = process_of(getpid()),
					 .serve = find_serve(engine),
					 .pairs = census.pairs,
					 .count = census.shown,
					 .running = *object ? census.shown : census.running,
					 .containers = census.containers,
					 .images = n,
				 });
	return 0;
}

/* ---- images ---- */

/* The one that was asked for, or the newest that has a name. */
static int choose_image(
	struct engine *engine, const char *object, char *name, size_t room, struct err *err)
{
	auto_free struct image_entry *images = NULL;
	size_t count;

	snprintf(name, room, "%s", object);
	if (*object)
		return 0;
	if (engine_images(engine, &images, &count, err) < 0)
		return err->code;
	for (size_t i = 0; i < count && !*name; i++)
		snprintf(name, room, "%s", images[i].reference);
	if (!*name && count)
		snprintf(name, room, "%.12s", images[0].id);
	return *name ? 0 : err_set(err, ENOENT, "there is no image yet: davit pull gets one");
}

static int draw_image(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char name[OBJECT_MAX];
	auto_json *inspect = NULL;

	if (choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_image_inspect(engine, name, &inspect, err) < 0)
		return err->code;
	figure_of_image(figure, name, inspect, store_root(engine->store));
	return 0;
}

/* ---- layers ---- */

/* The names of the other images that stand on a layer. */
static void find_sharers(struct engine *engine, const struct layers *layers,
	const struct image_entry *images, size_t count, struct strs *sharers)
{
	for (size_t i = 0; i < count; i++) {
		const struct image_entry *other = &images[i];
		auto_strs stack = STRS_INIT;
		char id[DIGEST_SIZE], path[48];
		struct err ignored;
		int failed;

		snprintf(id, sizeof(id), "sha256:%.64s", other->id);
		if (str_eq(id, layers_image(layers)) || (i && str_eq(images[i - 1].id, other->id)))
			continue;
		uv_mutex_lock(&engine->store_lock);
		failed = image_stack(engine->store, id, &stack, &ignored);
		uv_mutex_unlock(&engine->store_lock);
		for (unsigned k = 0; !failed && k < layers_count(layers); k++)
			for (size_t j = 0; j < stack.len; j++) {
				image_layer_path(stack.v[j], path);
				if (!str_eq(path, layers_at(layers, k)->path))
					continue;
				if (*other->reference)
					strs_add(&sharers[k], other->reference);
				else
					strs_addf(&sharers[k], "%.12s", other->id);
				break;
			}
	}
}

static size_t find_writers(
	struct engine *engine, const char *image, struct figure_pair pairs[PAIRS_SHOWN])
{
	struct roster_scan scan;
	struct row *row;
	size_t n = 0;

	roster_scan_begin(engine->roster, &scan);
	while (n < PAIRS_SHOWN && (row = roster_scan_next(&scan)))
		if (row->use == ROW_USED && str_eq(row->image_id, image))
			pairs[n++] = pair_of(row);
	return n;
}

static struct figure_stack stack_of(
	struct engine *engine, const struct layers *layers, const char *name)
{
	return (struct figure_stack){
		.name = name,
		.root = store_root(engine->store),
		.layers = layers_count(layers) ? layers_at(layers, 0) : NULL,
		.count = layers_count(layers),
		.strata = layers_strata(layers),
	};
}

static int draw_layers(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	auto_free struct image_entry *images = NULL;
	struct figure_pair writers[PAIRS_SHOWN];
	auto_layers *layers = NULL;
	char name[OBJECT_MAX];
	struct figure_stack stack;
	struct strs *sharers;
	size_t count;

	if (choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_layers_open(engine, name, &layers, err) < 0 ||
		engine_images(engine, &images, &count, err) < 0)
		return err->code;
	sharers = calloc(layers_count(layers) + 1u, sizeof(*sharers));
	if (!sharers)
		return err_set(err, ENOMEM, "the figure: out of memory");
	find_sharers(engine, layers, images, count, sharers);
	stack = stack_of(engine, layers, name);
	figure_of_layers(figure, &stack, sharers, writers,
		find_writers(engine, figure_hex(layers_image(layers)), writers));
	for (unsigned i = 0; i < layers_count(layers); i++)
		strs_fini(&sharers[i]);
	free(sharers);
	return 0;
}

/* ---- files ---- */

/* "WHO:/PATH" or "WHO" in two; the name of an image may have a colon, but none before a slash. */
static void split(char *object, const char **path)
{
	char *colon = strstr(object, ":/");

	*path = "";
	if (!colon)
		return;
	*colon = '\0';
	*path = colon + 2;
}

/* The path that was asked for; -ENOENT in words. */
static int find_spot(
	struct layers *layers, const char *who, const char *path, uint32_t *spot, struct err *err)
{
	if (layers_find(layers, path, spot, err) == 0)
		return 0;
	return err->code == -ENOENT
		       ? err_set(err, ENOENT, "%.100s: nothing of it ever had /%.200s", who, path)
		       : err->code;
}

static int draw_files(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char copy[OBJECT_MAX], name[OBJECT_MAX];
	auto_layers *layers = NULL;
	struct figure_stack stack;
	const char *path;
	uint32_t spot;

	snprintf(copy, sizeof(copy), "%s", object);
	split(copy, &path);
	if (choose_image(engine, copy, name, sizeof(name), err) < 0)
		return err->code;
	if (engine_layers_open(engine, name, &layers, err) < 0)
		return err->code;
	if (*path ? find_spot(layers, name, path, &spot, err) < 0
		  : figure_liveliest(layers_strata(layers), &spot, err) < 0)
		return err->code;
	stack = stack_of(engine, layers, name);
	return figure_of_files(figure, &stack, spot, err);
}

/* ---- what is merged ---- */

/* The one that was asked for, or the one that was started last. */
static int choose_container(
	struct engine *engine, const char *object, struct row *row, struct err *err)
{
	struct roster_scan scan;
	struct row *at;
	unsigned number;

	if (*object)
		return engine_find_row(engine, object, &number, row, err);
	*row = (struct row){0};
	roster_scan_begin(engine->roster, &scan);
	while ((at = roster_scan_next(&scan))) {
		engine_correct_row(engine, scan.number, at);
		if (at->use == ROW_USED &&
			(!*row->id || at->state.started_ns > row->state.started_ns))
			*row = *at;
	}
	return *row->id ? 0
			: err_set(err, ENOENT,
				  "there is no container yet: davit run IMAGE makes one");
}

/* Mount points right in a directory, without what is mounted over them again. */
static void find_mounted(int pid, const char *directory, struct strs *out)
{
	auto_buf text = BUF_INIT;
	char path[48], point[INDEX_PATH_MAX];
	size_t len = strlen(directory);

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	if (!read_proc(path, &text))
		return;
	for (char *line = text.data, *end; *line; line = end + (*end == '\n')) {
		const char *name;

		end = line + strcspn(line, "\n");
		/* Of "/" itself nothing is left behind the slash. */
		if (sscanf(line, "%*u %*u %*s %*s %4000s", point) != 1 ||
			strncmp(point + 1, directory, len) != 0 || (len && point[1 + len] != '/'))
			continue;
		name = point + 1 + len + (len ? 1 : 0);
		if (*name && !strchr(name, '/') &&
			(!out->len || !str_eq(out->v[out->len - 1], name)))
			strs_add(out, name);
	}
}

static int draw_directory(struct layers *layers, struct figure *figure,
	const struct figure_stack *stack, uint32_t spot, struct err *err)
{
	auto_free struct layers_row *rows = NULL;
	struct figure_directory directory = {.spot = spot};
	char path[INDEX_PATH_MAX];
	int failed;

	if (layers_list(layers, spot, stack->count, true, &rows, &directory.count, err) < 0)
		return err->code;
	directory.rows = rows;
	strata_path(layers_strata(layers), spot, path);
	if (stack->pid)
		find_mounted(stack->pid, path, &directory.mounted);
	failed = figure_of_merged(figure, stack, &directory, err);
	strs_fini(&directory.mounted);
	return failed;
}

static int draw_merged(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char copy[OBJECT_MAX];
	auto_layers *layers = NULL;
	struct figure_stack stack;
	const char *path;
	struct row row;
	uint32_t dir;

	snprintf(copy, sizeof(copy), "%s", object);
	split(copy, &path);
	if (choose_container(engine, copy, &row, err) < 0 ||
		layers_open_here(engine, &(struct layers_wish){.who = row.id, .container = true},
			&layers, err) < 0)
		return err->code;
	stack = stack_of(engine, layers, row.name);
	if (row.state.status == ROW_RUNNING || row.state.status == ROW_PAUSED)
		stack.pid = row.state.init.pid;
	if (!*path && !strstr(object, ":/"))
		dir = figure_busiest(layers_strata(layers), stack.count - 1, err);
	else if (find_spot(layers, row.name, path, &dir, err) < 0)
		return err->code;
	return draw_directory(layers, figure, &stack, dir, err);
}

/* ---- an index ---- */

static void name_machine(char *out, size_t room)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}, {"armv7l", "arm"}};
	struct utsname host;
	const char *machine = host.machine;

	uname(&host);
	for (size_t i = 0; i < array_len(names); i++)
		if (str_eq(names[i].theirs, host.machine))
			machine = names[i].ours;
	snprintf(out, room, "linux/%s", machine);
}

/* The first of its digests that is not its manifest's is an index's; and that, if it is kept. */
static void find_index(struct engine *engine, const cJSON *inspect, const char *manifest,
	const char **digest, cJSON **index)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_array(inspect, "RepoDigests")) {
		const char *at = cJSON_IsString(item) ? strchr(item->valuestring, '@') : NULL;
		auto_buf text = BUF_INIT;

		if (!at || str_eq(at + 1, manifest) || !digest_is_sha256(at + 1))
			continue;
		*digest = at + 1;
		if (path_read_at(store_dir(engine->store, STORE_BLOBS), digest_hex(*digest),
			    JSON_MAX, &text) == 0 &&
			json_parse(text.data, text.len, index, NULL) == 0 &&
			json_array(*index, "manifests"))
			return;
		cJSON_Delete(*index);
		*index = NULL;
	}
}

static int draw_index(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct figure_index_facts facts = {.digest = "", .root = store_root(engine->store)};
	char name[OBJECT_MAX], machine[96], platform[128];
	auto_json *inspect = NULL, *index = NULL;

	if (choose_image(engine, object, name, sizeof(name), err) < 0 ||
		engine_image_inspect(engine, name, &inspect, err) < 0)
		return err->code;
	name_machine(machine, sizeof(machine));
	snprintf(platform, sizeof(platform), "%.40s/%.40s%s%.30s", json_str_or(inspect, "Os", "?"),
		json_str_or(inspect, "Architecture", "?"), json_str(inspect, "Variant") ? "/" : "",
		json_str_or(inspect, "Variant", ""));
	facts.name = name;
	facts.machine = machine;
	facts.platform = platform;
	facts.manifest = json_str_or(json_object(inspect, "Content"), "Manifest", "");
	find_index(engine, inspect, facts.manifest, &facts.digest, &index);
	facts.index = index;
	figure_of_index(figure, &facts);
	return 0;
}

/* ---- machines ---- */

static void weigh(struct engine *engine, const struct row *row, struct figure_machine_facts *facts)
{
	const struct cgroup_layout *layout;
	struct cgroup_stat_files *files;
	struct cgroup_stat stat = {0};
	char path[GROUPS_PATH_SIZE];
	auto_json *launch = NULL;
	const cJSON *total;
	struct err ignored;

	groups_of(engine, row->id, path);
	if (groups_layout(engine, &layout, &ignored) == 0 &&
		cgroup_stat_open(layout, path, &files, &ignored) == 0) {
		cgroup_stat_read(files, &stat);
		cgroup_stat_close(files);
	}
	facts->memory = stat.memory_used;
	facts->processes = stat.pids;
	if (engine_explain(engine, row->id, &launch, &ignored) < 0)
		return;
	total = json_get(launch, "total_us");
	facts->start_us = cJSON_IsNumber(total) ? total->valuedouble : 0;
}

static bool is_virtual(void)
{
	auto_buf text = BUF_INIT;

	return (read_proc("/proc/cpuinfo", &text) && strstr(text.data, " hypervisor")) ||
	       access("/sys/hypervisor/type", F_OK) == 0;
}

static int draw_machines(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	struct figure_machine_facts facts = {.is_virtual = is_virtual()};
	struct census census = {0};
	struct figure_pair pair;
	struct utsname host;
	char kernel[160];
	struct row row;

	uname(&host);
	snprintf(kernel, sizeof(kernel), "%.60s %.65s", host.sysname, host.release);
	facts.kernel = kernel;
	facts.has_kvm = access("/dev/kvm", F_OK) == 0;
	count_rows(engine, "", &census);
	facts.running = census.running;
	if (choose_container(engine, object, &row, err) < 0) {
		if (*object)
			return err->code;
	} else if (row.state.status == ROW_RUNNING || row.state.status == ROW_PAUSED) {
		pair = pair_of(&row);
		facts.pair = &pair;
		weigh(engine, &row, &facts);
	} else if (*object) {
		return err_set(err, ESRCH, "container %s is not running", row.name);
	}
	figure_of_machines(figure, &facts);
	return 0;
}

/* ---- all of them ---- */

int engine_figure(struct engine *engine, enum figure_kind kind, const char *object,
	struct figure **out, struct err *err)
{
	static int (*const draw[])(struct engine *, const char *, struct figure *, struct err *) = {
		[FIGURE_ENGINE] = draw_engine,
		[FIGURE_IMAGE] = draw_image,
		[FIGURE_LAYERS] = draw_layers,
		[FIGURE_FILES] = draw_files,
		[FIGURE_MERGED] = draw_merged,
		[FIGURE_INDEX] = draw_index,
		[FIGURE_MACHINES] = draw_machines,
	};
	auto_of(figure) struct figure *figure = figure_new(kind);
	int failed = figure ? draw[kind](engine, object ? object : "", figure, err) : -ENOMEM;

	if (!figure || (!failed && figure_failed(figure)))
		return err_set(err, ENOMEM, "the figure: out of memory, or more than %d boxes",
			FIGURE_BOXES_MAX);
	if (!failed)
		*out = take(figure);
	return failed;
}

/* ---- on the pool ---- */

struct figuring {
	struct work work;
	struct engine *engine;
	enum figure_kind kind;
	char object[OBJECT_MAX];
	struct figure *figure;
	struct err err;
	figure_done_fn *done; /* NULL: nobody waits for it any more */
	void *arg;
};

static void run_figuring(struct work *work)
{
	struct figuring *figuring = container_of(work, struct figuring, work);

	engine_figure(figuring->engine, figuring->kind, figuring->object, &figuring->figure,
		&figuring->err);
}

static void figuring_done(struct work *work)
{
	struct figuring *figuring = container_of(work, struct figuring, work);

	if (figuring->done)
		figuring->done(
			figuring->arg, figuring->figure, figuring->figure ? NULL : &figuring->err);
	else
		figure_free(figuring->figure);
	free(figuring);
}

struct figuring *engine_figure_start(struct engine *engine, enum figure_kind kind,
	const char *object, figure_done_fn *done, void *arg)
{
	struct figuring *figuring = calloc(1, sizeof(*figuring));

	if (!figuring)
		return NULL;
	*figuring = (struct figuring){.engine = engine, .kind = kind, .done = done, .arg = arg};
	snprintf(figuring->object, sizeof(figuring->object), "%s", object ? object : "");
	if (engine_work(engine, &figuring->work, run_figuring, figuring_done) == 0)
		return figuring;
	free(figuring);
	return NULL;
}

void figuring_leave(struct figuring *figuring)
{
	if (figuring)
		figuring->done = NULL;
}
