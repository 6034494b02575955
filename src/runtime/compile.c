/* The order of a launch. HOLD: the shim's namespaces, network, cgroups, root. CHILD: into its
 * cgroups, its mounts from /proc on, what is hidden, the pivot, the terminal, the privileges. */
#include "runtime/compile.h"

#include <linux/sched.h>
#include <linux/mount.h>

#include "runtime/compile_parts.h"
#include "runtime/launch_resolver.h"

static const struct {
	const char *type;
	uint64_t flag;
} namespaces[] = {
	{"mount", CLONE_NEWNS},
	{"pid", CLONE_NEWPID},
	{"network", CLONE_NEWNET},
	{"ipc", CLONE_NEWIPC},
	{"uts", CLONE_NEWUTS},
	{"cgroup", CLONE_NEWCGROUP},
	{"time", CLONE_NEWTIME},
	{"user", CLONE_NEWUSER},
};

uint64_t compile_namespace_flag(const char *type)
{
	for (size_t i = 0; i < array_len(namespaces); i++) {
		if (str_eq(namespaces[i].type, type))
			return namespaces[i].flag;
	}
	return 0;
}

static bool makes(const struct compiler *c, const char *type)
{
	const struct spec_namespace *ns = spec_find_namespace(c->spec, type);

	return ns && !ns->path;
}

/* Of all that the container makes new: the shim holds its network and its user namespace, the child
 * has the rest. */
static uint64_t clone_flags(const struct compiler *c)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < c->spec->lnx.namespaces.len; i++) {
		const struct spec_namespace *ns = &c->spec->lnx.namespaces.v[i];

		if (!ns->path)
			flags |= compile_namespace_flag(ns->type);
	}
	if (c->facts->passing) /* time: unshared before, to be set while nobody lives in it */
		return flags & ~(uint64_t)CLONE_NEWTIME;
	return flags & ~(uint64_t)(CLONE_NEWNET | CLONE_NEWUSER);
}

bool compile_has_userns(const struct compiler *c)
{
	return spec_find_namespace(c->spec, "user") != NULL;
}

bool compile_is_mapped(const struct compiler *c)
{
	return compile_has_userns(c) && !c->facts->passing;
}

static bool enters_v1(const struct compiler *c)
{
	for (size_t i = 0; c->facts->cgroups && i < cgroup_count(c->facts->cgroups); i++) {
		if (cgroup_at(c->facts->cgroups, i)->version == 1)
			return true;
	}
	return false;
}

/* "container:ID": found by the monitor at each start. */
static const char *peer_of(const struct spec_namespace *ns)
{
	return ns->path && str_has_prefix(ns->path, "container:") ? ns->path + 10 : NULL;
}

static bool has_hooks(const struct spec *spec)
{
	const struct spec_all_hooks *h = &spec->hooks;

	return h->prestart.len + h->create_runtime.len + h->create_container.len +
		       h->start_container.len + h->poststart.len + h->poststop.len >
	       0;
}

static bool is_given(const char *text)
{
	return text && text[0];
}

static int refuse_unsupported(const struct compiler *c)
{
	const struct spec_namespace *mount = spec_find_namespace(c->spec, "mount");

	if (mount && mount->path)
		return err_set(c->err, ENOTSUP,
			"linux.namespaces: joining a mount namespace is not supported");
	for (size_t i = 0; c->facts->passing && i < c->spec->lnx.namespaces.len; i++) {
		if (peer_of(&c->spec->lnx.namespaces.v[i]))
			return err_set(c->err, EINVAL,
				"linux.namespaces[%zu].path: must be an absolute path", i);
	}
	if (!c->facts->passing && has_hooks(c->spec))
		return err_set(c->err, ENOTSUP, "hooks: only davit-runtime calls them");
	if (!c->facts->passing &&
		(c->spec->lnx.monotonic.secs || c->spec->lnx.monotonic.nanosecs ||
			c->spec->lnx.boottime.secs || c->spec->lnx.boottime.nanosecs))
		return err_set(c->err, ENOTSUP, "linux.timeOffsets: only davit-runtime sets them");
	if (spec_find_namespace(c->spec, "time") && !kernel_has(c->facts->kernel, KERNEL_TIME_NS))
		return err_set(
			c->err, ENOTSUP, "linux.namespaces: this kernel has no time namespaces");
	if (is_given(c->spec->process.selinux_label) || is_given(c->spec->lnx.mount_label))
		return err_set(c->err, ENOTSUP, "%s: SELinux labels are not supported",
			is_given(c->spec->lnx.mount_label) ? "linux.mountLabel"
							   : "process.selinuxLabel");
	return 0;
}

