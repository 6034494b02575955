/* recipe.h - what the user asked for and what the image says, made into one spec. */
#ifndef CORE_RECIPE_H
#define CORE_RECIPE_H

#include "core/engine.h"
#include "core/health.h"
#include "core/image.h"
#include "core/mounts.h"
#include "core/options.h"
#include "runtime/defaults.h"
#include "runtime/plan.h"
#include "runtime/spec.h"

struct wanted;

struct recipe {
	struct spec *spec;
	enum plan_restart restart;
	unsigned restart_max;
	int stop_signal, stop_timeout_s;
	char hostname[65];
	char *command;               /* for ps: path and arguments, quoted as docker shows them */
	const struct wanted *wanted; /* its networks; lent */
	struct health health;
	unsigned wrapping; /* words that --init puts before the command */
	bool host_network;
	struct mounts mounts; /* filled by the caller: mounts.h */
};

/* id: the container's. Touches nothing of the host; the user's mounts are added by mounts_apply.
 * Fails with docker's words for what is wrong; -EINVAL, -ENOTSUP. */
int recipe_make(const struct defaults_host *host, const struct container_request *request,
	const struct image *image, const struct wanted *wanted, const char *id, struct recipe *out,
	struct err *err);
void recipe_fini(struct recipe *recipe);

/* The limits that a request names, into a spec; also of a container that exists. */
int recipe_resources(struct spec *spec, const struct container_request *request, struct err *err);
const char *recipe_restart_name(enum plan_restart policy);

#endif
