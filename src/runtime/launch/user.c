#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/passwd.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

struct who {
	char name[64]; /* of the user, when /etc/passwd has it */
	uint32_t uid, gid;
	uint32_t group[PASSWD_GROUPS_MAX];
	unsigned groups;
};

/* A hostile image can put a fifo, a device or a gigabyte there (CVE-2024-9676, 2026-47262). */
static bool open_etc(int root, const char *path, struct passwd_file *file)
{
	struct stat st;

	*file = (struct passwd_file){.fd = -1};
	file->fd = launch_root_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, false);
	if (file->fd >= 0 && (fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode)))
		sys_close(&file->fd);
	return file->fd >= 0;
}

static bool matches(const char *name, uint32_t id, const char *wanted)
{
	uint32_t number;

	return !strcmp(name, wanted) || (!passwd_number(wanted, &number) && number == id);
}

static bool look_up_user(struct launch *l, const char *wanted, struct who *who)
{
	struct passwd_file file;
	struct passwd_line line;
	bool found = false;

	if (!open_etc(l->dir[PLAN_ROOT], "/etc/passwd", &file))
		return false;
	while (!found && passwd_next_user(&file, &line))
		found = matches(line.name, line.uid, wanted);
	if (found) {
		who->uid = line.uid;
		who->gid = line.gid;
		launch_say(who->name, sizeof(who->name), "%s", line.name);
		launch_say(l->home, sizeof(l->home), "%s", line.home);
	}
	close(file.fd);
	return found;
}

/* Of a number alone: a name that looks like it is somebody else's. */
static void look_up_number(struct launch *l, uint32_t uid, struct who *who)
{
	struct passwd_file file;
	struct passwd_line line;

	if (!open_etc(l->dir[PLAN_ROOT], "/etc/passwd", &file))
		return;
	while (passwd_next_user(&file, &line)) {
		if (line.uid != uid)
			continue;
		launch_say(who->name, sizeof(who->name), "%s", line.name);
		launch_say(l->home, sizeof(l->home), "%s", line.home);
		break;
	}
	close(file.fd);
}

static bool look_up_group(struct launch *l, const char *wanted, uint32_t *gid)
{
	struct passwd_file file;
	struct passwd_line line;
	bool found = false;

	if (!open_etc(l->dir[PLAN_ROOT], "/etc/group", &file))
		return false;
	while (!found && passwd_next_group(&file, &line))
		found = matches(line.name, line.gid, wanted);
	if (found)
		*gid = line.gid;
	close(file.fd);
	return found;
}

static void add_group(struct who *who, uint32_t gid)
{
	for (unsigned i = 0; i < who->groups; i++)
		if (who->group[i] == gid)
			return;
	if (who->groups < PASSWD_GROUPS_MAX)
		who->group[who->groups++] = gid;
}

static void add_memberships(struct launch *l, struct who *who)
{
	struct passwd_file file;
	struct passwd_line line;

	if (!who->name[0] || !open_etc(l->dir[PLAN_ROOT], "/etc/group", &file))
		return;
	while (passwd_next_group(&file, &line))
		if (passwd_is_member(line.members, who->name))
			add_group(who, line.gid);
	close(file.fd);
}

static int resolve_user(struct launch *l, const char *wanted, struct who *who)
{
	int error;

	if (look_up_user(l, wanted[0] ? wanted : "0", who) || !wanted[0])
		return 0;
	error = passwd_number(wanted, &who->uid);
	if (error == -ERANGE)
		return launch_fail(
			l, error, 125, "user %s: a user's number is at most 2147483647", wanted);
	if (error)
		return launch_fail(
			l, error, 125, "user \"%s\": no such user in /etc/passwd", wanted);
	return 0;
}

static int resolve_group(struct launch *l, const char *wanted, uint32_t *gid)
{
	int error;

	if (look_up_group(l, wanted, gid))
		return 0;
	error = passwd_number(wanted, gid);
	if (error == -ERANGE)
		return launch_fail(
			l, error, 125, "group %s: a group's number is at most 2147483647", wanted);
	if (error)
		return launch_fail(
			l, error, 125, "group \"%s\": no such group in /etc/group", wanted);
	return 0;
}

