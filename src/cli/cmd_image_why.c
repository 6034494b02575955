#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/form.h"
#include "cli/names.h"
#include "cli/table.h"
#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

enum { STEP_COLUMNS = 60 };

struct values {
	const char *format;
};

static const struct option options[] = {
	{"format", 0, OPTION_STRING, NULL, "'json' or a Go template",
		offsetof(struct values, format)},
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

struct story {
	struct layers *layers;
	uint32_t spot;
	struct strata_step *steps;
	size_t n;
};

static const struct index_entry *entry_of(const struct story *story, const struct strata_step *step)
{
	return step->entry == STRATA_NONE
		       ? NULL
		       : index_at(strata_index(layers_strata(story->layers), step->layer),
				 step->entry);
}

static const char *target_of(const struct story *story, const struct strata_step *step)
{
	const struct index_entry *entry = entry_of(story, step);

	if (!entry || !(S_ISLNK(entry->mode) || entry->flags & INDEX_LINK))
		return "";
	return index_target(strata_index(layers_strata(story->layers), step->layer), entry);
}

static const struct strata_step *winner(const struct story *story)
{
	for (size_t i = 0; i < story->n; i++)
		if (story->steps[i].wins)
			return &story->steps[i];
	return NULL;
}

static const struct {
	unsigned bit;
	const char *json, *words;
} differences[] = {
	{STRATA_TYPE, "type", "type"},
	{STRATA_CONTENT, "content", "content"},
	{STRATA_MODE, "mode", "mode"},
	{STRATA_OWNER, "owner", "owner"},
	{STRATA_XATTRS, "xattrs", "attributes"},
	{STRATA_MTIME, "mtime", "time"},
};

/* ---- for programs ---- */

static void add_entry(cJSON *object, const struct story *story, const struct strata_step *step)
{
	const struct index_entry *entry = entry_of(story, step);
	auto_buf target = BUF_INIT;
	char mode[8];

	if (!entry)
		return;
	snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777);
	names_puts(&target, target_of(story, step));
	cJSON_AddStringToObject(object, "Type", names_type(entry));
	cJSON_AddStringToObject(object, "Mode", mode);
	cJSON_AddNumberToObject(object, "Uid", entry->uid);
	cJSON_AddNumberToObject(object, "Gid", entry->gid);
	cJSON_AddNumberToObject(object, "Size", (double)entry->size);
	cJSON_AddNumberToObject(object, "Mtime", (double)entry->mtime);
	cJSON_AddStringToObject(object, "Target", buf_text(&target));
	cJSON_AddBoolToObject(object, "Opaque", entry->flags & INDEX_OPAQUE);
	cJSON_AddBoolToObject(object, "Implied", entry->flags & INDEX_IMPLIED);
}

static cJSON *describe_step(const struct story *story, const struct strata_step *step)
{
	const struct layers_layer *layer = layers_at(story->layers, step->layer);
	cJSON *object = cJSON_CreateObject(), *list;
	auto_buf by = BUF_INIT;

	names_put_path(&by, layers_strata(story->layers), step->by);
	cJSON_AddNumberToObject(object, "Layer", step->layer + 1);
	cJSON_AddStringToObject(object, "DiffID", layer->diff_id);
	cJSON_AddStringToObject(object, "CreatedBy", layer->created_by);
	cJSON_AddStringToObject(object, "Does", strata_deed_name(step->deed));
	cJSON_AddStringToObject(object, "By", buf_text(&by));
	list = cJSON_AddArrayToObject(object, "Differs");
	for (size_t i = 0; i < array_len(differences); i++)
		if (step->difference & differences[i].bit)
			cJSON_AddItemToArray(list, cJSON_CreateString(differences[i].json));
	add_entry(object, story, step);
	cJSON_AddBoolToObject(object, "Shows", step->wins);
	return object;
}

static int put_json(
	const struct story *story, const struct form *form, struct buf *out, struct err *err)
{
	cJSON *object = cJSON_CreateObject(), *steps;
	const struct strata_step *wins = winner(story);
	auto_buf path = BUF_INIT;
	int failed;

	names_put_path(&path, layers_strata(story->layers), story->spot);
	cJSON_AddStringToObject(object, "Image", layers_image(story->layers));
	cJSON_AddStringToObject(object, "Path", buf_text(&path));
	cJSON_AddNumberToObject(object, "Layers", layers_count(story->layers));
	cJSON_AddNumberToObject(object, "ShowsLayer", wins ? wins->layer + 1 : 0);
	steps = cJSON_AddArrayToObject(object, "Steps");
	for (size_t i = 0; i < story->n; i++)
		cJSON_AddItemToArray(steps, describe_step(story, &story->steps[i]));
	failed = form_put(form, object, out, err);
	cJSON_Delete(object);
	return failed;
}

/* ---- for people ---- */

