/* launch_uplink.h - how a user without rights over the host's network has networks all the same.
 *
 *      the host's network namespace          the user's own (RUN_ROOT/n/space)
 *
 *      other machines ── pasta ────────────▶ uplink0 ── bridges, rules, cables as everywhere
 *      a client ── davit-shim uplink ──────────────────▶ a container's address
 *
 * One `davit-shim uplink` a run root. It makes the namespace (bound to RUN_ROOT/n/space in the
 * mount namespace it shares with every davit of the user), keeps pasta running, which leads out of
 * it, and carries what comes for published ports into it, because only the host's namespace has
 * those ports. davit talks to it over RUN_ROOT/n/uplink (SOCK_SEQPACKET), one struct uplink_message
 * each way; a connection is a *tie*: davit hands it to the container's monitor, which holds it for
 * the container's life. What was published over a tie goes with it, and with the last tie, after a
 * moment, everything goes. Used by the static shim: includes nothing of ours but flat data. */
#ifndef RUNTIME_LAUNCH_UPLINK_H
#define RUNTIME_LAUNCH_UPLINK_H

#include <stdint.h>
#include <sys/types.h>

#include "runtime/launch_net.h"

/* Below RUN_ROOT/n. */
#define UPLINK_SOCKET "uplink"
#define UPLINK_SPACE  "space"
#define UPLINK_LOCK   "uplink.lock" /* flock: who starts one, or ends */
#define UPLINK_LINK   "uplink0"     /* what pasta makes in there */

/* What it has there: addresses that nobody routes, of no pool of ours. */
#define UPLINK_ADDRESS4 "169.254.77.2"
#define UPLINK_GATEWAY4 "169.254.77.1"
#define UPLINK_PREFIX4  "29"
#define UPLINK_ADDRESS6 "fd64:6176:6974::2"
#define UPLINK_GATEWAY6 "fd64:6176:6974::1"

/* Answers of containers to a client whose address was kept carry this mark (by a rule of the packet
 * filter), and what carries it is for sockets in the namespace, by this routing table. */
enum { UPLINK_MARK = 0xda71, UPLINK_TABLE = 7471 };

enum { UPLINK_VERSION = 1, UPLINK_START_MS = 5000, UPLINK_LINGER_MS = 3000 };

enum uplink_type {
	UPLINK_HELLO = 1,     /* version; answered at once */
	UPLINK_LEAD_OUT = 2,  /* text: pasta's path; answered when packets can leave, or why not */
	UPLINK_PUBLISH = 3,   /* mapping, keep; with a bound (UDP) or listening (TCP) socket */
	UPLINK_UNPUBLISH = 4, /* mapping, whoever published it */
	UPLINK_OPEN = 5,      /* family, kind: a socket of the host's namespace comes back */
	UPLINK_STATUS = 6,
	UPLINK_ENTER =
		7,      /* the namespace comes back: who has another keeper does not see it bound */
	UPLINK_END = 8, /* not after a moment: with the last other tie. No answer, but its end */
	UPLINK_DONE = 32, /* the answer to each: code, and a sentence when it is negative */
};

enum uplink_state { UPLINK_OFF, UPLINK_STARTING, UPLINK_UP, UPLINK_FAILED };

struct uplink_status {
	uint32_t state;            /* enum uplink_state */
	int32_t pid, pasta, space; /* processes; space: who lives in the namespace */
	uint32_t ties, ports, flows;
	uint32_t starts;        /* of pasta, until now */
	uint32_t keeps_clients; /* containers see who calls */
};

struct uplink_message {
	uint32_t type;
	int32_t code;
	uint32_t version;
	uint32_t family, kind; /* AF_*, SOCK_* */
	uint32_t keep; /* the client's address, if that can be: the rules lead answers back */
	struct net_mapping mapping;
	struct uplink_status status;
	char text[256];
};

/* How `davit-shim uplink` is born. */
enum uplink_fd {
	UPLINK_FD_LISTENER = 3, /* bound to RUN_ROOT/n/uplink and listening */
	UPLINK_FD_DIR = 4,      /* O_PATH: RUN_ROOT/n */
};

/* Asks over a tie for what is answered with an fd (UPLINK_OPEN, UPLINK_ENTER): the fd,
 * close-on-exec and the caller's, -ENOENT when the answer brought none, or another negative errno.
 * *message is the question, then the answer. */
int uplink_fetch(int tie, struct uplink_message *message, int patience_ms);

#endif
