#include "util/strs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strs_fini(struct strs *strs)
{
	for (size_t i = 0; i < strs->len; i++)
		free(strs->v[i]);
	free(strs->v);
	*strs = (struct strs)STRS_INIT;
}

/* The list doubles at powers of two, so its capacity needs no field of its own. */
static bool full(const struct strs *strs)
{
	size_t used = strs->len + 1;

	return !strs->v || (used & (used - 1)) == 0;
}

void strs_give(struct strs *strs, char *text)
{
	char **v = strs->v;

	if (text && full(strs))
		v = realloc(strs->v, sizeof(*v) * (strs->len + 1) * 2);
	if (!text || !v) {
		free(text);
		strs->failed = true;
		return;
	}
	strs->v = v;
	v[strs->len++] = text;
	v[strs->len] = NULL;
}

void strs_add(struct strs *strs, const char *text)
{
	strs_give(strs, strdup(text));
}

void strs_addf(struct strs *strs, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	strs_give(strs, text);
}

void strs_copy(struct strs *strs, const struct strs *from)
{
	for (size_t i = 0; i < from->len; i++)
		strs_add(strs, from->v[i]);
}

static size_t key_len(const char *assignment)
{
	return strcspn(assignment, "=");
}

void strs_set_env(struct strs *strs, const char *assignment)
{
	size_t len = key_len(assignment);

	for (size_t i = 0; i < strs->len; i++) {
		char *copy;

		if (key_len(strs->v[i]) != len || strncmp(strs->v[i], assignment, len) != 0)
			continue;
		copy = strdup(assignment);
		if (!copy) {
			strs->failed = true;
			return;
		}
		free(strs->v[i]);
		strs->v[i] = copy;
		return;
	}
	strs_add(strs, assignment);
}

const char *strs_env(const struct strs *strs, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < strs->len; i++)
		if (strncmp(strs->v[i], key, len) == 0 && strs->v[i][len] == '=')
			return strs->v[i] + len + 1;
	return NULL;
}

bool strs_failed(const struct strs *strs)
{
	return strs->failed;
}

bool str_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && *a == *b && strcmp(a, b) == 0);
}

bool str_is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdef") >= len && len > 0;
}

size_t str_distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	if (len >= sizeof(row) / sizeof(row[0]))
		return len;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < len; j++) {
			size_t best = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j + 1] = diagonal + 1 < best ? diagonal + 1 : best;
		}
	}
	return row[len];
}
