#include "core/image/registry.h"

#include <stdio.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "core/image/auth.h"
#include "core/image/manifest.h"
#include "core/image/retry.h"
#include "core/image/sha.h"
#include "core/image/url.h"
#include "util/json.h"

static const char manifest_accept[] = MEDIA_DOCKER_MANIFEST
	", " MEDIA_DOCKER_INDEX ", " MEDIA_OCI_MANIFEST ", " MEDIA_OCI_INDEX ", */*";

enum { TAGS_PAGE_MAX = 16 * 1024 * 1024, LOGINS_MAX = 3 };

/* One way in: tried in turn until the first one answers. */
struct entrance {
	const char *scheme;
	bool any_certificate;
};

struct registry {
	struct http *http;
	struct auth *auth; /* exists once an entrance has answered */
	struct credentials credentials;
	struct entrance entrances[2];
	size_t n_entrances;
	const struct entrance *chosen;
	bool insecure;
	char *domain; /* as written: "docker.io" */
	char *host;   /* where it is: "registry-1.docker.io" */
	char *path;   /* "library/debian" */
	char *scope;  /* "repository:library/debian:pull" */
	char *name;   /* as people type it, for sentences */
};

static void choose_entrances(struct registry *registry)
{
	static const struct entrance plain = {"http", true}, any = {"https", true},
				     proper = {"https", false};
	bool loopback = url_host_is_loopback(registry->host);

	registry->n_entrances = 1;
	registry->entrances[0] = proper;
	if (!loopback && !registry->insecure)
		return;
	registry->n_entrances = 2;
	registry->entrances[0] = any;
	registry->entrances[1] = plain;
	if (loopback && !str_has_suffix(registry->host, ":443")) {
		registry->entrances[0] = plain;
		registry->entrances[1] = any;
	}
}

int registry_open(struct http *http, const struct reference *ref, bool insecure,
	struct credentials *credentials, struct registry **out, struct err *err)
{
	auto_registry *registry = calloc(1, sizeof(*registry));
	auto_buf scope = BUF_INIT, name = BUF_INIT;
	struct reference bare = *ref;
	char domain[REFERENCE_NAME_MAX + 1];

	if (!registry)
		return err_set(err, ENOMEM, "registry: out of memory");
	reference_domain(ref, domain);
	bare.tag[0] = bare.digest[0] = '\0';
	reference_familiar(&bare, &name);
	buf_addf(&scope, "repository:%s:pull", reference_path(ref));
	registry->http = http;
	registry->insecure = insecure;
	registry->domain = strdup(domain);
	registry->host = strdup(str_eq(domain, "docker.io") ? "registry-1.docker.io" : domain);
	registry->path = strdup(reference_path(ref));
	registry->scope = buf_take(&scope);
	registry->name = buf_take(&name);
	if (!registry->domain || !registry->host || !registry->path || !registry->scope ||
		!registry->name)
		return err_set(err, ENOMEM, "registry: out of memory");
	registry->credentials = *credentials;
	*credentials = (struct credentials)CREDENTIALS_INIT;
	choose_entrances(registry);
	*out = take(registry);
	return 0;
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	auth_free(registry->auth);
	credentials_fini(&registry->credentials);
	free(registry->domain);
	free(registry->host);
	free(registry->path);
	free(registry->scope);
	free(registry->name);
	free(registry);
}

void registry_manifest_fini(struct registry_manifest *manifest)
{
	buf_fini(&manifest->bytes);
}

/* Sends with what login we have, and logs in when asked to. `tail` follows /v2/<path>. */
static int send_in(struct registry *registry, const struct entrance *entrance,
	struct http_request *request, const char *tail, struct http_answer *answer, struct err *err)
{
	auto_buf url = BUF_INIT;

	buf_addf(&url, "%s://%s/v2/%s%s", entrance->scheme, registry->host, registry->path, tail);
	if (buf_failed(&url))
		return err_set(err, ENOMEM, "registry: out of memory");
	request->url = buf_text(&url);
	request->any_certificate = entrance->any_certificate;
	request->plain_redirects = registry->insecure || str_eq(entrance->scheme, "http");
	for (int logins = 0;; logins++) {
		auto_free char *header =
			registry->auth ? auth_header(registry->auth, registry->scope) : NULL;
		int failed;

		request->authorization = header;
		failed = http_send(registry->http, request, answer, err);
		request->authorization = NULL;
		if (failed || answer->status != 401 || !registry->auth || logins == LOGINS_MAX)
			return failed;
		failed = auth_answer(registry->auth, registry->scope, header, answer, err);
		http_answer_fini(answer);
		if (failed)
			return failed;
	}
}

