/* ids_apply.c - from --userns and its like to a user namespace in the recipe. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/exec.h"
#include "core/ids.h"
#include "core/ids_option.h"
#include "core/planning.h"
#include "core/privilege.h"
#include "util/own.h"

enum { GROUP_OF_TERMINALS = 5 };

/* ---- what it cannot be combined with ---- */

/* The container that a mode shares with, or an empty row. */
static int find_peer(struct engine *engine, const char *mode, struct row *row, struct err *err)
{
	unsigned number;

	*row = (struct row){0};
	if (!mode || !str_has_prefix(mode, "container:"))
		return 0;
	return engine_find_row(engine, mode + strlen("container:"), &number, row, err);
}

static bool is_shared(const char *mode)
{
	return mode && (str_eq(mode, "host") || str_has_prefix(mode, "container:"));
}

/* What belongs to another user namespace than the container's is none of its root's. */
static int check_shared(struct engine *engine, const struct ids_option *option, const char *mode,
	const char *what, struct err *err)
{
	struct row row, owner = {0};
	unsigned number;
	int failed;

	if (!is_shared(mode))
		return 0;
	failed = find_peer(engine, mode, &row, err);
	if (!failed && option->kind == IDS_CONTAINER)
		failed = engine_find_row(engine, option->who, &number, &owner, err);
	if (failed || (row.id[0] && str_eq(row.id, owner.id)))
		return failed;
	return err_set(err, ENOTSUP,
		"%s cannot be combined with %s of another: a user namespace has no rights over it: use --userns host%s",
		option->text, what,
		row.id[0] ? ", or share that container's user namespace, too" : "");
}

static int check_combined(struct engine *engine, const struct ids_option *option,
	const struct container_request *request, struct err *err)
{
	int failed;

	if (request->privileged)
		return err_set(err, ENOTSUP,
			"privileged mode is incompatible with %s: a user namespace has no rights over the host: use --userns host",
			option->text);
	failed = check_shared(engine, option, request->pid_mode, "--pid", err);
	return failed ? failed : check_shared(engine, option, request->ipc_mode, "--ipc", err);
}

/* ---- into the spec ---- */

/* Terminals belong to that group where there is one; else to whoever opens them. */
static void free_terminals(struct spec *spec)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		struct spec_mount *mount = &spec->mounts.v[i];
		struct strs kept = STRS_INIT;

		if (!str_eq(mount->type, "devpts"))
			continue;
		for (size_t o = 0; o < mount->options.len; o++)
			if (!str_eq(mount->options.v[o], "gid=5"))
				strs_add(&kept, mount->options.v[o]);
		strs_fini(&mount->options);
		mount->options = kept;
	}
}

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "user namespace: out of memory");
}

static int set_maps(struct spec *spec, const struct id_maps *users, const struct id_maps *groups,
	const char *path, struct err *err)
{
	struct spec_linux *lnx = &spec->lnx;

	for (size_t i = 0; i < users->len + groups->len; i++) {
		bool user = i < users->len;
		const struct id_map *map = user ? &users->v[i] : &groups->v[i - users->len];
		struct spec_id_map *to =
			user ? spec_grow(&lnx->uid_mappings) : spec_grow(&lnx->gid_mappings);

		if (!to)
			return no_memory(err);
		*to = (struct spec_id_map){
			.container_id = map->inside, .host_id = map->outside, .size = map->count};
	}
	if (groups->len && !id_is_mapped(groups, GROUP_OF_TERMINALS))
		free_terminals(spec);
	return spec_set_namespace(spec, "user", path) < 0 ? no_memory(err) : 0;
}

/* ---- auto, and by name ---- */

/* What the given maps leave free of the container's first ids is mapped on from one place on. */
static int complete(const struct store *store, struct ids_option *option, struct err *err)
{
	uint32_t users = id_maps_missing(&option->users, option->count);
	uint32_t groups = id_maps_missing(&option->groups, option->count);
	uint32_t count = users > groups ? users : groups, first = 0, at;
	auto_id_maps fixed = {0}, more_users = {0}, more_groups = {0};
	int failed;

	id_maps_copy(&fixed, &option->users);
	id_maps_copy(&fixed, &option->groups);
	failed = count ? ids_find(store, &fixed, count, &first, err) : 0;
	if (failed)
		return failed;
	at = first;
	id_maps_fill(&more_users, &option->users, option->count, &at);
	at = first;
	id_maps_fill(&more_groups, &option->groups, option->count, &at);
	id_maps_copy(&option->users, &more_users);
	id_maps_copy(&option->groups, &more_groups);
	return 0;
}

