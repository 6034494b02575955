/* engine_layer_files.h - the façade (core/engine.h): what files of layers hold.
 *
 * A path's version in any layer can be read, also one that does not show; so can what a container
 * wrote, while it writes. All of it is a stranger's: it is opened below the layer's own directory
 * through no link, and only when it is a file. Reading happens on the pool; layers may be closed
 * meanwhile. */
#ifndef CORE_ENGINE_LAYER_FILES_H
#define CORE_ENGINE_LAYER_FILES_H

#include "core/engine_layers.h"
#include "util/linediff.h"

enum { LAYERS_DIFF_MAX = 2 << 20 }; /* bytes of either version */

/* What one layer has at a path. */
struct layers_version {
	uint32_t spot;
	unsigned layer;
};

struct layers_reading;
/* Asks; done still comes. */
void layers_reading_cancel(struct layers_reading *reading);

struct layers_piece {
	const char *data; /* lent for the call */
	size_t len;
	uint64_t size; /* of the whole file, now */
};
/* piece NULL: err says why. */
typedef void layers_read_fn(void *arg, const struct layers_piece *piece, const struct err *err);
/* Up to `max` bytes from `offset` on; of a symbolic link its target. NULL: out of memory, and done
 * is not called. */
struct layers_reading *engine_layers_read(struct engine *engine, struct layers *layers,
	struct layers_version version, uint64_t offset, size_t max, layers_read_fn *done,
	void *arg);

/* One line of a comparison; text is in the comparison's own memory. */
struct layers_diff_line {
	enum linediff_kind kind;
	uint32_t old_line, new_line, text, len;
	bool cut;
};
struct layers_diff {
	struct buf text;
	struct layers_diff_line *lines;
	size_t count;
	struct linediff_sum sum;
	bool binary;                 /* then there are no lines */
	uint64_t old_size, new_size; /* of the versions */
	uint64_t differs_at;         /* binary: the first byte that is not the same */
	size_t room;                 /* of lines; its maker's */
};
void layers_diff_free(struct layers_diff *diff); /* NULL is fine */
/* diff NULL: err says why; -EFBIG: more than LAYERS_DIFF_MAX. The diff is the callee's. */
typedef void layers_diff_fn(void *arg, struct layers_diff *diff, const struct err *err);
/* Two versions, of whatever paths, line by line. NULL: out of memory, and done is not called. */
struct layers_reading *engine_layers_diff(struct engine *engine, struct layers *layers,
	struct layers_version old, struct layers_version new, layers_diff_fn *done, void *arg);

#endif
