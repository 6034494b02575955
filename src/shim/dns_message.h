/* dns_message.h - DNS messages (RFC 1035, EDNS of RFC 6891): one question in, one answer out.
 *
 *     0        2        4      6      8      10     12
 *     | id     | flags  | qd   | an   | ns   | ar   | name 0, type, class | records …
 *
 * Plain C over the caller's bytes: nothing is allocated, nothing outside [msg, msg + len) is read.
 * Only what a resolver in the middle needs: a query is taken apart, an answer to one is built, and
 * a server's answer is compared with the query it claims to belong to. The records of a server's
 * answer are never looked into: who asked does that. */
#ifndef SHIM_DNS_MESSAGE_H
#define SHIM_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DNS_HEAD = 12,
	DNS_NAME_MAX = 255,  /* of a name on the wire, its ending zero included */
	DNS_QUERY_MAX = 512, /* longer ones are refused: one name and some options fit well */
	DNS_PLAIN_UDP = 512, /* what everybody takes by UDP */
	DNS_MESSAGE_MAX = 65535,
};

enum dns_type {
	DNS_A = 1,
	DNS_PTR = 12,
	DNS_AAAA = 28,
	DNS_OPT = 41,
	DNS_ANY = 255,
};
enum { DNS_IN = 1 };

enum dns_code {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
};

enum dns_flags {
	DNS_RESPONSE = 0x8000,
	DNS_OPCODE = 0x7800,
	DNS_AUTHORITATIVE = 0x0400,
	DNS_TRUNCATED = 0x0200,
	DNS_RECURSION_WANTED = 0x0100,
	DNS_RECURSION = 0x0080,
	DNS_CHECKING_OFF = 0x0010,
	DNS_CODE = 0x000f,
};

struct dns_query {
	uint16_t id, flags, type, class;
	uint16_t udp_size; /* the longest answer that the asker takes by UDP */
	bool has_edns;
	size_t question_end;         /* where the question ends in the message */
	char name[DNS_NAME_MAX + 1]; /* lower case, "web.backend"; "" for the root and for a name
					that is no text (a dot, a NUL, … within a label) */
};

enum dns_reading {
	DNS_READ,    /* *query is filled */
	DNS_IGNORE,  /* no query at all: an answer to it could start an echo */
	DNS_BROKEN,  /* answer FORMERR; of *query only id, flags and question_end are filled */
	DNS_UNKNOWN, /* answer NOTIMP; likewise */
};
enum dns_reading dns_read(const uint8_t *msg, size_t len, struct dns_query *query);

/* An answer being written into the caller's room. What does not fit makes it truncated. */
struct dns_reply {
	uint8_t *at;
	size_t room, len;
	uint16_t records;
	bool truncated;
};
/* Head and question of msg, which query was read from. size: DNS_PLAIN_UDP at least. */
void dns_reply_begin(struct dns_reply *reply, void *room, size_t size, const uint8_t *msg,
	const struct dns_query *query, enum dns_code code);
/* A record of the name that was asked for. */
void dns_reply_address(struct dns_reply *reply, enum dns_type type, const uint8_t *address,
	size_t len, uint32_t ttl);
/* name: text with dots. */
void dns_reply_pointer(struct dns_reply *reply, const char *name, uint32_t ttl);
/* Its length. */
size_t dns_reply_end(struct dns_reply *reply, const struct dns_query *query);

/* Whether an answer belongs to the query: a response of that id to that very question. */
bool dns_belongs(
	const uint8_t *answer, size_t len, uint16_t id, const uint8_t *query, size_t question_end);

/* Names are compared without case; bytes that are no letters stay what they are. */
static inline uint8_t dns_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}
static inline uint16_t dns_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}
static inline void dns_put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

#endif
