#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/git_url.h"
#include "util/own.h"
#include "util/strs.h"

struct reading {
	const char *text, *remote, *ref, *subdir;
};

static void urls_are_taken_apart(void **state)
{
	static const struct reading cases[] = {
		{"https://h/u/r.git", "https://h/u/r.git", NULL, NULL},
		{"https://h/u/r.git#main", "https://h/u/r.git", "main", NULL},
		{"https://h/u/r.git#main:docker/web/", "https://h/u/r.git", "main", "docker/web"},
		{"https://h/u/r.git#:docker", "https://h/u/r.git", NULL, "docker"},
		{"http://h:8080/r.git#refs/pull/1/head", "http://h:8080/r.git", "refs/pull/1/head",
			NULL},
		{"git@h:u/r.git#v1", "git@h:u/r.git", "v1", NULL},
		{"git@h:u/r?x", "git@h:u/r?x", NULL, NULL},
		{"ssh://git@h:22/r", "ssh://git@h:22/r", NULL, NULL},
		{"git://h/r#x:.", "git://h/r", "x", NULL},
		{"github.com/u/r", "https://github.com/u/r.git", NULL, NULL},
		{"github.com/u/r.git#x", "https://github.com/u/r.git", "x", NULL},
		{"https://h/r.git?ref=a%2Fb&subdir=c", "https://h/r.git", "a/b", "c"},
		{"https://h/r.git?tag=v1#:d", "https://h/r.git", "v1", "d"},
		{"file:///srv/r.git", "file:///srv/r.git", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct git_url url;
		struct err err = {0};

		if (git_url_parse(cases[i].text, &url, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_string_equal(url.remote, cases[i].remote);
		assert_true(str_eq(url.ref, cases[i].ref));
		assert_true(str_eq(url.subdir, cases[i].subdir));
		assert_int_equal(url.local, str_has_prefix(cases[i].text, "file:"));
		git_url_fini(&url);
	}
}

static void options_are_read_from_the_query(void **state)
{
	struct git_url url;
	struct err err;

	(void)state;
	assert_int_equal(
		git_url_parse("https://h/r.git?branch=b&submodules=false&keep-git-dir&commit=3f2a",
			&url, &err),
		0);
	assert_string_equal(url.ref, "b");
	assert_true(url.wants_branch);
	assert_false(url.wants_tag);
	assert_true(url.no_submodules);
	assert_true(url.keep_git_dir);
	assert_string_equal(url.commit, "3f2a");
	git_url_fini(&url);
}

static void what_contradicts_itself_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"https://h/r.git?ref=a#b", "git: ref conflicts with ref: \"a\" vs \"b\""},
		{"https://h/r.git?tag=a&branch=b", "git: branch conflicts with tag"},
		{"https://h/r.git?branch=a#b", "git: branch conflicts with ref: \"a\" vs \"b\""},
		{"https://h/r.git?subdir=a#:b", "git: subdir conflicts: \"a\" vs \"b\""},
		{"https://h/r.git?depth=1", "git: unexpected query \"depth\""},
		{"https://h/r.git?submodules=maybe", "git: invalid submodules value: \"maybe\""},
		{"https://h/r.git?commit=XY",
			"git: invalid commit: \"XY\": give its lower-case hex digits"},
		{"https://h/r.git#:../../etc",
			"git: the directory ../../etc leaves the repository"},
		{"https://h/r.git#--upload-pack=x",
			"git: the ref begins with a dash: --upload-pack=x"},
		{"https://h/r.git#a\nb", "git: the ref has a control character in it"},
		{"https://h/r", "git: https://h/r is no URL of a git repository"},
		{"./directory", "git: ./directory is no URL of a git repository"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		struct git_url url;
		struct err err = {0};

		assert_true(git_url_parse(cases[i][0], &url, &err) < 0);
		assert_string_equal(err.text, cases[i][1]);
	}
}

static void directories_and_files_are_not_repositories(void **state)
{
	static const char *const no[] = {".", "/srv/x.git", "a/b.git", "https://h/x.tar.gz",
		"https://h/x.git/info", "a:b", "@h:x", "git@h:", "./a@b:c", "github.com/", "-"};

	(void)state;
	for (size_t i = 0; i < array_len(no); i++)
		if (git_url_is(no[i]))
			fail_msg("%s", no[i]);
}

static void a_password_is_not_shown(void **state)
{
	static const char *const cases[][2] = {
		{"https://u:secret@h/r.git", "https://u:***@h/r.git"},
		{"https://u:se@cret@h/r.git", "https://u:***@h/r.git"},
		{"https://u@h/r.git", "https://u@h/r.git"},
		{"git@h:u/r.git", "git@h:u/r.git"},
		{"https://h:8080/a:b@c.git", "https://h:8080/a:b@c.git"},
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		git_url_show(cases[i][0], text, sizeof(text));
		assert_string_equal(text, cases[i][1]);
	}
}

static void relative_submodules_are_joined(void **state)
{
	static const char *const cases[][3] = {
		{"https://h/u/r.git", "../lib.git", "https://h/u/lib.git"},
		{"https://h/u/r.git/", "./lib", "https://h/u/r.git/lib"},
		{"https://h/u/r.git", "../../x/lib.git", "https://h/x/lib.git"},
		{"git@h:u/r.git", "../lib.git", "git@h:u/lib.git"},
		{"git@h:r.git", "../lib.git", "git@h:lib.git"},
		{"https://h/r.git", "https://other/x.git", "https://other/x.git"},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		auto_free char *joined = git_url_join(cases[i][0], cases[i][1]);

		assert_string_equal(joined, cases[i][2]);
	}
	assert_null(git_url_join("https://h/r.git", "../../../etc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(options_are_read_from_the_query),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(directories_and_files_are_not_repositories),
		cmocka_unit_test(a_password_is_not_shown),
		cmocka_unit_test(relative_submodules_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
