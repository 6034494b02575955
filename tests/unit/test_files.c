#include <errno.h>
#include <fcntl.h>
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
#include "build/files.h"
#include "../support/scratch.h"
#include "util/own.h"

static struct err err;

static void file(struct scratch *scratch, const char *path, const char *text)
{
	assert_true(scratch_write(scratch->fd, path, text, 0644));
}

static void dir(struct scratch *scratch, const char *path)
{
	assert_int_equal(mkdirat(scratch->fd, path, 0755), 0);
}

static bool leaves_out(void *arg, const char *path, bool is_dir, bool *below)
{
	*below = is_dir && arg;
	return strcmp(path, "d") == 0 || strstr(path, ".o");
}

/* "path>name" of each, when they differ, else the path. */
static void picked(
	const struct files_source *source, const struct files_pick *pick, const char *words)
{
	auto_files files = {0};
	auto_buf text = BUF_INIT;

	if (files_add(&files, source, pick, &err) < 0)
		fail_msg("%s: %s", pick->path, err.text);
	for (size_t i = 0; i < files.n; i++) {
		const struct file *f = &files.v[i];

		buf_addf(&text, "%s%s", i ? " " : "", *f->path ? f->path : ".");
		if (strcmp(f->path, f->name) != 0)
			buf_addf(&text, ">%s", *f->name ? f->name : ".");
	}
	if (strcmp(buf_text(&text), words) != 0)
		fail_msg("%s gives '%s', not '%s'", pick->path, buf_text(&text), words);
}
#define PICKED(source, words, ...) picked((source), &(const struct files_pick){__VA_ARGS__}, words)

static void digest(const struct files_source *source, const char *path, uint8_t out[FILES_HASH])
{
	auto_files files = {0};

	if (files_add(&files, source, &(const struct files_pick){.path = path}, &err) < 0 ||
		files_hash(&files, source, NULL, &err) < 0 ||
		files_digest(&files, source, false, out, &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

static void a_directory_gives_its_content_a_file_itself(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};

	dir(scratch, "d"), dir(scratch, "d/e");
	file(scratch, "d/a", "1"), file(scratch, "d/e/b", "2"), file(scratch, "d/.x", "3");
	PICKED(&source, "d>. d/.x>.x d/a>a d/e>e d/e/b>e/b", .path = "d");
	PICKED(&source, "d/a>a", .path = "d/a");
	PICKED(&source, ". d d/.x d/a d/e d/e/b", .path = "");
}

static void parents_come_too_from_where_they_are_kept(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};

	dir(scratch, "d"), dir(scratch, "d/e");
	file(scratch, "d/e/b", "2");
	PICKED(&source, "d d/e d/e/b", .path = "d/e/b", .parents = true);
	PICKED(&source, "d/e>e d/e/b>e/b", .path = "d/e/b", .parents = true, .keep = 2);
}

static void what_is_left_out_is_not_entered_unless_something_below_stays(void **state)
{
	struct scratch *scratch = *state;
	struct files_source source = {.root_fd = scratch->fd, .omit = leaves_out};

	dir(scratch, "d");
	file(scratch, "a", "1"), file(scratch, "b.o", "1"), file(scratch, "d/x", "1");
	PICKED(&source, ". a", .path = "");
	source.arg = scratch;
	PICKED(&source, ". a d/x", .path = "");
}

static void a_sources_own_link_is_followed_inside_the_tree_and_those_in_it_stay(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	auto_files files = {0};

	dir(scratch, "d");
	file(scratch, "d/a", "1");
	assert_int_equal(symlinkat("/d/a", scratch->fd, "abs"), 0);
	assert_int_equal(symlinkat("../../../../../d", scratch->fd, "up"), 0);
	assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "d/out"), 0);
	PICKED(&source, "d/a>abs", .path = "abs");
	PICKED(&source, "d>. d/a>a d/out>out", .path = "up");
	assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "passwd"), 0);
	assert_int_equal(
		files_add(&files, &source, &(const struct files_pick){.path = "passwd"}, &err),
		-ENOENT);
	assert_int_equal(
		files_add(&files, &source, &(const struct files_pick){.path = "d/out/x"}, &err),
		-ENOENT);
}

static void sockets_are_left_out_fifos_are_not_opened(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	uint8_t one[FILES_HASH], two[FILES_HASH];

	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
	assert_int_equal(mknodat(scratch->fd, "sock", S_IFSOCK | 0600, 0), 0);
	PICKED(&source, ". fifo", .path = "");
	digest(&source, "", one); /* would hang */
	assert_int_equal(unlinkat(scratch->fd, "fifo", 0), 0);
	digest(&source, "", two);
	assert_memory_not_equal(one, two, FILES_HASH);
}

static void the_digest_is_of_everything_but_times(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	const struct timespec times[] = {{1, 0}, {1, 0}};
	uint8_t first[FILES_HASH], now[FILES_HASH];

	dir(scratch, "d");
	file(scratch, "d/a", "1");
	assert_int_equal(symlinkat("a", scratch->fd, "d/l"), 0);
	digest(&source, "d", first);
	assert_int_equal(utimensat(scratch->fd, "d/a", times, 0), 0);
	digest(&source, "d", now);
	assert_memory_equal(first, now, FILES_HASH);
	assert_int_equal(fchmodat(scratch->fd, "d/a", 0600, 0), 0);
	digest(&source, "d", now);
	assert_memory_not_equal(first, now, FILES_HASH);
	assert_int_equal(fchmodat(scratch->fd, "d/a", 0644, 0), 0);
	assert_int_equal(renameat(scratch->fd, "d/a", scratch->fd, "d/b"), 0);
	digest(&source, "d", now);
	assert_memory_not_equal(first, now, FILES_HASH);
	assert_int_equal(renameat(scratch->fd, "d/b", scratch->fd, "d/a"), 0);
	digest(&source, "d", now);
	assert_memory_equal(first, now, FILES_HASH);
	assert_int_equal(unlinkat(scratch->fd, "d/l", 0), 0);
	assert_int_equal(symlinkat("b", scratch->fd, "d/l"), 0);
	digest(&source, "d", now);
	assert_memory_not_equal(first, now, FILES_HASH);
}

