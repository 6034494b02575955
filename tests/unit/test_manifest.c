#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "core/image/manifest.h"
#include "util/buf.h"

#define D(digit) "\"sha256:" D16(digit) D16(digit) D16(digit) D16(digit) "\""
#define D16(digit)                                                                                 \
	digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit  \
		digit
#define CONFIG                                                                                     \
	"\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":" D(    \
		"a") ",\"size\":7}"
#define LAYER(digit, size) "{\"mediaType\":\"t\",\"digest\":" D(digit) ",\"size\":" size "}"
#define IMAGE(layers)      "{\"schemaVersion\":2," CONFIG ",\"layers\":[" layers "]}"
#define CHILD(digit, os, arch, more)                                                               \
	"{\"digest\":" D(digit) ",\"size\":9,\"platform\":{\"os\":\"" os                           \
				"\",\"architecture\":\"" arch "\"}" more "}"
#define INDEX(children) "{\"schemaVersion\":2,\"manifests\":[" children "]}"

static int parse(const char *text, const char *media, struct manifest **out, struct err *err)
{
	return manifest_parse(text, strlen(text), media, out, err);
}

static void an_image_has_a_config_and_layers_from_the_bottom(void **state)
{
	auto_of(manifest) struct manifest *m = NULL;

	(void)state;
	assert_int_equal(parse(IMAGE(LAYER("1", "10") "," LAYER("2", "9007199254740992")),
				 MEDIA_OCI_MANIFEST "; charset=utf-8", &m, NULL),
		0);
	assert_int_equal(m->kind, MANIFEST_IMAGE);
	assert_int_equal(m->config.size, 7);
	assert_int_equal(m->n_layers, 2);
	assert_string_equal(m->layers[0].digest, "sha256:" D16("1") D16("1") D16("1") D16("1"));
	assert_int_equal(m->layers[1].size, 9007199254740992);
}

static void every_document_says_why_it_is_refused(void **state)
{
	static const struct {
		const char *text, *media, *why;
		int code;
	} cases[] = {
		{"", NULL, NULL, -EINVAL},
		{"[]", NULL, "manifest: it is no object", -EBADMSG},
		{"{}", NULL, "manifest: its schemaVersion is not 2", -EBADMSG},
		{"{\"schemaVersion\":1}", NULL,
			"manifest: image format schema 1 is not supported: its layers cannot be "
			"verified; push the image again with a current tool",
			-ENOTSUP},
		{"{\"schemaVersion\":2,\"fsLayers\":[]}", NULL, NULL, -ENOTSUP},
		{"{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]," CONFIG "}", NULL,
			"manifest: it claims to be an index and an image at once", -EBADMSG},
		{"{\"schemaVersion\":2,\"manifests\":[],\"config\":null}", NULL,
			"manifest: it claims to be an index and an image at once", -EBADMSG},
		{INDEX(""), MEDIA_OCI_MANIFEST, "manifest: it is no image, though its type says so",
			-EBADMSG},
		{IMAGE(""), MEDIA_DOCKER_INDEX, "manifest: it is no index, though its type says so",
			-EBADMSG},
		{"{\"schemaVersion\":2,\"mediaType\":\"text/x\"}", NULL,
			"manifest: unsupported media type text/x", -ENOTSUP},
		{"{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_INDEX "\",\"manifests\":[]}",
			MEDIA_OCI_MANIFEST,
			"manifest: sent as " MEDIA_OCI_MANIFEST
			" but calls itself " MEDIA_OCI_INDEX,
			-EBADMSG},
		{"{\"schemaVersion\":2,\"SchemaVersion\":2," CONFIG ",\"layers\":[]}", NULL,
			"manifest: it has \"schemaVersion\" twice", -EBADMSG},
		{IMAGE(LAYER("1", "-1")), NULL,
			"manifest: number 1 of its layers has no proper size", -EBADMSG},
		{IMAGE(LAYER("1", "1.5")), NULL,
			"manifest: number 1 of its layers has no proper size", -EBADMSG},
		{IMAGE(LAYER("1", "9007199254740994")), NULL, NULL, -EBADMSG},
		{IMAGE("{\"digest\":\"sha256:../../x\",\"size\":1}"), NULL, NULL, -EBADMSG},
		{IMAGE("{\"size\":1}"), NULL, "manifest: number 1 of its layers has no digest",
			-EBADMSG},
		{IMAGE("7"), NULL, "manifest: number 1 of its layers is no object", -EBADMSG},
		{"{\"schemaVersion\":2," CONFIG ",\"layers\":{}}", NULL,
			"manifest: its list of layers is no list", -EBADMSG},
		{"<html>", "text/html; charset=utf-8", "manifest: a web page came instead of it",
			-EBADMSG},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_of(manifest) struct manifest *m = NULL;
		struct err err = {0};

		assert_int_equal(parse(cases[i].text, cases[i].media, &m, &err), cases[i].code);
		assert_null(m);
		if (cases[i].why)
			assert_string_equal(err.text, cases[i].why);
	}
}

