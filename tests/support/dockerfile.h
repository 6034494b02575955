/* dockerfile.h - Dockerfiles as texts of a test, and the plans that they become.
 *
 * The images they stand on are asked of nobody: "debian", "triggers" and "arm" say what the table
 * in dockerfile.c says of them, "unknown" says nothing, every other one is empty. */
#ifndef SUPPORT_DOCKERFILE_H
#define SUPPORT_DOCKERFILE_H

#include "build/plan.h"

/* Every image has this one. */
#define DOCKERFILE_DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What the next plan is asked with, and where and why the last one failed. */
extern struct dockerfile {
	struct build_plan_options options;
	struct place place;
	struct err err;
} dockerfile;

int dockerfile_make(const char *text, struct build_plan **out);
/* The same, of what must succeed; the caller frees it. */
struct build_plan *dockerfile_plan(const char *text);
/* line: the first of the place that is to blame. */
void dockerfile_is_refused(const char *text, int line, const char *words);
/* A test's teardown: options as they were. */
int dockerfile_clear(void **state);

#endif
