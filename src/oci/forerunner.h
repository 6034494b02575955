/* forerunner.h - HOLD and clone, and back to where we were. */
#ifndef OCI_FORERUNNER_H
#define OCI_FORERUNNER_H

#include "oci/making.h"

/* 0, or launch->fail.code with launch->fail filled. */
int forerunner_start(struct making *making, const struct launch_stdio *stdio);

#endif
