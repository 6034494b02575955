/* scan_xattrs.c - the attributes of one file, as a layer keeps them. */
#include <endian.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/image/scan.h"
#include "core/image/unpack_private.h"

void scan_xattrs_fini(struct scan_xattrs *xattrs)
{
	free(xattrs->list);
	free(xattrs->values);
}

static int grow(struct scan_xattrs *xattrs, struct err *err)
{
	size_t room = xattrs->room ? xattrs->room * 2 : 4096;
	char *more = malloc(room);

	if (!more)
		return err_set(err, ENOMEM, "scan: out of memory");
	if (xattrs->room)
		memcpy(more, xattrs->values, xattrs->room);
	for (size_t i = 0; i < xattrs->n; i++)
		xattrs->v[i].value = more + ((const char *)xattrs->v[i].value - xattrs->values);
	free(xattrs->values);
	xattrs->values = more;
	xattrs->room = room;
	return 0;
}

/* Behind the values before it; one that goes away meanwhile is not there. */
static int add(struct scan_xattrs *xattrs, const char *path, bool follow, const char *key,
	size_t *used, struct err *err)
{
	ssize_t got;

	if (xattrs->n == array_len(xattrs->v))
		return err_set(err, E2BIG, "more than %zu attributes", array_len(xattrs->v));
	do {
		if (xattrs->room - *used < 1024 && grow(xattrs, err) < 0)
			return err->code;
		got = follow ? getxattr(path, key, xattrs->values + *used, xattrs->room - *used)
			     : lgetxattr(path, key, xattrs->values + *used, xattrs->room - *used);
		if (got < 0 && errno == ERANGE && grow(xattrs, err) < 0)
			return err->code;
	} while (got < 0 && errno == ERANGE);
	if (got < 0)
		return errno == ENODATA ? 0 : err_sys(err, "attribute %.100s", key);
	xattrs->v[xattrs->n++] = (struct tar_xattr){
		.name = key, .value = xattrs->values + *used, .len = (size_t)got};
	*used += (size_t)got;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct tar_xattr *left = a, *right = b;

	return strcmp(left->name, right->name);
}

bool scan_is_overlays(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0 ||
	       strncmp(name, "user.overlay.", 13) == 0;
}

static bool says_opaque(const char *path, const char *key)
{
	char value[2];

	return (str_eq(key, "trusted.overlay.opaque") || str_eq(key, "user.overlay.opaque")) &&
	       lgetxattr(path, key, value, sizeof(value)) == 1 && value[0] == 'y';
}

/* follow: the path is the name of an fd, and what that holds is meant. */
static int read_all(struct scan_xattrs *xattrs, const char *path, bool follow, struct err *err)
{
	size_t used = 0;
	ssize_t len;

	xattrs->n = 0;
	xattrs->opaque = false;
	xattrs->overlays = false;
	if (!xattrs->list && !(xattrs->list = malloc(XATTR_LIST_MAX)))
		return err_set(err, ENOMEM, "scan: out of memory");
	len = follow ? listxattr(path, xattrs->list, XATTR_LIST_MAX)
		     : llistxattr(path, xattrs->list, XATTR_LIST_MAX);
	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : err_sys(err, "attributes");
	for (char *key = xattrs->list; key < xattrs->list + len; key += strlen(key) + 1) {
		xattrs->opaque = xattrs->opaque || says_opaque(path, key);
		xattrs->overlays = xattrs->overlays || scan_is_overlays(key);
		if (unpack_keeps_xattr(&(struct tar_xattr){.name = key}) &&
			add(xattrs, path, follow, key, &used, err) < 0)
			return err->code;
	}
	qsort(xattrs->v, xattrs->n, sizeof(*xattrs->v), by_name);
	return 0;
}

int scan_xattrs(struct scan_xattrs *xattrs, int dir_fd, const char *name, struct err *err)
{
	char path[INDEX_NAME_MAX + 64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	return read_all(xattrs, path, false, err);
}

int scan_xattrs_of_fd(struct scan_xattrs *xattrs, int fd, struct err *err)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return read_all(xattrs, path, true, err);
}

/* ---- capabilities ---- */

/* Where the two forms differ: the first word has the version, and of the longer one the last has
 * the root. All are little-endian. */
static void set_version(char *value, char version)
{
	value[3] = version;
}

void scan_caps_own(const void *plain, uint32_t root, char owned[SCAN_CAPS_OWNED])
{
	uint32_t last = htole32(root);

	memcpy(owned, plain, SCAN_CAPS_PLAIN);
	memcpy(owned + SCAN_CAPS_PLAIN, &last, sizeof(last));
	set_version(owned, 3);
}

void scan_caps_plain(struct scan_xattrs *xattrs, uint32_t root)
{
	uint32_t last = htole32(root);

	for (size_t i = 0; i < xattrs->n; i++) {
		struct tar_xattr *xattr = &xattrs->v[i];
		char *value = xattrs->values + ((const char *)xattr->value - xattrs->values);

		if (!str_eq(xattr->name, SCAN_CAPS) || xattr->len != SCAN_CAPS_OWNED ||
			memcmp(value + SCAN_CAPS_PLAIN, &last, sizeof(last)) != 0)
			continue;
		set_version(value, 2);
		xattr->len = SCAN_CAPS_PLAIN;
	}
}
