#include "core/image/auth.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

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
	bool plain, any_certificate;
	const struct http_tls *tls;
	pthread_mutex_t lock;
	struct credentials credentials;
	char *basic; /* once basic was asked for */
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

int auth_parse_token(const char *text, size_t len, char **token, long *seconds, struct err *err)
{
	cJSON *json = cJSON_ParseWithLength(text, len);
	const char *value =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "access_token"));
	const cJSON *lasts = cJSON_GetObjectItemCaseSensitive(json, "expires_in");
	int failed = 0;

	if (!value || !*value)
		value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "token"));
	*seconds = TOKEN_SECONDS_MIN;
	if (cJSON_IsNumber(lasts) && lasts->valuedouble > TOKEN_SECONDS_MIN)
		*seconds = lasts->valuedouble < 86400 ? (long)lasts->valuedouble : 86400;
	/* It becomes part of a header: a line end in it would become another one. */
	if (!value || !*value || strpbrk(value, "\r\n"))
		failed = err_set(err, EPROTO, "the token server's answer has no usable token");
	else if (!(*token = strdup(value)))
		failed = err_set(err, ENOMEM, "auth: out of memory");
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

static void add_base64(struct buf *out, const char *text, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = 0, have = len - i < 3 ? (unsigned)(len - i) : 3;

		for (unsigned j = 0; j < 3; j++)
			bits = bits << 8 | (j < have ? (unsigned char)text[i + j] : 0);
		for (unsigned j = 0; j < 4; j++)
			buf_addc(out, j <= have ? digits[bits >> (18 - 6 * j) & 63] : '=');
	}
}

static char *basic_header(const struct credentials *credentials)
{
	auto_buf pair = BUF_INIT, header = BUF_INIT;

	buf_addf(&pair, "%s:%s", credentials->user, credentials->secret);
	buf_adds(&header, "Basic ");
	add_base64(&header, buf_text(&pair), pair.len);
	if (pair.data)
		explicit_bzero(pair.data, pair.len);
	return buf_failed(&pair) ? NULL : buf_take(&header);
}

static bool has_password(const struct credentials *credentials)
{
	return credentials->user && *credentials->user && credentials->secret;
}

/* realm?service=…&scope=a&scope=b[&account=user] */
static char *token_url(const char *realm, const char *service, const char *scopes,
	const struct credentials *credentials)
{
	char *url = service ? url_add_query(realm, "service", service) : strdup(realm);

	while (url && *(scopes += strspn(scopes, " "))) {
		auto_free char *scope = strndup(scopes, strcspn(scopes, " "));
		char *longer = scope ? url_add_query(url, "scope", scope) : NULL;

		free(url);
		url = longer;
		scopes += strcspn(scopes, " ");
	}
	if (url && has_password(credentials)) {
		char *longer = url_add_query(url, "account", credentials->user);

		free(url);
		url = longer;
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

static int refused_token(const struct http_answer *answer, const char *realm, struct err *err)
{
	auto_free char *host = url_host(realm);
	char reason[200];

	http_answer_reason(answer, reason, sizeof(reason));
	if (answer->status == 401 || answer->status == 403)
		return err_set(err, EACCES, "%s refuses the stored credentials%s%s", host,
			*reason ? ": " : "", reason);
	/* So that whoever retries can tell a server in trouble from a refusal. */
	return err_set(err, answer->status >= 500 || answer->status == 429 ? EAGAIN : EPROTO,
		"%s gave no token: HTTP %d%s%s", host, answer->status, *reason ? ": " : "", reason);
}

static int fetch_token(struct auth *auth, const char *realm, const char *service,
	const char *scopes, char **token, long *seconds, struct err *err)
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
	url = request.body ? strdup(realm) : token_url(realm, service, scopes, c);
	if (!url || (c->identity_token && !form))
		return err_set(err, ENOMEM, "auth: out of memory");
	request.url = url;
	failed = http_send(auth->http, &request, &answer, err);
	if (failed)
		return failed;
	if (answer.status != 200)
		return refused_token(&answer, realm, err);
	return auth_parse_token(buf_text(&answer.body), answer.body.len, token, seconds, err);
}

static int bearer(
	struct auth *auth, const char *scope, const struct challenge *challenge, struct err *err)
{
	const char *realm = challenge_param(challenge, "realm");
	auto_free char *address = realm ? url_join(realm, realm) : NULL;
	auto_free char *scopes = auth_merge_scopes(scope, challenge_param(challenge, "scope"));
	auto_free char *token = NULL;
	long seconds;
	int failed;

	if (!address)
		return err_set(
			err, EPROTO, "%s asks for a token but not from a usable realm", auth->host);
	if (!url_is_https(address) && !auth->plain)
		return err_set(err, EACCES, "%s asks for a token over plain http, which is refused",
			auth->host);
	if (!scopes)
		return err_set(err, ENOMEM, "auth: out of memory");
	failed = fetch_token(auth, address, challenge_param(challenge, "service"), scopes, &token,
		&seconds, err);
	return failed ? failed : remember(auth, scope, token, seconds, err);
}

static int basic(struct auth *auth, const char *used, struct err *err)
{
	if (!has_password(&auth->credentials))
		return err_set(err, EACCES,
			"%s wants a user name and a password: no basic auth "
			"credentials are stored for it",
			auth->host);
	if (used && auth->basic && strcmp(used, auth->basic) == 0)
		return err_set(err, EACCES, "%s refuses the stored credentials of %s", auth->host,
			auth->credentials.user);
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
