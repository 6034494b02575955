/* tar_pax.c - "LENGTH KEY=VALUE\n" records, and what they change about the next entry. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/tar_private.h"
#include "util/strs.h"

#define SCHILY     "SCHILY.xattr."
#define LIBARCHIVE "LIBARCHIVE.xattr."

struct record {
	char *key, *value; /* NUL-terminated in place; a value may hold NULs of its own */
	size_t len;        /* of value */
};

void tar_extension_clear(struct tar_extension *ext)
{
	struct tar_extension kept = {
		.path = ext->path,
		.target = ext->target,
		.payload = ext->payload,
		.xattrs = ext->xattrs,
		.xattrs_room = ext->xattrs_room,
		.sparse_major = -1,
		.sparse_minor = -1,
	};

	buf_clear(&kept.path);
	buf_clear(&kept.target);
	buf_clear(&kept.payload);
	*ext = kept;
}

void tar_extension_fini(struct tar_extension *ext)
{
	buf_fini(&ext->path);
	buf_fini(&ext->target);
	buf_fini(&ext->payload);
	free(ext->xattrs);
}

static int damaged(struct err *err)
{
	return err_set(err, EBADMSG, "a PAX header of the tar archive is damaged");
}

static int next_record(char **at, char *end, struct record *out, struct err *err)
{
	char *digits = *at, *stop, *equals;
	unsigned long len = 0;

	while (digits < end && *digits >= '0' && *digits <= '9' && len <= TAR_EXTENSION_MAX)
		len = len * 10 + (unsigned long)(*digits++ - '0');
	if (digits == *at || digits >= end || *digits != ' ' || len > (size_t)(end - *at) ||
		(size_t)(digits - *at) + 2 > len)
		return damaged(err);
	stop = *at + len - 1;
	equals = memchr(digits + 1, '=', (size_t)(stop - digits - 1));
	if (*stop != '\n' || !equals || equals == digits + 1)
		return damaged(err);
	*stop = *equals = '\0';
	*out = (struct record){digits + 1, equals + 1, (size_t)(stop - equals - 1)};
	*at += len;
	return 0;
}

static int decimal(const struct record *record, uint64_t *out, struct err *err)
{
	uint64_t value = 0;

	if (!record->len || record->len > 18 || strspn(record->value, "0123456789") != record->len)
		return damaged(err);
	for (size_t i = 0; i < record->len; i++)
		value = value * 10 + (uint64_t)(record->value[i] - '0');
	*out = value;
	return 0;
}

/* "[-]seconds[.fraction]"; what is finer than nanoseconds is cut off. */
static int point_in_time(const struct record *record, struct timespec *out, struct err *err)
{
	const char *text = record->value;
	bool negative = *text == '-';
	int64_t seconds = 0;
	long nanoseconds = 0, unit = 100000000;

	text += negative;
	if (*text < '0' || *text > '9' || record->len > 60)
		return damaged(err);
	for (; *text >= '0' && *text <= '9'; text++) {
		if (seconds > INT64_MAX / 100)
			return damaged(err);
		seconds = seconds * 10 + (*text - '0');
	}
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			nanoseconds += unit * (*text - '0');
	if (*text)
		return damaged(err);
	if (negative) {
		seconds = -seconds - (nanoseconds ? 1 : 0);
		nanoseconds = nanoseconds ? 1000000000 - nanoseconds : 0;
	}
	*out = (struct timespec){.tv_sec = seconds, .tv_nsec = nanoseconds};
	return 0;
}

static int set_name(struct buf *name, const struct record *record, struct err *err)
{
	if (memchr(record->value, '\0', record->len))
		return damaged(err);
	buf_clear(name);
	buf_add(name, record->value, record->len);
	return buf_failed(name) ? err_set(err, ENOMEM, "tar: out of memory") : 0;
}

static int add_xattr(
	struct tar_extension *ext, const char *name, const void *value, size_t len, struct err *err)
{
	if (!*name)
		return damaged(err);
	if (len > TAR_XATTR_MAX)
		return err_set(err, E2BIG, "the attribute %.100s of %zu bytes is more than %d",
			name, len, TAR_XATTR_MAX);
	if (ext->n_xattrs == ext->xattrs_room) {
		size_t room = ext->xattrs_room ? ext->xattrs_room * 2 : 8;
		struct tar_xattr *more = realloc(ext->xattrs, room * sizeof(*more));

		if (!more)
			return err_set(err, ENOMEM, "tar: out of memory");
		ext->xattrs = more;
		ext->xattrs_room = room;
	}
	ext->xattrs[ext->n_xattrs++] = (struct tar_xattr){name, value, len};
	return 0;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at = strchr(digits, c);