/* A TLS server that was spoken to in plain http says so, or hangs up. */
static bool is_wrong_door(
	const struct entrance *entrance, int failed, const struct http_answer *answer)
{
	if (failed)
		return failed == -EPROTO || failed == -ECONNRESET || failed == -ECONNREFUSED ||
		       failed == -ETIMEDOUT;
	return str_eq(entrance->scheme, "http") && answer->status == 400 &&
	       strcasestr(buf_text(&answer->body), "https");
}

static int enter(struct registry *registry, const struct entrance *entrance, struct err *err)
{
	struct auth_options options = {
		.host = registry->domain,
		.plain = str_eq(entrance->scheme, "http") || registry->insecure,
		.any_certificate = entrance->any_certificate,
	};

	registry->chosen = entrance;
	return auth_new(registry->http, &options, &registry->credentials, &registry->auth, err);
}

/* The first request of all finds out which entrance is open. Its failure is told as the first
 * entrance saw it: that is the one the user expects. */
static int first_send(struct registry *registry, struct http_request *request, const char *tail,
	struct http_answer *answer, struct err *err)
{
	struct err first = {0}, other;

	for (size_t i = 0; i < registry->n_entrances; i++) {
		const struct entrance *entrance = &registry->entrances[i];
		int failed =
			send_in(registry, entrance, request, tail, answer, i ? &other : &first);

		if (is_wrong_door(entrance, failed, answer) && i + 1 < registry->n_entrances) {
			if (!failed)
				err_set(&first, EPROTO, "%s wants https", registry->host);
			http_answer_fini(answer);
			continue;
		}
		if (failed)
			break;
		failed = enter(registry, entrance, err);
		if (failed || answer->status != 401)
			return failed;
		failed = auth_answer(registry->auth, registry->scope, NULL, answer, err);
		http_answer_fini(answer);
		return failed ? failed : send_in(registry, entrance, request, tail, answer, err);
	}
	http_answer_fini(answer);
	if (err)
		*err = first;
	return first.code;
}

static int send_once(struct registry *registry, struct http_request *request, const char *tail,
	struct http_answer *answer, struct err *err)
{
	*answer = (struct http_answer)HTTP_ANSWER_INIT;
	if (registry->chosen)
		return send_in(registry, registry->chosen, request, tail, answer, err);
	return first_send(registry, request, tail, answer, err);
}

