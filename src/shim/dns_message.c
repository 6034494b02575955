#include "shim/dns_message.h"

#include <string.h>

enum { LABEL_MAX = 63, POINTER_TO_QUESTION = 0xc000 | DNS_HEAD, EDNS_LEN = 11 };

/* ---- reading ---- */

static bool is_text(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '.';
}

/* Where the name at `at` ends, 0: it is broken. A question comes first in its message, so there is
 * nothing yet that a compression pointer could honestly point to. */
static size_t read_name(const uint8_t *msg, size_t len, size_t at, char text[DNS_NAME_MAX + 1])
{
	size_t start = at, used = 0;
	bool plain = true;

	while (at < len && msg[at]) {
		size_t label = msg[at++];

		if (label > LABEL_MAX || label >= len - at || at + label - start >= DNS_NAME_MAX)
			return 0;
		if (used)
			text[used++] = '.';
		for (size_t i = 0; i < label; i++) {
			plain &= is_text(msg[at + i]);
			text[used++] = (char)dns_lower(msg[at + i]);
		}
		at += label;
	}
	text[plain ? used : 0] = '\0';
	return at < len ? at + 1 : 0;
}

/* The pseudo record that extends the head, when it is the first of what follows the question. */
static void read_edns(const uint8_t *msg, size_t len, struct dns_query *query)
{
	const uint8_t *opt = msg + query->question_end;
	uint16_t size;

	query->udp_size = DNS_PLAIN_UDP;
	if (dns_u16(msg + 6) || dns_u16(msg + 8) || !dns_u16(msg + 10))
		return;
	if (len - query->question_end < EDNS_LEN || opt[0] || dns_u16(opt + 1) != DNS_OPT)
		return;
	size = dns_u16(opt + 3);
	query->has_edns = true;
	query->udp_size = size < DNS_PLAIN_UDP ? DNS_PLAIN_UDP : size;
}

enum dns_reading dns_read(const uint8_t *msg, size_t len, struct dns_query *query)
{
	size_t end;

	if (len < DNS_HEAD || dns_u16(msg + 2) & DNS_RESPONSE)
		return DNS_IGNORE;
	query->id = dns_u16(msg);
	query->flags = dns_u16(msg + 2);
	query->type = query->class = 0;
	query->udp_size = DNS_PLAIN_UDP;
	query->has_edns = false;
	query->question_end = DNS_HEAD;
	query->name[0] = '\0';
	if (query->flags & DNS_OPCODE)
		return DNS_UNKNOWN;
	if (dns_u16(msg + 4) != 1 || len > DNS_QUERY_MAX)
		return DNS_BROKEN;
	end = read_name(msg, len, DNS_HEAD, query->name);
	if (!end || len - end < 4)
		return DNS_BROKEN;
	query->type = dns_u16(msg + end);
	query->class = dns_u16(msg + end + 2);
	query->question_end = end + 4;
	read_edns(msg, len, query);
	return DNS_READ;
}

bool dns_belongs(
	const uint8_t *answer, size_t len, uint16_t id, const uint8_t *query, size_t question_end)
{
	if (len < question_end || dns_u16(answer) != id)
		return false;
	if (!(dns_u16(answer + 2) & DNS_RESPONSE) || dns_u16(answer + 2) & DNS_OPCODE)
		return false;
	if (dns_u16(answer + 4) != 1)
		return false;
	/* Byte for byte but for case: the lengths of labels are no letters. */
	for (size_t i = DNS_HEAD; i < question_end; i++)
		if (dns_lower(answer[i]) != dns_lower(query[i]))
			return false;
	return true;
}

/* ---- writing ---- */

static bool fits(struct dns_reply *reply, size_t len)
{
	reply->truncated |= len > reply->room - reply->len;
	return !reply->truncated;
}

void dns_reply_begin(struct dns_reply *reply, void *room, size_t size, const uint8_t *msg,
	const struct dns_query *query, enum dns_code code)
{
	unsigned kept = query->flags & (DNS_OPCODE | DNS_RECURSION_WANTED | DNS_CHECKING_OFF);
	bool asked = query->question_end > DNS_HEAD;

	*reply = (struct dns_reply){
		.at = room,
		.room = size - (query->has_edns ? EDNS_LEN : 0),
		.len = query->question_end,
	};
	memset(reply->at, 0, DNS_HEAD);
	dns_put_u16(reply->at, query->id);
	dns_put_u16(reply->at + 2, DNS_RESPONSE | DNS_RECURSION | kept | code);
	dns_put_u16(reply->at + 4, asked);
	memcpy(reply->at + DNS_HEAD, msg + DNS_HEAD, query->question_end - DNS_HEAD);
}

static uint8_t *begin_record(struct dns_reply *reply, enum dns_type type, uint32_t ttl, size_t data)
{
	uint8_t *at = reply->at + reply->len;

	if (!fits(reply, 12 + data))
		return NULL;
	dns_put_u16(at, POINTER_TO_QUESTION);
	dns_put_u16(at + 2, type);
	dns_put_u16(at + 4, DNS_IN);
	dns_put_u16(at + 6, ttl >> 16);
	dns_put_u16(at + 8, ttl & 0xffff);
	dns_put_u16(at + 10, (unsigned)data);
	reply->len += 12 + data;
	reply->records++;
	return at + 12;
}

void dns_reply_address(struct dns_reply *reply, enum dns_type type, const uint8_t *address,
	size_t len, uint32_t ttl)
{
	uint8_t *data = begin_record(reply, type, ttl, len);

	if (data)
		memcpy(data, address, len);
}

/* On the wire; 0: no name. */
static size_t write_name(uint8_t to[DNS_NAME_MAX], const char *text)
{
	size_t used = 0;

	while (*text) {
		size_t label = strcspn(text, ".");

		if (!label || label > LABEL_MAX || used + label + 2 > DNS_NAME_MAX)
			return 0;
		to[used++] = (uint8_t)label;
		memcpy(to + used, text, label);
		used += label;
		text += label + (text[label] == '.');
	}
	to[used++] = 0;
	return used;
}

void dns_reply_pointer(struct dns_reply *reply, const char *name, uint32_t ttl)
{
	uint8_t wire[DNS_NAME_MAX], *data;
	size_t len = write_name(wire, name);

	data = len ? begin_record(reply, DNS_PTR, ttl, len) : NULL;
	if (data)
		memcpy(data, wire, len);
}

size_t dns_reply_end(struct dns_reply *reply, const struct dns_query *query)
{
	uint8_t *opt = reply->at + reply->len;

	dns_put_u16(reply->at + 6, reply->records);
	if (reply->truncated)
		dns_put_u16(reply->at + 2, dns_u16(reply->at + 2) | DNS_TRUNCATED);
	if (!query->has_edns)
		return reply->len;
	memset(opt, 0, EDNS_LEN);
	dns_put_u16(opt + 1, DNS_OPT);
	dns_put_u16(opt + 3, DNS_QUERY_MAX);
	dns_put_u16(reply->at + 10, 1);
	return reply->len + EDNS_LEN;
}