static int give(const struct store *store, struct ids_option *option, struct recipe *recipe,
	int *lock, struct err *err)
{
	int failed = ids_lock(store, lock, err);

	if (!failed && option->kind == IDS_AUTO)
		failed = complete(store, option, err);
	if (!failed && option->kind == IDS_NAMED)
		failed = ids_named("/etc/subuid", option->user, &option->users, err);
	if (!failed && option->kind == IDS_NAMED)
		failed = ids_named("/etc/subgid", option->group, &option->groups, err);
	if (!failed && option->kind != IDS_GIVEN)
		failed = id_maps_check(&option->users, option->text, true, err);
	if (!failed && option->kind != IDS_GIVEN)
		failed = id_maps_check(&option->groups, option->text, true, err);
	if (failed)
		return failed;
	id_maps_sort(&option->users);
	id_maps_sort(&option->groups);
	return set_maps(recipe->spec, &option->users, &option->groups, NULL, err);
}

/* ---- another's ---- */

void ids_of_spec(const struct spec *spec, struct id_maps *users, struct id_maps *groups)
{
	const struct spec_linux *lnx = &spec->lnx;

	for (size_t i = 0; i < lnx->uid_mappings.len; i++)
		id_maps_add(users,
			(struct id_map){lnx->uid_mappings.v[i].container_id,
				lnx->uid_mappings.v[i].host_id, lnx->uid_mappings.v[i].size});
	for (size_t i = 0; i < lnx->gid_mappings.len; i++)
		id_maps_add(groups,
			(struct id_map){lnx->gid_mappings.v[i].container_id,
				lnx->gid_mappings.v[i].host_id, lnx->gid_mappings.v[i].size});
}

/* Found by its id when this one is started. Its ids are what it was created with. */
static int share_with(struct engine *engine, const struct ids_option *option, struct recipe *recipe,
	struct err *err)
{
	auto_id_maps users = {0}, groups = {0};
	auto_of(spec) struct spec *other = NULL;
	const struct spec_namespace *user;
	char path[80];
	struct row row;
	unsigned number;
	int failed = engine_find_row(engine, option->who, &number, &row, err);

	if (!failed)
		failed = exec_read_spec(engine, row.id, &other, err);
	if (failed)
		return failed;
	user = spec_find_namespace(other, "user");
	if (!user) /* its is the host's */
		return 0;
	ids_of_spec(other, &users, &groups);
	snprintf(path, sizeof(path), "container:%.64s", row.id);
	return set_maps(recipe->spec, &users, &groups, path, err);
}

static int open_namespace(const struct ids_option *option, bool *is_ours, struct err *err)
{
	auto_close int fd = open(option->who, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat its, ours;

	if (fd < 0)
		return err_sys(err, "%s", option->text);
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWUSER)
		return err_set(err, EINVAL,
			"%s: this is no user namespace: give a file such as /proc/PID/ns/user",
			option->text);
	*is_ours = fstat(fd, &its) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
		   its.st_ino == ours.st_ino && its.st_dev == ours.st_dev;
	return 0;
}

/* Of a process the maps can be read; else who is root in there is seen at the start. */
static int share_at(const struct ids_option *option, struct recipe *recipe, struct err *err)
{
	auto_id_maps users = {0}, groups = {0};
	bool is_ours = false;
	int failed = open_namespace(option, &is_ours, err), pid, end = 0;

	if (failed || is_ours)
		return failed;
	if (sscanf(option->who, "/proc/%d/ns/user%n", &pid, &end) == 1 && end && !option->who[end])
		ids_of_process(pid, &users, &groups);
	if (users.len && (!id_is_mapped(&users, 0) || !id_is_mapped(&groups, 0)))
		return err_set(err, EINVAL,
			"%s: the container's id 0 is not mapped in it, who all of it starts as",
			option->text);
	return set_maps(recipe->spec, &users, &groups, option->who, err);
}

