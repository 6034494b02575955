/* doctor.h - a store checked against itself, and put right where that can be done.
 *
 *     rows      tags and images against layers, layers against their directories
 *     blobs     each against its digest
 *     layers    each directory against its index, content included
 *
 * What is compared with nothing but rows is looked at under the store's lock; contents, which take
 * a second a gigabyte, are read without it, and a finding counts only if its row is still there. */
#ifndef CORE_IMAGE_DOCTOR_H
#define CORE_IMAGE_DOCTOR_H

#include "core/image_ops.h"

int image_doctor(struct store *store, const struct doctor *doctor, struct doctor_counts *counts,
	struct err *err);

#endif
