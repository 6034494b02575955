/* plan_view.h - what plan_words.c and plan_calls.c share: one step, and how its parts are shown. */
#ifndef RUNTIME_PLAN_VIEW_H
#define RUNTIME_PLAN_VIEW_H

#include "runtime/plan_describe.h"

struct plan_view {
	const struct plan *plan;
	const struct plan_step *step;
	struct buf *out;
};

enum plan_bits { PLAN_NAMESPACES, PLAN_ATTRIBUTES, PLAN_PROPAGATIONS };

/* "mount, pid" or "CLONE_NEWNS | CLONE_NEWPID". */
void plan_view_bits(const struct plan_view *v, enum plan_bits kind, uint64_t bits, bool plain);
/* "STORE/", "ROOT" ... */
const char *plan_view_dir(unsigned dir);
/* What a terminal may see: a plan can hold names that a stranger chose. */
void plan_view_clean(const struct plan_view *v, const char *text);
void plan_view_path(const struct plan_view *v, struct plan_ref ref, unsigned dir);
void plan_view_list(const struct plan_view *v, struct plan_ref ref, const char *between);
unsigned plan_view_count(const struct plan_view *v, struct plan_ref ref);
void plan_view_limit(const struct plan_view *v, uint64_t value); /* of RLIMIT_*: "unlimited" */

/* plan_extras.c */
void plan_extra_words(const struct plan_view *v);
void plan_extra_calls(const struct plan_view *v);

#endif
