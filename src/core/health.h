/* health.h - a health check as docker has it: what the user asked for over what the image says, and
 * the file its monitor reads (runtime/wire.h). */
#ifndef CORE_HEALTH_H
#define CORE_HEALTH_H

#include "core/engine_own.h"
#include "core/image.h"
#include "runtime/spec.h"
#include "runtime/wire.h"
#include "util/json.h"

struct health {
	cJSON *config;       /* docker's Config.Healthcheck, merged; NULL: nobody speaks of one */
	struct strs command; /* empty: there is none */
	struct health_head head;
};

/* asked: docker's object as JSON text, or NULL. -EINVAL in docker's words. */
int health_make(
	const char *asked, const struct image_config *image, struct health *out, struct err *err);
void health_fini(struct health *health);

/* containers/ID/health. spec: the container's. */
int health_compile(struct engine *engine, const char *id, const struct spec *spec, bool privileged,
	const struct health *health, struct buf *out, struct err *err);

/* docker's State.Health into state, for one whose check has begun. */
void health_describe(struct engine *engine, const struct container *container, cJSON *state);

#endif
