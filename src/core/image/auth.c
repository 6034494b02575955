#include "core/image/auth.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "core/image/base64.h"
#include "core/image/challenge.h"
#include "core/image/url.h"

enum { TOKEN_ANSWER_MAX = 1024 * 1024, TOKEN_SECONDS_MIN = 60, TOKENS_MAX = 64 };

struct token {
	char *scope;
	char *header;
	time_t until; /* CLOCK_MONOTONIC */
};

struct auth {
	struct http *http;
	char *host;
	bool plain, any_certificate, given;
	const struct http_tls *tls;
	pthread_mutex_t lock;
	struct credentials credentials;
	char *basic;    /* once basic was asked for */
	char *identity; /* given by a token server */
	struct token tokens[TOKENS_MAX];
	size_t count;
};

int auth_new(struct http *http, const struct auth_options *options, struct credentials *credentials,
	struct auth **out, struct err *err)
{
	auto_free struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth || !(auth->host = strdup(options->host)))
		return err_set(err, ENOMEM, "auth: out of memory");
	auth->http = http;
	auth->plain = options->plain;
	auth->any_certificate = options->any_certificate;
	auth->tls = options->tls;
	auth->given = options->given;
	auth->credentials = *credentials;
	*credentials = (struct credentials)CREDENTIALS_INIT;
	pthread_mutex_init(&auth->lock, NULL);
	*out = take(auth);
	return 0;
}

static void forget(char **secret)
{
	if (*secret)
		explicit_bzero(*secret, strlen(*secret));
	free(take(*secret));
}

