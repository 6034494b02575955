#include "runtime/seccomp/compile.h"

#include "runtime/seccomp/generate.h"

enum { ARCHES_MAX = 8 };

/* The native architecture first: its calls should find their block soonest. */
static size_t pick_arches(
	const struct seccomp_profile *profile, uint32_t native, struct seccomp_program *programs)
{
	size_t len = 0;

	programs[len++].arch = seccomp_arch_by_audit(native);
	for (size_t i = 0; i < profile->arches.len && len < ARCHES_MAX; i++) {
		const struct seccomp_arch *arch = seccomp_arch_by_scmp(profile->arches.v[i]);
		size_t seen = 0;

		while (arch && seen < len && programs[seen].arch != arch)
			seen++;
		if (arch && seen == len)
			programs[len++].arch = arch;
	}
	return len;
}

int seccomp_compile(const struct seccomp_request *req, struct buf *program, struct err *err)
{
	auto_of(seccomp_profile) struct seccomp_profile *profile = NULL;
	struct seccomp_program programs[ARCHES_MAX] = {0};
	size_t len;
	int rc = seccomp_profile_new(req, &profile, err);

	if (rc < 0)
		return rc;
	len = pick_arches(profile, req->arch, programs);
	for (size_t i = 0; rc == 0 && i < len; i++)
		rc = seccomp_table_init(&programs[i].table, profile, req, programs[i].arch, err);
	if (rc == 0)
		rc = seccomp_generate(programs, len, program, err);
	for (size_t i = 0; i < len; i++)
		seccomp_table_fini(&programs[i].table);
	return rc;
}
