#include "util/late.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

enum { NO_LIBRARY = 127 }; /* as ld.so ends a program */

void *late_find(const char *library, const char *name)
{
	void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	void *found = opened ? dlsym(opened, name) : NULL;

	if (!found) {
		fprintf(stderr, "davit: %s\n", dlerror());
		_exit(NO_LIBRARY);
	}
	return found;
}
