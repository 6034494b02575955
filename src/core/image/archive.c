#include "core/image/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/image/clean.h"
#include "core/image/compress.h"
#include "core/image/tar.h"
#include "util/json.h"
#include "util/path.h"
#include "util/strs.h"

enum { PIECE = 256 << 10, LINKS_MAX = 8 };

struct file {
	char *name, *target; /* target: a symlink's or hard link's, cleaned; else NULL */
	uint64_t offset, len;
};

struct archive {
	int dir_fd; /* a layout directory, or -1 */
	int fd;     /* the plain tar, or -1 */
	struct file *files;
	size_t n_files, room;
};

/* Reading through a file: how far, and into what. */
struct input {
	int fd;
	bool seekable;
	uint64_t at;
	unsigned char *data;
	const struct image_watch *watch;
};

static ssize_t more(void *arg, const unsigned char **data, struct err *err)
{
	struct input *input = arg;
	size_t have = 0;

	if (input->watch && input->watch->canceled && atomic_load(input->watch->canceled))
		return err_set(err, ECANCELED, "canceled");
	while (have < PIECE) {
		size_t room = PIECE - have;
		ssize_t got = input->seekable
				      ? pread(input->fd, input->data + have, room, (off_t)input->at)
				      : read(input->fd, input->data + have, room);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "read");
		if (got == 0)
			break;
		have += (size_t)got;
		input->at += (uint64_t)got;
	}
	*data = input->data;
	return (ssize_t)have;
}

static int seek(void *arg, uint64_t len, struct err *err)
{
	struct input *input = arg;
	struct stat st;

	input->at += len;
	if (fstat(input->fd, &st) < 0 || input->at > (uint64_t)st.st_size)
		return err_set(err, EBADMSG, "the archive ends in the middle");
	return 0;
}

static int link_target(const struct tar_entry *entry, char clean[INDEX_PATH_MAX], struct err *err)
{
	const char *slash = strrchr(entry->path, '/');
	auto_buf path = BUF_INIT;

	/* A symlink counts from where it stands, a hard link from the top. */
	if (entry->type == TAR_SYMLINK && slash && entry->target[0] != '/')
		buf_add(&path, entry->path, (size_t)(slash - entry->path + 1));
	buf_adds(&path, entry->target);
	return buf_failed(&path) ? err_set(err, ENOMEM, "archive: out of memory")
				 : clean_path(buf_text(&path), clean, err);
}

static int add_file(struct archive *archive, const struct tar_entry *entry, struct err *err)
{
	char name[INDEX_PATH_MAX], target[INDEX_PATH_MAX];
	bool link = entry->type == TAR_SYMLINK || entry->type == TAR_LINK;
	struct file *file;

	if (entry->type != TAR_FILE && !link)
		return 0;
	if (entry->sparse)
		return err_set(err, EBADMSG, "%.100s: archives with holes are not image archives",
			entry->path);
	if (clean_path(entry->path, name, err) < 0 || (link && link_target(entry, target, err) < 0))
		return err->code;
	if (archive->n_files == ARCHIVE_MEMBERS_MAX)
		return err_set(
			err, E2BIG, "the archive has more than %d members", ARCHIVE_MEMBERS_MAX);
	if (archive->n_files == archive->room) {
		size_t room = archive->room ? archive->room * 2 : 64;
		struct file *files = realloc(archive->files, room * sizeof(*files));

		if (!files)
			return err_set(err, ENOMEM, "archive: out of memory");
		archive->files = files;
		archive->room = room;
	}
	file = &archive->files[archive->n_files];
	*file = (struct file){
		.name = strdup(name),
		.target = link ? strdup(target) : NULL,
		.offset = entry->offset + TAR_BLOCK_SIZE,
		.len = entry->size,
	};
	archive->n_files++;
	return file->name && (file->target || !link)
		       ? 0
		       : err_set(err, ENOMEM, "archive: out of memory");
}

static int list_members(struct archive *archive, struct input *input, struct err *err)
{
	auto_of(tar) struct tar *tar = tar_new(more, input);
	const struct tar_entry *entry;

	if (!tar)
		return err_set(err, ENOMEM, "archive: out of memory");
	tar_set_seek(tar, seek);
	do {
		if (tar_next(tar, &entry, err) < 0 || (entry && add_file(archive, entry, err) < 0))
			return err->code;
	} while (entry);
	return 0;
}

static int copy_decoded(struct decoder *decoder, int fd, struct err *err)
{
	auto_free char *data = malloc(PIECE);
	ssize_t got;

	if (!data)
		return err_set(err, ENOMEM, "archive: out of memory");
	while ((got = decoder_read(decoder, data, PIECE, err)) > 0)
		if (path_write_all(fd, data, (size_t)got) < 0)
			return err_sys(err, "store");
	return (int)got;
}

/* The file has no name from the beginning, so that nothing of it outlives us. */
static int spool(struct store *store, struct decoder *decoder, struct err *err)
{
	auto_of(stage) struct stage *stage = NULL;
	auto_close int fd = -1;

	if (stage_new(store, &stage, err) < 0)
		return err->code;
	fd = openat(stage_fd(stage), "spool", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlinkat(stage_fd(stage), "spool", 0) < 0)
		return err_sys(err, "store");
	if (copy_decoded(decoder, fd, err) < 0)
		return err->code;
	return take_fd(&fd);
}

