/* registry_push.c - the sending half of registry.h.
 *
 *     HEAD  /blobs/DIGEST                   is it there?
 *     POST  /blobs/uploads/?mount=D&from=R  201: it is now · 202: a session, not wanted
 *     POST  /blobs/uploads/                 202: a session, at Location
 *     PUT   LOCATION?digest=D               the bytes, in one piece
 *
 * A server, or a proxy before it, that does not take so much at once answers 413: then the session
 * is filled by PATCH, piece by piece, each answer naming where the next goes, and closed by an
 * empty PUT. A session that went wrong is deleted, and the blob is sent anew. */
#include <stdio.h>

#include "core/image/registry_private.h"
#include "core/image/url.h"
#include "util/json.h"

enum {
	ANSWER_MAX = 1 << 20,
	CHUNK = 8 << 20,
	PUSH_STALL_S = 300, /* a registry hashes a whole blob before it answers */
};

static const char octets[] = "application/octet-stream";

static void name_blob(const char *digest, char what[40])
{
	snprintf(what, 40, "blob %.19s", digest);
}

int registry_has_blob(struct registry *registry, const char *digest, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_buf tail = BUF_INIT;
	char what[40];
	struct call call = {
		.request = {.method = "HEAD", .body_max = ANSWER_MAX},
		.what = what,
		.needs = HOST_PUSH,
	};

	name_blob(digest, what);
	buf_addf(&tail, "/blobs/%s", digest);
	call.tail = buf_text(&tail);
	return registry_send(registry, &call, 0, &answer, err);
}

/* The rights for a mount: ours, and to read there. */
static char *mount_scope(const struct registry *registry, const char *from)
{
	auto_buf other = BUF_INIT;

	buf_addf(&other, "repository:%s:pull", from);
	return auth_merge_scopes(registry->hosts[registry->n_hosts - 1].scope, buf_text(&other));
}

static int close_session(struct registry *registry, const char *url)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	struct call call = {
		.request = {.method = "DELETE", .body_max = ANSWER_MAX},
		.url = url,
	};
	struct err ignored;

	return registry_send_once(registry, &call, &answer, &ignored);
}

/* Where an upload goes on; the caller frees. */
static char *location(const struct http_answer *answer)
{
	const char *to = http_answer_header(answer, "Location", NULL);

	return to ? url_join(answer->url, to) : NULL;
}

int registry_mount_blob(
	struct registry *registry, const char *digest, const char *from, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_free char *scope = mount_scope(registry, from);
	auto_free char *with_digest = url_add_query("/blobs/uploads/", "mount", digest);
	auto_free char *tail = with_digest ? url_add_query(with_digest, "from", from) : NULL;
	auto_free char *session = NULL;
	char what[40];
	struct call call = {
		.request = {.method = "POST", .body_max = ANSWER_MAX},
		.tail = tail,
		.scope = scope,
		.what = what,
		.needs = HOST_PUSH,
	};
	int failed;

	if (!scope || !tail)
		return err_set(err, ENOMEM, "registry: out of memory");
	name_blob(digest, what);
	failed = registry_send(registry, &call, 0, &answer, err);
	/* Who may push here may still not read there. */
	if (failed == -EACCES || failed == -EPROTO)
		return err_set(err, ENOENT, "%s is not to be had from %s", what, from);
	if (failed || answer.status == 201)
		return failed;
	session = location(&answer);
	if (session)
		close_session(registry, session);
	return err_set(err, ENOENT, "%s is not to be had from %s", what, from);
}

/* ---- one upload ---- */

struct sending {
	struct registry *registry;
	const struct registry_upload *upload;
	struct http_upload body;
	uint64_t before; /* bytes sent in earlier chunks */
	char *session;   /* the address the next request goes to */
	uint64_t chunk;  /* at least so much a piece, as the server wants it */
	char what[40];
};

static void sending_fini(struct sending *sending)
{
	free(sending->session);
}

static void on_sent(void *arg, uint64_t sent)
{
	struct sending *sending = arg;

	sending->upload->on_sent(sending->upload->arg, sending->before + sent);
}

static int take_session(struct sending *sending, const struct http_answer *answer, struct err *err)
{
	const char *least = http_answer_header(answer, "OCI-Chunk-Min-Length", NULL);
	uint64_t wanted = least ? strtoull(least, NULL, 10) : 0;

	free(sending->session);
	sending->session = location(answer);
	if (wanted > sending->chunk && wanted <= (1u << 30))
		sending->chunk = wanted;
	return sending->session ? 0
				: err_set(err, EPROTO, "%s opened an upload but does not say where",
					  sending->registry->domain);
}

static int open_session(struct sending *sending, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	struct call call = {
		.request = {.method = "POST", .body_max = ANSWER_MAX},
		.tail = "/blobs/uploads/",
		.what = sending->what,
		.needs = HOST_PUSH,
	};
	int failed = registry_send(sending->registry, &call, 0, &answer, err);

	sending->before = 0;
	return failed ? failed : take_session(sending, &answer, err);
}