/* ---- HOLD ---- */

static uint64_t propagation(const struct spec *spec)
{
	const char *word = spec->lnx.rootfs_propagation;

	/* The default, and all that "private" can mean before the container's own mounts exist:
	 * nothing gets out, and what the host mounts below a bind's source can get in. */
	if (word && str_has_suffix(word, "shared"))
		return MS_SHARED | MS_REC;
	return MS_SLAVE | MS_REC;
}

static void join_peers(struct compiler *c)
{
	for (size_t i = 0; i < c->spec->lnx.namespaces.len; i++) {
		const struct spec_namespace *ns = &c->spec->lnx.namespaces.v[i];

		if (peer_of(ns) && !str_eq(ns->type, "user"))
			step(c, .op = PLAN_JOIN_CONTAINER, .a = text(c, peer_of(ns)),
				.n = {compile_namespace_flag(ns->type)});
	}
}

static void hold_namespaces(struct compiler *c)
{
	uint64_t network = makes(c, "network") ? CLONE_NEWNET : 0;

	step(c, .op = PLAN_UNSHARE, .n = {CLONE_NEWNS | (compile_is_mapped(c) ? 0 : network)});
	step(c, .op = PLAN_PROPAGATION, .a = text(c, "/"), .n = {propagation(c->spec)});
	if (compile_is_mapped(c))
		compile_hold_userns(c, network);
	for (size_t i = 0; i < c->spec->lnx.namespaces.len; i++) {
		const struct spec_namespace *ns = &c->spec->lnx.namespaces.v[i];

		if (ns->path && !peer_of(ns) && !str_eq(ns->type, "user"))
			step(c, .op = PLAN_JOIN, .a = text(c, ns->path),
				.n = {compile_namespace_flag(ns->type)});
	}
	if (makes(c, "network")) {
		step(c, .op = PLAN_LOOPBACK_UP);
		step(c, .op = PLAN_RESOLVER, .dir_a = PLAN_RUN, .a = text(c, RESOLVER_FILE));
	}
	if (c->facts->network)
		step(c, .op = PLAN_NETWORK, .dir_a = PLAN_RUN, .a = text(c, c->facts->network));
}

static int hold_root(struct compiler *c)
{
	const struct launch_facts *f = c->facts;
	bool writable = f->upper.path != NULL;
	struct compile_root root = compile_root(c);

	if (!f->layers || f->layers->len == 0) {
		step(c, .op = PLAN_BIND_ROOT, .dir_a = compile_dir(c, f->plain),
			.a = compile_path(c, f->plain), .dir_b = (uint8_t)f->mount_at.dir,
			.b = text(c, f->mount_at.path));
		return 0;
	}
	if (writable && f->upper.dir != f->work.dir)
		return err_set(
			c->err, EINVAL, "overlay: upper and work lie in different directories");
	step(c, .op = PLAN_OVERLAY, .dir_a = (uint8_t)f->mount_at.dir,
		.a = text(c, f->mount_at.path), .dir_b = compile_dir(c, f->upper),
		.b = writable ? compile_path(c, f->upper) : (struct plan_ref){0},
		.c = writable ? compile_path(c, f->work) : (struct plan_ref){0},
		.n = {f->overlay | (f->is_rootless ? PLAN_OVERLAY_USERXATTR : 0), root.uid,
			root.gid});
	step(c, .op = PLAN_LOWERS, .dir_a = compile_is_mapped(c) ? PLAN_MAPPED : PLAN_STORE,
		.a = plan_build_list(&c->plan, f->layers));
	return 0;
}

