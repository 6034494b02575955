#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/git/git_modules.h"

static void a_module_is_found_by_its_path(void **state)
{
	static const char text[] = "# ours\n"
				   "[submodule \"lib\"]\n"
				   "\tpath = vendor/lib ; here\n"
				   "\turl = \"https://h/lib.git\"\n"
				   "\tbranch = main\n"
				   "[include]\n\tpath = /etc/passwd\n"
				   "[submodule \"a \\\"b\"] path=x\n url = https://h/\\\n  y # z\n"
				   "[submodule \"empty\"]\n path\n";
	struct git_modules *modules;
	struct err err;

	(void)state;
	assert_int_equal(git_modules_parse(text, sizeof(text) - 1, &modules, &err), 0);
	assert_string_equal(git_modules_url(modules, "vendor/lib"), "https://h/lib.git");
	assert_string_equal(git_modules_url(modules, "x"), "https://h/  y");
	assert_null(git_modules_url(modules, "/etc/passwd"));
	assert_null(git_modules_url(modules, "lib"));
	git_modules_free(modules);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	static const char *const cases[][2] = {
		{"\n[submodule \"x\n", ".gitmodules line 2: a section's name does not end"},
		{"[submodule", ".gitmodules line 1: a section does not end"},
		{"[a]\nb = \"c\n", ".gitmodules line 2: a quoted value does not end"},
		{"[a]\n\nb = \\x\n",
			".gitmodules line 3: a value has an escape that git does not know"},
		{"[a]\n= x\n", ".gitmodules line 2: neither a section nor a name"},
		{"[a]\nb c\n", ".gitmodules line 2: a name without an equals sign"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct git_modules *modules;
		struct err err = {0};

		assert_true(
			git_modules_parse(cases[i][0], strlen(cases[i][0]), &modules, &err) < 0);
		assert_string_equal(err.text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_module_is_found_by_its_path),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
