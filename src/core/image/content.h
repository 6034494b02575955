/* content.h - what is in one file, into another. */
#ifndef CORE_IMAGE_CONTENT_H
#define CORE_IMAGE_CONTENT_H

#include <sys/types.h>

/* `to` is empty. Blocks are shared where the file system can, holes stay holes. 0 or a negative
 * errno; a file that becomes shorter meanwhile ends with a hole. */
int content_copy(int from, int to, off_t size);

#endif
