#include "build/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

#define PATH_DEFAULT "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define COMMENT      "buildkit.dockerfile.v0"

/* ---- memory ---- */

void build_config_set(struct build_config *config, char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		config->failed = true;
		return;
	}
	free(*field);
	*field = copy;
}

static void set_optional(struct build_config *config, char **field, const char *text)
{
	if (text && *text)
		build_config_set(config, field, text);
}

bool build_config_failed(const struct build_config *config)
{
	return config->failed || strs_failed(&config->env) || strs_failed(&config->cmd) ||
	       strs_failed(&config->entrypoint) || strs_failed(&config->shell) ||
	       strs_failed(&config->on_build) || strs_failed(&config->labels) ||
	       strs_failed(&config->ports) || strs_failed(&config->volumes) ||
	       strs_failed(&config->os_features) || strs_failed(&config->base_diff_ids);
}

static void free_history(struct build_config *config)
{
	for (size_t i = 0; i < config->history_len; i++) {
		free(config->history[i].created);
		free(config->history[i].created_by);
		free(config->history[i].author);
		free(config->history[i].comment);
	}
	free(config->history);
}

void build_config_free(struct build_config *config)
{
	if (!config)
		return;
	free(config->os);
	free(config->architecture);
	free(config->variant);
	free(config->author);
	free(config->user);
	free(config->working_dir);
	free(config->stop_signal);
	free(config->os_version);
	free(config->ports_seen);
	strs_fini(&config->env);
	strs_fini(&config->cmd);
	strs_fini(&config->entrypoint);
	strs_fini(&config->shell);
	strs_fini(&config->on_build);
	strs_fini(&config->labels);
	strs_fini(&config->ports);
	strs_fini(&config->volumes);
	strs_fini(&config->os_features);
	strs_fini(&config->base_diff_ids);
	cJSON_Delete(config->healthcheck);
	free_history(config);
	free(config);
}

static struct build_history *add_history(struct build_config *config)
{
	if (config->history_len == config->history_room) {
		size_t room = config->history_room ? config->history_room * 2 : 16;
		struct build_history *history = realloc(config->history, room * sizeof(*history));

		if (!history) {
			config->failed = true;
			return NULL;
		}
		config->history = history;
		config->history_room = room;
	}
	config->history[config->history_len] = (struct build_history){.step = -1};
	return &config->history[config->history_len++];
}

static void copy_history(struct build_config *config, const struct build_history *from)
{
	struct build_history *to = add_history(config);

	if (!to)
		return;
	set_optional(config, &to->created, from->created);
	set_optional(config, &to->created_by, from->created_by);
	set_optional(config, &to->author, from->author);
	set_optional(config, &to->comment, from->comment);
	to->empty = from->empty;
	to->step = from->step;
}

static struct build_config *new_config(void)
{
	struct build_config *config = calloc(1, sizeof(*config));

	if (config)
		config->stop_timeout = -1;
	return config;
}

struct build_config *build_config_copy(const struct build_config *from)
{
	auto_of(build_config) struct build_config *to = new_config();

	if (!to)
		return NULL;
	set_optional(to, &to->os, from->os);
	set_optional(to, &to->architecture, from->architecture);
	set_optional(to, &to->variant, from->variant);
	set_optional(to, &to->author, from->author);
	set_optional(to, &to->user, from->user);
	set_optional(to, &to->working_dir, from->working_dir);
	set_optional(to, &to->stop_signal, from->stop_signal);
	set_optional(to, &to->os_version, from->os_version);
	strs_copy(&to->env, &from->env);
	strs_copy(&to->cmd, &from->cmd);
	strs_copy(&to->entrypoint, &from->entrypoint);
	strs_copy(&to->shell, &from->shell);
	strs_copy(&to->on_build, &from->on_build);
	strs_copy(&to->labels, &from->labels);
	for (size_t i = 0; i < from->ports.len; i++)
		build_config_port(to, from->ports.v[i]);
	strs_copy(&to->volumes, &from->volumes);
	strs_copy(&to->os_features, &from->os_features);
	strs_copy(&to->base_diff_ids, &from->base_diff_ids);
	to->args_escaped = from->args_escaped;
	to->stop_timeout = from->stop_timeout;
	if (from->healthcheck && !(to->healthcheck = cJSON_Duplicate(from->healthcheck, true)))
		return NULL;
	for (size_t i = 0; i < from->history_len; i++)
		copy_history(to, &from->history[i]);
	return build_config_failed(to) ? NULL : take(to);
}

