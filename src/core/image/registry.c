#include "core/image/registry.h"

#include <stdio.h>
#include <time.h>

#include "core/image/manifest.h"
#include "core/image/registry_private.h"
#include "core/image/sha.h"
#include "core/image/url.h"
#include "util/json.h"

static const char manifest_accept[] = MEDIA_DOCKER_MANIFEST
	", " MEDIA_DOCKER_INDEX ", " MEDIA_OCI_MANIFEST ", " MEDIA_OCI_INDEX ", */*";

enum { TAGS_PAGE_MAX = 16 * 1024 * 1024 };

int registry_open(const struct registry_options *options, struct registry **out, struct err *err)
{
	auto_registry *registry = calloc(1, sizeof(*registry));
	auto_buf name = BUF_INIT;
	struct reference bare = *options->ref;
	char domain[REFERENCE_NAME_MAX + 1];
	int failed;

	if (!registry)
		return err_set(err, ENOMEM, "registry: out of memory");
	pthread_mutex_init(&registry->warning, NULL);
	reference_domain(options->ref, domain);
	bare.tag[0] = bare.digest[0] = '\0';
	reference_familiar(&bare, &name);
	registry->pushes = options->pushes;
	registry->given = options->given;
	registry->domain = strdup(domain);
	registry->path = strdup(reference_path(options->ref));
	registry->name = buf_take(&name);
	if (!registry->domain || !registry->path || !registry->name)
		return err_set(err, ENOMEM, "registry: out of memory");
	failed = registry_add_hosts(registry, options, err);
	if (failed)
		return failed;
	*out = take(registry);
	return 0;
}

void registry_use(struct registry *registry, struct http *http, const struct image_watch *watch)
{
	registry->http = http;
	registry->watch = watch;
}

void registry_close(struct registry *registry)
{
	if (!registry)
		return;
	registry_free_hosts(registry);
	pthread_mutex_destroy(&registry->warning);
	strs_fini(&registry->warned);
	free(registry->domain);
	free(registry->path);
	free(registry->name);
	free(registry);
}

void registry_manifest_fini(struct registry_manifest *manifest)
{
	buf_fini(&manifest->bytes);
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
	struct call call = {
		.request = {.method = method, .accept = manifest_accept, .body_max = JSON_MAX},
		.what = what,
		.needs = strchr(which, ':') ? HOST_PULL : HOST_RESOLVE,
	};

	name_manifest(registry, which, what);
	buf_addf(&tail, "/manifests/%s", which);
	call.tail = buf_text(&tail);
	return registry_send(registry, &call, 0, answer, err);
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
		return registry_refuse(registry, what, answer, retry, err);
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
	struct call call = {
		.request = {.method = "GET",
			.offset = offset,
			.body_max = UINT64_MAX,
			.on_body = on_piece,
			.arg = &stream},
	};
	char what[64];
	int failed = -ENOENT;

	snprintf(what, sizeof(what), "blob %.19s", blob->digest);
	if (offset == blob->size)
		return 0;
	buf_addf(&tail, "/blobs/%s", blob->digest);
	if (blob->urls && blob->urls->len)
		failed = send_foreign(registry, &call.request, blob->urls, &answer, err);
	call.tail = buf_text(&tail);
	if (failed && failed != -ECANCELED && !stream.begun)
		failed = registry_send_once(registry, &call, &answer, err);
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
static char *next_page(const struct http_answer *answer)
{
	const char *link = http_answer_header(answer, "Link", NULL);
	const char *end = link && *link == '<' ? strchr(link, '>') : NULL;
	auto_free char *to = NULL, *url = NULL;

	if (!end || !strstr(end, "next"))
		return NULL;
	to = strndup(link + 1, (size_t)(end - link - 1));
	url = to ? url_join(answer->url, to) : NULL;
	if (!url || !url_same_origin(url, answer->url))
		return NULL;
	end = strstr(url, "/tags/list");
	return end ? strdup(end) : NULL;
}

int registry_tags(struct registry *registry, struct strs *out, struct err *err)
{
	auto_free char *tail = strdup("/tags/list?n=1000");
	char what[512];
	struct call call = {.request = {.method = "GET", .body_max = TAGS_PAGE_MAX},
		.what = what,
		.needs = HOST_RESOLVE};

	snprintf(what, sizeof(what), "repository %s", registry->name);
	for (int page = 0; tail && page < REGISTRY_PAGES_MAX; page++) {
		auto_answer answer = HTTP_ANSWER_INIT;
		char *next;
		int failed;

		call.tail = tail;
		failed = registry_send(registry, &call, 0, &answer, err);
		if (failed)
			return failed;
		failed = add_tags(&answer, out, err);
		if (failed)
			return err_in(err, "tags of %s", registry->name);
		next = next_page(&answer);
		free(tail);
		tail = next;
	}
	return strs_failed(out) ? err_set(err, ENOMEM, "registry: out of memory") : 0;
}

int registry_log_in(struct registry *registry, char **identity, struct err *err)
{
	struct host *host = &registry->hosts[registry->n_hosts - 1];
	auto_answer answer = HTTP_ANSWER_INIT;
	struct call call = {
		.request = {.method = "GET", .body_max = JSON_MAX},
		.scope = "",
		.what = "its API",
		.door = true,
	};
	int failed = registry_send(registry, &call, 0, &answer, err);

	*identity = NULL;
	return failed || !host->auth ? failed : auth_take_identity(host->auth, identity, err);
}

int registry_search(
	struct registry *registry, const char *words, int limit, struct buf *out, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_free char *asked = url_add_query("/v1/search", "q", words), *tail = NULL;
	struct call call = {
		.request = {.method = "GET", .body_max = JSON_MAX},
		.scope = "",
		.what = "a search API",
		.index = true,
	};
	char number[16];
	int failed;

	snprintf(number, sizeof(number), "%d", limit);
	call.tail = tail = asked ? url_add_query(asked, "n", number) : NULL;
	if (!tail)
		return err_set(err, ENOMEM, "registry: out of memory");
	failed = registry_send(registry, &call, 0, &answer, err);
	if (failed == -ENOENT)
		return err_set(
			err, ENOENT, "%s cannot be searched: it has no such API", registry->domain);
	if (!failed)
		buf_add(out, answer.body.data, answer.body.len);
	return !failed && buf_failed(out) ? err_set(err, ENOMEM, "registry: out of memory")
					  : failed;
}
