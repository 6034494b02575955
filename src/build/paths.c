#include "build/paths.h"

#include <string.h>

static struct piece next_name(struct piece *rest)
{
	size_t len = 0;
	struct piece name;

	while (rest->len && rest->at[0] == '/')
		*rest = piece_skip(*rest, 1);
	while (len < rest->len && rest->at[len] != '/')
		len++;
	name = (struct piece){rest->at, len};
	*rest = piece_skip(*rest, len);
	return name;
}

/* Takes the last name off; false: there is none that could be taken. */
static bool step_up(struct buf *out, size_t root)
{
	size_t len = out->len;

	while (len > root && out->data[len - 1] != '/')
		len--;
	if (out->len == root || (out->len - len == 2 && memcmp(out->data + len, "..", 2) == 0))
		return false;
	out->len = len > root ? len - 1 : root;
	out->data[out->len] = '\0';
	return true;
}

void path_clean(struct piece path, struct buf *out)
{
	auto_buf clean = BUF_INIT;
	bool absolute = path.len && path.at[0] == '/';
	struct piece name;

	if (absolute)
		buf_addc(&clean, '/');
	while ((name = next_name(&path)).len) {
		if (piece_is(name, "."))
			continue;
		if (piece_is(name, "..") && (step_up(&clean, absolute) || absolute))
			continue;
		if (clean.len > (size_t)absolute)
			buf_addc(&clean, '/');
		buf_add(&clean, name.at, name.len);
	}
	buf_adds(out, clean.len ? buf_text(&clean) : ".");
	out->failed |= clean.failed;
}

void path_below(const char *dir, const char *path, struct buf *out)
{
	auto_buf whole = BUF_INIT;

	if (path[0] == '/')
		buf_adds(&whole, path);
	else
		buf_addf(&whole, "/%s/%s", dir, path);
	path_clean((struct piece){buf_text(&whole), whole.len}, out);
	out->failed |= whole.failed;
}
