/* create.c - from a request to a container that can be started.
 *
 *     row (name taken) → image → spec → plan → containers/ID made in staging, renamed into place →
 * row in use
 *
 * A kill before the rename leaves a row whose maker is gone and a stage that the next davit sweeps;
 * after it, a whole container. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/etc.h"
#include "core/ids.h"
#include "core/image.h"
#include "core/init.h"
#include "core/inspect.h"
#include "core/lifecycle.h"
#include "core/names.h"
#include "core/network_names.h"
#include "core/planning.h"
#include "core/process.h"
#include "core/recipe.h"
#include "core/spaces.h"
#include "core/volume_use.h"
#include "core/wanted.h"
#include "util/own.h"
#include "util/path.h"

enum { NAME_TRIES = 12, CONNECT_PAUSE_US = 500 };
#define CONNECT_NS 10000000000ull

int lifecycle_check_name(const char *name, struct err *err)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char rest[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t len = strlen(name);

	if (len < 2 || !strchr(first, name[0]) || strspn(name, rest) != len)
		return err_set(err, EINVAL,
			"Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed%s",
			name, len == 1 ? ", two at least" : "");
	if (len >= sizeof(((struct row *)0)->name))
		return err_set(err, ENAMETOOLONG,
			"Invalid container name (%.20s…): longer than %zu characters", name,
			sizeof(((struct row *)0)->name) - 1);
	return 0;
}

/* ---- the row ---- */

static uint32_t row_flags(const struct container_request *request)
{
	uint32_t flags = 0;

	if (request->auto_remove)
		flags |= ROW_AUTO_REMOVE;
	if (request->tty)
		flags |= ROW_TTY;
	if (request->stdin_open)
		flags |= ROW_STDIN;
	return flags;
}

static void fill_row(struct row *row, const struct container_request *request,
	const struct image *image, const struct recipe *recipe)
{
	const char *colon = strchr(image->id, ':');

	row->use = ROW_CREATING;
	row->maker = process_self();
	row->created_ns = timing_wall();
	snprintf(row->image, sizeof(row->image), "%s", request->image);
	snprintf(row->image_id, sizeof(row->image_id), "%.64s", colon ? colon + 1 : image->id);
	snprintf(row->command, sizeof(row->command), "%s", recipe->command);
	row->state = (struct row_state){.status = ROW_CREATED, .flags = row_flags(request)};
	row->restart = 1 + recipe->restart;
	row->restart_max = recipe->restart_max;
}

/* Whoever holds the name may have been killed while it came or went: then looking at it frees it.
 */
static int reserve_name(
	struct engine *engine, const char *name, struct created *out, struct err *err)
{
	unsigned number;
	struct row row;
	int failed;

	snprintf(out->row.name, sizeof(out->row.name), "%s", name);
	failed = roster_add(engine->roster, &out->row, &out->number, err);
	if (failed != -EEXIST || engine_find_row(engine, name, &number, &row, NULL) != -ENOENT)
		return failed;
	err_forgive(err);
	return roster_add(engine->roster, &out->row, &out->number, err);
}

static int reserve(struct engine *engine, const char *name, struct created *out, struct err *err)
{
	if (name)
		return reserve_name(engine, *name == '/' ? name + 1 : name, out, err);
	for (unsigned attempt = 0; attempt < NAME_TRIES; attempt++) {
		int failed;

		names_random(out->row.name, sizeof(out->row.name), attempt);
		failed = roster_add(engine->roster, &out->row, &out->number, err);
		if (failed != -EEXIST)
			return failed;
		err_forgive(err); /* the next name is another's business */
	}
	snprintf(out->row.name, sizeof(out->row.name), "%.12s", out->row.id);
	return roster_add(engine->roster, &out->row, &out->number, err);
}

/* ---- the directory ---- */

static int put(
	int dir, const char *name, const void *data, size_t len, mode_t mode, struct err *err)
{
	int failed = path_create_at(dir, name, data, len, mode);

	return failed ? err_set(err, failed, "write %s: %s", name, err_name(failed)) : 0;
}

