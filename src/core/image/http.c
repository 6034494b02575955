#include "core/image/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>

#include "core/image/url.h"

/* A handle keeps its connection while it waits in the idle list. `multi` is there so that a
 * transfer can be looked away from: curl_easy_perform ends when it likes. */
struct handle {
	struct handle *next;
	CURL *easy;
	CURLM *multi;
};

struct http {
	pthread_mutex_t lock;
	struct handle *idle;
	const atomic_bool *canceled; /* or NULL */
	char *user_agent;
};

/* One hop of one request. */
struct exchange {
	const struct http_request *request;
	struct http_answer *answer;
	size_t header_bytes;
	uint64_t body_bytes;
	uint64_t sent; /* of the upload */
	int failed;    /* what a callback of ours ended the transfer with */
	char words[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool is_canceled(const struct http *http)
{
	return http->canceled && *http->canceled;
}

int http_new(
	const char *user_agent, const atomic_bool *canceled, struct http **out, struct err *err)
{
	auto_free struct http *http = calloc(1, sizeof(*http));

	pthread_once(&curl_once, curl_begin);
	if (!http || !(http->user_agent = strdup(user_agent)))
		return err_set(err, ENOMEM, "http: out of memory");
	http->canceled = canceled;
	pthread_mutex_init(&http->lock, NULL);
	*out = take(http);
	return 0;
}

static void handle_free(struct handle *handle)
{
	curl_easy_cleanup(handle->easy);
	curl_multi_cleanup(handle->multi);
	free(handle);
}

void http_free(struct http *http)
{
	struct handle *next;

	if (!http)
		return;
	for (struct handle *handle = http->idle; handle; handle = next) {
		next = handle->next;
		handle_free(handle);
	}
	pthread_mutex_destroy(&http->lock);
	free(http->user_agent);
	free(http);
}

int http_sleep(const struct http *http, unsigned wait_ms, struct err *err)
{
	while (wait_ms && !is_canceled(http)) {
		unsigned nap_ms = wait_ms < HTTP_NOTICE_MS ? wait_ms : HTTP_NOTICE_MS;
		struct timespec nap = {nap_ms / 1000, (long)(nap_ms % 1000) * 1000000};

		while (nanosleep(&nap, &nap) < 0 && errno == EINTR)
			;
		wait_ms -= nap_ms;
	}
	return is_canceled(http) ? err_set(err, ECANCELED, "canceled") : 0;
}

static struct handle *handle_new(void)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle)
		return NULL;
	handle->easy = curl_easy_init();
	handle->multi = curl_multi_init();
	if (handle->easy && handle->multi)
		return handle;
	handle_free(handle);
	return NULL;
}

static struct handle *borrow(struct http *http)
{
	struct handle *handle;

	pthread_mutex_lock(&http->lock);
	handle = http->idle;
	if (handle)
		http->idle = handle->next;
	else
		handle = handle_new();
	pthread_mutex_unlock(&http->lock);
	return handle;
}

static void give_back(struct http *http, struct handle *handle)
{
	pthread_mutex_lock(&http->lock);
	handle->next = http->idle;
	http->idle = handle;
	pthread_mutex_unlock(&http->lock);
}

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

/* A form may hold a password: it is sent to where it was meant to go, or nowhere. */
static bool is_redirect(const struct http_request *request, int status)
{
	if (request->body)
		return false;
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;
	struct http_answer *answer = exchange->answer;
	size_t len = size * count;

	exchange->header_bytes += len;
	if (exchange->header_bytes > HTTP_HEADERS_MAX) {
		exchange->failed = -EFBIG;
		return 0;
	}
	/* A new status line: a proxy's or an interim answer came before it. */
	if (len > 9 && memcmp(data, "HTTP/", 5) == 0 && memchr(data, ' ', len)) {
		strs_fini(&answer->headers);
		answer->status = (int)strtol((char *)memchr(data, ' ', len) + 1, NULL, 10);
		return len;
	}
	while (len && (data[len - 1] == '\n' || data[len - 1] == '\r'))
		len--;
	if (len)
		strs_addf(&answer->headers, "%.*s", (int)len, data);
	return size * count;
}

static int take_body(struct exchange *exchange, const void *data, size_t len)
{
	const struct http_request *request = exchange->request;
	struct http_answer *answer = exchange->answer;

	if (!is_success(answer->status)) {
		if (answer->body.len < HTTP_ERROR_MAX)
			buf_add(&answer->body, data, len);
		return 0;
	}
	exchange->body_bytes += len;
	if (exchange->body_bytes > request->body_max)
		return -EFBIG;
	if (request->on_body)
		return request->on_body(request->arg, answer, data, len);
	buf_add(&answer->body, data, len);
	return buf_failed(&answer->body) ? -ENOMEM : 0;
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;

	exchange->failed = take_body(exchange, data, size * count);
	return exchange->failed ? 0 : size * count;
}