/* The bytes [from, from + len) to the session; *status says how it went. */
static int send_part(struct sending *sending, const char *method, const char *url, uint64_t from,
	uint64_t len, struct http_answer *answer, struct err *err)
{
	char range[80];
	struct call call = {
		.request = {.method = method,
			.content_type = octets,
			.upload = &sending->body,
			.body_max = ANSWER_MAX,
			.stall_s = PUSH_STALL_S},
		.url = url,
		.what = sending->what,
		.needs = HOST_PUSH,
	};

	sending->before = from;
	sending->body = (struct http_upload){
		.fd = sending->upload->fd, .offset = from, .len = len, .arg = sending};
	if (sending->upload->on_sent)
		sending->body.on_sent = on_sent;
	if (str_eq(method, "PATCH")) {
		snprintf(range, sizeof(range), "Content-Range: %llu-%llu", (unsigned long long)from,
			(unsigned long long)(from + len - 1));
		call.request.header = range;
	}
	return registry_send_once(sending->registry, &call, answer, err);
}

static bool is_success(const struct http_answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

static int close_with_digest(struct sending *sending, uint64_t from, uint64_t len,
	struct http_answer *answer, struct err *err)
{
	auto_free char *url = url_add_query(sending->session, "digest", sending->upload->digest);

	if (!url)
		return err_set(err, ENOMEM, "registry: out of memory");
	return send_part(sending, "PUT", url, from, len, answer, err);
}

/* What the session holds by now: "Range: 0-99" is a hundred bytes. */
static int ask_progress(struct sending *sending, uint64_t *have, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	struct call call = {
		.request = {.method = "GET", .body_max = ANSWER_MAX},
		.url = sending->session,
		.what = sending->what,
		.needs = HOST_PUSH,
	};
	int failed = registry_send(sending->registry, &call, 0, &answer, err);
	const char *range;
	unsigned long long first, last;

	if (failed)
		return failed;
	range = http_answer_header(&answer, "Range", NULL);
	*have = 0;
	if (range && sscanf(range, "%llu-%llu", &first, &last) == 2 && last)
		*have = last + 1;
	return take_session(sending, &answer, err);
}

static int send_chunks(struct sending *sending, struct retry *retry, struct err *err)
{
	uint64_t size = sending->upload->size, at = 0;
	int lost = 0;

	while (at < size) {
		auto_answer answer = HTTP_ANSWER_INIT;
		uint64_t len = size - at < sending->chunk ? size - at : sending->chunk;
		int failed = send_part(sending, "PATCH", sending->session, at, len, &answer, err);

		if (failed)
			return failed;
		if (answer.status == 416 && lost++ < RETRY_ATTEMPTS) {
			failed = ask_progress(sending, &at, err);
			if (failed || at <= size)
				continue;
		}
		if (!is_success(&answer))
			return registry_refuse(
				sending->registry, sending->what, &answer, retry, err);
		failed = take_session(sending, &answer, err);
		if (failed)
			return failed;
		at += len;
	}
	return 0;
}

static int check_digest(struct sending *sending, const struct http_answer *answer, struct err *err)
{
	const char *said = http_answer_header(answer, "Docker-Content-Digest", NULL);

	if (!said || str_eq(said, sending->upload->digest) || digest_check(said, NULL) < 0)
		return 0;
	return err_set(err, EBADMSG, "%s stored something else than it was sent: %s became %s",
		sending->registry->domain, sending->upload->digest, said);
}

/* In one piece; *chunks: it does not take that. */
static int send_whole(struct sending *sending, struct retry *retry, bool *chunks, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	int failed = close_with_digest(sending, 0, sending->upload->size, &answer, err);

	*chunks = false;
	if (failed)
		return failed;
	if (is_success(&answer))
		return check_digest(sending, &answer, err);
	*chunks = answer.status == 413;
	return registry_refuse(sending->registry, sending->what, &answer, retry, err);
}

static int send_pieces(struct sending *sending, struct retry *retry, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	int failed = send_chunks(sending, retry, err);

	if (!failed)
		failed = close_with_digest(sending, sending->upload->size, 0, &answer, err);
	if (failed)
		return failed;
	if (!is_success(&answer))
		return registry_refuse(sending->registry, sending->what, &answer, retry, err);
	return check_digest(sending, &answer, err);
}

int registry_put_blob(
	struct registry *registry, const struct registry_upload *upload, struct err *err)
{
	__attribute__((cleanup(sending_fini))) struct sending sending = {
		.registry = registry, .upload = upload, .chunk = CHUNK};
	struct retry retry = {0};
	bool chunks = false;

	name_blob(upload->digest, sending.what);
	for (;;) {
		bool too_large = false;
		int failed = open_session(&sending, err);

		if (failed)
			return failed;
		failed = chunks ? send_pieces(&sending, &retry, err)
				: send_whole(&sending, &retry, &too_large, err);
		if (!failed)
			return 0;
		if (failed != -ECANCELED)
			close_session(registry, sending.session);
		if (too_large) {
			chunks = true;
			continue;
		}
		failed = registry_wait(registry, &retry, err);
		if (failed)
			return failed;
	}
}

int registry_put_manifest(struct registry *registry, const char *which, const char *media,
	const struct buf *bytes, struct err *err)
{
	auto_answer answer = HTTP_ANSWER_INIT;
	auto_buf tail = BUF_INIT;
	char what[160];
	struct call call = {
		.request = {.method = "PUT",
			.content_type = media,
			.body = buf_text(bytes),
			.body_max = ANSWER_MAX},
		.what = what,
		.needs = HOST_PUSH,
	};

	snprintf(what, sizeof(what), "manifest %.128s", which);
	buf_addf(&tail, "/manifests/%s", which);
	call.tail = buf_text(&tail);
	return registry_send(registry, &call, 0, &answer, err);
}
