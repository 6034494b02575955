#include "build/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/csv.h"
#include "build/no_memory.h"
#include "util/own.h"

static const char *const kinds[] = {
	[EXPORT_IMAGE] = "image",
	[EXPORT_LOCAL] = "local",
	[EXPORT_TAR] = "tar",
	[EXPORT_OCI] = "oci",
	[EXPORT_DOCKER] = "docker",
};

static int set_kind(struct exporter *out, const char *value, struct err *err)
{
	if (str_eq(value, "registry")) {
		out->kind = EXPORT_IMAGE;
		out->push = true;
		return 0;
	}
	for (size_t i = 0; i < array_len(kinds); i++)
		if (str_eq(value, kinds[i])) {
			out->kind = (enum exporter_kind)i;
			return 0;
		}
	return err_set(err, EINVAL, "exporter \"%.50s\" could not be found", value);
}

static int read_bool(const char *key, const char *value, bool *out, struct err *err)
{
	*out = str_eq(value, "true") || str_eq(value, "1") || !*value;
	if (*out || str_eq(value, "false") || str_eq(value, "0"))
		return 0;
	return err_set(err, EINVAL, "non-bool value specified for %s: %.50s", key, value);
}

/* Options that say how blobs are packed come with a push or a save, which pack them. */
static bool is_later(const char *key)
{
	static const char *const known[] = {"compression", "compression-level", "force-compression",
		"oci-mediatypes", "rewrite-timestamp", "unpack", "store", "annotation",
		"name-canonical", "dangling-name-prefix"};

	for (size_t i = 0; i < array_len(known); i++)
		if (str_eq(key, known[i]))
			return true;
	return str_has_prefix(key, "annotation");
}

/* "a:1,b:2" in quotes is two. */
static int add_names(struct exporter *out, const char *value, struct err *err)
{
	for (const char *at = value; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (len)
			strs_addf(&out->names, "%.*s", (int)len, at);
		at += len;
	}
	return strs_failed(&out->names) ? no_memory(err) : 0;
}

static int set_field(struct exporter *out, const char *key, const char *value, struct err *err)
{
	if (str_eq(key, "type"))
		return set_kind(out, value, err);
	if (str_eq(key, "push"))
		return read_bool(key, value, &out->push, err);
	if (str_eq(key, "name"))
		return add_names(out, value, err);
	if (str_eq(key, "dest")) {
		free(out->dest);
		out->dest = strdup(value);
		return out->dest ? 0 : no_memory(err);
	}
	if (is_later(key))
		return err_set(
			err, ENOTSUP, "output: %.50s is decided by davit push and davit save", key);
	return err_set(err, EINVAL, "output: unknown option %.50s", key);
}

/* One word without a type, whatever is in it. */
static bool is_short(const char *text)
{
	return !strchr(text, ',') && !str_has_prefix(text, "type=");
}

/* "DIR" alone is files there, "-" an archive of them. */
static int read_short(const char *text, struct exporter *out, struct err *err)
{
	/* What would be the directory we stand in: nobody means to strew a root over it. */
	if (!*text)
		return err_set(err, EINVAL, "--output is empty: give a directory, - or type=…");
	out->kind = str_eq(text, "-") ? EXPORT_TAR : EXPORT_LOCAL;
	out->dest = strdup(text);
	return out->dest ? 0 : no_memory(err);
}

static int read_fields(const char *text, struct exporter *out, struct err *err)
{
	auto_buf field = BUF_INIT;
	bool typed = false;
	size_t at = 0;

	while (text[at]) {
		char *name, *value;

		if (csv_field(text, &at, &field, err) < 0)
			return err_in(err, "output");
		name = field.len ? field.data : "";
		value = strchr(name, '=');
		if (!value)
			return err_set(err, EINVAL, "invalid value %.200s", name);
		*value++ = '\0';
		if (set_field(out, name, value, err) < 0)
			return err->code;
		typed = typed || str_eq(name, "type");
		at += text[at] == ',';
	}
	return typed ? 0 : err_set(err, EINVAL, "type is required for output");
}

static int check(const struct exporter *out, struct err *err)
{
	if (out->kind != EXPORT_IMAGE && !out->dest)
		return err_set(err, EINVAL, "dest is required for %s exporter", kinds[out->kind]);
	if (out->kind == EXPORT_LOCAL && str_eq(out->dest, "-"))
		return err_set(err, EINVAL,
			"dest file is required for local exporter: files cannot be written to -");
	return 0;
}

int exporter_parse(const char *text, struct exporter *out, struct err *err)
{
	int failed;

	*out = (struct exporter){.kind = EXPORT_IMAGE};
	failed = is_short(text) ? read_short(text, out, err) : read_fields(text, out, err);
	if (!failed)
		failed = check(out, err);
	if (failed)
		exporter_fini(out);
	return failed;
}

void exporter_fini(struct exporter *output)
{
	free(output->dest);
	strs_fini(&output->names);
	*output = (struct exporter){.kind = EXPORT_IMAGE};
}
