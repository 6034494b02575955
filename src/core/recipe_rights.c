/* recipe_rights.c - what an ordinary user's davit cannot give a container, said before anything is
 * made. What is of cgroups is said where limits are made (runtime/cgroup.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/privilege.h"
#include "core/recipe_parts.h"
#include "runtime/compile.h"
#include "util/own.h"

static int check_limit(const struct spec_rlimit *wanted, struct err *err)
{
	int number = rlimit_number(wanted->type);
	struct rlimit own;

	if (number < 0 || getrlimit(number, &own) < 0 || wanted->hard <= own.rlim_max)
		return 0;
	return err_set(err, EPERM,
		"--ulimit: %s: yours is %llu at most, and only root raises it: ask for less, or see limits.conf(5)",
		wanted->type, (unsigned long long)own.rlim_max);
}

static int own_oom_score(void)
{
	auto_close int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	char text[16];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return atoi(text);
}

int recipe_rights(const struct spec *spec, const struct container_request *request, struct err *err)
{
	int failed = 0;

	if (!privilege_is_rootless())
		return 0;
	for (size_t i = 0; !failed && i < spec->process.rlimits.len; i++)
		failed = check_limit(&spec->process.rlimits.v[i], err);
	if (!failed && request->oom_score_adj && request->oom_score_adj < own_oom_score())
		failed = err_set(err, EPERM,
			"--oom-score-adj %d: only root makes a process less likely to be killed for memory than you are (%d)",
			request->oom_score_adj, own_oom_score());
	return failed;
}