static void put_differences(unsigned difference, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < array_len(differences); i++)
		if (difference & differences[i].bit) {
			buf_addf(out, "%s%s", first ? "" : ", ", differences[i].words);
			first = false;
		}
}

static void put_deed(const struct story *story, const struct strata_step *step, struct buf *out)
{
	static const char *const words[] = {
		[STRATA_ADDS] = "adds it",
		[STRATA_CHANGES] = "changes its ",
		[STRATA_TOUCHES] = "copies it to change its ",
		[STRATA_REPEATS] = "writes the same again",
		[STRATA_TURNS] = "makes something else of it: ",
		[STRATA_DELETES] = "deletes it",
		[STRATA_CLEARS] = "hides all that lower layers have in it",
		[STRATA_DELETES_ABOVE] = "deletes ",
		[STRATA_CLEARS_ABOVE] = "hides all that lower layers have in ",
		[STRATA_TURNS_ABOVE] = "makes something else of ",
		[STRATA_DELETES_NOTHING] = "deletes it, though nothing is there",
	};

	buf_adds(out, words[step->deed]);
	if (step->deed == STRATA_CHANGES || step->deed == STRATA_TOUCHES)
		put_differences(step->difference, out);
	else if (step->deed == STRATA_TURNS)
		buf_adds(out, names_type(entry_of(story, step)));
	else if (step->deed == STRATA_REPEATS && step->difference & STRATA_MTIME)
		buf_adds(out, ", with another time");
	if (step->by != story->spot)
		names_put_path(out, layers_strata(story->layers), step->by);
}

static void put_step(const struct story *story, const struct strata_step *step, struct buf *out)
{
	const struct index_entry *entry = entry_of(story, step);

	buf_addf(out, "%s %u\t", step->wins ? "*" : " ", step->layer + 1);
	if (entry && !(entry->flags & INDEX_WHITEOUT)) {
		names_put_mode(out, entry->mode);
		buf_addf(out, "\t%u:%u\t", entry->uid, entry->gid);
		if (S_ISREG(entry->mode))
			units_put_size(out, entry->size);
		else
			buf_addc(out, '-');
		buf_addc(out, '\t');
	} else {
		buf_adds(out, "-\t-\t-\t");
	}
	put_deed(story, step, out);
	buf_addc(out, '\t');
	names_put_short(out, layers_at(story->layers, step->layer)->created_by, STEP_COLUMNS);
	buf_addc(out, '\n');
}

static void put_verdict(const struct story *story, struct buf *out)
{
	const struct strata_step *wins = winner(story);
	const char *target = wins ? target_of(story, wins) : "";

	names_put_path(out, layers_strata(story->layers), story->spot);
	if (*target) {
		buf_adds(out, S_ISLNK(entry_of(story, wins)->mode) ? " -> " : " => /");
		names_puts(out, target);
	}
	if (wins)
		buf_addf(out, ": layer %u of %u is what shows\n\n", wins->layer + 1,
			layers_count(story->layers));
	else
		buf_adds(out, ": not in the image any more\n\n");
}

static void put_words(const struct story *story, struct buf *out)
{
	auto_buf lines = BUF_INIT;

	put_verdict(story, out);
	buf_adds(&lines, "  LAYER\tMODE\tOWNER\tSIZE\tTHE LAYER\tMADE BY\n");
	for (size_t i = 0; i < story->n; i++)
		put_step(story, &story->steps[i], &lines);
	table_align(buf_text(&lines), lines.len, out);
}

static int tell(
	struct cli *cli, const struct form *form, const struct operands *operands, struct err *err)
{
	auto_layers *layers = NULL;
	struct story story = {0};
	int failed = engine_layers_open(cli->engine, operands->v[0], &layers, err);

	story.layers = layers;
	if (failed || layers_find(layers, operands->v[1], &story.spot, err) < 0 ||
		strata_story(layers_strata(layers), story.spot,
			(struct strata_span){0, layers_count(layers)}, layers_count(layers),
			&story.steps, &story.n, err) < 0)
		return err->code;
	if (form)
		failed = put_json(&story, form, &cli->out.text, err);
	else
		put_words(&story, &cli->out.text);
	free(story.steps);
	return failed;
}

static int image_why(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	auto_of(form) struct form *form = NULL;
	struct err err;

	if (values->format && form_new(values->format, &form, &err) < 0)
		return cli_fail(&err, FORM_BAD);
	if (!cli_open(cli))
		return 1;
	return tell(cli, form, operands, &err) < 0 ? cli_fail(&err, 1) : 0;
}

const struct command command_image_why = {
	.names = {"image why"},
	.usage = "[OPTIONS] IMAGE PATH",
	.summary = "Tell which layers made a path what it is",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 2,
	.most = 2,
	.values_size = sizeof(struct values),
	.run = image_why,
};
