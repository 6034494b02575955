/* table.h - what a profile says about every system call number of one architecture.
 *
 * Ranges of numbers in ascending order, without gaps from 0 to 2^32 - 1, and
 * neighbours that answer the same are one range.
 *
 * A name's first rule without conditions decides alone; else its conditional rules
 * are tried in the order written, then the default answers. Numbers above the newest
 * one that the profile names are unknown to its author: ENOSYS, so that a C library
 * falls back, where the default would be an error. x32's numbers are among them. */
#ifndef RUNTIME_SECCOMP_TABLE_H
#define RUNTIME_SECCOMP_TABLE_H

#include "runtime/seccomp/arch.h"
#include "runtime/seccomp/profile.h"

/* One number named by one rule. */
struct seccomp_hit {
	uint32_t nr;
	uint32_t order; /* of the rule in the profile */
	uint32_t ret;
	const struct seccomp_cond *conds; /* borrowed from the profile, or from `mux` */
	size_t conds_len;
	struct seccomp_cond mux; /* the multiplexer's first argument */
};

struct seccomp_range {
	uint32_t start;
	uint32_t ret;                   /* when no hit matches */
	const struct seccomp_hit *hits; /* conditional ones, NULL when there are none */
	size_t hits_len;
};

struct seccomp_table {
	struct seccomp_hit *hits;
	size_t hits_len;
	struct seccomp_range *ranges;
	size_t ranges_len;
};

/* Borrows the profile. The caller finishes *table even after a failure. */
int seccomp_table_init(struct seccomp_table *table, const struct seccomp_profile *profile,
	const struct seccomp_request *req, const struct seccomp_arch *arch, struct err *err);
void seccomp_table_fini(struct seccomp_table *table);

#endif
