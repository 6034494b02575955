#include "build/csv.h"

#include <errno.h>

static int bad(struct err *err, size_t column, const char *why)
{
	return err_set(err, EINVAL, "parse error on line 1, column %zu: %s", column + 1, why);
}

int csv_field(const char *text, size_t *at, struct buf *field, struct err *err)
{
	buf_clear(field);
	if (text[*at] == '"') {
		for (++*at; text[*at] != '"' || text[*at + 1] == '"'; ++*at) {
			if (!text[*at])
				return bad(err, *at, "extraneous or missing \" in quoted-field");
			*at += text[*at] == '"';
			buf_addc(field, text[*at]);
		}
		++*at;
		if (text[*at] && text[*at] != ',')
			return bad(err, *at - 1, "extraneous or missing \" in quoted-field");
	}
	for (; text[*at] && text[*at] != ','; ++*at) {
		if (text[*at] == '"')
			return bad(err, *at, "bare \" in non-quoted field");
		buf_addc(field, text[*at]);
	}
	return buf_failed(field) ? err_set(err, ENOMEM, "out of memory") : 0;
}
