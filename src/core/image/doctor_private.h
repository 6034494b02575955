/* doctor_private.h - what doctor*.c share. */
#ifndef CORE_IMAGE_DOCTOR_PRIVATE_H
#define CORE_IMAGE_DOCTOR_PRIVATE_H

#include "core/db.h"
#include "core/image/doctor.h"
#include "core/store_db.h"
#include "util/buf.h"

struct examination {
	struct store *store;
	struct db *db;
	const struct doctor *doctor;
	struct doctor_counts *counts;
};

/* Tells a finding. repaired 0: it was; negative: it was not, and remedy says what to do. */
void doctor_tell(const struct examination *exam, const char *kind, const char *name,
	const char *problem, int repaired, const char *remedy);
/* The first column of a query with at most one text to bind (NULL: none). */
int doctor_texts(const struct examination *exam, const char *sql, const char *a, struct strs *out,
	struct err *err);
/* One name for each image that has this layer, ", " between: for people. */
void doctor_images_of(const struct examination *exam, const char *layer, struct buf *out);

/* With the store's lock held; alone: see store_alone. */
int doctor_rows(const struct examination *exam, bool alone, struct err *err);
int doctor_leftovers(const struct examination *exam, struct err *err);

int doctor_blobs(const struct examination *exam, struct err *err);
int doctor_layers(const struct examination *exam, struct err *err);

#endif