static size_t on_wanted(char *data, size_t size, size_t count, void *arg)
{
	struct exchange *exchange = arg;
	const struct http_upload *upload = exchange->request->upload;
	uint64_t left = upload->len - exchange->sent;
	size_t room = size * count < left ? size * count : (size_t)left;
	ssize_t got = pread(upload->fd, data, room, (off_t)(upload->offset + exchange->sent));

	if (got < 0 || (got == 0 && room)) {
		exchange->failed = got < 0 ? -errno : -ENODATA;
		return CURL_READFUNC_ABORT;
	}
	exchange->sent += (uint64_t)got;
	if (upload->on_sent)
		upload->on_sent(upload->arg, exchange->sent);
	return (size_t)got;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct exchange *exchange = arg;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > exchange->request->upload->len)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void add_header(struct curl_slist **list, const char *name, const char *value)
{
	auto_buf line = BUF_INIT;

	if (!value)
		return;
	buf_addf(&line, "%s%s", name, value);
	*list = curl_slist_append(*list, buf_text(&line));
}

static struct curl_slist *headers_of(const struct http_request *request, bool authorized)
{
	struct curl_slist *list = NULL;

	add_header(&list, "Accept: ", request->accept);
	add_header(&list, "Content-Type: ", request->content_type);
	add_header(&list, "", request->header);
	if (authorized)
		add_header(&list, "Authorization: ", request->authorization);
	for (size_t i = 0; authorized && request->headers && i < request->headers->len; i++)
		add_header(&list, "", request->headers->v[i]);
	/* curl would call a body that has no type a form. */
	if (!request->content_type && !request->body)
		list = curl_slist_append(list, "Content-Type:");
	/* It would also wait a second for "100 Continue" before a larger body. */
	return curl_slist_append(list, "Expect:");
}

static void set_up_body(CURL *easy, struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	const struct http_upload *upload = request->upload;

	if (upload) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)upload->len);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_wanted);
		curl_easy_setopt(easy, CURLOPT_READDATA, exchange);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
	} else if (request->body || strcmp(request->method, "POST") == 0 ||
		   strcmp(request->method, "PUT") == 0) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_blob(CURL *easy, CURLoption option, const struct buf *pem)
{
	struct curl_blob blob = {pem->data, pem->len, CURL_BLOB_COPY};

	if (pem->len)
		curl_easy_setopt(easy, option, &blob);
}

static void set_up_tls(CURL *easy, const struct http_tls *tls)
{
	set_blob(easy, CURLOPT_CAINFO_BLOB, &tls->ca);
	set_blob(easy, CURLOPT_SSLCERT_BLOB, &tls->cert);
	set_blob(easy, CURLOPT_SSLKEY_BLOB, &tls->key);
}

/* Where there is no http_proxy, curl wants nothing of HTTP_PROXY, which a web server's child might
 * have from a stranger; other engines take it. What never leaves this machine has no proxy. */
static void set_up_proxy(CURL *easy, const char *url)
{
	auto_free char *host = url_host(url);
	const char *proxy = getenv("HTTP_PROXY");

	if (host && url_host_is_loopback(host))
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	else if (!url_is_https(url) && !getenv("http_proxy") && proxy && *proxy &&
		 !getenv("REQUEST_METHOD"))
		curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
}

static void set_up(CURL *easy, const struct http *http, const char *url, struct exchange *exchange,
	struct curl_slist *headers)
{
	const struct http_request *request = exchange->request;
	long stall_s = request->stall_s ? (long)request->stall_s : HTTP_STALL_S;

	curl_easy_reset(easy); /* keeps the live connections and TLS sessions */
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_STALL_BYTES);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall_s);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L * 1024);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->words);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, request->any_certificate ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->any_certificate ? 0L : 2L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	set_up_proxy(easy, url);
	if (request->tls && url_same_origin(request->url, url))
		set_up_tls(easy, request->tls);
	if (strcmp(request->method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(request->method, "GET") != 0)
		set_up_body(easy, exchange);
	if (request->offset) {
		char range[32];

		/* Not RESUME_FROM: curl would call an honest 200 a failure. */
		snprintf(range, sizeof(range), "%llu-", (unsigned long long)request->offset);
		curl_easy_setopt(easy, CURLOPT_RANGE, range);
	}
}

/* curl_easy_perform, but one that http_cancel can end at any moment. */
static CURLcode perform(const struct http *http, struct handle *handle)
{
	CURLcode result = CURLE_OUT_OF_MEMORY;
	int running = 1, left;
	CURLMsg *message;

	if (curl_multi_add_handle(handle->multi, handle->easy))
		return result;
	while (running && !is_canceled(http)) {
		if (curl_multi_perform(handle->multi, &running))
			break;
		if (running && !is_canceled(http))
			curl_multi_poll(handle->multi, NULL, 0, HTTP_NOTICE_MS, NULL);
	}
	while ((message = curl_multi_info_read(handle->multi, &left)))
		if (message->msg == CURLMSG_DONE)
			result = message->data.result;
	curl_multi_remove_handle(handle->multi, handle->easy);
	return is_canceled(http) ? CURLE_ABORTED_BY_CALLBACK : result;
}

