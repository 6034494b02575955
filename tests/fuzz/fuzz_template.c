/* A template from anywhere over fixed data: no crash, no leak, an end in time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/template.h"

static const char data[] = "{\"Name\":\"x\",\"List\":[1,2.5,\"a\",null,{\"K\":true}],"
			   "\"Labels\":{\"a\":\"1\",\"b\":\"2\"},\"Binds\":null}";

static const struct template_type types[] = {
	{"Labels", TEMPLATE_STRINGS, false},
	{"Binds", TEMPLATE_LIST, false},
	{"Health", TEMPLATE_POINTER, true},
	{"StopSignal", TEMPLATE_TEXT, true},
	{NULL, 0, false},
};

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const struct template_options options = {.type = "row", .types = types};
	char *text = strndup((const char *)input, len);
	struct template *tmpl = NULL;
	auto_buf out = BUF_INIT;
	struct err err;

	if (text && template_parse(text, &tmpl, &err) == 0) {
		cJSON *json = cJSON_Parse(data);

		template_wants(tmpl, "Name");
		template_run(tmpl, json, &options, &out, &err);
		cJSON_Delete(json);
		template_free(tmpl);
	}
	free(text);
	return 0;
}