	return c && at ? (int)((at - digits) % 16) : -1;
}

static void url_decode(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
			*to++ = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static int base64_decode(char *text, size_t len, size_t *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, have = 0;
	size_t n = 0;

	for (size_t i = 0; i < len && text[i] != '='; i++) {
		const char *at = text[i] ? strchr(digits, text[i]) : NULL;

		if (!at)
			return -EINVAL;
		bits = bits << 6 | (unsigned)(at - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			text[n++] = (char)(bits >> have & 0xff);
		}
	}
	*out = n;
	return 0;
}

static int set_xattr(struct tar_extension *ext, struct record *record, struct err *err)
{
	if (str_has_prefix(record->key, SCHILY))
		return add_xattr(
			ext, record->key + strlen(SCHILY), record->value, record->len, err);
	url_decode(record->key);
	if (base64_decode(record->value, record->len, &record->len) < 0)
		return damaged(err);
	return add_xattr(ext, record->key + strlen(LIBARCHIVE), record->value, record->len, err);
}

/* 0.1: "offset,length,offset,length…" */
static int set_map(struct tar *tar, const struct record *record, struct err *err)
{
	char *at = record->value, *end = at + record->len;

	while (at < end) {
		uint64_t numbers[2];

		for (int i = 0; i < 2; i++) {
			struct record number = {.value = at};

			number.len = strcspn(at, ",");
			at += number.len;
			if (*at == ',')
				*at++ = '\0';
			if (decimal(&number, &numbers[i], err) < 0)
				return err->code;
		}
		if (tar_segment_add(tar, numbers[0], numbers[1], err) < 0)
			return err->code;
	}
	return 0;
}

static int set_sparse(
	struct tar *tar, const char *key, const struct record *record, struct err *err)
{
	struct tar_extension *ext = &tar->ext;
	uint64_t number;

	if (str_eq(key, "name"))
		return set_name(&ext->path, record, err);
	if (str_eq(key, "map"))
		return set_map(tar, record, err);
	if (decimal(record, &number, err) < 0)
		return err->code;
	if (str_eq(key, "major") || str_eq(key, "minor")) {
		if (number > 1)
			return err_set(
				err, ENOTSUP, "the tar archive has sparse files of a kind unknown");
		*(key[1] == 'a' ? &ext->sparse_major : &ext->sparse_minor) = (int)number;
	} else if (str_eq(key, "size") || str_eq(key, "realsize")) {
		ext->has_real_size = true;
		ext->real_size = number;
	} else if (str_eq(key, "offset")) {
		ext->half = true;
		return tar_segment_add(tar, number, 0, err);
	} else if (str_eq(key, "numbytes")) {
		if (!ext->half)
			return damaged(err);
		ext->half = false;
		tar->segments[tar->n_segments - 1].len = number;
	}
	return 0;
}

static int set(struct tar *tar, struct record *record, struct err *err)
{
	struct tar_extension *ext = &tar->ext;
	const char *key = record->key;

	if (str_has_prefix(key, SCHILY) || str_has_prefix(key, LIBARCHIVE))
		return set_xattr(ext, record, err);
	if (str_has_prefix(key, "GNU.sparse."))
		return set_sparse(tar, key + strlen("GNU.sparse."), record, err);
	if (!record->len)
		return 0;        /* an empty value takes an earlier one back, and there is none */
	if (str_eq(key, "path")) /* GNU.sparse.name comes after it and wins */
		return set_name(&ext->path, record, err);
	if (str_eq(key, "linkpath"))
		return set_name(&ext->target, record, err);
	if (str_eq(key, "size"))
		return ext->has_size = true, decimal(record, &ext->size, err);
	if (str_eq(key, "uid"))
		return ext->has_uid = true, decimal(record, &ext->uid, err);
	if (str_eq(key, "gid"))
		return ext->has_gid = true, decimal(record, &ext->gid, err);
	if (str_eq(key, "mtime"))
		return ext->has_mtime = true, point_in_time(record, &ext->mtime, err);
	return 0;
}

int tar_pax(struct tar *tar, struct err *err)
{
	struct tar_extension *ext = &tar->ext;
	char *at = ext->payload.data, *end = at + ext->payload.len;

	ext->n_xattrs = 0;
	while (at < end) {
		struct record record = {0};

		if (next_record(&at, end, &record, err) < 0 || set(tar, &record, err) < 0)
			return err->code;
	}
	return ext->half ? damaged(err) : 0;
}
