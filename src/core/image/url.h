/* url.h - the few questions a registry client asks about an address.
 *
 * Only absolute http and https addresses exist here; anything else is refused.
 * An origin is scheme, host and port: credentials never cross from one to another. */
#ifndef CORE_IMAGE_URL_H
#define CORE_IMAGE_URL_H

#include <stdbool.h>

/* `location` as seen from `base` (absolute, relative, or with its own query); the caller frees.
 * NULL when it is no http(s) address, or has a user name in it. */
char *url_join(const char *base, const char *location);
bool url_same_origin(const char *a, const char *b);
bool url_is_https(const char *url);
/* "host" or "host:port" of the address; the caller frees. NULL when malformed. */
char *url_host(const char *url);
/* localhost, 127.0.0.0/8 or [::1], with or without a port, as written before the first slash of an
 * image's name. Such a registry may speak plain http. */
bool url_host_is_loopback(const char *host);
/* Appends "name=value" percent-encoded, with ? or & before it; the caller frees. NULL: no memory.
 */
char *url_add_query(const char *url, const char *name, const char *value);

#endif
