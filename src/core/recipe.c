#include "core/recipe.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cpuset.h"
#include "core/groups.h"
#include "core/recipe_parts.h"
#include "core/wanted.h"
#include "runtime/caps.h"
#include "util/own.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "describe the container: out of memory");
}

static int set_text(char **to, const char *text, struct err *err)
{
	char *copy = strdup(text);

	if (!copy)
		return no_memory(err);
	free(*to);
	*to = copy;
	return 0;
}

/* ---- what to execute ---- */

/* docker: --entrypoint drops the image's Cmd too; a command replaces Cmd only. */
static int set_args(struct spec *spec, const struct container_request *request,
	const struct image *image, struct err *err)
{
	struct strs *args = &spec->process.args;

	if (request->has_entrypoint) {
		if (request->entrypoint.len && *request->entrypoint.v[0])
			strs_copy(args, &request->entrypoint);
	} else {
		strs_copy(args, &image->config.entrypoint);
	}
	if (request->command.len)
		strs_copy(args, &request->command);
	else if (!request->has_entrypoint)
		strs_copy(args, &image->config.cmd);
	if (strs_failed(args))
		return no_memory(err);
	if (!args->len)
		return err_set(err, EINVAL, "no command specified");
	return 0;
}

static int set_env(struct spec *spec, const struct container_request *request,
	const struct image *image, const char *hostname, struct err *err)
{
	struct strs *env = &spec->process.env;
	char text[80];

	for (size_t i = 0; i < image->config.env.len; i++)
		strs_set_env(env, image->config.env.v[i]);
	snprintf(text, sizeof(text), "HOSTNAME=%s", hostname);
	strs_set_env(env, text);
	if (request->tty)
		strs_set_env(env, "TERM=xterm");
	for (size_t i = 0; i < request->env.len; i++)
		strs_set_env(env, request->env.v[i]);
	return strs_failed(env) ? no_memory(err) : 0;
}

static const char *given(const char *request, const char *image)
{
	return request ? request : image && *image ? image : NULL;
}

static int set_process(struct spec *spec, const struct container_request *request,
	const struct image *image, const char *hostname, struct err *err)
{
	struct spec_process *process = &spec->process;
	const char *cwd = given(request->workdir, image->config.working_dir),
		   *user = given(request->user, image->config.user);
	int failed = set_args(spec, request, image, err);

	if (!failed)
		failed = set_env(spec, request, image, hostname, err);
	if (!failed && request->workdir && request->workdir[0] != '/')
		failed = err_set(err, EINVAL,
			"the working directory '%s' is invalid, it needs to be an absolute path",
			request->workdir);
	if (!failed && cwd)
		failed = set_text(&process->cwd, cwd, err);
	if (!failed && user)
		failed = set_text(&process->user.username, user, err);
	process->terminal = request->tty;
	process->rows = request->rows;
	process->columns = request->columns;
	/* Always: what is not said would be the monitor's, which is hard to kill. */
	process->oom_score_adj = (struct spec_number){true, request->oom_score_adj};
	return failed;
}

/* ---- privileges ---- */

static int set_caps(struct spec *spec, const struct container_request *request, struct err *err)
{
	uint64_t mask, base = request->strict ? CAPS_STRICT : CAPS_DEFAULT;
	int failed;

	if (request->privileged || (!request->cap_add.len && !request->cap_drop.len))
		return 0;
	failed = caps_adjust(base, &request->cap_add, &request->cap_drop, &mask, err);
	if (failed)
		return failed;
	return defaults_set_caps(spec, mask) < 0 ? no_memory(err) : 0;
}

static int set_ulimit(struct spec *spec, const char *text, struct err *err)
{
	struct spec_rlimit *limit = NULL;
	const char *type;
	uint64_t soft, hard;
	int failed = options_ulimit(text, &type, &soft, &hard, err);

	if (failed)
		return failed;
	for (size_t i = 0; i < spec->process.rlimits.len; i++)
		if (strcmp(spec->process.rlimits.v[i].type, type) == 0)
			limit = &spec->process.rlimits.v[i];
	if (!limit && !(limit = spec_grow(&spec->process.rlimits)))
		return no_memory(err);
	limit->soft = soft;
	limit->hard = hard;
	return set_text(&limit->type, type, err);
}

