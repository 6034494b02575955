/* -v, --mount, --tmpfs and --volumes-from: what is accepted has a clean target and a name that
 * leads nowhere. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/mount_option.h"

static void check(const struct mount_option *mount)
{
	const char *target = mount->target;

	if (target[0] != '/' || !target[1] || strstr(target, "//") || strstr(target, "/../") ||
		target[strlen(target) - 1] == '/')
		abort();
	if (mount->type == MOUNT_VOLUME && mount->source &&
		(strchr(mount->source, '/') || mount->source[0] == '.'))
		abort();
	if (mount->type == MOUNT_BIND && mount->source[0] != '/')
		abort();
	if (mount->subpath && mount->subpath[0] == '/')
		abort();
	if (mount->idmap) {
		auto_idmap idmap = {0};
		struct err err;

		if (idmap_read(mount->idmap, &idmap, &err) < 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static int (*const parsers[])(const char *, struct mount_option *, struct err *) = {
		mount_option_volume, mount_option_mount, mount_option_tmpfs};
	char *text = strndup((const char *)input, len), *who;
	bool read_only;
	struct err err;

	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		struct mount_option mount;

		if (parsers[i](text, &mount, &err) < 0)
			continue;
		check(&mount);
		mount_option_fini(&mount);
	}
	if (mount_option_from(text, &who, &read_only, &err) == 0)
		free(who);
	free(text);
	return 0;
}
