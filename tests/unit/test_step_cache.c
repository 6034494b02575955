#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/cache_option.h"
#include "core/image/step_cache.h"
#include "util/own.h"
#include "util/strs.h"

#define A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct err err;

/* ---- the document ---- */

static int parse(const char *text, struct step_cache *out)
{
	return step_cache_parse(text, strlen(text), out, &err);
}

static void what_is_written_is_what_is_read(void **state)
{
	const struct step_layer layer = {.diff_id = A};
	const struct step_cached run = {
		.key = B, .diff_id = A, .created = 17, .kind = "run", .what = "[2/3] RUN make"};
	const struct step_cached nothing = {.key = C, .created = 18, .kind = "workdir"};
	auto_step_cache cache = {0}, again = {0};
	auto_buf config = BUF_INIT;

	(void)state;
	assert_int_equal(step_cache_add_layer(&cache, &layer, &err), 0);
	assert_int_equal(step_cache_add(&cache, &run, &err), 0);
	assert_int_equal(step_cache_add(&cache, &nothing, &err), 0);
	assert_int_equal(step_cache_config(&cache, &config, &err), 0);
	assert_int_equal(parse(buf_text(&config), &again), 0);
	assert_int_equal(again.n_steps, 2);
	assert_string_equal(again.steps[0].key, B);
	assert_string_equal(again.steps[0].diff_id, A);
	assert_string_equal(again.steps[0].what, "[2/3] RUN make");
	assert_int_equal(again.steps[1].created, 18);
	assert_string_equal(again.steps[1].diff_id, "");
	assert_int_equal(again.n_layers, 1);
	assert_non_null(step_cache_layer(&again, A));
	assert_null(step_cache_layer(&again, B));
}

static void an_image_without_steps_is_no_cache_and_bad_digests_are_named(void **state)
{
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}"
	auto_step_cache cache = {0};

	(void)state;
	assert_int_equal(parse("{" ROOTFS "}", &cache), -ENODATA);
	assert_string_equal(err.text, "it holds no steps of builds");
	assert_int_equal(parse("{" ROOTFS ",\"davit.steps.v1\":[{\"created\":1,\"kind\":\"run\","
			       "\"key\":\"md5:1\"}]}",
				 &cache),
		-EBADMSG);
	assert_string_equal(err.text, "cache: its key md5:1 is no sha256 digest");
	assert_int_equal(parse("{" ROOTFS ",\"davit.steps.v1\":[{\"created\":1,\"key\":\"" A
			       "\",\"kind\":\"rm\"}]}",
				 &cache),
		-EBADMSG);
	assert_string_equal(err.text, "cache: rm is no kind of step");
	assert_int_equal(parse("{\"davit.steps.v1\":[]}", &cache), -EBADMSG);
	assert_null(cache.steps);
}

static void a_manifest_with_other_layers_does_not_fit(void **state)
{
	const struct step_layer layer = {.diff_id = A};
	auto_step_cache cache = {0};
	struct descriptor blob = {.digest = B, .size = 5};
	struct manifest manifest = {.kind = MANIFEST_IMAGE, .layers = &blob, .n_layers = 0};

	(void)state;
	assert_int_equal(step_cache_add_layer(&cache, &layer, &err), 0);
	assert_int_equal(step_cache_set_blobs(&cache, &manifest, &err), -EBADMSG);
	manifest.n_layers = 1;
	assert_int_equal(step_cache_set_blobs(&cache, &manifest, &err), 0);
	assert_string_equal(cache.layers[0].digest, B);
	assert_int_equal(cache.layers[0].size, 5);
}

static void it_takes_no_more_than_it_may(void **state)
{
	struct step_layer layer = {.diff_id = A};
	auto_step_cache cache = {0};

	(void)state;
	for (int i = 0; i < STEP_CACHE_LAYERS_MAX; i++)
		assert_int_equal(step_cache_add_layer(&cache, &layer, &err), 0);
	assert_int_equal(step_cache_add_layer(&cache, &layer, &err), -E2BIG);
}

