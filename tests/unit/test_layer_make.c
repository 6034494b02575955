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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../support/image_rig.h"
#include "core/image.h"
#include "core/chain.h"
#include "core/image/image_make.h"
#include "core/image/layer_make.h"
#include "core/image/layer_private.h"
#include "core/image/layer_tar.h"
#include "core/image/verify.h"
#include "util/json.h"

static struct err err;

#define went_well(call)                                                                            \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s", err.text);                                                  \
	} while (0)

/* ---- an upper directory, by hand ---- */

static int upper_fd;

static void make_upper(struct image_rig *rig)
{
	assert_int_equal(mkdirat(rig->fd, "upper", 0755), 0);
	upper_fd = openat(rig->fd, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(upper_fd >= 0);
}

static void set_time(const char *path, int64_t seconds, long ns)
{
	struct timespec time = {.tv_sec = seconds, .tv_nsec = ns}, times[] = {time, time};

	assert_int_equal(utimensat(upper_fd, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void put_file(const char *path, const char *text)
{
	int fd = openat(upper_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	fchmod(fd, 0644);
	close(fd);
	set_time(path, 0, 0);
}

static void put_dir(const char *path, mode_t mode)
{
	assert_int_equal(mkdirat(upper_fd, path, mode), 0);
	assert_int_equal(fchmodat(upper_fd, path, mode, 0), 0);
}

static void put_whiteout(const char *path)
{
	assert_int_equal(mknodat(upper_fd, path, S_IFCHR, makedev(0, 0)), 0);
}

static void put_xattr(const char *path, const char *name, const char *value)
{
	char whole[300];

	snprintf(whole, sizeof(whole), "/proc/self/fd/%d/%s", upper_fd, path);
	assert_int_equal(lsetxattr(whole, name, value, strlen(value), 0), 0);
}

static void put_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", upper_fd, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

/* ---- what came out ---- */

static struct layer *base_layer(struct image_rig *rig)
{
	auto_buf tar = BUF_INIT;
	struct layer *layer = NULL;
	char id[DIGEST_SIZE];

	img_dir(&tar, "etc", 0755);
	img_file(&tar, "etc/kept", "kept");
	img_file(&tar, "etc/gone", "gone");
	img_dir(&tar, "etc/d", 0755);
	img_file(&tar, "etc/d/x", "x");
	img_dir(&tar, "same", 0755);
	img_file(&tar, "same/file", "same");
	went_well(img_unpack(rig, &tar, &layer, &err));
	went_well(img_commit(rig, &layer, 1, "docker.io/library/base:1", id, &err));
	return layer;
}

static struct layer *make_layer(
	struct image_rig *rig, struct layer *below, bool gives, const struct strs *stubs)
{
	struct layer *layer = NULL;
	struct layer_source source = {
		.dir_fd = rig->fd,
		.name = "upper",
		.take = gives,
		.below = &below,
		.n_below = below ? 1 : 0,
		.stubs = stubs,
		.latest = SCAN_ANY_TIME,
	};

	went_well(layer_make(rig->store, &source, &layer, &err));
	went_well(layer_commit(layer, &below, below ? 1 : 0, &err));
	return layer;
}

static int collect(void *arg, const void *data, size_t len, struct err *ignored)
{
	(void)ignored;
	buf_add(arg, data, len);
	return 0;
}

static void make_tar(const struct layer *layer, struct buf *out)
{
	auto_of(tree) struct tree *tree = tree_of_index(layer->index);
	int diff_fd = layer_diff_fd(layer, &err);
	struct layer_tar tar = {.tree = tree, .diff_fd = diff_fd, .put = collect, .arg = out};
	uint64_t size;

	went_well(layer_tar_write(&tar, &err));
	went_well(layer_tar_size(tree, &size, &err));
	assert_int_equal(size, out->len);
	close(diff_fd);
}

/* The names in it, in order, on one line. */
static void list_tar(const struct buf *bytes, struct buf *out)
{
	for (size_t at = 0; at + 512 <= bytes->len && bytes->data[at];) {
		size_t size = strtoull(bytes->data + at + 124, NULL, 8);

		if (bytes->data[at + 156] != 'x')
			buf_addf(out, "%s%.100s", out->len ? " " : "", bytes->data + at);
		at += 512 + (size + 511) / 512 * 512;
	}
}

static void assert_names(const struct layer *layer, const char *names)
{
	auto_buf tar = BUF_INIT, list = BUF_INIT;

	make_tar(layer, &tar);
	list_tar(&tar, &list);
	assert_string_equal(buf_text(&list), names);
}

/* Its tar, unpacked as anybody's, is the same layer again. */
static void assert_comes_back(struct image_rig *rig, const struct layer *layer)
{
	auto_of(layer) struct layer *back = NULL;
	auto_buf tar = BUF_INIT;
	int diff_fd = layer_diff_fd(layer, &err);

	went_well(verify_layer(layer->index, diff_fd, store_driver(rig->store), &err));
	close(diff_fd);
	make_tar(layer, &tar);
	tar.len -= 1024; /* img_unpack adds the end */
	went_well(img_unpack(rig, &tar, &back, &err));
	assert_string_equal(layer_diff_id(back), layer_diff_id(layer));
	assert_int_equal(tree_count(back->tree), index_count(layer->index));
}

static void fill_upper(void)
{
	put_dir("etc", 0755);
	put_file("etc/new", "new");
	put_file("etc/kept", "kept"); /* opened for writing and left alone */
	put_whiteout("etc/gone");
	put_whiteout("etc/never");
	put_dir("etc/d", 0755);
	put_xattr("etc/d", "trusted.overlay.opaque", "y");
	put_file("etc/d/y", "y");
	put_dir("fresh", 0700);
	put_xattr("fresh", "trusted.overlay.opaque", "y");
	put_file("fresh/a", "linked");
	assert_int_equal(linkat(upper_fd, "fresh/a", upper_fd, "fresh/b", 0), 0);
	put_socket("fresh/socket");
	put_dir("same", 0755);
	put_file("same/file", "same");
	put_xattr("same/file", "trusted.overlay.origin", "noise");
	put_dir("proc", 0755);
	put_file("etc/hosts", "");
}

#define CHANGES "etc/ etc/d/ etc/d/.wh..wh..opq etc/d/y etc/.wh.gone etc/new fresh/ fresh/a fresh/b"

static void a_layer_is_what_changed_and_nothing_else(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *base = base_layer(rig), *kept = NULL, *taken = NULL;
	auto_strs stubs = STRS_INIT;

	strs_add(&stubs, "proc");
	strs_add(&stubs, "etc/hosts");
	make_upper(rig);
	fill_upper();
	kept = make_layer(rig, base, false, &stubs);
	assert_names(kept, CHANGES);
	assert_comes_back(rig, kept);
	/* Only read: all is as it was. */
	assert_int_equal(faccessat(upper_fd, "fresh/socket", F_OK, 0), 0);
	assert_int_equal(faccessat(upper_fd, "same/file", F_OK, 0), 0);
	taken = make_layer(rig, base, true, &stubs);
	assert_string_equal(layer_diff_id(taken), layer_diff_id(kept));
	assert_string_equal(layer_id(taken), layer_id(kept));
	assert_int_equal(faccessat(rig->fd, "upper", F_OK, 0), -1);
	close(upper_fd);
}

static void a_directory_given_away_is_moved_and_cleaned(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *base = base_layer(rig), *taken = NULL;
	struct stat before, after;
	char path[300];

	make_upper(rig);
	fill_upper();
	assert_int_equal(fstatat(upper_fd, "etc/new", &before, 0), 0);
	taken = make_layer(rig, base, true, NULL);
	assert_names(taken,
		"etc/ etc/d/ etc/d/.wh..wh..opq etc/d/y etc/.wh.gone etc/hosts etc/new fresh/ "
		"fresh/a fresh/b proc/");
	assert_comes_back(rig, taken);
	assert_int_equal(fstatat(upper_fd, "etc/new", &after, 0), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(faccessat(upper_fd, "fresh/socket", F_OK, 0), -1);
	assert_int_equal(faccessat(upper_fd, "etc/never", F_OK, 0), -1);
	assert_int_equal(faccessat(upper_fd, "same", F_OK, 0), -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/fresh", upper_fd);
	assert_int_equal(getxattr(path, "trusted.overlay.opaque", NULL, 0), -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/etc/d", upper_fd);
	assert_int_equal(getxattr(path, "trusted.overlay.opaque", NULL, 0), 1);
	close(upper_fd);
}

static void names_attributes_and_owners_of_any_size_come_back(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	const struct index_entry *entry;
	struct index_xattr xattr;
	char name[256], path[300];
	size_t at = 0;

	memset(name, 'n', 255);
	name[255] = '\0';
	make_upper(rig);
	put_dir(name, 0755);
	snprintf(path, sizeof(path), "%s/\xff\xfe", name);
	put_file(path, "bytes");
	put_file("plain", "text");
	put_xattr("plain", "user.b", "2");
	put_xattr("plain", "user.a", "1\n=");
	assert_int_equal(fchownat(upper_fd, "plain", 3000000, 2097152, 0), 0);
	assert_int_equal(fchmodat(upper_fd, "plain", 06755, 0), 0);
	assert_int_equal(symlinkat(name, upper_fd, "link"), 0);
	assert_int_equal(mknodat(upper_fd, "null", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(mkfifoat(upper_fd, "fifo", 0600), 0);
	layer = make_layer(rig, NULL, false, NULL);
	assert_comes_back(rig, layer);
	entry = index_find(layer->index, "plain");
	assert_int_equal(entry->uid, 3000000);
	assert_int_equal(entry->gid, 2097152);
	assert_int_equal(entry->mode & 07777, 06755);
	assert_true(index_xattrs(layer->index, entry, &at, &xattr));
	assert_string_equal(xattr.name, "user.a");
	assert_memory_equal(xattr.value, "1\n=", 3);
	assert_non_null(index_find(layer->index, path));
	close(upper_fd);
}

static void times_are_whole_seconds_and_can_be_limited(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	struct layer_source source = {
		.dir_fd = rig->fd, .name = "upper", .take = true, .latest = 1000};
	struct stat st;

	make_upper(rig);
	put_file("old", "");
	set_time("old", 900, 5);
	put_file("new", "");
	set_time("new", 2000, 5);
	went_well(layer_make(rig->store, &source, &layer, &err));
	assert_int_equal(fstatat(upper_fd, "old", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 900);
	assert_int_equal(st.st_mtim.tv_nsec, 0);
	assert_int_equal(fstatat(upper_fd, "new", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1000);
	close(upper_fd);
}

static void a_whole_tree_tells_what_was_deleted_by_what_it_lacks(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *base = base_layer(rig), *layer = NULL;
	struct layer_source source = {.dir_fd = rig->fd,
		.name = "upper",
		.whole = true,
		.below = &base,
		.n_below = 1,
		.latest = SCAN_ANY_TIME};

	make_upper(rig);
	put_dir("etc", 0755);
	put_file("etc/kept", "kept");
	put_file("etc/new", "new");
	put_dir("same", 0755);
	put_file("same/file", "same");
	went_well(layer_make(rig->store, &source, &layer, &err));
	went_well(layer_commit(layer, &base, 1, &err));
	assert_names(layer, "etc/ etc/.wh.d etc/.wh.gone etc/new");
	close(upper_fd);
}

static void a_name_that_would_delete_is_refused(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;
	struct layer_source source = {.dir_fd = rig->fd, .name = "upper", .latest = SCAN_ANY_TIME};

	make_upper(rig);
	put_dir("etc", 0755);
	put_file("etc/.wh.passwd", "");
	assert_int_equal(layer_make(rig->store, &source, &layer, &err), -EINVAL);
	assert_non_null(strstr(err.text, "etc/.wh.passwd: a layer cannot hold a name"));
	assert_int_equal(img_count(rig, "staging"), 0);
	close(upper_fd);
}

static void nothing_changed_is_an_empty_layer(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *layer = NULL;

	make_upper(rig);
	layer = make_layer(rig, NULL, false, NULL);
	assert_true(layer_is_empty(layer));
	/* Everybody's digest of two blocks of zeros. */
	assert_string_equal(layer_diff_id(layer),
		"sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
	close(upper_fd);
}

/* ---- images ---- */

static char *config_of(struct image_rig *rig, const char *id)
{
	auto_of(image) struct image *image = NULL;

	went_well(image_get(rig->store, id, &image, &err));
	return cJSON_PrintUnformatted(image->config.raw);
}

static void an_image_is_its_parent_and_what_is_put_on_top(void **state)
{
	struct image_rig *rig = *state;
	auto_of(layer) struct layer *base = base_layer(rig), *layer = NULL;
	auto_of(image) struct image *parent = NULL, *image = NULL;
	auto_json *config = cJSON_Parse("{\"Unknown\":1,\"Cmd\":[\"a\"],\"Hostname\":\"h\","
					"\"User\":\"\",\"Env\":[\"A=1\"]}");
	struct image_history history[] = {
		{.created_by = "a step", .comment = "why", .created_ns = IMAGE_MAKE_NOW},
		{.created_by = "CMD", .created_ns = 5500000000, .empty_layer = true},
	};
	auto_strs tags = STRS_INIT;
	char id[DIGEST_SIZE], expected[1000];

	strs_add(&tags, "docker.io/library/made:1");
	make_upper(rig);
	put_file("new", "new");
	layer = make_layer(rig, base, true, NULL);
	went_well(image_find(rig->store, "base:1", &parent, &err));
	went_well(image_make(rig->store,
		&(struct image_make){.parent = parent,
			.layers = &layer,
			.n_layers = 1,
			.config = config,
			.history = history,
			.n_history = 2,
			.author = "me",
			.created_ns = 1000000000120000000,
			.tags = &tags,
			.action = "commit"},
		NULL, id, &err));
	went_well(image_find(rig->store, "made:1", &image, &err));
	assert_string_equal(image->id, id);
	assert_int_equal(image->layers.len, 2);
	assert_string_equal(image->layers.v[0], layer_id(base));
	snprintf(expected, sizeof(expected),
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"created\":\"2001-09-09T01:46:40.12Z\","
		"\"author\":\"me\",\"config\":{\"Env\":[\"A=1\"],\"Cmd\":[\"a\"]},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\",\"%s\"]},\"history\":["
		"{\"created\":\"2001-09-09T01:46:40.12Z\",\"created_by\":\"a step\",\"comment\":\"why\"},"
		"{\"created\":\"1970-01-01T00:00:05.5Z\",\"created_by\":\"CMD\",\"empty_layer\":true}]}",
		layer_diff_id(base), layer_diff_id(layer));
	char *text = config_of(rig, id);
	assert_string_equal(text, expected);
	cJSON_free(text);
	close(upper_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(a_layer_is_what_changed_and_nothing_else),
		in_store(a_directory_given_away_is_moved_and_cleaned),
		in_store(names_attributes_and_owners_of_any_size_come_back),
		in_store(times_are_whole_seconds_and_can_be_limited),
		in_store(a_whole_tree_tells_what_was_deleted_by_what_it_lacks),
		in_store(a_name_that_would_delete_is_refused),
		in_store(nothing_changed_is_an_empty_layer),
		in_store(an_image_is_its_parent_and_what_is_put_on_top),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
