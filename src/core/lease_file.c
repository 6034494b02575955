/* lease_file.c - writing RUN_ROOT/c/ID/net. */
#include <errno.h>
#include <string.h>

#include "core/lease.h"
#include "runtime/launch/net.h"

void net_begin(struct net_writer *writer)
{
	struct net_head head = {.version = NET_VERSION};

	*writer = (struct net_writer){.bytes = BUF_INIT};
	memcpy(head.magic, NET_MAGIC, sizeof(head.magic));
	buf_add(&writer->bytes, &head, sizeof(head));
}

void net_put2(struct net_writer *writer, unsigned type, const void *a, size_t a_len, const void *b,
	size_t b_len)
{
	struct net_record record = {.type = (uint16_t)type, .len = (uint32_t)(a_len + b_len)};
	static const char zero[8];

	buf_add(&writer->bytes, &record, sizeof(record));
	buf_add(&writer->bytes, a, a_len);
	if (b_len)
		buf_add(&writer->bytes, b, b_len);
	buf_add(&writer->bytes, zero, -record.len & 7);
	writer->records++;
}

void net_put(struct net_writer *writer, unsigned type, const void *body, size_t len)
{
	net_put2(writer, type, body, len, NULL, 0);
}

int net_end(struct net_writer *writer)
{
	struct net_head *head = (void *)writer->bytes.data;

	if (buf_failed(&writer->bytes))
		return -ENOMEM;
	head->size = (uint32_t)writer->bytes.len;
	head->records = writer->records;
	return writer->bytes.len > NET_SIZE_MAX ? -E2BIG : 0;
}

void net_writer_fini(struct net_writer *writer)
{
	buf_fini(&writer->bytes);
}

void net_copy(struct net_writer *writer, const struct net_file *from,
	bool (*keep)(const struct net_record *record, void *arg), void *arg)
{
	for (const struct net_record *r = NULL; (r = net_next(from, r));)
		if (!keep || keep(r, arg))
			net_put(writer, r->type, net_body(r), r->len);
}
