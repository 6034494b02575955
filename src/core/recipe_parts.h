/* recipe_parts.h - what the files that make a recipe share. Each sets its part of the spec; what is
 * wrong is said in docker's words. */
#ifndef CORE_RECIPE_PARTS_H
#define CORE_RECIPE_PARTS_H

#include "core/recipe.h"

/* recipe_devices.c */
int recipe_devices(struct spec *spec, const struct container_request *request, struct err *err);
int recipe_block_io(struct spec *spec, const struct container_request *request, struct err *err);

/* recipe_security.c */
int recipe_security(struct spec *spec, const struct container_request *request,
	const struct defaults_host *host, struct err *err);

/* recipe_rights.c */
int recipe_rights(
	const struct spec *spec, const struct container_request *request, struct err *err);

#endif
