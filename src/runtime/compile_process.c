/* The last part of every launch: limits, user, privileges, program. */
#include <stdio.h>
#include <sys/resource.h>

#include "runtime/caps.h"
#include "runtime/compile_parts.h"

static const struct {
	const char *name;
	int number;
} rlimits[] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

int rlimit_number(const char *type)
{
	for (size_t n = 0; n < array_len(rlimits); n++)
		if (str_eq(rlimits[n].name, type))
			return rlimits[n].number;
	return -1;
}

static void add_rlimits(struct compiler *c, const struct spec_process *process)
{
	for (size_t i = 0; i < process->rlimits.len; i++) {
		const struct spec_rlimit *limit = &process->rlimits.v[i];
		int number = rlimit_number(limit->type);

		if (number >= 0)
			step(c, .op = PLAN_RLIMIT,
				.n = {(uint64_t)number, limit->soft, limit->hard});
	}
}

static void add_seccomp(struct compiler *c)
{
	const struct launch_facts *f = c->facts;

	if (f->seccomp_len)
		step(c, .op = PLAN_SECCOMP,
			.a = plan_build_bytes(&c->plan, f->seccomp, f->seccomp_len),
			.n = {f->seccomp_flags});
}

void compile_limits_of(struct compiler *c, const struct spec_process *process)
{
	add_rlimits(c, process);
	/* Lowering needs a right that not every root has; a wish of the user is not optional. 0 is
	 * what the engine asks for where the user said nothing, or the monitor's would be handed
	 * down. */
	if (process->oom_score_adj.set)
		step(c, .op = PLAN_OOM_SCORE, .n = {(uint64_t)process->oom_score_adj.value},
			.flags = process->oom_score_adj.value || c->facts->passing ? 0
										   : PLAN_OPTIONAL);
}

static void add_user(struct compiler *c, const struct spec_user *user)
{
	bool numbers = c->facts->passing;
	auto_strs groups = STRS_INIT;
	char ids[32];
	const char *who = ids;

	snprintf(ids, sizeof(ids), "%u:%u", user->uid, user->gid);
	for (size_t i = 0; i < user->additional_gids.len; i++)
		strs_addf(&groups, "%lld", (long long)user->additional_gids.v[i].value);
	for (size_t i = 0; !numbers && i < user->group_names.len; i++)
		strs_add(&groups, user->group_names.v[i]);
	if (strs_failed(&groups))
		c->plan.data.failed = true;
	if (!numbers && user->username && user->username[0])
		who = user->username;
	step(c, .op = PLAN_USER, .a = text(c, who), .b = plan_build_list(&c->plan, &groups),
		.n = {numbers ? PLAN_USER_NUMBERS : 0});
}

struct masks {
	uint64_t bounding, permitted, effective, ambient;
};

static struct masks read_masks(const struct spec_caps *caps)
{
	struct masks m = {.bounding = caps_from_names(&caps->bounding),
		.permitted = caps_from_names(&caps->permitted),
		.effective = caps_from_names(&caps->effective)};

	/* Ambient ones need permitted and inheritable; without any, nothing is inheritable
	 * (CVE-2022-24769). */
	m.ambient =
		caps_from_names(&caps->ambient) & caps_from_names(&caps->inheritable) & m.permitted;
	return m;
}

/* A filter needs CAP_SYS_ADMIN or no_new_privs: before the capabilities go, or after the promise.
 */
static int add_privileges(struct compiler *c, const struct spec_process *process)
{
	struct masks m = read_masks(&process->capabilities);

	if (process->apparmor_profile && process->apparmor_profile[0])
		step(c, .op = PLAN_APPARMOR, .a = text(c, process->apparmor_profile));
	if (!process->no_new_privileges)
		add_seccomp(c);
	step(c, .op = PLAN_BOUNDING, .n = {m.bounding});
	add_user(c, &process->user);
	step(c, .op = PLAN_CAPS,
		.n = {m.permitted, m.effective & m.permitted, m.ambient, m.ambient});
	if (process->no_new_privileges) {
		step(c, .op = PLAN_NO_NEW_PRIVS);
		add_seccomp(c);
	}
	return 0;
}

/* Before a user namespace was entered. For who is born with a new one the parent does it
 * (PLAN_MAP_IDS). */
static bool are_limits_set(const struct compiler *c)
{
	const struct spec_namespace *user = spec_find_namespace(c->spec, "user");

	return user && (user->path || !c->facts->passing || c->plan.head.kind == PLAN_EXECUTION);
}

_Static_assert((int)PLAN_TRY_ARGS == (int)TRIAL_ARGS, "one form in both");

