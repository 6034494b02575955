/* What a container sends its resolver, and a name table and a configuration that are not what they
 * should be: every query gets an answer of its own or none, and none is longer than was asked for.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/shim/dns_answer.c"
#include "../../src/shim/dns_config.c"
#include "../../src/shim/dns_message.c"
#include "../../src/shim/dns_names.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int table_of(const uint8_t *data, size_t size)
{
	struct names_head head = {.magic = NAMES_MAGIC,
		.version = NAMES_VERSION,
		.record_size = NAMES_SIZE,
		.flags = NAMES_RESOLVED,
		.network = "net"};
	struct names_record record = {.use = NAMES_USED, .id = "0123456789ab", .text = "web"};
	int fd = memfd_create("names", 0);

	if (fd < 0 || write(fd, &head, sizeof(head)) < 0 || write(fd, &record, sizeof(record)) < 0)
		abort();
	/* The rest is laid over the only record, so that short inputs reach its text. */
	if (size &&
		pwrite(fd, data, size, NAMES_SIZE + offsetof(struct names_record, address4)) < 0)
		abort();
	return fd;
}

static void check(const struct dns_query *query, const uint8_t *msg, const uint8_t *reply,
	size_t len, size_t room)
{
	if (len < DNS_HEAD || len > room || dns_u16(reply) != query->id)
		abort();
	if (!(dns_u16(reply + 2) & DNS_RESPONSE))
		abort();
	if (memcmp(reply + DNS_HEAD, msg + DNS_HEAD, query->question_end - DNS_HEAD) != 0)
		abort();
}

/* First byte: how the rest is cut. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_view view;
	static uint8_t room[4096];
	size_t asked = size > 1 ? data[0] % size : 0, most;
	const uint8_t *msg = data + 1;
	struct dns_table table;
	struct dns_query query;
	struct dns_config config;
	struct dns_reply reply;
	int fd;

	if (size < 2)
		return 0;
	asked = asked > size - 1 ? size - 1 : asked;
	dns_config_read(&config, (const char *)msg, size - 1);
	if (config.networks > RESOLVER_NETWORKS || config.servers > RESOLVER_SERVERS)
		abort();
	fd = table_of(msg + asked, size - 1 - asked);
	view = (struct dns_view){&table, dns_table_open(&table, fd), data[0] & 1, 1, {0}};
	switch (dns_read(msg, asked, &query)) {
	case DNS_IGNORE:
		break;
	case DNS_BROKEN:
	case DNS_UNKNOWN:
		dns_reply_begin(&reply, room, DNS_PLAIN_UDP, msg, &query, DNS_FORMERR);
		check(&query, msg, room, dns_reply_end(&reply, &query), DNS_PLAIN_UDP);
		break;
	case DNS_READ:
		most = query.udp_size < sizeof(room) ? query.udp_size : sizeof(room);
		if (dns_answer(&view, msg, &query, room, most, &reply))
			check(&query, msg, room, dns_reply_end(&reply, &query), most);
		else if (view.closed)
			abort();
	}
	close(fd);
	return 0;
}
