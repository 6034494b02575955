/* registry_private.h - a registry's insides, for registry*.c.
 *
 *     registry.c        what a pull asks for
 *     registry_push.c   what a push asks for
 *     registry_send.c   which host is asked, through which door, with which login, and how often
 *
 * A repository is served by hosts: mirrors first, then the registry itself. Each has one door, or
 * two where it may be found speaking plain http; the first one that answers is kept. */
#ifndef CORE_IMAGE_REGISTRY_PRIVATE_H
#define CORE_IMAGE_REGISTRY_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/image/auth.h"
#include "core/image/hosts.h"
#include "core/image/registry.h"
#include "core/image/retry.h"

struct door {
	const char *scheme;
	bool any_certificate;
};

struct host {
	const struct host_spec *spec;
	char *scope; /* "repository:library/debian:pull" */
	struct door doors[2];
	size_t n_doors;
	pthread_mutex_t opening;
	const struct door *_Atomic open; /* NULL: not answered yet */
	atomic_bool closed;              /* a mirror that cannot be reached is not asked again */
	struct credentials credentials;
	struct auth *auth; /* once a door is open */
};

struct registry {
	struct http *http;
	const struct image_watch *watch;
	pthread_mutex_t warning;
	struct strs warned; /* of what */
	struct hosts specs;
	struct host *hosts; /* one for each spec; the registry itself is the last */
	size_t n_hosts;
	bool pushes, given; /* given: the credentials were, and are not stored */
	char *domain;       /* as written: "docker.io" */
	char *path;         /* "library/debian" */
	char *name;         /* as people type it, for sentences */
};

/* One request to a registry, whichever of its hosts answers. */
struct call {
	struct http_request request; /* url and authorization are filled in */
	const char *tail;            /* what follows /v2/<path> */
	const char *url;             /* a whole address instead, such as an upload's session */
	const char *scope;           /* NULL: the host's own */
	const char *what;            /* for sentences: "manifest for debian:12" */
	unsigned needs;              /* enum host_can; 0: HOST_PULL */
	bool door;                   /* only /v2/ itself, of the registry itself */
	bool index;                  /* tail follows the host, of the registry itself */
};

int registry_add_hosts(
	struct registry *registry, const struct registry_options *options, struct err *err);
void registry_free_hosts(struct registry *registry);

/* One attempt, logged in where that is asked for; any status is an answer. */
int registry_send_once(
	struct registry *registry, struct call *call, struct http_answer *answer, struct err *err);
/* Until there is a success, a refusal worth telling, or no sense in asking again. A status of
 * `also` counts as a success too (0: none). */
int registry_send(struct registry *registry, struct call *call, int also,
	struct http_answer *answer, struct err *err);
/* An answer that is not a success, in words. */
int registry_refuse(struct registry *registry, const char *what, const struct http_answer *answer,
	struct retry *retry, struct err *err);

#endif
