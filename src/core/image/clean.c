#include "core/image/clean.h"

#include <errno.h>
#include <string.h>

static size_t parent_len(const char *clean, size_t len)
{
	while (len && clean[len - 1] != '/')
		len--;
	return len ? len - 1 : 0;
}

int clean_path(const char *path, char clean[INDEX_PATH_MAX], struct err *err)
{
	size_t len = 0;
	int depth = 0;

	for (const char *at = path; *(at += strspn(at, "/"));) {
		size_t part = strcspn(at, "/");

		if (part == 2 && at[0] == '.' && at[1] == '.') {
			if (!depth--)
				return err_set(
					err, EBADMSG, "%.200s climbs out of the layer", path);
			len = parent_len(clean, len);
		} else if (part != 1 || at[0] != '.') {
			if (part > INDEX_NAME_MAX || len + part + 2 > INDEX_PATH_MAX)
				return err_set(
					err, ENAMETOOLONG, "%.60s…: the name is too long", path);
			if (++depth > INDEX_DEPTH_MAX)
				return err_set(err, ENAMETOOLONG,
					"%.60s… lies more than %d directories deep", path,
					INDEX_DEPTH_MAX);
			if (len)
				clean[len++] = '/';
			memcpy(clean + len, at, part);
			len += part;
		}
		at += part;
	}
	clean[len] = '\0';
	return 0;
}
