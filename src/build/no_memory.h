/* no_memory.h - what any part of a build says when memory runs out. */
#ifndef BUILD_NO_MEMORY_H
#define BUILD_NO_MEMORY_H

#include <errno.h>

#include "util/err.h"

static inline int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "build: out of memory");
}

#endif
