#include "core/image/tar_write.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK_SIZE, "the format");

static void pad(struct buf *out, size_t len)
{
	static const char zeros[TAR_BLOCK_SIZE];

	buf_add(out, zeros, -len & (TAR_BLOCK_SIZE - 1));
}

/* Eleven octal digits; what needs more is a number of 95 bits with the top one set, as GNU tar and
 * libarchive write it. */
static void put_size(char field[12], uint64_t size)
{
	if (size < 1ull << 33) {
		snprintf(field, 12, "%011llo", (unsigned long long)size);
		return;
	}
	memset(field, 0, 12);
	field[0] = (char)0x80;
	for (int i = 11; size; i--, size >>= 8)
		field[i] = (char)(size & 0xff);
}

void tar_put_header(struct buf *out, enum tar_type type, const char *path, mode_t mode,
	const char *target, uint64_t len)
{
	static const char types[] = {
		[TAR_FILE] = '0',
		[TAR_LINK] = '1',
		[TAR_SYMLINK] = '2',
		[TAR_CHAR] = '3',
		[TAR_BLOCK] = '4',
		[TAR_DIR] = '5',
		[TAR_FIFO] = '6',
	};
	struct header header = {.magic = "ustar\0"
					 "00",
		.type = types[type]};
	unsigned sum = 0;

	assert(strlen(path) < sizeof(header.name));
	memcpy(header.name, path, strlen(path));
	if (target)
		memcpy(header.link, target, strnlen(target, sizeof(header.link)));
	snprintf(header.mode, sizeof(header.mode), "%07o", mode & 07777u);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0u);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0u);
	put_size(header.size, len);
	snprintf(header.mtime, sizeof(header.mtime), "%011o", 0u);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((const unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	buf_add(out, &header, sizeof(header));
}

void tar_put(struct buf *out, enum tar_type type, const char *path, mode_t mode, const char *target,
	const void *data, size_t len)
{
	tar_put_header(out, type, path, mode, target, len);
	buf_add(out, data ? data : "", len);
	pad(out, len);
}

void tar_put_end(struct buf *out)
{
	static const char zeros[2 * TAR_BLOCK_SIZE];

	buf_add(out, zeros, sizeof(zeros));
}
