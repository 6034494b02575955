#include "core/image/save.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/outfile.h"
#include "core/image/save_private.h"
#include "core/image/tar_write.h"

/* Between two looks at whether it was canceled. */
enum { PIECE = 16 << 20 };

struct writing {
	int fd;
	bool in_kernel; /* copy_file_range works to where we write */
	const struct image_watch *watch;
};

static bool is_canceled(const struct writing *writing)
{
	return writing->watch && writing->watch->canceled && atomic_load(writing->watch->canceled);
}

/* Of what weighs something: documents are written at once. */
static void tell(const struct writing *writing, const struct saved_blob *blob,
	enum image_phase phase, uint64_t done)
{
	const struct image_progress progress = {
		.layer = blob->digest, .phase = phase, .done = done, .total = blob->size};

	if (writing->watch && writing->watch->on_progress && (blob->fd >= 0 || blob->rebuild))
		writing->watch->on_progress(&progress, writing->watch->arg);
}

static int wait_for_room(const struct writing *writing)
{
	struct pollfd poll_fd = {.fd = writing->fd, .events = POLLOUT};

	return poll(&poll_fd, 1, -1);
}

static int put(struct writing *writing, const struct buf *text, struct err *err)
{
	size_t done = 0;

	if (buf_failed(text))
		return err_set(err, ENOMEM, "save: out of memory");
	while (done < text->len) {
		ssize_t put = write(writing->fd, text->data + done, text->len - done);

		if (put < 0 && errno == EAGAIN)
			wait_for_room(writing);
		else if (put < 0 && errno != EINTR)
			return err_sys(err, "save: write");
		done += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* For what the kernel does not splice to, such as a file opened to be appended to. */
static ssize_t copy_by_hand(struct writing *writing, int from, off_t *offset, size_t len)
{
	char piece[64 << 10];
	ssize_t got = pread(from, piece, len < sizeof(piece) ? len : sizeof(piece), *offset);
	ssize_t done = got > 0 ? write(writing->fd, piece, (size_t)got) : got;

	if (done > 0)
		*offset += done;
	return done;
}

/* Within a file system that can, blocks are shared and not copied. */
static ssize_t copy_piece(struct writing *writing, int from, off_t *offset, size_t len)
{
	ssize_t got;

	if (writing->in_kernel) {
		got = copy_file_range(from, offset, writing->fd, NULL, len, 0);
		if (got >= 0 || (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP &&
					errno != EBADF && errno != ENOSYS))
			return got;
		writing->in_kernel = false;
	}
	got = sendfile(writing->fd, from, offset, len);
	if (got < 0 && (errno == EINVAL || errno == ENOSYS))
		return copy_by_hand(writing, from, offset, len);
	return got;
}

static int copy_file(struct writing *writing, const struct saved_blob *blob, struct err *err)
{
	off_t offset = 0;

	while ((uint64_t)offset < blob->size) {
		uint64_t left = blob->size - (uint64_t)offset;
		ssize_t got = copy_piece(writing, blob->fd, &offset, left < PIECE ? left : PIECE);

		if (is_canceled(writing))
			return err_set(err, ECANCELED, "save: canceled");
		if (got < 0 && errno == EAGAIN)
			wait_for_room(writing);
		else if (got < 0 && errno != EINTR)
			return err_sys(err, "save: write");
		else if (got == 0)
			return err_set(err, EBADMSG, "save: blob %.19s is shorter than it was",
				blob->digest);
		tell(writing, blob, IMAGE_SAVING, (uint64_t)offset);
	}
	return 0;
}

/* Through large writes, since a tar's headers are small. */
static int put_rebuilt(struct writing *writing, const struct saved_blob *blob, struct err *err)
{
	struct outflow flow;
	int failed = outflow_init(&flow, writing->fd, "save", err);

	if (!failed)
		failed = rebuild_write(blob->rebuild, outflow_put, &flow,
			writing->watch ? writing->watch->canceled : NULL, err);
	if (!failed)
		failed = outflow_end(&flow, err);
	outflow_fini(&flow);
	return failed;
}

static int put_blob(struct writing *writing, const struct saved_blob *blob, struct err *err)
{
	static const char zeros[TAR_BLOCK_SIZE];
	char name[DIGEST_HEX + 32];
	auto_buf head = BUF_INIT, tail = BUF_INIT;

	snprintf(name, sizeof(name), "blobs/sha256/%.64s", digest_hex(blob->digest));
	tar_put_header(&head, TAR_FILE, name, 0644, NULL, blob->size);
	if (blob->fd < 0 && !blob->rebuild)
		buf_add(&head, blob->text.data, blob->text.len);
	buf_add(&tail, zeros, -blob->size & (TAR_BLOCK_SIZE - 1));
	if (put(writing, &head, err) < 0 || (blob->fd >= 0 && copy_file(writing, blob, err) < 0) ||
		(blob->rebuild && put_rebuilt(writing, blob, err) < 0))
		return err->code;
	tell(writing, blob, IMAGE_SAVED, blob->size);
	return put(writing, &tail, err);
}

/* What describes the rest comes first: who reads a stream knows at once what is in it. */
static int put_documents(struct writing *writing, const struct saving *saving, struct err *err)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	static const struct {
		const char *name;
		void (*write)(const struct saving *saving, struct buf *out);
	} documents[] = {
		{"index.json", saved_index},
		{"manifest.json", saved_docker_manifest},
		{"repositories", saved_repositories},
	};
	auto_buf out = BUF_INIT;

	tar_put(&out, TAR_FILE, "oci-layout", 0644, NULL, layout, sizeof(layout) - 1);
	for (size_t i = 0; i < array_len(documents); i++) {
		auto_buf text = BUF_INIT;

		documents[i].write(saving, &text);
		if (buf_failed(&text))
			return err_set(err, ENOMEM, "save: out of memory");
		tar_put(&out, TAR_FILE, documents[i].name, 0644, NULL, text.data, text.len);
	}
	tar_put(&out, TAR_DIR, "blobs/", 0755, NULL, NULL, 0);
	tar_put(&out, TAR_DIR, "blobs/sha256/", 0755, NULL, NULL, 0);
	return put(writing, &out, err);
}

static int put_archive(struct writing *writing, const struct saving *saving, struct err *err)
{
	auto_buf end = BUF_INIT;

	for (size_t i = 0; i < saving->n_blobs; i++)
		tell(writing, &saving->blobs[i], IMAGE_SAVING, 0);
	if (put_documents(writing, saving, err) < 0)
		return err->code;
	for (size_t i = 0; i < saving->n_blobs; i++)
		if (put_blob(writing, &saving->blobs[i], err) < 0)
			return err->code;
	tar_put_end(&end);
	return put(writing, &end, err);
}

struct saved_archive {
	struct writing *writing;
	const struct saving *saving;
};

static int fill(void *arg, int fd, struct err *err)
{
	struct saved_archive *archive = arg;

	archive->writing->fd = fd;
	return put_archive(archive->writing, archive->saving, err);
}

int image_save(struct store *store, const struct image_save_options *options,
	const struct image_watch *watch, struct err *err)
{
	struct saving saving = {.store = store};
	struct writing writing = {.in_kernel = true, .watch = watch};
	struct saved_archive archive = {.writing = &writing, .saving = &saving};
	int failed = saving_collect(&saving, options->names, options->platform, err);

	if (!failed)
		failed = outfile_write(options->path, options->fd, "save", fill, &archive, err);
	saving_fini(&saving);
	return failed;
}
