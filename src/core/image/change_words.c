#include "core/image/change_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_name(char c, bool first)
{
	return c == '_' || isalpha((unsigned char)c) || (!first && isdigit((unsigned char)c));
}

static size_t name_len(const char *text)
{
	size_t len = 0;

	while (is_name(text[len], len == 0))
		len++;
	return len;
}

static const char *value_of(const struct strs *env, const char *name, size_t len)
{
	for (size_t i = env ? env->len : 0; i--;)
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return env->v[i] + len + 1;
	return NULL;
}

/* "${NAME}", "${NAME:-word}", "${NAME:+word}"; *at stands on the brace. */
static int braced(const char **at, const struct strs *env, struct buf *out, struct err *err)
{
	const char *name = *at + 1, *end = strchr(name, '}'), *value;
	size_t len = name_len(name);
	char how = '\0';

	if (!end || !len)
		return err_set(err, EINVAL, "bad substitution: $%.60s", *at);
	value = value_of(env, name, len);
	if (name + len != end) {
		how = name[len] == ':' ? name[len + 1] : name[len];
		if (how != '-' && how != '+')
			return err_set(err, EINVAL, "unsupported modifier (%c) in substitution",
				name[len]);
		if (name[len] == ':' && value && !*value)
			value = NULL;
	}
	if (how && (how == '+') == (value != NULL)) {
		const char *word = name + len + (name[len] == ':' ? 2 : 1);

		buf_add(out, word, (size_t)(end - word));
	} else if (how != '+' && value) {
		buf_adds(out, value);
	}
	*at = end + 1;
	return 0;
}

/* *at stands behind the dollar. */
static int variable(const char **at, const struct strs *env, struct buf *out, struct err *err)
{
	size_t len = name_len(*at);
	const char *value;

	if (**at == '{')
		return braced(at, env, out, err);
	if (!len) {
		buf_addc(out, '$');
		return 0;
	}
	value = value_of(env, *at, len);
	buf_adds(out, value ? value : "");
	*at += len;
	return 0;
}

static int double_quoted(const char **at, const struct strs *env, struct buf *out, struct err *err)
{
	while (**at && **at != '"') {
		char c = *(*at)++;

		if (c == '\\' && **at && strchr("\"$\\", **at))
			buf_addc(out, *(*at)++);
		else if (c != '$')
			buf_addc(out, c);
		else if (variable(at, env, out, err) < 0)
			return err->code;
	}
	if (!**at)
		return err_set(err, EINVAL,
			"unexpected end of statement while looking for matching "
			"double-quote");
	(*at)++;
	return 0;
}

static int single_quoted(const char **at, struct buf *out, struct err *err)
{
	const char *end = strchr(*at, '\'');

	if (!end)
		return err_set(err, EINVAL,
			"unexpected end of statement while looking for matching "
			"single-quote");
	buf_add(out, *at, (size_t)(end - *at));
	*at = end + 1;
	return 0;
}

bool change_word(
	const char **at, const struct strs *env, char stop, struct buf *out, struct err *err)
{
	int failed = 0;

	err_forgive(err);
	*at += strspn(*at, " \t\n");
	if (!**at)
		return false;
	while (!failed && **at && !strchr(" \t\n", **at) && **at != stop) {
		char c = *(*at)++;

		if (c == '\'')
			failed = single_quoted(at, out, err);
		else if (c == '"')
			failed = double_quoted(at, env, out, err);
		else if (c == '$')
			failed = variable(at, env, out, err);
		else if (c == '\\' && **at)
			buf_addc(out, *(*at)++);
		else
			buf_addc(out, c);
	}
	if (!failed && buf_failed(out))
		failed = err_set(err, ENOMEM, "out of memory");
	return !failed;
}

int change_words(const char *text, const struct strs *env, struct strs *out, struct err *err)
{
	for (;;) {
		auto_buf word = BUF_INIT;

		if (!change_word(&text, env, '\0', &word, err))
			return err->code;
		strs_add(out, buf_text(&word));
	}
}

int change_duration(const char *text, int64_t *out, struct err *err)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	const char *at = text;
	double total = 0;

	*out = 0;
	if (str_eq(text, "0"))
		return 0;
	while (*at) {
		char *end;
		double number = strtod(at, &end);
		size_t len = strspn(end, "nusmh"), i = 0;

		while (i < sizeof(units) / sizeof(*units) &&
			(strlen(units[i].name) != len || strncmp(units[i].name, end, len) != 0))
			i++;
		if (end == at || !isdigit((unsigned char)*at) ||
			i == sizeof(units) / sizeof(*units))
			break;
		total += number * units[i].ns;
		at = end + len;
	}
	if (*at || at == text || total > 9e18)
		return err_set(err, EINVAL, "time: invalid duration \"%.60s\"", text);
	*out = (int64_t)total;
	return 0;
}
