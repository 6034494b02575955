/* figure_json.c - a figure as JSON, and out of it again: a lesson's figure is drawn by a davit of
 * the lesson's own store. */
#include <errno.h>
#include <string.h>

#include "core/figure.h"
#include "util/json.h"
#include "util/strs.h"

static const char *const flows[] = {"down", "across", "slabs"};
static const char *const tones[] = {"plain", "chosen", "faint", "gone"};

static cJSON *box_json(const struct figure_box *box)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddNumberToObject(object, "Parent", box->parent);
	cJSON_AddStringToObject(object, "Flow", flows[box->flow]);
	cJSON_AddStringToObject(object, "Tone", tones[box->tone]);
	cJSON_AddBoolToObject(object, "Line", box->line);
	cJSON_AddStringToObject(object, "Title", box->title);
	cJSON_AddStringToObject(object, "Value", box->value);
	cJSON_AddStringToObject(object, "Text", box->text);
	cJSON_AddStringToObject(object, "Link", box->link);
	cJSON_AddStringToObject(object, "Words", box->words);
	cJSON_AddStringToObject(object, "Proof", box->proof);
	cJSON_AddStringToObject(object, "Command", box->command);
	return object;
}

cJSON *figure_to_json(const struct figure *figure)
{
	cJSON *object = cJSON_CreateObject(), *list;
	size_t count;
	const struct figure_box *boxes = figure_boxes(figure, &count);

	cJSON_AddStringToObject(object, "Figure", figure_name(figure_kind(figure)));
	cJSON_AddStringToObject(object, "Title", figure_title_of(figure));
	cJSON_AddStringToObject(object, "Caption", figure_caption_of(figure));
	list = cJSON_AddArrayToObject(object, "Boxes");
	for (size_t i = 0; i < count; i++)
		cJSON_AddItemToArray(list, box_json(&boxes[i]));
	return object;
}

static int index_of(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return i;
	return 0;
}

static void read_box(struct figure *figure, const cJSON *json)
{
	const cJSON *parent = json_get(json, "Parent");
	int number = cJSON_IsNumber(parent) && parent->valuedouble >= 0 &&
				     parent->valuedouble < FIGURE_BOXES_MAX
			     ? (int)parent->valuedouble
			     : -1;

	figure_box(figure, number, "%s", json_str_or(json, "Title", ""));
	figure_value(figure, "%s", json_str_or(json, "Value", ""));
	figure_text(figure, "%s", json_str_or(json, "Text", ""));
	figure_link(figure, "%s", json_str_or(json, "Link", ""));
	figure_words(figure, "%s", json_str_or(json, "Words", ""));
	figure_proof(figure, "%s", json_str_or(json, "Proof", ""));
	figure_command(figure, "%s", json_str_or(json, "Command", ""));
	figure_flow(figure, index_of(flows, array_len(flows), json_str(json, "Flow")));
	figure_tone(figure, index_of(tones, array_len(tones), json_str(json, "Tone")));
	if (json_is_true(json, "Line"))
		figure_line(figure);
}

int figure_from_json(const char *text, size_t len, struct figure **out, struct err *err)
{
	auto_of(figure) struct figure *figure = NULL;
	auto_json *json = NULL;
	enum figure_kind kind;
	const cJSON *box;

	if (json_parse(text, len, &json, err) < 0)
		return err_in(err, "the figure");
	kind = figure_find(json_str_or(json, "Figure", ""));
	if (kind == FIGURE_KINDS)
		return err_set(err, EINVAL, "that is no figure");
	figure = figure_new(kind);
	if (!figure)
		return err_set(err, ENOMEM, "the figure: out of memory");
	figure_title(figure, "%s", json_str_or(json, "Title", ""));
	figure_caption(figure, "%s", json_str_or(json, "Caption", ""));
	cJSON_ArrayForEach(box, json_array(json, "Boxes"))
		read_box(figure, box);
	if (figure_failed(figure))
		return err_set(err, ENOMEM, "the figure: out of memory");
	*out = take(figure);
	return 0;
}
