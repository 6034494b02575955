/* arch.h - the architectures we can filter for, and what their system calls are called. */
#ifndef RUNTIME_SECCOMP_ARCH_H
#define RUNTIME_SECCOMP_ARCH_H

#include <stdbool.h>
#include <stdint.h>

struct seccomp_arch {
	uint32_t audit;   /* AUDIT_ARCH_*: what the kernel puts into seccomp_data.arch; libseccomp's
			     token */
	const char *scmp; /* "SCMP_ARCH_X86_64" */
	const char *name; /* docker's: "amd64" */
	bool wide;        /* arguments have 64 bits; all of ours are little-endian */
};

/* NULL when it is none of ours. 0: the one this program was built for. */
const struct seccomp_arch *seccomp_arch_by_audit(uint32_t audit);
const struct seccomp_arch *seccomp_arch_by_scmp(const char *scmp);

/* The number, or -1: this architecture has no call of that name (of its own). */
int seccomp_arch_nr(const struct seccomp_arch *arch, const char *name);
/* 32-bit x86 reaches socket and System V calls through two multiplexers as well: true with the
 * multiplexer's number and the value of its first argument. */
bool seccomp_arch_muxed(
	const struct seccomp_arch *arch, const char *name, uint32_t *mux_nr, uint32_t *call);

#endif
