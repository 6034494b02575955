/* image.h - the images of a store: found, listed, tagged, removed.
 *
 * An image is its config: its id is the config's digest. Tags and repository digests point to it;
 * an image that no tag points to any more is dangling and stays until it is removed. Reading needs
 * no module: everything a launch wants is in one row. */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "core/store.h"
#include "util/digest.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum { LAYER_ID_LEN = 26, LAYER_ID_SIZE = LAYER_ID_LEN + 1 };

/* What the config says about running it. Strings are "" when not given. */
struct image_config {
	struct strs env, entrypoint, cmd, shell;
	struct strs exposed_ports; /* "80/tcp" */
	struct strs volumes;       /* "/data" */
	struct strs labels;        /* "key=value" */
	char *user, *working_dir, *stop_signal;
	const cJSON *healthcheck; /* raw, or NULL; lives as long as the image */
	const cJSON *raw;         /* the whole config document, the same */
};

/* Filled once, then only read. */
struct image {
	char id[DIGEST_SIZE];       /* sha256:… of the config */
	char manifest[DIGEST_SIZE]; /* of the manifest it came with; "" when there was none */
	int64_t created;            /* seconds since 1970; 0: the config does not say */
	int64_t added;              /* when this store got it */
	uint64_t size;              /* sum of the unpacked layers */
	uint64_t content_size;      /* sum of the kept blobs */
	char os[32], architecture[32], variant[32];
	struct strs tags;     /* familiar: "alpine:3.20" */
	struct strs digests;  /* familiar: "alpine@sha256:…" */
	struct strs layers;   /* layer ids as they are mounted: bottom first, each once */
	struct strs diff_ids; /* the same, as the config names them */
	mode_t root_mode;     /* what the root of a container must look like: the overlay */
	uid_t root_uid;       /* shows the upper directory's own, not the layers' */
	gid_t root_gid;
	bool settled; /* false: call image_settle before using its layers */
	struct image_config config;
};

void image_free(struct image *image); /* NULL is fine */
own_define(image)

/* What a user typed: an exact reference, else a full id, else a unique prefix of ids;
 * "sha256:" forces an id. -ENOENT "No such image: x", -EEXIST when a prefix is ambiguous,
 * -EINVAL. */
int image_resolve(struct store *store, const char *text, char id[DIGEST_SIZE], struct err *err);
/* The same, and reads it. The caller owns *out. */
int image_find(struct store *store, const char *text, struct image **out, struct err *err);
int image_get(struct store *store, const char *id, struct image **out, struct err *err);
/* The ids of its layers as they are mounted, bottom first, also while only a container still holds
 * them. */
int image_stack(struct store *store, const char *id, struct strs *out, struct err *err);
/* After another boot: verifies layers that were never synced, repairs them from their blobs. */
int image_settle(struct store *store, struct image *image, struct err *err);

/* "layers/<id>/diff", relative to the store's root. */
void image_layer_path(const char *layer_id, char path[48]);
/* The ids as they can be mounted on each other: one that comes twice only in its upper place, where
 * it shows all that it shows below. */
void image_mounted_layers(const struct strs *layers, struct strs *out);

/* One image, newest first; lists fill neither config nor layers, and tell nothing of settled.
 * Return non-zero to stop. */
typedef int image_each_fn(const struct image *image, void *arg);
int image_each(struct store *store, image_each_fn *each, void *arg, struct err *err);

/* Facts for the journal: what happened to which image. */
struct image_event {
	const char *action; /* "pull", "load", "tag", "untag", "delete" */
	const char *id;
	const char *name; /* the familiar reference, or the id */
};
typedef void image_event_fn(const struct image_event *event, void *arg);

/* Points a tag to an image; the one it pointed to before is left, perhaps dangling, and its id goes
 * to `before` ("" when there was none; may be NULL). */
int image_tag(struct store *store, const char *id, const char *reference, char before[DIGEST_SIZE],
	struct err *err);
/* Takes one tag or repository digest away; the image stays. */
int image_untag(struct store *store, const char *reference, struct err *err);

/* What a removal took away. Layers are hidden under the store's lock and deleted after it. */
struct image_freed {
	struct strs diff_ids; /* of layers, topmost first */
	struct strs hidden;   /* for store_delete_hidden */
	uint64_t bytes;       /* layers unpacked, and blobs */
};
void image_freed_fini(struct image_freed *freed);

/* Removes an image with its names, and the layers and blobs that nothing else needs. `held`: a
 * container stands on it, so its layers stay, without an image, until image_collect. `alone`: see
 * store_alone; otherwise nothing but rows and names goes, and image_collect takes the rest. Called
 * with the store's lock held exclusively; then image_delete_freed without it. */
int image_remove(struct store *store, const char *id, bool held, bool alone,
	struct image_freed *freed, struct err *err);
/* The layers of images that were removed while held, unless `is_used` says they still are, and
 * blobs that somebody might have needed. The same lock, and alone. */
typedef bool image_used_fn(const char *id, void *arg);
int image_collect(struct store *store, image_used_fn *is_used, void *arg, struct image_freed *freed,
	struct err *err);
/* Of these layers, those that neither an image nor a step of a build needs. The same lock. */
int image_drop_layers(
	struct store *store, const struct strs *layers, struct image_freed *freed, struct err *err);
/* Deletes what was hidden; what fails is left to the next sweep. */
int image_delete_freed(struct store *store, const struct image_freed *freed, struct err *err);

/* A finished image for the database: rows only, the layers and their rows are there already.
 * Called inside a transaction (store_db.h), with the store's lock held. */
struct image_row {
	const char *id, *manifest;
	const char *config; /* bytes */
	size_t config_len;
	const struct strs *layers;  /* ids, bottom first; rows for them exist */
	const struct strs *tags;    /* normalised "name:tag", to point here */
	const struct strs *digests; /* normalised "name@digest" */
	mode_t root_mode;
	uid_t root_uid;
	gid_t root_gid;
};
int image_record(struct store *store, const struct image_row *row, struct err *err);

#endif
