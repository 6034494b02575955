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
#include "build/dest.h"
#include "../support/layers_rig.h"
#include "../support/scratch.h"

static struct err err;
static const struct dest_new_dirs plain = {.mode = 0755, .time = {.tv_sec = 100}};

struct place {
	struct layers_rig rig;
	struct scratch *scratch;
	struct dest *dest;
};

static void begin(struct place *place, void **state)
{
	place->scratch = *state;
	assert_int_equal(dest_new((const struct index *const *)place->rig.indexes, place->rig.n,
				 place->scratch->fd, &place->dest, &err),
		0);
}

static void end(struct place *place)
{
	dest_free(place->dest);
	layers_rig_fini(&place->rig);
}

static void leads(struct place *place, const char *path, const char *to)
{
	char out[INDEX_PATH_MAX];

	if (dest_resolve(place->dest, path, out, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	assert_string_equal(out, to);
}

static int enter(struct place *place, const char *path, bool *made)
{
	return dest_enter(place->dest, path, &plain, made, &err);
}

static void links_of_the_stack_lead_within_it(void **state)
{
	struct place place = {0};
	char out[INDEX_PATH_MAX];

	layers_rig_init(&place.rig);
	layers_rig_layer(&place.rig, "usr/bin/", "bin->usr/bin", "abs->/usr", "up->../../../usr",
		"loop->loop", "usr/there->../abs/bin");
	layers_rig_layer(&place.rig, "new->abs");
	begin(&place, state);
	leads(&place, "/bin/sh", "usr/bin/sh");
	leads(&place, "/abs/bin/", "usr/bin");
	leads(&place, "/up/x", "usr/x");
	leads(&place, "/new/bin", "usr/bin");
	leads(&place, "/usr/there/x", "usr/bin/x");
	leads(&place, "/a/b/../../../c", "c");
	leads(&place, "//.//a/./b//", "a/b");
	leads(&place, "/", "");
	assert_int_equal(dest_resolve(place.dest, "/loop/x", out, &err), -ELOOP);
	end(&place);
}

static void a_link_that_an_upper_layer_replaced_is_none(void **state)
{
	struct place place = {0};

	layers_rig_init(&place.rig);
	layers_rig_layer(&place.rig, "a->/etc", "b->/etc", "etc/");
	layers_rig_layer(&place.rig, "a/", "!b");
	begin(&place, state);
	leads(&place, "/a/x", "a/x");
	leads(&place, "/b/x", "b/x");
	assert_int_equal(dest_kind(place.dest, "a"), DEST_DIRECTORY);
	assert_int_equal(dest_kind(place.dest, "b"), DEST_NOTHING);
	end(&place);
}

static void a_directory_of_the_stack_comes_up_as_it_is_below(void **state)
{
	struct place place = {0};
	struct stat st;
	bool made;

	layers_rig_init(&place.rig);
	layers_rig_layer(&place.rig, "a/%1777:5", "a/b/%0700:6");
	begin(&place, state);
	assert_true(enter(&place, "a/b", &made) >= 0);
	assert_false(made);
	assert_int_equal(fstatat(place.scratch->fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 01777);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(fstatat(place.scratch->fd, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(st.st_uid, 6);
	end(&place);
}

static void what_is_missing_is_made_as_it_was_asked_for_with_its_time(void **state)
{
	struct place place = {0};
	const struct dest_new_dirs owned = {
		.uid = 7, .gid = 8, .mode = 0750, .time = {.tv_sec = 1000, .tv_nsec = 5}};
	struct stat st;
	bool made;
	int fd;

	layers_rig_init(&place.rig);
	begin(&place, state);
	fd = dest_enter(place.dest, "x/y", &owned, &made, &err);
	assert_true(fd >= 0 && made);
	assert_int_equal(symlinkat("t", fd, "changes-the-time"), 0);
	assert_int_equal(dest_finish(place.dest, &err), 0);
	assert_int_equal(fstatat(place.scratch->fd, "x/y", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0750);
	assert_int_equal(st.st_uid, 7);
	assert_int_equal(st.st_gid, 8);
	assert_int_equal(st.st_mtim.tv_sec, 1000);
	assert_int_equal(st.st_mtim.tv_nsec, 5);
	assert_int_equal(dest_kind(place.dest, "x/y/changes-the-time"), DEST_OTHER);
	assert_int_equal(dest_below(place.dest, "x"), DEST_NOTHING);
	end(&place);
}

static void a_file_in_the_way_is_not_a_directory(void **state)
{
	struct place place = {0};
	bool made;

	layers_rig_init(&place.rig);
	layers_rig_layer(&place.rig, "a=1");
	begin(&place, state);
	assert_int_equal(enter(&place, "a/b", &made), -ENOTDIR);
	assert_string_equal(err.text, "cannot copy to non-directory: /a");
	assert_int_equal(symlinkat("/tmp", place.scratch->fd, "l"), 0);
	assert_int_equal(enter(&place, "l/b", &made), -ENOTDIR);
	end(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(links_of_the_stack_lead_within_it),
		in_scratch(a_link_that_an_upper_layer_replaced_is_none),
		in_scratch(a_directory_of_the_stack_comes_up_as_it_is_below),
		in_scratch(what_is_missing_is_made_as_it_was_asked_for_with_its_time),
		in_scratch(a_file_in_the_way_is_not_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
