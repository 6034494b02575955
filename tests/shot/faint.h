/* faint.h - rewrites faint to blink on the way to the emulator; see faint.c. */
#ifndef SHOT_FAINT_H
#define SHOT_FAINT_H

#include <stdbool.h>
#include <stddef.h>

/* Filled in by its owner; len 0 at first. */
struct faint {
	void (*sink)(void *self, const char *bytes, size_t len);
	void *self;
	size_t len;
	char kept[64];
};

void faint_feed(struct faint *faint, const char *bytes, size_t len);

#endif
