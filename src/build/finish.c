#include "build/finish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "build/copy.h"
#include "build/exporter.h"
#include "build/no_memory.h"
#include "build/result.h"
#include "core/child.h"
#include "core/image_ops.h"
#include "core/module.h"
#include "core/reference.h"
#include "util/json.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

/* ---- the image ---- */

static int read_tags(
	const struct strs *given, const struct strs *more, struct strs *out, struct err *err)
{
	const struct strs *lists[] = {given, more};

	for (size_t list = 0; list < array_len(lists); list++)
		for (size_t i = 0; lists[list] && i < lists[list]->len; i++) {
			auto_buf whole = BUF_INIT;
			struct reference ref;

			if (reference_parse(lists[list]->v[i], &ref, err) < 0)
				return err_in(err, "invalid tag \"%.200s\"", lists[list]->v[i]);
			if (ref.digest[0])
				return err_set(err, EINVAL,
					"invalid tag \"%.200s\": a name with a digest",
					lists[list]->v[i]);
			reference_default_tag(&ref);
			reference_text(&ref, &whole);
			strs_add(out, buf_text(&whole));
		}
	return strs_failed(out) ? no_memory(err) : 0;
}

static int make_image(struct build_work *work, const struct strs *names,
	struct build_result *result, struct err *err)
{
	auto_strs tags = STRS_INIT;

	if (read_tags(&work->request->tags, names, &tags, err) < 0)
		return err->code;
	return result_image(work, &tags, result->image, err);
}

/* ---- files ---- */

static int open_result(struct build_work *work, char **path, struct err *err)
{
	static const struct strs none = STRS_INIT;
	const struct node *node = result_node(work);

	return trees_mount(work->trees, node ? &node->layers : &none, path, err);
}

