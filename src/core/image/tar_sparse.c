/* tar_sparse.c - the three ways GNU tar says where a file's data belongs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/tar_private.h"

static int damaged(struct tar *tar, struct err *err)
{
	return err_set(err, EBADMSG, "tar entry %s has a damaged map of its holes",
		tar->entry.path ? tar->entry.path : "");
}

int tar_segment_add(struct tar *tar, uint64_t at, uint64_t len, struct err *err)
{
	if (tar->n_segments >= TAR_SPARSE_MAX)
		return err_set(err, E2BIG,
			"a sparse file in the tar archive has more than %d pieces", TAR_SPARSE_MAX);
	if (tar->n_segments == tar->segments_room) {
		size_t room = tar->segments_room ? tar->segments_room * 2 : 16;
		struct tar_segment *more = realloc(tar->segments, room * sizeof(*more));

		if (!more)
			return err_set(err, ENOMEM, "tar: out of memory");
		tar->segments = more;
		tar->segments_room = room;
	}
	tar->segments[tar->n_segments++] = (struct tar_segment){at, len};
	return 0;
}

/* In order, apart, within the file, and together exactly what is stored. */
int tar_sparse_check(struct tar *tar, struct err *err)
{
	uint64_t end = 0, sum = 0, size = tar->entry.size;

	for (size_t i = 0; i < tar->n_segments; i++) {
		struct tar_segment *segment = &tar->segments[i];

		if (segment->at < end || segment->at > size || segment->len > size - segment->at)
			return damaged(tar, err);
		end = segment->at + segment->len;
		sum += segment->len;
	}
	return sum == tar->stored && size <= INT64_MAX ? 0 : damaged(tar, err);
}

static int add_old(struct tar *tar, const unsigned char *map, int n, struct err *err)
{
	for (int i = 0; i < n; i++, map += 24) {
		int64_t at, len;

		if (!map[0])
			return 0;
		if (tar_number(map, 12, &at) || tar_number(map + 12, 12, &len) || at < 0 || len < 0)
			return damaged(tar, err);
		if (tar_segment_add(tar, (uint64_t)at, (uint64_t)len, err) < 0)
			return err->code;
	}
	return 0;
}

/* 'S': four pieces in the header itself, then 21 in each block that follows while a flag says so.
 */
int tar_sparse_old(struct tar *tar, const unsigned char *header, struct err *err)
{
	bool more = header[482];
	int64_t size;

	if (tar_number(header + 483, 12, &size) < 0 || size < 0)
		return damaged(tar, err);
	tar->n_segments = 0;
	if (add_old(tar, header + 386, 4, err) < 0)
		return err->code;
	while (more) {
		const unsigned char *block;

		if (tar_take(tar, TAR_BLOCK_SIZE, &block, err) < 0 ||
			add_old(tar, block, 21, err) < 0)
			return err->code;
		more = block[504];
	}
	tar->entry.size = (uint64_t)size;
	return tar_sparse_check(tar, err);
}

struct text_map {
	struct tar *tar;
	const unsigned char *block;
	size_t at;
};

/* One decimal line of the map, which runs across blocks. */
static int text_number(struct text_map *map, uint64_t *out, struct err *err)
{
	uint64_t value = 0;

	for (int digits = 0; digits < 20; digits++) {
		unsigned char c;

		if (map->at == TAR_BLOCK_SIZE) {
			if (map->tar->stored < TAR_BLOCK_SIZE)
				return damaged(map->tar, err);
			if (tar_take(map->tar, TAR_BLOCK_SIZE, &map->block, err) < 0)
				return err->code;
			map->tar->stored -= TAR_BLOCK_SIZE;
			map->at = 0;
		}
		c = map->block[map->at++];
		if (c == '\n' && digits) {
			*out = value;
			return 0;
		}
		if (c < '0' || c > '9' || value > INT64_MAX / 10 - 9)
			return damaged(map->tar, err);
		value = value * 10 + (c - '0');
	}
	return damaged(map->tar, err);
}

int tar_sparse_text(struct tar *tar, struct err *err)
{
	struct text_map map = {.tar = tar, .at = TAR_BLOCK_SIZE};
	uint64_t pieces, at, len;

	tar->n_segments = 0;
	if (text_number(&map, &pieces, err) < 0)
		return err->code;
	while (pieces--) {
		if (text_number(&map, &at, err) < 0 || text_number(&map, &len, err) < 0 ||
			tar_segment_add(tar, at, len, err) < 0)
			return err->code;
	}
	return 0;
}
