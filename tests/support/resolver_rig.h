/* resolver_rig.h - a container with a resolver, the real one: started by a real shim (shim_rig.h),
 * asked from inside the container's network namespace, with servers of the test's behind it.
 *
 * Its network knows two names, "web" (172.18.0.2) and "db" (172.18.0.3). Everything asserts. */
#ifndef SUPPORT_RESOLVER_RIG_H
#define SUPPORT_RESOLVER_RIG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "shim_rig.h"

enum { RESOLVER_MESSAGE = 65535 };
enum { NOERROR = 0, FORMERR = 1, SERVFAIL = 2, NXDOMAIN = 3 };

/* The container of every test; resolver_begin resets what may be changed of it. */
extern struct rig_spec resolver_sleeper;

/* A test's setup and teardown: *state is a struct rig. */
int resolver_begin(void **state);
int resolver_end(void **state);

/* lines: what the configuration says besides the network. */
void resolver_configure(struct rig *rig, const char *lines);
void resolver_put_name(int fd, unsigned number, const char *name, uint8_t last);
int resolver_table(struct rig *rig); /* the network's names, open; the caller closes */
void resolver_launch(struct rig *rig, const char *lines);

/* Sockets, in the container's namespace or (rig NULL) in ours; the caller closes. address: port 53
 * of it. */
int resolver_socket(struct rig *rig, int kind);
int resolver_connected(struct rig *rig, int kind, const char *address);
int resolver_serving(struct rig *rig, int kind, const char *address);

/* ---- messages (RFC 1035) ---- */

extern uint8_t resolver_message[RESOLVER_MESSAGE]; /* what came last */

static inline unsigned resolver_u16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

/* Of an address; its length. */
size_t resolver_question(uint8_t to[300], unsigned id, const char *name);
/* Makes of the query in msg what a server answers: one address, 9.9.9.`last`; its length. */
size_t resolver_reply(uint8_t *msg, size_t len, uint8_t last);
void resolver_ask(int fd, unsigned id, const char *name);
/* The code of the answer, its address's last byte in *last (0: none); -1: nothing came. */
int resolver_answer(int fd, unsigned id, uint8_t *last);
/* Both, on a socket of its own. */
int resolver_resolve(struct rig *rig, const char *name, uint8_t *last);
void resolver_finds_web(struct rig *rig);
/* As a stub resolver does: what the kernel dropped is asked again. */
void resolver_finds_web_at_last(struct rig *rig);

/* ---- the process ---- */

/* The shim's child that resolves, 0: there is none. */
int resolver_of(struct rig *rig);
void resolver_until_gone(struct rig *rig);
/* A field of /proc/PID/status. */
void resolver_has(int pid, const char *key, const char *value);
int resolver_pss_kb(int pid);

#endif
