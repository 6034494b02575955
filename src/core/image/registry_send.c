/* registry_send.c - a request on its way: hosts, doors, logins, and patience. */
#include <stdio.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "core/image/registry_private.h"
#include "core/image/url.h"

enum { LOGINS_MAX = 3 };

static void choose_doors(struct host *host, bool insecure)
{
	static const struct door plain = {"http", true}, any = {"https", true},
				 proper = {"https", false};
	bool loopback = url_host_is_loopback(host->name);

	host->n_doors = 1;
	host->doors[0] = proper;
	if (!loopback && !insecure)
		return;
	host->n_doors = 2;
	host->doors[0] = any;
	host->doors[1] = plain;
	if (loopback && !str_has_suffix(host->name, ":443")) {
		host->doors[0] = plain;
		host->doors[1] = any;
	}
}

int registry_add_hosts(struct registry *registry, struct credentials *credentials, struct err *err)
{
	struct host *host = calloc(1, sizeof(*host));

	registry->hosts = host;
	if (!host)
		return err_set(err, ENOMEM, "registry: out of memory");
	registry->n_hosts = 1;
	pthread_mutex_init(&host->opening, NULL);
	host->name = strdup(
		str_eq(registry->domain, "docker.io") ? "registry-1.docker.io" : registry->domain);
	if (!host->name)
		return err_set(err, ENOMEM, "registry: out of memory");
	host->credentials = *credentials;
	*credentials = (struct credentials)CREDENTIALS_INIT;
	choose_doors(host, registry->insecure);
	return 0;
}

void registry_free_hosts(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_hosts; i++) {
		struct host *host = &registry->hosts[i];

		auth_free(host->auth);
		credentials_fini(&host->credentials);
		pthread_mutex_destroy(&host->opening);
		free(host->name);
	}
	free(registry->hosts);
}

/* ---- one host ---- */

/* Where it goes through this door; false: no memory. */
static bool address(const struct registry *registry, const struct host *host,
	const struct door *door, const struct call *call, struct buf *out)
{
	if (call->url)
		buf_adds(out, call->url);
	else
		buf_addf(out, "%s://%s/v2/%s%s", door->scheme, host->name, registry->path,
			call->tail);
	return !buf_failed(out);
}

/* An upload's session may live anywhere; who we are is only for the registry. */
static bool is_at_home(const struct host *host, const struct door *door, const struct call *call)
{
	auto_buf home = BUF_INIT;

	if (!call->url)
		return true;
	buf_addf(&home, "%s://%s/", door->scheme, host->name);
	return url_same_origin(buf_text(&home), call->url);
}

/* Sends with what login we have, and logs in when asked to. */
static int send_through(struct registry *registry, struct host *host, const struct door *door,
	struct call *call, struct http_answer *answer, struct err *err)
{
	const char *scope = call->scope ? call->scope : registry->scope;
	struct http_request *request = &call->request;
	auto_buf url = BUF_INIT;
	bool shows_login = is_at_home(host, door, call);

	if (!address(registry, host, door, call, &url))
		return err_set(err, ENOMEM, "registry: out of memory");
	request->url = buf_text(&url);
	request->any_certificate = door->any_certificate;
	request->plain_redirects = registry->insecure || str_eq(door->scheme, "http");
	if (url_is_https(request->url) == false && str_eq(door->scheme, "https") &&
		!request->plain_redirects)
		return err_set(err, EACCES, "%s leads from https to http, which is refused",
			registry->domain);
	for (int logins = 0;; logins++) {
		auto_free char *header =
			host->auth && shows_login ? auth_header(host->auth, scope) : NULL;
		int failed;

		request->authorization = header;
		failed = http_send(registry->http, request, answer, err);
		request->authorization = NULL;
		if (failed || answer->status != 401 || !host->auth || !shows_login ||
			logins == LOGINS_MAX)
			return failed;
		failed = auth_answer(host->auth, scope, header, answer, err);
		http_answer_fini(answer);
		if (failed)
			return failed;
	}
}

/* A TLS server that was spoken to in plain http says so, or hangs up. */
static bool is_wrong_door(const struct door *door, int failed, const struct http_answer *answer)
{
	if (failed)
		return failed == -EPROTO || failed == -ECONNRESET || failed == -ECONNREFUSED ||
		       failed == -ETIMEDOUT;
	return str_eq(door->scheme, "http") && answer->status == 400 &&
	       strcasestr(buf_text(&answer->body), "https");
}

static int enter(
	struct registry *registry, struct host *host, const struct door *door, struct err *err)
{
	struct auth_options options = {
		.host = registry->domain,
		.plain = str_eq(door->scheme, "http") || registry->insecure,
		.any_certificate = door->any_certificate,
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
		const char *scope = call->scope ? call->scope : registry->scope;
		int failed = send_through(registry, host, door, call, answer, i ? &other : &first);

		if (is_wrong_door(door, failed, answer) && i + 1 < host->n_doors) {
			if (!failed)
				err_set(&first, EPROTO, "%s wants https", host->name);
			http_answer_fini(answer);
			continue;
		}
		if (failed)
			break;
		failed = enter(registry, host, door, err);
		if (failed || answer->status != 401)
			return failed;
		failed = auth_answer(host->auth, scope, NULL, answer, err);
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

	*answer = (struct http_answer)HTTP_ANSWER_INIT;
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

int registry_send_once(
	struct registry *registry, struct call *call, struct http_answer *answer, struct err *err)
{
	return send_to(registry, &registry->hosts[registry->n_hosts - 1], call, answer, err);
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
		return err_set(err, EBUSY,
			"%s: too many requests: wait, or log in for a higher "
			"limit%s",
			host, tail);
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
