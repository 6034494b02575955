#include "core/image/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

#define auto_curlu __attribute__((cleanup(curlup))) CURLU
#define auto_part  __attribute__((cleanup(partp))) char

static void curlup(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void partp(char **part)
{
	curl_free(*part);
}

static CURLU *parse(const char *text)
{
	CURLU *url = curl_url();

	if (url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER)) {
		curl_url_cleanup(url);
		return NULL;
	}
	return url;
}

static char *part(CURLU *url, CURLUPart which)
{
	char *text = NULL;

	if (!url || curl_url_get(url, which, &text, CURLU_DEFAULT_PORT))
		return NULL;
	return text;
}

static bool is_web(CURLU *url)
{
	auto_part *scheme = part(url, CURLUPART_SCHEME);

	return scheme && (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"));
}

char *url_join(const char *base, const char *location)
{
	auto_curlu *url = parse(base);
	auto_part *text = NULL;

	if (!url || curl_url_set(url, CURLUPART_URL, location, CURLU_DISALLOW_USER) || !is_web(url))
		return NULL;
	if (curl_url_get(url, CURLUPART_URL, &text, 0))
		return NULL;
	return strdup(text);
}

bool url_same_origin(const char *a, const char *b)
{
	static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
	auto_curlu *left = parse(a);
	auto_curlu *right = parse(b);

	for (size_t i = 0; i < array_len(parts); i++) {
		auto_part *one = part(left, parts[i]);
		auto_part *two = part(right, parts[i]);

		if (!one || !two || strcasecmp(one, two) != 0)
			return false;
	}
	return true;
}

bool url_is_https(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0;
}

char *url_host(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? strndup(host + 3, strcspn(host + 3, "/?#")) : NULL;
}

bool url_host_is_loopback(const char *host)
{
	char name[64];
	struct in_addr v4;
	size_t len = strcspn(host, ":");

	if (str_has_prefix(host, "[::1]"))
		return host[5] == '\0' || host[5] == ':';
	if (len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (strcasecmp(name, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

char *url_add_query(const char *url, const char *name, const char *value)
{
	auto_part *escaped = curl_easy_escape(NULL, value, 0);
	auto_buf out = BUF_INIT;

	if (!escaped)
		return NULL;
	buf_addf(&out, "%s%c%s=%s", url, strchr(url, '?') ? '&' : '?', name, escaped);
	return buf_take(&out);
}
