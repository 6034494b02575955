#include "core/image/login.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "core/image/credentials.h"
#include "core/image/registry.h"
#include "core/reference.h"

/* "https://reg.example/v2/" is reg.example; what was ever called docker.io is that. */
static int host_of(const char *server, char host[REFERENCE_NAME_MAX + 1], struct err *err)
{
	const char *scheme = server ? strstr(server, "://") : NULL;
	const char *name = scheme ? scheme + 3 : server ? server : "docker.io";
	size_t len = strcspn(name, "/");

	if (!len || len > REFERENCE_NAME_MAX || strcspn(name, "@?# \t\r\n") < len)
		return err_set(err, EINVAL, "\"%.100s\" is no address of a registry", name);
	snprintf(host, REFERENCE_NAME_MAX + 1, "%.*s", (int)len, name);
	if (strcasecmp(host, "index.docker.io") == 0 ||
		strcasecmp(host, "registry-1.docker.io") == 0)
		snprintf(host, REFERENCE_NAME_MAX + 1, "docker.io");
	return 0;
}

/* Any repository of it: only its host is looked at. */
static int reference_of(const char *host, struct reference *out, struct err *err)
{
	auto_buf name = BUF_INIT;

	/* A bare word would be docker.io's user of that name. */
	buf_addf(&name, "%s%s/login", host,
		strpbrk(host, ".:") || str_eq(host, "localhost") ? "" : ":443");
	if (reference_parse(buf_text(&name), out, err) < 0)
		return err_set(err, EINVAL, "\"%.100s\" is no address of a registry", host);
	return 0;
}

static int ask(const char *host, bool insecure, struct credentials *given, char **identity,
	struct err *err)
{
	struct reference ref;
	const struct registry_options options = {.ref = &ref, .insecure = insecure, .given = given};
	auto_registry *registry = NULL;
	struct http *http = NULL;
	int failed = reference_of(host, &ref, err);

	if (!failed)
		failed = registry_open(&options, &registry, err);
	if (!failed)
		failed = http_new("davit/" DAVIT_VERSION, NULL, &http, err);
	if (failed)
		return failed;
	registry_use(registry, http, NULL);
	failed = registry_log_in(registry, identity, err);
	registry_close(take(registry));
	http_free(http);
	return failed;
}

/* What is stored, or what was given; *given says which. */
static int choose(const char *host, const struct image_login_options *options,
	struct credentials *out, struct err *err)
{
	if (!options->secret)
		return credentials_find(host, "", out, err);
	out->user = strdup(options->user ? options->user : "");
	out->secret = strdup(options->secret);
	return out->user && out->secret ? 0 : err_set(err, ENOMEM, "login: out of memory");
}

static int keep(const char *host, const char *user, const char *secret, char *identity,
	struct image_login *out, struct err *err)
{
	/* With a token to stay logged in with, the password need not be kept. */
	struct credentials c = {.user = (char *)(uintptr_t)user,
		.secret = identity ? NULL : (char *)(uintptr_t)secret,
		.identity_token = identity};
	auto_credentials_place place = {.file = NULL};
	int failed = credentials_store(host, &c, &place, err);

	if (!failed && !place.helper)
		out->file = take(place.file);
	return failed;
}

int image_login(const struct image_login_options *options, struct image_login *out, struct err *err)
{
	auto_credentials credentials = CREDENTIALS_INIT;
	auto_free char *identity = NULL;
	char host[REFERENCE_NAME_MAX + 1];
	int failed = host_of(options->server, host, err);

	*out = (struct image_login){.server = failed ? NULL : strdup(host)};
	if (!failed)
		failed = choose(host, options, &credentials, err);
	if (failed)
		return failed;
	out->user = credentials.user ? strdup(credentials.user) : NULL;
	if (!credentials.secret && !credentials.identity_token)
		return err_set(err, ENODATA, "no credentials are stored for %s", host);
	failed = ask(host, options->insecure, &credentials, &identity, err);
	if (!failed && options->secret)
		failed = keep(host, options->user, options->secret, identity, out, err);
	if (identity)
		explicit_bzero(identity, strlen(identity));
	return failed;
}

int image_logout(const char *server, char **key, bool *found, struct err *err)
{
	char host[REFERENCE_NAME_MAX + 1];
	int failed = host_of(server, host, err);

	if (failed)
		return failed;
	*key = strdup(credentials_key(host));
	if (!*key)
		return err_set(err, ENOMEM, "logout: out of memory");
	return credentials_erase(host, found, err);
}
