/* reference.h - an image's name, as docker reads it (distribution/reference).
 *
 *     reference = [domain "/"] path [":" tag] ["@" digest]
 *
 * reference_parse normalises: "alpine" is docker.io/library/alpine. No tag is added:
 * what "no tag" means is the caller's to say, usually with reference_default_tag. */
#ifndef CORE_REFERENCE_H
#define CORE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

enum { REFERENCE_NAME_MAX = 255, REFERENCE_TAG_MAX = 128, REFERENCE_DIGEST_MAX = 256 };

struct reference {
	char name[REFERENCE_NAME_MAX + 1];     /* "docker.io/library/alpine" */
	size_t domain_len;                     /* of name: "docker.io" */
	char tag[REFERENCE_TAG_MAX + 1];       /* "" when not given */
	char digest[REFERENCE_DIGEST_MAX + 1]; /* "" when not given */
};

/* On failure *out is untouched, and err says docker's sentence. */
int reference_parse(const char *text, struct reference *out, struct err *err);
/* ":latest", when there is neither tag nor digest. */
void reference_default_tag(struct reference *ref);
/* Sets the tag; -EINVAL when it is not one. */
int reference_set_tag(struct reference *ref, const char *tag, struct err *err);

const char *reference_path(const struct reference *ref); /* "library/alpine"; lent */
/* "docker.io" into the caller's room. */
void reference_domain(const struct reference *ref, char domain[REFERENCE_NAME_MAX + 1]);

/* Appends the whole name, or the short form people type: "alpine:3.20",
 * "localhost:5000/a@sha256:…". */
void reference_text(const struct reference *ref, struct buf *out);
void reference_familiar(const struct reference *ref, struct buf *out);
/* The short form of a normalised name; lent from name. */
const char *reference_familiar_name(const char *name);

#endif
