#include "core/image/challenge.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "util/buf.h"
#include "util/own.h"

static const char token_chars[] = "!#$%&'*+-.^_`|~0123456789"
				  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char token68_chars[] = "-._~+/0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char blanks[] = " \t";

void challenges_fini(struct challenges *list)
{
	for (size_t i = 0; i < list->len; i++) {
		free(list->v[i].scheme);
		strs_fini(&list->v[i].params);
	}
	list->len = 0;
}

static void skip(const char **at, const char *set)
{
	*at += strspn(*at, set);
}

static void add_lower(struct buf *buf, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addc(buf, (char)tolower((unsigned char)text[i]));
}

/* A token or a quoted string, appended without quotes and backslashes. */
static int take_value(const char **at, struct buf *out)
{
	const char *p = *at + 1;

	if (**at != '"') {
		/* Some registries leave URLs unquoted; nothing but a comma or a blank can end them.
		 */
		size_t len = strcspn(*at, ", \t\"");
		buf_add(out, *at, len);
		*at += len;
		return len ? 0 : -EINVAL;
	}
	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && *++p == '\0')
			return -EINVAL;
		buf_addc(out, *p);
	}
	if (*p != '"')
		return -EINVAL;
	*at = p + 1;
	return 0;
}

static int take_param(const char **at, size_t name_len, struct challenge *to)
{
	auto_buf text = BUF_INIT;
	int failed;

	if (to->params.len == CHALLENGE_PARAMS_MAX)
		return -E2BIG;
	add_lower(&text, *at, name_len);
	*at += name_len;
	skip(at, blanks);
	(*at)++; /* the '=' that made the caller call this a parameter */
	skip(at, blanks);
	buf_addc(&text, '=');
	failed = take_value(at, &text);
	if (failed)
		return failed;
	strs_give(&to->params, buf_take(&text));
	return strs_failed(&to->params) ? -ENOMEM : 0;
}

/* name = value, but neither name== nor "name=," which are a token68. */
static bool is_param(const char *at, size_t name_len)
{
	const char *p = at + name_len + strspn(at + name_len, blanks);

	if (name_len == 0 || *p != '=')
		return false;
	p++;
	p += strspn(p, blanks);
	return *p != '\0' && *p != ',' && *p != '=';
}

static int take_scheme(const char **at, size_t len, struct challenges *list)
{
	auto_buf name = BUF_INIT;
	struct challenge *new = &list->v[list->len];
	size_t blob;

	if (list->len == CHALLENGES_MAX)
		return -E2BIG;
	add_lower(&name, *at, len);
	*new = (struct challenge){.scheme = buf_take(&name), .params = STRS_INIT};
	if (!new->scheme)
		return -ENOMEM;
	list->len++;
	*at += len;
	if (**at != '\0' && **at != ',' && !strchr(blanks, **at))
		return -EINVAL;
	skip(at, blanks);
	if (is_param(*at, strspn(*at, token_chars)))
		return 0;
	/* An opaque blob, as Negotiate sends: of no use to us. */
	blob = strspn(*at, token68_chars);
	blob += strspn(*at + blob, "=");
	if ((*at)[blob + strspn(*at + blob, blanks)] == ',' || (*at)[blob] == '\0')
		*at += blob;
	return 0;
}

int challenges_add(struct challenges *list, const char *header)
{
	struct challenge *last = NULL;
	int failed = 0;

	if (strlen(header) > CHALLENGE_HEADER_MAX)
		return -E2BIG;
	while (!failed) {
		size_t len;

		skip(&header, ", \t");
		if (*header == '\0')
			return 0;
		len = strspn(header, token_chars);
		if (len == 0)
			return -EINVAL;
		if (last && is_param(header, len)) {
			failed = take_param(&header, len, last);
			continue;
		}
		failed = take_scheme(&header, len, list);
		last = &list->v[list->len ? list->len - 1 : 0];
	}
	return failed;
}

const struct challenge *challenges_find(const struct challenges *list, const char *scheme)
{
	for (size_t i = 0; i < list->len; i++)
		if (strcmp(list->v[i].scheme, scheme) == 0)
			return &list->v[i];
	return NULL;
}

const char *challenge_param(const struct challenge *challenge, const char *name)
{
	return strs_env(&challenge->params, name);
}
