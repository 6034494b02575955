#include "build/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/csv.h"
#include "build/git_url.h"
#include "build/context.h"
#include "build/no_memory.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

struct parsed {
	char *id, *source, *env, *type;
};

static void parsed_fini(struct parsed *parsed)
{
	free(parsed->id);
	free(parsed->source);
	free(parsed->env);
	free(parsed->type);
}
#define auto_parsed __attribute__((cleanup(parsed_fini))) struct parsed

static int set(struct parsed *parsed, const char *field, struct err *err)
{
	static const struct {
		const char *name;
		size_t at;
	} fields[] = {{"id", offsetof(struct parsed, id)}, {"src", offsetof(struct parsed, source)},
		{"source", offsetof(struct parsed, source)}, {"env", offsetof(struct parsed, env)},
		{"type", offsetof(struct parsed, type)}};
	size_t key = strcspn(field, "=");

	if (!field[key])
		return err_set(
			err, EINVAL, "invalid field '%.200s' must be a key=value pair", field);
	for (size_t i = 0; i < array_len(fields); i++) {
		char **member = (char **)((char *)parsed + fields[i].at);

		if (strlen(fields[i].name) != key || strncasecmp(fields[i].name, field, key) != 0)
			continue;
		free(*member);
		*member = strdup(field + key + 1);
		return *member ? 0 : no_memory(err);
	}
	return err_set(err, EINVAL, "unexpected key '%.*s' in '%.200s'", (int)key, field, field);
}

static int parse(const char *text, struct parsed *out, struct err *err)
{
	auto_buf field = BUF_INIT;
	size_t at = 0;

	while (text[at]) {
		if (csv_field(text, &at, &field, err) < 0)
			return err_in(err, "failed to parse csv secret");
		if (set(out, buf_text(&field), err) < 0)
			return err->code;
		at += text[at] == ',';
	}
	if (out->type && !str_eq(out->type, "file") && !str_eq(out->type, "env"))
		return err_set(err, EINVAL, "unsupported secret type \"%.50s\"", out->type);
	if (!out->id)
		return err_set(err, EINVAL, "secret %.100s: it needs an id", text);
	return 0;
}

/* Said now: a step that does not insist on it would go without. What can be read only once would be
 * nothing to the second step. */
static int check_source(const struct parsed *parsed, struct err *err)
{
	struct stat st;

	if (!parsed->source || parsed->env || str_eq(parsed->type, "env"))
		return 0;
	if (faccessat(AT_FDCWD, parsed->source, R_OK, AT_EACCESS) < 0 ||
		stat(parsed->source, &st) < 0)
		return err_sys(err, "failed to stat %.300s", parsed->source);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL,
			"secret %.100s: %.300s is no regular file: write it to one, or give it as "
			"env=NAME",
			parsed->id, parsed->source);
	return 0;
}

int secrets_check(const struct strs *secrets, struct err *err)
{
	for (size_t i = 0; i < secrets->len; i++) {
		auto_parsed parsed = {0};

		if (parse(secrets->v[i], &parsed, err) < 0 || check_source(&parsed, err) < 0)
			return err->code;
	}
	return 0;
}

static int read_variable(const char *name, struct buf *out, struct err *err)
{
	const char *value = getenv(name);

	if (!value)
		return err_set(err, ENOENT, "secret: the variable %.100s is not set", name);
	buf_adds(out, value);
	buf_add(out, "", 0);
	return buf_failed(out) ? no_memory(err) : 0;
}

static int read_source(const char *path, struct buf *out, struct err *err)
{
	int failed = path_read_at(AT_FDCWD, path, SECRET_MAX, out);

	return failed ? err_set(err, failed, "secret: %.200s: %s", path, err_name(failed)) : 0;
}

/* Without a source it is a variable, or else a file, that is called as the secret is. */
static int read_parsed(const struct parsed *parsed, struct buf *out, struct err *err)
{
	bool env = str_eq(parsed->type, "env");

	if (parsed->env)
		return read_variable(parsed->env, out, err);
	if (parsed->source)
		return env ? read_variable(parsed->source, out, err)
			   : read_source(parsed->source, out, err);
	if (env || (!parsed->type && getenv(parsed->id)))
		return read_variable(parsed->id, out, err);
	return read_source(parsed->id, out, err);
}

int secret_read(const struct strs *secrets, const char *id, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < secrets->len; i++) {
		auto_parsed parsed = {0};

		if (parse(secrets->v[i], &parsed, err) < 0)
			return err->code;
		if (str_eq(parsed.id, id))
			return read_parsed(&parsed, out, err);
	}
	return err_set(err, ENOENT, "secret %.100s: not found", id);
}

/* ---- for git ---- */

/* The host of "https://user@host:port/path". */
static char *host_of(const char *url)
{
	const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url, *at;
	size_t len = strcspn(host, "/");

	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return strndup(host, len);
}

int context_git_secrets(
	const struct build_request *request, const char *url, struct strs *env, struct err *err)
{
	static const char *const names[] = {"GIT_AUTH_TOKEN", "GIT_AUTH_HEADER"};
	auto_free char *host = host_of(url);

	for (size_t i = 0; host && i < array_len(names); i++) {
		auto_buf value = BUF_INIT, id = BUF_INIT;
		int failed;

		buf_addf(&id, "%s.%s", names[i], host);
		failed = secret_read(&request->secrets, buf_text(&id), &value, err);
		if (failed == -ENOENT)
			failed = secret_read(&request->secrets, names[i], &value, err);
		if (failed && failed != -ENOENT)
			return failed;
		if (failed)
			/* The caller's own variable would reach the child otherwise. */
			strs_addf(env, "%s=", names[i]);
		else
			strs_addf(env, "%s=%.*s", names[i], (int)strcspn(buf_text(&value), "\r\n"),
				buf_text(&value));
	}
	return !host || strs_failed(env) ? no_memory(err) : 0;
}
