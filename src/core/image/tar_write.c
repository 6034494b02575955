#include "core/image/tar_write.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "util/strs.h"

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[8], uname[32], gname[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == TAR_BLOCK_SIZE, "the format");

enum { ID_MAX = 07777777 };
static const uint64_t size_max = (1ull << 33) - 1; /* what eleven octal digits hold */

void tar_put_padding(struct buf *out, uint64_t len)
{
	static const char zeros[TAR_BLOCK_SIZE];

	buf_add(out, zeros, -len & (TAR_BLOCK_SIZE - 1));
}

/* Eleven octal digits; what needs more is a number of 95 bits with the top one set, as GNU tar and
 * libarchive write it. */
static void put_long(char field[12], uint64_t number)
{
	if (number <= size_max) {
		snprintf(field, 12, "%011llo", (unsigned long long)number);
		return;
	}
	memset(field, 0, 12);
	field[0] = (char)0x80;
	for (int i = 11; number; i--, number >>= 8)
		field[i] = (char)(number & 0xff);
}

static void put_short(char field[8], unsigned number)
{
	snprintf(field, 8, "%07o", number > ID_MAX ? 0 : number);
}

static void copy_name(char *field, size_t room, const char *name)
{
	memcpy(field, name, strnlen(name, room));
}

static void put_block(struct buf *out, char type, const struct tar_entry *entry)
{
	struct header header = {.magic = "ustar\0"
					 "00",
		.type = type};
	unsigned sum = 0;

	copy_name(header.name, sizeof(header.name), entry->path);
	if (entry->target)
		copy_name(header.link, sizeof(header.link), entry->target);
	put_short(header.mode, entry->mode & 07777u);
	put_short(header.uid, entry->uid);
	put_short(header.gid, entry->gid);
	put_long(header.size, entry->size);
	put_long(header.mtime, (uint64_t)entry->mtime.tv_sec);
	if (type == '3' || type == '4') {
		put_short(header.major, entry->major);
		put_short(header.minor, entry->minor);
	}
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((const unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	buf_add(out, &header, sizeof(header));
}

static char type_of(enum tar_type type)
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

	return types[type];
}

void tar_put_header(struct buf *out, enum tar_type type, const char *path, mode_t mode,
	const char *target, uint64_t len)
{
	const struct tar_entry entry = {.path = path, .target = target, .mode = mode, .size = len};

	assert(strlen(path) < sizeof(((struct header *)0)->name));
	put_block(out, type_of(type), &entry);
}

void tar_put(struct buf *out, enum tar_type type, const char *path, mode_t mode, const char *target,
	const void *data, size_t len)
{
	tar_put_header(out, type, path, mode, target, len);
	buf_add(out, data ? data : "", len);
	tar_put_padding(out, len);
}

/* ---- PAX ---- */

/* "LEN KEY=VALUE\n", where LEN counts its own digits too. */
static void put_record(
	struct buf *out, const char *prefix, const char *key, const void *value, size_t len)
{
	size_t rest = strlen(prefix) + strlen(key) + len + 3, total = rest + 1;

	while ((size_t)snprintf(NULL, 0, "%zu", total) + rest > total)
		total++;
	buf_addf(out, "%zu %s%s=", total, prefix, key);
	buf_add(out, value, len);
	buf_addc(out, '\n');
}

static void put_text(struct buf *out, const char *key, const char *text)
{
	put_record(out, "", key, text, strlen(text));
}

static void put_number(struct buf *out, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	put_text(out, key, text);
}

/* In the order of the keys' bytes. */
static void put_records(struct buf *out, const struct tar_entry *entry)
{
	for (size_t i = 0; i < entry->n_xattrs; i++)
		put_record(out, "SCHILY.xattr.", entry->xattrs[i].name, entry->xattrs[i].value,
			entry->xattrs[i].len);
	if (entry->gid > ID_MAX)
		put_number(out, "gid", entry->gid);
	if (entry->target && strlen(entry->target) > sizeof(((struct header *)0)->link))
		put_text(out, "linkpath", entry->target);
	if (strlen(entry->path) > sizeof(((struct header *)0)->name))
		put_text(out, "path", entry->path);
	if (entry->size > size_max)
		put_number(out, "size", entry->size);
	if (entry->uid > ID_MAX)
		put_number(out, "uid", entry->uid);
}

static void put_extension(struct buf *out, const struct tar_entry *entry, const struct buf *records)
{
	char name[64];
	size_t len = strlen(entry->path);
	const char *base = entry->path + len;

	while (base > entry->path && (base == entry->path + len || base[-1] != '/'))
		base--;
	snprintf(name, sizeof(name), "PaxHeaders.0/%.40s", base);
	put_block(out, 'x', &(struct tar_entry){.path = name, .mode = 0644, .size = records->len});
	buf_add(out, records->data, records->len);
	tar_put_padding(out, records->len);
}

void tar_put_entry(struct buf *out, const struct tar_entry *entry)
{
	auto_buf records = BUF_INIT;

	put_records(&records, entry);
	if (records.len)
		put_extension(out, entry, &records);
	out->failed |= records.failed;
	put_block(out, type_of(entry->type), entry);
}

void tar_put_end(struct buf *out)
{
	static const char zeros[2 * TAR_BLOCK_SIZE];

	buf_add(out, zeros, sizeof(zeros));
}