/* The caller goes back to its own namespaces once the child is born. The user namespace last: with
 * it the rights to all others are gone. */
static void hold_joins(struct compiler *c)
{
	for (int user = 0; user < 2; user++) {
		for (size_t i = 0; i < c->spec->lnx.namespaces.len; i++) {
			const struct spec_namespace *ns = &c->spec->lnx.namespaces.v[i];

			if (!ns->path || str_eq(ns->type, "user") != user)
				continue;
			if (user)
				compile_limits_of(c, &c->spec->process);
			step(c, .op = PLAN_JOIN, .a = text(c, ns->path),
				.n = {compile_namespace_flag(ns->type)});
		}
	}
}

static int hold_passing(struct compiler *c)
{
	int rc = c->facts->cgroups && !c->facts->no_cgroups_made ? compile_cgroups(c) : 0;

	if (rc == 0)
		rc = compile_keep_trees(c);
	if (rc == 0 && makes(c, "time"))
		rc = compile_time_offsets(c);
	hold_joins(c);
	return rc;
}

static int hold(struct compiler *c)
{
	int rc;

	if (c->facts->passing)
		return hold_passing(c);
	hold_namespaces(c);
	rc = compile_sysctl(c, true);
	if (rc == 0 && c->facts->cgroups)
		rc = compile_cgroups(c);
	if (rc == 0)
		rc = compile_hold_mapped(c);
	return rc < 0 ? rc : hold_root(c);
}

/* ---- CHILD ---- */

static int be_born(struct compiler *c, uint64_t flags)
{
	int rc = 0;
	const struct cgroup_hierarchy *unified =
		c->facts->cgroups ? cgroup_unified(c->facts->cgroups) : NULL;

	if (c->facts->no_cgroups_made)
		unified = NULL;
	step(c, .op = PLAN_CLONE,
		.a = unified ? compile_cgroup_dir(c, unified) : (struct plan_ref){0}, .n = {flags});
	if (flags & CLONE_NEWUSER)
		compile_maps(c);
	else if (c->plan.head.kind == PLAN_CONTAINER && compile_is_mapped(c))
		rc = compile_enter_userns(c);
	if (c->facts->waits & LAUNCH_WAITS_BORN)
		step(c, .op = PLAN_WAIT, .n = {PLAN_WAIT_CALLER});
	if (c->facts->cgroups)
		compile_cgroup_enter(c);
	return rc;
}

static int hide(struct compiler *c)
{
	const struct spec_linux *lnx = &c->spec->lnx;

	for (size_t i = 0; i < lnx->masked_paths.len; i++)
		step(c, .op = PLAN_MASK, .dir_a = PLAN_ROOT, .a = text(c, lnx->masked_paths.v[i]));
	for (size_t i = 0; i < lnx->readonly_paths.len; i++)
		step(c, .op = PLAN_READONLY, .dir_a = PLAN_ROOT,
			.a = text(c, lnx->readonly_paths.v[i]));
	return 0;
}

static int name_host(struct compiler *c)
{
	const struct {
		const char *field, *name;
		uint16_t op;
	} names[] = {
		{"hostname", c->spec->hostname, PLAN_HOSTNAME},
		{"domainname", c->spec->domainname, PLAN_DOMAINNAME},
	};

	for (size_t i = 0; i < array_len(names); i++) {
		if (!names[i].name || !names[i].name[0])
			continue;
		if (!spec_find_namespace(c->spec, "uts"))
			return err_set(c->err, EINVAL, "%s: is the host's without a uts namespace",
				names[i].field);
		if (strlen(names[i].name) > 64)
			return err_set(c->err, EINVAL, "%s: longer than 64 bytes", names[i].field);
		step(c, .op = names[i].op, .a = text(c, names[i].name));
	}
	return 0;
}

static bool is_shared(const struct spec *spec)
{
	const char *word = spec->lnx.rootfs_propagation;

	return word && str_has_suffix(word, "shared");
}

