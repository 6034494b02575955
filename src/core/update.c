/* update.c - limits and policy of a container that exists.
 *
 * First the kernel is asked, where it runs: what it refuses changes nothing. Then the three files
 * that say the same thing to three readers are replaced, each by a rename: config.json (execs), the
 * plan (the next start) and inspect.json (people). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "core/engine_update.h"
#include "core/groups.h"
#include "core/inspect.h"
#include "core/lifecycle.h"
#include "core/op.h"
#include "core/planning.h"
#include "core/recipe.h"
#include "util/json.h"
#include "util/path.h"

struct change {
	struct engine *engine;
	const struct row *row;
	unsigned number;
	const struct update_request *request;
	int own;
	struct spec *spec;
	cJSON *inspect, *host; /* and its HostConfig, lent */
	enum plan_restart policy;
	unsigned policy_max;
};

static void change_fini(struct change *change)
{
	own_closep(&change->own);
	spec_free(change->spec);
	cJSON_Delete(change->inspect);
}

/* ---- what there is ---- */

static int read_file(
	struct change *change, const char *name, size_t most, struct buf *out, struct err *err)
{
	int failed = path_read_at(change->own, name, most, out);

	return failed ? err_set(err, failed, "%s: %s", name, err_name(failed)) : 0;
}

/* The directory itself is the lock of changes: files in it are replaced, and its own lock is the
 * monitor's. Whoever removes it says so in its row, then waits for this. */
