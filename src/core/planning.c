#include "core/planning.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/ids.h"
#include "core/image_ops.h"
#include "core/module.h"
#include "core/privilege.h"
#include "core/wanted.h"
#include "runtime/caps.h"
#include "runtime/seccomp_cache.h"
#include "util/own.h"
#include "util/path.h"

int planning_host(struct engine *engine, struct defaults_host *out, struct err *err)
{
	const struct cgroup_layout *layout;
	int failed = groups_layout(engine, &layout, err);

	if (failed)
		return failed;
	defaults_host_read(out);
	out->pure_v2 = cgroup_is_pure_v2(layout);
	out->groups = privilege_groups();
	return 0;
}

/* ---- files under /etc ---- */

static int bind_file(
	struct spec *spec, const char *own, const char *name, const char *target, struct err *err)
{
	char source[4200];

	snprintf(source, sizeof(source), "%s/%s", own, name);
	if (spec_add_mount(spec, target, "bind", source, "rbind,rprivate") < 0)
		return err_set(err, ENOMEM, "bind %s: out of memory", target);
	return 0;
}

int planning_bind_files(
	struct engine *engine, const char *id, struct recipe *recipe, struct err *err)
{
	static const char *const files[][2] = {{"resolv.conf", "/etc/resolv.conf"},
		{"hostname", "/etc/hostname"}, {"hosts", "/etc/hosts"}};
	char own[4096];

	/* In another container's network its names hold. */
	snprintf(own, sizeof(own), "%s/containers/%s", store_root(engine->store),
		recipe->wanted->mode == MODE_CONTAINER
			? recipe->wanted->attachments[0].network + strlen("container:")
			: id);
	for (size_t i = 0; i < array_len(files); i++) {
		int failed;

		if (mounts_cover(&recipe->mounts, files[i][1]))
			continue;
		failed = bind_file(recipe->spec, own, files[i][0], files[i][1], err);
		if (failed)
			return failed;
	}
	return 0;
}

/* ---- facts ---- */

static seccomp_compile_fn *load_compiler(void *ctx, struct err *err)
{
	void *symbol = NULL;

	(void)ctx;
	module_symbol("seccomp", "seccomp_compile", &symbol, err);
	return (seccomp_compile_fn *)symbol;
}

static int get_program(
	struct engine *engine, const struct spec *spec, struct planning_facts *out, struct err *err)
{
	struct seccomp_request request = {.kernel = out->kernel.version};

	request.caps = caps_from_names(&spec->process.capabilities.bounding);
	request.profile = spec->lnx.seccomp;
	if (request.profile)
		request.len = strlen(request.profile);
	else
		request.profile = seccomp_default_profile(&request.len);
	return seccomp_cache_get(store_dir(engine->store, STORE_CACHE), &request, load_compiler,
		NULL, &out->seccomp, err);
}

int planning_facts(struct engine *engine, const char *id, const struct spec *spec, bool privileged,
	struct planning_facts *out, struct err *err)
{
	const struct cgroup_layout *layout;
	int failed = kernel_read(getenv("DAVIT_KERNEL"), &out->kernel, err);

	out->seccomp = (struct buf)BUF_INIT;
	out->facts = (struct launch_facts){0};
	if (!failed)
		failed = groups_layout(engine, &layout, err);
	if (!failed && !privileged && !str_eq(spec->lnx.seccomp, SPEC_SECCOMP_NONE))
		failed = get_program(engine, spec, out, err);
	if (failed)
		return failed;
	if (spec->lnx.cgroups_path)
		snprintf(out->cgroup_path, sizeof(out->cgroup_path), "%s", spec->lnx.cgroups_path);
	else
		groups_path(NULL, id, out->cgroup_path);
	out->facts = (struct launch_facts){
		.kernel = &out->kernel,
		.cgroups = layout,
		.cgroup_path = out->cgroup_path,
		.is_rootless = privilege_is_rootless(),
		.seccomp = out->seccomp.data,
		.seccomp_len = out->seccomp.len,
	};
	return 0;
}

void planning_facts_fini(struct planning_facts *facts)
{
	buf_fini(&facts->seccomp);
}

/* ---- a container ---- */

static mode_t source_type(void *ctx, const char *path)
{
	const char *volumes = ctx;
	struct stat st;

	if (str_has_prefix(
		    path, volumes)) /* a part of it may be a file, and may not be there yet */
		return LAUNCH_AS_FOUND;
	if (stat(path, &st) < 0) /* our own files are made after the plan */
		return S_IFREG;
	return S_ISDIR(st.st_mode) ? S_IFDIR : S_IFREG;
}