static uint64_t final_propagation(const struct spec *spec)
{
	const char *word = spec->lnx.rootfs_propagation;
	uint64_t all = word[0] == 'r' && !str_eq(word, "runbindable") ? MS_REC : 0;

	if (is_shared(spec))
		return MS_SHARED | all;
	if (str_has_suffix(word, "slave"))
		return MS_SLAVE | all;
	return str_has_suffix(word, "unbindable") ? MS_UNBINDABLE : MS_PRIVATE | all;
}

/* While we still are who may look into the directories above a bundle. */
static void child_root(struct compiler *c)
{
	const char *word = c->spec->lnx.rootfs_propagation;
	bool shared = is_shared(c->spec);

	if (!shared)
		step(c, .op = PLAN_PROPAGATION, .a = text(c, "/"),
			.n = {MS_REC |
				(word && str_has_suffix(word, "private") ? MS_PRIVATE : MS_SLAVE)});
	step(c, .op = PLAN_BIND_ROOT, .dir_a = (uint8_t)c->facts->plain.dir,
		.a = text(c, c->facts->plain.path), .dir_b = (uint8_t)c->facts->mount_at.dir,
		.b = text(c, c->facts->mount_at.path), .n = {1, shared});
}

/* What came along into a user namespace is locked in its place, and nobody pivots into it: a clone
 * of it, on top, is the container's own. */
static void unlock_root(struct compiler *c)
{
	uint8_t dir = (uint8_t)c->facts->mount_at.dir;

	step(c, .op = PLAN_BIND_ROOT, .dir_a = dir, .a = text(c, c->facts->mount_at.path),
		.dir_b = dir, .b = text(c, c->facts->mount_at.path));
}

static int child_namespaces(struct compiler *c)
{
	if (compile_has_userns(c))
		step(c, .op = PLAN_ROOT_IDS);
	if (makes(c, "network"))
		step(c, .op = PLAN_LOOPBACK_UP);
	return compile_sysctl(c, true);
}

static int child(struct compiler *c)
{
	uint64_t flags = clone_flags(c);
	bool moves = enters_v1(c) || c->facts->waits & LAUNCH_WAITS_BORN;
	uint64_t later = moves ? flags & CLONE_NEWCGROUP : 0;
	int rc;

	rc = be_born(c, flags & ~later);
	if (rc < 0)
		return rc;
	join_peers(c);
	/* Rooted at the cgroups it is in by now. */
	if (later)
		step(c, .op = PLAN_UNSHARE_CHILD, .n = {later});
	step(c, .op = PLAN_SESSION);
	if (!c->facts->no_keyring)
		step(c, .op = PLAN_KEYRING);
	if (c->facts->passing)
		child_root(c);
	else if (compile_is_mapped(c))
		unlock_root(c);
	step(c, .op = PLAN_ROOT_OPEN, .dir_a = (uint8_t)c->facts->mount_at.dir,
		.a = text(c, c->facts->mount_at.path));
	if (!c->facts->passing)
		compile_be_mapped(c);
	rc = c->facts->passing ? child_namespaces(c) : 0;
	if (rc == 0)
		rc = compile_mounts(c);
	if (rc == 0 && c->facts->waits & LAUNCH_WAITS_HOOKS)
		step(c, .op = PLAN_WAIT, .n = {PLAN_WAIT_CALLER});
	compile_hooks(c, &c->spec->hooks.create_container);
	if (rc == 0)
		rc = compile_sysctl(c, false);
	if (rc == 0)
		rc = hide(c);
	if (rc == 0)
		rc = name_host(c);
	if (rc < 0)
		return rc;
	step(c, .op = PLAN_PIVOT, .n = {c->facts->no_pivot});
	if (c->facts->passing && c->spec->lnx.rootfs_propagation)
		step(c, .op = PLAN_PROPAGATION, .a = text(c, "/"),
			.n = {final_propagation(c->spec)});
	if (c->spec->root.readonly)
		step(c, .op = PLAN_ROOT_READONLY);
	return compile_process(c, &c->spec->process);
}

/* ---- the whole ---- */

