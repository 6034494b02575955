/* engine_registry.h - the façade (core/engine.h): registries, apart from what goes to and from a
 * store. Needs no engine and no rights. */
#ifndef CORE_ENGINE_REGISTRY_H
#define CORE_ENGINE_REGISTRY_H

#include <stdbool.h>

#include "core/engine_base.h"

struct login_request {
	const char *server;        /* NULL: docker.io */
	const char *user, *secret; /* secret NULL: what is stored */
	bool insecure;
};
struct login_result {
	char *server; /* "docker.io", "localhost:5000" */
	char *user;   /* the name that is stored or was given; NULL: none */
	char *file;   /* where the secret is readable now; NULL: nowhere */
};
void login_result_fini(struct login_result *result);
/* Asks the registry, and stores what was given. Blocks. -ENODATA: nothing is stored. -EACCES: the
 * registry refuses. The caller calls login_result_fini in any case. */
int engine_login(const struct login_request *request, struct login_result *result, struct err *err);
struct search_request {
	const char *term; /* "words", or "host/words" */
	int limit;
	bool insecure;
};
/* An array of Name, Description, StarCount, IsOfficial, IsAutomated, the most starred first; the
 * caller deletes it. Blocks. */
int engine_search(const struct search_request *request, struct cJSON **out, struct err *err);
/* *key: what it was stored under; the caller frees. */
int engine_logout(const char *server, char **key, bool *found, struct err *err);

#endif