static unsigned monitor_flags(const struct container_request *request)
{
	unsigned flags = 0;

	if (request->stdin_open)
		flags |= PLAN_STDIN;
	if (request->stdin_once)
		flags |= PLAN_STDIN_ONCE;
	if (request->auto_remove)
		flags |= PLAN_AUTO_REMOVE;
	if (str_eq(request->log_driver, "none"))
		flags |= PLAN_NO_LOG;
	return flags;
}

static void set_root(struct launch_facts *facts, struct engine *engine,
	const struct container_request *request, const struct strs *layers)
{
	facts->mount_at = (struct launch_path){PLAN_RUN, "root"};
	if (store_driver(engine->store) == STORE_COPY) {
		facts->plain = (struct launch_path){PLAN_OWN, "root"};
		return;
	}
	facts->layers = layers;
	facts->upper = (struct launch_path){PLAN_OWN, "upper"};
	facts->work = (struct launch_path){PLAN_OWN, "work"};
	/* After a crash the kernel refuses a volatile overlay, so only what is thrown away anyway
	 * may be one. */
	facts->overlay = request->auto_remove ? PLAN_OVERLAY_VOLATILE : 0;
}

static int list_layers(const struct image *image, const struct spec *spec, const char *id,
	struct strs *out, struct err *err)
{
	bool is_own = ids_own_tree(spec);
	char path[48];

	for (size_t i = is_own ? 0 : image->layers.len; i-- > 0;) {
		image_layer_path(image->layers.v[i], path);
		strs_add(out, path);
	}
	if (is_own)
		strs_addf(out, OWN_TREE, id);
	return strs_failed(out) ? err_set(err, ENOMEM, "list layers: out of memory") : 0;
}

static void set_monitor(struct launch_facts *facts, const struct container_request *request,
	const struct recipe *recipe)
{
	facts->flags = monitor_flags(request) | (recipe->health.command.len ? PLAN_HEALTH : 0);
	facts->stop_signal = (unsigned)recipe->stop_signal;
	facts->stop_timeout_s = recipe->stop_timeout_s;
	facts->restart = recipe->restart;
	facts->restart_max = recipe->restart_max;
	facts->log_max_bytes = request->log_max_bytes;
	facts->log_files =
		request->log_files ? request->log_files - 1 : 0; /* docker counts the current one */
	facts->source_type = source_type;
}

int planning_compile(struct engine *engine, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, const char *id, struct buf *out,
	struct err *err)
{
	__attribute__((cleanup(planning_facts_fini))) struct planning_facts planning = {0};
	auto_strs layers = STRS_INIT;
	char own[4096], volumes[4200];
	int failed = planning_facts(engine, id, recipe->spec, request->privileged, &planning, err);

	if (!failed)
		failed = list_layers(image, recipe->spec, id, &layers, err);
	if (failed)
		return failed;
	snprintf(own, sizeof(own), "%s/containers/%s", store_root(engine->store), id);
	planning.facts.store = store_root(engine->store);
	planning.facts.own = own;
	if (recipe->wanted->mode == MODE_NETWORKS || recipe->wanted->mode == MODE_CONTAINER)
		planning.facts.network = "net";
	set_root(&planning.facts, engine, request, &layers);
	set_monitor(&planning.facts, request, recipe);
	snprintf(volumes, sizeof(volumes), "%s/volumes/", store_root(engine->store));
	planning.facts.ctx = volumes;
	return compile_container(recipe->spec, &planning.facts, out, err);
}

int planning_assemble(struct engine *engine, const struct image *image, const struct spec *spec,
	int dir_fd, struct err *err)
{
	auto_id_maps users = {0}, groups = {0};
	const struct id_owners owners = {&users, &groups};
	auto_close int root = -1;
	const struct image_ops *ops;
	int failed = module_image(&ops, err);

	if (failed)
		return failed;
	if (mkdirat(dir_fd, "root", 0755) < 0)
		return err_sys(err, "make the container's root");
	root = openat(dir_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, "open the container's root");
	ids_of_spec(spec, &users, &groups);
	return ops->assemble(
		engine->store, image, root, ids_own_tree(spec) ? &owners : NULL, NULL, err);
}
