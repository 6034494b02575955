/* publish.h - `-p`: its little language, and keeping the host's ports. */
#ifndef CORE_PUBLISH_H
#define CORE_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/launch_net.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/strs.h"

/* ---- the language; pure ---- */

/* One container port. */
struct publish {
	unsigned family; /* of the host address; 0: none was given */
	uint8_t host[16];
	uint16_t from, to; /* of the host, any of them will do; 0: any at all */
	uint16_t port;
	uint16_t protocol; /* IPPROTO_* */
};
struct publish_list {
	struct publish *v;
	size_t len, room;
};
void publish_list_fini(struct publish_list *list);
/* Appends what "[[ADDRESS:]HOST-PORTS:]PORTS[/PROTOCOL]" says, ranges one by one. docker's words.
 */
int publish_parse(const char *text, struct publish_list *list, struct err *err);
/* "80", "80/udp", "8000-8010/tcp" of --expose and EXPOSE, as list of publish without a host port.
 */
int expose_parse(const char *text, struct publish_list *list, struct err *err);
const char *protocol_name(unsigned protocol);

/* ---- the host's ports ---- */

/* Binds a socket, and never listens: the port is taken for everybody, and what the packet filter
 * does not lead away is refused. *port is chosen when the publish leaves a choice. family: of the
 * socket; host: zero for any. docker's "Bind for …: port is already allocated" (-EADDRINUSE). */
int port_reserve(const struct publish *publish, unsigned family, const uint8_t host[16],
	uint16_t *port, int *socket, struct err *err);

#endif
