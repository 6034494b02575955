/* strata.h - a stack of layers seen as one tree, at any height, told by their indexes alone.
 *
 * A *spot* is a path that some layer says something about, deletions included. Spots are numbered;
 * the root is 0, a parent comes before its children, and the children of one spot stand together in
 * the order of their names' bytes. What one layer says about a spot is a *version*; a spot's
 * versions stand bottom first. Children are found when they are asked for, so that looking at one
 * path of an image of a hundred thousand files costs that path.
 *
 * A *height* is how many layers count, from the bottom: 1 … strata_layers. What shows at a height
 * follows from overlay's rules: the topmost version wins; a whiteout, anything that is no directory
 * and an opaque directory hide what the layers below them have there and further down. */
#ifndef CORE_STRATA_H
#define CORE_STRATA_H

#include "core/index.h"
#include "util/buf.h"

struct strata;

enum { STRATA_ROOT = 0 };
#define STRATA_NONE UINT32_MAX

/* One a file, of hundreds of thousands. */
struct __attribute__((packed)) strata_version {
	uint32_t entry; /* in that layer's index */
	uint16_t layer; /* 0: the bottom */
};

/* The layers that count: from `from` on, up to but without `to`. A height is {0, height}; of two
 * stacks in one strata, the upper one begins where the lower one ends. */
struct strata_span {
	unsigned from, to;
};

/* What shows of a spot at a height. */
struct strata_state {
	const struct strata_version *shown; /* NULL: nothing; lent until more children are found */
	uint32_t floor; /* of a directory: layers below this one show nothing in it */
};

/* Indexes bottom first; they are lent for as long as the strata live. The caller owns *out. */
int strata_new(
	const struct index *const *indexes, unsigned n, struct strata **out, struct err *err);
void strata_free(struct strata *strata); /* NULL is fine */
own_define(strata)

unsigned strata_layers(const struct strata *strata);
const struct index *strata_index(const struct strata *strata, unsigned layer);
/* Spots known so far. */
uint32_t strata_count(const struct strata *strata);

/* The children of a spot, in whatever layers: numbers from *first on. */
int strata_children(
	struct strata *strata, uint32_t spot, uint32_t *first, uint32_t *count, struct err *err);
/* Finds the children of up to `budget` spots from *next (first 0) on; *next is STRATA_NONE once
 * every path of every layer has its spot. */
int strata_expand(struct strata *strata, uint32_t *next, uint32_t budget, struct err *err);
/* "usr/bin/env"; "" is the root. *out is STRATA_NONE when no layer ever said anything about it. */
int strata_find(struct strata *strata, const char *path, uint32_t *out, struct err *err);

uint32_t strata_parent(const struct strata *strata, uint32_t spot);
/* Not NUL-terminated. */
const char *strata_name(const struct strata *strata, uint32_t spot, size_t *len);
size_t strata_path(const struct strata *strata, uint32_t spot, char path[INDEX_PATH_MAX]);
const struct strata_version *strata_versions(
	const struct strata *strata, uint32_t spot, size_t *count);
/* What this layer says about a spot; NULL: nothing. */
const struct strata_version *strata_version_in(
	const struct strata *strata, uint32_t spot, uint32_t layer);
const struct index_entry *strata_entry(
	const struct strata *strata, const struct strata_version *version);

struct strata_state strata_state(const struct strata *strata, uint32_t spot, unsigned height);
struct strata_state strata_state_in(
	const struct strata *strata, uint32_t spot, struct strata_span span);
/* The same, when the parent's is known; height: the span's end. */
struct strata_state strata_state_below(const struct strata *strata,
	const struct strata_state *parent, uint32_t spot, unsigned height);

/* In whatever layer. */
bool strata_has_children(const struct strata *strata, uint32_t spot);

/* Bytes of content that are this name's own: a hard link's belong to the name it links to. */
uint64_t strata_bytes(const struct index_entry *entry);

/* In what two versions of a path differ. */
enum strata_difference {
	STRATA_TYPE = 1 << 0,
	STRATA_CONTENT = 1 << 1, /* also a symlink's target, a device's number */
	STRATA_MODE = 1 << 2,
	STRATA_OWNER = 1 << 3,
	STRATA_XATTRS = 1 << 4,
	STRATA_MTIME = 1 << 5,
};
unsigned strata_compare(const struct strata *strata, const struct strata_version *a,
	const struct strata_version *b);

/* What a layer did to a path, judged by what shows below it and with it. */
enum strata_change {
	STRATA_SAME,
	STRATA_ADDED,
	STRATA_CHANGED,   /* content or type */
	STRATA_METADATA,  /* mode, owner or attributes; content is the same */
	STRATA_REWRITTEN, /* the same again, at most with another time */
	STRATA_INSIDE,    /* a directory that is said again because of what is in it */
	STRATA_REMOVED,
};
const char *strata_change_name(enum strata_change change);
enum strata_change strata_change(const struct strata *strata, const struct strata_state *before,
	const struct strata_state *after);

/* ---- strata_story.c: how a path came to be what it is ---- */