uint64_t compile_avoid(const struct kernel *kernel)
{
	const struct {
		enum kernel_feature feature;
		uint64_t bit;
	} table[] = {
		{KERNEL_LOWERDIR_PLUS, PLAN_AVOID_LOWERDIR_PLUS},
		{KERNEL_NEW_MOUNT, PLAN_AVOID_OVERLAY_FSOPEN},
		{KERNEL_MOUNT_SETATTR, PLAN_AVOID_MOUNT_SETATTR},
		{KERNEL_INTO_CGROUP, PLAN_AVOID_INTO_CGROUP},
		{KERNEL_SOCKET_LOOKUP, PLAN_AVOID_SOCKET_LOOKUP},
	};
	uint64_t mask = 0;

	for (size_t i = 0; i < array_len(table); i++) {
		if (!kernel_has(kernel, table[i].feature))
			mask |= table[i].bit;
	}
	return mask;
}

static void begin(struct compiler *c, enum plan_kind kind, const struct spec_process *process)
{
	const struct launch_facts *f = c->facts;
	struct plan_header *head = &c->plan.head;

	plan_build_init(&c->plan, kind);
	head->flags = (f->flags & ~(unsigned)PLAN_TTY) | (process->terminal ? PLAN_TTY : 0);
	head->avoid = compile_avoid(f->kernel);
	head->stop_signal = f->stop_signal;
	head->stop_timeout_s = f->stop_timeout_s;
	head->restart = f->restart;
	head->restart_max = f->restart_max;
	head->log_files = f->log_files;
	head->log_max_bytes = f->log_max_bytes;
	if (f->cgroups)
		compile_cgroup_header(c);
}

static int finish(struct compiler *c, int rc, struct buf *out)
{
	if (rc == 0) {
		rc = plan_build_finish(&c->plan, out);
		if (rc == -E2BIG)
			err_set(c->err, rc,
				"the container needs more than %d launch steps or %d MB",
				PLAN_STEPS_MAX, PLAN_SIZE_MAX >> 20);
		else if (rc < 0)
			err_set(c->err, rc, "launch plan: %s", err_name(rc));
	}
	plan_build_fini(&c->plan);
	return rc;
}

int compile_container(
	const struct spec *spec, const struct launch_facts *facts, struct buf *out, struct err *err)
{
	struct compiler c = {.spec = spec, .facts = facts, .err = err};
	int rc;

	begin(&c, PLAN_CONTAINER, &spec->process);
	rc = refuse_unsupported(&c);
	if (rc == 0)
		rc = hold(&c);
	if (rc == 0)
		rc = child(&c);
	return finish(&c, rc, out);
}

int compile_exec(const struct spec *container, const struct spec_process *process,
	const struct launch_facts *facts, struct buf *out, struct err *err)
{
	struct compiler c = {.spec = container, .facts = facts, .err = err};
	uint64_t flags = 0;
	int rc = spec_check_process(process, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < container->lnx.namespaces.len; i++)
		flags |= compile_namespace_flag(container->lnx.namespaces.v[i].type);
	begin(&c, PLAN_EXECUTION, process);
	rc = be_born(&c, 0);
	if (rc == 0)
		rc = compile_affinity(&c, process->cpus_initial, "process.execCPUAffinity.initial");
	if (compile_has_userns(&c))
		compile_limits_of(&c, process);
	if (compile_has_userns(&c) && !facts->passing)
		compile_give_stdio(&c);
	if (facts->in_userns)
		flags &= ~(uint64_t)CLONE_NEWUSER;
	step(&c, .op = PLAN_ENTER_CONTAINER, .n = {flags});
	if (compile_has_userns(&c))
		step(&c, .op = PLAN_ROOT_IDS);
	step(&c, .op = PLAN_SESSION);
	if (!facts->no_keyring)
		step(&c, .op = PLAN_KEYRING);
	if (rc == 0)
		rc = compile_affinity(&c, process->cpus_final, "process.execCPUAffinity.final");
	return finish(&c, rc < 0 ? rc : compile_process(&c, process), out);
}