/* Sparse: only the byte at `at` is written. */
static void large(struct scratch *scratch, const char *path, off_t at)
{
	int fd = openat(scratch->fd, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 30 << 20), 0);
	assert_int_equal(pwrite(fd, "x", 1, at), 1);
	close(fd);
}

static void every_byte_of_a_large_file_counts_and_its_place(void **state)
{
	static const off_t places[] = {
		0, (8 << 20) - 1, 8 << 20, 16 << 20, (24 << 20) - 1, (30 << 20) - 1};
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	uint8_t seen[array_len(places)][FILES_HASH], again[FILES_HASH];

	for (size_t i = 0; i < array_len(places); i++) {
		large(scratch, "a", places[i]);
		digest(&source, "a", seen[i]);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(seen[i], seen[k], FILES_HASH);
	}
	digest(&source, "a", again);
	assert_memory_equal(again, seen[array_len(places) - 1], FILES_HASH);
}

static void a_file_that_changed_since_it_was_found_is_stale(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	auto_files files = {0};
	int fd;

	file(scratch, "a", "1");
	assert_int_equal(
		files_add(&files, &source, &(const struct files_pick){.path = "a"}, &err), 0);
	fd = files_open(&files.v[0], &source, &err);
	assert_true(fd >= 0);
	assert_int_equal(files_check(&files.v[0], fd, &err), 0);
	file(scratch, "a", "22");
	assert_int_equal(files_open(&files.v[0], &source, &err), -ESTALE);
	assert_string_equal(err.text, "a: it changed while it was read: build again");
	assert_int_equal(files_hash(&files, &source, NULL, &err), -ESTALE);
	assert_int_equal(unlinkat(scratch->fd, "a", 0), 0);
	assert_int_equal(mkfifoat(scratch->fd, "a", 0600), 0);
	assert_int_equal(files_open(&files.v[0], &source, &err), -ESTALE);
	assert_int_equal(unlinkat(scratch->fd, "a", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", scratch->fd, "a"), 0);
	assert_true(files_open(&files.v[0], &source, &err) < 0);
	close(fd);
}

static void one_file(const struct files_source *source, struct files *files)
{
	assert_int_equal(
		files_add(files, source, &(const struct files_pick){.path = "large"}, &err), 0);
}

static void of_a_large_file_a_sample_is_enough_to_tell_that_it_is_another(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	static const off_t changed[] = {-1, 0, 500000, FILES_LARGE};
	uint8_t sampled[4][FILES_HASH], whole[4][FILES_HASH];

	for (size_t i = 0; i < array_len(changed); i++) {
		auto_files files = {0};
		int fd = openat(scratch->fd, "large", O_RDWR | O_CREAT | O_TRUNC, 0644);

		assert_true(fd >= 0 && ftruncate(fd, FILES_LARGE + 1) == 0);
		assert_true(changed[i] < 0 || pwrite(fd, "x", 1, changed[i]) == 1);
		close(fd);
		one_file(&source, &files);
		assert_int_equal(files_read(&files, &source, FILES_LARGE, &err), 0);
		assert_false(files.v[0].hashed);
		assert_int_equal(files_digest(&files, &source, FILES_SAMPLED, sampled[i], &err), 0);
		assert_int_equal(files_read(&files, &source, UINT64_MAX, &err), 0);
		assert_true(files.v[0].hashed);
		assert_int_equal(files_digest(&files, &source, 0, whole[i], &err), 0);
	}
	assert_memory_not_equal(sampled[0], sampled[1], FILES_HASH);
	assert_memory_not_equal(sampled[0], sampled[3], FILES_HASH);
	for (size_t i = 1; i < array_len(changed); i++)
		assert_memory_not_equal(whole[0], whole[i], FILES_HASH);
	/* Between two parts only the whole tells. */
	assert_memory_equal(sampled[0], sampled[2], FILES_HASH);
}

static void directories_that_stand_too_deep_are_refused(void **state)
{
	struct scratch *scratch = *state;
	const struct files_source source = {.root_fd = scratch->fd};
	auto_files files = {0};
	int at = dup(scratch->fd);

	for (int i = 0; i < FILES_DEPTH_MAX + 5; i++) {
		int next;

		assert_int_equal(mkdirat(at, "d", 0755), 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
	assert_int_equal(
		files_add(&files, &source, &(const struct files_pick){.path = ""}, &err), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_directory_gives_its_content_a_file_itself),
		in_scratch(parents_come_too_from_where_they_are_kept),
		in_scratch(what_is_left_out_is_not_entered_unless_something_below_stays),
		in_scratch(a_sources_own_link_is_followed_inside_the_tree_and_those_in_it_stay),
		in_scratch(sockets_are_left_out_fifos_are_not_opened),
		in_scratch(the_digest_is_of_everything_but_times),
		in_scratch(every_byte_of_a_large_file_counts_and_its_place),
		in_scratch(a_file_that_changed_since_it_was_found_is_stale),
		in_scratch(of_a_large_file_a_sample_is_enough_to_tell_that_it_is_another),
		in_scratch(directories_that_stand_too_deep_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
