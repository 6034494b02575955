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
#include "build/copy.h"
#include "../support/layers_rig.h"
#include "../support/scratch.h"

static struct err err;

/* src/ is what is copied from, upper/ what is written. */
struct place {
	struct layers_rig rig;
	int src, upper;
};

static int sub(struct scratch *scratch, const char *name)
{
	assert_int_equal(mkdirat(scratch->fd, name, 0755), 0);
	return openat(scratch->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void begin(struct place *place, void **state)
{
	place->src = sub(*state, "src");
	place->upper = sub(*state, "upper");
	layers_rig_init(&place->rig);
}

static void end(struct place *place)
{
	close(place->src);
	close(place->upper);
	layers_rig_fini(&place->rig);
}

static void file(int dir, const char *path, const char *text)
{
	assert_true(scratch_write(dir, path, text, 0640));
}

static int copy(struct place *place, const char *const *sources, struct copy_order order)
{
	const struct files_source source = {.root_fd = place->src};
	auto_of(dest) struct dest *dest = NULL;
	auto_files files = {0};
	uint32_t item = 0;

	for (; *sources; sources++, item++)
		assert_int_equal(
			files_add(&files, &source,
				&(const struct files_pick){.path = *sources, .item = item}, &err),
			0);
	order.files = &files;
	order.source = &source;
	order.to_directory |= item > 1;
	assert_int_equal(dest_new((const struct index *const *)place->rig.indexes, place->rig.n,
				 place->upper, &dest, &err),
		0);
	return copy_files(dest, &order, &err) < 0 ? err.code : dest_finish(dest, &err);
}
#define SOURCES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void holds(struct place *place, const char *path, const char *text)
{
	auto_buf content = BUF_INIT;

	if (path_read_at(place->upper, path, 100, &content) < 0)
		fail_msg("%s is not there", path);
	assert_string_equal(buf_text(&content), text);
}

static struct stat look(struct place *place, const char *path)
{
	struct stat st;

	if (fstatat(place->upper, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("%s is not there", path);
	return st;
}

static void a_file_takes_the_name_or_goes_into_the_directory(void **state)
{
	struct place place;

	begin(&place, state);
	layers_rig_layer(&place.rig, "there/", "link->there");
	file(place.src, "a", "1");
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/b"}), 0);
	holds(&place, "b", "1");
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/c/"}), 0);
	holds(&place, "c/a", "1");
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/link"}), 0);
	holds(&place, "there/a", "1");
	end(&place);
}

static void a_directory_gives_its_content_and_all_that_is_in_it(void **state)
{
	const struct timespec times[] = {{7, 0}, {7, 0}};
	struct place place;

	begin(&place, state);
	assert_int_equal(mkdirat(place.src, "d", 0711), 0);
	assert_int_equal(mkdirat(place.src, "d/in", 0711), 0);
	file(place.src, "d/a", "1");
	assert_int_equal(symlinkat("/etc/passwd", place.src, "d/l"), 0);
	assert_int_equal(mkfifoat(place.src, "d/f", 0622), 0);
	assert_int_equal(linkat(place.src, "d/a", place.src, "d/z", 0), 0);
	assert_int_equal(utimensat(place.src, "d/a", times, 0), 0);
	assert_int_equal(copy(&place, SOURCES("d"), (struct copy_order){.to = "/to"}), 0);
	holds(&place, "to/a", "1");
	assert_int_equal(look(&place, "to").st_mode, S_IFDIR | 0755);
	assert_int_equal(look(&place, "to/in").st_mode, S_IFDIR | 0711);
	assert_int_equal(look(&place, "to/a").st_mode, S_IFREG | 0640);
	assert_int_equal(look(&place, "to/a").st_mtime, 7);
	assert_int_equal(look(&place, "to/l").st_mode & S_IFMT, S_IFLNK);
	assert_int_equal(look(&place, "to/f").st_mode & S_IFMT, S_IFIFO);
	assert_int_equal(look(&place, "to/z").st_ino, look(&place, "to/a").st_ino);
	end(&place);
}

static void owners_and_modes_are_whose_they_are_said_to_be(void **state)
{
	auto_of(copy_mode) struct copy_mode *mode = NULL;
	struct place place;

	begin(&place, state);
	file(place.src, "a", "1");
	assert_int_equal(fchownat(place.src, "a", 3, 4, 0), 0);
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/b"}), 0);
	assert_int_equal(look(&place, "b").st_uid, 0);
	assert_int_equal(
		copy(&place, SOURCES("a"), (struct copy_order){.to = "/c", .keep_owner = true}), 0);
	assert_int_equal(look(&place, "c").st_uid, 3);
	assert_int_equal(copy_mode_parse("4751", &mode, &err), 0);
	assert_int_equal(
		copy(&place, SOURCES("a"),
			(struct copy_order){
				.to = "/n/d", .has_owner = true, .uid = 5, .gid = 6, .mode = mode}),
		0);
	assert_int_equal(look(&place, "n/d").st_mode, S_IFREG | 04751);
	assert_int_equal(look(&place, "n/d").st_gid, 6);
	assert_int_equal(look(&place, "n").st_uid, 5);
	assert_int_equal(look(&place, "n").st_mode, S_IFDIR | 0755);
	end(&place);
}

static void a_file_never_replaces_a_directory_but_a_later_source_an_earlier_file(void **state)
{
	struct place place;

	begin(&place, state);
	layers_rig_layer(&place.rig, "x/a/");
	file(place.src, "a", "1");
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/x/"}), -EISDIR);
	assert_int_equal(mkdirat(place.src, "d", 0755), 0);
	file(place.src, "d/a", "2");
	assert_int_equal(copy(&place, SOURCES("a", "d"), (struct copy_order){.to = "/y/"}), 0);
	holds(&place, "y/a", "2");
	end(&place);
}

static void a_link_below_the_destination_is_never_written_through(void **state)
{
	struct place place;

	begin(&place, state);
	layers_rig_layer(&place.rig, "t/a->/victim", "victim=1");
	file(place.src, "a", "2");
	assert_int_equal(copy(&place, SOURCES("a"), (struct copy_order){.to = "/t/"}), 0);
	assert_int_equal(look(&place, "t/a").st_mode & S_IFMT, S_IFREG);
	assert_int_equal(faccessat(place.upper, "victim", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	end(&place);
}

static void a_cancelled_copy_stops(void **state)
{
	const atomic_bool canceled = true;
	struct place place;
	struct files_source source = {.canceled = &canceled};
	auto_of(dest) struct dest *dest = NULL;
	auto_files files = {0};
	const struct copy_order order = {.files = &files, .source = &source, .to = "/"};

	begin(&place, state);
	file(place.src, "a", "1");
	source.root_fd = place.src;
	assert_int_equal(
		files_add(&files, &source, &(const struct files_pick){.path = "a"}, &err), 0);
	assert_int_equal(dest_new(NULL, 0, place.upper, &dest, &err), 0);
	assert_int_equal(copy_files(dest, &order, &err), -ECANCELED);
	end(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_file_takes_the_name_or_goes_into_the_directory),
		in_scratch(a_directory_gives_its_content_and_all_that_is_in_it),
		in_scratch(owners_and_modes_are_whose_they_are_said_to_be),
		in_scratch(a_file_never_replaces_a_directory_but_a_later_source_an_earlier_file),
		in_scratch(a_link_below_the_destination_is_never_written_through),
		in_scratch(a_cancelled_copy_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
