#include "util/pack.h"

#include <stdlib.h>
#include <string.h>

static const char *text_at(const void *record, size_t offset)
{
	const char *text;

	memcpy(&text, (const char *)record + offset, sizeof(text));
	return text ? text : "";
}

void *pack(const void *record, size_t size, const size_t *texts, size_t count)
{
	size_t whole = size;
	char *packed, *at;

	for (size_t i = 0; i < count; i++)
		whole += strlen(text_at(record, texts[i])) + 1;
	packed = malloc(whole);
	if (!packed)
		return NULL;
	memcpy(packed, record, size);
	at = packed + size;
	for (size_t i = 0; i < count; i++) {
		const char *text = text_at(record, texts[i]);
		size_t len = strlen(text) + 1;

		memcpy(at, text, len);
		memcpy(packed + texts[i], &at, sizeof(at));
		at += len;
	}
	return packed;
}
