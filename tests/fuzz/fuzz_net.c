/* Whatever net_check accepts can be walked, read and copied without leaving the bytes. */
#include <stdlib.h>
#include <string.h>

#include "core/lease.h"
#include "runtime/launch/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_record(const struct net_record *record)
{
	const void *body = net_body(record);
	size_t len = 0;

	if (record->type == NET_SYSCTL)
		len = strlen(body) + strlen((const char *)body + strlen(body) + 1);
	if (record->type == NET_READY) {
		const struct net_ready *ready = body;

		len = strlen(ready->link) + strlen(ready->bridge);
	}
	if (record->type == NET_ENDPOINT) {
		const struct net_endpoint *e = body;
		const char *alias = (const char *)(e + 1), *end = (const char *)e + record->len;

		len = strlen(e->network) + strlen(e->inside);
		for (; alias < end; alias += strlen(alias) + 1)
			len += strlen(alias);
	}
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its exact size, and aligned as a mapping is. */
	void *bytes = malloc(size ? size : 1);
	volatile size_t len = 0;
	struct net_file file, again;
	struct net_writer writer;

	memcpy(bytes, data, size);
	if (net_check(bytes, size, &file) == 0) {
		for (const struct net_record *r = NULL; (r = net_next(&file, r));)
			len += read_record(r);
		net_begin(&writer);
		net_copy(&writer, &file, NULL, NULL);
		if (net_end(&writer) < 0 ||
			net_check(writer.bytes.data, writer.bytes.len, &again) < 0)
			abort();
		net_writer_fini(&writer);
	}
	free(bytes);
	return 0;
}