/* ---- where it begins ---- */

static void set_platform(struct build_config *config, const char *platform)
{
	char *copy = strdup(platform), *rest = copy, *part;
	char **const fields[] = {&config->os, &config->architecture, &config->variant};

	config->failed |= !copy;
	for (size_t i = 0; copy && i < array_len(fields) && (part = strsep(&rest, "/")); i++)
		build_config_set(config, fields[i], part);
	free(copy);
}

struct build_config *build_config_scratch(const char *platform)
{
	auto_of(build_config) struct build_config *config = new_config();

	if (!config)
		return NULL;
	set_platform(config, platform);
	build_config_set(config, &config->working_dir, "/");
	strs_add(&config->env, PATH_DEFAULT);
	return build_config_failed(config) ? NULL : take(config);
}

static void read_labels(struct build_config *config, const cJSON *labels)
{
	const cJSON *label;

	cJSON_ArrayForEach(label, labels) {
		if (cJSON_IsString(label))
			build_config_label(config, label->string, label->valuestring);
	}
}

static void read_set(struct strs *out, const cJSON *set)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, set) {
		strs_add(out, member->string);
	}
}

static void read_ports(struct build_config *config, const cJSON *set)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, set) {
		build_config_port(config, member->string);
	}
}

static int read_list(const cJSON *object, const char *key, struct strs *out, struct err *err)
{
	const cJSON *list = json_array(object, key);

	if (list && json_strs(list, out) < 0)
		return err_set(
			err, EINVAL, "the image's config has a %s that is no list of words", key);
	return 0;
}

static int read_run_config(struct build_config *config, const cJSON *run, struct err *err)
{
	const cJSON *health = json_object(run, "Healthcheck");
	uint64_t timeout;

	set_optional(config, &config->user, json_str(run, "User"));
	set_optional(config, &config->working_dir, json_str(run, "WorkingDir"));
	set_optional(config, &config->stop_signal, json_str(run, "StopSignal"));
	config->args_escaped = json_is_true(run, "ArgsEscaped");
	if (json_size(run, "StopTimeout", &timeout))
		config->stop_timeout = (int64_t)timeout;
	if (health && !(config->healthcheck = cJSON_Duplicate(health, true)))
		return err_set(err, ENOMEM, "out of memory");
	read_labels(config, json_object(run, "Labels"));
	read_ports(config, json_object(run, "ExposedPorts"));
	read_set(&config->volumes, json_object(run, "Volumes"));
	if (read_list(run, "Env", &config->env, err) < 0 ||
		read_list(run, "Cmd", &config->cmd, err) < 0 ||
		read_list(run, "Entrypoint", &config->entrypoint, err) < 0 ||
		read_list(run, "Shell", &config->shell, err) < 0)
		return err->code;
	return read_list(run, "OnBuild", &config->on_build, err);
}

static void read_history(struct build_config *config, const cJSON *history)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, history) {
		struct build_history read = {
			.created = (char *)json_str(line, "created"),
			.created_by = (char *)json_str(line, "created_by"),
			.author = (char *)json_str(line, "author"),
			.comment = (char *)json_str(line, "comment"),
			.empty = json_is_true(line, "empty_layer"),
			.step = -1,
		};

		copy_history(config, &read);
	}
}

static bool has_path(const struct strs *env)
{
	return strs_env(env, "PATH") != NULL;
}

