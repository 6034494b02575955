#include "runtime/plan.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/launch/sys.h"

/* What an op's references must be, and in which stage it may stand. */
enum need { NONE, TEXT, MAYBE, LIST, PROGRAM };
enum stage { HOLD = 1, CHILD = 2, BOTH = 3 };

/* What one of its numbers may be. Where that depends on another argument, check_relations says. */
enum kind {
	ANY,
	FLAG,
	SPACES,
	NET,
	ID,
	OWNER,
	MODE,
	NODE,
	SIDE,
	LIMIT,
	OOM,
	NICE,
	WAIT,
	USER,
	CALL,
	PLACES,
	FDS
};

static const struct bound {
	int64_t low, high;
	uint64_t bits; /* if any: which may be set, instead of a range */
} bounds[] = {
	[FLAG] = {0, 1, 0},
	[SPACES] = {.bits = SYS_CLONE_NEW_ALL},
	[NET] = {.bits = SYS_CLONE_NEWNET},
	[ID] = {0, UINT32_MAX, 0},
	[OWNER] = {0, UINT32_MAX - 1, 0}, /* the last one is nobody's */
	[MODE] = {0, 07777, 0},
	[NODE] = {0, S_IFMT | 07777, 0},
	[SIDE] = {0, UINT16_MAX, 0}, /* of a terminal */
	[LIMIT] = {0, 15, 0},
	[OOM] = {-1000, 1000, 0},
	[NICE] = {-20, 19, 0},
	[WAIT] = {PLAN_WAIT_CALLER, PLAN_WAIT_START, 0},
	[USER] = {.bits = PLAN_USER_NUMBERS},
	[CALL] = {0, PLAN_TRY_NUMBER_MAX, 0},
	[PLACES] = {.bits = (1 << PLAN_TRY_ARGS) - 1},
	[FDS] = {0, 1024, 0},
};

