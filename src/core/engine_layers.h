/* engine_layers.h - the façade (core/engine.h): the files of an image, layer by layer, and of a
 * container, whose own writing is one more layer on top.
 *
 * Layers are opened once (indexes are mapped, nothing is read of the layers themselves; only what a
 * container wrote is looked through) and then looked at without ever blocking: a directory when it
 * is opened, a height when it is stepped to, sums and searches a few thousand names at a time. The
 * tree itself, with its spots and heights, is core/strata.h, which is pure. Files' content is
 * core/engine_layer_files.h.
 *
 * Layers are those of the config (RootFS.Layers), counted from 0 at the bottom; a height is how
 * many count, from 1 on. Two that are compared lie one above the other: the second's layers follow
 * the first's, and strata_spans tell them apart. Everything lent lives until layers_close. One
 * thread at a time. */
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
	bool live;                                  /* it is what a container wrote */
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

/* What to open: an image or a container; and what to compare it with, or NULL. Copied. */
struct layers_wish {
	const char *who, *other;
	bool container, other_container;
};
/* layers NULL: err says why. The layers are the callee's. */
typedef void layers_done_fn(void *arg, struct layers *layers, const struct err *err);
struct layers_opening;
/* The same on the pool. NULL: out of memory, and done is not called. */
struct layers_opening *engine_layers_start(
	struct engine *engine, const struct layers_wish *wish, layers_done_fn *done, void *arg);
/* Asks; done still comes. */
void layers_opening_cancel(struct layers_opening *opening);

const char *layers_image(const struct layers *layers); /* "sha256:…", of the first */
unsigned layers_count(const struct layers *layers);
const struct layers_layer *layers_at(const struct layers *layers, unsigned layer);
struct strata *layers_strata(const struct layers *layers);
unsigned layers_stacks(const struct layers *layers); /* 1; compared: 2 */
struct strata_span layers_stack(const struct layers *layers, unsigned which);

/* The spot of a path as the whole image would resolve it: symbolic links on the way are followed,
 * the last name is not. -ENOENT: no layer ever had it. */
int layers_find(struct layers *layers, const char *path, uint32_t *spot, struct err *err);

/* ---- the tree ---- */

/* One name in a directory, at a height. */
struct layers_row {
	uint32_t spot;
	const char *name; /* name_len bytes: any but '/' and NUL */
	size_t name_len;
	enum strata_change change; /* by the topmost layer of the height; between two spans */
	unsigned layer;            /* whose version it is; of what was removed, whose it was */
	unsigned versions;         /* in all layers */
	const struct index_entry *entry;
	const struct index_entry *before; /* what it changed or removed, else NULL */
	const char *target;               /* of a symbolic or a hard link, else "" */
	bool has_children;                /* of a directory, in whatever layer and height */
	/* Of a directory all that shows below it, once layers_weigh was done for this height; of a
	 * file its own. */
	uint64_t bytes;
	uint32_t files;
	uint32_t changes; /* of a directory: what changed below it, once that was weighed */
};
/* In the order of names; removed: also what the height's topmost layer took away. The caller frees
 * *out. */
int layers_list(struct layers *layers, uint32_t dir, unsigned height, bool removed,
	struct layers_row **out, size_t *count, struct err *err);
/* The same between any two spans: what shows in `after`, and what did in `before`. */
int layers_list_between(struct layers *layers, uint32_t dir, struct strata_span before,
	struct strata_span after, struct layers_row **out, size_t *count, struct err *err);
/* The row of one spot, were it listed; false: nothing of it shows at this height. */
bool layers_row(struct layers *layers, uint32_t spot, unsigned height, struct layers_row *row);
/* False: nothing of it shows in either. */
bool layers_row_between(struct layers *layers, uint32_t spot, struct strata_span before,
	struct strata_span after, struct layers_row *row);

/* Sums what each directory shows at a height, at once for all: the first time it finds every path
 * (see strata_expand to do so in pieces), then it is a scan. */
int layers_weigh(struct layers *layers, unsigned height, struct err *err);
/* The same in pieces of about `budget` paths, for what shows in `after` and what differs from
 * `before`. Other spans than the last call's begin anew. Until *done, the sums are the last ones'.
 */
int layers_weigh_step(struct layers *layers, struct strata_span before, struct strata_span after,
	uint32_t budget, bool *done, struct err *err);

/* What became of names between the two spans of the last layers_weigh_step that was done. */
struct layers_sums {
	uint32_t added, changed, touched, removed; /* touched: metadata alone, or the same again */
	uint64_t bytes;                            /* of content that was added or changed */
};
struct layers_sums layers_sums(const struct layers *layers);

/* Spots whose name, or path where text has a '/', holds text in whatever case of ASCII letters, in
 * whatever layer. Looks at up to `budget` spots from *next (first 0) on and puts at most `room`
 * numbers into found; *next is STRATA_NONE at the end. */
int layers_search(struct layers *layers, const char *text, uint32_t *next, uint32_t budget,
	uint32_t *found, size_t room, size_t *count, struct err *err);

/* ---- a container's writing, while it writes ---- */

struct layers_watch;
/* Calls back from the loop when names came or went in the directories of the topmost live layer
 * that layers_watch_dir named. NULL: there is none, or it cannot be watched. */
struct layers_watch *engine_layers_watch(
	struct engine *engine, const struct layers *layers, void (*changed)(void *arg), void *arg);
/* path: "var/log", "" the topmost. As many as WATCHED_MAX are; others are not watched. */
void layers_watch_dir(struct layers_watch *watch, const char *path);
void layers_unwatch(struct layers_watch *watch); /* NULL is fine */

/* ---- waste ---- */

/* strata_waste of the first image's layers, on the pool; waste and layers are lent for the call.
 * The spots are numbers of `strata`, which is the waste's own. */
typedef void layers_waste_fn(
	void *arg, const struct strata_waste *waste, struct strata *strata, const struct err *err);
/* Layers may be closed meanwhile. False: out of memory, and done is not called. */
bool engine_layers_waste(
	struct engine *engine, struct layers *layers, layers_waste_fn *done, void *arg);

#endif