void auth_free(struct auth *auth)
{
	if (!auth)
		return;
	for (size_t i = 0; i < auth->count; i++) {
		free(auth->tokens[i].scope);
		forget(&auth->tokens[i].header);
	}
	forget(&auth->basic);
	forget(&auth->identity);
	credentials_fini(&auth->credentials);
	pthread_mutex_destroy(&auth->lock);
	free(auth->host);
	free(auth);
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static struct token *find_token(struct auth *auth, const char *scope)
{
	for (size_t i = 0; i < auth->count; i++)
		if (strcmp(auth->tokens[i].scope, scope) == 0)
			return &auth->tokens[i];
	return NULL;
}

/* Without the lock: what auth_header answers. */
static const char *current(struct auth *auth, const char *scope)
{
	struct token *token = find_token(auth, scope);

	if (token && token->until > now_s())
		return token->header;
	return auth->basic;
}

char *auth_header(struct auth *auth, const char *scope)
{
	const char *header;
	char *copy;

	pthread_mutex_lock(&auth->lock);
	header = current(auth, scope);
	copy = header ? strdup(header) : NULL;
	pthread_mutex_unlock(&auth->lock);
	return copy;
}

static int remember(
	struct auth *auth, const char *scope, const char *token, long seconds, struct err *err)
{
	struct token *slot = find_token(auth, scope);
	auto_buf header = BUF_INIT;

	if (!slot && auth->count == TOKENS_MAX)
		return err_set(err, E2BIG, "%s wants more than %d tokens", auth->host, TOKENS_MAX);
	buf_addf(&header, "Bearer %s", token);
	if (!slot) {
		slot = &auth->tokens[auth->count];
		*slot = (struct token){.scope = strdup(scope)};
		if (!slot->scope)
			return err_set(err, ENOMEM, "auth: out of memory");
		auth->count++;
	}
	forget(&slot->header);
	slot->header = buf_take(&header);
	slot->until = now_s() + seconds;
	return slot->header ? 0 : err_set(err, ENOMEM, "auth: out of memory");
}

int auth_take_identity(struct auth *auth, char **out, struct err *err)
{
	(void)err;
	pthread_mutex_lock(&auth->lock);
	*out = take(auth->identity);
	pthread_mutex_unlock(&auth->lock);
	return 0;
}

void auth_token_fini(struct auth_token *token)
{
	forget(&token->token);
	forget(&token->identity);
}

static const char *text_in(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

	return text && *text ? text : NULL;
}

int auth_parse_token(const char *text, size_t len, struct auth_token *out, struct err *err)
{
	cJSON *json = cJSON_ParseWithLength(text, len);
	const char *value = text_in(json, "access_token"),
		   *identity = text_in(json, "refresh_token");
	const cJSON *lasts = cJSON_GetObjectItemCaseSensitive(json, "expires_in");
	int failed = 0;

	if (!value)
		value = text_in(json, "token");
	*out = (struct auth_token){.seconds = TOKEN_SECONDS_MIN};
	if (cJSON_IsNumber(lasts) && lasts->valuedouble > TOKEN_SECONDS_MIN)
		out->seconds = lasts->valuedouble < 86400 ? (long)lasts->valuedouble : 86400;
	/* It becomes part of a header: a line end in it would become another one. */
	if (!value || strpbrk(value, "\r\n"))
		failed = err_set(err, EPROTO, "the token server's answer has no usable token");
	else if (!(out->token = strdup(value)) || (identity && !(out->identity = strdup(identity))))
		failed = err_set(err, ENOMEM, "auth: out of memory");
	if (failed)
		auth_token_fini(out);
	cJSON_Delete(json);
	return failed;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *auth_merge_scopes(const char *ours, const char *theirs)
{
	const char *const lists[] = {ours, theirs ? theirs : ""};
	auto_strs all = STRS_INIT;
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < array_len(lists); i++) {
		const char *at = lists[i];

		while (*(at += strspn(at, " "))) {
			size_t len = strcspn(at, " ");

			strs_addf(&all, "%.*s", (int)len, at);
			at += len;
		}
	}
	if (all.len)
		qsort(all.v, all.len, sizeof(*all.v), compare);
	for (size_t i = 0; i < all.len; i++)
		if (i == 0 || strcmp(all.v[i], all.v[i - 1]) != 0)
			buf_addf(&out, "%s%s", out.len ? " " : "", all.v[i]);
	return strs_failed(&all) ? NULL : buf_take(&out);
}

static char *basic_header(const struct credentials *credentials)
{
	auto_buf pair = BUF_INIT, header = BUF_INIT;

	buf_addf(&pair, "%s:%s", credentials->user, credentials->secret);
	buf_adds(&header, "Basic ");
	base64_put(&header, buf_text(&pair), pair.len);
	if (pair.data)
		explicit_bzero(pair.data, pair.len);
	return buf_failed(&pair) ? NULL : buf_take(&header);
}

static bool has_password(const struct credentials *credentials)
{
	return credentials->user && *credentials->user && credentials->secret;
}

static void add_query(char **url, const char *name, const char *value)
{
	char *longer = *url ? url_add_query(*url, name, value) : NULL;

	free(*url);
	*url = longer;
}

/* realm?service=…&scope=a&scope=b[&account=user] */
static char *token_url(
	const struct auth *auth, const char *realm, const char *service, const char *scopes)
{
	const struct credentials *credentials = &auth->credentials;
	char *url = service ? url_add_query(realm, "service", service) : strdup(realm);

	while (url && *(scopes += strspn(scopes, " "))) {
		auto_free char *scope = strndup(scopes, strcspn(scopes, " "));

		add_query(&url, "scope", scope ? scope : "");
		scopes += strcspn(scopes, " ");
	}
	if (has_password(credentials))
		add_query(&url, "account", credentials->user);
	if (auth->given) {
		add_query(&url, "client_id", "davit");
		add_query(&url, "offline_token", "true");
	}
	return url;
}

/* The OAuth2 form for a stored identity token. */
static char *token_form(const char *service, const char *scopes, const char *identity_token)
{
	const char *const pairs[][2] = {{"refresh_token", identity_token},
		{"service", service ? service : ""}, {"scope", scopes}, {"client_id", "davit"}};
	char *form = strdup("?grant_type=refresh_token");

	for (size_t i = 0; form && i < array_len(pairs); i++) {
		char *longer = url_add_query(form, pairs[i][0], pairs[i][1]);

		free(form);
		form = longer;
	}
	if (form)
		memmove(form, form + 1, strlen(form)); /* a form is a query without its '?' */
	return form;
}

static const char *whose(const struct auth *auth)
{
	return auth->given ? "given" : "stored";
}

static int refused_token(const struct auth *auth, const struct http_answer *answer,
	const char *realm, struct err *err)
{
	auto_free char *host = url_host(realm);
	char reason[200];

	http_answer_reason(answer, reason, sizeof(reason));
	if (answer->status == 401 || answer->status == 403)
		return err_set(err, EACCES, "%s refuses the %s credentials%s%s", host, whose(auth),
			*reason ? ": " : "", reason);
	/* So that whoever retries can tell a server in trouble from a refusal. */
	return err_set(err, answer->status >= 500 || answer->status == 429 ? EAGAIN : EPROTO,
		"%s gave no token: HTTP %d%s%s", host, answer->status, *reason ? ": " : "", reason);
}

static int fetch_token(struct auth *auth, const char *realm, const char *service,
	const char *scopes, struct auth_token *out, struct err *err)
{
	const struct credentials *c = &auth->credentials;
	auto_free char *form = NULL;
	auto_free char *basic = !c->identity_token && has_password(c) ? basic_header(c) : NULL;
	auto_free char *url = NULL;
	auto_answer answer = HTTP_ANSWER_INIT;
	struct http_request request = {
		.method = "GET",
		.authorization = basic,
		.body_max = TOKEN_ANSWER_MAX,
		.any_certificate = auth->any_certificate,
		.tls = auth->tls,
		.plain_redirects = auth->plain,
	};
	int failed;

	if (c->identity_token) {
		form = token_form(service, scopes, c->identity_token);
		request.method = "POST";
		request.body = form;
	}
	url = request.body ? strdup(realm) : token_url(auth, realm, service, scopes);
	if (!url || (c->identity_token && !form))
		return err_set(err, ENOMEM, "auth: out of memory");
	request.url = url;
	failed = http_send(auth->http, &request, &answer, err);
	if (failed)
		return failed;
	if (answer.status != 200)
		return refused_token(auth, &answer, realm, err);
	return auth_parse_token(buf_text(&answer.body), answer.body.len, out, err);
}

static int bearer(
	struct auth *auth, const char *scope, const struct challenge *challenge, struct err *err)
{
	const char *realm = challenge_param(challenge, "realm");
	auto_free char *address = realm ? url_join(realm, realm) : NULL;
	auto_free char *scopes = auth_merge_scopes(scope, challenge_param(challenge, "scope"));
	__attribute__((cleanup(auth_token_fini))) struct auth_token token = {.token = NULL};
	int failed;

	if (!address)
		return err_set(
			err, EPROTO, "%s asks for a token but not from a usable realm", auth->host);
	if (!url_is_https(address) && !auth->plain)
		return err_set(err, EACCES, "%s asks for a token over plain http, which is refused",
			auth->host);
	if (!scopes)
		return err_set(err, ENOMEM, "auth: out of memory");
	failed = fetch_token(
		auth, address, challenge_param(challenge, "service"), scopes, &token, err);
	if (failed)
		return failed;
	forget(&auth->identity);
	auth->identity = take(token.identity);
	return remember(auth, scope, token.token, token.seconds, err);
}

static int basic(struct auth *auth, const char *used, struct err *err)
{
	if (!has_password(&auth->credentials))
		return err_set(err, EACCES,
			"%s wants a user name and a password: no basic auth "
			"credentials are stored for it",
			auth->host);
	if (used && auth->basic && strcmp(used, auth->basic) == 0)
		return err_set(err, EACCES, "%s refuses the %s credentials of %s", auth->host,
			whose(auth), auth->credentials.user);
	forget(&auth->basic);
	auth->basic = basic_header(&auth->credentials);
	return auth->basic ? 0 : err_set(err, ENOMEM, "auth: out of memory");
}

static int answer_locked(struct auth *auth, const char *scope, const char *used,
	const struct challenges *asked, struct err *err)
{
	const struct challenge *challenge = challenges_find(asked, "bearer");
	const char *now = current(auth, scope);

	/* Another thread was faster. */
	if (now && (!used || strcmp(now, used) != 0))
		return 0;
	if (challenge)
		return bearer(auth, scope, challenge, err);
	if (challenges_find(asked, "basic"))
		return basic(auth, used, err);
	return err_set(err, EACCES, "%s asks for a kind of login that is not supported: %.60s",
		auth->host, asked->len ? asked->v[0].scheme : "none named");
}

int auth_answer(struct auth *auth, const char *scope, const char *used,
	const struct http_answer *refusal, struct err *err)
{
	auto_challenges asked = {.len = 0};
	const char *header = NULL;
	int failed;

	while ((header = http_answer_header(refusal, "WWW-Authenticate", header)))
		challenges_add(&asked, header);
	pthread_mutex_lock(&auth->lock);
	failed = answer_locked(auth, scope, used, &asked, err);
	pthread_mutex_unlock(&auth->lock);
	return failed;
}
