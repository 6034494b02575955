/* push_private.h - an image on its way out, for push*.c. */
#ifndef CORE_IMAGE_PUSH_PRIVATE_H
#define CORE_IMAGE_PUSH_PRIVATE_H

#include "core/image/manifest.h"
#include "core/image/places.h"
#include "core/image/press.h"
#include "core/image/registry.h"
#include "core/image_ops.h"
#include "util/buf.h"

enum push_source {
	PUSH_BLOB,    /* its blob is here: fd */
	PUSH_KNOWN,   /* its blob is not here, but some repository of this registry had it */
	PUSH_PRESS,   /* it has to be compressed first: fd is the tar */
	PUSH_FOREIGN, /* named by the manifest, and fetched from elsewhere */
	PUSH_SAME,    /* as a layer below it: same_as */
};

struct push_layer {
	struct layer *made;      /* whose tar is made again, where no blob is kept */
	struct rebuild *rebuild; /* or NULL */
	char diff_id[DIGEST_SIZE], digest[DIGEST_SIZE];
	char media[160]; /* as the manifest will say; "": by what it is */
	uint64_t size;   /* of the blob */
	enum push_source source;
	size_t same_as;
	int fd; /* -1: none */
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
/* The manifest for the layers as they turned out, and its type. */
int push_manifest(
	const struct push_image *image, struct buf *out, char media[160], struct err *err);

/* Blocks until the registry has all of them; what was compressed is kept. */
int push_layers(struct store *store, struct registry *registry, const char *repository,
	enum press_codec codec, struct push_image *image, const struct image_watch *watch,
	struct err *err);

#endif
