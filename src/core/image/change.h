/* change.h - `--change INSTRUCTION` of commit and import: a Dockerfile's words that only touch the
 * config.
 *
 *     CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR
 *
 * Words are split, unquoted and their $VARIABLES replaced as a shell would, from the config's Env.
 */
#ifndef CORE_IMAGE_CHANGE_H
#define CORE_IMAGE_CHANGE_H

#include <cjson/cJSON.h>

#include "util/err.h"
#include "util/strs.h"

/* Applies all in order to an image's "config" object. docker's sentences. */
int change_config(cJSON *config, const struct strs *instructions, struct err *err);

#endif
