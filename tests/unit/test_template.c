#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/strs.h"
#include "util/template.h"

static const char data[] =
	"{\"Name\":\"default\",\"Metadata\":{},\"Endpoints\":{\"docker\":"
	"{\"Host\":\"tcp://host:1\",\"SkipTLSVerify\":false}},\"TLSMaterial\":{},"
	"\"Storage\":{\"MetadataPath\":\"<IN MEMORY>\",\"TLSPath\":\"<IN MEMORY>\"}}";

static const char nulls[] = "{\"Labels\":{\"a\":\"1\"},\"Binds\":null,\"Options\":null,"
			    "\"Pointer\":null,\"Size\":5,\"Storage\":{}}";

static const struct template_type types[] = {
	{"Endpoints", TEMPLATE_MAP, false},
	{"Labels", TEMPLATE_STRINGS, false},
	{"Options", TEMPLATE_MAP, false},
	{"Binds", TEMPLATE_LIST, false},
	{"Health", TEMPLATE_POINTER, true},
	{"Init", TEMPLATE_POINTER, false},
	{"Mounts", TEMPLATE_LIST, true},
	{"StopSignal", TEMPLATE_TEXT, true},
	{NULL, 0, false},
};

static const struct template_options strict = {.type = "context", .types = types};

/* What it prints, or the sentence of its failure. */
static int run_with(const char *json_text, const char *text, const struct template_options *options,
	struct buf *out)
{
	auto_of(template) struct template *tmpl = NULL;
	cJSON *json = cJSON_Parse(json_text);
	struct err err = {0};
	int code = template_parse(text, &tmpl, &err);

	buf_clear(out);
	if (code == 0)
		code = template_run(tmpl, json, options, out, &err);
	cJSON_Delete(json);
	if (code == 0)
		return 0;
	buf_clear(out);
	buf_adds(out, err.text);
	return code;
}

static void assert_prints(const char *json_text, const char *text, const char *expected)
{
	auto_buf out = BUF_INIT;

	run_with(json_text, text, &strict, &out);
	assert_string_equal(buf_text(&out), expected);
}

static void every_row_answers_as_go_does(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
#include "template_cases.h"
	};

	(void)state;
	for (size_t i = 0; i < array_len(rows); i++) {
		print_message("%s\n", rows[i].text);
		assert_prints(data, rows[i].text, rows[i].expected);
	}
}

static void what_docker_leaves_out_of_its_json_may_be_named(void **state)
{
	(void)state;
	assert_prints(nulls, "{{json .Storage.Health}} {{.Storage.Health}}", "null <nil>");
	assert_prints(nulls, "{{if .Storage.Health}}{{.Storage.Health.Status}}{{else}}none{{end}}",
		"none");
	assert_prints(nulls, "{{.Storage.Mounts}}{{range .Storage.Mounts}}x{{end}}", "[]");
	assert_prints(nulls, "<{{.Storage.StopSignal}}>", "<>");
	assert_prints(nulls, "{{.Storage.Health.Status}}",
		"template: :1:10: executing \"\" at <.Storage.Health.Status>: "
		"map has no entry for key \"Health\"");
	assert_prints(nulls, "{{.Storage.Init}}",
		"template: :1:10: executing \"\" at <.Storage.Init>: "
		"map has no entry for key \"Init\"");
}

static void a_missing_key_of_a_map_is_no_value(void **state)
{
	(void)state;
	assert_prints(nulls, "{{.Labels.nope}}", "<no value>");
	assert_prints(nulls, "{{index .Labels \"nope\"}}|", "|");
	assert_prints(nulls, "{{index .Labels \"a\"}}", "1");
	assert_prints(nulls, "{{.Storage.Nope}}",
		"template: :1:10: executing \"\" at <.Storage.Nope>: "
		"map has no entry for key \"Nope\"");
}

static void every_object_is_a_map_without_types(void **state)
{
	const struct template_options loose = {.type = NULL};
	auto_buf out = BUF_INIT;

	(void)state;
	assert_int_equal(run_with(nulls, "{{.Nope}}{{.Nope.More}}", &loose, &out), 0);
	assert_string_equal(buf_text(&out), "<no value><no value>");
}

static void a_null_prints_as_what_it_would_have_been(void **state)
{
	(void)state;
	assert_prints(nulls, "{{.Binds}} {{.Options}} {{.Pointer}}", "[] map[] <nil>");
	assert_prints(nulls, "{{len .Binds}}{{range .Binds}}x{{end}}{{if .Binds}}y{{end}}", "0");
	assert_prints(nulls, "{{json .Binds}}", "null");
}

static void a_whole_json_number_compares_with_any_number(void **state)
{
	(void)state;
	assert_prints(nulls, "{{eq .Size 5}} {{eq .Size 5.0}} {{lt .Size 5.5}}", "true true true");
}

static void a_template_for_ever_is_stopped(void **state)
{
	(void)state;
	assert_prints(nulls, "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
		"template: :1:25: executing \"\" at <{{template \"x\"}}>: "
		"exceeded maximum template depth (100)");
}

static void deep_nesting_is_refused(void **state)
{
	auto_buf text = BUF_INIT, out = BUF_INIT;

	(void)state;
	buf_adds(&text, "{{");
	for (int i = 0; i < 100000; i++)
		buf_addc(&text, '(');
	assert_int_equal(run_with(nulls, buf_text(&text), &strict, &out), -EINVAL);
	assert_string_equal(buf_text(&out), "template: :1: nested too deeply");
}

static void wanted_members_are_known_before_the_run(void **state)
{
	struct template *tmpl = NULL;

	(void)state;
	assert_int_equal(template_parse("{{.ID}} {{if .Size}}{{$.Names}}{{end}}", &tmpl, NULL), 0);
	assert_true(template_wants(tmpl, "ID"));
	assert_true(template_wants(tmpl, "Size"));
	assert_true(template_wants(tmpl, "Names"));
	assert_false(template_wants(tmpl, "Status"));
	template_free(tmpl);
	assert_int_equal(template_parse("{{json .}}", &tmpl, NULL), 0);
	assert_true(template_wants(tmpl, "Status"));
	template_free(tmpl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_answers_as_go_does),
		cmocka_unit_test(what_docker_leaves_out_of_its_json_may_be_named),
		cmocka_unit_test(a_missing_key_of_a_map_is_no_value),
		cmocka_unit_test(every_object_is_a_map_without_types),
		cmocka_unit_test(a_null_prints_as_what_it_would_have_been),
		cmocka_unit_test(a_whole_json_number_compares_with_any_number),
		cmocka_unit_test(a_template_for_ever_is_stopped),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(wanted_members_are_known_before_the_run),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
