/* A real overlay is written to, and its upper directory read as a layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../support/layers_rig.h"
#include "core/live.h"
#include "core/strata.h"
#include "util/buf.h"
#include "util/path.h"

static struct err err;
static char top[] = "/tmp/davit-live-XXXXXX";
static struct index *lower, *upper;

static void must(bool so)
{
	if (!so)
		fail_msg("%s", strerror(errno));
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* The directory of the test has lower/, upper/, work/ and merged/, which is mounted. */
static int set_up(void **state)
{
	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	must(mkdtemp(top) && chdir(top) == 0);
	must(mount("tmpfs", ".", "tmpfs", 0, NULL) == 0 && chdir(top) == 0);
	must(mkdir("lower", 0755) == 0 && mkdir("upper", 0755) == 0 && mkdir("work", 0755) == 0 &&
		mkdir("merged", 0755) == 0 && mkdir("lower/etc", 0755) == 0 &&
		mkdir("lower/opt", 0755) == 0);
	put("lower/etc/conf", "one");
	put("lower/etc/same", "same");
	put("lower/etc/gone", "gone");
	put("lower/opt/a", "a");
	must(mount("overlay", "merged", "overlay", 0,
		     "lowerdir=lower,upperdir=upper,workdir=work,redirect_dir=off,metacopy=off") ==
		0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	index_free(upper);
	index_free(lower);
	upper = lower = NULL;
	must(umount("merged") == 0 && chdir("/") == 0 && umount(top) == 0 && rmdir(top) == 0);
	return 0;
}

static void scan(const struct live *how, struct index **out)
{
	struct live live = *how;

	live.dir_fd = AT_FDCWD;
	if (live_scan(&live, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void scan_both(bool whole, const struct strs *stubs)
{
	/* What is below is known by its hashes in a real layer; here, a scan over itself reads. */
	struct index *first;

	scan(&(struct live){.name = "lower"}, &first);
	scan(&(struct live){.name = "lower",
		     .below = (const struct index *const *)&first,
		     .n_below = 1},
		&lower);
	index_free(first);
	scan(&(struct live){.name = whole ? "merged" : "upper",
		     .whole = whole,
		     .below = (const struct index *const *)&lower,
		     .n_below = 1,
		     .stubs = stubs},
		&upper);
}

/* "+path ~path -path" of everything that differs, in the order of spots. */
static void check(const char *wanted)
{
	const struct index *const both[] = {lower, upper};
	auto_of(strata) struct strata *strata = NULL;
	auto_buf text = BUF_INIT;
	uint32_t next = 0;

	assert_int_equal(strata_new(both, 2, &strata, &err), 0);
	assert_int_equal(strata_expand(strata, &next, STRATA_NONE, &err), 0);
	for (uint32_t i = 1; i < strata_count(strata); i++) {
		struct strata_state was = strata_state(strata, i, 1);
		struct strata_state is = strata_state(strata, i, 2);
		char mark = "=+~mri-"[strata_change(strata, &was, &is)], path[INDEX_PATH_MAX];

		strata_path(strata, i, path);
		if (mark != '=' && mark != 'i')
			buf_addf(&text, "%s%c%s", text.len ? " " : "", mark, path);
	}
	assert_string_equal(buf_text(&text), wanted);
}

static void what_was_written_is_told_from_what_was_only_copied(void **state)
{
	(void)state;
	put("merged/etc/conf", "two");
	must(chmod("merged/etc/same", 0600) == 0 && unlink("merged/etc/gone") == 0 &&
		mkdir("merged/new", 0755) == 0);
	put("merged/new/.wh.file", "a name like others");
	put("merged/new/\xff", "x");
	must(mknod("merged/new/null", S_IFCHR | 0666, makedev(1, 3)) == 0 &&
		mkfifo("merged/new/pipe", 0644) == 0 &&
		symlink("/nowhere", "merged/new/link") == 0);
	scan_both(false, NULL);
	check("+new ~etc/conf -etc/gone metc/same +new/.wh.file +new/link +new/null +new/pipe "
	      "+new/\xff");
	assert_string_equal(index_target(upper, index_find(upper, "new/link")), "/nowhere");
}

static void a_directory_made_again_is_opaque(void **state)
{
	(void)state;
	must(unlink("merged/opt/a") == 0 && rmdir("merged/opt") == 0 &&
		mkdir("merged/opt", 0755) == 0);
	put("merged/opt/b", "b");
	scan_both(false, NULL);
	assert_true(index_find(upper, "opt")->flags & INDEX_OPAQUE);
	check("-opt/a +opt/b");
}

static void names_of_one_file_are_one_file(void **state)
{
	const struct index_entry *second;

	(void)state;
	put("merged/first", "12345");
	must(mkdir("merged/d", 0755) == 0 && link("merged/first", "merged/d/second") == 0);
	scan_both(false, NULL);
	second = index_find(upper, "d/second");
	assert_true(second->flags & INDEX_LINK);
	assert_string_equal(index_target(upper, second), "first");
	assert_int_equal(index_size(upper), 5);
}

static void an_attribute_alone_is_a_change_of_metadata(void **state)
{
	(void)state;
	must(setxattr("merged/etc/conf", "trusted.test", "x", 1, 0) == 0);
	scan_both(false, NULL);
	check("metc/conf");
}

static void nothing_leads_out_of_it(void **state)
{
	(void)state;
	must(symlink("/etc", "upper/way-out") == 0);
	must(mkdir("upper/mounted", 0755) == 0 &&
		mount("/etc", "upper/mounted", NULL, MS_BIND, NULL) == 0);
	scan_both(false, NULL);
	must(umount("upper/mounted") == 0);
	assert_int_equal(index_find(upper, "mounted")->children, 0);
	check("+mounted +way-out");
}

static void new_and_empty_mount_points_are_left_out(void **state)
{
	auto_strs stubs = STRS_INIT;

	(void)state;
	strs_add(&stubs, "dev");
	strs_add(&stubs, "dev/pts");
	strs_add(&stubs, "etc/hosts");
	strs_add(&stubs, "sys");
	must(mkdir("merged/dev", 0755) == 0 && mkdir("merged/dev/pts", 0755) == 0 &&
		mkdir("merged/sys", 0755) == 0);
	put("merged/etc/hosts", "");
	put("merged/sys/mine", "x");
	scan_both(false, &stubs);
	check("+sys +sys/mine");
}

static void a_whole_tree_says_the_same(void **state)
{
	(void)state;
	put("merged/etc/conf", "two and more");
	must(unlink("merged/etc/gone") == 0);
	put("merged/new", "x");
	scan_both(true, NULL);
	check("+new ~etc/conf -etc/gone");
}

#define here(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		here(what_was_written_is_told_from_what_was_only_copied),
		here(a_directory_made_again_is_opaque),
		here(names_of_one_file_are_one_file),
		here(an_attribute_alone_is_a_change_of_metadata),
		here(nothing_leads_out_of_it),
		here(new_and_empty_mount_points_are_left_out),
		here(a_whole_tree_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
