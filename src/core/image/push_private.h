/* push_private.h - an image on its way out, for push*.c. */
#ifndef CORE_IMAGE_PUSH_PRIVATE_H
#define CORE_IMAGE_PUSH_PRIVATE_H

#include "core/image/manifest.h"
#include "core/image/places.h"
#include "core/image/press.h"
#include "core/image/rebuild.h"
#include "core/image/registry.h"
#include "core/image_ops.h"
#include "util/buf.h"

enum push_source {
	PUSH_BLOB,    /* its blob is here: fd */
	PUSH_KNOWN,   /* its blob is not here, but some repository of this registry had it */
	PUSH_PRESS,   /* it has to be compressed first: the tar is fd, or is made again */
	PUSH_FOREIGN, /* named by the manifest, and fetched from elsewhere */
	PUSH_SAME,    /* as a layer below it: same_as */
};

struct push_layer {
	char diff_id[DIGEST_SIZE], digest[DIGEST_SIZE];
	char media[160]; /* as the manifest will say; "": by what it is */
	uint64_t size;   /* of the blob; PUSH_PRESS: of the tar, until it is compressed */
	enum push_source source;
	size_t same_as;
	int fd;                  /* -1: none */
	struct layer *held;      /* of a tar that is made again from its directory */
	struct rebuild *rebuild; /* the same */
	struct place places[PLACES_MAX];
	size_t n_places;
	struct stage *stage; /* where it was compressed, until pressed_keep */
	struct press_result pressed;
};

struct push_image {
	struct image *image;
	struct buf config, manifest; /* manifest: as it came; empty when it came without */
	struct push_layer *layers;   /* bottom first */
	size_t n_layers;
};

void push_image_fini(struct push_image *image);
#define auto_push_image __attribute__((cleanup(push_image_fini))) struct push_image

/* Reads all there is to know of an image, and holds its blobs open. domain: of the registry. */
int push_plan(struct store *store, const char *reference, const char *domain,
	enum press_codec codec, struct push_image *out, struct err *err);
/* The same of an image that is in no store: its config, which is taken over. */
int push_plan_config(struct store *store, struct buf *config, const char *domain,
	enum press_codec codec, struct push_image *out, struct err *err);
/* Without the registry's help: for a layer that was PUSH_KNOWN and is not there. Uses the database:
 * one thread at a time. */
int push_plan_again(
	struct store *store, enum press_codec codec, struct push_layer *layer, struct err *err);
/* Whether the manifest it came with is likely to fit. */
bool push_keeps_digest(const struct push_image *image);
/* The manifest for the layers as they turned out, and its type. */
int push_manifest(
	const struct push_image *image, struct buf *out, char media[160], struct err *err);

/* Blocks until the registry has all of them; what was compressed is kept. registry NULL: they are
 * only compressed, and each fd is its blob's. */
int push_layers(struct store *store, struct registry *registry, const char *repository,
	enum press_codec codec, struct push_image *image, const struct image_watch *watch,
	struct err *err);
int push_config(struct registry *registry, const struct push_image *image, struct err *err);
/* Where the layers are now, for the next push of the same. */
int push_remember(struct store *store, const char *domain, const char *repository,
	const struct push_image *image, struct err *err);

#endif
