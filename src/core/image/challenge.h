/* challenge.h - what a server asks for in WWW-Authenticate (RFC 9110, 11.6.1).
 *
 *     Bearer realm="https://auth.example/token",service="reg",scope="repository:a/b:pull", Basic
 * realm=x
 *
 * One header may hold several challenges and an answer may hold several headers;
 * the comma separates both challenges and parameters. All of it is a stranger's
 * text: counts and lengths are limited, and what follows the first malformed byte
 * is dropped, never guessed at. */
#ifndef CORE_IMAGE_CHALLENGE_H
#define CORE_IMAGE_CHALLENGE_H

#include <stddef.h>

#include "util/strs.h"

enum { CHALLENGES_MAX = 16, CHALLENGE_PARAMS_MAX = 32, CHALLENGE_HEADER_MAX = 16384 };

struct challenge {
	char *scheme;       /* lower case */
	struct strs params; /* "name=value", the name in lower case, the value without its quotes */
};

struct challenges {
	struct challenge v[CHALLENGES_MAX];
	size_t len;
};

#define auto_challenges __attribute__((cleanup(challenges_fini))) struct challenges

void challenges_fini(struct challenges *list);
/* Appends what one header's value holds. -EINVAL: malformed, -E2BIG: past a limit; what came before
 * that place is in the list all the same. -ENOMEM. */
int challenges_add(struct challenges *list, const char *header);
/* The first of that scheme (given in lower case), or NULL; lives as long as the list. */
const struct challenge *challenges_find(const struct challenges *list, const char *scheme);
/* The parameter's value (name in lower case), or NULL. */
const char *challenge_param(const struct challenge *challenge, const char *name);

#endif
