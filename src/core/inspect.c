#include "core/inspect.h"
#include "core/inspect_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "core/health.h"
#include "core/network_view.h"
#include "util/own.h"
#include "util/path.h"

enum { INSPECT_MAX = 8 << 20 };

/* ---- writing the unchanging part ---- */

cJSON *inspect_list(const struct strs *list)
{
	return cJSON_CreateStringArray((const char *const *)list->v, (int)list->len);
}

void inspect_add_list(cJSON *to, const char *key, const struct strs *list)
{
	cJSON_AddItemToObject(to, key, list->len ? inspect_list(list) : cJSON_CreateNull());
}

/* Of all that nobody named: the image's and those of -v. */
static void add_volumes(cJSON *config, const struct recipe *recipe)
{
	cJSON *set = NULL;

	for (size_t i = 0; i < recipe->mounts.len; i++) {
		const struct mount_point *mount = &recipe->mounts.v[i];

		if (!mount->is_anonymous || mount->is_taken || mount->is_extra)
			continue;
		set = set ? set : cJSON_AddObjectToObject(config, "Volumes");
		cJSON_AddObjectToObject(set, mount->option.target);
	}
	if (!set)
		cJSON_AddNullToObject(config, "Volumes");
}

static void add_labels(
	cJSON *config, const struct container_request *request, const struct image *image)
{
	cJSON *labels = cJSON_AddObjectToObject(config, "Labels");
	const struct strs *sources[] = {&image->config.labels, &request->labels};

	for (size_t s = 0; s < array_len(sources); s++)
		for (size_t i = 0; i < sources[s]->len; i++) {
			char *key = strdup(sources[s]->v[i]),
			     *equals = key ? strchr(key, '=') : NULL;

			if (equals)
				*equals = '\0';
			if (key) {
				cJSON_DeleteItemFromObjectCaseSensitive(labels, key);
				cJSON_AddStringToObject(labels, key, equals ? equals + 1 : "");
			}
			free(key);
		}
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void add_config(cJSON *to, const struct container_request *request,
	const struct image *image, const struct recipe *recipe)
{
	cJSON *config = cJSON_AddObjectToObject(to, "Config");
	const struct strs *entrypoint =
		request->has_entrypoint ? &request->entrypoint : &image->config.entrypoint;
	bool own_command = request->command.len || request->has_entrypoint;
	const char *name = options_signal_name(recipe->stop_signal);

	cJSON_AddStringToObject(config, "Hostname", recipe->hostname);
	cJSON_AddStringToObject(config, "Domainname", or_empty(request->domainname));
	cJSON_AddStringToObject(
		config, "User", request->user ? request->user : or_empty(image->config.user));
	cJSON_AddBoolToObject(config, "AttachStdin", request->attach_stdin);
	cJSON_AddBoolToObject(config, "AttachStdout", request->attach_stdout);
	cJSON_AddBoolToObject(config, "AttachStderr", request->attach_stderr);
	network_view_exposed(recipe->wanted, config);
	cJSON_AddBoolToObject(config, "Tty", request->tty);
	cJSON_AddBoolToObject(config, "OpenStdin", request->stdin_open);
	cJSON_AddBoolToObject(config, "StdinOnce", request->stdin_once);
	inspect_add_list(config, "Env", &recipe->spec->process.env);
	inspect_add_list(config, "Cmd", own_command ? &request->command : &image->config.cmd);
	if (recipe->health.config)
		cJSON_AddItemToObject(
			config, "Healthcheck", cJSON_Duplicate(recipe->health.config, true));
	cJSON_AddStringToObject(config, "Image", request->image);
	add_volumes(config, recipe);
	cJSON_AddStringToObject(config, "WorkingDir",
		request->workdir ? request->workdir : or_empty(image->config.working_dir));
	inspect_add_list(config, "Entrypoint", entrypoint);
	cJSON_AddNullToObject(config, "OnBuild");
	add_labels(config, request, image);
	if (name && (request->stop_signal || *or_empty(image->config.stop_signal)))
		cJSON_AddStringToObject(config, "StopSignal", name);
	if (request->stop_timeout != INT_MIN)
		cJSON_AddNumberToObject(config, "StopTimeout", request->stop_timeout);
}

int inspect_write(const struct store *store, const struct container_request *request,
	const struct image *image, const struct recipe *recipe, struct buf *out, struct err *err)
{
	cJSON *object = cJSON_CreateObject(), *args;
	const struct strs *argv = &recipe->spec->process.args;
	const char *profile = recipe->spec->process.apparmor_profile;
	unsigned first = recipe->wrapping;
	char *text;

	cJSON_AddStringToObject(object, "Path", argv->v[first]);
	args = cJSON_CreateStringArray(
		(const char *const *)argv->v + first + 1, (int)(argv->len - first - 1));
	cJSON_AddItemToObject(object, "Args", args);
	cJSON_AddStringToObject(object, "Image", image->id);
	cJSON_AddStringToObject(object, "Platform", image->os);
	cJSON_AddStringToObject(object, "AppArmorProfile", or_empty(profile));
	inspect_add_host(object, request, recipe);
	inspect_add_mounts(object, store, recipe);
	add_config(object, request, image, recipe);
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (!text)
		return err_set(err, ENOMEM, "describe the container: out of memory");
	buf_adds(out, text);
	cJSON_free(text);
	return buf_failed(out) ? err_set(err, ENOMEM, "describe the container: out of memory") : 0;
}

/* ---- reading, and what changes ---- */

void inspect_add_time(cJSON *to, const char *key, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000u);
	char text[64] = "0001-01-01T00:00:00Z";
	struct tm tm;

	if (ns && gmtime_r(&seconds, &tm)) {
		size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);

		snprintf(text + len, sizeof(text) - len, ".%09lluZ",
			(unsigned long long)(ns % 1000000000u));
	}
	cJSON_AddStringToObject(to, key, text);
}

