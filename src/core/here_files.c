/* here_files.c - containers' files, read and written by this very process. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/here_private.h"
#include "core/module.h"
#include "core/view.h"
#include "util/json.h"
#include "util/own.h"

#define auto_writable __attribute__((cleanup(writable_close))) struct writable

/* ---- changes ---- */

struct telling {
	change_fn *each;
	void *arg;
	struct buf path;
};

static int tell(void *arg, enum image_change kind, const char *path)
{
	struct telling *telling = arg;

	buf_clear(&telling->path);
	buf_addf(&telling->path, "/%s", path);
	return telling->each(telling->arg, (enum change_kind)kind, buf_text(&telling->path));
}

int engine_changes(
	struct engine *engine, const char *who, change_fn *each, void *arg, struct err *err)
{
	auto_writable writable = {.own_fd = -1, .hold = HOLD_INIT};
	struct telling telling = {.each = each, .arg = arg};
	const struct image_ops *ops;
	int failed = writable_open(engine, who, &writable, err);

	if (!failed)
		failed = module_image(&ops, err);
	if (!failed)
		failed = ops->changes(engine->store, &writable.tree, tell, &telling, err);
	buf_fini(&telling.path);
	return failed;
}

/* ---- commit ---- */

static void on_read(void *arg)
{
	writable_release(arg);
}

/* What was given to its processes by us and not by image or user would be a lie about the next
 * container. */
static cJSON *own_config(const cJSON *inspect)
{
	cJSON *config = cJSON_Duplicate(json_object(inspect, "Config"), true), *env;
	const char *hostname = json_str_or(config, "Hostname", "");
	bool tty = json_is_true(config, "Tty");

	env = cJSON_GetObjectItemCaseSensitive(config, "Env");
	for (int i = cJSON_GetArraySize(env); i-- > 0;) {
		const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(env, i));

		if (text && ((str_has_prefix(text, "HOSTNAME=") && str_eq(text + 9, hostname)) ||
				    (tty && str_eq(text, "TERM=xterm"))))
			cJSON_DeleteItemFromArray(env, i);
	}
	return config;
}

static void join_command(const cJSON *config, struct buf *out)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, json_array(config, "Cmd"))
		buf_addf(out, "%s%s", out->len ? " " : "",
			cJSON_IsString(word) ? word->valuestring : "");
}

static void announce(struct engine *engine, const struct commit_request *request,
	const struct row *row, const char *id)
{
	engine_announce(engine, row, "commit",
		(const char *const[]){"comment", request->message ? request->message : "",
			"imageID", id, "imageRef", request->reference ? request->reference : "",
			NULL});
}

static int commit(struct here *here, const struct image_ops *ops, struct writable *writable,
	const struct commit_request *request, const cJSON *config, struct err *err)
{
	auto_buf command = BUF_INIT;
	char parent[DIGEST_SIZE], id[DIGEST_SIZE];
	struct image_commit_options how = {
		.tree = writable->tree,
		.parent = parent,
		.config = config,
		.changes = &request->changes,
		.author = request->author,
		.message = request->message,
		.reference = request->reference,
		.on_read = on_read,
		.arg = writable,
	};
	int failed;

	snprintf(parent, sizeof(parent), "sha256:%.64s", writable->row.image_id);
	join_command(config, &command);
	how.created_by = buf_text(&command);
	failed = ops->commit(here->engine->store, &how, &here->watch, id, err);
	if (failed)
		return failed;
	announce(here->engine, request, &writable->row, id);
	buf_addf(here->result, "%s\n", id);
	return 0;
}

int engine_commit_here(struct engine *engine, const struct commit_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	auto_writable writable = {.own_fd = -1, .hold = HOLD_INIT};
	auto_json *inspect = NULL, *config = NULL;
	const struct image_ops *ops;
	struct here here;
	int failed = writable_open(engine, request->who, &writable, err);

	if (!failed)
		failed = here_begin_making(&here, engine, options, result, &ops, err);
	if (!failed)
		failed = engine_container_inspect(engine, writable.row.id, &inspect, err);
	if (!failed && !request->running)
		failed = writable_hold(engine, &writable, err);
	if (failed)
		return failed;
	config = own_config(inspect);
	failed = commit(&here, ops, &writable, request, config, err);
	return failed == -ENOENT && !request->running && !writable_is_held(&writable)
		       ? err_in(err,
				 "container %s cannot be frozen here, and changed while it was read: stop it first, or commit again",
				 writable.row.name)
		       : failed;
}

/* ---- export, import ---- */

int engine_export_here(struct engine *engine, const char *who, const char *path,
	const struct job_options *options, struct err *err)
{
	auto_writable writable = {.own_fd = -1, .hold = HOLD_INIT};
	auto_close int root = -1;
	const struct image_ops *ops;
	struct here here;
	int failed = writable_open(engine, who, &writable, err);

	if (!failed)
		failed = here_begin(&here, engine, options, NULL, &ops, err);
	if (!failed)
		failed = writable_hold(engine, &writable, err);
	if (failed)
		return failed;
	root = view_open(engine, &writable, VIEW_PLAIN, NULL, err);
	if (root < 0)
		return root;
	failed = ops->export_tree(
		root, &writable.tree.owners, path, STDOUT_FILENO, &here.watch, err);
	if (!failed)
		engine_announce(engine, &writable.row, "export", NULL);
	return failed;
}

int engine_import_here(struct engine *engine, const struct import_request *request,
	const struct job_options *options, struct buf *result, struct err *err)
{
	const struct image_import_options import = {
		.source = request->source,
		.fd = STDIN_FILENO,
		.reference = request->reference,
		.message = request->message,
		.platform = request->platform,
		.changes = &request->changes,
	};
	const struct image_ops *ops;
	char id[DIGEST_SIZE];
	struct here here;
	int failed = here_begin_making(&here, engine, options, result, &ops, err);

	if (!failed)
		failed = ops->import(engine->store, &import, &here.watch, id, err);
	if (!failed)
		buf_addf(result, "%s\n", id);
	return failed;
}
