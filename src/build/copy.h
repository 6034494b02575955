/* copy.h - files that were found (files.h) are written where a COPY or ADD wants them (dest.h).
 *
 * BuildKit's rules. A source that is a directory gives its content; a file goes into the
 * destination when that is a directory or ends in a slash, else takes its name. The directory that
 * is copied into keeps what it is when it was there; directories inside take the source's metadata
 * in any case; a file never replaces a directory. */
#ifndef BUILD_COPY_H
#define BUILD_COPY_H

#include <stdbool.h>

#include "build/dest.h"
#include "build/files.h"
#include "build/late.h"
#include "util/err.h"

/* --chmod: an octal number, or symbolic as chmod(1) has it. */
struct copy_mode;
int copy_mode_parse(const char *text, struct copy_mode **out, struct err *err);
void copy_mode_free(struct copy_mode *mode);
own_define(copy_mode)
mode_t copy_mode_apply(const struct copy_mode *mode, mode_t before);

struct copy_order {
	const struct files *files;
	const struct files_source *source;
	const char *to; /* as written: absolute, may end in a slash */
	bool replace;   /* files that are there already give way: an earlier source's, or those in
			 * the user's own directory */
	bool to_directory; /* whatever it is called: several sources, or --parents */
	bool keep_owner;   /* the files' own, when there is no --chown */
	bool has_owner;    /* --chown */
	uid_t uid;         /* of what is made on the way too */
	gid_t gid;
	const struct copy_mode *mode; /* --chmod; NULL: as it is */
	struct late *late;            /* it becomes a layer: times are whole seconds, and contents
				       * may be written later; NULL: it is for somebody to read now */
};

int copy_files(struct dest *dest, const struct copy_order *order, struct err *err);

#endif
