#include "core/image/tar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/tar_private.h"

/* The header's fields: where they are and how long. */
enum {
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	UID = 108,
	GID = 116,
	ID_LEN = 8,
	SIZE = 124,
	MTIME = 136,
	LONG_LEN = 12,
	CHECKSUM = 148,
	TYPE = 156,
	LINK = 157,
	MAGIC = 257,
	MAJOR = 329,
	MINOR = 337,
	PREFIX = 345,
	PREFIX_LEN = 155,
};

struct tar *tar_new(tar_more_fn *more, void *arg)
{
	struct tar *tar = calloc(1, sizeof(*tar));

	if (!tar)
		return NULL;
	tar->more = more;
	tar->arg = arg;
	tar_extension_clear(&tar->ext);
	return tar;
}

void tar_free(struct tar *tar)
{
	if (!tar)
		return;
	tar_extension_fini(&tar->ext);
	buf_fini(&tar->path);
	buf_fini(&tar->target);
	free(tar->segments);
	free(tar);
}

static int refill(struct tar *tar, struct err *err)
{
	ssize_t got = tar->more(tar->arg, &tar->data, err);

	tar->len = got > 0 ? (size_t)got : 0;
	return got < 0 ? (int)got : 0;
}

static void step(struct tar *tar, size_t len)
{
	tar->data += len;
	tar->len -= len;
	tar->offset += len;
}

/* Over what is not a file's content. */
static void consume(struct tar *tar, size_t len)
{
	if (tar->tee && len)
		tar->tee->raw(tar->tee_arg, tar->data, len);
	step(tar, len);
}

void tar_set_tee(struct tar *tar, const struct tar_tee *tee, void *arg)
{
	tar->tee = tee;
	tar->tee_arg = arg;
}

static int truncated(struct err *err)
{
	return err_set(err, EBADMSG, "the tar archive ends in the middle");
}

int tar_take(struct tar *tar, size_t len, const unsigned char **out, struct err *err)
{
	size_t have = 0;

	if (tar->len >= len) {
		*out = tar->data;
		consume(tar, len);
		return 0;
	}
	while (have < len) {
		size_t part = tar->len < len - have ? tar->len : len - have;

		if (!part && refill(tar, err) < 0)
			return err->code;
		if (!part && !tar->len)
			return truncated(err);
		memcpy(tar->block + have, tar->data, part);
		consume(tar, part);
		have += part;
	}
	*out = tar->block;
	return 0;
}

void tar_set_seek(struct tar *tar, tar_seek_fn *seek)
{
	tar->seek = seek;
}

static int skip(struct tar *tar, uint64_t len, struct err *err)
{
	if (tar->seek && len > tar->len) {
		len -= tar->len;
		consume(tar, tar->len);
		tar->offset += len;
		return tar->seek(tar->arg, len, err);
	}
	while (len) {
		size_t part = tar->len < len ? tar->len : (size_t)len;

		if (!part && refill(tar, err) < 0)
			return err->code;
		if (!part && !tar->len)
			return truncated(err);
		consume(tar, part);
		len -= part;
	}
	return 0;
}

/* Octal text, blanks and NULs around it; or, with the top bit set, big-endian two's complement. */
int tar_number(const unsigned char *field, size_t len, int64_t *out)
{
	int64_t value = 0;
	size_t i = 0;

	if (field[0] & 0x80) {
		uint64_t bits = field[0] & 0x40 ? ~(uint64_t)0 : 0;

		bits = bits << 6 | (field[0] & 0x3f);
		for (i = 1; i < len; i++) {
			uint64_t top = bits >> 55; /* all that is about to leave must be sign */

			if (top != 0 && top != 0x1ff)
				return -ERANGE;
			bits = bits << 8 | field[i];
		}
		*out = (int64_t)bits;
		return 0;
	}
	while (i < len && (field[i] == ' ' || field[i] == '\0'))
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
		value = value * 8 + (field[i] - '0');
	for (; i < len && field[i] != '\0'; i++)
		if (field[i] != ' ')
			return -EINVAL;
	*out = value;
	return 0;
}

static bool checksum_holds(const unsigned char *block)
{
	int64_t said, plain = 0, with_sign = 0;

	for (int i = 0; i < TAR_BLOCK_SIZE; i++) {
		unsigned char c = i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i];

		plain += c;
		with_sign += (signed char)c;
	}
	return tar_number(block + CHECKSUM, 8, &said) == 0 && (said == plain || said == with_sign);
}

static bool is_zero(const unsigned char *block)
{
	return block[0] == 0 && memcmp(block, block + 1, TAR_BLOCK_SIZE - 1) == 0;
}

