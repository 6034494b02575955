/* http.h - one request, one answer, over HTTP or TLS. Has never heard of images.
 *
 * A client is shared by threads: each request borrows an idle connection handle and
 * gives it back alive. Redirects are followed by hand, at most HTTP_REDIRECTS_MAX:
 * `authorization` never travels to another scheme, host or port, and https never leads
 * to http unless the request says so. Bodies arrive as sent: no transparent decoding.
 * Proxies come from the usual environment variables. Nothing is retried here: see retry.h. */
#ifndef CORE_IMAGE_HTTP_H
#define CORE_IMAGE_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum {
	HTTP_REDIRECTS_MAX = 10,
	HTTP_HEADERS_MAX = 256 * 1024, /* bytes of one answer's headers */
	HTTP_ERROR_MAX = 64 * 1024,    /* bytes kept of a body that is not a success */
	HTTP_CONNECT_MS = 10000,
	HTTP_NOTICE_MS = 100,
	HTTP_STALL_S = 30, /* no byte a second for so long: given up */
	HTTP_STALL_BYTES = 1000,
};

struct http;

struct http_answer {
	int status;
	char *url;           /* that answered, after redirects */
	struct strs headers; /* "Name: value" of the last hop, as sent */
	struct buf body; /* of an error, cut at HTTP_ERROR_MAX; or of a success without on_body */
};

/* A piece of a successful body, on the requesting thread. Non-zero ends the transfer with that
 * code. */
typedef int http_body_fn(void *arg, const struct http_answer *answer, const void *data, size_t len);

/* The body of a PUT or PATCH: a part of a file, read again where the request is sent again. */
struct http_upload {
	int fd;
	uint64_t offset, len;
	void (*on_sent)(void *arg, uint64_t sent); /* or NULL */
	void *arg;
};

/* PEM; empty: none. Like a login, shown to one origin only. */
struct http_tls {
	struct buf ca; /* trusted besides the system's */
	struct buf cert, key;
};

struct http_request {
	const char *method; /* GET, HEAD, POST, PUT, PATCH, DELETE */
	const char *url;
	const char *authorization;        /* the header's value, or NULL */
	const char *accept;               /* or NULL */
	const char *content_type;         /* or NULL: a form, where there is a body */
	const struct strs *headers;       /* more, for the url's own origin alone; or NULL */
	const struct http_tls *tls;       /* the same; or NULL */
	const char *header;               /* one more, "Name: value", or NULL */
	const char *body;                 /* of a POST or PUT, or NULL; never redirected */
	const struct http_upload *upload; /* instead of body, or NULL */
	uint64_t offset;                  /* ask for the bytes from here on; look at the status */
	uint64_t body_max;                /* a success larger than this fails with -EFBIG */
	bool any_certificate;             /* do not verify the server's */
	bool plain_redirects;             /* https may redirect to http */
	unsigned stall_s;                 /* 0: HTTP_STALL_S */
	http_body_fn *on_body;
	void *arg;
};

/* canceled (or NULL): set by anyone, at any moment; within HTTP_NOTICE_MS what runs and what comes
 * fails with -ECANCELED. It outlives *out. */
int http_new(
	const char *user_agent, const atomic_bool *canceled, struct http **out, struct err *err);
void http_free(struct http *http); /* no request may be running; NULL is fine */
/* Waits, or fails with -ECANCELED. */
int http_sleep(const struct http *http, unsigned wait_ms, struct err *err);

/* 0 whenever there was an answer, whatever its status; the caller calls http_answer_fini. Failures:
 * -EHOSTUNREACH (no such name), -ECONNREFUSED, -ETIMEDOUT, -ECONNRESET (cut in the middle),
 * -EKEYREJECTED (certificate), -EPROTO (not HTTP or TLS), -ELOOP, -EACCES (redirect refused),
 * -EFBIG, -ECANCELED, or what on_body answered. The sentence names the host. */
int http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
	struct err *err);

void http_answer_fini(struct http_answer *answer);
#define HTTP_ANSWER_INIT                                                                           \
	{                                                                                          \
		0                                                                                  \
	}
#define auto_answer __attribute__((cleanup(http_answer_fini))) struct http_answer

/* The value of header `name`, or NULL. `after`: NULL for the first, else the previous result. */
const char *http_answer_header(
	const struct http_answer *answer, const char *name, const char *after);
/* One short line a user can read from an error's body: the registry's own message, else the start
 * of plain text; nothing of HTML. Control characters become blanks. */
void http_answer_reason(const struct http_answer *answer, char *out, size_t size);

own_define(http)

#endif
