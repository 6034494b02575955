/* manifest.h - what an image consists of, as a registry tells it: pure parsing, no I/O.
 *
 *     an index     one entry for each platform, each naming a manifest by digest
 *     a manifest   one config and the layers, lowest first, each a blob by digest
 *
 * Docker's schema 2 and OCI's forms of both. The bytes are a stranger's: they have to be
 * one thing or the other and never both (GHSA-77vh-xpmg-72qh), every digest well formed,
 * every size and count within limits, and no name may appear twice in an object, because
 * parsers differ in which of the two they believe. */
#ifndef CORE_IMAGE_MANIFEST_H
#define CORE_IMAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum {
	MANIFEST_SIZE_MAX = 4 * 1024 * 1024,
	MANIFEST_LAYERS_MAX = 127, /* docker's limit for what can run */
	MANIFEST_ENTRIES_MAX = 10000,
	MANIFEST_NESTING_MAX = 3, /* an index in an index … */
	MANIFEST_URLS_MAX = 16,
};

/* The Accept header's value: every form we read. */
extern const char manifest_accept[];

struct descriptor {
	char *media_type; /* "" when an index entry names none */
	char *digest;     /* "sha256:" and 64 hex digits */
	uint64_t size;
	struct strs urls; /* of a foreign layer: where else it may be */
	/* Of an index entry; NULL where absent. */
	char *os, *architecture, *variant, *os_version;
	bool attestation; /* says something about an image, is none */
	bool zstd;        /* marked as the same image compressed with zstd */
};

struct manifest;

/* content_type: what the answer's header said, or NULL; parameters after ';' are ignored.
 * -EINVAL: not a manifest we accept, said why; -EOPNOTSUPP: a form nobody should use any more. */
int manifest_parse(const char *bytes, size_t len, const char *content_type, struct manifest **out,
	struct err *err);
void manifest_free(struct manifest *manifest);
own_define(manifest)

bool manifest_is_index(const struct manifest *manifest);
const char *manifest_media_type(const struct manifest *manifest); /* as we would name it */
/* Not of an index. A config's type may be other than an image's: see manifest_is_image. */
const struct descriptor *manifest_config(const struct manifest *manifest);
bool manifest_is_image(const struct manifest *manifest);
/* The layers, or an index's entries. */
size_t manifest_count(const struct manifest *manifest);
const struct descriptor *manifest_entry(const struct manifest *manifest, size_t i);
/* The compressed bytes of config and layers together. */
uint64_t manifest_total(const struct manifest *manifest);

/* May this layer be left out of pushes, and come from its urls? */
bool descriptor_is_foreign(const struct descriptor *descriptor);
/* "sha256:" and 64 lower-case hex digits, and nothing after. */
bool manifest_digest_ok(const char *digest);

#endif
