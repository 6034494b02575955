#include "cli/names_options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

enum { DOMAIN_MAX = 255 };

/* Without the spaces around it; the caller frees. */
static char *trimmed(const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t", text[len - 1]))
		len--;
	return strndup(text, len);
}

/* In the form that everybody writes it; false: it is none. */
static bool address(const char *text, char out[INET6_ADDRSTRLEN])
{
	auto_free char *word = trimmed(text);
	struct in6_addr v6;
	struct in_addr v4;

	if (!word)
		return false;
	if (inet_pton(AF_INET, word, &v4) == 1)
		return inet_ntop(AF_INET, &v4, out, INET6_ADDRSTRLEN) != NULL;
	return inet_pton(AF_INET6, word, &v6) == 1 &&
	       inet_ntop(AF_INET6, &v6, out, INET6_ADDRSTRLEN) != NULL;
}

static int take_servers(const struct strs *given, struct strs *out, struct err *err)
{
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < given->len; i++) {
		if (!address(given->v[i], text))
			return err_set(err, EINVAL,
				"invalid argument \"%s\" for \"--dns\" flag: IP address is not "
				"correctly formatted: %s",
				given->v[i], given->v[i]);
		strs_add(out, text);
	}
	return 0;
}

static bool is_label(const char *text, size_t len)
{
	if (!len || text[0] == '-' || text[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-')
			return false;
	return true;
}

/* Labels with dots between, and one more dot if need be; a letter somewhere. */
static bool is_domain(const char *text)
{
	bool has_letter = false;

	if (!*text || strlen(text) >= DOMAIN_MAX)
		return false;
	for (const char *at = text; *at; at++)
		has_letter |= isalpha((unsigned char)*at) != 0;
	while (*text) {
		size_t len = strcspn(text, ".");

		if (!is_label(text, len))
			return false;
		text += len + (text[len] == '.');
	}
	return has_letter;
}

static int take_domains(const struct strs *given, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		auto_free char *word = trimmed(given->v[i]);

		if (!word || (!str_eq(word, ".") && !is_domain(word)))
			return err_set(err, EINVAL,
				"invalid argument \"%s\" for \"--dns-search\" flag: %s is not a valid domain",
				given->v[i], given->v[i]);
		strs_add(out, word);
	}
	return 0;
}

/* They become lines of files. */
static int take_options(const struct strs *given, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		if (strpbrk(given->v[i], "\r\n"))
			return err_set(err, EINVAL, "--dns-option: has more than one line");
		strs_add(out, given->v[i]);
	}
	return 0;
}

static int bad_host(const char *given, const char *what, const char *part, struct err *err)
{
	return err_set(err, EINVAL, "invalid argument \"%s\" for \"--add-host\" flag: %s: \"%s\"",
		given, what, part);
}

/* "NAME:ADDRESS" or "NAME=ADDRESS"; IPv6 in brackets or without. */
int names_host(const char *given, struct strs *out, struct err *err)
{
	size_t name = strchr(given, '=') ? strcspn(given, "=") : strcspn(given, ":");
	auto_free char *value = given[name] ? strdup(given + name + 1) : NULL;
	char text[INET6_ADDRSTRLEN];
	size_t len;

	if (!name || !given[name] || strcspn(given, "\r\n\t ") < name)
		return bad_host(given, "bad format for add-host", given, err);
	len = value ? strlen(value) : 0;
	if (len > 2 && value[0] == '[' && value[len - 1] == ']') {
		value[len - 1] = '\0';
		memmove(value, value + 1, len - 1);
	}
	if (value && str_eq(value, "host-gateway")) {
		strs_addf(out, "%.*s:host-gateway", (int)name, given);
		return 0;
	}
	if (!value || !address(value, text))
		return bad_host(given, "invalid IP address in add-host", value ? value : "", err);
	strs_addf(out, "%.*s:%s", (int)name, given, text);
	return 0;
}

int names_options(
	const struct request_values *values, struct container_request *request, struct err *err)
{
	int failed = take_servers(&values->dns, &request->dns, err);

	if (!failed)
		failed = take_domains(&values->dns_search, &request->dns_search, err);
	if (!failed)
		failed = take_options(&values->dns_options, &request->dns_options, err);
	for (size_t i = 0; !failed && i < values->extra_hosts.len; i++)
		failed = names_host(values->extra_hosts.v[i], &request->extra_hosts, err);
	return failed;
}
