/* subids.h - the ids that /etc/subuid and /etc/subgid lend to an ordinary user.
 *
 *     NAME:FIRST:COUNT or UID:FIRST:COUNT, any number of lines a user
 *
 * In a user's namespace 0 is the user, and 1, 2, … are what is lent, in the order of the lines. */
#ifndef CORE_SUBIDS_H
#define CORE_SUBIDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/id_map.h"
#include "util/err.h"

/* The kernel takes 340 lines of a map; nobody was ever lent a hundredth of them. */
enum { SUBIDS_MAX = 32 };

struct subids {
	struct id_range v[SUBIDS_MAX];
	size_t len;
};

/* Those of the user whose name (NULL: has none) and number these are. Lines that are none are left
 * out, as are those that would be ids of the user or of lines before: newuidmap(1) refuses them. */
void subids_parse(const char *text, const char *name, uint32_t uid, struct subids *out);
/* Both files, as they are now. A file that is missing lends nothing. */
int subids_read(const char *name, uint32_t uid, struct subids *users, struct subids *groups,
	struct err *err);
uint64_t subids_count(const struct subids *ids);

#endif
