/* rootless_doctor.h - is the host set up for this ordinary user's davit? */
#ifndef CORE_ROOTLESS_DOCTOR_H
#define CORE_ROOTLESS_DOCTOR_H

#include "core/image_ops.h"

/* Tells a finding of kind "host" for each thing that is not; with the host's rights it says
 * nothing.
 */
void rootless_examine(void (*found)(const struct doctor_finding *finding, void *arg), void *arg);

#endif
