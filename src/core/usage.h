/* usage.h - how much disk a tree takes. */
#ifndef CORE_USAGE_H
#define CORE_USAGE_H

#include <stdint.h>

/* Bytes on the disk of everything below name, symlinks not followed and other file systems left
 * out, a file with several names once a name; what cannot be read counts nothing. */
uint64_t usage_of(int dir_fd, const char *name);

#endif