/* Names are looked up in the container's own /etc/group, when it is started. */
static int set_groups(struct spec *spec, const struct container_request *request, struct err *err)
{
	strs_copy(&spec->process.user.group_names, &request->groups);
	return strs_failed(&spec->process.user.group_names) ? no_memory(err) : 0;
}

static int set_sysctls(struct spec *spec, const struct container_request *request, struct err *err)
{
	for (size_t i = 0; i < request->sysctls.len; i++) {
		const char *sysctl = request->sysctls.v[i];

		if (!strchr(sysctl, '=') || *sysctl == '=')
			return err_set(err, EINVAL, "sysctl '%.100s' is not NAME=VALUE", sysctl);
		strs_set_env(&spec->lnx.sysctl, sysctl);
	}
	return strs_failed(&spec->lnx.sysctl) ? no_memory(err) : 0;
}

/* ---- limits ---- */

enum { MEMORY_MIN = 6 << 20, CPU_PERIOD_US = 100000, NANO_CPUS_MIN = 10000000 };

static int set_memory(
	struct spec_memory *memory, const struct container_request *request, struct err *err)
{
	if (request->memory && request->memory < MEMORY_MIN)
		return err_set(err, EINVAL, "Minimum memory limit allowed is 6MB");
	if (request->memory_swap > 0 && request->memory_swap < request->memory)
		return err_set(err, EINVAL,
			"Minimum memoryswap limit should be larger than memory limit, see usage");
	if (request->memory_swap > 0 && !request->memory)
		return err_set(err, EINVAL,
			"You should always set the Memory limit when using Memoryswap limit, see usage");
	memory->limit = request->memory;
	memory->reservation = request->memory_reservation;
	/* docker: as much swap as memory unless said otherwise. */
	memory->swap = request->memory_swap ? request->memory_swap : 2 * request->memory;
	return 0;
}

static int set_cpus(struct spec_cpu *cpu, int64_t nano_cpus, struct err *err)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);

	if (!nano_cpus)
		return 0;
	if (nano_cpus < NANO_CPUS_MIN || nano_cpus > there * 1000000000)
		return err_set(err, EINVAL,
			"range of CPUs is from 0.01 to %ld.00, as there are only %ld CPUs available",
			there, there);
	cpu->period = CPU_PERIOD_US;
	cpu->quota = nano_cpus * CPU_PERIOD_US / 1000000000;
	return 0;
}

