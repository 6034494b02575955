/* mounts.h - other mounts met on a walk through files. */
#ifndef CORE_IMAGE_MOUNTS_H
#define CORE_IMAGE_MOUNTS_H

#include <stdbool.h>

/* Which mount an fd is of; 0 before Linux 5.8. */
unsigned long long mount_of(int fd);
/* Whether the directory fd, found as `name`, is another mount than `from` and holds nothing that
 * anybody wrote: what the kernel invents has no place in a copy of files. */
bool mount_is_invented(int fd, const char *name, unsigned long long from);

#endif
