/* image_stack.c - the layers an image is mounted from, also of one that is gone while a container
 * stands on it (image_remove.c). */
#include <errno.h>

#include "core/image.h"
#include "core/store_db.h"

int image_stack(struct store *store, const char *id, struct strs *out, struct err *err)
{
	auto_stmt *row = NULL;
	struct db *db;
	bool more;

	if (store_db(store, &db, err) < 0 ||
		db_ask(db, &row, err,
			"SELECT layer FROM image_layers WHERE image = ? ORDER BY position", "t",
			id) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (!more)
			return strs_failed(out) ? err_set(err, ENOMEM, "image: out of memory") : 0;
		strs_add(out, db_text(row, 0));
	}
	return err->code;
}
