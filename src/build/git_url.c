#include "build/git_url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/strs.h"

/* ---- which it is ---- */

/* USER@HOST:PATH, where nothing before the colon is a path. */
static bool is_scp(const char *text)
{
	const char *at = strchr(text, '@'), *colon = strchr(text, ':');

	return at && colon && at < colon && at > text && colon[1] &&
	       strcspn(text, "/") > (size_t)(colon - text);
}

/* The path of an http URL, up to its query or fragment. */
static bool has_git_path(const char *text)
{
	size_t len = strcspn(text, "?#");

	return len > 4 && strncmp(text + len - 4, ".git", 4) == 0;
}

static bool is_known_host(const char *text)
{
	return str_has_prefix(text, "github.com/") && text[strlen("github.com/")];
}

bool git_url_is(const char *text)
{
	if (str_has_prefix(text, "http://") || str_has_prefix(text, "https://"))
		return has_git_path(text);
	return str_has_prefix(text, "git://") || str_has_prefix(text, "ssh://") ||
	       str_has_prefix(text, "file://") || is_scp(text) || is_known_host(text);
}

/* ---- the parts ---- */

static int set(char **field, const char *text, size_t len, struct err *err)
{
	free(*field);
	*field = strndup(text, len);
	return *field ? 0 : err_set(err, ENOMEM, "git: out of memory");
}

/* What a terminal, a log line or a file name could be hurt by is in no name of git's. */
static int check_plain(const char *what, const char *text, struct err *err)
{
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return err_set(err, EINVAL, "git: %s has a control character in it", what);
	if (*text == '-')
		return err_set(err, EINVAL, "git: %s begins with a dash: %.100s", what, text);
	return 0;
}

static int set_subdir(struct git_url *url, const char *text, struct err *err)
{
	size_t len = strlen(text);

	while (len && *text == '/')
		text++, len--;
	while (len && text[len - 1] == '/')
		len--;
	if (!len || (len == 1 && *text == '.'))
		return 0;
	for (const char *part = text; part < text + len; part += strcspn(part, "/") + 1)
		if (strcspn(part, "/") == 2 && strncmp(part, "..", 2) == 0)
			return err_set(err, EINVAL,
				"git: the directory %.100s leaves the repository", text);
	return set(&url->subdir, text, len, err);
}

/* "#REF:SUBDIR"; either may be missing. */
static int parse_fragment(struct git_url *url, const char *text, struct err *err)
{
	size_t len = strcspn(text, ":");
	int failed = 0;

	if (len)
		failed = set(&url->ref, text, len, err);
	if (!failed && text[len] == ':')
		failed = set_subdir(url, text + len + 1, err);
	return failed;
}

/* ---- the query ---- */

static int hex_of(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower(c) - 'a' + 10
					    : -1;
}

static char *decode(const char *text, size_t len)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && i + 2 < len && hex_of(text[i + 1]) >= 0 &&
			hex_of(text[i + 2]) >= 0) {
			buf_addc(&out, (char)(hex_of(text[i + 1]) << 4 | hex_of(text[i + 2])));
			i += 2;
		} else {
			buf_addc(&out, (char)(text[i] == '+' ? ' ' : text[i]));
		}
	}
	buf_add(&out, "", 0);
	return out.data ? buf_take(&out) : strdup("");
}

static int read_bool(const char *key, const char *value, bool *out, struct err *err)
{
	static const char *const yes[] = {"", "1", "t", "true", "T", "True", "TRUE"},
				 *const no[] = {"0", "f", "false", "F", "False", "FALSE"};

	for (size_t i = 0; i < array_len(yes); i++)
		if (str_eq(value, yes[i])) {
			*out = true;
			return 0;
		}
	for (size_t i = 0; i < array_len(no); i++)
		if (str_eq(value, no[i])) {
			*out = false;
			return 0;
		}
	return err_set(err, EINVAL, "git: invalid %s value: \"%.100s\"", key, value);
}

struct query {
	char *ref, *tag, *branch, *subdir;
};

static void query_fini(struct query *query)
{
	free(query->ref);
	free(query->tag);
	free(query->branch);
	free(query->subdir);
}

static int set_commit(struct git_url *url, const char *value, struct err *err)
{
	size_t len = strlen(value);

	if (!len || len > 64 || strspn(value, "0123456789abcdef") != len)
		return err_set(err, EINVAL,
			"git: invalid commit: \"%.100s\": give its lower-case hex digits", value);
	if (url->commit && !str_eq(url->commit, value))
		return err_set(err, EINVAL,
			"git: commit conflicts with checksum: \"%.70s\" vs \"%.70s\"", url->commit,
			value);
	return set(&url->commit, value, len, err);
}

static int query_pair(struct git_url *url, struct query *query, const char *key, const char *value,
	struct err *err)
{
	bool answer = false;
	int failed = 0;

	if (str_eq(key, "ref"))
		return set(&query->ref, value, strlen(value), err);
	if (str_eq(key, "tag"))
		return set(&query->tag, value, strlen(value), err);
	if (str_eq(key, "branch"))
		return set(&query->branch, value, strlen(value), err);
	if (str_eq(key, "subdir"))
		return set(&query->subdir, value, strlen(value), err);
	if (str_eq(key, "commit") || str_eq(key, "checksum"))
		return set_commit(url, value, err);
	if (str_eq(key, "submodules")) {
		failed = read_bool(key, value, &answer, err);
		url->no_submodules = !answer;
		return failed;
	}
	if (str_eq(key, "keep-git-dir"))
		return read_bool(key, value, &url->keep_git_dir, err);
	return err_set(err, EINVAL, "git: unexpected query \"%.100s\"", key);
}

