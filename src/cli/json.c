#include "cli/json.h"

static void put_scalar(struct buf *out, const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	if (text)
		buf_adds(out, text);
	else
		out->failed = true;
	cJSON_free(text);
}

static void put_text(struct buf *out, const char *text)
{
	cJSON *json = cJSON_CreateStringReference(text);

	put_scalar(out, json);
	cJSON_Delete(json);
}

void json_put(struct buf *out, const cJSON *json, int level)
{
	bool is_list = cJSON_IsArray(json);
	const cJSON *item;

	if ((!is_list && !cJSON_IsObject(json)) || !json->child) {
		put_scalar(out, json);
		return;
	}
	buf_adds(out, is_list ? "[\n" : "{\n");
	cJSON_ArrayForEach(item, json) {
		buf_addf(out, "%*s", (level + 1) * 4, "");
		if (!is_list) {
			put_text(out, item->string);
			buf_adds(out, ": ");
		}
		json_put(out, item, level + 1);
		buf_adds(out, item->next ? ",\n" : "\n");
	}
	buf_addf(out, "%*s%c", level * 4, "", is_list ? ']' : '}');
}
