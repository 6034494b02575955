#include "build/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

static const char *const kinds[] = {
	[EXPORT_IMAGE] = "image",
	[EXPORT_LOCAL] = "local",
	[EXPORT_TAR] = "tar",
	[EXPORT_OCI] = "oci",
	[EXPORT_DOCKER] = "docker",
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "output: out of memory");
}

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

static int set_field(struct exporter *out, const char *key, const char *value, struct err *err)
{
	if (str_eq(key, "type"))
		return set_kind(out, value, err);
	if (str_eq(key, "push"))
		return read_bool(key, value, &out->push, err);
	if (str_eq(key, "name")) {
		strs_add(&out->names, value);
		return strs_failed(&out->names) ? no_memory(err) : 0;
	}
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

/* "DIR" alone is files there, "-" an archive of them. */
static int read_short(const char *text, struct exporter *out, struct err *err)
{
	out->kind = str_eq(text, "-") ? EXPORT_TAR : EXPORT_LOCAL;
	out->dest = strdup(text);
	return out->dest ? 0 : no_memory(err);
}

static int read_fields(const char *text, struct exporter *out, struct err *err)
{
	bool typed = false;

	for (const char *at = text; *at;) {
		size_t len = strcspn(at, ","), key = strcspn(at, "=,");
		auto_free char *name = strndup(at, key);
		auto_free char *value =
			key < len ? strndup(at + key + 1, len - key - 1) : strdup("");

		if (!name || !value)
			return no_memory(err);
		if (set_field(out, name, value, err) < 0)
			return err->code;
		typed = typed || str_eq(name, "type");
		at += len + (at[len] == ',');
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
	failed = strchr(text, '=') ? read_fields(text, out, err) : read_short(text, out, err);
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
