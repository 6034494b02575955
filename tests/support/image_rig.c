#include "image_rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/image/commit.h"
#include "util/path.h"

int image_rig_enter(void **state)
{
	struct image_rig *rig = calloc(1, sizeof(*rig));
	char root[80], run[80];
	struct store_options options = {.root = root, .run_root = run};
	struct err err;

	if (!rig)
		return -1;
	snprintf(rig->path, sizeof(rig->path), "/tmp/davit-store-XXXXXX");
	if (!mkdtemp(rig->path))
		return -1;
	rig->fd = open(rig->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(root, sizeof(root), "%s/lib", rig->path);
	snprintf(run, sizeof(run), "%s/run", rig->path);
	*state = rig;
	if (store_open(&options, &rig->store, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

int image_rig_leave(void **state)
{
	struct image_rig *rig = *state;
	int failed;

	store_close(rig->store);
	close(rig->fd);
	failed = path_remove_at(AT_FDCWD, rig->path);
	free(rig);
	return failed;
}

void img_pax(struct buf *tar, const char *key, const void *value, size_t len)
{
	size_t body = strlen(key) + len + 3, total = body + 1;
	auto_buf record = BUF_INIT;
	char digits[24];

	/* The length counts its own digits. */
	while (total != body + (size_t)snprintf(digits, sizeof(digits), "%zu", total))
		total++;
	buf_addf(&record, "%zu %s=", total, key);
	buf_add(&record, value, len);
	buf_addc(&record, '\n');
	tar_put(tar, TAR_FILE, "pax", 0644, NULL, record.data, record.len);
	/* The entry just written becomes an extension header: its type, and so its checksum. */
	char *header = tar->data + tar->len - (record.len + 511) / 512 * 512 - 512;
	unsigned sum = 0;

	header[156] = 'x';
	memset(header + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
}

void img_file(struct buf *tar, const char *path, const char *text)
{
	tar_put(tar, TAR_FILE, path, 0644, NULL, text, strlen(text));
}

void img_dir(struct buf *tar, const char *path, mode_t mode)
{
	tar_put(tar, TAR_DIR, path, mode, NULL, NULL, 0);
}

void img_symlink(struct buf *tar, const char *path, const char *target)
{
	tar_put(tar, TAR_SYMLINK, path, 0777, target, NULL, 0);
}

void img_link(struct buf *tar, const char *path, const char *target)
{
	tar_put(tar, TAR_LINK, path, 0644, target, NULL, 0);
}

int img_unpack(struct image_rig *rig, struct buf *tar, struct layer **out, struct err *err)
{
	auto_close int fd = memfd_create("layer", MFD_CLOEXEC);
	struct layer_wish wish = {0};
	auto_of(feed) struct feed *feed = NULL;

	tar_put_end(tar);
	if (fd < 0 || write(fd, tar->data, tar->len) != (ssize_t)tar->len)
		return -errno;
	feed = feed_of_part(fd, 0, tar->len);
	return layer_unpack(rig->store, feed, &wish, NULL, out, err);
}

int img_commit(struct image_rig *rig, struct layer **layers, size_t n, const char *tag,
	char id[DIGEST_SIZE], struct err *err)
{
	auto_buf config = BUF_INIT;
	auto_strs tags = STRS_INIT;

	buf_addf(&config,
		"{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=b\"]},"
		"\"comment\":\"%s\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[",
		tag);
	for (size_t i = 0; i < n; i++)
		buf_addf(&config, "%s\"%s\"", i ? "," : "", layer_diff_id(layers[i]));
	buf_adds(&config, "]}}");
	strs_add(&tags, tag);
	struct image_draft draft = {
		.config = config.data,
		.config_len = config.len,
		.layers = layers,
		.n_layers = n,
		.tags = &tags,
		.action = "load",
	};
	return image_commit(rig->store, &draft, NULL, id, err);
}

int img_image(struct image_rig *rig, struct buf *tar, const char *tag, char id[DIGEST_SIZE],
	struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;

	if (img_unpack(rig, tar, &layer, err) < 0)
		return err->code;
	return img_commit(rig, &layer, 1, tag, id, err);
}

const char *img_read(struct image_rig *rig, const char *path, struct buf *out)
{
	int failed = path_read_at(store_fd(rig->store), path, 1 << 20, out);

	errno = -failed;
	return failed ? "" : buf_text(out);
}

int img_count(struct image_rig *rig, const char *path)
{
	int fd = openat(store_fd(rig->store), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return dir ? n : -1;
}
