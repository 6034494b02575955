/* container.h - what commands do with a container that is there. */
#ifndef OCI_CONTAINER_H
#define OCI_CONTAINER_H

#include "oci/bundle.h"
#include "oci/making.h"
#include "oci/record.h"

/* The words of create and run. */
struct container_words {
	const char *bundle, *console_socket, *pid_file;
	bool no_pivot, no_keyring, detach, keep;
	int64_t preserve_fds;
};

/* Reads the bundle, makes the record and the process; on failure nothing is left. create: it waits
 * for start. The caller finishes all three. */
int container_make(const struct oci *oci, const char *id, const struct container_words *words,
	bool create, struct bundle *bundle, struct record *record, struct making *making,
	struct err *err);
/* Lets a created one execute its program; then the poststart hooks. *exit: 1, 126 or 127. */
int container_start(struct record *record, int *exit, struct err *err);
int container_poststart(struct record *record, const struct bundle *bundle, struct err *err);
/* Kills what runs, and removes cgroups, record and all; then the poststop hooks. */
int container_delete(struct record *record, bool force, struct err *err);

#endif
