#include "oci/quote.h"

#include <string.h>

#include "util/json_text.h"

void quote_map(struct buf *out, const struct strs *map)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < map->len; i++) {
		size_t name = strcspn(map->v[i], "=");

		if (i)
			buf_addc(out, ',');
		json_put_bytes(out, map->v[i], name);
		buf_addc(out, ':');
		json_put_text(out, map->v[i] + name + (map->v[i][name] == '='));
	}
	buf_addc(out, '}');
}
