/* credentials.h - which name and secret this user has stored for a registry. Read, never written.
 *
 * Looked at in docker's order, then podman's:
 *     $DOCKER_AUTH_CONFIG (the JSON itself) · $DOCKER_CONFIG or ~/.docker, config.json
 *     $REGISTRY_AUTH_FILE · $XDG_RUNTIME_DIR/containers/auth.json · /run/containers/UID/auth.json
 *     · $XDG_CONFIG_HOME or ~/.config, containers/auth.json
 * In one file credHelpers beats credsStore beats auths. Podman's keys may be host/name/space:
 * the longest that fits wins. */
#ifndef CORE_IMAGE_CREDENTIALS_H
#define CORE_IMAGE_CREDENTIALS_H

#include <stddef.h>

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

/* The pure part, for one file's text. *helper becomes the credential helper to ask (the caller
 * frees), else NULL. -EINVAL: not the JSON it should be. */
int credentials_parse(const char *text, size_t len, const char *host, const char *path,
	struct credentials *out, char **helper, struct err *err);
/* What a helper's standard output says. */
int credentials_parse_helper(
	const char *text, size_t len, struct credentials *out, struct err *err);

#endif
