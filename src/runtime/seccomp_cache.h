/* seccomp_cache.h - from a seccomp profile to a ready BPF program, usually by reading one file.
 *
 * Compiling needs libseccomp's tables, which davit does not link: they are in the
 * module davit-seccomp.so, loaded only when the cache has no answer. A cached file
 * is named by a hash over all that went into it, is written once, and can be deleted
 * at any time.
 *
 *     "DVBP"  u32 version  u32 instructions  u32 0  | struct sock_filter[]  (host byte order) */
#ifndef RUNTIME_SECCOMP_CACHE_H
#define RUNTIME_SECCOMP_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* What a program is made from. */
struct seccomp_request {
	const char *profile; /* JSON: docker's profile format, or an OCI linux.seccomp object */
	size_t len;
	uint64_t
		caps; /* the container's final bounding set: conditions on capabilities look here */
	uint32_t arch;   /* AUDIT_ARCH_* of the container's processes; 0: of this program */
	uint32_t kernel; /* KERNEL_VERSION-like: major << 16 | minor << 8; minKernel looks here */
};

/* Appends a program of struct sock_filter to *program. What davit-seccomp.so exports as
 * "seccomp_compile". */
typedef int seccomp_compile_fn(
	const struct seccomp_request *req, struct buf *program, struct err *err);
/* Gets hold of the compiler, once it is needed; NULL with *err set when it cannot be had. */
typedef seccomp_compile_fn *seccomp_load_fn(void *ctx, struct err *err);

/* The profile used when the user names none (assets/seccomp-default.json, built in). */
const char *seccomp_default_profile(size_t *len);

/* dir_fd: the cache directory. A file that cannot be written is no error, the program is there. */
int seccomp_cache_get(int dir_fd, const struct seccomp_request *req, seccomp_load_fn *load,
	void *ctx, struct buf *program, struct err *err);
/* The name that the request's program has in the cache: 32 hex digits and ".bpf". */
void seccomp_cache_name(const struct seccomp_request *req, char name[40]);

#endif
