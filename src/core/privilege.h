/* privilege.h - is this process's root the host's, or that of a user namespace alone?
 *
 * An ordinary user's davit runs inside a user namespace (core/keeper.h), where it is user 0: the
 * same code as root's. What has to be different there is asked here, by whoever needs it. The
 * kernel is the only witness: every process that davit or a shim starts finds the same. */
#ifndef CORE_PRIVILEGE_H
#define CORE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* Root of a user namespace, and of nothing else. Read once. */
bool privilege_is_rootless(void);
/* Who this process is on the host: whose files its own are. */
uint32_t privilege_user(void);
/* And in which group first. */
uint32_t privilege_group(void);
/* More than one id: files and processes can be other users' than our own. */
bool privilege_has_ids(void);
/* How many users there are, from 0 on. */
uint64_t privilege_users(void);
/* How many groups there are, from 0 on; 0: all, with the host's rights. */
uint64_t privilege_groups(void);

/* How a layer marks a directory that hides what is below: trusted attributes are the host's root's.
 */
const char *privilege_opaque_mark(void);
/* Whether a chown(2) failed because the owner is no id of ours; then *err says so, and what to do.
 */
bool privilege_lacks_owner(int errno_code, uint32_t uid, uint32_t gid, struct err *err);

/* The text of a uid_map: the id outside of 0 (UINT32_MAX: none), and how many ids there are. */
void privilege_read_map(const char *text, uint32_t *outside, uint64_t *count);

#endif
