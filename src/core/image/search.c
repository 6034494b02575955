#include "core/image/search.h"

#include <errno.h>
#include <string.h>

#include "core/confine.h"
#include "core/image/registry.h"
#include "core/image/url.h"
#include "core/reference.h"
#include "util/json.h"

/* What a stranger wrote goes to a terminal: one line, nothing that moves a cursor. */
static void add_text(cJSON *to, const char *key, const char *text)
{
	auto_buf clean = BUF_INIT;

	for (; *text; text++) {
		bool control = (unsigned char)*text < ' ' || *text == 0x7f;

		/* C1, as UTF-8 has it: 0xc2 0x80…0x9f. */
		if ((unsigned char)*text == 0xc2 && (unsigned char)text[1] >= 0x80 &&
			(unsigned char)text[1] < 0xa0)
			text++, control = true;
		buf_addc(&clean, control ? ' ' : *text);
	}
	cJSON_AddStringToObject(to, key, buf_text(&clean));
}

static cJSON *result_of(const cJSON *from)
{
	cJSON *result = cJSON_CreateObject();
	uint64_t stars = 0;

	json_size(from, "star_count", &stars);
	add_text(result, "Name", json_str_or(from, "name", ""));
	add_text(result, "Description", json_str_or(from, "description", ""));
	cJSON_AddNumberToObject(result, "StarCount", (double)stars);
	cJSON_AddBoolToObject(result, "IsOfficial", json_is_true(from, "is_official"));
	cJSON_AddBoolToObject(result, "IsAutomated", json_is_true(from, "is_automated"));
	return result;
}

int search_parse(const char *text, size_t len, int limit, cJSON **out, struct err *err)
{
	auto_json *json = NULL, *list = cJSON_CreateArray();
	const cJSON *results, *item;

	if (json_parse(text, len, &json, err) < 0)
		return err->code;
	results = json_array(json, "results");
	if (!results)
		return err_set(err, EPROTO, "it is no list of results");
	cJSON_ArrayForEach(item, results) {
		if (limit-- == 0)
			break;
		if (!json_str(item, "name"))
			return err_set(err, EPROTO, "a result has no name");
		cJSON_AddItemToArray(list, result_of(item));
	}
	if (!list)
		return err_set(err, ENOMEM, "search: out of memory");
	*out = take(list);
	return 0;
}

/* "localhost:5000/words" is asked there, everything else of docker.io. */
static int split_term(const char *term, struct reference *ref, const char **words, struct err *err)
{
	size_t len = strcspn(term, "/");
	auto_buf name = BUF_INIT;

	*words = term;
	if (strstr(term, "://"))
		return err_set(err, EINVAL,
			"invalid repository name: %.100s: a registry is named without its scheme",
			term);
	if (term[len] && (memchr(term, '.', len) || memchr(term, ':', len) ||
				 (len == 9 && memcmp(term, "localhost", 9) == 0))) {
		buf_add(&name, term, len);
		*words = term + len + 1;
	} else {
		buf_adds(&name, "docker.io");
	}
	buf_adds(&name, "/search");
	if (!**words)
		return err_set(err, EINVAL, "search for what?");
	return reference_parse(buf_text(&name), ref, err);
}

static int ask(struct registry *registry, const struct image_search_options *options,
	const char *words, cJSON **out, struct err *err)
{
	auto_buf answer = BUF_INIT;
	int failed = registry_search(registry, words, options->limit, &answer, err);

	if (!failed && search_parse(buf_text(&answer), answer.len, options->limit, out, err) < 0)
		failed = err_in(err, "the answer to the search");
	return failed;
}

int image_search(const struct image_search_options *options, cJSON **out, struct err *err)
{
	struct reference ref;
	const struct registry_options where = {
		.ref = &ref, .insecure = options->insecure, .searches = true};
	auto_registry *registry = NULL;
	struct http *http = NULL;
	const char *words;
	int failed = split_term(options->term, &ref, &words, err);

	if (!failed)
		failed = registry_open(&where, &registry, err);
	if (!failed)
		failed = confine_job(NULL, CONFINE_NETWORK, err);
	if (!failed)
		failed = http_new("davit/" DAVIT_VERSION, options->canceled, &http, err);
	if (failed)
		return failed;
	registry_use(registry, http, NULL);
	failed = ask(registry, options, words, out, err);
	registry_close(take(registry));
	http_free(http);
	return failed;
}
