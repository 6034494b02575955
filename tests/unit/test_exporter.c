#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "build/exporter.h"
#include "util/own.h"

static struct err err;

static struct exporter parsed(const char *text)
{
	struct exporter out;

	if (exporter_parse(text, &out, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return out;
}

static void refused(const char *text, int code, const char *sentence)
{
	struct exporter out;

	assert_int_equal(exporter_parse(text, &out, &err), code);
	assert_string_equal(err.text, sentence);
}

static void a_path_alone_is_files_there_and_a_dash_is_an_archive(void **state)
{
	struct exporter out = parsed("out/dir");

	(void)state;
	assert_int_equal(out.kind, EXPORT_LOCAL);
	assert_string_equal(out.dest, "out/dir");
	exporter_fini(&out);
	out = parsed("-");
	assert_int_equal(out.kind, EXPORT_TAR);
	assert_string_equal(out.dest, "-");
	exporter_fini(&out);
	out = parsed("./a=b");
	assert_int_equal(out.kind, EXPORT_LOCAL);
	assert_string_equal(out.dest, "./a=b");
	exporter_fini(&out);
}

static void every_type_has_its_kind(void **state)
{
	static const struct {
		const char *text;
		enum exporter_kind kind;
	} known[] = {{"type=image", EXPORT_IMAGE}, {"type=local,dest=a", EXPORT_LOCAL},
		{"type=tar,dest=-", EXPORT_TAR}, {"dest=a.tar,type=oci", EXPORT_OCI},
		{"type=docker,dest=a", EXPORT_DOCKER}};

	(void)state;
	for (size_t i = 0; i < array_len(known); i++) {
		struct exporter out = parsed(known[i].text);

		assert_int_equal(out.kind, known[i].kind);
		assert_false(out.push);
		exporter_fini(&out);
	}
}

static void a_registry_is_an_image_that_is_pushed(void **state)
{
	struct exporter out = parsed("type=registry,name=host/a:1");

	(void)state;
	assert_int_equal(out.kind, EXPORT_IMAGE);
	assert_true(out.push);
	assert_int_equal(out.names.len, 1);
	assert_string_equal(out.names.v[0], "host/a:1");
	exporter_fini(&out);
}

static void quotes_hold_several_names_together_as_in_csv(void **state)
{
	struct exporter out = parsed("type=image,\"name=a:1,b:2\",push=true");

	(void)state;
	assert_int_equal(out.names.len, 2);
	assert_string_equal(out.names.v[0], "a:1");
	assert_string_equal(out.names.v[1], "b:2");
	assert_true(out.push);
	exporter_fini(&out);
}

static void the_last_of_two_destinations_counts(void **state)
{
	struct exporter out = parsed("type=local,dest=a,dest=b");

	(void)state;
	assert_string_equal(out.dest, "b");
	exporter_fini(&out);
}

static void what_is_wrong_is_said_in_buildkits_words(void **state)
{
	(void)state;
	refused("dest=a,name=b", -EINVAL, "type is required for output");
	refused("type=floppy,dest=a", -EINVAL, "exporter \"floppy\" could not be found");
	refused("type=local", -EINVAL, "dest is required for local exporter");
	refused("type=oci", -EINVAL, "dest is required for oci exporter");
	refused("type=image,push=perhaps", -EINVAL, "non-bool value specified for push: perhaps");
	refused("type=image,size=3", -EINVAL, "output: unknown option size");
	refused("type=image,compression=zstd", -ENOTSUP,
		"output: compression is decided by davit push and davit save");
	refused("type=image,annotation-index.a=b", -ENOTSUP,
		"output: annotation-index.a is decided by davit push and davit save");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_alone_is_files_there_and_a_dash_is_an_archive),
		cmocka_unit_test(every_type_has_its_kind),
		cmocka_unit_test(a_registry_is_an_image_that_is_pushed),
		cmocka_unit_test(quotes_hold_several_names_together_as_in_csv),
		cmocka_unit_test(the_last_of_two_destinations_counts),
		cmocka_unit_test(what_is_wrong_is_said_in_buildkits_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
