/* spec_check.h - the parts of spec_check, one a file's worth of fields. */
#ifndef RUNTIME_SPEC_CHECK_H
#define RUNTIME_SPEC_CHECK_H

#include "runtime/spec.h"

/* linux.uidMappings, gidMappings, those of the mounts, and that all who are named are mapped. */
int spec_check_ids(const struct spec *spec, struct err *err);
int spec_check_hooks(const struct spec *spec, struct err *err);
int spec_check_time(const struct spec *spec, struct err *err);
/* process.scheduler and process.ioPriority */
int spec_check_priorities(const struct spec_process *process, struct err *err);

#endif
