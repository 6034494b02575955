/* seccomp_explain.h - a filter's program in words: what it answers to each system call.
 *
 * The program is run as the kernel would run it, so that what is told is what holds, whoever made
 * it. davit-seccomp.so exports it: names of system calls are libseccomp's. */
#ifndef RUNTIME_SECCOMP_EXPLAIN_H
#define RUNTIME_SECCOMP_EXPLAIN_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seccomp_answer {
	const char *name; /* "mount"; lent */
	uint32_t answer;  /* SECCOMP_RET_* with its data: to arguments that are all 0 */
	bool depends;     /* it looked at the arguments */
};
typedef void seccomp_answer_fn(void *arg, const struct seccomp_answer *answer);

/* Every call of this machine's architecture, by number. False: this is no program that the kernel
 * would load. What davit-seccomp.so exports as "seccomp_explain". */
typedef bool seccomp_explain_fn(
	const struct sock_filter *program, size_t len, seccomp_answer_fn *say, void *arg);

enum { SECCOMP_ARGS = 6 };
/* What it answers to one call with these very arguments. Exported as "seccomp_evaluate". */
typedef bool seccomp_evaluate_fn(const struct sock_filter *program, size_t len, uint32_t number,
	const uint64_t args[SECCOMP_ARGS], uint32_t *out);

#endif
