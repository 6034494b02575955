#include "cli/filters.h"

#include <errno.h>
#include <string.h>

#include "util/buf.h"

static bool is_key(const char *filter, const char *key)
{
	size_t len = strlen(key);

	/* "label!=x" is the filter "label!". */
	return strncmp(filter, key, len) == 0 && filter[len] == '=';
}

static bool is_one_of(const char *filter, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (is_key(filter, *keys))
			return true;
	return false;
}

int filters_check(const struct strs *filters, const char *const *known, const char *const *later,
	struct err *err)
{
	for (size_t i = 0; i < filters->len; i++) {
		const char *filter = filters->v[i];

		if (!strchr(filter, '='))
			return err_set(err, EINVAL,
				"invalid argument \"%s\" for \"-f, --filter\" flag: bad format of filter "
				"(expected name=value)",
				filter);
		if (is_one_of(filter, later))
			return err_set(err, ENOTSUP, "the filter %.*s is not supported yet",
				(int)strcspn(filter, "="), filter);
		if (!is_one_of(filter, known))
			return err_set(err, EINVAL, "invalid filter '%.*s'",
				(int)strcspn(filter, "="), filter);
	}
	return 0;
}

const char *filters_next(const struct strs *filters, const char *key, size_t *at)
{
	while (*at < filters->len) {
		const char *filter = filters->v[(*at)++];

		if (is_key(filter, key))
			return filter + strlen(key) + 1;
	}
	return NULL;
}

bool filters_have(const struct strs *filters, const char *key)
{
	size_t at = 0;

	return filters_next(filters, key, &at);
}

static int refuse_truth(const struct strs *filters, const char *key, struct err *err)
{
	auto_buf values = BUF_INIT;
	const char *value;
	size_t at = 0;

	while ((value = filters_next(filters, key, &at)))
		buf_addf(&values, "%s%s", values.len ? " " : "", value);
	return err_set(err, EINVAL, "invalid filter '%s=[%s]'", key, buf_text(&values));
}

int filters_truth(const struct strs *filters, const char *key, int *out, struct err *err)
{
	bool yes = false, no = false;
	const char *value;
	size_t at = 0;

	while ((value = filters_next(filters, key, &at))) {
		bool is_yes = str_eq(value, "true") || str_eq(value, "1");

		if (!is_yes && !str_eq(value, "false") && !str_eq(value, "0"))
			return refuse_truth(filters, key, err);
		yes |= is_yes;
		no |= !is_yes;
	}
	if (yes && no)
		return refuse_truth(filters, key, err);
	if (yes || no)
		*out = yes;
	return 0;
}

bool filters_any(const struct strs *filters, const char *key,
	bool (*test)(const char *value, const void *arg), const void *arg)
{
	const char *value;
	size_t at = 0;
	bool had = false;

	while ((value = filters_next(filters, key, &at))) {
		had = true;
		if (test(value, arg))
			return true;
	}
	return !had;
}

bool filters_every(const struct strs *filters, const char *key,
	bool (*test)(const char *value, const void *arg), const void *arg)
{
	const char *value;
	size_t at = 0;

	while ((value = filters_next(filters, key, &at)))
		if (!test(value, arg))
			return false;
	return true;
}

bool filters_label(const struct strs *labels, const char *wanted)
{
	size_t len = strlen(wanted);
	bool has_value = strchr(wanted, '=');

	for (size_t i = 0; i < labels->len; i++)
		if (strncmp(labels->v[i], wanted, len) == 0 &&
			(has_value ? !labels->v[i][len] : labels->v[i][len] == '='))
			return true;
	return false;
}