static int open_tar(
	struct store *store, struct archive *archive, struct input *input, struct err *err)
{
	auto_of(decoder) struct decoder *decoder = NULL;
	struct input whole = *input;

	if (decoder_new(more, input, true, &decoder, err) < 0)
		return err->code;
	if (!input->seekable || decoder_codec(decoder) != CODEC_PLAIN) {
		archive->fd = spool(store, decoder, err);
		whole.fd = archive->fd;
		whole.seekable = true;
	} else {
		archive->fd = fcntl(input->fd, F_DUPFD_CLOEXEC, 3);
		if (archive->fd < 0)
			return err_sys(err, "archive");
	}
	if (archive->fd < 0)
		return err->code;
	whole.at = 0;
	return list_members(archive, &whole, err);
}

static int open_input(struct store *store, struct archive *archive, int fd,
	const struct image_watch *watch, struct err *err)
{
	auto_free unsigned char *data = malloc(PIECE);
	struct input input = {.fd = fd, .data = data, .watch = watch};
	struct stat st;

	if (!data)
		return err_set(err, ENOMEM, "archive: out of memory");
	if (fstat(fd, &st) < 0)
		return err_sys(err, "archive");
	if (S_ISDIR(st.st_mode)) {
		archive->dir_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return archive->dir_fd < 0 ? err_sys(err, "archive") : 0;
	}
	input.seekable = S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
	return open_tar(store, archive, &input, err);
}

int archive_open_image(struct store *store, const struct image_load_options *options,
	const struct image_watch *watch, struct archive **out, struct err *err)
{
	auto_archive *archive = calloc(1, sizeof(*archive));
	auto_close int opened = -1;
	int fd = options->fd;

	if (!archive)
		return err_set(err, ENOMEM, "archive: out of memory");
	archive->dir_fd = archive->fd = -1;
	if (options->path) {
		fd = opened = open(options->path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(err, "open %s", options->path);
	}
	if (open_input(store, archive, fd, watch, err) < 0)
		return err->code;
	*out = take(archive);
	return 0;
}

void archive_close(struct archive *archive)
{
	if (!archive)
		return;
	for (size_t i = 0; i < archive->n_files; i++) {
		free(archive->files[i].name);
		free(archive->files[i].target);
	}
	free(archive->files);
	if (archive->dir_fd >= 0)
		close(archive->dir_fd);
	if (archive->fd >= 0)
		close(archive->fd);
	free(archive);
}

/* The last one of a name wins, as it does when a tar is unpacked. */
static const struct file *find(const struct archive *archive, const char *name)
{
	for (int links = 0; links < LINKS_MAX; links++) {
		size_t i = archive->n_files;

		while (i && !str_eq(archive->files[i - 1].name, name))
			i--;
		if (!i)
			return NULL;
		if (!archive->files[i - 1].target)
			return &archive->files[i - 1];
		name = archive->files[i - 1].target;
	}
	return NULL;
}

bool archive_has(const struct archive *archive, const char *name)
{
	if (archive->dir_fd >= 0)
		return faccessat(archive->dir_fd, name, F_OK, 0) == 0;
	return find(archive, name) != NULL;
}

static int member_of_dir(
	const struct archive *archive, const char *name, struct member *out, struct err *err)
{
	auto_close int fd = path_open_in(archive->dir_fd, name, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return err_set(err, fd, "%.200s: %s", name, err_name(fd));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%.200s is not a file", name);
	*out = (struct member){.len = (uint64_t)st.st_size, .fd = take_fd(&fd)};
	return 0;
}

int archive_member(
	const struct archive *archive, const char *name, struct member *out, struct err *err)
{
	const struct file *file;
	char clean[INDEX_PATH_MAX];
	int fd;

	if (clean_path(name, clean, err) < 0)
		return err->code;
	if (archive->dir_fd >= 0)
		return member_of_dir(archive, clean, out, err);
	file = find(archive, clean);
	if (!file)
		return err_set(err, ENOENT, "%.200s is not in the archive", name);
	fd = fcntl(archive->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return err_sys(err, "archive");
	*out = (struct member){fd, file->offset, file->len};
	return 0;
}

int archive_read_member(
	const struct archive *archive, const char *name, struct buf *out, struct err *err)
{
	struct member member;
	auto_close int fd = -1;
	char *to;

	if (archive_member(archive, name, &member, err) < 0)
		return err->code;
	fd = member.fd;
	if (member.len > JSON_MAX)
		return err_set(err, EFBIG, "%.200s is larger than %d bytes", name, JSON_MAX);
	buf_clear(out);
	to = buf_reserve(out, member.len);
	if (!to)
		return err_set(err, ENOMEM, "archive: out of memory");
	if (pread(fd, to, member.len, (off_t)member.offset) != (ssize_t)member.len)
		return err_set(err, EBADMSG, "the archive ends in the middle of %.200s", name);
	out->len = member.len;
	buf_add(out, "", 0);
	return 0;
}
