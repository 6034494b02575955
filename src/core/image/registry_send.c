/* registry_send.c - a request on its way: hosts, doors, logins, and patience. */
#include <stdio.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "core/image/registry_private.h"
#include "core/image/url.h"
#include "core/image_ops.h"

enum { LOGINS_MAX = 3, WARNINGS_MAX = 20 };

static void choose_doors(struct host *host)
{
	static const struct door plain = {"http", true}, any = {"https", true},
				 proper = {"https", false};
	const struct host_spec *spec = host->spec;
	bool loopback = url_host_is_loopback(spec->name);

	host->n_doors = 1;
	host->doors[0] = proper;
	if (str_eq(spec->scheme, "http"))
		host->doors[0] = plain;
	else if (spec->scheme && spec->insecure)
		host->doors[0] = any;
	if (spec->scheme || (!loopback && !spec->insecure))
		return;
	host->n_doors = 2;
	host->doors[0] = any;
	host->doors[1] = plain;
	if (loopback && !str_has_suffix(spec->name, ":443")) {
		host->doors[0] = plain;
		host->doors[1] = any;
	}
}

static int add_host(struct registry *registry, const struct registry_options *options,
	const struct host_spec *spec, struct err *err)
{
	struct host *host = &registry->hosts[registry->n_hosts++];
	auto_buf scope = BUF_INIT;
	/* docker.io's login is stored under that name, and not under that of its host. */
	const char *login = str_has_suffix(spec->name, ".docker.io") ? "docker.io" : spec->name;

	pthread_mutex_init(&host->opening, NULL);
	host->spec = spec;
	buf_addf(&scope, "repository:%s:pull%s", spec->repository, registry->pushes ? ",push" : "");
	host->scope = buf_take(&scope);
	if (!host->scope)
		return err_set(err, ENOMEM, "registry: out of memory");
	choose_doors(host);
	if (!options->given)
		return credentials_find(login, spec->repository, &host->credentials, err);
	/* They were given for the registry, and for nobody else. */
	if (registry->n_hosts == registry->specs.len) {
		host->credentials = *options->given;
		*options->given = (struct credentials)CREDENTIALS_INIT;
	}
	return 0;
}

/* docker.io's index of names never moved to where its images are. */
static int move_to_index(struct host_spec *spec, struct err *err)
{
	if (!str_eq(spec->name, "registry-1.docker.io"))
		return 0;
	free(spec->name);
	spec->name = strdup("index.docker.io");
	return spec->name ? 0 : err_set(err, ENOMEM, "registry: out of memory");
}

int registry_add_hosts(
	struct registry *registry, const struct registry_options *options, struct err *err)
{
	const struct hosts_question question = {
		.domain = registry->domain,
		.path = registry->path,
		.by_digest = *options->ref->digest,
		.insecure = options->insecure,
	};
	int failed = hosts_find(&question, &registry->specs, err);

	if (!failed && options->searches)
		failed = move_to_index(&registry->specs.v[registry->specs.len - 1], err);
	if (failed)
		return failed;
	registry->hosts = calloc(registry->specs.len, sizeof(*registry->hosts));
	if (!registry->hosts)
		return err_set(err, ENOMEM, "registry: out of memory");
	for (size_t i = 0; i < registry->specs.len && !failed; i++)
		failed = add_host(registry, options, &registry->specs.v[i], err);
	return failed;
}

void registry_free_hosts(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_hosts; i++) {
		struct host *host = &registry->hosts[i];

		auth_free(host->auth);
		credentials_fini(&host->credentials);
		pthread_mutex_destroy(&host->opening);
		free(host->scope);
	}
	free(registry->hosts);
	hosts_fini(&registry->specs);
}

/* ---- one host ---- */