static int check_cpu_time(const struct container_request *request, struct err *err)
{
	if (request->nano_cpus && request->cpu_period)
		return err_set(err, EINVAL,
			"Conflicting options: Nano CPUs and CPU Period cannot both be set");
	if (request->nano_cpus && request->cpu_quota)
		return err_set(err, EINVAL,
			"Conflicting options: Nano CPUs and CPU Quota cannot both be set");
	if (request->cpu_period && (request->cpu_period < 1000 || request->cpu_period > 1000000))
		return err_set(err, EINVAL,
			"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
	if (request->cpu_quota > 0 && request->cpu_quota < 1000)
		return err_set(err, EINVAL, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	if (request->cpu_rt_runtime && request->cpu_rt_period &&
		request->cpu_rt_runtime > request->cpu_rt_period)
		return err_set(err, EINVAL, "cpu real-time runtime cannot be higher than period");
	return 0;
}

static int set_cpu_time(
	struct spec_cpu *cpu, const struct container_request *request, struct err *err)
{
	int failed = check_cpu_time(request, err);

	if (failed)
		return failed;
	if (request->cpu_period)
		cpu->period = (uint64_t)request->cpu_period;
	if (request->cpu_quota)
		cpu->quota = request->cpu_quota;
	cpu->rt_period = (uint64_t)request->cpu_rt_period;
	cpu->rt_runtime = request->cpu_rt_runtime;
	return 0;
}

static int set_memory_habits(
	struct spec_memory *memory, const struct container_request *request, struct err *err)
{
	if (request->swappiness < -1 || request->swappiness > 100)
		return err_set(err, EINVAL,
			"invalid value: %lld, valid memory swappiness range is 0-100",
			(long long)request->swappiness);
	if (request->swappiness >= 0)
		memory->swappiness = (struct spec_number){true, request->swappiness};
	memory->disable_oom_killer = request->oom_kill_disable;
	return 0;
}

int recipe_resources(struct spec *spec, const struct container_request *request, struct err *err)
{
	struct spec_resources *res = &spec->lnx.resources;
	int failed = set_memory(&res->memory, request, err);

	if (failed)
		return failed;
	failed = set_cpus(&res->cpu, request->nano_cpus, err);
	if (!failed)
		failed = cpuset_check(request->cpuset_cpus, request->cpuset_mems, err);
	if (failed)
		return failed;
	if (request->cpu_shares < 0)
		return err_set(err, EINVAL,
			"invalid CPU shares (%lld): value must be a positive integer",
			(long long)request->cpu_shares);
	res->cpu.shares = (uint64_t)request->cpu_shares;
	if (request->cpuset_cpus)
		failed = set_text(&res->cpu.cpus, request->cpuset_cpus, err);
	if (!failed && request->cpuset_mems)
		failed = set_text(&res->cpu.mems, request->cpuset_mems, err);
	if (request->pids_limit)
		res->pids_limit = request->pids_limit;
	return failed;
}

/* ---- mounts ---- */

static int set_shm(struct spec *spec, uint64_t size, struct err *err)
{
	char options[96];

	if (!size)
		return 0;
	snprintf(options, sizeof(options), "nosuid,noexec,nodev,mode=1777,size=%llu",
		(unsigned long long)size);
	for (size_t i = spec->mounts.len; i-- > 0;)
		if (strcmp(spec->mounts.v[i].destination, "/dev/shm") == 0)
			spec_drop_mount(spec, i);
	return spec_add_mount(spec, "/dev/shm", "tmpfs", "shm", options) < 0 ? no_memory(err) : 0;
}

/* ---- names, policies ---- */

static int set_names(struct recipe *recipe, const struct container_request *request, const char *id,
	struct err *err)
{
	struct spec *spec = recipe->spec;
	char host[65] = "";
	int failed = 0;

	if (request->hostname && strlen(request->hostname) >= sizeof(recipe->hostname))
		return err_set(err, EINVAL, "invalid hostname: %.20s…: longer than 64 characters",
			request->hostname);
	/* They become words of a file. */
	if (request->hostname && strpbrk(request->hostname, " \t\r\n"))
		return err_set(err, EINVAL, "invalid hostname: it has blanks in it");
	if (request->domainname && (strpbrk(request->domainname, " \t\r\n") ||
					   strlen(request->domainname) > HOST_NAME_MAX))
		return err_set(err, EINVAL,
			"invalid domain name: it has blanks in it or is longer than 64 characters");
	if (request->hostname)
		snprintf(recipe->hostname, sizeof(recipe->hostname), "%s", request->hostname);
	else if ((recipe->host_network || str_eq(request->uts_mode, "host")) &&
		 gethostname(host, sizeof(host) - 1) == 0)
		snprintf(recipe->hostname, sizeof(recipe->hostname), "%s", host);
	else
		snprintf(recipe->hostname, sizeof(recipe->hostname), "%.12s", id);
	failed = set_text(&spec->hostname, recipe->hostname, err);
	if (!failed && request->domainname)
		failed = set_text(&spec->domainname, request->domainname, err);
	return failed;
}

/* In a namespace that is somebody else's, the name, too, is its owner's or the host's to give. */
static int set_network(struct recipe *recipe, struct err *err)
{
	enum network_mode mode = recipe->wanted->mode;

	recipe->host_network = mode == MODE_HOST;
	if (mode != MODE_HOST && mode != MODE_CONTAINER)
		return 0;
	return defaults_host_network(recipe->spec) < 0 ? no_memory(err) : 0;
}

static int set_policies(struct recipe *recipe, const struct container_request *request,
	const struct image *image, struct err *err)
{
	const char *stop = given(request->stop_signal, image->config.stop_signal);
	int failed =
		options_restart(request->restart && *request->restart ? request->restart : "no",
			&recipe->restart, &recipe->restart_max, err);

	recipe->stop_signal = SIGTERM;
	recipe->stop_timeout_s = request->stop_timeout == INT_MIN ? 10 : request->stop_timeout;
	if (!failed && recipe->restart != PLAN_RESTART_NO && request->auto_remove)
		failed = err_set(
			err, EINVAL, "conflicting options: cannot specify both --restart and --rm");
	if (!failed && stop)
		failed = options_signal(stop, &recipe->stop_signal, err);
	return failed;
}

const char *recipe_restart_name(enum plan_restart policy)
{
	static const char *const names[] = {"no", "always", "unless-stopped", "on-failure"};

	return names[policy];
}

/* As docker's COMMAND column: words joined by spaces. */
static int set_command(struct recipe *recipe, struct err *err)
{
	const struct strs *args = &recipe->spec->process.args;
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < args->len; i++)
		buf_addf(&text, "%s%s", i ? " " : "", args->v[i]);
	recipe->command = buf_take(&text);
	return recipe->command ? 0 : no_memory(err);
}

/* ---- all of it ---- */

static int begin(struct recipe *recipe, const struct defaults_host *host,
	const struct container_request *request, struct err *err)
{
	int failed = defaults_spec(host, &recipe->spec, err);

	if (!failed && request->strict && defaults_strict(recipe->spec) < 0)
		failed = no_memory(err);
	if (!failed && request->privileged && defaults_privileged(recipe->spec) < 0)
		failed = no_memory(err);
	if (!failed)
		failed = recipe_security(recipe->spec, request, host, err);
	return failed ? failed : set_network(recipe, err);
}

static int fill(struct recipe *recipe, const struct container_request *request,
	const struct image *image, const char *id, struct err *err)
{
	struct spec *spec = recipe->spec;
	int failed = set_names(recipe, request, id, err);

	if (!failed)
		failed = set_process(spec, request, image, recipe->hostname, err);
	if (!failed)
		failed = set_caps(spec, request, err);
	if (!failed)
		failed = set_groups(spec, request, err);
	for (size_t i = 0; !failed && i < request->ulimits.len; i++)
		failed = set_ulimit(spec, request->ulimits.v[i], err);
	if (!failed)
		failed = recipe_resources(spec, request, err);
	if (!failed)
		failed = set_cpu_time(&spec->lnx.resources.cpu, request, err);
	if (!failed)
		failed = set_memory_habits(&spec->lnx.resources.memory, request, err);
	if (!failed)
		failed = recipe_block_io(spec, request, err);
	if (!failed)
		failed = recipe_devices(spec, request, err);
	if (!failed)
		failed = set_shm(spec, request->shm_size, err);
	if (!failed)
		failed = set_sysctls(spec, request, err);
	if (!failed)
		failed = recipe_rights(spec, request, err);
	strs_copy(&spec->annotations, &request->annotations);
	spec->root.readonly = request->read_only;
	return !failed && strs_failed(&spec->annotations) ? no_memory(err) : failed;
}

int recipe_make(const struct defaults_host *host, const struct container_request *request,
	const struct image *image, const struct wanted *wanted, const char *id, struct recipe *out,
	struct err *err)
{
	struct recipe recipe = {.wanted = wanted};
	char path[GROUPS_PATH_SIZE];
	int failed = begin(&recipe, host, request, err);

	if (!failed)
		failed = fill(&recipe, request, image, id, err);
	if (!failed)
		failed = set_policies(&recipe, request, image, err);
	if (!failed)
		failed = health_make(request->healthcheck, &image->config, &recipe.health, err);
	if (!failed)
		failed = set_command(&recipe, err);
	if (!failed && request->cgroup_parent)
		failed = groups_check_parent(request->cgroup_parent, err);
	groups_path(request->cgroup_parent, id, path);
	if (!failed)
		failed = set_text(&recipe.spec->lnx.cgroups_path, path, err);
	if (failed)
		recipe_fini(&recipe);
	else
		*out = recipe;
	return failed;
}

void recipe_fini(struct recipe *recipe)
{
	spec_free(recipe->spec);
	mounts_fini(&recipe->mounts);
	free(recipe->command);
	health_fini(&recipe->health);
	*recipe = (struct recipe){0};
}
