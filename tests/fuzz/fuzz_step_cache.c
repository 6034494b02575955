/* What a registry says about other builds' steps: the document, and the lines made of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/step_cache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct step_cache *cache)
{
	for (size_t i = 0; i < cache->n_steps; i++) {
		const struct step_cached *step = &cache->steps[i];

		if (!digest_is_sha256(step->key) || step->created < 0 ||
			(*step->diff_id && !digest_is_sha256(step->diff_id)) ||
			strpbrk(step->what, "\n\r\033") || strchr(step->kind, ' '))
			abort();
	}
	for (size_t i = 0; i < cache->n_layers; i++)
		if (!digest_is_sha256(cache->layers[i].diff_id))
			abort();
}

/* What was understood comes through the lines unchanged. */
static void through_lines(const struct step_cache *cache)
{
	auto_step_cache again = {0};
	auto_buf lines = BUF_INIT, more = BUF_INIT;
	struct err err;
	char *rest;

	step_cache_put_lines(cache, &lines);
	buf_addc(&lines, '\0');
	rest = lines.data;
	for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (step_cache_add_line(&again, line, &err) < 0)
			abort();
	step_cache_put_lines(&again, &more);
	buf_clear(&lines);
	step_cache_put_lines(cache, &lines);
	if (lines.len != more.len || memcmp(buf_text(&lines), buf_text(&more), more.len) != 0)
		abort();
}

static void as_lines(const uint8_t *data, size_t size)
{
	auto_step_cache cache = {0};
	auto_buf text = BUF_INIT;
	struct err err;
	char *rest;

	buf_add(&text, data, size);
	buf_addc(&text, '\0');
	rest = text.data;
	for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (step_cache_add_line(&cache, line, &err) < 0 && (err.code >= 0 || !*err.text))
			abort();
	check(&cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_step_cache cache = {0};
	auto_buf config = BUF_INIT;
	struct err err = {0};

	as_lines(data, size);
	if (step_cache_parse((const char *)data, size, &cache, &err) < 0) {
		if (err.code >= 0 || !*err.text)
			abort();
		return 0;
	}
	check(&cache);
	through_lines(&cache);
	if (step_cache_config(&cache, &config, &err) < 0)
		abort();
	return 0;
}
