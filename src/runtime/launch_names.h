/* launch_names.h - a network's table of who is on it: leases of addresses, and names to find them
 * by.
 *
 * RUN_ROOT/n/<network id>/names, on tmpfs: a head and fixed-size records, read with pread(2) or a
 * shared mapping by anyone at any time. A record is filled by the davit that connects a container
 * (under an flock of the file, so that no address is given twice); it is freed by whoever ends the
 * connection, a shim included, with one write of `use`. A record never moves while it is used.
 * Whoever reads one compares seq with seq_end and reads again when they differ. The file only
 * grows, and goes with its network. Used by the static programs too: includes nothing of ours. */
#ifndef RUNTIME_LAUNCH_NAMES_H
#define RUNTIME_LAUNCH_NAMES_H

#include <stdint.h>

#define NAMES_MAGIC   "davname\n"
#define NAMES_VERSION 1u
enum { NAMES_SIZE = 1024, NAMES_TEXT = 864 };

enum names_flags {
	NAMES_INTERNAL = 1 << 0, /* nothing leads out of it: the resolver forwards nothing */
	NAMES_RESOLVED =
		1 << 1, /* its members find each other by name (not on the default bridge) */
};

/* Record 0 of the file. */
struct names_head {
	char magic[8];
	uint32_t version, record_size;
	uint32_t flags;            /* enum names_flags */
	uint32_t cursor4, cursor6; /* where the last address was found, for the next one */
	char network[136];
	char spare[NAMES_SIZE - 28 - 136];
};

enum names_use { NAMES_FREE = 0, NAMES_USED = 1 };

struct names_record {
	uint32_t seq; /* must equal seq_end; grows by one a filling */
	uint32_t use; /* enum names_use */
	char id[72];  /* the container's, 64 hex digits; its first 12 are a name too */
	uint8_t address4[4], address6[16]; /* all zero: none */
	uint8_t mac[6];
	uint8_t spare[6];
	char link[16];         /* the host's end of the cable */
	char text[NAMES_TEXT]; /* names, each with its NUL: the container's own, its --hostname when
				* given, aliases; an empty one ends them. As given, case and all */
	char unused[NAMES_SIZE - 8 - 72 - 20 - 12 - 16 - NAMES_TEXT - 4];
	uint32_t seq_end;
};

_Static_assert(sizeof(struct names_head) == NAMES_SIZE, "records never straddle a page");
_Static_assert(sizeof(struct names_record) == NAMES_SIZE, "records never straddle a page");

#endif
