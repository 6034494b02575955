/* ops.h - what davit-build.so offers the façade (build.h). */
#ifndef BUILD_OPS_H
#define BUILD_OPS_H

#include "build/build.h"

struct build_ops {
	int (*dump)(const struct build_file *file, struct buf *out, struct buf *excerpt,
		struct err *err);
};

/* The module's one exported name. */
const struct build_ops *davit_build_ops(void);

#endif
