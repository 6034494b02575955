#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/listing.h"
#include "cli/table.h"
#include "util/own.h"

own_define(listing)

struct thing {
	const char *name, *size;
};

static void put_name(struct buf *out, const void *row)
{
	buf_adds(out, ((const struct thing *)row)->name);
}

static void put_size(struct buf *out, const void *row)
{
	buf_adds(out, ((const struct thing *)row)->size);
}

static void look(struct buf *out, const void *row, const char *word)
{
	buf_addf(out, "%s of %s", word, ((const struct thing *)row)->name);
}

static const struct field fields[] = {{"Look", NULL, NULL, look}, {"Name", "NAME", put_name, NULL},
	{"Size", "SIZE", put_size, NULL}, {NULL, NULL, NULL, NULL}};
static const char *const columns[] = {"Name", "Size", NULL};

static int list(const char *format, struct buf *out, struct err *err)
{
	static const struct thing things[] = {{"a", "1kB"}, {"longer-name-here", "2MB"}};
	auto_of(listing) struct listing *listing = NULL;

	if (listing_new(format, fields, columns, "thing", &listing, err) < 0)
		return err->code;
	for (size_t i = 0; i < array_len(things); i++)
		if (listing_add(listing, &things[i], err) < 0)
			return err->code;
	listing_end(listing, out);
	return 0;
}

static void assert_listed(const char *format, const char *expected)
{
	auto_buf out = BUF_INIT;
	struct err err;

	assert_int_equal(list(format, &out, &err), 0);
	assert_string_equal(buf_text(&out), expected);
}

static void columns_are_ten_wide_and_three_apart(void **state)
{
	auto_buf out = BUF_INIT;
	const char *text = "A\tBB\tC\n0123456789\tx\ty\n";

	(void)state;
	table_align(text, strlen(text), &out);
	assert_string_equal(buf_text(&out), "A            BB        C\n"
					    "0123456789   x         y\n");
}

static void wide_characters_take_two_columns(void **state)
{
	auto_buf out = BUF_INIT;
	const char *text = "日本\tx\ne\xcc\x81\tx\n";

	(void)state;
	table_align(text, strlen(text), &out);
	assert_string_equal(buf_text(&out), "日本      x\ne\xcc\x81         x\n");
}

static void without_a_format_it_is_a_table(void **state)
{
	(void)state;
	assert_listed(
		NULL, "NAME               SIZE\na                  1kB\nlonger-name-here   2MB\n");
	assert_listed("table",
		"NAME               SIZE\na                  1kB\nlonger-name-here   2MB\n");
}

static void a_table_of_a_template_has_its_headers(void **state)
{
	(void)state;
	assert_listed("table {{.Size}}\\t{{.Name}}",
		"SIZE      NAME\n1kB       a\n2MB       longer-name-here\n");
}

static void a_template_is_run_once_a_row(void **state)
{
	(void)state;
	assert_listed("{{.Name}}:{{.Size}}", "a:1kB\nlonger-name-here:2MB\n");
	assert_listed("{{upper .Name}}\\n", "A\nLONGER-NAME-HERE\n");
}

static void json_is_one_object_a_line(void **state)
{
	(void)state;
	assert_listed("json", "{\"Name\":\"a\",\"Size\":\"1kB\"}\n"
			      "{\"Name\":\"longer-name-here\",\"Size\":\"2MB\"}\n");
	assert_listed("{{json .Name}}", "\"a\"\n\"longer-name-here\"\n");
}

static void a_field_may_take_a_word(void **state)
{
	(void)state;
	assert_listed("table {{.Look \"x\"}}\\t{{.Size}}",
		"x                       SIZE\nx of a                  1kB\nx of longer-name-here   2MB\n");
	assert_listed("{{\"x\" | .Look}}", "x of a\nx of longer-name-here\n");
}

static void an_unknown_field_is_named(void **state)
{
	auto_buf out = BUF_INIT;
	struct err err;

	(void)state;
	assert_true(list("{{.Foo}}", &out, &err) < 0);
	assert_string_equal(err.text, "template parsing error: template: :1:2: executing \"\" at "
				      "<.Foo>: can't evaluate field Foo in type thing");
	assert_true(list("{{", &out, &err) < 0);
	assert_string_equal(err.text, "template parsing error: template: :1: unclosed action");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_ten_wide_and_three_apart),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(without_a_format_it_is_a_table),
		cmocka_unit_test(a_table_of_a_template_has_its_headers),
		cmocka_unit_test(a_template_is_run_once_a_row),
		cmocka_unit_test(json_is_one_object_a_line),
		cmocka_unit_test(a_field_may_take_a_word),
		cmocka_unit_test(an_unknown_field_is_named),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