static const struct rule {
	const char *name;
	uint8_t stage, a, b, c, n[3];
} rules[] = {
	[PLAN_CGROUP_MAKE] = {"cgroup-make", HOLD, TEXT, NONE, NONE, {ANY}},
	[PLAN_CGROUP_COPY] = {"cgroup-copy", HOLD, TEXT, TEXT, NONE, {ANY}},
	[PLAN_CGROUP_WRITE] = {"cgroup-write", HOLD, TEXT, TEXT, MAYBE, {ANY}},
	[PLAN_CGROUP_DEVICES] = {"cgroup-devices", HOLD, TEXT, PROGRAM, NONE, {ANY}},
	[PLAN_UNSHARE] = {"unshare", HOLD, NONE, NONE, NONE, {SPACES}},
	[PLAN_PROPAGATION] = {"propagation", BOTH, TEXT, NONE, NONE, {ANY}},
	[PLAN_OVERLAY] = {"overlay", HOLD, TEXT, MAYBE, MAYBE, {ANY, ID, ID}},
	[PLAN_LOWERS] = {"lowers", HOLD, LIST, NONE, NONE, {ANY}},
	[PLAN_BIND_ROOT] = {"bind-root", BOTH, TEXT, TEXT, NONE, {ANY}},
	[PLAN_LOOPBACK_UP] = {"loopback-up", BOTH, NONE, NONE, NONE, {ANY}},
	[PLAN_SYSCTL] = {"sysctl", BOTH, TEXT, MAYBE, NONE, {ANY}},
	[PLAN_JOIN] = {"join", HOLD, TEXT, NONE, NONE, {SPACES}},
	[PLAN_NETWORK] = {"network", HOLD, TEXT, NONE, NONE, {ANY}},
	[PLAN_RESOLVER] = {"resolver", HOLD, TEXT, NONE, NONE, {ANY}},
	[PLAN_TIME_OFFSETS] = {"time-offsets", HOLD, TEXT, NONE, NONE, {ANY}},
	[PLAN_KEEP_TREE] = {"keep-tree", BOTH, TEXT, MAYBE, MAYBE, {FLAG, FLAG, FLAG}},
	[PLAN_PLACE] = {"place", HOLD, TEXT, NONE, NONE, {FLAG}},
	[PLAN_USERNS] = {"userns", HOLD, TEXT, TEXT, NONE, {NET, OWNER, OWNER}},
	[PLAN_USERNS_OF] = {"userns-of", HOLD, TEXT, NONE, NONE, {NET}},
	[PLAN_ENTER_USERNS] = {"enter-userns", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_MAKE_AS] = {"make-as", CHILD, NONE, NONE, NONE, {ID, ID}},
	[PLAN_TREE_KEEP] = {"tree-keep", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_GIVE_STDIO] = {"give-stdio", CHILD, NONE, NONE, NONE, {ID, ID}},
	[PLAN_MAP_IDS] = {"map-ids", CHILD, TEXT, TEXT, NONE, {FLAG}},
	[PLAN_ROOT_IDS] = {"root-ids", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_WAIT] = {"wait", CHILD, NONE, NONE, NONE, {WAIT}},
	[PLAN_HOOK] = {"hook", CHILD, TEXT, LIST, LIST, {ANY}},
	[PLAN_TREE_FILL] = {"tree-fill", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_ROOT_NODE] = {"root-node", CHILD, TEXT, NONE, NONE, {NODE}},
	[PLAN_ROOT_LINK] = {"root-link", CHILD, TEXT, TEXT, NONE, {ANY}},
	[PLAN_PERSONALITY] = {"personality", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_SCHEDULER] = {"scheduler", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_IO_PRIORITY] = {"io-priority", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_MEMORY_POLICY] = {"memory-policy", CHILD, PROGRAM, NONE, NONE, {ANY}},
	[PLAN_AFFINITY] = {"affinity", CHILD, PROGRAM, NONE, NONE, {ANY}},
	[PLAN_CLONE] = {"clone", CHILD, MAYBE, NONE, NONE, {SPACES}},
	[PLAN_ENTER_CONTAINER] = {"enter-container", CHILD, NONE, NONE, NONE, {SPACES}},
	[PLAN_CGROUP_ENTER] = {"cgroup-enter", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_UNSHARE_CHILD] = {"unshare-child", CHILD, NONE, NONE, NONE, {SPACES}},
	[PLAN_SESSION] = {"session", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_KEYRING] = {"keyring", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_ROOT_OPEN] = {"root-open", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_TREE_NEW] = {"tree-new", BOTH, TEXT, NONE, LIST, {ANY}},
	[PLAN_TREE_CLONE] = {"tree-clone", BOTH, TEXT, NONE, MAYBE, {ANY}},
	[PLAN_TREE_MKDIR] = {"tree-mkdir", CHILD, TEXT, NONE, NONE, {MODE}},
	[PLAN_TREE_NODE] = {"tree-node", CHILD, TEXT, NONE, NONE, {NODE}},
	[PLAN_TREE_LINK] = {"tree-link", CHILD, TEXT, TEXT, NONE, {ANY}},
	[PLAN_TREE_ATTACH] = {"tree-attach", CHILD, NONE, TEXT, NONE, {ANY}},
	[PLAN_MASK] = {"mask", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_READONLY] = {"readonly", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_HOSTNAME] = {"hostname", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_DOMAINNAME] = {"domainname", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_PIVOT] = {"pivot", CHILD, NONE, NONE, NONE, {FLAG}},
	[PLAN_ROOT_READONLY] = {"root-readonly", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_CONSOLE] = {"console", CHILD, NONE, NONE, NONE, {SIDE, SIDE}},
	[PLAN_RLIMIT] = {"rlimit", BOTH, NONE, NONE, NONE, {LIMIT}},
	[PLAN_OOM_SCORE] = {"oom-score", BOTH, NONE, NONE, NONE, {OOM}},
	[PLAN_UMASK] = {"umask", CHILD, NONE, NONE, NONE, {MODE}},
	[PLAN_NICE] = {"nice", CHILD, NONE, NONE, NONE, {NICE}},
	[PLAN_BOUNDING] = {"bounding", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_USER] = {"user", CHILD, MAYBE, LIST, NONE, {USER}},
	[PLAN_CAPS] = {"caps", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_NO_NEW_PRIVS] = {"no-new-privs", CHILD, NONE, NONE, NONE, {ANY}},
	[PLAN_SECCOMP] = {"seccomp", CHILD, PROGRAM, NONE, NONE, {ANY}},
	[PLAN_CWD] = {"cwd", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_JOIN_CONTAINER] = {"join-container", CHILD, TEXT, NONE, NONE, {SPACES}},
	[PLAN_TREE_PEER] = {"tree-peer", CHILD, TEXT, TEXT, NONE, {ANY}},
	[PLAN_APPARMOR] = {"apparmor", CHILD, TEXT, NONE, NONE, {ANY}},
	[PLAN_TRY] = {"try", CHILD, PROGRAM, LIST, NONE, {CALL, PLACES}},
	[PLAN_EXEC] = {"exec", CHILD, LIST, LIST, NONE, {ANY, FDS}},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]), PROGRAM_MAX = 4096 };