/* Where it goes through this door. */
static int address(const struct registry *registry, const struct host *host,
	const struct door *door, const struct call *call, struct buf *out, struct err *err)
{
	const struct host_spec *spec = host->spec;
	auto_free char *asked = NULL;

	if (call->url) {
		buf_adds(out, call->url);
	} else if (call->index) {
		buf_addf(out, "%s://%s%s", door->scheme, spec->name, call->tail);
	} else if (call->door) {
		buf_addf(out, "%s://%s%s/", door->scheme, spec->name, spec->prefix);
	} else {
		buf_addf(out, "%s://%s%s/%s%s", door->scheme, spec->name, spec->prefix,
			spec->repository, call->tail);
		asked = spec->says_origin ? url_add_query(buf_text(out), "ns", registry->domain)
					  : NULL;
	}
	if (asked) {
		buf_clear(out);
		buf_adds(out, asked);
	}
	if (buf_failed(out))
		return err_set(err, ENOMEM, "registry: out of memory");
	if (str_eq(door->scheme, "https") && !spec->insecure && !url_is_https(buf_text(out)))
		return err_set(err, EACCES, "%s leads from https to http, which is refused",
			registry->domain);
	return 0;
}

/* An upload's session may live anywhere; who we are is only for the registry. */
static bool is_at_home(const struct host *host, const struct door *door, const struct call *call)
{
	auto_buf home = BUF_INIT;

	if (!call->url)
		return true;
	buf_addf(&home, "%s://%s/", door->scheme, host->spec->name);
	return url_same_origin(buf_text(&home), call->url);
}

static const char *scope_of(const struct host *host, const struct call *call)
{
	return call->scope ? call->scope : host->scope;
}

/* Sends with what login we have, and logs in when asked to. */
static int send_through(struct registry *registry, struct host *host, const struct door *door,
	struct call *call, struct http_answer *answer, struct err *err)
{
	struct http_request *request = &call->request;
	auto_buf url = BUF_INIT;
	bool home = is_at_home(host, door, call);
	int failed = address(registry, host, door, call, &url, err);

	if (failed)
		return failed;
	request->url = buf_text(&url);
	request->any_certificate = door->any_certificate;
	request->plain_redirects = host->spec->insecure || str_eq(door->scheme, "http");
	request->headers = home ? &host->spec->headers : NULL;
	request->tls = home ? &host->spec->tls : NULL;
	for (int logins = 0;; logins++) {
		auto_free char *header =
			host->auth && home ? auth_header(host->auth, scope_of(host, call)) : NULL;

		request->authorization = header;
		failed = http_send(registry->http, request, answer, err);
		request->authorization = NULL;
		if (failed || answer->status != 401 || !host->auth || !home || logins == LOGINS_MAX)
			return failed;
		failed = auth_answer(host->auth, scope_of(host, call), header, answer, err);
		http_answer_fini(answer);
		if (failed)
			return failed;
	}
}

/* A TLS server that was spoken to in plain http says so, or hangs up. A name may be known to the
 * proxy of one scheme only. */
static bool is_wrong_door(const struct door *door, int failed, const struct http_answer *answer)
{
	if (failed)
		return failed == -EPROTO || failed == -ECONNRESET || failed == -ECONNREFUSED ||
		       failed == -ETIMEDOUT || failed == -EHOSTUNREACH;
	return str_eq(door->scheme, "http") && answer->status == 400 &&
	       strcasestr(buf_text(&answer->body), "https");
}

static bool is_mirror(const struct registry *registry, const struct host *host)
{
	return host != &registry->hosts[registry->n_hosts - 1];
}

static int enter(
	struct registry *registry, struct host *host, const struct door *door, struct err *err)
{
	struct auth_options options = {
		.host = is_mirror(registry, host) ? host->spec->name : registry->domain,
		.plain = str_eq(door->scheme, "http") || host->spec->insecure,
		.any_certificate = door->any_certificate,
		.tls = &host->spec->tls,
		.given = registry->given,
	};
	int failed = auth_new(registry->http, &options, &host->credentials, &host->auth, err);

	if (!failed)
		host->open = door;
	return failed;
}

/* The first request of all finds out which door is open. Its failure is told as the first door saw
 * it: that is the one the user expects. */
static int send_first(struct registry *registry, struct host *host, struct call *call,
	struct http_answer *answer, struct err *err)
{
	struct err first = {0}, other;

