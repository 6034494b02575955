#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/names.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

enum { DEPTH_DEFAULT = 2, INDENT_MAX = 4 * (INDEX_DEPTH_MAX + 2) * 3 };

struct values {
	int64_t layer, depth;
	const char *format;
};

static const struct option options[] = {
	{"depth", 'L', OPTION_INT, NULL,
		"How many directories deep to go, 0: all the way (default 2)",
		offsetof(struct values, depth)},
	{"format", 0, OPTION_STRING, NULL, "'json': one object a line",
		offsetof(struct values, format)},
	{"layer", 0, OPTION_INT, NULL,
		"Show the image as far as this layer goes, and mark what it did",
		offsetof(struct values, layer)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};
static const struct values defaults = {.depth = DEPTH_DEFAULT};

struct drawing {
	struct cli *cli;
	struct layers *layers;
	unsigned height;
	bool marks, json; /* marks: what the topmost layer did */
	int64_t depth;    /* 0: all */
	char indent[INDENT_MAX];
	size_t indent_len;
};

/* ---- one line ---- */

static char mark_of(enum strata_change change)
{
	static const char marks[] = {
		[STRATA_SAME] = ' ',
		[STRATA_ADDED] = '+',
		[STRATA_CHANGED] = '~',
		[STRATA_METADATA] = 'm',
		[STRATA_REWRITTEN] = '=',
		[STRATA_INSIDE] = ' ',
		[STRATA_REMOVED] = '-',
	};

	return marks[change];
}

static void put_cells(struct drawing *drawing, const struct layers_row *row)
{
	struct buf *out = &drawing->cli->out.text;
	char owner[32];
	size_t start;

	if (drawing->marks)
		buf_addf(out, "%c ", mark_of(row->change));
	names_put_mode(out, row->entry->mode);
	snprintf(owner, sizeof(owner), "%u:%u", row->entry->uid, row->entry->gid);
	buf_addf(out, "  %-9s", owner);
	start = out->len;
	units_put_size(out, row->bytes);
	while (out->len - start < 8)
		buf_addc(out, ' ');
	buf_addf(out, " %3u  ", row->layer + 1);
}

static void put_row(struct drawing *drawing, const struct layers_row *row, const char *branch)
{
	struct buf *out = &drawing->cli->out.text;

	put_cells(drawing, row);
	buf_add(out, drawing->indent, drawing->indent_len);
	buf_adds(out, branch);
	if (row->spot == STRATA_ROOT)
		buf_addc(out, '/');
	names_put(out, row->name, row->name_len);
	if (S_ISDIR(row->entry->mode) && row->spot != STRATA_ROOT)
		buf_addc(out, '/');
	if (*row->target) {
		buf_adds(out, S_ISLNK(row->entry->mode) ? " -> " : " => /");
		names_puts(out, row->target);
	}
	buf_addc(out, '\n');
}

static void add_text(cJSON *object, const char *key, const struct buf *text)
{
	cJSON_AddStringToObject(object, key, buf_text(text));
}

static int put_json(struct drawing *drawing, const struct layers_row *row, struct err *err)
{
	auto_buf path = BUF_INIT, mode = BUF_INIT, target = BUF_INIT;
	cJSON *object = cJSON_CreateObject();
	char *text;

	names_put_path(&path, layers_strata(drawing->layers), row->spot);
	buf_addf(&mode, "%04o", row->entry->mode & 07777);
	names_puts(&target, row->target);
	add_text(object, "Path", &path);
	cJSON_AddStringToObject(object, "Type", names_type(row->entry));
	add_text(object, "Mode", &mode);
	cJSON_AddNumberToObject(object, "Uid", row->entry->uid);
	cJSON_AddNumberToObject(object, "Gid", row->entry->gid);
	cJSON_AddNumberToObject(object, "Size", (double)row->bytes);
	cJSON_AddNumberToObject(object, "Files", row->files);
	cJSON_AddNumberToObject(object, "Mtime", (double)row->entry->mtime);
	add_text(object, "Target", &target);
	cJSON_AddNumberToObject(object, "Layer", row->layer + 1);
	cJSON_AddStringToObject(object, "Change", strata_change_name(row->change));
	cJSON_AddNumberToObject(object, "Versions", row->versions);
	text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	if (!text)
		return err_set(err, ENOMEM, "out of memory");
	buf_adds(&drawing->cli->out.text, text);
	buf_addc(&drawing->cli->out.text, '\n');
	free(text);
	return 0;
}

/* ---- the tree ---- */

static int draw_below(
	struct drawing *drawing, const struct layers_row *dir, int64_t depth, struct err *err);

static int draw_child(struct drawing *drawing, const struct layers_row *row, bool last,
	int64_t depth, struct err *err)
{
	const char *more = last ? "    " : "│   ";
	size_t len = drawing->indent_len;
	int failed = 0;

	if (drawing->json)
		failed = put_json(drawing, row, err);
	else
		put_row(drawing, row, last ? "└── " : "├── ");
	output_flow(&drawing->cli->out);
	if (!row->has_children || row->change == STRATA_REMOVED || failed)
		return failed;
	memcpy(drawing->indent + len, more, strlen(more));
	drawing->indent_len += strlen(more);
	failed = draw_below(drawing, row, depth + 1, err);
	drawing->indent_len = len;
	return failed;
}

static int draw_below(
	struct drawing *drawing, const struct layers_row *dir, int64_t depth, struct err *err)
{
	auto_free struct layers_row *rows = NULL;
	size_t count;
	int failed = 0;

	if (drawing->depth && depth > drawing->depth)
		return 0;
	if (layers_list(drawing->layers, dir->spot, drawing->height, drawing->marks, &rows, &count,
		    err) < 0)
		return err->code;
	for (size_t i = 0; i < count && !failed; i++)
		failed = draw_child(drawing, &rows[i], i + 1 == count, depth, err);
	return failed;
}

static int draw(struct drawing *drawing, const char *path, struct err *err)
{
	struct layers_row top;
	uint32_t spot = STRATA_ROOT;

	if (layers_weigh(drawing->layers, drawing->height, err) < 0 ||
		(path && layers_find(drawing->layers, path, &spot, err) < 0))
		return err->code;
	if (!layers_row(drawing->layers, spot, drawing->height, &top))
		return err_set(err, ENOENT, "%.500s does not show at layer %u: see davit image why",
			path ? path : "/", drawing->height);
	if (drawing->json) {
		if (put_json(drawing, &top, err) < 0)
			return err->code;
	} else {
		put_row(drawing, &top, "");
	}
	return S_ISDIR(top.entry->mode) ? draw_below(drawing, &top, 1, err) : 0;
}

static int open_and_draw(struct cli *cli, const struct values *values,
	const struct operands *operands, struct err *err)
{
	auto_layers *layers = NULL;
	struct drawing drawing = {.cli = cli, .depth = values->depth, .json = values->format};

	if (engine_layers_open(cli->engine, operands->v[0], &layers, err) < 0)
		return err->code;
	if (values->layer < 0 || values->layer > layers_count(layers))
		return err_set(err, EINVAL, "there is no layer %lld: the image has %u",
			(long long)values->layer, layers_count(layers));
	if (values->depth < 0)
		return err_set(err, EINVAL, "--depth must be 0 or more");
	drawing.layers = layers;
	drawing.marks = values->layer > 0;
	drawing.height = values->layer ? (unsigned)values->layer : layers_count(layers);
	return draw(&drawing, operands->v[1], err);
}

static int image_tree(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct err err;

	if (values->format && !str_eq(values->format, "json")) {
		cli_say("image tree knows --format json and no template");
		return 1;
	}
	if (!cli_open(cli))
		return 1;
	return open_and_draw(cli, values, operands, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_image_tree = {
	.names = {"image tree"},
	.usage = "[OPTIONS] IMAGE [PATH]",
	.summary = "Show an image's files, at any of its layers",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 2,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = image_tree,
};
