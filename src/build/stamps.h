/* stamps.h - contents that were hashed before, and files that are still the same.
 *
 * As git's index does it: a file whose device, inode, size and both times are as they were has the
 * content it had. What changed within the clock's last tick before it was hashed is not remembered:
 * another change in the same tick would not be seen. One file a tree, below the store's cache; read
 * by mapping it, replaced as a whole, so any number of builds may use it at once.
 *
 *     header   16 bytes: "davstmp2", count
 *     stamps   96 bytes each, in order of their keys */
#ifndef BUILD_STAMPS_H
#define BUILD_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "build/files.h"
#include "util/err.h"

struct stamps;

/* An unreadable or damaged file counts as empty. The caller owns *out. */
int stamps_open(int dir_fd, const char *name, struct stamps **out, struct err *err);
/* Fills the file's hash, and a large one's sample. False: not known, or not the same any more. */
bool stamps_find(struct stamps *stamps, struct file *file);
void stamps_note(struct stamps *stamps, const struct file *file);
/* Writes what was found or noted since it was opened, if that is something else than before. */
int stamps_save(struct stamps *stamps, struct err *err);
void stamps_free(struct stamps *stamps); /* NULL is fine */
own_define(stamps)

#endif
