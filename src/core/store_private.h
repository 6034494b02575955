/* store_private.h - a store's insides, for store*.c alone. */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include <limits.h>

#include "core/db.h"
#include "core/store.h"

struct store {
	int dirs[STORE_DIRS];
	char root[PATH_MAX];
	char run_root[PATH_MAX];
	bool sync, read_only;
	bool has_user_marks; /* made in a user namespace: see privilege_opaque_mark */
	enum store_driver driver;
	char reason[200];
	struct db *db; /* NULL until asked for */
	int hold;      /* see store_hold; -1 */
	int holder;    /* the file that says since when; -1 */
	char holder_name[64];
	int64_t held_since; /* seconds since 1970 */
};

/* Ends what store_hold began. */
void store_let_go(struct store *store);

/* Which driver works below this staging directory, and why. Never fails: copying always works. */
enum store_driver store_probe(int staging_fd, char *reason, size_t size);

#endif