enum strata_deed {
	STRATA_ADDS,
	STRATA_CHANGES,        /* content differs */
	STRATA_TOUCHES,        /* metadata differs, content does not */
	STRATA_REPEATS,        /* nothing differs, or its time at most */
	STRATA_TURNS,          /* into another type */
	STRATA_DELETES,        /* a whiteout of this very name */
	STRATA_CLEARS,         /* an opaque directory: what was in it is hidden */
	STRATA_DELETES_ABOVE,  /* a whiteout of a directory above */
	STRATA_CLEARS_ABOVE,   /* a directory above was made opaque */
	STRATA_TURNS_ABOVE,    /* a directory above became something else */
	STRATA_DELETES_NOTHING /* a whiteout where nothing showed */
};
const char *strata_deed_name(enum strata_deed deed); /* "adds", "deletes", … */

struct strata_step {
	enum strata_deed deed;
	uint32_t layer;
	uint32_t by;         /* the spot that did it: this one, or one above */
	uint32_t entry;      /* this layer's version of the path, or STRATA_NONE */
	unsigned difference; /* enum strata_difference, to what showed before */
	bool wins;           /* it is what shows at the height */
};
/* One step a layer of the stack that had a say, bottom first, those above the height too; the
 * caller frees *out. The spot's ancestors must be known, as strata_find leaves them. */
int strata_story(const struct strata *strata, uint32_t spot, struct strata_span stack,
	unsigned height, struct strata_step **out, size_t *count, struct err *err);

/* The lowest layer above `layer` that hides what it has below this directory, or STRATA_NONE. */
uint32_t strata_cut(const struct strata *strata, uint32_t dir, uint32_t layer);

/* ---- strata_words.c: the story in one sentence ---- */

/* How sizes, layers and paths are written, which differs between a terminal and a file. */
struct strata_words {
	void (*put_size)(struct buf *out, uint64_t bytes);
	void (*put_layer)(struct buf *out, unsigned layer, void *arg);
	void (*put_path)(struct buf *out, const struct strata *strata, uint32_t spot, void *arg);
	void *arg;
};
/* Why the path is what it is at this height, or why it is not there. The steps are its story. */
void strata_explain(const struct strata *strata, uint32_t spot, const struct strata_step *steps,
	size_t count, unsigned height, const struct strata_words *words, struct buf *out);

/* ---- strata_waste.c: bytes that nobody sees ---- */

enum strata_fate {
	STRATA_LIVE,
	STRATA_LOST_SAME,     /* replaced by the same, at most with another time */
	STRATA_LOST_METADATA, /* copied for its mode, owner or attributes */
	STRATA_LOST_CHANGED,  /* replaced by something else */
	STRATA_LOST_DELETED,  /* deleted later */
	STRATA_FATES
};
const char *strata_fate_name(enum strata_fate fate);

struct strata_loss {
	uint32_t spot, layer, by; /* whose bytes; the layer that hid them */
	enum strata_fate fate;
	uint64_t bytes;
};
struct strata_double {
	uint32_t spot; /* the first of the paths */
	uint32_t layer;
	uint32_t copies; /* paths with this content */
	uint64_t bytes;  /* of one */
};
struct strata_layer_sum {
	uint64_t bytes, files; /* that it brings */
	uint64_t lost;         /* of these, hidden by layers above */
	uint64_t hides;        /* of layers below */
};

struct strata_waste {
	uint64_t bytes[STRATA_FATES],
		files[STRATA_FATES];         /* regular files with bytes of their own */
	uint64_t total;                      /* the sum of all fates */
	uint64_t double_bytes, double_files; /* live content that shows more than once */
	double efficiency;                   /* live content, each once, of all that is stored */
	double dive_efficiency; /* as dive counts: over paths, the least size by the sum of sizes */
	uint64_t dive_wasted;   /* sizes of paths that occur twice or more, the survivor included */
	double dive_user_wasted;    /* the same, by what is above the bottom layer */
	struct strata_loss *losses; /* largest first */
	size_t n_losses;
	struct strata_double *doubles; /* most wasteful first */
	size_t n_doubles;
	struct strata_layer_sum *layers;
};
/* Finds every child. The caller ends *out with strata_waste_fini, also after a failure. */
int strata_waste(struct strata *strata, struct strata_waste *out, struct err *err);
void strata_waste_fini(struct strata_waste *waste);

/* ---- strata_advice.c: what could be done about it ---- */

enum strata_reason {
	STRATA_COPY_UP,     /* copied for its mode, owner or attributes */
	STRATA_OVERWRITTEN, /* replaced by something else */
	STRATA_AGAIN,       /* replaced by the same */
	STRATA_DELETED_LATER,
	STRATA_DUPLICATE, /* shows at more than one path */
	STRATA_CACHE,     /* what a package manager downloaded, and nobody reads again */
};
const char *strata_reason_name(enum strata_reason reason); /* "copy-up-metadata", … */
/* What to write instead in the Dockerfile: a sentence. */
const char *strata_reason_fix(enum strata_reason reason);

struct strata_advice {
	enum strata_reason reason;
	uint64_t bytes; /* that would be saved */
	uint32_t files;
	unsigned layer, by; /* whose bytes; what made them useless */
	uint32_t spot;      /* that all of it is at or below */
};
/* Largest first; losses of the same layer by the same layer for the same reason are one. The caller
 * frees *out. */
int strata_advise(struct strata *strata, const struct strata_waste *waste,
	struct strata_advice **out, size_t *count, struct err *err);

#endif
