/* engine_image.h - the façade (core/engine.h): images. */
#ifndef CORE_ENGINE_IMAGE_H
#define CORE_ENGINE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine_base.h"

/* ---- images ---- */

struct image_entry {
	char id[65];           /* of the config, 64 hex */
	char reference[280];   /* familiar form with tag; "" when dangling */
	char digest[80];       /* of the manifest as pulled, "sha256:…", or "" */
	uint64_t created_ns;   /* 0: unknown */
	uint64_t size;         /* of the unpacked layers */
	uint64_t content_size; /* of what is kept as it came */
	char platform[100];    /* "linux/arm64/v8" */
	unsigned containers;   /* that use it */
};
/* One row a tag, newest first; the caller frees it with free(). */
int engine_images(struct engine *engine, struct image_entry **out, size_t *count, struct err *err);
/* How much of each row's size other images have too: one number a row, to be freed. */
int engine_images_shared(struct engine *engine, const struct image_entry *rows, size_t count,
	uint64_t **out, struct err *err);
/* Of each row its layers, as one text: their diff ids in hex, bottom first, each with a blank after
 * it. Appends to `out` (not on failure alone). */
int engine_images_layers(struct engine *engine, const struct image_entry *rows, size_t count,
	struct strs *out, struct err *err);
/* All images' labels: an object by id (64 hex) of objects; the caller deletes it. */
int engine_images_labels(struct engine *engine, struct cJSON **out, struct err *err);
/* Whether the image is for this platform, "os[/arch[/variant]]"; -ENOENT and a sentence when not.
 */
int engine_image_fits(
	struct engine *engine, const char *who, const char *platform, struct err *err);
/* docker's inspect object; the caller deletes it. Beside RootFS.Layers, the content as it is kept,
 * Content.Layers tells of each layer what it was distributed as. */
int engine_image_inspect(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);
/* 0 when the reference or id names an image we hold, -ENOENT when not; id may be NULL. */
int engine_image_find(struct engine *engine, const char *who, char id[65], struct err *err);

/* docker's history: an array of Id, Created (as the config has it, or ""), CreatedBy, Tags, Size,
 * Comment, newest first; the caller deletes it. */
int engine_image_history(
	struct engine *engine, const char *who, struct cJSON **out, struct err *err);

/* Points a name to an image, taking it from whichever it pointed to before. */
struct op *engine_image_tag(
	struct engine *engine, const char *who, const char *name, op_done_fn done, void *arg);
/* By name: takes the name away, and the image with its last one; by id: the image with all its
 * names. Refused while a container uses it, in docker's words (-EBUSY); force leaves only running
 * ones a reason. Layers below containers stay. */
struct op *engine_image_remove(
	struct engine *engine, const char *who, bool force, op_done_fn done, void *arg);
/* The same, of an image that is for each of these platforms, else -ENOENT; NULL: whatever for. */
struct op *engine_image_remove_for(struct engine *engine, const char *who,
	const struct strs *platforms, bool force, op_done_fn done, void *arg);
/* Images without a tag, or all (see prune_request), that no container uses. */
struct op *engine_image_prune(
	struct engine *engine, const struct prune_request *request, op_done_fn done, void *arg);

struct pull_request {
	const char *reference, *platform; /* platform NULL: the host's */
	bool all_tags, quiet, insecure;
};
int engine_pull_here(struct engine *engine, const struct pull_request *request,
	const struct job_options *options, struct buf *result, struct err *err);
struct push_request {
	const char *reference, *compression; /* compression NULL: gzip */
	const char *platform;                /* what the image must be for; or NULL */
	bool all_tags, quiet, insecure;
};
int engine_push_here(struct engine *engine, const struct push_request *request,
	const struct job_options *options, struct buf *result, struct err *err);
/* path NULL: standard input; platform: only what is for these, a list with commas, or NULL. result:
 * one "Loaded image: …" a line. */
int engine_load_here(struct engine *engine, const char *path, const char *platform,
	const struct job_options *options, struct buf *result, struct err *err);
/* images: references and ids; path NULL: standard output; platform: what they must be for, or NULL.
 * What came compressed and was kept goes as it came; every other layer as a tar. */
int engine_save_here(struct engine *engine, const struct strs *images, const char *path,
	const char *platform, const struct job_options *options, struct err *err);
/* Drops the compressed layers of images; each can still be saved and pushed, under another digest.
 * result: a line for each, and what it gave back. */
int engine_slim_here(struct engine *engine, const struct strs *images,
	const struct job_options *options, struct buf *result, struct err *err);
int engine_bootstrap_here(struct engine *engine, const char *what /* "debian[:suite]" */,
	const char *mirror, const struct job_options *options, struct buf *result, struct err *err);
/* Makes davit/demo when it is missing. */
/* "davit/demo", with or without its tag: made on this machine where others are pulled. */
bool engine_is_demo(const char *image);
int engine_demo_here(struct engine *engine, struct buf *result, struct err *err);

#endif
