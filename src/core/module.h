/* module.h - parts of davit that are opened on first use: davit-<name>.so.
 *
 * They stand beside the executable, or in ../lib/davit of it, and nowhere else. A module stays
 * until the process ends. */
#ifndef CORE_MODULE_H
#define CORE_MODULE_H

#include "util/err.h"

struct image_ops;

/* The address of `symbol` in davit-<name>.so. */
int module_symbol(const char *name, const char *symbol, void **out, struct err *err);
/* The image module's table (core/image_ops.h). */
int module_image(const struct image_ops **out, struct err *err);

#endif
