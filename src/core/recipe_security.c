/* recipe_security.c - --security-opt and --privileged: filters, profiles, hidden paths. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/recipe_parts.h"
#include "runtime/seccomp_cache.h"
#include "util/json.h"
#include "util/own.h"

static int set_text(char **to, const char *text, struct err *err)
{
	char *copy = strdup(text);

	if (!copy)
		return err_set(err, ENOMEM, "security options: out of memory");
	free(*to);
	*to = copy;
	return 0;
}

static int invalid(const char *text, struct err *err)
{
	return err_set(err, EINVAL, "invalid --security-opt: \"%.200s\"", text);
}

/* ---- one of each ---- */

static int set_privileges(struct spec *spec, const char *value, const char *text, struct err *err)
{
	if (!value || str_eq(value, "true") || str_eq(value, "1"))
		spec->process.no_new_privileges = true;
	else if (str_eq(value, "false") || str_eq(value, "0"))
		spec->process.no_new_privileges = false;
	else
		return invalid(text, err);
	return 0;
}

/* A profile's text was read by whoever asked. */
static int set_seccomp(struct spec *spec, const char *value, struct err *err)
{
	auto_json *profile = NULL;

	if (str_eq(value, "unconfined"))
		return set_text(&spec->lnx.seccomp, SPEC_SECCOMP_NONE, err);
	free(take(spec->lnx.seccomp));
	if (str_eq(value, "builtin"))
		return 0;
	if (json_parse(value, strlen(value), &profile, err) < 0)
		return err_in(err, "Decoding seccomp profile failed");
	if (!cJSON_IsObject(profile))
		return err_set(
			err, EINVAL, "Decoding seccomp profile failed: it is no JSON object");
	return set_text(&spec->lnx.seccomp, value, err);
}

static int set_apparmor(
	struct spec *spec, const char *value, const struct defaults_host *host, struct err *err)
{
	free(take(spec->process.apparmor_profile));
	if (str_eq(value, "unconfined") || !*value)
		return 0;
	if (!host->apparmor)
		return err_set(err, ENOTSUP,
			"--security-opt apparmor=%.100s: AppArmor is not enabled on this host",
			value);
	return set_text(&spec->process.apparmor_profile, value, err);
}

/* Labels for SELinux: "disable" is the state of things where there is none. */
static int set_label(const char *value, const char *text, struct err *err)
{
	static const char *const kinds[] = {"user:", "role:", "type:", "level:", "filetype:"};

	if (str_eq(value, "disable") || str_eq(value, "nested"))
		return 0;
	for (size_t i = 0; i < array_len(kinds); i++)
		if (str_has_prefix(value, kinds[i]))
			return err_set(err, ENOTSUP,
				"--security-opt %.100s: SELinux labels are not supported: use label=disable",
				text);
	return invalid(text, err);
}

static int set_option(
	struct spec *spec, const char *text, const struct defaults_host *host, struct err *err)
{
	size_t len = strcspn(text, "=:");
	const char *value = text[len] ? text + len + 1 : NULL;
	auto_free char *key = strndup(text, len);

	if (!key)
		return err_set(err, ENOMEM, "security options: out of memory");
	if (str_eq(key, "no-new-privileges"))
		return set_privileges(spec, value, text, err);
	if (!value)
		return invalid(text, err);
	if (str_eq(key, "seccomp"))
		return set_seccomp(spec, value, err);
	if (str_eq(key, "apparmor"))
		return set_apparmor(spec, value, host, err);
	if (str_eq(key, "label"))
		return set_label(value, text, err);
	if (str_eq(key, "systempaths") && str_eq(value, "unconfined")) {
		defaults_unmask(spec);
		return 0;
	}
	return invalid(text, err);
}

/* socketcall(2), the old way of 32-bit programs to sockets, keeps its arguments in memory, where no
 * filter can tell one family from another: with --strict there is none. */
static int without_socketcall(struct spec *spec, struct err *err)
{
	static const char word[] = "\"socketcall\",";
	size_t len;
	const char *profile = seccomp_default_profile(&len);
	auto_free char *copy = strndup(profile, len);
	char *at = copy ? strstr(copy, word) : NULL;

	if (!copy)
		return err_set(err, ENOMEM, "security options: out of memory");
	if (at)
		memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
	free(spec->lnx.seccomp);
	spec->lnx.seccomp = take(copy);
	return 0;
}

int recipe_security(struct spec *spec, const struct container_request *request,
	const struct defaults_host *host, struct err *err)
{
	int failed = 0;

	if (request->strict)
		failed = without_socketcall(spec, err);
	if (!failed && request->privileged)
		failed = set_text(&spec->lnx.seccomp, SPEC_SECCOMP_NONE, err);
	else if (!failed && host->apparmor_ready)
		failed = set_text(&spec->process.apparmor_profile, DEFAULTS_APPARMOR, err);
	for (size_t i = 0; !failed && i < request->security.len; i++)
		failed = set_option(spec, request->security.v[i], host, err);
	return failed;
}
