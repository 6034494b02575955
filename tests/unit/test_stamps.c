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

#include "build/stamps.h"
#include "../support/scratch.h"

static struct err err;

/* A file that changed last a minute ago: nothing in this tick can have been missed. */
static struct file old_file(uint64_t ino, uint8_t content)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec -= 60;
	now.tv_nsec = 5;
	return (struct file){.path = "a",
		.name = "a",
		.mode = S_IFREG | 0644,
		.ino = ino,
		.dev = 7,
		.size = 10,
		.mtime = now,
		.ctime = now,
		.hash = {content},
		.sample = {content, 1}};
}

static void save(struct scratch *scratch, const struct file *files, size_t n)
{
	struct stamps *stamps = NULL;

	assert_int_equal(stamps_open(scratch->fd, "s", &stamps, &err), 0);
	for (size_t i = 0; i < n; i++)
		stamps_note(stamps, &files[i]);
	assert_int_equal(stamps_save(stamps, &err), 0);
	stamps_free(stamps);
}

static bool found(struct scratch *scratch, const struct file *file, uint8_t content)
{
	struct file again = *file;
	struct stamps *stamps = NULL;
	bool there;

	memset(again.hash, 0, sizeof(again.hash));
	assert_int_equal(stamps_open(scratch->fd, "s", &stamps, &err), 0);
	there = stamps_find(stamps, &again);
	assert_int_equal(again.hashed, there);
	if (there) {
		assert_int_equal(again.hash[0], content);
		assert_memory_equal(again.sample, file->sample, FILES_SAMPLE);
	}
	stamps_free(stamps);
	return there;
}

static void what_was_hashed_is_found_by_the_next_build(void **state)
{
	struct file files[] = {old_file(3, 30), old_file(1, 10), old_file(2, 20)};
	struct file unknown = old_file(4, 0);

	save(*state, files, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(found(*state, &files[i], files[i].hash[0]));
	assert_false(found(*state, &unknown, 0));
}

static void any_sign_of_a_change_is_one(void **state)
{
	const struct file file = old_file(1, 10);
	struct file other;

	save(*state, &file, 1);
	other = file, other.size++;
	assert_false(found(*state, &other, 10));
	other = file, other.mtime.tv_nsec++;
	assert_false(found(*state, &other, 10));
	other = file, other.ctime.tv_nsec++;
	assert_false(found(*state, &other, 10));
	other = file, other.ctime.tv_sec--;
	assert_false(found(*state, &other, 10));
	other = file, other.dev++;
	assert_false(found(*state, &other, 10));
	assert_true(found(*state, &file, 10));
}

static void what_changed_in_this_tick_is_not_remembered(void **state)
{
	struct file file = old_file(1, 10);

	clock_gettime(CLOCK_REALTIME, &file.ctime);
	save(*state, &file, 1);
	assert_false(found(*state, &file, 10));
	file.ctime.tv_sec += 100; /* nor what has a time to come */
	save(*state, &file, 1);
	assert_false(found(*state, &file, 10));
}

static void what_another_build_of_the_tree_noted_stays(void **state)
{
	struct file one = old_file(1, 10), two = old_file(2, 20);

	save(*state, &one, 1);
	save(*state, &two, 1);
	assert_true(found(*state, &one, 10));
	assert_true(found(*state, &two, 20));
	one.size = 11;
	one.hash[0] = 11;
	save(*state, &one, 1);
	assert_true(found(*state, &one, 11));
	assert_true(found(*state, &two, 20));
}

static void a_damaged_file_is_empty_and_replaced(void **state)
{
	struct scratch *scratch = *state;
	const struct file file = old_file(1, 10);
	char *bytes = calloc(1, 200);

	for (size_t len = 0; len < 120; len += 7) {
		memcpy(bytes, "davstmp2\xff\xff\xff\xff\xff\xff\xff\xff", 16);
		assert_int_equal(path_replace_at(scratch->fd, "s", bytes, len, 0600), 0);
		assert_false(found(scratch, &file, 10));
	}
	memcpy(bytes, "davstmp3\1\0\0\0\0\0\0\0", 16);
	assert_int_equal(path_replace_at(scratch->fd, "s", bytes, 96, 0600), 0);
	assert_false(found(scratch, &file, 10));
	free(bytes);
	save(scratch, &file, 1);
	assert_true(found(scratch, &file, 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(what_was_hashed_is_found_by_the_next_build),
		in_scratch(any_sign_of_a_change_is_one),
		in_scratch(what_changed_in_this_tick_is_not_remembered),
		in_scratch(what_another_build_of_the_tree_noted_stays),
		in_scratch(a_damaged_file_is_empty_and_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