static void add_state(cJSON *to, struct engine *engine, const struct container *container)
{
	cJSON *state = cJSON_AddObjectToObject(to, "State");
	enum container_state now = container->state;

	cJSON_AddStringToObject(state, "Status", container_state_name(now));
	cJSON_AddBoolToObject(state, "Running",
		now == CONTAINER_RUNNING || now == CONTAINER_PAUSED || now == CONTAINER_RESTARTING);
	cJSON_AddBoolToObject(state, "Paused", now == CONTAINER_PAUSED);
	cJSON_AddBoolToObject(state, "Restarting", now == CONTAINER_RESTARTING);
	cJSON_AddBoolToObject(state, "OOMKilled", container->oom_killed);
	cJSON_AddBoolToObject(state, "Dead", now == CONTAINER_DEAD);
	cJSON_AddNumberToObject(state, "Pid", container->pid);
	cJSON_AddNumberToObject(state, "ExitCode", container->exit_code);
	cJSON_AddStringToObject(state, "Error", container->error);
	inspect_add_time(state, "StartedAt", container->started_ns);
	inspect_add_time(state, "FinishedAt", container->finished_ns);
	health_describe(engine, container, state);
}

static void add_paths(cJSON *to, struct engine *engine, const struct container *container)
{
	static const char *const files[][2] = {{"ResolvConfPath", "resolv.conf"},
		{"HostnamePath", "hostname"}, {"HostsPath", "hosts"}, {"LogPath", "log"}};
	char path[4096];

	for (size_t i = 0; i < array_len(files); i++) {
		snprintf(path, sizeof(path), "%s/containers/%s/%s", store_root(engine->store),
			container->id, files[i][1]);
		cJSON_AddStringToObject(to, files[i][0], path);
	}
}

static void move(cJSON *from, cJSON *to, const char *key)
{
	cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, key);

	if (item)
		cJSON_AddItemToObject(to, key, item);
}

/* docker's order: tools that print the object show it so. */
static cJSON *assemble(struct engine *engine, const struct container *container, cJSON *fixed)
{
	cJSON *object = cJSON_CreateObject();
	char name[160];

	cJSON_AddStringToObject(object, "Id", container->id);
	inspect_add_time(object, "Created", container->created_ns);
	move(fixed, object, "Path");
	move(fixed, object, "Args");
	add_state(object, engine, container);
	move(fixed, object, "Image");
	add_paths(object, engine, container);
	snprintf(name, sizeof(name), "/%s", container->name);
	cJSON_AddStringToObject(object, "Name", name);
	cJSON_AddNumberToObject(object, "RestartCount", container->restarts);
	cJSON_AddStringToObject(object, "Driver", store_driver_name(engine->store));
	move(fixed, object, "Platform");
	cJSON_AddStringToObject(object, "MountLabel", "");
	cJSON_AddStringToObject(object, "ProcessLabel", "");
	move(fixed, object, "AppArmorProfile");
	cJSON_AddNullToObject(object, "ExecIDs");
	move(fixed, object, "HostConfig");
	move(fixed, object, "Mounts");
	move(fixed, object, "Config");
	network_view_settings(engine, container, object);
	return object;
}

int inspect_fixed(struct engine *engine, const char *id, cJSON **out, struct err *err)
{
	auto_close int own = launch_own_dir(engine, id, err);
	auto_buf text = BUF_INIT;
	int failed;

	if (own < 0)
		return own;
	failed = path_read_at(own, "inspect.json", INSPECT_MAX, &text);
	if (failed)
		return err_set(
			err, failed, "container %.12s: inspect.json: %s", id, err_name(failed));
	*out = cJSON_ParseWithLength(buf_text(&text), text.len);
	return *out ? 0 : err_set(err, EPROTO, "container %.12s: inspect.json is damaged", id);
}

int engine_container_describe(struct engine *engine, const struct container *container,
	struct cJSON **out, struct err *err)
{
	cJSON *fixed = NULL;
	int failed = inspect_fixed(engine, container->id, &fixed, err);

	if (failed)
		return failed;
	*out = assemble(engine, container, fixed);
	cJSON_Delete(fixed);
	return 0;
}

int engine_container_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err)
{
	struct container container;
	int failed = engine_container(engine, who, &container, err);

	return failed ? failed : engine_container_describe(engine, &container, out, err);
}

int inspect_labels(struct engine *engine, const char *id, struct strs *out, struct err *err)
{
	const cJSON *labels, *label;
	cJSON *fixed = NULL;
	int failed = inspect_fixed(engine, id, &fixed, err);

	if (failed)
		return failed;
	labels = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(fixed, "Config"), "Labels");
	cJSON_ArrayForEach(label, labels)
		strs_addf(out, "%s=%s", label->string,
			cJSON_IsString(label) ? label->valuestring : "");
	cJSON_Delete(fixed);
	return strs_failed(out) ? err_set(err, ENOMEM, "read labels: out of memory") : 0;
}
