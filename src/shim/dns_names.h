/* dns_names.h - a network's name table (runtime/launch_names.h), as the resolver reads it.
 *
 * By pread(2), some records at a time: mapped, the table of a crowded network would be more memory
 * than all the rest of the resolver, and it changes while it is read. */
#ifndef SHIM_DNS_NAMES_H
#define SHIM_DNS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/launch_names.h"

enum { DNS_BATCH = 8, DNS_RECORDS_MAX = 65536 };

struct dns_table {
	int fd; /* lent */
	char network[sizeof(((struct names_head *)0)->network)];
};

/* False: it is no name table, or one that nobody resolves with. */
bool dns_table_open(struct dns_table *table, int fd);

/* A walk over the records in use; the caller's memory, some kilobytes of it. */
struct dns_walk {
	const struct dns_table *table;
	unsigned at, have, next; /* within the batch, in it, the first record behind it */
	struct names_record batch[DNS_BATCH];
};
void dns_walk_begin(struct dns_walk *walk, const struct dns_table *table);
/* Lent until the next call; its text ends in an empty name. NULL: no more. */
const struct names_record *dns_walk_next(struct dns_walk *walk);

/* Without case; len counts the bytes of name that matter. */
bool dns_record_is(const struct names_record *record, const char *name, size_t len);
/* The length of ".NETWORK" at the end of name, 0 when it does not end so. */
size_t dns_table_suffix(const struct dns_table *table, const char *name, size_t len);
bool dns_record_has_v4(const struct names_record *record);
bool dns_record_has_v6(const struct names_record *record);

#endif
