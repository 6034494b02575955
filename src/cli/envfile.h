/* envfile.h - where the environment and labels of a container come from: options, files, our own
 * environment. */
#ifndef CLI_ENVFILE_H
#define CLI_ENVFILE_H

#include "util/err.h"
#include "util/strs.h"

/* Files first, then what was given one by one, later ones winning. A bare KEY takes its value from
 * our own environment and is left out where we have none. */
int envfile_env(
	const struct strs *files, const struct strs *given, struct strs *out, struct err *err);
/* The same for labels, where a bare KEY means an empty value. */
int envfile_labels(
	const struct strs *files, const struct strs *given, struct strs *out, struct err *err);

#endif
