#include "core/image/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"

enum { PIECE = 256 * 1024 };

struct pack {
	const char *path;
	size_t path_len;
	struct archive *disk, *tar;
	struct archive_entry_linkresolver *links;
	const atomic_bool *canceled;
};

static void pack_fini(struct pack *pack)
{
	archive_read_free(pack->disk);
	archive_write_free(pack->tar);
	archive_entry_linkresolver_free(pack->links);
}

static int fail(struct archive *archive, const char *what, struct err *err)
{
	int code = archive_errno(archive);

	return err_set(err, code > 0 ? code : EIO, "%s: %s", what, archive_error_string(archive));
}

static int pack_init(struct pack *pack, int fd, struct err *err)
{
	pack->disk = archive_read_disk_new();
	pack->tar = archive_write_new();
	pack->links = archive_entry_linkresolver_new();
	if (!pack->disk || !pack->tar || !pack->links)
		return err_set(err, ENOMEM, "pack: out of memory");
	archive_read_disk_set_symlink_physical(pack->disk);
	archive_write_set_format_pax_restricted(pack->tar);
	archive_write_set_options(pack->tar, "pax:hdrcharset=BINARY");
	archive_entry_linkresolver_set_strategy(pack->links, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED);
	if (archive_write_open_fd(pack->tar, fd) != ARCHIVE_OK)
		return fail(pack->tar, "pack", err);
	if (archive_read_disk_open(pack->disk, pack->path) != ARCHIVE_OK)
		return fail(pack->disk, "pack", err);
	return 0;
}

static int copy_content(
	struct pack *pack, struct archive_entry *entry, const char *name, struct err *err)
{
	auto_free char *data = NULL;
	auto_close int fd = -1;
	ssize_t got;

	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_size(entry) == 0)
		return 0;
	data = malloc(PIECE);
	fd = open(archive_entry_sourcepath(entry), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!data || fd < 0)
		return err_sys(err, "pack %s", name);
	while ((got = read(fd, data, PIECE)) > 0)
		if (archive_write_data(pack->tar, data, (size_t)got) < 0)
			return fail(pack->tar, name, err);
	return got < 0 ? err_sys(err, "pack %s", name) : 0;
}

static int put(struct pack *pack, struct archive_entry *entry, struct err *err)
{
	const char *name = archive_entry_pathname(entry) + pack->path_len;
	auto_buf copy = BUF_INIT;

	buf_addf(&copy, ".%s", *name ? name : "/");
	if (buf_failed(&copy))
		return err_set(err, ENOMEM, "pack: out of memory");
	archive_entry_copy_pathname(entry, buf_text(&copy));
	archive_entry_set_uname(entry, NULL);
	archive_entry_set_gname(entry, NULL);
	archive_entry_unset_atime(entry);
	archive_entry_unset_ctime(entry);
	archive_entry_unset_birthtime(entry);
	archive_entry_set_fflags(entry, 0, 0);
	archive_entry_linkify(pack->links, &entry, &(struct archive_entry *){NULL});
	if (archive_write_header(pack->tar, entry) < ARCHIVE_WARN)
		return fail(pack->tar, buf_text(&copy), err);
	return copy_content(pack, entry, buf_text(&copy), err);
}

static int put_all(struct pack *pack, struct err *err)
{
	struct archive_entry *entry = archive_entry_new2(pack->disk);
	int got, failed = entry ? 0 : err_set(err, ENOMEM, "pack: out of memory");

	while (!failed && (got = archive_read_next_header2(pack->disk, entry)) != ARCHIVE_EOF) {
		if (got < ARCHIVE_WARN)
			failed = fail(pack->disk, "pack", err);
		else if (pack->canceled && *pack->canceled)
			failed = err_set(err, ECANCELED, "canceled");
		else
			failed = put(pack, entry, err);
		archive_read_disk_descend(pack->disk);
		archive_entry_clear(entry);
	}
	archive_entry_free(entry);
	return failed;
}

int pack_tree(
	const char *path, int fd, const atomic_bool *canceled, uint64_t *size, struct err *err)
{
	__attribute__((cleanup(pack_fini))) struct pack pack = {
		.path = path, .path_len = strlen(path), .canceled = canceled};
	int failed = pack_init(&pack, fd, err);

	if (!failed)
		failed = put_all(&pack, err);
	if (!failed && archive_write_close(pack.tar) != ARCHIVE_OK)
		failed = fail(pack.tar, "pack", err);
	if (!failed)
		*size = (uint64_t)archive_filter_bytes(pack.tar, -1);
	return failed;
}
