#include "core/image/places.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "core/store_db.h"

static int add(struct db *db, const char *domain, const char *repository,
	const struct place_blob *blob, struct err *err)
{
	if (db_run(db, err,
		    "INSERT OR REPLACE INTO places (diff_id, domain, repository, digest, size, seen)"
		    " VALUES (?, ?, ?, ?, ?, ?)",
		    "ttttii", blob->diff_id, domain, repository, blob->digest, (int64_t)blob->size,
		    (int64_t)time(NULL)) < 0)
		return err->code;
	return db_run(db, err,
		"DELETE FROM places WHERE diff_id = ?1 AND (domain, repository, digest) NOT IN"
		" (SELECT domain, repository, digest FROM places WHERE diff_id = ?1"
		" ORDER BY seen DESC, rowid DESC LIMIT ?2)",
		"ti", blob->diff_id, (int64_t)PLACES_MAX);
}

int places_add(struct store *store, const char *domain, const char *repository,
	const struct place_blob *blobs, size_t count, struct err *err)
{
	struct db *db;
	int failed = 0;

	if (count == 0)
		return 0;
	if (store_db(store, &db, err) < 0 || db_begin(db, err) < 0)
		return err->code;
	for (size_t i = 0; i < count && !failed; i++)
		failed = add(db, domain, repository, &blobs[i], err);
	return db_end(db, failed, err);
}

int places_find(struct store *store, const char *domain, const char *diff_id,
	struct place out[PLACES_MAX], size_t *count, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;

	*count = 0;
	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT digest, size, repository FROM places WHERE diff_id = ? AND"
			" domain = ? ORDER BY seen DESC, rowid DESC LIMIT ?",
			"tti", diff_id, domain, (int64_t)PLACES_MAX) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		struct place *place = &out[*count];

		if (!more)
			return 0;
		snprintf(place->digest, sizeof(place->digest), "%s", db_text(row, 0));
		place->size = (uint64_t)db_int(row, 1);
		snprintf(place->repository, sizeof(place->repository), "%s", db_text(row, 2));
		(*count)++;
	}
	return err->code;
}
