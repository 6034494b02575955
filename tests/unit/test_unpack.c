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
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../support/image_rig.h"
#include "core/image/layer_private.h"

static struct err err;

static struct layer *unpacked(struct image_rig *rig, struct buf *tar)
{
	struct layer *layer = NULL;

	if (img_unpack(rig, tar, &layer, &err) < 0)
		fail_msg("%s", err.text);
	return layer;
}

static int diff_of(struct layer *layer)
{
	int fd = layer_diff_fd(layer, &err);

	assert_true(fd >= 0);
	return fd;
}

static mode_t mode_at(struct layer *layer, const char *path)
{
	auto_close int fd = diff_of(layer);
	struct stat st;

	return fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static bool is_opaque(struct layer *layer, const char *path)
{
	auto_close int fd = diff_of(layer);
	auto_close int dir = openat(fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char value[4];

	return fgetxattr(dir, "trusted.overlay.opaque", value, sizeof(value)) == 1 &&
	       value[0] == 'y';
}

static bool is_whiteout(struct layer *layer, const char *path)
{
	return S_ISCHR(mode_at(layer, path));
}

static void is_refused(struct image_rig *rig, struct buf *tar, const char *why)
{
	struct layer *layer = NULL;

	assert_true(img_unpack(rig, tar, &layer, &err) < 0);
	assert_non_null(strstr(err.text, why));
	assert_int_equal(img_count(rig, "staging"), 0);
	assert_int_equal(img_count(rig, "layers"), 0);
}

static void names_that_climb_out_are_refused(void **state)
{
	struct image_rig *rig = *state;
	auto_buf up = BUF_INIT, link = BUF_INIT, far = BUF_INIT, hard = BUF_INIT;

	img_file(&up, "a/../../etc/passwd", "x");
	is_refused(rig, &up, "a/../../etc/passwd climbs out of the layer");
	img_symlink(&link, "sly", "../../../tmp");
	img_file(&link, "sly/evil", "x");
	is_refused(rig, &link, "sly/evil goes through the symbolic link");
	img_symlink(&far, "sly", "/tmp/davit-outside");
	img_file(&far, "sly/evil", "x");
	is_refused(rig, &far, "sly/evil goes through the symbolic link");
	img_link(&hard, "mine", "../../../etc/shadow");
	is_refused(rig, &hard, "mine: hard link: ../../../etc/shadow climbs out");
}

static void absolute_names_stay_inside(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;

	img_file(&tar, "/ko-app/program", "x");
	img_dir(&tar, "usr/lib", 0755);
	img_symlink(&tar, "lib", "usr/lib");
	img_symlink(&tar, "abs", "/usr/lib");
	img_file(&tar, "lib/one", "1");
	img_file(&tar, "abs/two", "2");
	layer = unpacked(rig, &tar);
	assert_true(S_ISREG(mode_at(layer, "ko-app/program")));
	assert_true(S_ISREG(mode_at(layer, "usr/lib/one")));
	assert_true(S_ISREG(mode_at(layer, "usr/lib/two")));
	assert_true(S_ISLNK(mode_at(layer, "lib")));
}

static void a_whiteout_hides_and_an_opaque_marker_marks(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;

	if (store_driver(rig->store) != STORE_OVERLAY)
		skip();
	img_file(&tar, "etc/.wh.gone", "");
	img_file(&tar, "dir/new", "x");
	img_file(&tar, "dir/.wh..wh..opq", "");
	img_file(&tar, "dir/.wh..wh.plnk", "");
	layer = unpacked(rig, &tar);
	assert_true(is_whiteout(layer, "etc/gone"));
	assert_true(is_opaque(layer, "dir"));
	assert_true(S_ISREG(mode_at(layer, "dir/new")));
	assert_int_equal(mode_at(layer, "dir/.wh..wh.plnk"), 0);
	assert_false(is_opaque(layer, "etc"));
}

static void a_whiteout_and_its_replacement_come_in_either_order(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;

	if (store_driver(rig->store) != STORE_OVERLAY)
		skip();
	img_file(&tar, ".wh.early", "");
	img_dir(&tar, "early", 0700);
	img_dir(&tar, "late", 0700);
	img_file(&tar, ".wh.late", "");
	img_file(&tar, ".wh.file", "");
	img_file(&tar, "file", "x");
	img_file(&tar, ".wh.deep", "");
	img_file(&tar, "deep/implied/file", "x");
	img_file(&tar, "now-a-file", "x");
	img_file(&tar, "now-a-file/.wh.old", "");
	layer = unpacked(rig, &tar);
	assert_true(is_opaque(layer, "early"));
	assert_true(is_opaque(layer, "late"));
	assert_true(S_ISREG(mode_at(layer, "file")));
	assert_true(is_opaque(layer, "deep"));
	assert_true(S_ISREG(mode_at(layer, "now-a-file")));
}

static void bad_whiteouts_are_refused(void **state)
{
	static const char *const bad[] = {"a/.wh.", "a/.wh..", "a/.wh..."};
	struct image_rig *rig = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		auto_buf tar = BUF_INIT;

		img_file(&tar, bad[i], "");
		is_refused(rig, &tar, "invalid whiteout file .wh.");
	}
}

static void whiteouts_cannot_be_forged(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;
	auto_close int fd = -1;
	char value[8];

	tar_put(&tar, TAR_CHAR, "device", 0600, NULL, NULL, 0); /* 0/0 */
	img_pax(&tar, "SCHILY.xattr.trusted.overlay.opaque", "y", 1);
	img_dir(&tar, "sly", 0755);
	img_pax(&tar, "SCHILY.xattr.trusted.overlay.redirect", "/etc", 4);
	img_dir(&tar, "slyer", 0755);
	layer = unpacked(rig, &tar);
	assert_int_equal(mode_at(layer, "device"), 0);
	assert_false(is_opaque(layer, "sly"));
	fd = diff_of(layer);
	fd = openat(fd, "slyer", O_RDONLY | O_CLOEXEC);
	assert_int_equal(fgetxattr(fd, "trusted.overlay.redirect", value, sizeof(value)), -1);
}

static void the_later_of_two_entries_wins_without_writing_through(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;
	auto_close int fd = -1;
	struct stat st;

	img_file(&tar, "a", "first");
	img_link(&tar, "b", "a");
	img_file(&tar, "a", "longer than first");
	img_file(&tar, "dir/x", "1");
	img_file(&tar, "dir", "now a file");
	img_symlink(&tar, "dir2", "elsewhere");
	img_dir(&tar, "dir2", 0711);
	layer = unpacked(rig, &tar);
	fd = diff_of(layer);
	assert_int_equal(fstatat(fd, "b", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_nlink, 1);
	assert_true(S_ISREG(mode_at(layer, "dir")));
	assert_int_equal(mode_at(layer, "dir2"), S_IFDIR | 0711);
}

static void setuid_bits_survive_whatever_the_umask(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	auto_buf tar = BUF_INIT;
	mode_t before = umask(077);

	tar_put(&tar, TAR_FILE, "su", 06755, NULL, "x", 1);
	img_dir(&tar, "tmp", 01777);
	layer = unpacked(rig, &tar);
	umask(before);
	assert_int_equal(mode_at(layer, "su"), S_IFREG | 06755);
	assert_int_equal(mode_at(layer, "tmp"), S_IFDIR | 01777);
}

static void links_that_go_in_circles_end(void **state)
{
	struct image_rig *rig = *state;
	auto_buf tar = BUF_INIT, file = BUF_INIT;

	img_symlink(&tar, "a", "b");
	img_symlink(&tar, "b", "a");
	img_file(&tar, "a/x", "x");
	is_refused(rig, &tar, "too many symbolic links");
	img_file(&file, "f", "x");
	img_file(&file, "f/x", "x");
	is_refused(rig, &file, "f is not a directory");
}

static void names_are_limited(void **state)
{
	struct image_rig *rig = *state;
	auto_buf name = BUF_INIT, deep = BUF_INIT, path = BUF_INIT;

	for (int i = 0; i < 256; i++)
		buf_addc(&path, 'n');
	img_pax(&name, "path", path.data, path.len);
	img_file(&name, "x", "x");
	is_refused(rig, &name, "the name is too long");
	buf_clear(&path);
	for (int i = 0; i < 300; i++)
		buf_adds(&path, "d/");
	img_pax(&deep, "path", path.data, path.len);
	img_file(&deep, "x", "x");
	is_refused(rig, &deep, "lies more than 256 directories deep");
}

static void a_cut_off_or_wrong_archive_leaves_nothing(void **state)
{
	struct image_rig *rig = *state;
	auto_buf cut = BUF_INIT, wrong = BUF_INIT;

	img_file(&cut, "a", "content");
	cut.len -= 512;
	cut.data[124] = '7'; /* says it is larger than it is */
	is_refused(rig, &cut, "");
	for (int i = 0; i < 1024; i++)
		buf_addc(&wrong, 'x');
	is_refused(rig, &wrong, "not a tar header at byte 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(names_that_climb_out_are_refused),
		in_store(absolute_names_stay_inside),
		in_store(a_whiteout_hides_and_an_opaque_marker_marks),
		in_store(a_whiteout_and_its_replacement_come_in_either_order),
		in_store(bad_whiteouts_are_refused),
		in_store(whiteouts_cannot_be_forged),
		in_store(the_later_of_two_entries_wins_without_writing_through),
		in_store(setuid_bits_survive_whatever_the_umask),
		in_store(links_that_go_in_circles_end),
		in_store(names_are_limited),
		in_store(a_cut_off_or_wrong_archive_leaves_nothing),
	};

	return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
