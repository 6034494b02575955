/* oci.h - davit-runtime: an OCI runtime's command line on davit's launch code.
 *
 *     main.c      global words, the table of commands   options.c   words of a command
 *     self.c      executes itself from a safe place     log.c       how an error is told
 *     bundle.c    config.json                           filter.c    its seccomp program
 *     record.c    ROOT/ID: what is known of one         making.c    a launch, from plan to pid
 *     groups.c    its cgroups                           relay.c     a terminal in between
 *     hooks.c     programs of the bundle                warnings.c  what cannot be granted
 *     cmd_*.c     one command each
 *
 * One process, one thread, static, gone when its command is done. What it starts is its caller's
 * child. */
#ifndef OCI_OCI_H
#define OCI_OCI_H

#include <stdbool.h>

#include "runtime/spec.h"
#include "util/err.h"

#define OCI_VERSION "1.2.0" /* of the runtime specification */

struct oci {
	const char *root; /* where the records are */
	const char *log;  /* a file; NULL: stderr alone */
	bool log_json, debug;
	bool systemd_cgroup;
	bool is_rootless; /* without the rights of the host's root */
	const char *home; /* the directory of our own programs */
	const char *command;
};

/* argv[0] is the command's name. Returns the exit status. */
typedef int oci_command(struct oci *oci, int argc, char **argv);

oci_command cmd_create, cmd_start, cmd_state, cmd_kill, cmd_delete, cmd_run, cmd_exec, cmd_ps,
	cmd_pause, cmd_resume, cmd_update, cmd_events, cmd_list, cmd_spec, cmd_features;

/* log.c: tells the error and returns `status`. */
int oci_fail(const struct oci *oci, const struct err *err, int status);
void oci_warn(const struct oci *oci, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* warnings.c */
void oci_warn_of_caps(const struct oci *oci, const struct spec_caps *caps);

/* self.c: returns only when this process may go into a container; *home may be replaced. */
int oci_seal_self(char **argv, const char **home, struct err *err);

#endif
