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

#include "build/recall.h"
#include "core/image/sha.h"
#include "util/own.h"
#include "../support/scratch.h"

static struct err err;
static bool unfinished; /* what was built before had no result */

/* One COPY, of files "path" or "path=content", that was built; then what the next build of others
 * says. */
struct made {
	const char *name, *own;
	uint8_t base;
	const char *const *files; /* ends with NULL; NULL: none */
};

static void tell(struct recall *recall, const struct made *made)
{
	uint8_t base[FILES_HASH] = {made->base};
	struct build_step step = {0};
	struct files files = {0};

	step.name = (char *)made->name;
	snprintf(step.own, sizeof(step.own), "%s", made->own);
	recall_step(recall, 0, &step, base);
	for (const char *const *f = made->files; f && *f; f++) {
		struct file file = {.mode = S_IFREG | 0644};
		size_t len = strcspn(*f, "=");

		file.path = strndup(*f, len);
		file.hash[0] = (uint8_t)(*f)[len + ((*f)[len] == '=')];
		files.v = &file;
		files.n = 1;
		recall_files(recall, 0, &files);
		free((char *)file.path);
	}
}

static void reason(struct scratch *scratch, const struct made *before, const struct made *now,
	const char *sentence)
{
	struct recall *recall = NULL;

	if (before) {
		assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
		tell(recall, before);
		if (unfinished)
			recall_unfinished(recall, 0);
		assert_int_equal(recall_save(recall, &err), 0);
		recall_free(recall);
	}
	assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
	tell(recall, now);
	assert_string_equal(recall_reason(recall, 0), sentence);
	recall_free(recall);
}

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void what_was_never_built_says_so(void **state)
{
	const struct made now = {"COPY", "k", 1, NULL};

	reason(*state, NULL, &now, "it was never built here");
}

static void another_instruction_argument_or_base_is_named(void **state)
{
	const struct made before = {"RUN a", "k", 1, NULL}, other = {"RUN b", "k2", 1, NULL},
			  argument = {"RUN a", "k2", 1, NULL}, base = {"RUN a", "k", 2, NULL};

	reason(*state, &before, &other, "the instruction is new: it was RUN a");
	reason(*state, &before, &argument, "an argument or variable that it depends on changed");
	reason(*state, &before, &base, "the files below it changed");
	reason(*state, &before, &before, "its result is not kept any more");
}

static void what_failed_before_says_so_until_something_else_differs(void **state)
{
	const struct made run = {"RUN a", "k", 1, NULL}, base = {"RUN a", "k", 2, NULL},
			  copy = {"COPY", "k", 1, FILES("a=1")},
			  other = {"COPY", "k", 1, FILES("a=2")};

	unfinished = true;
	reason(*state, &run, &run, "it was not finished the last time");
	reason(*state, &run, &base, "the files below it changed");
	reason(*state, &copy, &copy, "it was not finished the last time");
	reason(*state, &copy, &other, "a changed");
	unfinished = false;
	reason(*state, &run, &run, "its result is not kept any more");
}

static void files_that_changed_came_or_went_are_named(void **state)
{
	const struct made before = {"COPY", "k", 1, FILES("a=1", "b=1", "d=1")},
			  now = {"COPY", "k", 1, FILES("a=2", "c=1", "d=1")};

	reason(*state, &before, &now, "a changed, b is gone, c is new");
}

static void only_the_first_of_many_are_named(void **state)
{
	const struct made before = {"COPY", "k", 1, FILES("a=1", "b=1", "c=1", "d=1")},
			  now = {"COPY", "k", 1, FILES("a=2", "b=2", "c=2", "d=2")};

	reason(*state, &before, &now, "a changed, b changed, c changed, and more");
}

static void a_directory_and_a_name_that_begins_like_it_do_not_confuse(void **state)
{
	/* In the order of a walk: what is in a/ before a.b, though "." sorts before "/". */
	const struct made before = {"COPY", "k", 1, FILES("a/x=1", "a.b=1", "c=1")},
			  now = {"COPY", "k", 1, FILES("a.b=1", "c=2")};

	reason(*state, &before, &now, "a/x is gone, c changed");
}

