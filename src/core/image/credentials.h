/* credentials.h - which name and secret this user has stored for a registry.
 *
 * Looked at in docker's order, then podman's:
 *     $DOCKER_AUTH_CONFIG (the JSON itself) · $DOCKER_CONFIG or ~/.docker, config.json
 *     $REGISTRY_AUTH_FILE · $XDG_RUNTIME_DIR/containers/auth.json · /run/containers/UID/auth.json
 *     · $XDG_CONFIG_HOME or ~/.config, containers/auth.json
 * In one file credHelpers beats credsStore beats auths. Podman's keys may be host/name/space:
 * the longest that fits wins. What is stored goes to docker's config.json, or to the helper it
 * names; what else is in that file stays. */
#ifndef CORE_IMAGE_CREDENTIALS_H
#define CORE_IMAGE_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

enum { CREDENTIALS_FILE_MAX = 1024 * 1024 };

struct credentials {
	char *user; /* NULL: anonymous, unless there is an identity token */
	char *secret;
	char *identity_token; /* an OAuth2 refresh token instead of both */
};

void credentials_fini(struct credentials *credentials);
#define CREDENTIALS_INIT                                                                           \
	{                                                                                          \
		0                                                                                  \
	}
#define auto_credentials __attribute__((cleanup(credentials_fini))) struct credentials

/* For the registry `host` ("docker.io", "localhost:5000") and the image `path` in it. Finding
 * nothing is an answer: all members are NULL. A file that cannot be read is a failure that names
 * it. */
int credentials_find(const char *host, const char *path, struct credentials *out, struct err *err);

/* Where something was stored, for sentences. */
struct credentials_place {
	char *file;   /* config.json */
	char *helper; /* "secretservice": not in the file itself; else NULL */
};
void credentials_place_fini(struct credentials_place *place);
#define auto_credentials_place                                                                     \
	__attribute__((cleanup(credentials_place_fini))) struct credentials_place

/* host: "docker.io", "localhost:5000". place may be NULL. */
int credentials_store(const char *host, const struct credentials *credentials,
	struct credentials_place *place, struct err *err);
/* From docker's config.json or its helper. *found: there was something. */
int credentials_erase(const char *host, bool *found, struct err *err);
/* What config.json and helpers call it: docker.io has a name from its early days. */
const char *credentials_key(const char *host);

/* The pure parts of both: a file's new text. An empty one counts as {}. `c`: NULL leaves an entry
 * without a secret, as is done where a helper has it. -EINVAL: not the JSON it should be. */
int credentials_put(const char *text, size_t len, const char *host, const struct credentials *c,
	struct buf *out, struct err *err);
/* *found: there was an entry; else out is left empty. */
int credentials_drop(const char *text, size_t len, const char *host, bool *found, struct buf *out,
	struct err *err);

/* The pure part, for one file's text. *helper becomes the credential helper to ask (the caller
 * frees), else NULL. -EINVAL: not the JSON it should be. */
int credentials_parse(const char *text, size_t len, const char *host, const char *path,
	struct credentials *out, char **helper, struct err *err);
/* What a helper's standard output says. */
int credentials_parse_helper(
	const char *text, size_t len, struct credentials *out, struct err *err);

#endif