static int read_query(
	struct git_url *url, struct query *query, const char *text, size_t len, struct err *err)
{
	const char *end = text + len;
	int failed = 0;

	while (text < end && !failed) {
		size_t pair = strcspn(text, "&#"), key = strcspn(text, "=&#");
		auto_free char *name = decode(text, key);
		auto_free char *value =
			key < pair ? decode(text + key + 1, pair - key - 1) : strdup("");

		if (!name || !value)
			return err_set(err, ENOMEM, "git: out of memory");
		if (*name)
			failed = query_pair(url, query, name, value, err);
		text += pair + 1;
	}
	return failed;
}

/* One name of the query for a ref, beside at most an equal one. */
static int take_ref(struct git_url *url, const char *what, const char *value, struct err *err)
{
	if (!value || !*value)
		return 0;
	if (url->ref && !str_eq(url->ref, value))
		return err_set(err, EINVAL, "git: %s conflicts with ref: \"%.100s\" vs \"%.100s\"",
			what, value, url->ref);
	return set(&url->ref, value, strlen(value), err);
}

static int parse_query(struct git_url *url, const char *text, size_t len, struct err *err)
{
	struct query query = {0};
	int failed = read_query(url, &query, text, len, err);

	if (!failed && query.tag && *query.tag && query.branch && *query.branch)
		failed = err_set(err, EINVAL, "git: branch conflicts with tag");
	if (!failed)
		failed = take_ref(url, "ref", query.ref, err);
	if (!failed)
		failed = take_ref(url, "tag", query.tag, err);
	if (!failed)
		failed = take_ref(url, "branch", query.branch, err);
	url->wants_tag = query.tag && *query.tag;
	url->wants_branch = query.branch && *query.branch;
	if (!failed && query.subdir && *query.subdir && url->subdir)
		failed = err_set(err, EINVAL, "git: subdir conflicts: \"%.100s\" vs \"%.100s\"",
			query.subdir, url->subdir);
	if (!failed && query.subdir)
		failed = set_subdir(url, query.subdir, err);
	query_fini(&query);
	return failed;
}

/* ---- the whole ---- */

static int set_remote(struct git_url *url, const char *text, size_t len, struct err *err)
{
	auto_buf remote = BUF_INIT;

	if (is_known_host(text))
		buf_adds(&remote, "https://");
	buf_add(&remote, text, len);
	if (is_known_host(text) && !has_git_path(buf_text(&remote)))
		buf_adds(&remote, ".git");
	if (buf_failed(&remote))
		return err_set(err, ENOMEM, "git: out of memory");
	url->local = str_has_prefix(text, "file://");
	url->remote = buf_take(&remote);
	return url->remote ? check_plain("the URL", url->remote, err)
			   : err_set(err, ENOMEM, "git: out of memory");
}

static int parse(const char *text, struct git_url *url, struct err *err)
{
	size_t len = strcspn(text, "#"), path = len;
	const char *query = NULL;
	int failed = 0;

	/* An scp-like address has no query: a '?' in it is its path's. */
	if (!is_scp(text) && strcspn(text, "?") < len) {
		path = strcspn(text, "?");
		query = text + path + 1;
	}
	failed = set_remote(url, text, path, err);
	if (!failed && text[len] == '#')
		failed = parse_fragment(url, text + len + 1, err);
	if (!failed && query)
		failed = parse_query(url, query, len - path - 1, err);
	if (!failed && url->ref)
		failed = check_plain("the ref", url->ref, err);
	return failed;
}

int git_url_parse(const char *text, struct git_url *out, struct err *err)
{
	int failed;

	*out = (struct git_url){0};
	if (!git_url_is(text))
		return err_set(err, EINVAL, "git: %.200s is no URL of a git repository", text);
	failed = parse(text, out, err);
	if (failed)
		git_url_fini(out);
	return failed;
}

void git_url_fini(struct git_url *url)
{
	free(url->remote);
	free(url->ref);
	free(url->subdir);
	free(url->commit);
	*url = (struct git_url){0};
}

void git_url_show(const char *remote, char *text, size_t room)
{
	const char *scheme = strstr(remote, "://"), *host = scheme ? scheme + 3 : remote;
	size_t authority = strcspn(host, "/");
	const char *at = memrchr(host, '@', authority), *colon = memchr(host, ':', authority);

	if (scheme && at && colon && colon < at)
		snprintf(text, room, "%.*s:***%s", (int)(colon - remote), remote, at);
	else
		snprintf(text, room, "%s", remote);
}

/* Where the path of a remote begins: after the host. */
static size_t path_at(const char *base)
{
	const char *scheme = strstr(base, "://");

	if (!scheme)
		return strcspn(base, ":") + 1;
	return (size_t)(scheme + 3 - base) + strcspn(scheme + 3, "/");
}

char *git_url_join(const char *base, const char *relative)
{
	size_t len = strlen(base), least = path_at(base);
	auto_buf out = BUF_INIT;

	if (strncmp(relative, "./", 2) != 0 && strncmp(relative, "../", 3) != 0)
		return strdup(relative);
	while (len > least && base[len - 1] == '/')
		len--;
	while (strncmp(relative, "./", 2) == 0 || strncmp(relative, "../", 3) == 0) {
		bool up = relative[1] == '.';

		relative += up ? 3 : 2;
		if (!up)
			continue;
		if (len <= least)
			return NULL;
		while (len > least && base[len - 1] != '/')
			len--;
		while (len > least && base[len - 1] == '/')
			len--;
	}
	buf_add(&out, base, len);
	if (base[len - 1] != ':')
		buf_addc(&out, '/');
	buf_adds(&out, relative);
	return buf_take(&out);
}
