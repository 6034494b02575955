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
#include <unistd.h>

#include "../support/image_rig.h"
#include "core/image/blob.h"
#include "core/image/demo.h"
#include "core/image/load.h"
#include "core/image/sha.h"
#include "core/image/verify.h"
#include "core/image_ops.h"
#include "core/store_db.h"
#include "util/path.h"

static struct err err;

/* The parts of an image of one layer, with which archives are made. */
struct parts {
	struct buf tar, config;
	char diff_id[DIGEST_SIZE], config_digest[DIGEST_SIZE];
};

static void make_parts(struct parts *parts)
{
	*parts = (struct parts){BUF_INIT, BUF_INIT, "", ""};
	img_dir(&parts->tar, "etc/", 0755);
	img_file(&parts->tar, "etc/hello", "world");
	tar_put_end(&parts->tar);
	sha_of(parts->tar.data, parts->tar.len, parts->diff_id);
	buf_addf(&parts->config,
		"{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":"
		"{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
		parts->diff_id);
	sha_of(parts->config.data, parts->config.len, parts->config_digest);
}

static void drop_parts(struct parts *parts)
{
	buf_fini(&parts->tar);
	buf_fini(&parts->config);
}

static void put(struct buf *archive, const char *name, const struct buf *content)
{
	tar_put(archive, TAR_FILE, name, 0644, NULL, content->data, content->len);
}

struct heard {
	char lines[2000];
	char events[2000];
};

static void on_line(const char *line, void *arg)
{
	struct heard *heard = arg;

	strcat(strcat(heard->lines, line), "\n");
}

static void on_event(const struct image_event *event, void *arg)
{
	struct heard *heard = arg;

	strcat(strcat(strcat(strcat(heard->events, event->action), " "), event->name), "\n");
}

