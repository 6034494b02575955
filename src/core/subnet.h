/* subnet.h - addresses and ranges of them, IPv4 and IPv6 alike: parsing, comparing, counting.
 *
 * An address is 16 bytes in network order, IPv4 in the first four and zeros behind. Pure. */
#ifndef CORE_SUBNET_H
#define CORE_SUBNET_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

enum { ADDRESS_TEXT = 46 }; /* room for an address's text; 4 more for a prefix's */

struct subnet {
	uint8_t family; /* AF_INET, AF_INET6; 0: none */
	uint8_t prefix; /* length */
	uint8_t base[16];
	uint8_t gateway[16];
	uint8_t range_base[16]; /* where addresses are given from */
	uint8_t range_prefix;
};

/* How many bytes, bits an address of the family has. */
unsigned address_size(unsigned family);
/* "10.0.0.1", "fd00::1"; false: it is none of the family (0: of either, told in *family). */
bool address_parse(const char *text, unsigned *family, uint8_t out[16]);
const char *address_text(unsigned family, const uint8_t address[16], char text[ADDRESS_TEXT]);
bool address_is_zero(const uint8_t address[16]);

/* "10.1.0.0/16": base (host bits cleared), gateway none, range the whole. docker's words for what
 * is wrong. */
int subnet_parse(const char *text, struct subnet *out, struct err *err);
const char *subnet_text(const struct subnet *subnet, char text[ADDRESS_TEXT + 4]);
bool subnet_has(const struct subnet *subnet, const uint8_t address[16]);
bool subnet_overlaps(const struct subnet *a, const struct subnet *b);
/* base + n; false: outside. n counts in the last 64 bits. */
bool subnet_at(const struct subnet *subnet, uint64_t n, uint8_t out[16]);
/* The other way round: address - base. */
uint64_t subnet_index(const uint8_t base[16], unsigned family, const uint8_t address[16]);
/* How many addresses a prefix spans, at most 2^63. */
uint64_t prefix_span(unsigned family, unsigned prefix);
/* Not to be given to anybody: the base, and IPv4's broadcast address. */
bool subnet_is_edge(const struct subnet *subnet, const uint8_t address[16]);

#endif