static const struct rule *rule_of(unsigned op)
{
	return op < RULES && rules[op].name ? &rules[op] : NULL;
}

const char *plan_op_name(unsigned op)
{
	const struct rule *rule = rule_of(op);

	return rule ? rule->name : NULL;
}

const char *plan_text(const struct plan *plan, struct plan_ref ref)
{
	return ref.len ? plan->data + ref.at : "";
}

const char *plan_next(const struct plan *plan, struct plan_ref list, const char *item)
{
	const char *next;

	if (!list.len)
		return NULL;
	next = item ? item + strlen(item) + 1 : plan->data + list.at;
	return next < plan->data + list.at + list.len ? next : NULL;
}

unsigned plan_child_at(const struct plan *plan)
{
	unsigned at = 0;

	while (plan->steps[at].op != PLAN_CLONE)
		at++;
	return at;
}

static const char *check_ref(const struct plan *plan, struct plan_ref ref, enum need need)
{
	const char *text = plan->data + ref.at;

	if (need == NONE || (!ref.len && need != TEXT && need != PROGRAM))
		return ref.len ? "has an argument it does not take" : NULL;
	if (ref.at >= plan->head->data_len || ref.len >= plan->head->data_len - ref.at)
		return "points outside the plan";
	if (text[ref.len])
		return "has text without an end";
	switch (need) {
	case LIST:
		return text[ref.len - 1] ? "has a list without an end" : NULL;
	case PROGRAM:
		if (!ref.len || ref.len % 8 || ref.at % 8 || ref.len / 8 > PROGRAM_MAX)
			return "has a program of a wrong size";
		return NULL;
	default:
		return !ref.len || memchr(text, 0, ref.len) ? "has empty or broken text" : NULL;
	}
}

