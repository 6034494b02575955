/* auth.h - the Authorization header for one registry, and how to get the next one.
 *
 * Nothing is sent before the registry has asked (its 401 carries the challenge, which
 * also saves the round trip of a ping). A bearer token is fetched once for each scope,
 * kept until it expires, and shared by all threads; one thread fetches, others wait.
 * Secrets go to the registry itself (basic) or to the realm it names (bearer), and to
 * neither over plain http, unless the registry is itself plain http. */
#ifndef CORE_IMAGE_AUTH_H
#define CORE_IMAGE_AUTH_H

#include <stdbool.h>

#include "core/image/credentials.h"
#include "core/image/http.h"

struct auth;

struct auth_options {
	const char *host; /* as the user writes it, for sentences */
	bool plain;       /* it speaks http: so may its realm */
	bool any_certificate;
	const struct http_tls *tls; /* lent; or NULL */
	bool given;                 /* the credentials were just typed: ask for a token to stay
				       logged in with, and do not call them stored */
};

/* http is lent, the credentials are taken over and left empty. */
int auth_new(struct http *http, const struct auth_options *options, struct credentials *credentials,
	struct auth **out, struct err *err);
void auth_free(struct auth *auth);
own_define(auth)

/* For `scope` ("repository:library/debian:pull"): the header's value to try now; the caller
 * frees. NULL: send none. */
char *auth_header(struct auth *auth, const char *scope);

/* `refusal` is a 401 to a request that carried `used` (NULL: none). On success auth_header has
 * something new to try. -EACCES: it has not, and the sentence says what the user can do. */
int auth_answer(struct auth *auth, const char *scope, const char *used,
	const struct http_answer *refusal, struct err *err);

/* The token to stay logged in with, if one was given; the caller frees. Else NULL. */
int auth_take_identity(struct auth *auth, char **out, struct err *err);

/* The pure parts, for tests and the fuzzer. */
/* Out of a token server's answer: seconds of validity are never below 60. The caller calls
 * auth_token_fini. */
struct auth_token {
	char *token;
	char *identity; /* an OAuth2 refresh token, or NULL */
	long seconds;
};
void auth_token_fini(struct auth_token *token);
int auth_parse_token(const char *text, size_t len, struct auth_token *out, struct err *err);
/* The union of two space-separated lists of scopes, sorted, each once; the caller frees. */
char *auth_merge_scopes(const char *ours, const char *theirs);

#endif
