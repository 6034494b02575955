/* dns_config.h - RUN_ROOT/c/ID/resolver (runtime/launch_resolver.h), read by the shim and by its
 * resolver. */
#ifndef SHIM_DNS_CONFIG_H
#define SHIM_DNS_CONFIG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "runtime/launch_resolver.h"

struct dns_server {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t len;
	bool from_host; /* reached from the host's network namespace */
};

struct dns_config {
	char network[RESOLVER_NETWORKS][65];
	struct dns_server server[RESOLVER_SERVERS];
	unsigned networks, servers;
	bool closed;
};

/* False: not such a file. Unknown words and lines that are not as they should be are passed over:
 * the file only grows. */
bool dns_config_read(struct dns_config *config, const char *bytes, size_t len);

#endif