static uint32_t random_bits(void)
{
	uint32_t bits = 0;

	/* Without randomness the waits are merely all alike. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) < 0)
		bits = (uint32_t)time(NULL);
	return bits;
}

/* An answer that is not a success, in words. */
static int refuse(struct registry *registry, const char *what, const struct http_answer *answer,
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
		return err_set(err, EACCES,
			"pull access denied for %s, repository does not exist or may require a "
			"login%s",
			registry->name, tail);
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
	unsigned wait_ms;

	/* Nobody there at all is not trouble that passes: the user has mistyped, or must start it.
	 */
	if (!registry->chosen && (failed == -ECONNREFUSED || failed == -ETIMEDOUT))
		return failed;
	if (!retry_is_worth(failed) || !retry_again(retry, random_bits(), &wait_ms))
		return failed;
	return http_sleep(registry->http, wait_ms, err);
}

int registry_wait(struct registry *registry, struct retry *retry, struct err *err)
{
	return wait_or_fail(registry, retry, err->code, err);
}

/* Until there is a success, a refusal worth telling, or no sense in asking again. */
static int send_patiently(struct registry *registry, struct http_request *request, const char *tail,
	const char *what, struct http_answer *answer, struct err *err)
{
	struct retry retry = {0};

	for (;;) {
		int failed = send_once(registry, request, tail, answer, err);
		int status = answer->status;

		if (!failed && status >= 200 && status < 300)
			return 0;
		if (!failed)
			failed = refuse(registry, what, answer, &retry, err);
		failed = wait_or_fail(registry, &retry, failed, err);
		http_answer_fini(answer);
		if (failed)
			return failed;
	}
}

/* "manifest for debian:12", as docker says it. */
static void name_manifest(const struct registry *registry, const char *which, char what[512])
{
	snprintf(what, 512, "manifest for %s%c%.128s", registry->name,
		strchr(which, ':') ? '@' : ':', which);
}

static void take_media(const struct http_answer *answer, struct registry_manifest *out)
{
	const char *media = http_answer_header(answer, "Content-Type", NULL);

	snprintf(out->media, sizeof(out->media), "%s", media ? media : "");
}

static int ask_manifest(struct registry *registry, const char *method, const char *which,
	struct http_answer *answer, struct err *err)
{
	auto_buf tail = BUF_INIT;
	char what[512];
	struct http_request request = {
		.method = method,
		.accept = manifest_accept,
		.body_max = JSON_MAX,
	};

	name_manifest(registry, which, what);
	buf_addf(&tail, "/manifests/%s", which);
	return send_patiently(registry, &request, buf_text(&tail), what, answer, err);
}

int registry_head(struct registry *registry, const char *which, struct registry_manifest *out,
	struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	const char *digest;
	int failed = ask_manifest(registry, "HEAD", which, &answer, err);

	*out = (struct registry_manifest){.bytes = BUF_INIT};
	/* A HEAD's refusal has no body to tell why; some registries do not know HEAD at all. */
	if (failed == -EACCES || failed == -EPROTO || failed == -EBUSY)
		return err_set(err, ENODATA, "%s does not answer HEAD", registry->domain);
	if (failed)
		return failed;
	digest = http_answer_header(&answer, "Docker-Content-Digest", NULL);
	if (!digest || digest_check(digest, NULL) < 0)
		return err_set(err, ENODATA, "%s does not say the digest", registry->domain);
	snprintf(out->digest, sizeof(out->digest), "%s", digest);
	take_media(&answer, out);
	return 0;
}

static int check_manifest(struct registry *registry, const char *which, const char *said,
	struct registry_manifest *out, struct err *err)
{
	const char *want = strchr(which, ':') ? which : said;

	sha_of(buf_text(&out->bytes), out->bytes.len, out->digest);
	if (!want || (want == said && digest_check(said, NULL) < 0) || str_eq(want, out->digest))
		return 0;
	return err_set(err, EBADMSG, "%s sent another manifest than asked for: expected %s, got %s",
		registry->domain, want, out->digest);
}

int registry_manifest(struct registry *registry, const char *which, struct registry_manifest *out,
	struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	int failed = ask_manifest(registry, "GET", which, &answer, err);

	*out = (struct registry_manifest){.bytes = BUF_INIT};
	if (failed)
		return failed;
	take_media(&answer, out);
	out->bytes = answer.body;
	answer.body = (struct buf)BUF_INIT;
	failed = check_manifest(registry, which,
		http_answer_header(&answer, "Docker-Content-Digest", NULL), out, err);
	if (failed)
		buf_fini(&out->bytes);
	return failed;
}

/* What comes of a blob, and how much of it is not wanted because the server began before offset. */
struct stream {
	const struct registry_blob *blob;
	uint64_t offset, skip, left;
	bool begun;
	struct err err;
};

/* "bytes 100-199/200" has to begin where we asked and end with the blob. */
static bool range_fits(const struct stream *stream, const struct http_answer *answer)
{
	const char *range = http_answer_header(answer, "Content-Range", NULL);
	unsigned long long from, to, size = stream->blob->size;
	int used = 0;

	if (!range || sscanf(range, "bytes %llu-%llu/%n", &from, &to, &used) != 2 || !used)
		return false;
	if (range[used] != '*' && strtoull(range + used, NULL, 10) != size)
		return false;
	return from == stream->offset && to + 1 == size;
}

static int begin(struct stream *stream, const struct http_answer *answer)
{
	stream->begun = true;
	if (answer->status == 206 && !range_fits(stream, answer))
		return err_set(&stream->err, EPROTO, "it sent another range than asked for");
	stream->skip = answer->status == 206 ? 0 : stream->offset;
	return 0;
}

static int on_piece(void *arg, const struct http_answer *answer, const void *data, size_t len)
{
	struct stream *stream = arg;
	const char *bytes = data;
	size_t skip;
	int failed = stream->begun ? 0 : begin(stream, answer);

	if (failed)
		return failed;
	skip = len < stream->skip ? len : (size_t)stream->skip;
	stream->skip -= skip;
	if (len - skip > stream->left)
		return err_set(&stream->err, EBADMSG, "it is longer than its %llu bytes",
			(unsigned long long)stream->blob->size);
	stream->left -= len - skip;
	return len == skip ? 0
			   : stream->blob->on_bytes(stream->blob->arg, bytes + skip, len - skip);
}

static int check_end(struct registry *registry, const struct stream *stream,
	const struct http_answer *answer, const char *what, struct retry *retry, struct err *err)
{
	int status = answer->status;

	if (status == 416 && stream->left == 0)
		return 0;
	if (status < 200 || status >= 300)
		return refuse(registry, what, answer, retry, err);
	if (stream->left)
		return err_set(err, ECONNRESET, "%s ended too early: %llu of %llu bytes came", what,
			(unsigned long long)(stream->blob->size - stream->left),
			(unsigned long long)stream->blob->size);
	return 0;
}

/* A foreign layer's own address: nothing of ours is shown there. */
static int send_foreign(struct registry *registry, struct http_request *request,
	const struct strs *urls, struct http_answer *answer, struct err *err)
{
	int failed = -ENOENT;

	for (size_t i = 0; urls && i < urls->len; i++) {
		*answer = (struct http_answer)HTTP_ANSWER_INIT;
		request->url = urls->v[i];
		request->any_certificate = false;
		failed = http_send(registry->http, request, answer, err);
		if (!failed && answer->status >= 200 && answer->status < 300)
			return 0;
		http_answer_fini(answer);
		if (failed == -ECANCELED)
			return failed;
	}
	return failed ? failed : -ENOENT;
}

int registry_blob(struct registry *registry, const struct registry_blob *blob, uint64_t offset,
	struct retry *retry, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_buf tail = BUF_INIT;
	struct stream stream = {.blob = blob, .offset = offset, .left = blob->size - offset};
	struct http_request request = {
		.method = "GET",
		.offset = offset,
		.body_max = UINT64_MAX,
		.on_body = on_piece,
		.arg = &stream,
	};
	char what[64];
	int failed = -ENOENT;

	snprintf(what, sizeof(what), "blob %.19s", blob->digest);
	if (offset == blob->size)
		return 0;
	buf_addf(&tail, "/blobs/%s", blob->digest);
	if (blob->urls && blob->urls->len)
		failed = send_foreign(registry, &request, blob->urls, &answer, err);
	if (failed && failed != -ECANCELED && !stream.begun)
		failed = send_once(registry, &request, buf_text(&tail), &answer, err);
	if (stream.err.code && failed == stream.err.code)
		return err_set(err, failed, "%s: %s: %s", registry->domain, what, stream.err.text);
	return failed ? failed : check_end(registry, &stream, &answer, what, retry, err);
}

static int keep_piece(void *arg, const void *data, size_t len)
{
	struct buf *out = arg;

	buf_add(out, data, len);
	return buf_failed(out) ? -ENOMEM : 0;
}

int registry_small_blob(struct registry *registry, const char *digest, uint64_t size,
	struct buf *out, struct err *err)
{
	struct registry_blob blob = {
		.digest = digest, .size = size, .on_bytes = keep_piece, .arg = out};
	struct retry retry = {0};
	char got[DIGEST_SIZE];
	int failed;

	do {
		buf_clear(out);
		failed = registry_blob(registry, &blob, 0, &retry, err);
	} while (failed && !(failed = registry_wait(registry, &retry, err)));
	if (failed)
		return failed;
	sha_of(buf_text(out), out->len, got);
	if (!str_eq(got, digest))
		return err_set(err, EBADMSG, "%s sent wrong bytes: expected %s, got %s",
			registry->domain, digest, got);
	return 0;
}

/* {"tags":[…]} of one page. */
static int add_tags(const struct http_answer *answer, struct strs *out, struct err *err)
{
	auto_json *json = NULL;
	int failed = json_parse(buf_text(&answer->body), answer->body.len, &json, err);

	if (!failed)
		failed = json_strs(json_array(json, "tags"), out);
	if (!failed && out->len > REGISTRY_TAGS_MAX)
		failed = err_set(err, E2BIG, "more than %d", REGISTRY_TAGS_MAX);
	return failed;
}

/* Link: </v2/a/tags/list?n=1000&last=x>; rel="next". What follows /v2/<path> of it; the caller
 * frees. NULL: this was the last page. */
static char *next_page(const struct registry *registry, const struct http_answer *answer)
{
	const char *link = http_answer_header(answer, "Link", NULL);
	const char *end = link && *link == '<' ? strchr(link, '>') : NULL;
	auto_free char *to = NULL, *url = NULL;
	auto_buf prefix = BUF_INIT;

	if (!end || !strstr(end, "next"))
		return NULL;
	to = strndup(link + 1, (size_t)(end - link - 1));
	url = to ? url_join(answer->url, to) : NULL;
	if (!url || !url_same_origin(url, answer->url))
		return NULL;
	buf_addf(&prefix, "/v2/%s", registry->path);
	end = strstr(url, buf_text(&prefix));
	return end ? strdup(end + prefix.len) : NULL;
}

int registry_tags(struct registry *registry, struct strs *out, struct err *err)
{
	auto_free char *tail = strdup("/tags/list?n=1000");
	struct http_request request = {.method = "GET", .body_max = TAGS_PAGE_MAX};
	char what[512];

	snprintf(what, sizeof(what), "repository %s", registry->name);
	for (int page = 0; tail && page < REGISTRY_PAGES_MAX; page++) {
		auto_answer answer = HTTP_ANSWER_INIT;
		int failed = send_patiently(registry, &request, tail, what, &answer, err);
		char *next;

		if (failed)
			return failed;
		failed = add_tags(&answer, out, err);
		if (failed)
			return err_in(err, "tags of %s", registry->name);
		next = next_page(registry, &answer);
		free(tail);
		tail = next;
	}
	return strs_failed(out) ? err_set(err, ENOMEM, "registry: out of memory") : 0;
}
