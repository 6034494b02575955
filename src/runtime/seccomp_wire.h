/* seccomp_wire.h - how a program that does not link libseccomp has a profile compiled:
 * davit-seccomp reads this head and the profile from stdin, and writes struct sock_filter[] to
 * stdout and exits with 0, or a sentence and exits with 1. */
#ifndef RUNTIME_SECCOMP_WIRE_H
#define RUNTIME_SECCOMP_WIRE_H

#include <stdint.h>

#define SECCOMP_WIRE_MAGIC "davscmp"

struct seccomp_wire {
	char magic[8];
	uint64_t caps;
	uint32_t arch, kernel; /* as in struct seccomp_request */
	uint32_t len;          /* of the profile */
	uint32_t spare;
};

#endif
