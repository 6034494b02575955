#include "shim/dns_names.h"

#include <string.h>
#include <unistd.h>

#include "shim/dns_message.h"

enum { SHORT_ID = 12, READ_AGAIN = 3 };

bool dns_table_open(struct dns_table *table, int fd)
{
	struct names_head head;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
		memcmp(head.magic, NAMES_MAGIC, sizeof(head.magic)) != 0 ||
		head.version != NAMES_VERSION || head.record_size != NAMES_SIZE)
		return false;
	if (!(head.flags & NAMES_RESOLVED) || !head.network[0] ||
		!memchr(head.network, 0, sizeof(head.network)))
		return false;
	table->fd = fd;
	memcpy(table->network, head.network, sizeof(table->network));
	return true;
}

void dns_walk_begin(struct dns_walk *walk, const struct dns_table *table)
{
	walk->table = table;
	walk->at = walk->have = 0;
	walk->next = 1;
}

static bool read_batch(struct dns_walk *walk)
{
	ssize_t len = walk->next > DNS_RECORDS_MAX
			      ? 0
			      : pread(walk->table->fd, walk->batch, sizeof(walk->batch),
					(off_t)walk->next * NAMES_SIZE);

	walk->at = 0;
	walk->have = len > 0 ? (unsigned)(len / NAMES_SIZE) : 0;
	walk->next += walk->have;
	return walk->have > 0;
}

/* Caught in the middle of its filling: once more, by itself. One that stays so belongs to a writer
 * that was killed, and to nobody. */
static bool is_whole(const struct dns_walk *walk, struct names_record *record)
{
	off_t number = (off_t)(walk->next - walk->have + walk->at - 1);

	for (int i = 0; record->seq != record->seq_end; i++)
		if (i == READ_AGAIN || pread(walk->table->fd, record, sizeof(*record),
					       number * NAMES_SIZE) != sizeof(*record))
			return false;
	return record->use == NAMES_USED;
}

const struct names_record *dns_walk_next(struct dns_walk *walk)
{
	while (walk->at < walk->have || read_batch(walk)) {
		struct names_record *record = &walk->batch[walk->at++];

		if (record->use != NAMES_USED || !is_whole(walk, record))
			continue;
		record->text[NAMES_TEXT - 2] = record->text[NAMES_TEXT - 1] = '\0';
		return record;
	}
	return NULL;
}

static bool same(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (dns_lower((uint8_t)a[i]) != dns_lower((uint8_t)b[i]))
			return false;
	return true;
}

bool dns_record_is(const struct names_record *record, const char *name, size_t len)
{
	if (len == SHORT_ID && same(record->id, name, len))
		return true;
	for (const char *at = record->text; *at && len;) {
		size_t has = strlen(at);

		if (has == len && same(at, name, len))
			return true;
		at += has + 1;
	}
	return false;
}

size_t dns_table_suffix(const struct dns_table *table, const char *name, size_t len)
{
	size_t network = strlen(table->network);

	if (len < network + 2 || name[len - network - 1] != '.')
		return 0;
	return same(name + len - network, table->network, network) ? network + 1 : 0;
}

static bool is_zero(const uint8_t *address, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (address[i])
			return false;
	return true;
}

bool dns_record_has_v4(const struct names_record *record)
{
	return !is_zero(record->address4, sizeof(record->address4));
}

bool dns_record_has_v6(const struct names_record *record)
{
	return !is_zero(record->address6, sizeof(record->address6));
}
