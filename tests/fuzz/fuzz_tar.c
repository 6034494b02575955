/* A tar stream from anywhere, in pieces of a size its first byte tells: every entry's names are
 * cleaned, every content read to its end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/image/clean.h"
#include "core/image/tar.h"

struct pieces {
	const uint8_t *data;
	size_t len, size;
	unsigned char *lent; /* freed at the next call: a reader that keeps it is caught */
};

static ssize_t more(void *arg, const unsigned char **data, struct err *err)
{
	struct pieces *pieces = arg;
	size_t part = pieces->len < pieces->size ? pieces->len : pieces->size;

	(void)err;
	free(pieces->lent);
	pieces->lent = malloc(part + 1);
	if (!pieces->lent)
		abort();
	memcpy(pieces->lent, pieces->data, part);
	*data = pieces->lent;
	pieces->data += part;
	pieces->len -= part;
	return (ssize_t)part;
}

static int read_content(struct tar *tar, const struct tar_entry *entry, struct err *err)
{
	struct tar_piece piece;
	uint64_t end = 0;

	do {
		if (tar_data(tar, &piece, err) < 0)
			return -1;
		if (piece.len && (piece.at < end || piece.len > entry->size - piece.at))
			abort();
		end = piece.at + piece.len;
	} while (piece.len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct pieces pieces = {input, len, 512, NULL};
	char clean[INDEX_PATH_MAX];
	const struct tar_entry *entry;
	struct tar *tar = tar_new(more, &pieces);
	struct err err;

	if (!tar)
		return 0;
	if (len) {
		pieces.size = input[0] % 2 ? 4096 : 100;
		pieces.data++;
		pieces.len--;
	}
	while (tar_next(tar, &entry, &err) == 0 && entry) {
		if (clean_path(entry->path, clean, &err) == 0 &&
			(clean[0] == '/' || strstr(clean, "//")))
			abort();
		clean_path(entry->target, clean, &err);
		if (entry->mode % 2 && read_content(tar, entry, &err) < 0)
			break;
	}
	tar_free(tar);
	free(pieces.lent);
	return 0;
}
