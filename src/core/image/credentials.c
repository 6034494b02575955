#include "core/image/credentials.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

#include "core/image/base64.h"
#include "core/image/helper.h"
#include "core/privilege.h"
#include "util/buf.h"
#include "util/path.h"
#include "util/strs.h"

static const char hub_key[] = "https://index.docker.io/v1/";

const char *credentials_key(const char *host)
{
	return str_eq(host, "docker.io") ? hub_key : host;
}

#define auto_json __attribute__((cleanup(jsonp))) cJSON

static void jsonp(cJSON **json)
{
	cJSON_Delete(*json);
}

void credentials_fini(struct credentials *c)
{
	free(c->user);
	/* A secret does not stay in freed memory. */
	if (c->secret)
		explicit_bzero(c->secret, strlen(c->secret));
	if (c->identity_token)
		explicit_bzero(c->identity_token, strlen(c->identity_token));
	free(c->secret);
	free(c->identity_token);
	*c = (struct credentials)CREDENTIALS_INIT;
}

static const cJSON *get(const cJSON *json, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(json, name);
}

static const char *get_text(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(get(json, name));

	return text && *text ? text : NULL;
}

static const char *without_scheme(const char *key)
{
	const char *host = strstr(key, "://");

	return host ? host + 3 : key;
}

/* How much of host/path the key covers; 0: it is for something else. A key with a scheme is
 * docker's old form: only its host counts. */
static size_t key_fits(const char *key, const char *host, const char *path)
{
	const char *name = without_scheme(key);
	size_t host_len = strlen(host), name_len = strlen(name);
	bool old_form = name != key;

	if (strcmp(host, "docker.io") == 0 &&
		(strcmp(key, hub_key) == 0 || strcasecmp(name, "index.docker.io") == 0 ||
			strcasecmp(name, "index.docker.io/v1/") == 0))
		return host_len;
	if (strncasecmp(name, host, host_len) != 0)
		return 0;
	if (name[host_len] == '\0' || (old_form && name[host_len] == '/'))
		return host_len;
	name += host_len + 1;
	name_len -= host_len;
	if (name_len == 0 || name[-1] != '/')
		return 0;
	name_len--;
	while (name_len && name[name_len - 1] == '/')
		name_len--;
	if (strncmp(name, path, name_len) != 0 || (path[name_len] != '/' && path[name_len] != '\0'))
		return 0;
	return host_len + 1 + name_len;
}

static const cJSON *best_key(const cJSON *object, const char *host, const char *path)
{
	const cJSON *best = NULL, *item;
	size_t best_len = 0;

	cJSON_ArrayForEach(item, object) {
		size_t len = item->string ? key_fits(item->string, host, path) : 0;

		if (len > best_len) {
			best = item;
			best_len = len;
		}
	}
	return best;
}

static bool set(char **to, const char *text)
{
	if (!text)
		return true;
	free(*to);
	*to = strdup(text);
	return *to;
}

/* "user:secret" in base64. */
static int take_auth(const char *auth, struct credentials *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	char *colon;

	if (!base64_decode(auth, &text) || !(colon = strchr(buf_text(&text), ':')))
		return err_set(err, EINVAL, "auth is not base64 of name:secret");
	*colon = '\0';
	if (!set(&out->user, buf_text(&text)) || !set(&out->secret, colon + 1))
		return err_set(err, ENOMEM, "out of memory");
	explicit_bzero(text.data, text.len);
	return 0;
}

