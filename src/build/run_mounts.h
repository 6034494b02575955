/* run_mounts.h - what RUN --mount asks for, from before the step until after it. */
#ifndef BUILD_RUN_MOUNTS_H
#define BUILD_RUN_MOUNTS_H

#include "build/work.h"
#include "runtime/spec.h"

struct run_mounts;

/* Whether every --ssh names an agent. */
int run_mounts_check_agents(const struct strs *given, struct err *err);
/* Of the key: the trees and files that are bound in. Not what a cache or a secret holds. */
int run_mounts_key(
	struct build_work *work, const struct build_run *what, struct key *key, struct err *err);

/* Takes the locks of caches, lays out secrets. The caller ends *out with run_mounts_close. */
int run_mounts_open(struct build_work *work, const struct build_run *what, struct run_mounts **out,
	struct err *err);
/* Into the spec of the step's process. */
int run_mounts_apply(struct run_mounts *mounts, struct spec *spec, struct err *err);
/* Secrets and agents that are told by variables. */
int run_mounts_env(struct run_mounts *mounts, struct strs *env, struct err *err);
/* What only had to be there to be mounted upon. */
int run_mounts_stubs(struct run_mounts *mounts, struct strs *out, struct err *err);
/* The same, as `davit run --mount` is told. */
int run_mounts_options(struct run_mounts *mounts, struct strs *out, struct err *err);
/* Secrets are gone, locks are free. NULL is fine. */
void run_mounts_close(struct run_mounts *mounts);

#endif
