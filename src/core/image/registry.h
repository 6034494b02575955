/* registry.h - one registry's distribution API (v2), as pulls and pushes need it.
 *
 * Knows where the registry is and how to log in, asks mirrors first (hosts.h), retries what passes
 * by itself, and turns refusals into sentences. docker.io lives at registry-1.docker.io. A loopback
 * registry is tried with plain http first (unless its port is 443), an insecure one with
 * unverified TLS first; whichever answers the first request is kept. */
#ifndef CORE_IMAGE_REGISTRY_H
#define CORE_IMAGE_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/image/credentials.h"
#include "core/image/http.h"
#include "core/reference.h"
#include "util/digest.h"

enum { REGISTRY_TAGS_MAX = 100000, REGISTRY_PAGES_MAX = 1000 };

struct registry;

struct registry_options {
	const struct reference *ref; /* the repository; lent for the call */
	bool insecure;               /* plain http and unverified TLS are fine */
	bool pushes;                 /* asks for the right to push, too */
	bool searches;               /* for registry_search alone: the index may live elsewhere */
	struct credentials *given;   /* instead of what is stored, taken over; or NULL */
};

/* Reads what this machine and this user have configured and stored for it (hosts.h, credentials.h):
 * before the process confines itself. Nothing is sent yet. */
int registry_open(const struct registry_options *options, struct registry **out, struct err *err);
/* What it speaks through from here on; lent. A Warning that a registry sends along is told to watch
 * once, from whatever thread; watch may be NULL. */
struct image_watch;
void registry_use(struct registry *registry, struct http *http, const struct image_watch *watch);
void registry_close(struct registry *registry);
static inline void registry_closep(struct registry **registry)
{
	registry_close(*registry);
}
#define auto_registry __attribute__((cleanup(registry_closep))) struct registry

struct registry_manifest {
	char digest[DIGEST_SIZE];
	char media[160];  /* "" when the registry does not say */
	struct buf bytes; /* empty after a HEAD */
};
void registry_manifest_fini(struct registry_manifest *manifest);
#define auto_registry_manifest                                                                     \
	__attribute__((cleanup(registry_manifest_fini))) struct registry_manifest

/* What a tag (or digest) names now, for one cheap round trip. -ENODATA: this registry does not say;
 * get it whole. -ENOENT: no such manifest. -EACCES: denied. */
int registry_head(struct registry *registry, const char *which, struct registry_manifest *out,
	struct err *err);
/* The manifest itself, its digest verified: against `which` when that is a digest, else against
 * what the registry says. The caller calls registry_manifest_fini. */
int registry_manifest(struct registry *registry, const char *which, struct registry_manifest *out,
	struct err *err);

/* Bytes of a blob in order, the first one at `offset`. Non-zero ends it with that code. */
typedef int registry_bytes_fn(void *arg, const void *data, size_t len);

struct registry_blob {
	const char *digest;
	uint64_t size;           /* more than that is -EBADMSG */
	const struct strs *urls; /* where a foreign layer may be instead; or NULL */
	registry_bytes_fn *on_bytes;
	void *arg;
};
/* From `offset` to the end. Not retried once bytes have come: the caller knows how many, and asks
 * again (registry_wait). A registry that cannot resume is read from its beginning, in silence. */
struct retry;
int registry_blob(struct registry *registry, const struct registry_blob *blob, uint64_t offset,
	struct retry *retry, struct err *err);
/* A small blob in memory, its digest verified, retried. */
int registry_small_blob(struct registry *registry, const char *digest, uint64_t size,
	struct buf *out, struct err *err);
/* After a failure of registry_blob: 0 after the wait that is due, when it is worth asking again;
 * else the failure as it is in err. */
int registry_wait(struct registry *registry, struct retry *retry, struct err *err);

/* All tags of the repository. */
int registry_tags(struct registry *registry, struct strs *out, struct err *err);

/* Does the registry itself let us in? *identity becomes the token it gives to stay logged in with,
 * which the caller frees, or NULL. -EACCES: it does not. */
int registry_log_in(struct registry *registry, char **identity, struct err *err);

/* The answer of its index, as it came. -ENOENT: it has none. */
int registry_search(
	struct registry *registry, const char *words, int limit, struct buf *out, struct err *err);

/* ---- pushing (registry_push.c) ---- */

/* -ENOENT: the repository does not have it. */
int registry_has_blob(struct registry *registry, const char *digest, struct err *err);
/* Makes a blob of another repository of this registry one of ours, without sending it. -ENOENT: not
 * from there. */
int registry_mount_blob(
	struct registry *registry, const char *digest, const char *from, struct err *err);

struct registry_upload {
	const char *digest;
	int fd; /* its bytes, from the beginning; lent */
	uint64_t size;
	void (*on_sent)(void *arg, uint64_t sent); /* or NULL; starts again when it is sent again */
	void *arg;
};
/* Sends a blob, in one piece where the registry takes it, else in chunks. Retried. */
int registry_put_blob(
	struct registry *registry, const struct registry_upload *upload, struct err *err);
/* Under a tag, or a digest. What the registry makes of it is verified. */
int registry_put_manifest(struct registry *registry, const char *which, const char *media,
	const struct buf *bytes, struct err *err);

#endif
