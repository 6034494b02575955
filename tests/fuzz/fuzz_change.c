/* --change: whatever is typed there changes a config or is refused, and the config stays one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/change.h"
#include "util/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	auto_json *config = cJSON_Parse("{\"Env\":[\"A=1\",\"PATH=/bin\"],\"Cmd\":[\"x\"]}");
	auto_strs lines = STRS_INIT;
	struct err err;
	char *text = malloc(len + 1), *rest = text, *line;

	if (!text)
		return 0;
	memcpy(text, input, len);
	text[len] = '\0';
	while ((line = strsep(&rest, "\n")))
		strs_add(&lines, line);
	if (change_config(config, &lines, &err) == 0) {
		char *printed = cJSON_PrintUnformatted(config);

		if (!printed)
			abort();
		cJSON_free(printed);
	}
	free(text);
	return 0;
}
