/* engine_layers.h - the façade (core/engine.h): the files of an image, layer by layer.
 *
 * An image's layers are opened once (a few milliseconds for a hundred thousand files: indexes are
 * mapped, nothing is read of the layers themselves) and then looked at without ever blocking: a
 * directory when it is opened, a height when it is stepped to, a search a few thousand names at a
 * time. The tree itself, with its spots and heights, is core/strata.h, which is pure.
 *
 * Layers are those of the config (RootFS.Layers), counted from 0 at the bottom; a height is how
 * many count, from 1 on. Everything lent lives until layers_close. One thread at a time. */
#ifndef CORE_ENGINE_LAYERS_H
#define CORE_ENGINE_LAYERS_H

#include "core/engine_base.h"
#include "core/strata.h"

struct layers;

struct layers_layer {
	const char *diff_id, *digest, *media_type;  /* digest, media_type: "" when not known */
	const char *path;                           /* of its directory, below the store's root */
	const char *created, *created_by, *comment; /* of the step that made it; "" when not told */
	bool kept;                                  /* the blob it came as is in the store */
	uint64_t size, content_size, entries;
};

int engine_layers_open(
	struct engine *engine, const char *who, struct layers **out, struct err *err);
void layers_close(struct layers *layers); /* NULL is fine */
static inline void layers_closep(struct layers **layers)
{
	layers_close(*layers);
}
#define auto_layers __attribute__((cleanup(layers_closep))) struct layers

const char *layers_image(const struct layers *layers); /* "sha256:…" */
unsigned layers_count(const struct layers *layers);
const struct layers_layer *layers_at(const struct layers *layers, unsigned layer);
struct strata *layers_strata(const struct layers *layers);

/* The spot of a path as the whole image would resolve it: symbolic links on the way are followed,
 * the last name is not. -ENOENT: no layer ever had it. */
int layers_find(struct layers *layers, const char *path, uint32_t *spot, struct err *err);

/* One name in a directory, at a height. */
struct layers_row {
	uint32_t spot;
	const char *name; /* name_len bytes: any but '/' and NUL */
	size_t name_len;
	enum strata_change change; /* by the topmost layer of the height */
	unsigned layer;            /* whose version it is; of what was removed, whose it was */
	unsigned versions;         /* in all layers */
	const struct index_entry *entry;
	const char *target; /* of a symbolic or a hard link, else "" */
	bool has_children;  /* of a directory, in whatever layer and height */
	/* Of a directory all that shows below it, once layers_weigh was done for this height; of a
	 * file its own. */
	uint64_t bytes;
	uint32_t files;
};
/* In the order of names; removed: also what the height's topmost layer took away. The caller frees
 * *out. */
int layers_list(struct layers *layers, uint32_t dir, unsigned height, bool removed,
	struct layers_row **out, size_t *count, struct err *err);
/* The row of one spot, were it listed; false: nothing of it shows at this height. */
bool layers_row(struct layers *layers, uint32_t spot, unsigned height, struct layers_row *row);

/* Sums what each directory shows at a height, at once for all: the first time it finds every path
 * (see strata_expand to do so in pieces), then it is a scan. */
int layers_weigh(struct layers *layers, unsigned height, struct err *err);

/* Spots whose name, or path where text has a '/', holds text in whatever case of ASCII letters, in
 * whatever layer. Looks at up to `budget` spots from *next (first 0) on and puts at most `room`
 * numbers into found; *next is STRATA_NONE at the end. */
int layers_search(struct layers *layers, const char *text, uint32_t *next, uint32_t budget,
	uint32_t *found, size_t room, size_t *count, struct err *err);

#endif