	for (size_t i = 0; i < host->n_doors; i++) {
		const struct door *door = &host->doors[i];
		int failed = send_through(registry, host, door, call, answer, i ? &other : &first);

		if (is_wrong_door(door, failed, answer) && i + 1 < host->n_doors) {
			if (!failed)
				err_set(&first, EPROTO, "%s wants https", host->spec->name);
			http_answer_fini(answer);
			continue;
		}
		if (failed)
			break;
		failed = enter(registry, host, door, err);
		if (failed || answer->status != 401)
			return failed;
		failed = auth_answer(host->auth, scope_of(host, call), NULL, answer, err);
		http_answer_fini(answer);
		return failed ? failed : send_through(registry, host, door, call, answer, err);
	}
	http_answer_fini(answer);
	if (err)
		*err = first;
	return first.code;
}

static int send_to(struct registry *registry, struct host *host, struct call *call,
	struct http_answer *answer, struct err *err)
{
	int failed = 0;

	if (host->open)
		return send_through(registry, host, host->open, call, answer, err);
	/* One asks, the others wait to know. */
	pthread_mutex_lock(&host->opening);
	if (!host->open) {
		failed = send_first(registry, host, call, answer, err);
		pthread_mutex_unlock(&host->opening);
		return failed;
	}
	pthread_mutex_unlock(&host->opening);
	return send_through(registry, host, host->open, call, answer, err);
}

/* ---- what it has to say besides ---- */

/* 299 - "text": RFC 7234's only kind of warning that a registry sends (distribution spec). */
static char *warning_text(const char *value)
{
	const char *at = str_has_prefix(value, "299 - \"") ? value + 7 : NULL;
	auto_buf text = BUF_INIT;

	for (; at && *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		buf_addc(&text, (unsigned char)*at < ' ' || *at == 0x7f ? ' ' : *at);
	}
	return text.len ? buf_take(&text) : NULL;
}

static bool is_new(struct registry *registry, const char *text)
{
	bool new;

	pthread_mutex_lock(&registry->warning);
	new = registry->warned.len < WARNINGS_MAX;
	for (size_t i = 0; i < registry->warned.len; i++)
		new = new && !str_eq(registry->warned.v[i], text);
	if (new)
		strs_add(&registry->warned, text);
	pthread_mutex_unlock(&registry->warning);
	return new;
}

static void tell_warnings(struct registry *registry, const struct http_answer *answer)
{
	const char *value = NULL;

	if (!registry->watch || !registry->watch->on_warning)
		return;
	while ((value = http_answer_header(answer, "Warning", value))) {
		auto_free char *text = warning_text(value);

		if (text && is_new(registry, text))
			registry->watch->on_warning(text, registry->watch->arg);
	}
}

/* ---- one of several ---- */

static bool is_asked(const struct host *host, const struct call *call)
{
	unsigned needs = call->needs ? call->needs : HOST_PULL;

	return (host->spec->can & needs) == needs && !host->closed;
}

/* The host after `host` that would be asked too, or NULL. */
static struct host *next_host(
	const struct registry *registry, struct host *host, const struct call *call)
{
	struct host *end = registry->hosts + registry->n_hosts;

	for (host = host ? host + 1 : registry->hosts; host < end; host++)
		if (is_asked(host, call))
			return host;
	return NULL;
}

/* What a mirror says only counts when it is what we want: what it does not have, does not give us
 * or fails at, the next may do better. Bytes that have begun to come are gone on with. */
static bool is_settled(int failed, const struct http_answer *answer)
{
	int status = answer->status;

	return failed == -ECANCELED || (status >= 200 && status < 300) ||
	       (!failed && status == 416);
}

int registry_send_once(
	struct registry *registry, struct call *call, struct http_answer *answer, struct err *err)
{
	bool alone = call->url || call->door || call->index;
	struct host *host = alone ? &registry->hosts[registry->n_hosts - 1]
				  : next_host(registry, NULL, call),
		    *next;

