/* hooks.h - the hooks that run outside of a container: prestart, createRuntime, poststart,
 * poststop. Those inside are steps of its plan. */
#ifndef OCI_HOOKS_H
#define OCI_HOOKS_H

#include "runtime/spec.h"

/* A memfd with the state, for hooks' stdin; or a negative errno. */
int hooks_state(const char *text);
/* One after another, up to the first that fails. */
int hooks_run(const spec_hooks *hooks, const char *stage, int state, struct err *err);
bool hooks_any_inside(const struct spec_all_hooks *hooks);

#endif
