/* answer.c - reading what http.c received; http.h declares it. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <strings.h>

#include "core/image/http.h"

void http_answer_fini(struct http_answer *answer)
{
	strs_fini(&answer->headers);
	buf_fini(&answer->body);
	free(answer->url);
	*answer = (struct http_answer)HTTP_ANSWER_INIT;
}

static const char *value_of(const char *header, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(header, name, len) != 0 || header[len] != ':')
		return NULL;
	return header + len + 1 + strspn(header + len + 1, " \t");
}

const char *http_answer_header(
	const struct http_answer *answer, const char *name, const char *after)
{
	bool seen = !after;

	for (size_t i = 0; i < answer->headers.len; i++) {
		const char *value = value_of(answer->headers.v[i], name);

		if (value && seen)
			return value;
		if (value == after && value)
			seen = true;
	}
	return NULL;
}

/* The distribution API says {"errors":[{"code","message"}]}; token servers say {"details":…},
 * {"message":…} or {"error_description":…}. */
static const char *message_in(const cJSON *json)
{
	static const char *const names[] = {
		"message", "details", "error_description", "code", "error"};
	const cJSON *errors = cJSON_GetObjectItemCaseSensitive(json, "errors");
	const cJSON *from = cJSON_IsArray(errors) ? errors->child : json;

	for (size_t i = 0; i < array_len(names); i++) {
		const char *text =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(from, names[i]));

		if (text && *text)
			return text;
	}
	return NULL;
}

static void one_line(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text && len + 1 < size; text++) {
		bool blank = (unsigned char)*text <= ' ' || *text == 0x7f;

		if (!blank)
			out[len++] = *text;
		else if (len && out[len - 1] != ' ')
			out[len++] = ' ';
	}
	while (len && (out[len - 1] == ' ' || out[len - 1] == '.'))
		len--;
	out[len] = '\0';
}

void http_answer_reason(const struct http_answer *answer, char *out, size_t size)
{
	const char *text = buf_text(&answer->body);
	const char *start = text + strspn(text, " \t\r\n");
	cJSON *json = *start == '{' ? cJSON_Parse(start) : NULL;
	const char *message = json ? message_in(json) : NULL;

	if (message)
		one_line(message, out, size);
	else if (json || *start == '<' || *start == '\0')
		snprintf(out, size, "%s", "");
	else
		one_line(start, out, size < 200 ? size : 200);
	cJSON_Delete(json);
}
