/* engine_runtime.h - the façade (core/engine.h): davit-runtime, the OCI runtime that other engines
 * use. It is a program of its own; davit only knows where it is. */
#ifndef CORE_ENGINE_RUNTIME_H
#define CORE_ENGINE_RUNTIME_H

#include "core/engine_base.h"

/* Becomes it; argv ends with NULL. Returns only to say why not. */
int engine_runtime_become(char **argv, struct err *err);

#endif
