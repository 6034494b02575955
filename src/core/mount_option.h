/* mount_option.h - -v, --mount and --tmpfs, as docker writes them. Pure.
 *
 *     -v [SOURCE:]TARGET[:WORD,…]     --mount type=volume,source=…,target=…,KEY=…
 *     --tmpfs TARGET[:WORD,…]         (fields of a line of CSV)
 *
 * All three become the same struct; what is wrong is said in docker's words (-EINVAL). */
#ifndef CORE_MOUNT_OPTION_H
#define CORE_MOUNT_OPTION_H

#include <stdbool.h>

#include "util/err.h"
#include "util/strs.h"

enum mount_type { MOUNT_BIND = 1, MOUNT_VOLUME, MOUNT_TMPFS };
const char *mount_type_name(enum mount_type type); /* "bind", … */

/* How far a bind reaches into what is mounted below its source. */
enum mount_depth {
	MOUNT_DEEP,           /* all of it; read-only reaches as far as the kernel can */
	MOUNT_FLAT,           /* the source's own mount alone */
	MOUNT_DEEP_WRITABLE,  /* all of it, and read-only is for the top alone */
	MOUNT_DEEP_READ_ONLY, /* all of it must become read-only */
};

struct mount_option {
	enum mount_type type;
	char *source; /* a path, a volume's name; NULL: an anonymous volume, or a tmpfs */
	char *target; /* clean: no "..", no trailing slash */
	char *mode;   /* the words of -v as given, or "" */
	char *driver, *subpath;
	const char *propagation; /* NULL: not given; lives for ever */
	enum mount_depth depth;
	bool read_only, no_copy;
	char *idmap; /* how its owners are shown (core/idmap.h); "": as the container's; NULL: not
		      */
	bool makes_source;   /* a bind's missing source is made, as a directory */
	struct strs words;   /* a tmpfs: mount(8)'s options, docker's defaults first */
	struct strs options; /* a volume: "key=value" for its making */
	struct strs labels;  /* a volume: the same */
};

/* On success the caller owns what *out holds (mount_option_fini); on failure *out is untouched. */
int mount_option_volume(const char *text, struct mount_option *out, struct err *err);
int mount_option_mount(const char *text, struct mount_option *out, struct err *err);
int mount_option_tmpfs(const char *text, struct mount_option *out, struct err *err);
void mount_option_fini(struct mount_option *mount);
#define auto_mount_option __attribute__((cleanup(mount_option_fini))) struct mount_option

/* "CONTAINER[:ro|rw…]" of --volumes-from; *who is the caller's to free. */
int mount_option_from(const char *text, char **who, bool *read_only, struct err *err);

/* docker's rule for a volume's name, with its sentence. */
int mount_option_check_name(const char *name, struct err *err);

#endif
