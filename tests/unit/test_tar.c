#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/image_rig.h"
#include "core/image/tar.h"

/* A stream that comes in pieces of any size. */
struct pieces {
	const struct buf *tar;
	size_t at, size;
};

static ssize_t more(void *arg, const unsigned char **data, struct err *err)
{
	struct pieces *pieces = arg;
	size_t left = pieces->tar->len - pieces->at,
	       part = left < pieces->size ? left : pieces->size;

	(void)err;
	*data = (const unsigned char *)pieces->tar->data + pieces->at;
	pieces->at += part;
	return (ssize_t)part;
}

static struct pieces pieces;
static struct tar *tar;
static const struct tar_entry *entry;
static struct err err;

static void begin(const struct buf *bytes, size_t size)
{
	tar_free(tar);
	pieces = (struct pieces){bytes, 0, size};
	tar = tar_new(more, &pieces);
}

static const struct tar_entry *next(void)
{
	if (tar_next(tar, &entry, &err) < 0)
		fail_msg("%s", err.text);
	return entry;
}

static void content_is(const char *text)
{
	auto_buf all = BUF_INIT;
	struct tar_piece piece;

	do {
		assert_int_equal(tar_data(tar, &piece, &err), 0);
		buf_add(&all, piece.data ? piece.data : (const void *)"", piece.len);
	} while (piece.len);
	assert_string_equal(buf_text(&all), text);
}

static int drop(void **state)
{
	(void)state;
	tar_free(tar);
	tar = NULL;
	return 0;
}

static void entries_come_whole_however_the_stream_is_cut(void **state)
{
	static const size_t sizes[] = {1, 7, 511, 512, 513, 100000};
	auto_buf bytes = BUF_INIT;

	(void)state;
	img_dir(&bytes, "dir", 0755);
	img_file(&bytes, "dir/file", "some content");
	img_symlink(&bytes, "link", "dir/file");
	img_file(&bytes, "empty", "");
	tar_put_end(&bytes);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		begin(&bytes, sizes[i]);
		assert_int_equal(next()->type, TAR_DIR);
		assert_string_equal(next()->path, "dir/file");
		assert_int_equal(entry->size, 12);
		content_is("some content");
		assert_string_equal(next()->target, "dir/file");
		assert_string_equal(next()->path, "empty");
		content_is("");
		assert_null(next());
	}
}

static void unread_content_is_skipped(void **state)
{
	auto_buf bytes = BUF_INIT;

	(void)state;
	img_file(&bytes, "a", "skipped");
	img_file(&bytes, "b", "read");
	begin(&bytes, 100);
	next();
	assert_string_equal(next()->path, "b");
	content_is("read");
	assert_null(next()); /* no end blocks: an archive may just end */
}

static void pax_overrides_what_a_header_can_hold(void **state)
{
	auto_buf bytes = BUF_INIT;
	char path[600];

	(void)state;
	memset(path, 'p', sizeof(path));
	img_pax(&bytes, "path", path, sizeof(path));
	img_pax(&bytes, "uid", "4000000", 7);
	img_pax(&bytes, "mtime", "-1.25", 5);
	img_file(&bytes, "short", "x");
	begin(&bytes, 300);
	next();
	assert_int_equal(strlen(entry->path), sizeof(path));
	assert_int_equal(entry->uid, 4000000);
	assert_int_equal(entry->mtime.tv_sec, -2);
	assert_int_equal(entry->mtime.tv_nsec, 750000000);
}

static void attributes_are_bytes(void **state)
{
	auto_buf bytes = BUF_INIT;

	(void)state;
	img_pax(&bytes, "SCHILY.xattr.user.raw", "a\0\nb", 4);
	img_file(&bytes, "f", "");
	img_pax(&bytes, "LIBARCHIVE.xattr.user.%65ncoded", "aGVsbG8=", 8);
	img_file(&bytes, "g", "");
	begin(&bytes, 5000);
	next();
	assert_int_equal(entry->n_xattrs, 1);
	assert_string_equal(entry->xattrs[0].name, "user.raw");
	assert_memory_equal(entry->xattrs[0].value, "a\0\nb", 4);
	next();
	assert_string_equal(entry->xattrs[0].name, "user.encoded");
	assert_int_equal(entry->xattrs[0].len, 5);
	assert_memory_equal(entry->xattrs[0].value, "hello", 5);
}

static void damaged_archives_are_refused(void **state)
{
	static const char *const records[] = {"5 a=b\n", "99 a=b\n", "x a=b\n", "4 =\n", "6 a b\n"};
	auto_buf bytes = BUF_INIT;
	struct tar_piece piece;

	(void)state;
	img_file(&bytes, "f", "content");
	bytes.data[10] ^= 1;
	begin(&bytes, 512);
	assert_int_equal(tar_next(tar, &entry, &err), -EBADMSG);
	assert_string_equal(err.text, "not a tar header at byte 0");
	bytes.data[10] ^= 1;
	bytes.len = 515;
	begin(&bytes, 512);
	next();
	assert_int_equal(tar_data(tar, &piece, &err), 0);
	assert_int_equal(tar_data(tar, &piece, &err), -EBADMSG);
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		auto_buf pax = BUF_INIT;

		img_pax(&pax, "k", "v", 1);
		memcpy(pax.data + 512, records[i], strlen(records[i]) + 1);
		img_file(&pax, "f", "");
		begin(&pax, 512);
		assert_int_equal(tar_next(tar, &entry, &err), -EBADMSG);
	}
}

static void sparse_files_keep_their_holes(void **state)
{
	auto_buf bytes = BUF_INIT, stored = BUF_INIT;
	struct tar_piece piece;

	(void)state;
	img_pax(&bytes, "GNU.sparse.map", "100,3,1000,2", 12); /* 0.1 */
	img_file(&bytes, "f", "abcde");
	begin(&bytes, 4096);
	/* The map reaches past the size the header gives, and nothing gives another. */
	assert_int_equal(tar_next(tar, &entry, &err), -EBADMSG);

	buf_adds(&stored, "2\n100\n3\n1000\n2\n"); /* 1.0 */
	while (stored.len < 512)
		buf_addc(&stored, '\0');
	buf_adds(&stored, "abcde");
	buf_clear(&bytes);
	img_pax(&bytes, "GNU.sparse.major", "1", 1);
	img_pax(&bytes, "GNU.sparse.minor", "0", 1);
	img_pax(&bytes, "GNU.sparse.realsize", "5000", 4);
	img_pax(&bytes, "GNU.sparse.name", "named", 5);
	tar_put(&bytes, TAR_FILE, "GNUSparseFile.0/named", 0644, NULL, stored.data, stored.len);
	begin(&bytes, 100);
	next();
	assert_string_equal(entry->path, "named");
	assert_true(entry->sparse);
	assert_int_equal(entry->size, 5000);
	assert_int_equal(tar_data(tar, &piece, &err), 0);
	assert_int_equal(piece.at, 100);
	assert_true(piece.len <= 3 && piece.data[0] == 'a');
	assert_null(next());
}

int main(void)
{
#define one(test) cmocka_unit_test_teardown(test, drop)
	const struct CMUnitTest tests[] = {
		one(entries_come_whole_however_the_stream_is_cut),
		one(unread_content_is_skipped),
		one(pax_overrides_what_a_header_can_hold),
		one(attributes_are_bytes),
		one(damaged_archives_are_refused),
		one(sparse_files_keep_their_holes),
	};

	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