static int open_all(struct change *change, struct err *err)
{
	auto_buf config = BUF_INIT, inspect = BUF_INIT;
	struct row now;
	int failed;

	change->own = openat(store_dir(change->engine->store, STORE_CONTAINERS), change->row->id,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (change->own < 0 && errno == ENOENT)
		return err_set(err, ENOENT, "No such container: %.12s", change->row->id);
	if (change->own < 0 || flock(change->own, LOCK_EX) < 0)
		return err_sys(err, "lock the container's directory");
	if (roster_read(change->engine->roster, change->number, &now) < 0 ||
		strcmp(now.id, change->row->id) != 0 || now.use != ROW_USED)
		return err_set(err, ENOENT, "No such container: %.12s", change->row->id);
	failed = read_file(change, "config.json", SPEC_SIZE_MAX, &config, err);
	if (!failed)
		failed = spec_read(config.data, config.len, &change->spec, err);
	if (!failed)
		failed = read_file(change, "inspect.json", JSON_MAX, &inspect, err);
	if (!failed)
		failed = json_parse(buf_text(&inspect), inspect.len, &change->inspect, err);
	change->host = cJSON_GetObjectItemCaseSensitive(change->inspect, "HostConfig");
	if (!failed && !change->host)
		failed = err_set(err, EPROTO, "inspect.json is damaged");
	return failed;
}

/* ---- what it is to be, in docker's words where it cannot ---- */

static double now(const struct change *change, const char *key)
{
	const cJSON *item = json_get(change->host, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static int check_cpus(const struct change *change, struct err *err)
{
	const struct update_request *r = change->request;
	static const char *const others[][2] = {
		{"CpuPeriod", "CPU Period"}, {"CpuQuota", "CPU Quota"}};
	const int64_t asked[] = {r->cpu_period, r->cpu_quota};

	for (size_t i = 0; i < array_len(others); i++) {
		const char *name = others[i][1];

		if (r->nano_cpus && asked[i])
			return err_set(err, EINVAL,
				"Conflicting options: Nano CPUs and %s cannot both be set.", name);
		if (r->nano_cpus && now(change, others[i][0]))
			return err_set(err, EINVAL,
				"Conflicting options: Nano CPUs cannot be updated as %s has already been set",
				name);
		if (asked[i] && now(change, "NanoCpus"))
			return err_set(err, EINVAL,
				"Conflicting options: %s cannot be updated as NanoCPUs has already been set",
				name);
	}
	return 0;
}

static int check_memory(const struct change *change, struct err *err)
{
	const struct update_request *r = change->request;
	int64_t swap = change->spec->lnx.resources.memory.swap;

	if (r->memory && !r->memory_swap && swap >= 0 && r->memory > swap)
		return err_set(err, EINVAL,
			"Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
	if (r->blkio_weight && (r->blkio_weight < 10 || r->blkio_weight > 1000))
		return err_set(err, EINVAL, "Range of blkio weight is from 10 to 1000");
	return 0;
}

static int check_policy(struct change *change, struct err *err)
{
	const char *restart = change->request->restart;
	int failed = restart ? options_restart(*restart ? restart : "no", &change->policy,
				       &change->policy_max, err)
			     : 0;

	if (!failed && restart && change->policy != PLAN_RESTART_NO &&
		change->row->state.flags & ROW_AUTO_REMOVE)
		return err_set(err, EINVAL,
			"Restart policy cannot be updated because AutoRemove is enabled for the container");
	return failed;
}

/* The resources that are named, both in the spec and, alone, for the cgroup that lives. */
static int set_resources(struct change *change, struct spec_resources *live, struct err *err)
{
	const struct update_request *r = change->request;
	struct spec_resources *all = &change->spec->lnx.resources;
	const struct container_request wanted = {
		.memory = r->memory ? r->memory : all->memory.limit,
		.memory_swap = r->memory_swap ? r->memory_swap : all->memory.swap,
		.memory_reservation =
			r->memory_reservation ? r->memory_reservation : all->memory.reservation,
		.nano_cpus = r->nano_cpus,
		.cpu_shares = r->cpu_shares ? r->cpu_shares : (int64_t)all->cpu.shares,
		.cpuset_cpus = r->cpuset_cpus,
		.cpuset_mems = r->cpuset_mems,
	};
	int failed = recipe_resources(change->spec, &wanted, err);

	if (failed)
		return failed;
	if (r->cpu_period)
		all->cpu.period = (uint64_t)r->cpu_period;
	if (r->cpu_quota)
		all->cpu.quota = r->cpu_quota;
	if (r->pids_limit != INT64_MIN)
		all->pids_limit = r->pids_limit > 0 ? r->pids_limit : -1;
	if (r->blkio_weight)
		all->block_io.weight = (uint32_t)r->blkio_weight;
	*live = (struct spec_resources){0};
	if (r->memory || r->memory_swap) {
		live->memory.limit = all->memory.limit;
		live->memory.swap = all->memory.swap;
	}
	if (r->memory_reservation)
		live->memory.reservation = all->memory.reservation;
	if (r->nano_cpus || r->cpu_period || r->cpu_quota) {
		live->cpu.period = all->cpu.period;
		live->cpu.quota = all->cpu.quota;
	}
	live->cpu.shares = (uint64_t)r->cpu_shares;
	live->cpu.cpus = (char *)r->cpuset_cpus;
	live->cpu.mems = (char *)r->cpuset_mems;
	if (r->pids_limit != INT64_MIN)
		live->pids_limit = all->pids_limit;
	live->block_io.weight = (uint32_t)r->blkio_weight;
	return 0;
}

/* ---- doing it ---- */

/* One that ends meanwhile takes its cgroup along; the files still count. */
static int apply(struct change *change, const struct spec_resources *live, struct err *err)
{
	const struct cgroup_layout *layout;
	auto_cgroup_steps steps = {0};
	char path[GROUPS_PATH_SIZE];
	int failed;

	if (!row_is_monitored(change->row))
		return 0;
	groups_of(change->engine, change->row->id, path);
	failed = groups_layout(change->engine, &layout, err);
	if (!failed)
		failed = cgroup_plan_update(layout, path, live, &steps, err);
	if (!failed)
		failed = cgroup_apply(&steps, err);
	return failed == -ENOENT ? err_forgive(err) : failed;
}

static void set_number(cJSON *host, const char *key, int64_t value)
{
	cJSON *number = cJSON_CreateNumber((double)value);

	if (!cJSON_ReplaceItemInObjectCaseSensitive(host, key, number))
		cJSON_AddItemToObject(host, key, number);
}

static void set_text(cJSON *host, const char *key, const char *value)
{
	cJSON *text = value ? cJSON_CreateString(value) : NULL;

	if (text && !cJSON_ReplaceItemInObjectCaseSensitive(host, key, text))
		cJSON_AddItemToObject(host, key, text);
}

static void describe_policy(struct change *change)
{
	cJSON *policy = cJSON_CreateObject();

	cJSON_AddStringToObject(policy, "Name", recipe_restart_name(change->policy));
	cJSON_AddNumberToObject(policy, "MaximumRetryCount", change->policy_max);
	cJSON_ReplaceItemInObjectCaseSensitive(change->host, "RestartPolicy", policy);
}

static void describe(struct change *change)
{
	const struct update_request *r = change->request;
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {{"Memory", r->memory}, {"MemorySwap", r->memory_swap},
		{"MemoryReservation", r->memory_reservation}, {"NanoCpus", r->nano_cpus},
		{"CpuShares", r->cpu_shares}, {"CpuPeriod", r->cpu_period},
		{"CpuQuota", r->cpu_quota}, {"BlkioWeight", r->blkio_weight}};

	for (size_t i = 0; i < array_len(numbers); i++)
		if (numbers[i].value)
			set_number(change->host, numbers[i].key, numbers[i].value);
	if (r->pids_limit != INT64_MIN)
		set_number(change->host, "PidsLimit", r->pids_limit);
	set_text(change->host, "CpusetCpus", r->cpuset_cpus);
	set_text(change->host, "CpusetMems", r->cpuset_mems);
	if (r->restart)
		describe_policy(change);
}

static int replace(struct change *change, const char *name, const struct buf *text, struct err *err)
{
	int failed = buf_failed(text)
			     ? -ENOMEM
			     : path_replace_at(change->own, name, text->data, text->len, 0600);

	return failed ? err_set(err, failed, "write %s: %s", name, err_name(failed)) : 0;
}

/* The clocks of its last launch are of the plan as it was then; see launch_save_trace. */
static int keep_launched(struct change *change, const struct buf *plan, struct err *err)
{
	if (faccessat(change->own, "trace", F_OK, 0) < 0 ||
		faccessat(change->own, "launched", F_OK, 0) == 0)
		return 0;
	return replace(change, "launched", plan, err);
}

static int save_plan(struct change *change, struct err *err)
{
	__attribute__((cleanup(planning_facts_fini))) struct planning_facts planning = {0};
	auto_buf plan = BUF_INIT, changed = BUF_INIT;
	int failed = read_file(change, "plan", PLAN_SIZE_MAX, &plan, err);

	/* A filter is part of what stays: none is made. */
	if (!failed)
		failed = planning_facts(
			change->engine, change->row->id, change->spec, true, &planning, err);
	if (!failed)
		failed = compile_limits(&plan, change->spec, &planning.facts, &changed, err);
	if (!failed)
		failed = keep_launched(change, &plan, err);
	return failed ? failed : replace(change, "plan", &changed, err);
}

static int save(struct change *change, struct err *err)
{
	auto_buf config = BUF_INIT, inspect = BUF_INIT;
	auto_free char *text = NULL;
	int failed;

	describe(change);
	text = cJSON_PrintUnformatted(change->inspect);
	buf_adds(&inspect, text ? text : "");
	if (!text || spec_write(change->spec, &config) < 0)
		return err_set(err, ENOMEM, "out of memory");
	failed = replace(change, "config.json", &config, err);
	if (!failed)
		failed = save_plan(change, err);
	return failed ? failed : replace(change, "inspect.json", &inspect, err);
}

static int save_policy(struct change *change, struct err *err)
{
	struct roster *roster = change->engine->roster;
	int failed;

	if (!change->request->restart)
		return 0;
	failed = roster_set_policy(roster, change->number, change->row->id, 1 + change->policy,
		change->policy_max, err);
	return failed ? failed
		      : roster_save(roster, change->number, change->row->id, change->own, err);
}

static int change_all(struct change *change, struct err *err)
{
	struct spec_resources live;
	int failed = open_all(change, err);

	if (!failed)
		failed = check_cpus(change, err);
	if (!failed)
		failed = check_memory(change, err);
	if (!failed)
		failed = check_policy(change, err);
	if (!failed)
		failed = set_resources(change, &live, err);
	if (!failed)
		failed = apply(change, &live, err);
	if (!failed)
		failed = save(change, err);
	return failed ? failed : save_policy(change, err);
}

static int update(struct op *op, struct err *err)
{
	__attribute__((cleanup(change_fini))) struct change change = {
		.engine = op->engine, .row = &op->row, .request = op->update, .own = -1};
	int failed = engine_find_row(op->engine, op->who, &op->number, &op->row, err);

	if (failed)
		return failed;
	change.number = op->number;
	failed = change_all(&change, err);
	if (failed == -ENOENT)
		return err_set(err, ENOENT, "No such container: %s", op->who);
	if (failed)
		return err_in(err, "Cannot update container %s", op->row.id);
	engine_announce(op->engine, &op->row, "update", NULL);
	return 0;
}

static const char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

struct op *engine_update(struct engine *engine, const char *who,
	const struct update_request *request, op_done_fn done, void *arg)
{
	static const struct op_verb verb = {.doing = "update", .prepare = update};
	struct op *op = op_new(who);

	if (op && (op->update = malloc(sizeof(*op->update)))) {
		*op->update = *request;
		op->update->cpuset_cpus = copy(request->cpuset_cpus);
		op->update->cpuset_mems = copy(request->cpuset_mems);
		op->update->restart = copy(request->restart);
	} else if (op) {
		free(op->who);
		free(op);
		op = NULL;
	}
	return op_start(engine, &verb, op, done, arg);
}

void update_free(struct update_request *request)
{
	if (!request)
		return;
	free((char *)request->cpuset_cpus);
	free((char *)request->cpuset_mems);
	free((char *)request->restart);
	free(request);
}
