/* credentials_store.c - the writing half of credentials.h: `davit login` and `davit logout`. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/image/base64.h"
#include "core/image/credentials.h"
#include "core/image/helper.h"
#include "util/json.h"
#include "util/path.h"

void credentials_place_fini(struct credentials_place *place)
{
	free(place->file);
	free(place->helper);
}

/* ---- one file's text ---- */

static int parse(const char *text, size_t len, cJSON **out, struct err *err)
{
	bool empty = strspn(text, " \t\r\n") == len;

	if (empty)
		*out = cJSON_CreateObject();
	else if (json_parse(text, len, out, err) < 0)
		return err->code;
	if (!*out)
		return err_set(err, ENOMEM, "out of memory");
	return cJSON_IsObject(*out) ? 0 : err_set(err, EINVAL, "not a JSON object");
}

static int print(const cJSON *json, struct buf *out, struct err *err)
{
	char *text = cJSON_Print(json);

	if (!text)
		return err_set(err, ENOMEM, "out of memory");
	buf_adds(out, text);
	buf_addc(out, '\n');
	explicit_bzero(text, strlen(text));
	cJSON_free(text);
	return buf_failed(out) ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* The names a registry's entry may have; what a port or path follows is another's. */
static bool is_key_of(const char *key, const char *host)
{
	const char *scheme = strstr(key, "://"), *name = scheme ? scheme + 3 : key;
	size_t len = strlen(host);

	if (str_eq(host, "docker.io"))
		return str_eq(key, credentials_key(host)) || str_eq(key, "docker.io") ||
		       str_eq(key, "index.docker.io");
	return strncasecmp(name, host, len) == 0 &&
	       (name[len] == '\0' || (scheme && name[len] == '/'));
}

static bool drop(cJSON *auths, const char *host)
{
	bool any = false;

	for (cJSON *item = auths ? auths->child : NULL, *next; item; item = next) {
		next = item->next;
		if (!is_key_of(item->string, host))
			continue;
		cJSON_Delete(cJSON_DetachItemViaPointer(auths, item));
		any = true;
	}
	return any;
}

/* docker's own form: the name and the secret in base64, a token by itself. */
static cJSON *entry(const struct credentials *c)
{
	cJSON *object = cJSON_CreateObject();
	auto_buf pair = BUF_INIT, coded = BUF_INIT;

	if (!c)
		return object;
	buf_addf(&pair, "%s:%s", c->user ? c->user : "", c->secret ? c->secret : "");
	base64_put(&coded, buf_text(&pair), pair.len);
	cJSON_AddStringToObject(object, "auth", buf_text(&coded));
	if (c->identity_token)
		cJSON_AddStringToObject(object, "identitytoken", c->identity_token);
	explicit_bzero(pair.data, pair.len);
	explicit_bzero(coded.data, coded.len);
	return object;
}

int credentials_put(const char *text, size_t len, const char *host, const struct credentials *c,
	struct buf *out, struct err *err)
{
	auto_json *json = NULL;
	cJSON *auths;

	if (parse(text, len, &json, err) < 0)
		return err->code;
	auths = cJSON_GetObjectItemCaseSensitive(json, "auths");
	if (auths && !cJSON_IsObject(auths))
		return err_set(err, EINVAL, "auths is no object");
	if (!auths)
		auths = cJSON_AddObjectToObject(json, "auths");
	drop(auths, host);
	if (!cJSON_AddItemToObject(auths, credentials_key(host), entry(c)))
		return err_set(err, ENOMEM, "out of memory");
	return print(json, out, err);
}

int credentials_drop(const char *text, size_t len, const char *host, bool *found, struct buf *out,
	struct err *err)
{
	auto_json *json = NULL;

	*found = false;
	if (parse(text, len, &json, err) < 0)
		return err->code;
	*found = drop(cJSON_GetObjectItemCaseSensitive(json, "auths"), host);
	return *found ? print(json, out, err) : 0;
}

/* ---- the file ---- */

struct file {
	char *path; /* what it is called by */
	char *name; /* in dir_fd, after links */
	int dir_fd; /* locked while the file is changed */
	struct buf text;
};

static void file_fini(struct file *file)
{
	free(file->path);
	free(file->name);
	own_closep(&file->dir_fd);
	if (file->text.data)
		explicit_bzero(file->text.data, file->text.len);
	buf_fini(&file->text);
}
#define auto_file __attribute__((cleanup(file_fini))) struct file

static char *config_path(void)
{
	const char *dir = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	char *path = NULL;
	int done = -1;

	if (dir && *dir)
		done = asprintf(&path, "%s/config.json", dir);
	else if (home && *home)
		done = asprintf(&path, "%s/.docker/config.json", home);
	return done < 0 ? NULL : path;
}

/* People keep it in a repository of their own and link to it: the link stays one. */
static int open_dir(struct file *file, struct err *err)
{
	auto_free char *real = realpath(file->path, NULL);
	auto_free char *path = strdup(real ? real : file->path);
	char *slash = path ? strrchr(path, '/') : NULL;
	int failed;

	if (!slash || !(file->name = strdup(slash + 1)))
		return err_set(err, ENOMEM, "out of memory");
	*slash = '\0';
	failed = path_mkdirs(path, 0700);
	if (failed)
		return err_set(err, failed, "%s: %s", path, err_name(failed));
	file->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->dir_fd < 0 || flock(file->dir_fd, LOCK_EX) < 0)
		return err_sys(err, "%s", path);
	return 0;
}