int build_config_read(const char *json, size_t len, struct build_config **out, struct err *err)
{
	auto_of(build_config) struct build_config *config = new_config();
	auto_json *root = NULL;

	if (!config)
		return err_set(err, ENOMEM, "out of memory");
	if (json_parse(json, len, &root, err) < 0)
		return err_in(err, "the image's config");
	set_optional(config, &config->os, json_str(root, "os"));
	set_optional(config, &config->architecture, json_str(root, "architecture"));
	set_optional(config, &config->variant, json_str(root, "variant"));
	set_optional(config, &config->os_version, json_str(root, "os.version"));
	set_optional(config, &config->author, json_str(root, "author"));
	if (read_list(root, "os.features", &config->os_features, err) < 0 ||
		read_list(json_object(root, "rootfs"), "diff_ids", &config->base_diff_ids, err) <
			0 ||
		read_run_config(config, json_object(root, "config"), err) < 0)
		return err->code;
	read_history(config, json_array(root, "history"));
	if (!has_path(&config->env))
		strs_add(&config->env, PATH_DEFAULT);
	if (build_config_failed(config))
		return err_set(err, ENOMEM, "out of memory");
	*out = take(config);
	return 0;
}

/* ---- edits ---- */

void build_config_list(struct strs *field, const struct words *words)
{
	strs_fini(field);
	*field = (struct strs)STRS_INIT;
	for (size_t i = 0; i < words->len; i++)
		strs_add(field, words->v[i]);
}

static void set_pair(
	struct build_config *config, struct strs *list, const char *name, const char *value)
{
	auto_buf pair = BUF_INIT;

	buf_addf(&pair, "%s=%s", name, value);
	config->failed |= buf_failed(&pair);
	strs_set_env(list, buf_text(&pair));
}

void build_config_env(struct build_config *config, const char *name, const char *value)
{
	set_pair(config, &config->env, name, value);
}

void build_config_label(struct build_config *config, const char *name, const char *value)
{
	set_pair(config, &config->labels, name, value);
}

static void add_once(struct strs *list, const char *text)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->v[i], text))
			return;
	strs_add(list, text);
}

enum { PORTS = 65536, PROTOCOLS = 4, PORTS_SIZE = PORTS * PROTOCOLS / 8 };

/* Ranges bring them by the ten thousand. The last protocol is any that nobody knows. */
static size_t port_bit(const char *port)
{
	static const char *const protocols[] = {"/tcp", "/udp", "/sctp"};
	char *end;
	unsigned long number = strtoul(port, &end, 10);
	size_t protocol = 0;

	while (protocol < array_len(protocols) && strcmp(end, protocols[protocol]) != 0)
		protocol++;
	return (number % PORTS) * PROTOCOLS + protocol;
}

void build_config_port(struct build_config *config, const char *port)
{
	size_t bit = port_bit(port);
	unsigned char mask = (unsigned char)(1 << bit % 8);

	if (!config->ports_seen && !(config->ports_seen = calloc(1, PORTS_SIZE))) {
		config->failed = true;
		return;
	}
	if (bit % PROTOCOLS == PROTOCOLS - 1)
		add_once(&config->ports, port);
	else if (!(config->ports_seen[bit / 8] & mask))
		strs_add(&config->ports, port);
	config->ports_seen[bit / 8] |= mask;
}

void build_config_volume(struct build_config *config, const char *path)
{
	add_once(&config->volumes, path);
}

void build_config_commit(struct build_config *config, const char *created_by, int step)
{
	struct build_history *line = add_history(config);

	if (!line)
		return;
	build_config_set(config, &line->created_by, created_by);
	build_config_set(config, &line->comment, COMMENT);
	line->empty = step < 0;
	line->step = step;
}

void build_config_squash(struct build_config *config, size_t first, const char *comment, bool empty)
{
	struct build_history *line;

	for (size_t i = first; i < config->history_len; i++)
		config->history[i].empty = true;
	line = add_history(config);
	if (!line)
		return;
	line->empty = empty;
	line->comment = strdup(comment);
	config->failed |= !line->comment;
}
