#include "shim/dns_answer.h"

#include <string.h>

/* ---- names ---- */

static uint64_t random_below(struct dns_view *view, uint64_t limit)
{
	view->random ^= view->random << 13;
	view->random ^= view->random >> 7;
	view->random ^= view->random << 17;
	return view->random % limit;
}

struct found {
	unsigned count; /* of records that have the name; more than are kept below */
	struct place {
		bool has_v4, has_v6;
		uint8_t v4[4], v6[16];
	} place[DNS_ADDRESSES];
};

static struct place place_of(const struct names_record *record)
{
	struct place place = {dns_record_has_v4(record), dns_record_has_v6(record), {0}, {0}};

	memcpy(place.v4, record->address4, sizeof(place.v4));
	memcpy(place.v6, record->address6, sizeof(place.v6));
	return place;
}

/* Each is as likely as any other to be kept, and to come first. */
static void keep(struct dns_view *view, struct found *found, const struct names_record *record)
{
	uint64_t at = random_below(view, found->count + 1);

	if (found->count < DNS_ADDRESSES)
		found->place[found->count] = found->place[at];
	if (at < DNS_ADDRESSES)
		found->place[at] = place_of(record);
	found->count++;
}

/* On the first network that has it. */
static bool find(struct dns_view *view, const char *name, struct found *found)
{
	size_t len = strlen(name);

	*found = (struct found){0};
	for (unsigned i = 0; i < view->count && !found->count && len; i++) {
		const struct dns_table *table = &view->tables[i];
		size_t suffix = dns_table_suffix(table, name, len);
		const struct names_record *record;

		dns_walk_begin(&view->walk, table);
		while ((record = dns_walk_next(&view->walk)))
			if (dns_record_is(record, name, len) ||
				(suffix && dns_record_is(record, name, len - suffix)))
				keep(view, found, record);
	}
	return found->count > 0;
}

/* ---- addresses ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t reverse_v6(const char *name, uint8_t address[16])
{
	for (int nibble = 0; nibble < 32; nibble++, name += 2) {
		int value = hex(name[0]);

		if (value < 0 || name[1] != '.')
			return 0;
		if (nibble % 2)
			address[15 - nibble / 2] |= (uint8_t)(value << 4);
		else
			address[15 - nibble / 2] = (uint8_t)value;
	}
	return strcmp(name, "ip6.arpa") ? 0 : 16;
}

static size_t reverse_v4(const char *name, uint8_t address[16])
{
	for (int i = 3; i >= 0; i--) {
		unsigned value = 0, digits = 0;

		for (; *name >= '0' && *name <= '9' && digits < 3; digits++)
			value = value * 10 + (unsigned)(*name++ - '0');
		if (!digits || value > 255 || *name++ != '.')
			return 0;
		address[i] = (uint8_t)value;
	}
	return strcmp(name, "in-addr.arpa") ? 0 : 4;
}

size_t dns_reverse(const char *name, uint8_t address[16])
{
	size_t len = reverse_v4(name, address);

	return len ? len : reverse_v6(name, address);
}

static bool is_at(const struct names_record *record, const uint8_t *address, size_t len)
{
	return len == 4 ? dns_record_has_v4(record) && !memcmp(record->address4, address, 4)
			: dns_record_has_v6(record) && !memcmp(record->address6, address, 16);
}

/* "web.backend" */
static bool name_of(const struct dns_table *table, const struct names_record *record,
	char text[DNS_NAME_MAX + 1])
{
	size_t len = strlen(record->text), network = strlen(table->network);

	if (!len || len + 1 + network > DNS_NAME_MAX)
		return false;
	memcpy(text, record->text, len);
	text[len] = '.';
	memcpy(text + len + 1, table->network, network + 1);
	return true;
}

static bool find_name(struct dns_view *view, const char *asked, char text[DNS_NAME_MAX + 1])
{
	uint8_t address[16];
	size_t len = dns_reverse(asked, address);

	for (unsigned i = 0; i < view->count && len; i++) {
		const struct names_record *record;

		dns_walk_begin(&view->walk, &view->tables[i]);
		while ((record = dns_walk_next(&view->walk)))
			if (is_at(record, address, len))
				return name_of(&view->tables[i], record, text);
	}
	return false;
}

/* ---- answers ---- */

static void add_addresses(
	struct dns_reply *reply, const struct dns_query *query, const struct found *found)
{
	unsigned kept = found->count < DNS_ADDRESSES ? found->count : DNS_ADDRESSES;
	bool any = query->type == DNS_ANY;

	for (unsigned i = 0; i < kept; i++) {
		const struct place *place = &found->place[i];

		if ((any || query->type == DNS_A) && place->has_v4)
			dns_reply_address(reply, DNS_A, place->v4, 4, DNS_TTL_S);
		if ((any || query->type == DNS_AAAA) && place->has_v6)
			dns_reply_address(reply, DNS_AAAA, place->v6, 16, DNS_TTL_S);
	}
}

/* "_http._tcp.web": below a name that is ours nobody else has a say. */
static bool is_service_of_ours(struct dns_view *view, const char *name, struct found *found)
{
	const char *host = name;

	while (*host == '_') {
		host += strcspn(host, ".");
		host += *host == '.';
	}
	return host != name && find(view, host, found);
}

static void claim(struct dns_reply *reply)
{
	dns_put_u16(reply->at + 2, dns_u16(reply->at + 2) | DNS_AUTHORITATIVE);
}

bool dns_answer(struct dns_view *view, const uint8_t *msg, const struct dns_query *query,
	void *room, size_t size, struct dns_reply *reply)
{
	char text[DNS_NAME_MAX + 1];
	struct found found;
	bool known = query->class == DNS_IN && find(view, query->name, &found), points = false;

	if (!known && query->class == DNS_IN && query->type == DNS_PTR)
		points = find_name(view, query->name, text);
	if (!known && !points && !view->closed &&
		!(query->class == DNS_IN && is_service_of_ours(view, query->name, &found)))
		return false;
	dns_reply_begin(
		reply, room, size, msg, query, known || points ? DNS_NOERROR : DNS_NXDOMAIN);
	claim(reply);
	if (points)
		dns_reply_pointer(reply, text, DNS_TTL_S);
	else if (known)
		add_addresses(reply, query, &found);
	return true;
}
