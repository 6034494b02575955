#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/lesson_player.h"

static struct err err;

static void a_shipped_one_is_found_by_name_or_number(void **state)
{
	auto_of(lesson) struct lesson *by_name = NULL, *by_number = NULL;
	char name[LESSON_NAME_SIZE];

	(void)state;
	lesson_shipped_name(0, name);
	assert_int_equal(lesson_find(name, &by_name, &err), 0);
	assert_int_equal(lesson_find("1", &by_number, &err), 0);
	assert_string_equal(by_name->name, name);
	assert_string_equal(by_number->name, name);
}

static void a_file_is_a_lesson_of_the_files_name(void **state)
{
	static const char text[] = "title: Mine\nminutes: 1\nstep: s\nsay: hello\n";
	char dir[] = "/tmp/lesson-XXXXXX", path[64];
	auto_of(lesson) struct lesson *lesson = NULL;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/my.own.lesson", dir);
	file = fopen(path, "w");
	assert_int_equal(fwrite(text, 1, sizeof(text) - 1, file), sizeof(text) - 1);
	fclose(file);
	assert_int_equal(lesson_find(path, &lesson, &err), 0);
	assert_string_equal(lesson->name, "my.own");
	assert_string_equal(lesson->title, "Mine");
	unlink(path);
	rmdir(dir);
}

static void a_mistake_in_a_file_names_the_file(void **state)
{
	char path[] = "/tmp/lesson-XXXXXX";
	struct lesson *lesson = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, "nonsense\n", 9), 9);
	close(fd);
	assert_int_equal(lesson_find(path, &lesson, &err), -EINVAL);
	assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
	assert_null(lesson);
	unlink(path);
}

static void what_is_neither_says_where_the_names_are(void **state)
{
	struct lesson *lesson = NULL;

	(void)state;
	assert_int_equal(lesson_find("no-such-lesson", &lesson, &err), -ENOENT);
	assert_string_equal(
		err.text, "no lesson is called 'no-such-lesson': davit lesson ls lists them");
	assert_int_equal(lesson_find("999", &lesson, &err), -ENOENT);
}

static void a_directory_is_no_lesson(void **state)
{
	struct lesson *lesson = NULL;

	(void)state;
	assert_true(lesson_find("/tmp", &lesson, &err) < 0);
	assert_int_equal(strncmp(err.text, "/tmp: ", 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shipped_one_is_found_by_name_or_number),
		cmocka_unit_test(a_file_is_a_lesson_of_the_files_name),
		cmocka_unit_test(a_mistake_in_a_file_names_the_file),
		cmocka_unit_test(what_is_neither_says_where_the_names_are),
		cmocka_unit_test(a_directory_is_no_lesson),
	};

	return cmocka_run_group_tests_name("lesson find", tests, NULL, NULL);
}
