/* prune_filters.h - what "--filter" means to those who prune. */
#ifndef CLI_PRUNE_FILTERS_H
#define CLI_PRUNE_FILTERS_H

#include "core/engine.h"

/* until, dangling, label, label!: those of known (ends with NULL) into the request, whose lists the
 * caller frees, also after a failure. */
int prune_filters(const struct strs *filters, const char *const *known,
	struct prune_request *request, struct err *err);
/* Of what builds keep: until or unused-for, id, type, description, inuse, shared, private. */
int cache_filters(const struct strs *filters, struct prune_request *request, struct err *err);

#endif