/* ---- an ordinary user's own id ---- */

bool ids_own_tree(const struct spec *spec)
{
	return privilege_is_rootless() && spec->lnx.uid_mappings.len;
}

/* Who is not told otherwise is that user, whoever the image is for. */
static int be_user(struct spec_process *process, const struct container_request *request,
	const struct ids_option *option, struct err *err)
{
	char text[32];

	if (request->user && *request->user)
		return 0;
	snprintf(text, sizeof(text), "%u:%u", option->keep_user, option->keep_group);
	free(process->user.username);
	process->user.username = strdup(text);
	return process->user.username ? 0 : no_memory(err);
}

static int keep(const struct container_request *request, struct ids_option *option,
	struct recipe *recipe, struct err *err)
{
	uint64_t users = privilege_users(), groups = privilege_groups();
	int failed;

	if (!privilege_is_rootless())
		return ids_option_of_rootless("keep-id", err);
	if (option->keep_user == IDS_OWN)
		option->keep_user = privilege_user();
	if (option->keep_group == IDS_OWN)
		option->keep_group = privilege_group();
	if (users < 2 || groups < 2)
		return err_set(err, ENOTSUP,
			"%s: you have one id only, and the container needs one more for its root: davit doctor says what root can do",
			option->text);
	id_maps_keep(&option->users, option->keep_user, users);
	id_maps_keep(&option->groups, option->keep_group, groups);
	failed = id_maps_check(&option->users, option->text, true, err);
	if (!failed)
		failed = id_maps_check(&option->groups, option->text, true, err);
	if (!failed)
		failed = be_user(&recipe->spec->process, request, option, err);
	return failed ? failed : set_maps(recipe->spec, &option->users, &option->groups, NULL, err);
}

/* ---- all of it ---- */

static bool is_given(const char *text)
{
	return text && *text;
}

static bool is_said(const struct container_request *request)
{
	return is_given(request->userns_mode) || is_given(request->subuid_name) ||
	       is_given(request->subgid_name) || request->uid_maps.len || request->gid_maps.len;
}

static int check_rootless(const struct container_request *request, struct err *err)
{
	const char *mode = request->userns_mode;
	bool keeps = mode && (str_eq(mode, "keep-id") || str_has_prefix(mode, "keep-id:"));
	bool asks = is_said(request) && !keeps && !(mode && str_eq(mode, "host"));

	return asks && privilege_is_rootless()
		       ? err_set(err, ENOTSUP,
				 "--userns %.60s: only root shows an image's files with other owners than they have: your containers are in your own user namespace already, and --userns keep-id makes you yourself in it",
				 request->userns_mode ? request->userns_mode : "private")
		       : 0;
}

/* --strict asks for it where nothing else is said, and where it costs nothing but ids. */
static bool is_implied(const struct engine *engine, const struct container_request *request)
{
	return request->strict && !request->privileged && !is_said(request) &&
	       !is_shared(request->pid_mode) && !is_shared(request->ipc_mode) &&
	       !privilege_is_rootless() && ids_host_can(engine->store);
}

int ids_apply(struct engine *engine, const struct container_request *request, struct recipe *recipe,
	int *lock, struct err *err)
{
	auto_ids_option option = {.kind = IDS_HOST};
	struct container_request asked = *request;
	int failed = check_rootless(request, err);

	if (is_implied(engine, request))
		asked.userns_mode = "auto";
	if (!failed)
		failed = ids_option_read(&asked, &option, err);
	if (failed || option.kind == IDS_HOST)
		return failed;
	failed = check_combined(engine, &option, request, err);
	if (!failed && option.kind != IDS_KEEP)
		failed = ids_host_check(engine->store, option.text, err);
	if (failed)
		return failed;
	if (option.kind == IDS_KEEP)
		return keep(request, &option, recipe, err);
	if (option.kind == IDS_CONTAINER)
		return share_with(engine, &option, recipe, err);
	if (option.kind == IDS_PATH)
		return share_at(&option, recipe, err);
	return give(engine->store, &option, recipe, lock, err);
}
