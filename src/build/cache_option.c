#include "build/cache_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/csv.h"
#include "build/no_memory.h"
#include "util/digest.h"
#include "util/own.h"
#include "util/strs.h"

struct reading {
	enum cache_direction direction;
	struct cache_option *out;
	bool typed;
};

void cache_option_fini(struct cache_option *option)
{
	free(option->place);
	free(option->tag);
	free(option->digest);
	free(option->compression);
	*option = (struct cache_option){0};
}

static const char *flag_of(const struct reading *reading)
{
	return reading->direction == CACHE_TO ? "--cache-to" : "--cache-from";
}

/* ---- values ---- */

static int set_text(char **to, const char *value, struct err *err)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : no_memory(err);
}

static int set_bool(bool *to, const char *key, const char *value, struct err *err)
{
	*to = str_eq(value, "true") || str_eq(value, "1");
	if (*to || str_eq(value, "false") || str_eq(value, "0"))
		return 0;
	return err_set(
		err, EINVAL, "failed to parse %s: \"%.50s\" is neither true nor false", key, value);
}

static int set_kind(struct reading *reading, const char *value, struct err *err)
{
	static const char *const kinds[] = {"registry", "local", "inline"};
	size_t known = reading->direction == CACHE_TO ? 3 : 2;

	reading->typed = true;
	for (size_t i = 0; i < known; i++)
		if (str_eq(value, kinds[i])) {
			reading->out->kind = (enum cache_kind)i;
			return 0;
		}
	return err_set(err, ENOTSUP, "unknown cache %s: \"%.50s\": it is registry, local%s",
		reading->direction == CACHE_TO ? "exporter" : "importer", value,
		reading->direction == CACHE_TO ? " or inline" : "");
}

static int set_mode(struct cache_option *out, const char *value, struct err *err)
{
	out->max = str_eq(value, "max");
	return out->max || str_eq(value, "min")
		       ? 0
		       : err_set(err, EINVAL, "invalid cache mode: %.50s: it is min or max", value);
}

static int set_compression(struct cache_option *out, const char *value, struct err *err)
{
	if (!str_eq(value, "gzip") && !str_eq(value, "zstd"))
		return err_set(err, ENOTSUP,
			"compression=%.50s of a cache is not supported: it is gzip or zstd", value);
	return set_text(&out->compression, value, err);
}

static int set_digest(struct cache_option *out, const char *value, struct err *err)
{
	if (!digest_is_sha256(value))
		return err_set(err, EINVAL, "invalid digest \"%.100s\" of a cache", value);
	return set_text(&out->digest, value, err);
}

/* Only one of the two answers is what is done. */
static int insist(const char *key, const char *value, bool is, struct err *err)
{
	bool asked = false;

	if (set_bool(&asked, key, value, err) < 0)
		return err->code;
	return asked == is ? 0
			   : err_set(err, ENOTSUP,
				     "%s=%s of a cache is not supported: its manifest is an OCI "
				     "image's, and what is compressed already stays as it is",
				     key, value);
}

/* ---- keys ---- */

static int set_to(struct cache_option *out, const char *key, const char *value, struct err *err)
{
	if (str_eq(key, "mode"))
		return set_mode(out, value, err);
	if (str_eq(key, "compression"))
		return set_compression(out, value, err);
	if (str_eq(key, "ignore-error"))
		return set_bool(&out->ignore_error, key, value, err);
	if (str_eq(key, "oci-mediatypes") || str_eq(key, "image-manifest"))
		return insist(key, value, true, err);
	if (str_eq(key, "force-compression"))
		return insist(key, value, false, err);
	if (str_eq(key, "compression-level"))
		return err_set(err, ENOTSUP, "compression-level of a cache is not supported");
	return -ENOENT;
}

static int set_field(struct reading *reading, const char *key, const char *value, struct err *err)
{
	bool to = reading->direction == CACHE_TO;
	struct cache_option *out = reading->out;
	int failed;

	if (str_eq(key, "type"))
		return set_kind(reading, value, err);
	if (str_eq(key, "ref") || str_eq(key, to ? "dest" : "src"))
		return set_text(&out->place, value, err);
	if (str_eq(key, "tag"))
		return set_text(&out->tag, value, err);
	if (str_eq(key, "digest") && !to)
		return set_digest(out, value, err);
	if (str_eq(key, "registry.insecure"))
		return set_bool(&out->insecure, key, value, err);
	failed = to ? set_to(out, key, value, err) : -ENOENT;
	return failed == -ENOENT
		       ? err_set(err, EINVAL, "unknown option %.50s of %s", key, flag_of(reading))
		       : failed;
}

static int read_fields(struct reading *reading, const char *text, struct err *err)
{
	auto_buf field = BUF_INIT;
	size_t at = 0;

	while (text[at]) {
		char *name, *value;

		if (csv_field(text, &at, &field, err) < 0)
			return err->code;
		name = field.len ? field.data : "";
		value = strchr(name, '=');
		if (!value)
			return err_set(err, EINVAL, "invalid value %.200s", name);
		*value++ = '\0';
		if (set_field(reading, name, value, err) < 0)
			return err->code;
		at += text[at] == ',';
	}
	return reading->typed ? 0 : err_set(err, EINVAL, "type required form> \"%.200s\"", text);
}

static int check(const struct reading *reading, struct err *err)
{
	const struct cache_option *out = reading->out;

	if (out->kind == CACHE_INLINE)
		return out->max ? err_set(err, ENOTSUP,
					  "an inline cache is what the image is made of: mode=max "
					  "is for registry and local")
				: 0;
	if (!out->place || !*out->place)
		return err_set(err, EINVAL, "%s required for %s cache",
			out->kind == CACHE_REGISTRY      ? "ref"
			: reading->direction == CACHE_TO ? "dest"
							 : "src",
			out->kind == CACHE_REGISTRY ? "registry" : "local");
	return 0;
}

int cache_option_parse(
	const char *text, enum cache_direction direction, struct cache_option *out, struct err *err)
{
	struct cache_option option = {.kind = CACHE_REGISTRY};
	struct reading reading = {.direction = direction, .out = &option};
	int failed;

	/* A reference alone, as docker had it first. */
	failed = strchr(text, '=') ? read_fields(&reading, text, err)
				   : set_text(&option.place, text, err);
	if (!failed)
		failed = check(&reading, err);
	if (failed) {
		cache_option_fini(&option);
		return err_in(err, "%s", flag_of(&reading));
	}
	*out = option;
	return 0;
}
