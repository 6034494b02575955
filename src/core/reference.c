#include "core/reference.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/digest.h"
#include "util/strs.h"

#define HUB "docker.io"

static const char invalid_format[] = "invalid reference format";

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* separator: one of "." "_" "__" or any number of "-". Returns its length, 0: not one. */
static size_t separator(const char *text)
{
	if (text[0] == '_' && text[1] == '_')
		return 2;
	if (text[0] == '_' || text[0] == '.')
		return 1;
	return strspn(text, "-");
}

/* path = component ("/" component)*, component = alnum+ (separator alnum+)* */
static bool is_path(const char *text)
{
	for (;;) {
		if (!is_lower_alnum(*text))
			return false;
		while (is_lower_alnum(*text))
			text++;
		if (*text == '\0')
			return true;
		text += *text == '/' ? 1 : separator(text);
	}
}

static bool is_domain_component(const char *text, size_t len)
{
	if (!len || !is_alnum(text[0]) || !is_alnum(text[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(text[i]) && text[i] != '-')
			return false;
	return true;
}

/* domain = (component ("." component)* | "[" IPv6 "]") [":" digits] */
static bool is_domain(const char *text)
{
	if (*text == '[') {
		size_t len = strspn(text + 1, "0123456789abcdefABCDEF:");

		if (!len || text[len + 1] != ']')
			return false;
		text += len + 2;
	} else {
		size_t len = strcspn(text, ".:");

		while (is_domain_component(text, len) && text[len] == '.') {
			text += len + 1;
			len = strcspn(text, ".:");
		}
		if (!is_domain_component(text, len))
			return false;
		text += len;
	}
	return *text == '\0' ||
	       (*text == ':' && text[1] && strspn(text + 1, "0123456789") == strlen(text + 1));
}

static bool is_tag(const char *text)
{
	size_t len = strlen(text);

	if (!len || len > REFERENCE_TAG_MAX || (!is_alnum(text[0]) && text[0] != '_'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(text[i]) && !strchr("_.-", text[i]))
			return false;
	return true;
}

/* Docker's rule for whether what stands before the first slash is a host. */
static bool looks_like_domain(const char *text, size_t len)
{
	if (len == strlen("localhost") && memcmp(text, "localhost", len) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '.' || text[i] == ':' || isupper((unsigned char)text[i]))
			return true;
	return false;
}

/* Appends text, which was checked to fit, and returns where it ends. */
static char *put(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len + 1);
	return to + len;
}

/* Cuts "…@digest" and then "…:tag" off text, which is the part after the domain. */
static int cut_tag_and_digest(char *text, struct reference *out, struct err *err)
{
	char *at = strchr(text, '@'), *colon;

	if (at) {
		*at++ = '\0';
		if (strlen(at) > REFERENCE_DIGEST_MAX)
			return err_set(err, EINVAL, invalid_format);
		if (digest_check(at, err) < 0)
			return -EINVAL;
		put(out->digest, at);
	}
	colon = strchr(text, ':');
	if (colon) {
		*colon++ = '\0';
		if (!is_tag(colon))
			return err_set(err, EINVAL, invalid_format);
		put(out->tag, colon);
	}
	return 0;
}

static int check_path(const char *path, struct err *err)
{
	if (is_path(path))
		return 0;
	for (const char *c = path; *c; c++)
		if (isupper((unsigned char)*c))
			return err_set(err, EINVAL, "%s: repository name (%s) must be lowercase",
				invalid_format, path);
	return err_set(err, EINVAL, invalid_format);
}

static int parse(char *text, struct reference *out, struct err *err)
{
	char *slash = strchr(text, '/');
	const char *domain = HUB;
	char *path = text;
	const char *official;

	if (slash && looks_like_domain(text, (size_t)(slash - text))) {
		*slash = '\0';
		domain = str_eq(text, "index." HUB) ? HUB : text;
		path = slash + 1;
	}
	if (cut_tag_and_digest(path, out, err) < 0 || check_path(path, err) < 0)
		return -EINVAL;
	if (!is_domain(domain))
		return err_set(err, EINVAL, invalid_format);
	official = str_eq(domain, HUB) && !strchr(path, '/') ? "library/" : "";
	if (strlen(domain) + 1 + strlen(official) + strlen(path) > REFERENCE_NAME_MAX)
		return err_set(err, EINVAL, "repository name must not be more than %d characters",
			REFERENCE_NAME_MAX);
	out->domain_len = strlen(domain);
	put(put(put(put(out->name, domain), "/"), official), path);
	return 0;
}

int reference_parse(const char *text, struct reference *out, struct err *err)
{
	enum { ROOM = REFERENCE_NAME_MAX + REFERENCE_TAG_MAX + REFERENCE_DIGEST_MAX + 3 };
	char copy[ROOM];
	struct reference ref = {0};
	size_t len = strlen(text);

	if (len == DIGEST_HEX && str_is_hex(text, DIGEST_HEX))
		return err_set(err, EINVAL,
			"invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
			text);
	if (len >= sizeof(copy))
		return err_set(err, EINVAL, "repository name must not be more than %d characters",
			REFERENCE_NAME_MAX);
	memcpy(copy, text, len + 1);
	if (parse(copy, &ref, err) < 0)
		return -EINVAL;
	*out = ref;
	return 0;
}

void reference_default_tag(struct reference *ref)
{
	if (!ref->tag[0] && !ref->digest[0])
		put(ref->tag, "latest");
}

int reference_set_tag(struct reference *ref, const char *tag, struct err *err)
{
	if (!is_tag(tag))
		return err_set(err, EINVAL, "invalid tag format: %s", tag);
	put(ref->tag, tag);
	return 0;
}

const char *reference_path(const struct reference *ref)
{
	return ref->name + ref->domain_len + 1;
}

void reference_domain(const struct reference *ref, char domain[REFERENCE_NAME_MAX + 1])
{
	memcpy(domain, ref->name, ref->domain_len);
	domain[ref->domain_len] = '\0';
}

const char *reference_familiar_name(const char *name)
{
	const char *path;

	if (!str_has_prefix(name, HUB "/"))
		return name;
	path = name + strlen(HUB "/");
	/* "docker.io/a.b/c" without its host would be c of the host a.b. */
	if (strchr(path, '/') && looks_like_domain(path, strcspn(path, "/")))
		return name;
	if (str_has_prefix(path, "library/") && !strchr(path + strlen("library/"), '/'))
		path += strlen("library/");
	return path;
}

static void append(const struct reference *ref, const char *name, struct buf *out)
{
	buf_adds(out, name);
	if (ref->tag[0])
		buf_addf(out, ":%s", ref->tag);
	if (ref->digest[0])
		buf_addf(out, "@%s", ref->digest);
}

void reference_text(const struct reference *ref, struct buf *out)
{
	append(ref, ref->name, out);
}

void reference_familiar(const struct reference *ref, struct buf *out)
{
	append(ref, reference_familiar_name(ref->name), out);
}
