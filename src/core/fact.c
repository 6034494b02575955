#include "core/fact.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/json.h"

enum { LINE_MAX_LEN = 4096, SO_FAR_TAIL = 32 << 10 };

void facts_fini(struct facts *facts)
{
	for (size_t i = 0; i < facts->len; i++)
		cJSON_Delete((cJSON *)facts->v[i].json);
	free(facts->v);
	*facts = (struct facts){0};
}

static struct fact *add(struct facts *facts)
{
	size_t room = facts->room ? facts->room * 2 : 64;
	struct fact *more;

	if (facts->len < facts->room)
		return &facts->v[facts->len++];
	more = reallocarray(facts->v, room, sizeof(*more));
	if (!more) {
		facts->failed = true;
		return NULL;
	}
	facts->v = more;
	facts->room = room;
	return &facts->v[facts->len++];
}

static void take_line(struct facts *facts, const char *line, size_t len)
{
	auto_json *json = NULL;
	struct fact fact, *to;
	struct err ignored;

	if (!len || *line != '{' || len > LINE_MAX_LEN || facts->len == FACTS_MAX ||
		json_parse(line, len, &json, &ignored) < 0)
		return;
	fact.what = json_str(json, "fact");
	if (!fact.what || !json_size(json, "at", &fact.at_us) ||
		!json_size(json, "from", &fact.from_ns) || !json_size(json, "to", &fact.to_ns) ||
		fact.to_ns < fact.from_ns)
		return;
	to = add(facts);
	if (!to)
		return;
	fact.json = take(json);
	*to = fact;
}

void facts_parse(struct facts *facts, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		if (!newline)
			return; /* still being written */
		if (end - text < SO_FAR_TAIL || strncmp(text, "{\"so_far\"", 9) != 0)
			take_line(facts, text, (size_t)(newline - text));
		text = newline + 1;
	}
}

int64_t fact_number(const struct fact *fact, const char *key, int64_t otherwise)
{
	const cJSON *number = json_get(fact->json, key);

	if (!cJSON_IsNumber(number) || number->valuedouble < -9e15 || number->valuedouble > 9e15)
		return otherwise;
	return (int64_t)number->valuedouble;
}

const char *fact_text(const struct fact *fact, const char *key)
{
	return json_str_or(fact->json, key, "");
}

bool fact_is(const struct fact *fact, const char *what)
{
	return strcmp(fact->what, what) == 0;
}

bool facts_are_wanted(void)
{
	return !str_eq(getenv("DAVIT_RECORD"), "off");
}

void fact_put(struct buf *out, uint64_t at_us, uint64_t from_ns, uint64_t to_ns, const char *rest)
{
	buf_addf(out, "{\"at\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",%s}\n", at_us,
		from_ns, to_ns, rest);
}