static int take_entry(const cJSON *entry, struct credentials *out, struct err *err)
{
	const char *auth = get_text(entry, "auth");
	int failed = auth ? take_auth(auth, out, err) : 0;

	if (failed)
		return failed;
	if (!set(&out->user, get_text(entry, "username")) ||
		!set(&out->secret, get_text(entry, "password")) ||
		!set(&out->identity_token, get_text(entry, "identitytoken")))
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

int credentials_parse(const char *text, size_t len, const char *host, const char *path,
	struct credentials *out, char **helper, struct err *err)
{
	auto_json *json = cJSON_ParseWithLength(text, len);
	const cJSON *own, *entry;
	const char *name;

	*helper = NULL;
	if (!cJSON_IsObject(json))
		return err_set(err, EINVAL, "not a JSON object");
	own = best_key(get(json, "credHelpers"), host, path);
	name = own ? cJSON_GetStringValue(own) : get_text(json, "credsStore");
	entry = best_key(get(json, "auths"), host, path);
	if (name && *name) {
		*helper = strdup(name);
		return *helper ? 0 : err_set(err, ENOMEM, "out of memory");
	}
	return entry ? take_entry(entry, out, err) : 0;
}

int credentials_parse_helper(const char *text, size_t len, struct credentials *out, struct err *err)
{
	auto_json *json = cJSON_ParseWithLength(text, len);
	const char *user = get_text(json, "Username"), *secret = get_text(json, "Secret");
	bool done;

	if (!secret)
		return err_set(err, EINVAL, "its answer has no Secret");
	if (str_eq(user, "<token>"))
		done = set(&out->identity_token, secret);
	else
		done = set(&out->user, user ? user : "") && set(&out->secret, secret);
	return done ? 0 : err_set(err, ENOMEM, "out of memory");
}

/* A helper that knows nothing says so on its standard output and fails. */
static int ask_helper(const char *name, const char *host, struct credentials *out, struct err *err)
{
	auto_buf answer = BUF_INIT;
	int status = 0, failed;

	failed = helper_run(name, "get", credentials_key(host), &answer, &status, err);
	if (!failed && status != 0 && strstr(buf_text(&answer), "credentials not found"))
		return 0;
	if (!failed && status != 0)
		failed = err_set(err, EIO, "it failed with %d: %.100s", status, buf_text(&answer));
	if (!failed)
		failed = credentials_parse_helper(answer.data, answer.len, out, err);
	if (answer.data)
		explicit_bzero(answer.data, answer.len);
	return failed ? err_in(err, "credential helper docker-credential-%s", name) : 0;
}

static bool found(const struct credentials *c)
{
	return c->secret || c->identity_token;
}

static int look_in(const char *text, size_t len, const char *where, const char *host,
	const char *path, struct credentials *out, struct err *err)
{
	auto_free char *helper = NULL;
	int failed = credentials_parse(text, len, host, path, out, &helper, err);

	if (failed)
		return err_in(err, "credentials in %s", where);
	return helper ? ask_helper(helper, host, out, err) : 0;
}

static int look_in_file(const char *file, const char *host, const char *path,
	struct credentials *out, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = path_read_at(AT_FDCWD, file, CREDENTIALS_FILE_MAX, &text);

	if (failed == -ENOENT || failed == -ENOTDIR)
		return 0;
	if (failed)
		return err_set(err, failed, "credentials in %s: %s", file, err_name(failed));
	failed = look_in(buf_text(&text), text.len, file, host, path, out, err);
	explicit_bzero(text.data, text.len);
	return failed;
}

/* $variable/tail, or $HOME/fallback/tail; nothing when neither is set. */
static void add_file(
	struct strs *files, const char *variable, const char *fallback, const char *tail)
{
	const char *dir = getenv(variable), *home = getenv("HOME");

	if (dir && *dir)
		strs_addf(files, "%s%s", dir, tail);
	else if (fallback && home && *home)
		strs_addf(files, "%s/%s%s", home, fallback, tail);
}

int credentials_find(const char *host, const char *path, struct credentials *out, struct err *err)
{
	const char *given = getenv("DOCKER_AUTH_CONFIG");
	auto_strs files = STRS_INIT;
	int failed = 0;

	*out = (struct credentials)CREDENTIALS_INIT;
	add_file(&files, "DOCKER_CONFIG", ".docker", "/config.json");
	add_file(&files, "REGISTRY_AUTH_FILE", NULL, "");
	add_file(&files, "XDG_RUNTIME_DIR", NULL, "/containers/auth.json");
	strs_addf(&files, "/run/containers/%u/auth.json", privilege_user());
	add_file(&files, "XDG_CONFIG_HOME", ".config", "/containers/auth.json");
	if (strs_failed(&files))
		return err_set(err, ENOMEM, "credentials: out of memory");
	if (given && *given)
		failed = look_in(given, strlen(given), "$DOCKER_AUTH_CONFIG", host, path, out, err);
	for (size_t i = 0; i < files.len && !failed && !found(out); i++)
		failed = look_in_file(files.v[i], host, path, out, err);
	if (failed)
		credentials_fini(out);
	return failed;
}