/* A path below a held directory stays below it without the kernel's help. */
static bool is_below(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (!len || (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len + (path[len] == '/');
	}
	return true;
}

static const char *check_path(const struct plan *plan, struct plan_ref ref, unsigned dir)
{
	const char *path = plan_text(plan, ref);

	if (!ref.len || dir == PLAN_ROOT)
		return NULL;
	if (dir > PLAN_MAPPED)
		return "names an unknown directory";
	if (dir == PLAN_HOST)
		return path[0] == '/' ? NULL : "has a host path that is not absolute";
	return is_below(path) ? NULL : "has a path that leaves its directory";
}

/* Six arguments; those that are places lie in the text, whose last byte is a NUL. */
static const char *check_trial(const struct plan *plan, const struct plan_step *step)
{
	uint64_t args[PLAN_TRY_ARGS];

	if (step->a.len != sizeof(args))
		return "has a wrong number of arguments";
	memcpy(args, plan_text(plan, step->a), sizeof(args));
	for (int i = 0; i < PLAN_TRY_ARGS; i++)
		if (step->n[1] >> i & 1 && args[i] > step->b.len)
			return "points outside its text";
	return NULL;
}

static const char *check_paths(const struct plan *plan, const struct plan_step *step)
{
	const char *why = NULL, *path = plan_text(plan, step->a);

	switch (step->op) {
	case PLAN_TRY:
		return check_trial(plan, step);
	case PLAN_TREE_MKDIR:
	case PLAN_TREE_NODE:
		return check_path(plan, step->a, PLAN_TREE);
	case PLAN_TREE_LINK:
		return check_path(plan, step->b, PLAN_TREE);
	case PLAN_SYSCTL:
	case PLAN_CGROUP_WRITE:
	case PLAN_CGROUP_COPY:
		why = check_path(plan, step->op == PLAN_SYSCTL ? step->a : step->b, PLAN_TREE);
		if (why || step->op == PLAN_SYSCTL)
			return why;
		return check_path(plan, step->a, PLAN_HOST);
	case PLAN_CGROUP_MAKE:
	case PLAN_CGROUP_DEVICES:
	case PLAN_CGROUP_ENTER:
	case PLAN_CLONE:
	case PLAN_JOIN:
	case PLAN_PROPAGATION:
	case PLAN_HOOK:
		return check_path(plan, step->a, PLAN_HOST);
	case PLAN_OVERLAY:
		why = check_path(plan, step->a, step->dir_a);
		why = why ? why : check_path(plan, step->b, step->dir_b);
		return why ? why : check_path(plan, step->c, step->dir_b);
	case PLAN_BIND_ROOT:
		why = check_path(plan, step->a, step->dir_a);
		return why ? why : check_path(plan, step->b, step->dir_b);
	case PLAN_LOWERS:
		for (const char *dir = plan_next(plan, step->a, NULL); dir && !why;
			dir = plan_next(plan, step->a, dir))
			why = step->dir_a == PLAN_HOST || is_below(dir)
				      ? NULL
				      : "has a layer that leaves its directory";
		return why;
	case PLAN_USERNS_OF:
		return path[0] == '/' || !strncmp(path, "container:", 10)
			       ? NULL
			       : "names neither a container nor a path";
	case PLAN_RESOLVER:
	case PLAN_TREE_CLONE:
		why = check_path(plan, step->c, PLAN_TREE);
		return why ? why : check_path(plan, step->a, step->dir_a);
	case PLAN_ROOT_OPEN:
	case PLAN_NETWORK:
	case PLAN_KEEP_TREE:
	case PLAN_PLACE:
		return check_path(plan, step->a, step->dir_a);
	default:
		return NULL;
	}
}

static bool check_clone(const struct plan_step *step)
{
	const uint64_t flags = (uint32_t)step->n[4], number = step->n[4] >> 32;

	if (flags & ~(uint64_t)(PLAN_TOP_READONLY | PLAN_FROM_HOST | PLAN_FROM_KEPT))
		return false;
	if (flags & PLAN_FROM_KEPT ? flags & PLAN_FROM_HOST || step->c.len : number)
		return false;
	return !(flags & PLAN_FROM_HOST) || step->dir_a == PLAN_HOST;
}

static bool is_within(const struct bound *bound, uint64_t number)
{
	if (bound->bits)
		return !(number & ~bound->bits);
	return (int64_t)number >= bound->low && (int64_t)number <= bound->high;
}

static bool check_relations(const struct plan_step *step)
{
	switch (step->op) {
	case PLAN_TREE_ATTACH:
		return !step->n[0] || step->n[0] == S_IFDIR || step->n[0] == S_IFREG;
	case PLAN_TREE_CLONE:
		return check_clone(step);
	case PLAN_KEEP_TREE:
		return !step->b.len == !step->c.len && step->n[2] <= !step->b.len;
	case PLAN_PLACE: /* a mount point is made there: in nobody's directory but ours */
		return step->dir_a == PLAN_RUN;
	case PLAN_MEMORY_POLICY:
	case PLAN_AFFINITY:
		return step->a.len <= 1024;
	case PLAN_HOOK:
		return step->b.len > 0;
	case PLAN_USER:
		return !step->n[0] || step->a.len;
	case PLAN_HOSTNAME:
	case PLAN_DOMAINNAME:
		return step->a.len <= 64;
	case PLAN_RLIMIT:
		return step->n[1] <= step->n[2];
	case PLAN_CAPS:
		/* CVE-2022-24769: what is inheritable without being ambient serves nobody but an
		 * attacker. */
		return !(step->n[2] & ~step->n[3]) && !(step->n[1] & ~step->n[0]);
	case PLAN_EXEC:
		return step->a.len > 0;
	default:
		return true;
	}
}

static const char *check_numbers(const struct plan_step *step)
{
	const struct rule *rule = rule_of(step->op);
	bool good = check_relations(step);

	for (unsigned i = 0; i < sizeof(rule->n); i++)
		good = good && (rule->n[i] == ANY || is_within(&bounds[rule->n[i]], step->n[i]));
	return good ? NULL : "has a number out of range";
}

/* What was done so far, so that a step never finds its ground missing. */
struct order {
	bool cloned, tree, root, pivoted, ids, executed;
	bool userns;  /* held, and not yet entered */
	bool between; /* after the clone, and before it is entered */
	unsigned before, kept;
};

/* What needs our rights, and leaves nothing behind but what is kept. */
static bool is_between(unsigned op)
{
	return op == PLAN_RLIMIT || op == PLAN_OOM_SCORE || op == PLAN_GIVE_STDIO ||
	       op == PLAN_MAKE_AS || op == PLAN_TREE_NEW || op == PLAN_TREE_MKDIR ||
	       op == PLAN_TREE_NODE || op == PLAN_TREE_LINK || op == PLAN_TREE_KEEP ||
	       op == PLAN_ENTER_USERNS;
}

static const char *check_order(
	const struct plan *plan, const struct plan_step *step, struct order *order)
{
	const struct rule *rule = rule_of(step->op);

	if (order->executed)
		return "stands after exec";
	if (step->op == PLAN_CLONE) {
		if (order->cloned)
			return "clones twice";
		order->cloned = true;
	}
	if (!(rule->stage & (order->cloned ? CHILD : HOLD)) ||
		(order->between ? !is_between(step->op) : step->op == PLAN_MAKE_AS))
		return "stands in the wrong stage";
	if ((step->op == PLAN_LOWERS) != (order->before == PLAN_OVERLAY))
		return "parts an overlay from its layers";
	if (step->op == PLAN_MAP_IDS && (order->before != PLAN_CLONE || order->userns))
		return "does not follow the clone";
	if (plan->head->kind == PLAN_EXECUTION && !order->cloned)
		return "has no place in an exec";
	if (plan->head->kind != PLAN_EXECUTION && step->op == PLAN_TRY)
		return "has its place in an exec alone";
	order->executed = step->op == PLAN_EXEC;
	order->before = step->op;
	return NULL;
}

/* Whose ids the processes have, and when. */
static const char *check_ids(const struct plan_step *step, struct order *order)
{
	switch (step->op) {
	case PLAN_USERNS:
	case PLAN_USERNS_OF:
		if (order->userns)
			return "makes a second user namespace";
		order->userns = true;
		return NULL;
	case PLAN_CLONE:
		order->between = order->userns;
		return NULL;
	case PLAN_ENTER_USERNS:
		if (!order->between)
			return "has no user namespace to enter";
		order->between = order->tree = false;
		return NULL;
	case PLAN_USER:
		order->ids = true;
		return NULL;
	case PLAN_CAPS:
		return order->ids ? NULL : "stands before user";
	default:
		return NULL;
	}
}

/* A tree of mounts is made, worked on, and kept or put somewhere: one at a time. */
static const char *check_tree(const struct plan_step *step, struct order *order)
{
	switch (step->op) {
	case PLAN_TREE_KEEP:
		if (!order->between || !order->tree)
			return "has no tree to keep";
		order->tree = false;
		return ++order->kept > PLAN_KEPT_MAX ? "keeps too many trees" : NULL;
	case PLAN_KEEP_TREE:
		if (step->n[2] && !order->userns)
			return "has no user namespace to show it through";
		return ++order->kept > PLAN_KEPT_MAX ? "keeps too many trees" : NULL;
	case PLAN_TREE_CLONE:
		if (step->n[4] & PLAN_FROM_KEPT && step->n[4] >> 32 >= order->kept)
			return "takes a tree that is not kept";
		/* fallthrough */
	case PLAN_TREE_NEW:
	case PLAN_TREE_PEER:
		order->tree = true;
		return order->pivoted ? "stands after pivot" : NULL;
	case PLAN_TREE_FILL:
		if (!order->root)
			return "has no root";
		/* fallthrough */
	case PLAN_TREE_MKDIR:
	case PLAN_TREE_NODE:
	case PLAN_TREE_LINK:
		return order->tree ? NULL : "has no tree to work on";
	case PLAN_PLACE:
		if (!order->tree)
			return "has no tree to place";
		order->tree = false;
		return NULL;
	case PLAN_TREE_ATTACH:
		if (!order->tree || !order->root)
			return "has no tree or no root to attach to";
		order->tree = false;
		return NULL;
	default:
		return NULL;
	}
}

/* The root is opened, worked on from outside, and pivoted into once. */
static const char *check_root(const struct plan_step *step, struct order *order)
{
	switch (step->op) {
	case PLAN_ROOT_OPEN:
	case PLAN_ENTER_CONTAINER:
		order->root = true;
		return NULL;
	case PLAN_ROOT_NODE:
	case PLAN_ROOT_LINK:
		return order->root && !order->pivoted ? NULL : "has no root";
	case PLAN_MASK:
	case PLAN_READONLY:
		if (order->pivoted)
			return "stands after pivot";
		return order->root ? NULL : "has no root";
	case PLAN_PIVOT:
		if (order->pivoted)
			return "pivots twice";
		order->pivoted = true;
		return order->root ? NULL : "has no root";
	default:
		return NULL;
	}
}

static const char *check_step(
	const struct plan *plan, const struct plan_step *step, struct order *order)
{
	const struct rule *rule = rule_of(step->op);
	const char *why;

	if (!rule)
		return "is unknown to this davit-shim";
	if ((why = check_order(plan, step, order)) || (why = check_ids(step, order)) ||
		(why = check_tree(step, order)) || (why = check_root(step, order)) ||
		(why = check_ref(plan, step->a, rule->a)) ||
		(why = check_ref(plan, step->b, rule->b)) ||
		(why = check_ref(plan, step->c, rule->c)) || (why = check_paths(plan, step)))
		return why;
	return check_numbers(step);
}

static const char *check_monitor(const struct plan *plan)
{
	const struct plan_header *head = plan->head;
	const char *why;

	if (head->kind != PLAN_CONTAINER && head->kind != PLAN_EXECUTION)
		return "the kind is unknown";
	if (head->stop_signal > 64 || head->restart > PLAN_RESTART_ON_FAILURE ||
		head->log_files > 1000)
		return "a monitor setting is out of range";
	if (head->freezer_version > 2 || head->memory_version > 2)
		return "a cgroup version is out of range";
	why = check_ref(plan, head->cgroups, LIST);
	why = why ? why : check_ref(plan, head->freezer, MAYBE);
	why = why ? why : check_ref(plan, head->memory, MAYBE);
	return why ? "a cgroup's name is broken" : NULL;
}

static const char *check_sizes(const struct plan_header *head, size_t len)
{
	if (len < sizeof(*head) || len > PLAN_SIZE_MAX ||
		memcmp(head->magic, PLAN_MAGIC, sizeof(head->magic)))
		return "this is no plan";
	if (head->version != PLAN_VERSION)
		return "the plan's version is unknown";
	if (head->size != len || head->steps > PLAN_STEPS_MAX || head->data_len > len ||
		head->data_at != sizeof(*head) + head->steps * sizeof(struct plan_step) ||
		head->data_at != len - head->data_len)
		return "the sizes do not add up";
	return NULL;
}

int plan_open(const void *bytes, size_t len, struct plan *out, const char **why, int *step)
{
	const struct plan_header *head = bytes;
	struct order order = {0};
	struct plan plan;

	*step = -1;
	if ((*why = check_sizes(head, len)))
		return -EPROTO;
	plan.head = head;
	plan.steps = (const void *)(head + 1);
	plan.data = (const char *)bytes + head->data_at;
	if ((*why = check_monitor(&plan)))
		return -EPROTO;
	for (unsigned i = 0; i < head->steps; i++) {
		*step = (int)i;
		if ((*why = check_step(&plan, &plan.steps[i], &order)))
			return -EPROTO;
	}
	if (!order.executed) {
		*why = "nothing is executed";
		return -EPROTO;
	}
	*step = -1;
	*out = plan;
	return 0;
}