static void several_sources_need_not_be_in_order(void **state)
{
	const struct made before = {"COPY", "k", 1, FILES("z=1", "a=1", "m=1")},
			  now = {"COPY", "k", 1, FILES("z=1", "a=1", "b=1", "m=1")};

	reason(*state, &before, &now, "b is new");
}

static void a_damaged_file_has_nothing_to_say_and_is_replaced(void **state)
{
	static const char *const damaged[] = {"", "S", "S ", "S a", "S a b", "F x", "M", "\n\n",
		"S \n", "S a\nF\nM\nS b c d\nF x y\n", "S  \nF 1 a"};
	struct scratch *scratch = *state;
	const struct made now = {"COPY", "k", 1, FILES("a=1")};

	for (size_t i = 0; i < array_len(damaged); i++) {
		struct recall *recall = NULL;
		char digest[DIGEST_SIZE];

		sha_of("here", 4, digest);
		assert_int_equal(path_replace_at(scratch->fd, digest_hex(digest), damaged[i],
					 strlen(damaged[i]), 0600),
			0);
		assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
		tell(recall, &now);
		assert_true(*recall_reason(recall, 0) != '\0');
		assert_int_equal(recall_save(recall, &err), 0);
		recall_free(recall);
		reason(scratch, NULL, &now,
			"its result is not kept any more, or a directory changed");
	}
}

static ino_t saved(struct scratch *scratch, const struct made *now)
{
	struct recall *recall = NULL;
	char digest[DIGEST_SIZE];
	struct stat st;

	assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
	tell(recall, now);
	assert_int_equal(recall_save(recall, &err), 0);
	recall_free(recall);
	sha_of("here", 4, digest);
	assert_int_equal(fstatat(scratch->fd, digest_hex(digest), &st, 0), 0);
	return st.st_ino;
}

static void what_did_not_change_is_not_written_again(void **state)
{
	const struct made one = {"COPY", "k", 1, FILES("a=1")},
			  two = {"COPY", "k", 1, FILES("a=2")};
	ino_t first = saved(*state, &one);

	assert_int_equal(saved(*state, &one), first);
	assert_int_not_equal(saved(*state, &two), first);
	reason(*state, NULL, &one, "a changed");
}

/* A large file "path=content/sample"; content ?: it was not read. */
static void tell_large(struct recall *recall, const char *content)
{
	uint8_t base[FILES_HASH] = {1};
	struct build_step step = {.name = (char *)"COPY", .own = "k"};
	struct file file = {.path = "big",
		.mode = S_IFREG | 0644,
		.size = FILES_LARGE,
		.hashed = *content != '?',
		.hash = {(uint8_t)*content},
		.sample = {(uint8_t)content[1]}};
	const struct files files = {.v = &file, .n = 1};

	recall_step(recall, 0, &step, base);
	recall_files(recall, 0, &files);
}

static void a_large_file_that_was_not_read_differs_by_its_sample(void **state)
{
	static const char gone[] = "its result is not kept any more, or a directory changed";
	static const struct {
		const char *before, *now, *sentence;
	} cases[] = {{"aA", "aA", gone}, {"aA", "bA", "big changed"}, {"aA", "bB", "big changed"},
		{"aA", "?A", gone}, {"aA", "?B", "big changed"}, {"?A", "bA", gone},
		{"?A", "bB", "big changed"}};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < array_len(cases); i++) {
		struct recall *recall = NULL;

		assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
		tell_large(recall, cases[i].before);
		assert_int_equal(recall_save(recall, &err), 0);
		recall_free(recall);
		assert_int_equal(recall_open(scratch->fd, "here", 1, &recall, &err), 0);
		tell_large(recall, cases[i].now);
		assert_string_equal(recall_reason(recall, 0), cases[i].sentence);
		recall_free(recall);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(what_was_never_built_says_so),
		in_scratch(what_failed_before_says_so_until_something_else_differs),
		in_scratch(another_instruction_argument_or_base_is_named),
		in_scratch(files_that_changed_came_or_went_are_named),
		in_scratch(only_the_first_of_many_are_named),
		in_scratch(a_directory_and_a_name_that_begins_like_it_do_not_confuse),
		in_scratch(several_sources_need_not_be_in_order),
		in_scratch(a_damaged_file_has_nothing_to_say_and_is_replaced),
		in_scratch(what_did_not_change_is_not_written_again),
		in_scratch(a_large_file_that_was_not_read_differs_by_its_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
