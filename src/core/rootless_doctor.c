#include "core/rootless_doctor.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "core/privilege.h"
#include "core/subids.h"
#include "util/own.h"

struct examination {
	void (*found)(const struct doctor_finding *finding, void *arg);
	void *arg;
	const char *name; /* the user's, or a number */
};

static void tell(const struct examination *e, const char *problem, const char *remedy)
{
	const struct doctor_finding finding = {
		.kind = "host", .name = e->name, .problem = problem, .remedy = remedy};

	e->found(&finding, e->arg);
}

/* Its rights come from a bit or from its file's capabilities. */
static bool has_rights(const char *path, const struct stat *st)
{
	return st->st_mode & S_ISUID || getxattr(path, "security.capability", NULL, 0) > 0;
}

static void examine_program(const struct examination *e, const char *name)
{
	const char *path = getenv("PATH");
	auto_free char *copy = strdup(path && *path ? path : "/usr/bin:/bin");
	char at[4200], problem[4300], *rest = copy, *dir;
	struct stat st;

	while (rest && (dir = strsep(&rest, ":"))) {
		snprintf(at, sizeof(at), "%.4000s/%s", dir, name);
		if (stat(at, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (has_rights(at, &st))
			return;
		snprintf(problem, sizeof(problem), "%s has no right to map ids", at);
		tell(e, problem, "as root: chmod u+s it, or install the package uidmap again");
		return;
	}
	snprintf(
		problem, sizeof(problem), "%s is not installed: containers have one id only", name);
	tell(e, problem, "as root: install it (Debian's package uidmap)");
}

static void examine_ids(const struct examination *e, const char *name)
{
	struct subids users, groups;
	struct err err;
	uint64_t lent;

	if (subids_read(name, privilege_user(), &users, &groups, &err) < 0) {
		tell(e, err.text, "make it readable for all");
		return;
	}
	if (!users.len || !groups.len) {
		tell(e, "has no line in /etc/subuid or /etc/subgid: containers have one id only",
			"as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535");
		return;
	}
	lent = subids_count(&groups);
	if (privilege_has_ids() && privilege_groups() != lent + 1)
		tell(e, "the keeper has other ids than /etc/subgid lends now",
			"stop all containers, then: davit keeper stop");
	else if (!privilege_has_ids())
		tell(e, "the keeper was made before ids were lent",
			"stop all containers, then: davit keeper stop");
}

void rootless_examine(void (*found)(const struct doctor_finding *finding, void *arg), void *arg)
{
	const struct passwd *user;
	char number[16];
	struct examination e = {found, arg, number};

	if (!privilege_is_rootless())
		return;
	snprintf(number, sizeof(number), "%u", privilege_user());
	user = getpwuid(privilege_user());
	if (user)
		e.name = user->pw_name;
	examine_program(&e, "newuidmap");
	examine_program(&e, "newgidmap");
	examine_ids(&e, user ? user->pw_name : NULL);
}