static void more_layers_than_can_run_are_refused(void **state)
{
	auto_of(manifest) struct manifest *m = NULL;
	auto_buf text = BUF_INIT;
	struct err err = {0};

	(void)state;
	buf_adds(&text, "{\"schemaVersion\":2," CONFIG ",\"layers\":[");
	for (int i = 0; i < MANIFEST_LAYERS_MAX + 1; i++)
		buf_addf(&text, "%s%s", i ? "," : "", LAYER("1", "1"));
	buf_adds(&text, "]}");
	assert_int_equal(parse(buf_text(&text), NULL, &m, &err), -EBADMSG);
	assert_string_equal(err.text, "manifest: 128 layers, and at most 127 are accepted");
}

static const char *choose(const char *text, const char *platform)
{
	static char hex[2];
	auto_of(manifest) struct manifest *m = NULL;
	const struct descriptor *found = NULL;
	struct platform wanted;

	assert_int_equal(parse(text, NULL, &m, NULL), 0);
	assert_int_equal(platform_parse(platform, &wanted, NULL), 0);
	if (manifest_choose(m, &wanted, &found, NULL) < 0)
		return "none";
	hex[0] = found->digest[7];
	return hex;
}

static void the_entry_for_the_platform_is_chosen(void **state)
{
	static const char index[] = INDEX(CHILD("1", "linux", "arm64", ",\"x\":1") "," CHILD(
		"2", "linux", "amd64", "") "," CHILD("3", "windows", "amd64", ""));

	(void)state;
	assert_string_equal(choose(index, "linux/amd64"), "2");
	assert_string_equal(choose(index, "linux/arm64/v8"), "1");
	assert_string_equal(choose(index, "linux/s390x"), "none");
}

static void attestations_are_no_images(void **state)
{
	static const char index[] = INDEX(CHILD("1", "linux", "amd64",
		",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}") "," CHILD("2",
		"unknown", "unknown", "") "," CHILD("3", "linux", "amd64", ""));

	(void)state;
	assert_string_equal(choose(index, "linux/amd64"), "3");
}

static void of_two_equal_images_the_one_in_zstd_is_chosen(void **state)
{
	static const char index[] = INDEX(CHILD("1", "linux", "amd64", "") "," CHILD("2", "linux",
		"amd64",
		",\"annotations\":{\"io.github.containers.compression.zstd\":\"true\"}") "," CHILD("3",
		"linux", "amd64", ""));

	(void)state;
	assert_string_equal(choose(index, "linux/amd64"), "2");
}

static void an_image_config_gives_platform_and_diff_ids(void **state)
{
	static const char text[] = "{\"os\":\"linux\",\"architecture\":\"aarch64\",\"rootfs\":"
				   "{\"type\":\"layers\",\"diff_ids\":[" D("1") "," D("2") "]}}";
	struct config_facts facts;

	(void)state;
	assert_int_equal(config_facts(text, strlen(text), &facts, NULL), 0);
	assert_string_equal(facts.platform.architecture, "arm64");
	assert_int_equal(facts.n_diff_ids, 2);
	assert_string_equal(facts.diff_ids[1] + 7, D16("2") D16("2") D16("2") D16("2"));
	free(facts.diff_ids);
}

static void a_config_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"{}", "[]", "7", "{\"rootfs\":[]}",
		"{\"rootfs\":{\"diff_ids\":[\"sha256:12\"]}}", "{\"rootfs\":{\"diff_ids\":[3]}}"};

	(void)state;
	for (size_t i = 0; i < array_len(bad); i++) {
		struct config_facts facts;

		assert_int_equal(config_facts(bad[i], strlen(bad[i]), &facts, NULL), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_has_a_config_and_layers_from_the_bottom),
		cmocka_unit_test(every_document_says_why_it_is_refused),
		cmocka_unit_test(more_layers_than_can_run_are_refused),
		cmocka_unit_test(the_entry_for_the_platform_is_chosen),
		cmocka_unit_test(attestations_are_no_images),
		cmocka_unit_test(of_two_equal_images_the_one_in_zstd_is_chosen),
		cmocka_unit_test(an_image_config_gives_platform_and_diff_ids),
		cmocka_unit_test(a_config_that_is_none_is_refused),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