static int read_payload(struct tar *tar, uint64_t size, struct buf *out, struct err *err)
{
	if (size > TAR_EXTENSION_MAX)
		return err_set(err, EFBIG, "a tar extension header of %llu bytes is more than %d",
			(unsigned long long)size, TAR_EXTENSION_MAX);
	buf_clear(out);
	buf_add(out, "", 0);
	while (size) {
		size_t part = size < TAR_BLOCK_SIZE ? (size_t)size : TAR_BLOCK_SIZE;
		const unsigned char *data;

		if (tar_take(tar, TAR_BLOCK_SIZE, &data, err) < 0)
			return err->code;
		buf_add(out, data, part);
		size -= part;
	}
	return buf_failed(out) ? err_set(err, ENOMEM, "tar: out of memory") : 0;
}

static void add_field(struct buf *out, const unsigned char *field, size_t max)
{
	buf_add(out, field, strnlen((const char *)field, max));
}

static int set_names(struct tar *tar, const unsigned char *header, struct err *err)
{
	struct tar_extension *ext = &tar->ext;
	struct buf *path = &tar->path, *target = &tar->target;

	buf_clear(path);
	buf_clear(target);
	if (ext->path.len) {
		buf_add(path, ext->path.data, ext->path.len);
	} else {
		/* Only POSIX archives have a prefix; GNU keeps times in its place. */
		if (memcmp(header + MAGIC, "ustar", 6) == 0 && header[PREFIX]) {
			add_field(path, header + PREFIX, PREFIX_LEN);
			buf_addc(path, '/');
		}
		add_field(path, header + NAME, NAME_LEN);
	}
	if (ext->target.len)
		buf_add(target, ext->target.data, ext->target.len);
	else
		add_field(target, header + LINK, NAME_LEN);
	if (buf_failed(path) || buf_failed(target))
		return err_set(err, ENOMEM, "tar: out of memory");
	tar->entry.path = buf_text(path);
	tar->entry.target = buf_text(target);
	return 0;
}

static int set_type(struct tar *tar, unsigned char type, struct err *err)
{
	static const enum tar_type types[] = {
		['1' - '1'] = TAR_LINK,
		['2' - '1'] = TAR_SYMLINK,
		['3' - '1'] = TAR_CHAR,
		['4' - '1'] = TAR_BLOCK,
		['5' - '1'] = TAR_DIR,
		['6' - '1'] = TAR_FIFO,
		['7' - '1'] = TAR_FILE,
	};
	size_t len = tar->path.len;

	tar->entry.sparse = type == 'S';
	if (type == '\0' || type == '0' || type == 'S') {
		/* Before ustar, a directory was a file whose name ended so. */
		bool dir = type != 'S' && len && tar->path.data[len - 1] == '/';

		tar->entry.type = dir ? TAR_DIR : TAR_FILE;
		return 0;
	}
	if (type < '1' || type > '7')
		return err_set(err, EBADMSG, "tar entry %s has the unknown type 0x%02x",
			tar->entry.path, type);
	tar->entry.type = types[type - '1'];
	return 0;
}

static int set_numbers(struct tar *tar, const unsigned char *header, struct err *err)
{
	struct tar_entry *entry = &tar->entry;
	struct tar_extension *ext = &tar->ext;
	bool device = entry->type == TAR_CHAR || entry->type == TAR_BLOCK;
	int64_t mode, uid, gid, mtime, major = 0, minor = 0;

	if (tar_number(header + MODE, ID_LEN, &mode) || tar_number(header + UID, ID_LEN, &uid) ||
		tar_number(header + GID, ID_LEN, &gid) ||
		tar_number(header + MTIME, LONG_LEN, &mtime) ||
		(device && (tar_number(header + MAJOR, ID_LEN, &major) ||
				   tar_number(header + MINOR, ID_LEN, &minor))))
		return err_set(err, EBADMSG, "tar entry %s has a damaged header", entry->path);
	uid = ext->has_uid ? (int64_t)ext->uid : uid;
	gid = ext->has_gid ? (int64_t)ext->gid : gid;
	/* The last one means "leave it" to chown(2). */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return err_set(err, EBADMSG,
			"tar entry %s belongs to the impossible owner %lld:%lld", entry->path,
			(long long)uid, (long long)gid);
	entry->mode = (mode_t)mode & 07777;
	entry->uid = (uid_t)uid;
	entry->gid = (gid_t)gid;
	entry->mtime = ext->has_mtime ? ext->mtime : (struct timespec){.tv_sec = mtime};
	entry->major = (unsigned)major;
	entry->minor = (unsigned)minor;
	entry->xattrs = ext->xattrs;
	entry->n_xattrs = ext->n_xattrs;
	return 0;
}