static int load(struct image_rig *rig, const struct buf *archive, struct heard *heard)
{
	auto_close int fd = openat(rig->fd, "archive", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct image_load_options options = {.fd = fd};
	struct image_watch watch = {.on_line = on_line, .on_event = on_event, .arg = heard};

	memset(heard, 0, sizeof(*heard));
	assert_int_equal(write(fd, archive->data, archive->len), archive->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return image_load(rig->store, &options, &watch, &err);
}

static void nothing_is_left(struct image_rig *rig)
{
	assert_int_equal(img_count(rig, "staging"), 0);
	assert_int_equal(img_count(rig, "layers"), 0);
	assert_int_equal(img_count(rig, "blobs/sha256"), 0);
	assert_true(img_count(rig, "cache/ingest") <= 0);
}

static void dockers_old_archives_load_in_any_order(void **state)
{
	static const char manifest[] =
		"[{\"Config\":\"cfg.json\",\"RepoTags\":[\"a:1\",\"quay.io/b/c:2\"],"
		"\"Layers\":[\"two/layer.tar\"]}]";
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, text = BUF_INIT;
	struct parts parts;
	struct heard heard;

	make_parts(&parts);
	/* The layer is a link to one that comes later, as docker before 25 wrote duplicates. */
	tar_put(&archive, TAR_SYMLINK, "two/layer.tar", 0777, "../one/layer.tar", NULL, 0);
	buf_adds(&text, manifest);
	put(&archive, "manifest.json", &text);
	put(&archive, "one/layer.tar", &parts.tar);
	put(&archive, "cfg.json", &parts.config);
	tar_put_end(&archive);
	if (load(rig, &archive, &heard) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(heard.lines, "Loaded image: a:1\nLoaded image: quay.io/b/c:2\n");
	assert_string_equal(heard.events, "load a:1\nload quay.io/b/c:2\n");
	/* And once more: nothing is unpacked, and no tag moves. */
	assert_int_equal(load(rig, &archive, &heard), 0);
	assert_int_equal(img_count(rig, "layers"), 1);
	assert_null(strstr(heard.lines, "already exists"));
	drop_parts(&parts);
}

static void an_archive_without_tags_names_the_id(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, text = BUF_INIT;
	struct parts parts;
	struct heard heard;
	char line[120];

	make_parts(&parts);
	buf_adds(&text, "[{\"Config\":\"c\",\"RepoTags\":null,\"Layers\":[\"l\"]}]");
	put(&archive, "manifest.json", &text);
	put(&archive, "l", &parts.tar);
	put(&archive, "c", &parts.config);
	assert_int_equal(load(rig, &archive, &heard), 0);
	snprintf(line, sizeof(line), "Loaded image ID: %s\n", parts.config_digest);
	assert_string_equal(heard.lines, line);
	drop_parts(&parts);
}

static void a_tag_that_moves_is_announced(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, text = BUF_INIT, other = BUF_INIT;
	char old[DIGEST_SIZE], line[300];
	struct parts parts;
	struct heard heard;

	assert_int_equal(img_image(rig, &other, "docker.io/library/a:1", old, &err), 0);
	make_parts(&parts);
	buf_adds(&text, "[{\"Config\":\"c\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"l\"]}]");
	put(&archive, "manifest.json", &text);
	put(&archive, "l", &parts.tar);
	put(&archive, "c", &parts.config);
	assert_int_equal(load(rig, &archive, &heard), 0);
	snprintf(line, sizeof(line),
		"The image a:1 already exists, renaming the old one with ID %s to "
		"empty string\nLoaded image: a:1\n",
		old);
	assert_string_equal(heard.lines, line);
	drop_parts(&parts);
}

static void a_wrong_diff_id_is_refused_and_leaves_nothing(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, text = BUF_INIT;
	struct parts parts;
	struct heard heard;

	make_parts(&parts);
	parts.tar.data[512 * 2]++; /* the content of etc/hello */
	buf_adds(&text, "[{\"Config\":\"c\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"l\"]}]");
	put(&archive, "manifest.json", &text);
	put(&archive, "l", &parts.tar);
	put(&archive, "c", &parts.config);
	assert_int_equal(load(rig, &archive, &heard), -EBADMSG);
	assert_non_null(strstr(err.text, "the diff id does not match"));
	assert_string_equal(heard.lines, "");
	nothing_is_left(rig);
	drop_parts(&parts);
}

static void archives_that_are_none_or_cut_off_are_refused(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, text = BUF_INIT, junk = BUF_INIT, other = BUF_INIT;
	struct parts parts;
	struct heard heard;

	for (int i = 0; i < 3000; i++)
		buf_addc(&junk, 'j');
	assert_true(load(rig, &junk, &heard) < 0);
	img_file(&other, "some", "file");
	tar_put_end(&other);
	assert_int_equal(load(rig, &other, &heard), -EBADMSG);
	assert_non_null(strstr(err.text, "neither a docker nor an OCI image archive"));
	make_parts(&parts);
	buf_adds(&text, "[{\"Config\":\"c\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"l\"]}]");
	put(&archive, "manifest.json", &text);
	put(&archive, "c", &parts.config);
	put(&archive, "l", &parts.tar);
	for (size_t cut = 100; cut < archive.len - 3 * 512; cut += 700) {
		struct buf part = {.data = archive.data, .len = cut};

		if (load(rig, &part, &heard) == 0)
			fail_msg("%zu of %zu bytes were enough", cut, archive.len);
	}
	nothing_is_left(rig);
	drop_parts(&parts);
}

/* An OCI layout in an archive: the layer is gzip when a compressed one is given. */
static void make_oci(
	struct buf *archive, const struct parts *parts, const struct buf *layer, const char *spoil)
{
	auto_buf manifest = BUF_INIT, index = BUF_INIT;
	char layer_digest[DIGEST_SIZE], digest[DIGEST_SIZE], name[100];

	sha_of(layer->data, layer->len, layer_digest);
	buf_addf(&manifest,
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
		"vnd.oci.image.config.v1+json\",\"digest\":\"%s\",\"size\":%zu},\"layers\":[{"
		"\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":"
		"\"%s\",\"size\":%zu}]}",
		parts->config_digest, parts->config.len, layer_digest, layer->len);
	sha_of(manifest.data, manifest.len, digest);
	buf_addf(&index,
		"{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/"
		"vnd.oci.image.manifest.v1+json\",\"digest\":\"%s\",\"size\":%zu,\"annotations\":{"
		"\"org.opencontainers.image.ref.name\":\"quay.io/x/y:z\"}}]}",
		digest, manifest.len);
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(layer_digest));
	put(archive, name, layer);
	if (strcmp(spoil, "layer") == 0)
		archive->data[512 + 30] ^= 1;
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(parts->config_digest));
	put(archive, name, &parts->config);
	if (strcmp(spoil, "config") == 0)
		archive->data[archive->len - 400] = ' ';
	snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(digest));
	put(archive, name, &manifest);
	put(archive, "index.json", &index);
	tar_put_end(archive);
}

