#include "oci/quote.h"

#include <string.h>

static void add(struct buf *out, const char *text, size_t len)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c < 0x20)
			buf_addf(out, "\\u%04x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_addc(out, '"');
}

void quote_json(struct buf *out, const char *text)
{
	add(out, text, strlen(text));
}

void quote_map(struct buf *out, const struct strs *map)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < map->len; i++) {
		size_t name = strcspn(map->v[i], "=");

		if (i)
			buf_addc(out, ',');
		add(out, map->v[i], name);
		buf_addc(out, ':');
		quote_json(out, map->v[i] + name + (map->v[i][name] == '='));
	}
	buf_addc(out, '}');
}
