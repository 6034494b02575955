/* record.h - ROOT/ID: what is known of a container.
 *
 *     config.json   the bundle's, as it was at the creation
 *     record        JSON, replaced by rename
 *     start         a socket that the container's first process listens on until it is started
 *
 * The directory is made first and goes last: its name is what makes an id unique. Whether a
 * container runs is asked of the kernel each time. */
#ifndef OCI_RECORD_H
#define OCI_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "oci/oci.h"
#include "util/buf.h"
#include "util/strs.h"

enum record_status {
	RECORD_CREATING,
	RECORD_CREATED,
	RECORD_RUNNING,
	RECORD_PAUSED,
	RECORD_STOPPED
};

struct record {
	const struct oci *oci;
	char *id;
	int dir;      /* -1: closed */
	bool is_made; /* its creation is done */
	int32_t pid;
	uint64_t start; /* of the process: a number may have a new owner */
	char *bundle, *rootfs, *created;
	char *cgroup; /* below each hierarchy's root, without a leading slash */
	char *unit;   /* systemd's; NULL: not its */
	uint32_t owner;
};

void record_fini(struct record *record);
#define auto_record __attribute__((cleanup(record_fini))) struct record

int record_check_id(const char *id, struct err *err);
/* -EEXIST: there is one already. */
int record_create(const struct oci *oci, const char *id, struct record *out, struct err *err);
int record_write(struct record *record, struct err *err);
/* -ENOENT: "container does not exist"; what is cut short in its making has a pid of 0. */
int record_open(const struct oci *oci, const char *id, struct record *out, struct err *err);
/* All ids, sorted. */
int record_list(const struct oci *oci, struct strs *out, struct err *err);
int record_remove(struct record *record, struct err *err);

/* A pidfd of its first process; -ESRCH: it is gone. */
int record_process(const struct record *record);
enum record_status record_status(const struct record *record);
const char *record_status_name(enum record_status status);
/* What a hook and `state` are told; annotations may be NULL. */
void record_state(const struct record *record, const char *status, const struct strs *annotations,
	struct buf *out);

/* Field 22 of /proc/PID/stat, and whether it is more than a zombie. 0: gone. */
uint64_t record_process_start(int pid, bool *alive);

#endif