static int put_text(int dir, const char *name, const struct buf *text, struct err *err)
{
	if (buf_failed(text))
		return err_set(err, ENOMEM, "write %s: out of memory", name);
	return put(dir, name, buf_text(text), text->len, 0600, err);
}

/* The overlay shows the upper directory's own mode and owner as the root's. */
static int make_upper(
	int dir, const struct image *image, const struct recipe *recipe, struct err *err)
{
	auto_id_maps users = {0}, groups = {0};
	uint32_t uid = image->root_uid, gid = image->root_gid;
	struct stat st;

	if (ids_own_tree(recipe->spec)) {
		ids_of_spec(recipe->spec, &users, &groups);
		uid = id_outside(&users, uid);
		gid = id_outside(&groups, gid);
	}
	if (mkdirat(dir, "upper", image->root_mode & 0777) < 0 || mkdirat(dir, "work", 0700) < 0 ||
		fstatat(dir, "upper", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "make the writable layer");
	if ((st.st_uid != uid || st.st_gid != gid) &&
		fchownat(dir, "upper", uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "make the writable layer");
	if ((st.st_mode & 07777) != (image->root_mode & 07777) &&
		fchmodat(dir, "upper", image->root_mode, 0) < 0)
		return err_sys(err, "make the writable layer");
	return 0;
}

static int put_host_files(int dir, const struct container_request *request,
	const struct recipe *recipe, struct err *err)
{
	struct etc_wanted wanted = {.is_host = recipe->host_network};
	int failed;

	snprintf(wanted.hostname, sizeof(wanted.hostname), "%s", recipe->hostname);
	snprintf(wanted.domainname, sizeof(wanted.domainname), "%s",
		request->domainname ? request->domainname : "");
	strs_copy(&wanted.dns, &request->dns);
	strs_copy(&wanted.search, &request->dns_search);
	strs_copy(&wanted.options, &request->dns_options);
	strs_copy(&wanted.hosts, &request->extra_hosts);
	failed = etc_create(dir, &wanted, err);
	etc_wanted_fini(&wanted);
	return failed;
}

static int put_all(const struct store *store, int dir, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, const struct created *created,
	struct err *err)
{
	auto_buf text = BUF_INIT;
	struct row row = created->row;
	int failed = make_upper(dir, image, recipe, err);

	row.use = ROW_USED;
	if (!failed)
		failed = wanted_write(dir, recipe->wanted, err);
	if (!failed)
		failed = put(
			dir, "lock", "", 0, 0600, err); /* here and never later: see launch_lock */
	if (!failed)
		failed = put(dir, "row", &row, sizeof(row), 0600, err);
	if (!failed)
		failed = put_host_files(dir, request, recipe, err);
	if (!failed && spec_write(recipe->spec, &text) < 0)
		failed = err_set(err, ENOMEM, "write config.json: out of memory");
	if (!failed)
		failed = put_text(dir, "config.json", &text, err);
	buf_clear(&text);
	if (!failed)
		failed = inspect_write(store, request, image, recipe, &text, err);
	if (!failed)
		failed = put_text(dir, "inspect.json", &text, err);
	return failed ? failed : put_text(dir, "plan", &created->plan, err);
}

static int put_health(struct engine *engine, int dir, const struct container_request *request,
	const struct recipe *recipe, const char *id, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed;

	if (!recipe->health.command.len)
		return 0;
	failed = health_compile(
		engine, id, recipe->spec, request->privileged, &recipe->health, &text, err);
	return failed ? failed : put_text(dir, "health", &text, err);
}

static int link_cgroup(int dir, const struct recipe *recipe, struct err *err)
{
	return symlinkat(recipe->spec->lnx.cgroups_path, dir, "cgroup") < 0
		       ? err_sys(err, "note the container's cgroup")
		       : 0;
}

static int make_directory(struct engine *engine, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, struct created *created,
	struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	int failed = stage_new(engine->store, &stage, err);

	if (failed)
		return failed;
	failed = put_all(engine->store, stage_fd(stage), request, image, recipe, created, err);
	if (!failed && request->cgroup_parent)
		failed = link_cgroup(stage_fd(stage), recipe, err);
	if (!failed)
		failed = ids_record(recipe, stage_fd(stage), err);
	if (!failed && request->init)
		failed = init_put(engine, stage_fd(stage), err);
	if (!failed)
		failed = volume_use_record(engine, &recipe->mounts, stage_fd(stage), err);
	if (!failed)
		failed = put_health(engine, stage_fd(stage), request, recipe, created->row.id, err);
	if (!failed && (store_driver(engine->store) == STORE_COPY || ids_own_tree(recipe->spec)))
		failed = planning_assemble(engine, image, recipe->spec, stage_fd(stage), err);
	return failed ? failed : stage_move(stage, STORE_CONTAINERS, created->row.id, err);
}

/* ---- all of it ---- */

/* The lock is given back once the row names the image: from then on nobody takes its layers. */
static int build(struct engine *engine, const struct container_request *request,
	const struct image *image, int *lock, struct created *out, struct timing *timing,
	struct err *err)
{
	__attribute__((cleanup(wanted_fini))) struct wanted wanted = {0};
	__attribute__((cleanup(recipe_fini))) struct recipe recipe = {0};
	auto_close int ids_lock = -1; /* until the directory is there for all to see */
	struct defaults_host host;
	int failed = planning_host(engine, &host, err);

	if (!failed)
		failed = wanted_from_request(engine, request, image, &wanted, err);
	if (!failed)
		failed = recipe_make(&host, request, image, &wanted, out->row.id, &recipe, err);
	if (!failed)
		failed = spaces_apply(engine, request, &recipe, err);
	if (!failed)
		failed = ids_apply(engine, request, &recipe, &ids_lock, err);
	if (!failed)
		failed = mounts_gather(engine, request, image, &recipe.mounts, err);
	if (!failed)
		failed = mounts_apply(engine, &recipe.mounts, recipe.spec, err);
	if (!failed && request->init)
		failed = init_wrap(engine, out->row.id, &recipe, err);
	if (!failed)
		failed = planning_bind_files(engine, out->row.id, &recipe, err);
	if (failed)
		return failed;
	mounts_sort(recipe.spec);
	timing_mark(timing, "compile the plan");
	failed = planning_compile(engine, request, image, &recipe, out->row.id, &out->plan, err);
	if (failed)
		return failed;
	timing_mark(timing, "take the name");
	fill_row(&out->row, request, image, &recipe);
	failed = reserve(engine, request->name, out, err);
	own_closep(lock);
	*lock = -1;
	if (failed)
		return failed;
	failed = volume_use_all(engine, &recipe.mounts, image, out->row.id, err);
	if (failed) {
		roster_free(engine->roster, out->number, out->row.id, NULL);
		return failed;
	}
	timing_mark(timing, "write the container's directory");
	failed = make_directory(engine, request, image, &recipe, out, err);
	if (!failed) {
		/* Said before anybody else can find it, so that nothing is heard of it earlier. */
		engine_announce(engine, &out->row, "create", NULL);
		failed = roster_set_use(engine->roster, out->number, out->row.id, ROW_USED, err);
	}
	if (failed) {
		volume_use_undo(engine, &recipe.mounts, out->row.id);
		roster_free(engine->roster, out->number, out->row.id, NULL);
	}
	return failed;
}

static int find_image(struct engine *engine, const char *reference, bool settle,
	struct image **image, struct err *err)
{
	auto_of(image) struct image *found = NULL;
	int failed;

	uv_mutex_lock(&engine->store_lock);
	failed = image_find(engine->store, reference, &found, err);
	if (!failed && settle)
		failed = image_settle(engine->store, found, err);
	uv_mutex_unlock(&engine->store_lock);
	if (!failed)
		*image = take(found);
	return failed;
}

/* With *lock held, no image is removed. Settling takes that lock itself, so it is done before, once
 * a boot. */
static int get_image(struct engine *engine, const char *reference, struct image **image, int *lock,
	struct err *err)
{
	int failed;

	*lock = store_lock(engine->store, false, err);
	failed = *lock < 0 ? err->code : find_image(engine, reference, false, image, err);
	if (failed || (*image)->settled)
		return failed;
	own_closep(lock);
	*lock = -1;
	image_free(take(*image));
	failed = find_image(engine, reference, true, image, err);
	if (failed)
		return failed;
	image_free(take(*image));
	*lock = store_lock(engine->store, false, err);
	return *lock < 0 ? err->code : find_image(engine, reference, false, image, err);
}

int lifecycle_create(struct engine *engine, const struct container_request *request,
	struct created *out, struct timing *timing, struct err *err)
{
	auto_of(image) struct image *image = NULL;
	auto_close int lock = -1;
	int failed = request->name ? lifecycle_check_name(*request->name == '/' ? request->name + 1
										: request->name,
					     err)
				   : 0;

	*out = (struct created){.plan = BUF_INIT};
	if (failed)
		return failed;
	timing_mark(timing, "find the image");
	failed = get_image(engine, request->image, &image, &lock, err);
	if (!failed && names_new_id(out->row.id) < 0)
		failed = err_sys(err, "make an id");
	if (!failed) {
		timing_mark(timing, "merge image and options");
		failed = build(engine, request, image, &lock, out, timing, err);
	}
	timing_end(timing);
	if (failed)
		return failed;
	out->row.use = ROW_USED;
	return 0;
}

/* ---- rename, connect ---- */

/* While it is up; the next start leases under the new name anyway. */
static int rename_on_networks(
	struct engine *engine, const struct row *row, const char *name, struct err *err)
{
	struct endpoints endpoints;
	int failed = network_endpoints(engine, row->id, &endpoints, err);

	for (size_t i = 0; !failed && i < endpoints.len; i++)
		failed = names_rename(
			engine, endpoints.v[i].network_id, row->id, row->name, name, err);
	endpoints_fini(&endpoints);
	return failed;
}

int lifecycle_rename(struct engine *engine, unsigned number, const struct row *row,
	const char *name, struct err *err)
{
	auto_close int own = launch_own_dir(engine, row->id, err);
	struct row renamed = *row;
	int failed = own < 0 ? own : lifecycle_check_name(name, err);

	if (failed)
		return failed;
	if (strcmp(name, row->name) == 0)
		return err_set(
			err, EINVAL, "Renaming a container with the same name as its current name");
	failed = roster_rename(engine->roster, number, row->id, name, err);
	if (failed)
		return failed;
	failed = roster_save(engine->roster, number, row->id, own, err);
	if (failed)
		return failed;
	snprintf(renamed.name, sizeof(renamed.name), "%s", name);
	failed = rename_on_networks(engine, row, name, err);
	if (failed)
		return failed;
	engine_announce(
		engine, &renamed, "rename", (const char *const[]){"oldName", row->name, NULL});
	return 0;
}

/* Never made here: a container that is being removed would get it back. */
static int open_run_dir(struct engine *engine, const char *id, int *fd, struct err *err)
{
	char path[80];

	snprintf(path, sizeof(path), "c/%.64s", id);
	*fd = openat(store_dir(engine->store, STORE_RUN), path,
		O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	return errno == ENOENT ? -ESRCH
			       : err_sys(err, "open the run directory of container %.12s", id);
}

static bool is_down(const struct row *row)
{
	return row->state.status == ROW_CREATED || row->state.status == ROW_EXITED ||
	       row->state.status == ROW_DEAD;
}

/* One that starts or adopts has not opened its socket yet; one that ends has closed it, and the row
 * says so. */
int lifecycle_connect(
	struct engine *engine, unsigned number, const struct row *row, int *fd, struct err *err)
{
	uint64_t deadline = timing_now() + CONNECT_NS;
	auto_close int run = -1;
	struct row now = *row;

	while (!is_down(&now)) {
		int failed = run < 0 ? open_run_dir(engine, row->id, &run, err) : 0;

		if (!failed)
			failed = channel_connect(run, fd, err);
		if (!failed)
			err_forgive(err);
		if (failed != -ESRCH || timing_now() > deadline)
			return failed;
		usleep(CONNECT_PAUSE_US);
		if (roster_read(engine->roster, number, &now) < 0 || strcmp(now.id, row->id) != 0)
			break;
		engine_correct_row(engine, number, &now);
	}
	return err_set(err, ESRCH, "container %s is not running", row->id);
}