static int resolve(struct launch *l, const char *text, struct plan_ref groups, struct who *who)
{
	char user[256];
	const char *colon = strchr(text, ':'), *more;
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	int error;

	if (len >= sizeof(user))
		return launch_fail(l, -EINVAL, 125, "user: a name of %u bytes", (uint32_t)len);
	memcpy(user, text, len);
	user[len] = '\0';
	error = resolve_user(l, user, who);
	if (!error && colon && colon[1])
		error = resolve_group(l, colon + 1, &who->gid);
	if (error)
		return error;
	/* setgroups gets the primary group too: a group that denies must not be shed
	 * (CVE-2022-36109). */
	add_group(who, who->gid);
	if (!colon || !colon[1])
		add_memberships(l, who);
	for (more = plan_next(&l->plan, groups, NULL); more;
		more = plan_next(&l->plan, groups, more)) {
		uint32_t gid = 0;

		if ((error = resolve_group(l, more, &gid)))
			return error;
		add_group(who, gid);
	}
	return 0;
}

/* So that an unprivileged process can open /dev/stdout again. Only what was made for it: never a
 * device. */
static void give_stdio(const struct launch *l, uint32_t uid)
{
	struct stat st;

	for (int fd = 0; l->stdio.ours && uid && fd < 3; fd++)
		if (!fstat(fd, &st) && st.st_uid != uid &&
			(S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && major(st.st_rdev) >= 136 &&
							 major(st.st_rdev) <= 143)))
			if (fchown(fd, uid, (gid_t)-1) < 0)
				return;
}

/* Numbers that are final: /etc/passwd only tells the home directory. */
static int resolve_numbers(
	struct launch *l, const char *text, struct plan_ref groups, struct who *who)
{
	struct who home = {0};
	unsigned long long uid = 0, gid = 0;
	const char *colon = strchr(text, ':'), *more;

	if (!colon || launch_number(text, (size_t)(colon - text), UINT32_MAX - 1, &uid) ||
		launch_number(colon + 1, strlen(colon + 1), UINT32_MAX - 1, &gid))
		return launch_fail(l, -EINVAL, 125, "user \"%s\": is not made of numbers", text);
	who->uid = (uint32_t)uid;
	who->gid = (uint32_t)gid;
	for (more = plan_next(&l->plan, groups, NULL); more;
		more = plan_next(&l->plan, groups, more)) {
		if (launch_number(more, strlen(more), UINT32_MAX - 1, &gid))
			return launch_fail(l, -EINVAL, 125, "group \"%s\": is no number", more);
		if (who->groups == PASSWD_GROUPS_MAX)
			return launch_fail(l, -E2BIG, 125, "more than %u additional groups",
				(uint32_t)PASSWD_GROUPS_MAX);
		add_group(who, (uint32_t)gid);
	}
	look_up_number(l, who->uid, &home);
	return 0;
}

/* Where setgroups(2) is denied, a process cannot have been given groups: asking for its own alone
 * asks for nothing. */
static int set_groups(const struct who *who)
{
	long result = sys_result(syscall(SYS_setgroups, who->groups, who->group));
	bool is_own = who->groups == 1 && who->group[0] == (uint32_t)getgid();

	return result == -EPERM && (!who->groups || is_own) ? 0 : (int)result;
}

/* An id that is not mapped is what the kernel calls invalid here. */
static int not_mapped(struct launch *l, const struct who *who, int error)
{
	return error == -EINVAL
		       ? launch_fail(l, error, 125,
				 "user %u, group %u: the user namespace has no id for one of them, or for a further group: give it more ids",
				 who->uid, who->gid)
		       : error;
}

int launch_user(struct launch *l, const struct plan_step *step)
{
	const char *user = plan_text(&l->plan, step->a);
	struct who who = {0};
	int error = step->n[0] & PLAN_USER_NUMBERS ? resolve_numbers(l, user, step->b, &who)
						   : resolve(l, user, step->b, &who);

	if (error)
		return error;
	give_stdio(l, who.uid);
	/* The permitted set must survive until PLAN_CAPS cuts it. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	error = set_groups(&who);
	if (!error && (syscall(SYS_setresgid, who.gid, who.gid, who.gid) < 0 ||
			      syscall(SYS_setresuid, who.uid, who.uid, who.uid) < 0))
		error = -errno;
	if (error)
		return not_mapped(l, &who, error);
	l->uid = who.uid;
	l->gid = who.gid;
	return 0;
}