static void add_trial(struct compiler *c)
{
	const struct trial *trial = c->facts->trial;

	if (!trial)
		return;
	step(c, .op = PLAN_TRY, .a = plan_build_bytes(&c->plan, trial->args, sizeof(trial->args)),
		.b = trial->text_len ? plan_build_bytes(&c->plan, trial->text, trial->text_len + 1)
				     : (struct plan_ref){0},
		.n = {trial->number, trial->pointers});
}

int compile_process(struct compiler *c, const struct spec_process *process)
{
	int rc;

	if (process->args.len == 0)
		return err_set(c->err, EINVAL, "process.args: must not be empty");
	if (process->terminal)
		step(c, .op = PLAN_CONSOLE, .n = {process->rows, process->columns});
	if (!are_limits_set(c))
		compile_limits_of(c, process);
	step(c, .op = PLAN_UMASK,
		.n = {process->user.umask.set ? (uint64_t)process->user.umask.value : 022});
	/* Entered by root; an image's WORKDIR is made if it is missing, that of an exec is not. */
	step(c, .op = PLAN_CWD, .a = text(c, process->cwd ? process->cwd : "/"),
		.n = {c->plan.head.kind == PLAN_CONTAINER});
	rc = compile_extras(c, process);
	if (rc < 0)
		return rc;
	if (c->plan.head.kind == PLAN_CONTAINER && c->facts->waits & LAUNCH_WAITS_START)
		step(c, .op = PLAN_WAIT, .n = {PLAN_WAIT_START});
	rc = add_privileges(c, process);
	if (rc < 0)
		return rc;
	/* Programs of the container: with no more rights than its own. */
	if (c->plan.head.kind == PLAN_CONTAINER)
		compile_hooks(c, &c->spec->hooks.start_container);
	add_trial(c);
	step(c, .op = PLAN_EXEC, .a = plan_build_list(&c->plan, &process->args),
		.b = plan_build_list(&c->plan, &process->env),
		.n = {PLAN_EXEC_SET_HOME, c->facts->preserved_fds});
	return 0;
}

/* ---- sysctls ---- */

static bool is_of_ipc(const char *path)
{
	static const char *const names[] = {"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni",
		"kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
		"kernel/shm_rmid_forced"};

	for (size_t i = 0; i < array_len(names); i++) {
		if (str_eq(names[i], path))
			return true;
	}
	return str_has_prefix(path, "fs/mqueue/");
}

/* "net.ipv4.conf.eth0/1.forwarding" and "net/ipv4/conf/eth0.1/forwarding" are the same file:
 * whichever separator comes first is one. */
static void sysctl_path(char *name)
{
	size_t first = strcspn(name, "./");

	if (name[first] != '.')
		return;
	for (; *name; name++) {
		if (*name == '.')
			*name = '/';
		else if (*name == '/')
			*name = '.';
	}
}

static bool is_clean(const char *value)
{
	for (; *value; value++) {
		if ((unsigned char)*value < 0x20 && *value != '\t')
			return false;
	}
	return true;
}

static bool owns(const struct compiler *c, const char *type)
{
	return spec_find_namespace(c->spec, type) != NULL;
}

static int check_sysctl(struct compiler *c, const char *path, const char *value)
{
	const char *needs = NULL;

	if (strstr(path, "..") || strstr(path, "//") || path[0] == '/' || !is_clean(value))
		return err_set(c->err, EINVAL, "sysctl \"%.100s\": not a name and a value", path);
	if (str_has_prefix(path, "net/"))
		needs = owns(c, "network") ? NULL : "network";
	else if (is_of_ipc(path))
		needs = owns(c, "ipc") ? NULL : "ipc";
	else if (str_eq(path, "kernel/domainname"))
		needs = owns(c, "uts") ? NULL : "uts";
	else
		return err_set(c->err, EINVAL,
			"sysctl \"%.100s\": is not of the container but of the whole host", path);
	if (needs)
		return err_set(c->err, EINVAL,
			"sysctl \"%.100s\": not allowed with the host's %s namespace", path, needs);
	return 0;
}

int compile_sysctl(struct compiler *c, bool net)
{
	for (size_t i = 0; i < c->spec->lnx.sysctl.len; i++) {
		const char *entry = c->spec->lnx.sysctl.v[i], *equals = strchr(entry, '=');
		auto_free char *path = strndup(entry, (size_t)(equals - entry));
		int rc;

		if (!path)
			return err_set(c->err, ENOMEM, "sysctl: out of memory");
		sysctl_path(path);
		rc = check_sysctl(c, path, equals + 1);
		if (rc < 0)
			return rc;
		if (str_has_prefix(path, "net/") == net)
			step(c, .op = PLAN_SYSCTL, .a = text(c, path), .b = text(c, equals + 1));
	}
	return 0;
}