/* ---- lines ---- */

static void a_line_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"", "step", "layer " A " " B, "layer " A " " B " -1",
		"layer " A " " B " 99999999999999999999", "layer - " B " 1",
		"step " A " " B " 1 rm x", "step " A "x " B " 1 run x", "step - - 1 run x"};
	auto_step_cache cache = {0};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(step_cache_add_line(&cache, bad[i], &err), -EBADMSG);
	assert_int_equal(cache.n_steps + cache.n_layers, 0);
	assert_int_equal(step_cache_add_line(&cache, "step " A " - 1 run a b  c", &err), 0);
	assert_string_equal(cache.steps[0].what, "a b  c");
}

/* ---- --cache-from and --cache-to ---- */

static void a_reference_alone_is_a_registrys(void **state)
{
	auto_cache_option option = {.place = NULL};

	(void)state;
	assert_int_equal(cache_option_parse("user/app:tag", CACHE_FROM, &option, &err), 0);
	assert_int_equal(option.kind, CACHE_REGISTRY);
	assert_string_equal(option.place, "user/app:tag");
	assert_false(option.max);
}

static void every_option_has_its_place(void **state)
{
	auto_cache_option option = {.place = NULL}, from = {.place = NULL};

	(void)state;
	assert_int_equal(cache_option_parse("type=local,dest=/d,mode=max,compression=zstd,tag=t,"
					    "ignore-error=true,oci-mediatypes=true",
				 CACHE_TO, &option, &err),
		0);
	assert_int_equal(option.kind, CACHE_LOCAL);
	assert_string_equal(option.place, "/d");
	assert_string_equal(option.tag, "t");
	assert_string_equal(option.compression, "zstd");
	assert_true(option.max && option.ignore_error);
	assert_int_equal(
		cache_option_parse("type=local,src=/d,digest=" A, CACHE_FROM, &from, &err), 0);
	assert_string_equal(from.digest, A);
}

static void what_is_not_done_is_refused_by_name(void **state)
{
	static const struct {
		const char *text, *sentence;
		enum cache_direction direction;
	} refused[] = {
		{"type=azblob",
			"--cache-to: unknown cache exporter: \"azblob\": it is registry, local or inline",
			CACHE_TO},
		{"type=inline",
			"--cache-from: unknown cache importer: \"inline\": it is registry, local",
			CACHE_FROM},
		{"ref=a", "--cache-to: type required form> \"ref=a\"", CACHE_TO},
		{"type=registry", "--cache-from: ref required for registry cache", CACHE_FROM},
		{"type=local,src=d", "--cache-to: unknown option src of --cache-to", CACHE_TO},
		{"type=local,dest=d,mode=all",
			"--cache-to: invalid cache mode: all: it is min or max", CACHE_TO},
		{"type=local,src=d,mode=max", "--cache-from: unknown option mode of --cache-from",
			CACHE_FROM},
		{"type=local,dest=d,compression-level=3",
			"--cache-to: compression-level of a cache is not supported", CACHE_TO},
	};

	(void)state;
	for (size_t i = 0; i < array_len(refused); i++) {
		struct cache_option option;

		assert_true(cache_option_parse(
				    refused[i].text, refused[i].direction, &option, &err) < 0);
		assert_string_equal(err.text, refused[i].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_what_is_read),
		cmocka_unit_test(an_image_without_steps_is_no_cache_and_bad_digests_are_named),
		cmocka_unit_test(a_manifest_with_other_layers_does_not_fit),
		cmocka_unit_test(it_takes_no_more_than_it_may),
		cmocka_unit_test(a_line_that_is_none_is_refused),
		cmocka_unit_test(a_reference_alone_is_a_registrys),
		cmocka_unit_test(every_option_has_its_place),
		cmocka_unit_test(what_is_not_done_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