static int connect_failure(CURL *easy, const char *host, struct err *err)
{
	long number = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	if (number == 0)
		number = ECONNREFUSED;
	return err_set(err, (int)number, "cannot connect to %s: %s", host, err_name((int)number));
}

static int failure(CURLcode code, CURL *easy, const struct exchange *exchange, const char *host,
	struct err *err)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return err_set(err, EHOSTUNREACH,
			"cannot find %s: check the name, and this host's DNS or proxy settings",
			host);
	case CURLE_COULDNT_CONNECT:
		return connect_failure(easy, host, err);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ETIMEDOUT, "%s stopped answering: timed out", host);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return err_set(err, EKEYREJECTED, "%s: its certificate is not trusted: %s", host,
			exchange->words);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_URL_MALFORMAT:
		return err_set(err, EPROTO, "%s does not speak as expected: %s", host,
			*exchange->words ? exchange->words : curl_easy_strerror(code));
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
		return err_set(err, ECONNRESET, "%s closed the connection in the middle", host);
	case CURLE_OUT_OF_MEMORY:
		return err_set(err, ENOMEM, "%s: out of memory", host);
	default:
		return err_set(err, EIO, "%s: %s", host,
			*exchange->words ? exchange->words : curl_easy_strerror(code));
	}
}

static int judge(const struct http *http, CURLcode code, struct handle *handle,
	const struct exchange *exchange, const char *url, struct err *err)
{
	auto_free char *host = url_host(url);

	if (is_canceled(http))
		return err_set(err, ECANCELED, "canceled");
	if (exchange->failed == -EFBIG)
		return err_set(err, EFBIG, "%s sent more than the %llu bytes allowed", host,
			(unsigned long long)exchange->request->body_max);
	if (exchange->failed)
		return err_set(err, exchange->failed, "%s: %s", host, err_name(exchange->failed));
	if (code != CURLE_OK)
		return failure(code, handle->easy, exchange, host ? host : url, err);
	if (strs_failed(&exchange->answer->headers) || buf_failed(&exchange->answer->body))
		return err_set(err, ENOMEM, "%s: out of memory", host);
	return 0;
}

static int one_hop(struct http *http, const struct http_request *request, const char *url,
	bool authorized, struct http_answer *answer, struct err *err)
{
	struct exchange exchange = {.request = request, .answer = answer};
	struct curl_slist *headers = headers_of(request, authorized);
	struct handle *handle = borrow(http);
	CURLcode code;
	int failed;

	if (!handle || !headers) {
		curl_slist_free_all(headers);
		if (handle)
			give_back(http, handle);
		return err_set(err, ENOMEM, "http: out of memory");
	}
	set_up(handle->easy, http, url, &exchange, headers);
	code = perform(http, handle);
	failed = judge(http, code, handle, &exchange, url, err);
	curl_easy_reset(handle->easy); /* forgets the pointers into this frame */
	curl_slist_free_all(headers);
	give_back(http, handle);
	return failed;
}

/* Where the answer sends us, or the reason why we do not go there. */
static int next_url(const struct http_request *request, const struct http_answer *answer,
	const char *from, char **out, struct err *err)
{
	const char *location = http_answer_header(answer, "Location", NULL);
	auto_free char *host = url_host(from);
	auto_free char *to = location ? url_join(from, location) : NULL;

	if (!to)
		return err_set(err, EPROTO, "%s redirects to no address we can follow", host);
	if (url_is_https(from) && !url_is_https(to) && !request->plain_redirects)
		return err_set(
			err, EACCES, "%s redirects from https to http, which is refused", host);
	*out = take(to);
	return 0;
}

int http_send(struct http *http, const struct http_request *request, struct http_answer *answer,
	struct err *err)
{
	auto_free char *url = strdup(request->url);
	int failed;

	*answer = (struct http_answer)HTTP_ANSWER_INIT;
	for (int hop = 0; url; hop++) {
		char *to = NULL;

		http_answer_fini(answer);
		failed = one_hop(
			http, request, url, url_same_origin(request->url, url), answer, err);
		if (failed)
			return failed;
		if (!is_redirect(request, answer->status)) {
			answer->url = take(url);
			return 0;
		}
		if (hop == HTTP_REDIRECTS_MAX) {
			auto_free char *host = url_host(request->url);

			return err_set(err, ELOOP, "%s redirects in a circle", host);
		}
		failed = next_url(request, answer, url, &to, err);
		if (failed)
			return failed;
		free(url);
		url = to;
	}
	return err_set(err, ENOMEM, "http: out of memory");
}