/* What follows the header: how many bytes in the stream, and which parts of the file they are. */
static int set_data(struct tar *tar, const unsigned char *header, uint64_t size, struct err *err)
{
	struct tar_entry *entry = &tar->entry;
	struct tar_extension *ext = &tar->ext;

	if (entry->type != TAR_FILE) {
		tar->stored = tar->padding = 0; /* whatever its header says: so does Go */
		entry->size = 0;
		tar->n_segments = 0;
		return 0;
	}
	tar->stored = entry->size = size;
	tar->padding = (unsigned)(-size & (TAR_BLOCK_SIZE - 1));
	if (entry->sparse)
		return tar_sparse_old(tar, header, err);
	if (ext->sparse_major < 0 && !tar->n_segments)
		return tar_segment_add(tar, 0, size, err);
	entry->sparse = true;
	entry->size = ext->has_real_size ? ext->real_size : size;
	if (ext->sparse_major == 1 && tar_sparse_text(tar, err) < 0)
		return err->code;
	return tar_sparse_check(tar, err);
}

static int set_entry(struct tar *tar, const unsigned char *block, uint64_t size, struct err *err)
{
	unsigned char header[TAR_BLOCK_SIZE];

	/* Reading a sparse map moves on in the stream, and the block is only lent. */
	memcpy(header, block, sizeof(header));
	if (set_names(tar, header, err) < 0 || set_type(tar, header[TYPE], err) < 0 ||
		set_numbers(tar, header, err) < 0)
		return err->code;
	return set_data(tar, header, tar->ext.has_size ? tar->ext.size : size, err);
}

/* Reads one header. *done: it was an entry, or the end, and not an extension of the next one. */
static int read_header(struct tar *tar, bool *done, struct err *err)
{
	const unsigned char *block;
	uint64_t at = tar->offset;
	int64_t size;
	unsigned char type;

	if (tar_take(tar, TAR_BLOCK_SIZE, &block, err) < 0)
		return err->code;
	if (is_zero(block)) {
		tar->ended = *done = true;
		return 0;
	}
	if (!checksum_holds(block))
		return err_set(
			err, EBADMSG, "not a tar header at byte %llu", (unsigned long long)at);
	if (tar_number(block + SIZE, LONG_LEN, &size) < 0 || size < 0)
		return err_set(err, EBADMSG, "tar header at byte %llu has a damaged size",
			(unsigned long long)at);
	type = block[TYPE];
	switch (type) {
	case 'x':
		tar->n_segments = 0;
		if (read_payload(tar, (uint64_t)size, &tar->ext.payload, err) < 0)
			return err->code;
		return tar_pax(tar, err);
	case 'g': /* of the whole archive: nothing in it is about a file */
	case 'V': /* the volume's label */
		return skip(tar, (uint64_t)size + (-(uint64_t)size & (TAR_BLOCK_SIZE - 1)), err);
	case 'L':
	case 'K': {
		struct buf *name = type == 'L' ? &tar->ext.path : &tar->ext.target;

		if (read_payload(tar, (uint64_t)size, name, err) < 0)
			return err->code;
		name->len = strlen(buf_text(name));
		return 0;
	}
	default:
		tar->entry.offset = at;
		*done = true;
		return set_entry(tar, block, (uint64_t)size, err);
	}
}

int tar_next(struct tar *tar, const struct tar_entry **out, struct err *err)
{
	bool done = false;

	*out = NULL;
	if (tar->ended)
		return 0;
	if (skip(tar, tar->stored + tar->padding, err) < 0)
		return err->code;
	tar->stored = tar->padding = 0;
	tar->n_segments = tar->segment = 0;
	tar->segment_done = 0;
	tar_extension_clear(&tar->ext);
	while (!done) {
		/* An archive may simply end, but only between entries. */
		if (!tar->len && refill(tar, err) < 0)
			return err->code;
		if (!tar->len) {
			tar->ended = true;
			return 0;
		}
		if (read_header(tar, &done, err) < 0)
			return err->code;
	}
	*out = tar->ended ? NULL : &tar->entry;
	return 0;
}

int tar_data(struct tar *tar, struct tar_piece *piece, struct err *err)
{
	struct tar_segment *segment = tar->segments + tar->segment;
	uint64_t left;

	*piece = (struct tar_piece){0};
	while (tar->segment < tar->n_segments && tar->segment_done == segment->len) {
		tar->segment++;
		segment++;
		tar->segment_done = 0;
	}
	if (tar->segment >= tar->n_segments)
		return 0;
	if (!tar->len && refill(tar, err) < 0)
		return err->code;
	if (!tar->len)
		return truncated(err);
	left = segment->len - tar->segment_done;
	piece->at = segment->at + tar->segment_done;
	piece->data = tar->data;
	piece->len = tar->len < left ? tar->len : (size_t)left;
	if (tar->tee)
		tar->tee->content(tar->tee_arg, tar->entry.offset, piece->at, piece->len);
	step(tar, piece->len);
	tar->segment_done += piece->len;
	tar->stored -= piece->len;
	return 0;
}

int tar_drain(struct tar *tar, struct err *err)
{
	do {
		consume(tar, tar->len);
		if (refill(tar, err) < 0)
			return err->code;
	} while (tar->len);
	return 0;
}
