/* compile.h - what davit-seccomp.so exports. */
#ifndef RUNTIME_SECCOMP_COMPILE_H
#define RUNTIME_SECCOMP_COMPILE_H

#include "runtime/seccomp_cache.h"

/* See seccomp_compile_fn. Hostile profiles are refused with a sentence, never followed. */
int seccomp_compile(const struct seccomp_request *req, struct buf *program, struct err *err);

#endif