	*answer = (struct http_answer)HTTP_ANSWER_INIT;
	if (!host)
		return err_set(err, EACCES, "no host that is configured for %s serves this",
			registry->domain);
	for (;; host = next) {
		int failed = send_to(registry, host, call, answer, err);

		if (!failed)
			tell_warnings(registry, answer);
		next = alone ? NULL : next_host(registry, host, call);
		if (!next || is_settled(failed, answer))
			return failed;
		if (failed)
			host->closed = true;
		http_answer_fini(answer);
	}
}

/* ---- patience ---- */

static uint32_t random_bits(void)
{
	uint32_t bits = 0;

	/* Without randomness the waits are merely all alike. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) < 0)
		bits = (uint32_t)time(NULL);
	return bits;
}

static int denied(const struct registry *registry, const char *tail, struct err *err)
{
	return err_set(err, EACCES,
		"%s access denied for %s, repository does not exist or may require a login%s",
		registry->pushes ? "push" : "pull", registry->name, tail);
}

/* ratelimit-limit: 100;w=21600 and ratelimit-remaining: 0;w=21600, as the Hub has them. */
static int limited(const struct registry *registry, const struct http_answer *answer,
	const char *tail, struct err *err)
{
	const char *limit = http_answer_header(answer, "RateLimit-Limit", NULL);
	const char *left = http_answer_header(answer, "RateLimit-Remaining", NULL);
	const char *window = limit ? strstr(limit, ";w=") : NULL;
	char allowed[120] = "";

	if (window)
		snprintf(allowed, sizeof(allowed), " (%ld of %ld are left, in %ld minutes)",
			left ? strtol(left, NULL, 10) : 0, strtol(limit, NULL, 10),
			strtol(window + 3, NULL, 10) / 60);
	return err_set(err, EBUSY, "%s: too many requests%s: wait, or log in for a higher limit%s",
		registry->domain, allowed, tail);
}

int registry_refuse(struct registry *registry, const char *what, const struct http_answer *answer,
	struct retry *retry, struct err *err)
{
	const char *host = registry->domain;
	char reason[300], tail[310] = "";

	retry->after_s = retry_after_s(http_answer_header(answer, "Retry-After", NULL), time(NULL));
	http_answer_reason(answer, reason, sizeof(reason));
	if (*reason)
		snprintf(tail, sizeof(tail), ": %s", reason);
	switch (answer->status) {
	case 401:
	case 403:
		return denied(registry, tail, err);
	case 404:
		return err_set(err, ENOENT, "%s not found%s", what, tail);
	case 429:
		return limited(registry, answer, tail, err);
	}
	return err_set(err, answer->status >= 500 || answer->status == 408 ? EAGAIN : EPROTO,
		"%s answered HTTP %d%s", host, answer->status, *tail ? tail : " without a reason");
}

/* Waits before another attempt when that is worth it; else hands the failure back. */
static int wait_or_fail(struct registry *registry, struct retry *retry, int failed, struct err *err)
{
	const struct host *host = &registry->hosts[registry->n_hosts - 1];
	unsigned wait_ms;

	/* Nobody there at all is not trouble that passes: the user has mistyped, or must start it.
	 */
	if (!host->open && (failed == -ECONNREFUSED || failed == -ETIMEDOUT))
		return failed;
	if (!retry_is_worth(failed) || !retry_again(retry, random_bits(), &wait_ms))
		return failed;
	return http_sleep(registry->http, wait_ms, err);
}

int registry_wait(struct registry *registry, struct retry *retry, struct err *err)
{
	return wait_or_fail(registry, retry, err->code, err);
}

int registry_send(struct registry *registry, struct call *call, int also,
	struct http_answer *answer, struct err *err)
{
	struct retry retry = {0};

	for (;;) {
		int failed = registry_send_once(registry, call, answer, err);
		int status = answer->status;

		if (!failed && ((status >= 200 && status < 300) || status == also))
			return 0;
		if (!failed)
			failed = registry_refuse(registry, call->what, answer, &retry, err);
		failed = wait_or_fail(registry, &retry, failed, err);
		http_answer_fini(answer);
		if (failed)
			return failed;
	}
}
