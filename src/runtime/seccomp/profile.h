/* profile.h - a seccomp profile as it was written, in docker's format or OCI's.
 *
 * Both are read by the same parser: OCI's linux.seccomp object is docker's without
 * the conditions (includes, excludes) and with "architectures" for "archMap". */
#ifndef RUNTIME_SECCOMP_PROFILE_H
#define RUNTIME_SECCOMP_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/seccomp_cache.h"
#include "util/own.h"
#include "util/strs.h"

enum seccomp_op {
	SECCOMP_OP_NE,
	SECCOMP_OP_LT,
	SECCOMP_OP_LE,
	SECCOMP_OP_EQ,
	SECCOMP_OP_GE,
	SECCOMP_OP_GT,
	SECCOMP_OP_MASKED_EQ, /* (arg & value) == datum */
};

struct seccomp_cond {
	uint32_t arg; /* 0 to 5 */
	enum seccomp_op op;
	uint64_t value, datum;
};

enum { SECCOMP_CONDS_MAX = 6 };

/* When a rule is in force at all; empty lists and zeros ask for nothing. */
struct seccomp_when {
	uint64_t caps;
	struct strs arches; /* "amd64", "arm64", ...: docker's names of the native architecture */
	uint32_t kernel;
};

struct seccomp_rule {
	struct strs names;
	uint32_t ret;                                 /* SECCOMP_RET_* | data */
	struct seccomp_cond conds[SECCOMP_CONDS_MAX]; /* all must hold */
	size_t conds_len;
	struct seccomp_when includes, excludes;
};

struct seccomp_profile {
	uint32_t default_ret;
	struct strs arches; /* "SCMP_ARCH_X86", ...: beside the native one */
	struct seccomp_rule *rules;
	size_t rules_len;
};

/* -EINVAL names the field. The caller frees *out. */
int seccomp_profile_new(
	const struct seccomp_request *req, struct seccomp_profile **out, struct err *err);
void seccomp_profile_free(struct seccomp_profile *profile);
own_define(seccomp_profile)

/* arch_name: docker's name of req->arch. */
bool seccomp_rule_applies(
	const struct seccomp_rule *rule, const struct seccomp_request *req, const char *arch_name);

#endif
