/* generate.h - tables into one BPF program.
 *
 *     ld arch; one jeq an architecture, else kill
 *     per architecture:  ld nr; a balanced tree of jge over the table's ranges;
 *     at its leaves:     ret, or the checks of arguments
 *
 * A filter is run once for every number and architecture when it is installed (Linux
 * 5.11, for the kernel's bitmap of calls that always pass), so the tree's depth is what
 * installing costs: some 70 us, where libseccomp's default order takes 600. */
#ifndef RUNTIME_SECCOMP_GENERATE_H
#define RUNTIME_SECCOMP_GENERATE_H

#include "runtime/seccomp/table.h"

struct seccomp_program {
	const struct seccomp_arch *arch;
	struct seccomp_table table;
};

/* Appends struct sock_filter to *out. -E2BIG: more than the kernel takes. */
int seccomp_generate(
	const struct seccomp_program *programs, size_t len, struct buf *out, struct err *err);

#endif