static void gzip_layer(const struct parts *parts, struct buf *out)
{
	/* Stored blocks are gzip too, and need no compressor. */
	static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	uint32_t crc = 0xffffffff, len = (uint32_t)parts->tar.len;
	unsigned char block[5] = {1, (unsigned char)len, (unsigned char)(len >> 8),
		(unsigned char)~len, (unsigned char)(~len >> 8)};

	for (size_t i = 0; i < parts->tar.len; i++) {
		crc ^= (unsigned char)parts->tar.data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	crc = ~crc;
	buf_add(out, head, sizeof(head));
	buf_add(out, block, sizeof(block));
	buf_add(out, parts->tar.data, parts->tar.len);
	buf_add(out, &crc, 4);
	buf_add(out, &len, 4);
}

static void oci_archives_keep_their_compressed_blobs(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, layer = BUF_INIT;
	auto_of(image) struct image *image = NULL;
	char digest[DIGEST_SIZE];
	struct parts parts;
	struct heard heard;

	make_parts(&parts);
	gzip_layer(&parts, &layer);
	sha_of(layer.data, layer.len, digest);
	make_oci(&archive, &parts, &layer, "");
	if (load(rig, &archive, &heard) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(heard.lines, "Loaded image: quay.io/x/y:z\n");
	assert_true(blob_exists(rig->store, digest));
	assert_int_equal(image_find(rig->store, "quay.io/x/y:z", &image, &err), 0);
	assert_string_equal(image->id, parts.config_digest);
	assert_true(digest_is_sha256(image->manifest));
	assert_int_equal(image->content_size, layer.len);
	drop_parts(&parts);
}

static void a_damaged_layer_is_unpacked_again_from_its_blob(void **state)
{
	struct image_rig *rig = *state;
	auto_buf archive = BUF_INIT, layer = BUF_INIT, text = BUF_INIT;
	auto_of(image) struct image *image = NULL;
	struct parts parts;
	struct heard heard;
	char path[100];
	struct db *db;

	make_parts(&parts);
	gzip_layer(&parts, &layer);
	make_oci(&archive, &parts, &layer, "");
	assert_int_equal(load(rig, &archive, &heard), 0);
	assert_int_equal(image_find(rig->store, "quay.io/x/y:z", &image, &err), 0);
	image_layer_path(image->layers.v[0], path);
	strcat(path, "/etc/hello");
	{
		auto_close int fd = openat(store_fd(rig->store), path, O_WRONLY | O_TRUNC);

		assert_true(fd >= 0);
	}
	assert_int_equal(store_db(rig->store, &db, &err), 0);
	assert_int_equal(db_run(db, &err, "UPDATE layers SET boot = 'before'", ""), 0);
	if (verify_image(rig->store, image, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(img_read(rig, path, &text), "world");
	assert_int_equal(img_count(rig, "layers"), 1);
	drop_parts(&parts);
}

static void blobs_that_do_not_match_their_digest_are_refused(void **state)
{
	static const char *const spoiled[] = {"layer", "config"};
	struct image_rig *rig = *state;

	for (int i = 0; i < 2; i++) {
		auto_buf archive = BUF_INIT, layer = BUF_INIT;
		struct parts parts;
		struct heard heard;

		make_parts(&parts);
		gzip_layer(&parts, &layer);
		make_oci(&archive, &parts, &layer, spoiled[i]);
		assert_true(load(rig, &archive, &heard) < 0);
		nothing_is_left(rig);
		drop_parts(&parts);
	}
}

static void an_ingest_survives_its_process_and_is_checked(void **state)
{
	struct image_rig *rig = *state;
	struct ingest *ingest, *second;
	char digest[DIGEST_SIZE];

	sha_of("hello", 5, digest);
	assert_int_equal(ingest_open(rig->store, digest, &ingest, &err), 0);
	assert_int_equal(write(ingest_fd(ingest), "hel", 3), 3);
	assert_int_equal(ingest_open(rig->store, digest, &second, &err), -EAGAIN);
	ingest_free(ingest);
	assert_int_equal(ingest_open(rig->store, digest, &ingest, &err), 0);
	assert_int_equal(ingest_have(ingest), 3);
	assert_int_equal(pwrite(ingest_fd(ingest), "lo", 2, 3), 2);
	assert_int_equal(ingest_commit(ingest, 5, false, &err), 0);
	ingest_free(ingest);
	assert_true(blob_exists(rig->store, digest));
	assert_int_equal(ingest_open(rig->store, digest, &ingest, &err), -EEXIST);
	sha_of("other", 5, digest);
	assert_int_equal(ingest_open(rig->store, digest, &ingest, &err), 0);
	assert_int_equal(write(ingest_fd(ingest), "wrong", 5), 5);
	assert_int_equal(ingest_commit(ingest, 5, false, &err), -EBADMSG);
	ingest_free(ingest);
	assert_int_equal(img_count(rig, "cache/ingest"), 0);
	assert_false(blob_exists(rig->store, digest));
}

static void the_demo_image_is_made_once(void **state)
{
	struct image_rig *rig = *state;
	auto_of(image) struct image *image = NULL;
	char id[DIGEST_SIZE];

	if (access("/bin/busybox", R_OK) < 0)
		skip();
	assert_int_equal(image_demo(rig->store, NULL, &err), 0);
	assert_int_equal(image_resolve(rig->store, "davit/demo", id, &err), 0);
	assert_int_equal(image_demo(rig->store, NULL, &err), 0);
	assert_int_equal(image_find(rig->store, "davit/demo:latest", &image, &err), 0);
	assert_string_equal(image->id, id);
	assert_string_equal(image->config.cmd.v[0], "/bin/demo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_store(dockers_old_archives_load_in_any_order),
		in_store(an_archive_without_tags_names_the_id),
		in_store(a_tag_that_moves_is_announced),
		in_store(a_wrong_diff_id_is_refused_and_leaves_nothing),
		in_store(archives_that_are_none_or_cut_off_are_refused),
		in_store(oci_archives_keep_their_compressed_blobs),
		in_store(a_damaged_layer_is_unpacked_again_from_its_blob),
		in_store(blobs_that_do_not_match_their_digest_are_refused),
		in_store(an_ingest_survives_its_process_and_is_checked),
		in_store(the_demo_image_is_made_once),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