static int file_open(struct file *file, struct err *err)
{
	int failed;

	file->path = config_path();
	if (!file->path)
		return err_set(err, ENOENT,
			"neither DOCKER_CONFIG nor HOME says where credentials are to be stored");
	if (open_dir(file, err) < 0)
		return err->code;
	failed = path_read_at(file->dir_fd, file->name, CREDENTIALS_FILE_MAX, &file->text);
	if (failed && failed != -ENOENT)
		return err_set(err, failed, "%s: %s", file->path, err_name(failed));
	return 0;
}

static int file_replace(struct file *file, const struct buf *text, struct err *err)
{
	int failed = path_replace_at(file->dir_fd, file->name, text->data, text->len, 0600);

	return failed ? err_set(err, failed, "%s: %s", file->path, err_name(failed)) : 0;
}

/* ---- helpers ---- */

/* credHelpers for this registry, else credsStore, else NULL; lent from json. */
static const char *helper_for(const cJSON *json, const char *host)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, json_object(json, "credHelpers")) {
		if (is_key_of(item->string, host) && cJSON_IsString(item) && *item->valuestring)
			return item->valuestring;
	}
	return json_str(json, "credsStore");
}

static int ask(
	const char *helper, const char *action, const char *input, bool *unknown, struct err *err)
{
	auto_buf answer = BUF_INIT;
	int status = 0, failed = helper_run(helper, action, input, &answer, &status, err);

	if (unknown)
		*unknown = status && strstr(buf_text(&answer), "not found");
	if (!failed && status && !(unknown && *unknown))
		failed = err_set(err, EIO, "it failed with %d: %.200s", status, buf_text(&answer));
	return failed ? err_in(err, "credential helper docker-credential-%s", helper) : 0;
}

static int store_in_helper(
	const char *helper, const char *host, const struct credentials *c, struct err *err)
{
	auto_json *json = cJSON_CreateObject();
	auto_free char *text = NULL;
	int failed;

	cJSON_AddStringToObject(json, "ServerURL", credentials_key(host));
	cJSON_AddStringToObject(json, "Username",
		c->identity_token ? "<token>"
		: c->user         ? c->user
				  : "");
	cJSON_AddStringToObject(json, "Secret",
		c->identity_token ? c->identity_token
		: c->secret       ? c->secret
				  : "");
	text = cJSON_PrintUnformatted(json);
	if (!text)
		return err_set(err, ENOMEM, "credentials: out of memory");
	failed = ask(helper, "store", text, NULL, err);
	explicit_bzero(text, strlen(text));
	return failed;
}

/* ---- both ---- */

static int note_place(struct credentials_place *place, const char *file, const char *helper)
{
	if (!place)
		return 0;
	place->file = strdup(file);
	place->helper = helper ? strdup(helper) : NULL;
	return place->file && (!helper || place->helper) ? 0 : -ENOMEM;
}

int credentials_store(const char *host, const struct credentials *credentials,
	struct credentials_place *place, struct err *err)
{
	auto_file file = {.dir_fd = -1};
	auto_buf text = BUF_INIT;
	auto_json *json = NULL;
	const char *helper;
	int failed;

	if (file_open(&file, err) < 0 || parse(buf_text(&file.text), file.text.len, &json, err) < 0)
		return err_in(err, "credentials in %s", file.path ? file.path : "config.json");
	helper = helper_for(json, host);
	if (helper && store_in_helper(helper, host, credentials, err) < 0)
		return err->code;
	failed = credentials_put(
		buf_text(&file.text), file.text.len, host, helper ? NULL : credentials, &text, err);
	if (!failed)
		failed = file_replace(&file, &text, err);
	if (text.data)
		explicit_bzero(text.data, text.len);
	if (!failed && note_place(place, file.path, helper) < 0)
		failed = err_set(err, ENOMEM, "credentials: out of memory");
	return failed;
}

int credentials_erase(const char *host, bool *found, struct err *err)
{
	auto_file file = {.dir_fd = -1};
	auto_buf text = BUF_INIT;
	auto_json *json = NULL;
	const char *helper;
	bool unknown = true, listed;
	int failed;

	if (file_open(&file, err) < 0 || parse(buf_text(&file.text), file.text.len, &json, err) < 0)
		return err_in(err, "credentials in %s", file.path ? file.path : "config.json");
	helper = helper_for(json, host);
	if (helper && ask(helper, "erase", credentials_key(host), &unknown, err) < 0)
		return err->code;
	failed = credentials_drop(buf_text(&file.text), file.text.len, host, &listed, &text, err);
	if (!failed && listed)
		failed = file_replace(&file, &text, err);
	*found = listed || !unknown;
	return failed;
}