static int write_local(struct build_work *work, const char *dest, struct err *err)
{
	struct files_source source = {.canceled = work->canceled};
	const struct files_pick all = {.path = ""};
	struct copy_order order = {.source = &source, .to = "/", .keep_owner = true};
	auto_of(dest) struct dest *writer = NULL;
	auto_close int root = -1, to = -1;
	auto_free char *path = NULL;
	auto_files files = {0};

	if (open_result(work, &path, err) < 0)
		return err->code;
	if (path_mkdirs(dest, 0755) < 0 ||
		(to = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_sys(err, "output: %.200s", dest);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, "output: open the result");
	source.root_fd = root;
	order.files = &files;
	order.replace = true;
	if (files_add(&files, &source, &all, err) < 0 || dest_new(NULL, 0, to, &writer, err) < 0 ||
		copy_files(writer, &order, err) < 0)
		return err_in(err, "output %.200s", dest);
	return dest_finish(writer, err);
}

static int write_tar(struct build_work *work, const char *dest, struct err *err)
{
	const struct image_watch watch = {.canceled = work->canceled};
	auto_free char *path = NULL;
	auto_close int root = -1;
	const struct image_ops *ops;

	if (module_image(&ops, err) < 0 || open_result(work, &path, err) < 0)
		return err->code;
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(err, "output: open the result");
	return ops->export_tree(
		root, NULL, str_eq(dest, "-") ? NULL : dest, STDOUT_FILENO, &watch, err);
}

/* ---- images elsewhere ---- */

static int write_archive(struct build_work *work, const struct build_result *result,
	const struct exporter *output, struct err *err)
{
	auto_strs names = STRS_INIT;
	const struct image_watch watch = {.canceled = work->canceled};
	struct image_save_options save = {.names = &names,
		.path = str_eq(output->dest, "-") ? NULL : output->dest,
		.fd = STDOUT_FILENO};
	const struct image_ops *ops;

	for (size_t i = 0; i < work->request->tags.len; i++)
		strs_add(&names, work->request->tags.v[i]);
	for (size_t i = 0; i < output->names.len; i++)
		strs_add(&names, output->names.v[i]);
	if (!names.len)
		strs_add(&names, result->image);
	if (strs_failed(&names))
		return no_memory(err);
	return module_image(&ops, err) < 0 ? err->code : ops->save(work->store, &save, &watch, err);
}

static int push_name(struct build_work *work, const char *name, struct err *err)
{
	const char *args[] = {"push", "--quiet", name, NULL};
	const struct child child = {.args = args, .canceled = work->canceled};

	return child_run(work->engine, &child, err);
}

static int push_names(struct build_work *work, const struct exporter *output, struct err *err)
{
	const struct strs *lists[] = {&work->request->tags, &output->names};
	int failed = 0;

	for (size_t list = 0; list < array_len(lists); list++)
		for (size_t i = 0; i < lists[list]->len && !failed; i++)
			failed = push_name(work, lists[list]->v[i], err);
	return failed;
}

/* ---- all ---- */

static int check_output(
	const struct build_request *request, const struct exporter *output, struct err *err)
{
	auto_strs tags = STRS_INIT;

	if (read_tags(&request->tags, &output->names, &tags, err) < 0)
		return err->code;
	if (output->push && !tags.len)
		return err_set(err, EINVAL, "tag is needed when pushing to registry");
	return 0;
}

int finish_check(const struct build_request *request, struct err *err)
{
	const struct exporter image = {.kind = EXPORT_IMAGE};
	int failed = check_output(request, &image, err);

	for (size_t i = 0; i < request->outputs.len && !failed; i++) {
		struct exporter output;

		failed = exporter_parse(request->outputs.v[i], &output, err);
		if (failed)
			break;
		failed = check_output(request, &output, err);
		exporter_fini(&output);
	}
	return failed;
}

static int write_output(struct build_work *work, const struct exporter *output,
	struct build_result *result, struct err *err)
{
	if (output->kind == EXPORT_LOCAL)
		return write_local(work, output->dest, err);
	if (output->kind == EXPORT_TAR)
		return write_tar(work, output->dest, err);
	if (make_image(work, &output->names, result, err) < 0)
		return err->code;
	if (output->kind != EXPORT_IMAGE && write_archive(work, result, output, err) < 0)
		return err->code;
	return output->push ? push_names(work, output, err) : 0;
}

/* A path of the user's. */
static int write_text(const char *path, const char *text, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return err_sys(err, "write %.200s", path);
	return 0;
}

static int write_metadata(
	const struct build_work *work, const struct build_result *result, struct err *err)
{
	auto_json *metadata = cJSON_CreateObject();
	auto_buf names = BUF_INIT;
	auto_free char *text = NULL;

	for (size_t i = 0; i < work->request->tags.len; i++)
		buf_addf(&names, "%s%s", i ? "," : "", work->request->tags.v[i]);
	cJSON_AddStringToObject(metadata, "containerimage.config.digest", result->image);
	cJSON_AddStringToObject(metadata, "containerimage.digest", result->image);
	if (names.len)
		cJSON_AddStringToObject(metadata, "image.name", buf_text(&names));
	text = cJSON_Print(metadata);
	return text ? write_text(work->request->metadata_file, text, err) : no_memory(err);
}

int finish_build(struct build_work *work, struct build_result *result, struct err *err)
{
	const struct strs *outputs = &work->request->outputs;
	int failed = 0;

	if (!outputs->len)
		failed = make_image(work, NULL, result, err);
	for (size_t i = 0; i < outputs->len && !failed; i++) {
		struct exporter output;

		failed = exporter_parse(outputs->v[i], &output, err);
		if (failed)
			break;
		failed = write_output(work, &output, result, err);
		exporter_fini(&output);
	}
	if (!failed && work->request->iid_file && *result->image)
		failed = write_text(work->request->iid_file, result->image, err);
	if (!failed && work->request->metadata_file)
		failed = write_metadata(work, result, err);
	if (!failed)
		result->exit_code = 0;
	return failed;
}
