/* step_run.c - RUN: a process on the tree so far, and what it changed.
 *
 * Launched as every container is (core/step.h). What its mounts bring is bound from directories of
 * the build; a secret lies on the run root's memory file system for as long as the step takes. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "build/run_mounts.h"
#include "build/work.h"
#include "core/step.h"
#include "core/timing.h"
#include "util/own.h"
#include "util/strs.h"

struct running {
	struct build_work *work;
	int step;
	const struct build_run *what;
	struct run_mounts *mounts;
};

/* ---- the key ---- */

static int step_key(const struct running *running, const struct node *node, char key[DIGEST_SIZE],
	struct err *err)
{
	const struct build_step *step = &running->work->plan->steps[running->step];
	struct key parts;

	key_begin(&parts, "run");
	key_text(&parts, "step", step->own);
	key_bytes(&parts, "base", node->content, sizeof(node->content));
	if (run_mounts_key(running->work, running->what, &parts, err) < 0) {
		key_end(&parts, key);
		return err->code;
	}
	return key_end(&parts, key) ? 0 : no_memory(err);
}

/* ---- what is to run ---- */

static void set_network(struct container_request *container, enum build_network network)
{
	if (network == BUILD_NETWORK_HOST)
		strs_add(&container->networks, "host");
	else if (network == BUILD_NETWORK_NONE)
		strs_add(&container->networks, "none");
}

static bool is_allowed(const struct build_request *request, const char *what)
{
	for (size_t i = 0; i < request->allow.len; i++)
		if (str_eq(request->allow.v[i], what))
			return true;
	return false;
}

static int check_allowed(const struct running *running, struct err *err)
{
	const struct build_run *what = running->what;

	if (what->insecure && !is_allowed(running->work->request, "security.insecure"))
		return err_set(err, EPERM,
			"security.insecure is not allowed: build with --allow security.insecure");
	if (what->network == BUILD_NETWORK_HOST &&
		!is_allowed(running->work->request, "network.host") &&
		!str_eq(running->work->request->network, "host"))
		return err_set(
			err, EPERM, "network.host is not allowed: build with --allow network.host");
	if (what->devices.len)
		return err_set(err, ENOTSUP,
			"RUN --device is not supported: there are no CDI devices here");
	return 0;
}

static void fill_container(const struct running *running, struct container_request *container)
{
	const struct build_request *request = running->work->request;
	const struct build_run *what = running->what;

	container->image = "build";
	container->hostname = "buildkitsandbox";
	container->user = *what->user ? what->user : "0";
	container->workdir = *what->cwd ? what->cwd : "/";
	set_network(container, what->network);
	container->privileged = what->insecure;
	container->memory = request->memory;
	container->memory_swap = request->memory_swap;
	container->cpu_shares = request->cpu_shares;
	container->shm_size = request->shm_size;
	container->stop_timeout = INT_MIN;
	container->has_entrypoint = true;
	strs_copy(&container->ulimits, &request->ulimits);
	strs_copy(&container->extra_hosts, &request->add_hosts);
	for (size_t i = 0; i < what->argv.len; i++)
		strs_add(&container->command, what->argv.v[i]);
	for (size_t i = 0; i < what->env.len; i++)
		strs_set_env(&container->env, what->env.v[i]);
	for (size_t i = 0; i < what->proxies.len; i++)
		strs_set_env(&container->env, what->proxies.v[i]);
}

/* The tree below, as an image that is in no store. */
static int fill_image(const struct node *node, struct image *image, struct err *err)
{
	const struct index_entry *root;
	const struct index *top;

	if (node_root(node, &top, &root, err) < 0)
		return err->code;
	image->settled = true;
	image->root_mode = root ? root->mode & 07777 : 0755;
	image->root_uid = root ? root->uid : 0;
	image->root_gid = root ? root->gid : 0;
	image_mounted_layers(&node->layers, &image->layers);
	return strs_failed(&image->layers) ? no_memory(err) : 0;
}

static void on_output(void *arg, const char *data, size_t len)
{
	struct running *running = arg;

	work_tell(running->work, running->step, BUILD_EVENT_OUTPUT, data, len);
}

static void on_started(void *arg)
{
	struct running *running = arg;

	work_fact_begun(running->work, running->step, "command");
}

/* What the launch, the command and the letting go took. */
static void say_ran(struct running *running, uint64_t from_ns, const struct step_result *result)
{
	uint64_t now = timing_now();
	uint64_t started = result->started_ns ? result->started_ns : now;
	uint64_t ended = result->ended_ns ? result->ended_ns : now;

	work_fact(running->work, running->step, from_ns,
		"\"fact\":\"run\",\"launch_us\":%llu,\"command_us\":%llu,\"after_us\":%llu,\"code\":%d",
		(unsigned long long)(started - from_ns) / 1000,
		(unsigned long long)(ended - started) / 1000,
		(unsigned long long)(now - ended) / 1000, result->exit_code);
}

static int add_mounts(struct spec *spec, void *arg, struct err *err)
{
	struct running *running = arg;

	return run_mounts_apply(running->mounts, spec, err);
}

/* ---- how it went ---- */

static int failed_run(struct running *running, const struct step_result *result, struct err *err)
{
	struct build_work *work = running->work;
	char why[200] = "";

	if (!result->started && *err->text)
		snprintf(why, sizeof(why), ": %.150s", err->text);
	else if (result->oom_killed)
		snprintf(why, sizeof(why), ": it ran out of memory");
	pthread_mutex_lock(&work->lock);
	if (work->failed_step == BUILD_NONE)
		work->exit_code = result->exit_code;
	pthread_mutex_unlock(&work->lock);
	return err_set(err, ECHILD,
		"process \"%.200s\" did not complete successfully: exit code: %d%s",
		running->what->command, result->exit_code, why);
}

static int launch(struct running *running, const char *dir, int dir_fd, struct err *err)
{
	struct build_work *work = running->work;
	struct container_request container;
	struct image image = {0};
	const struct step_request request = {
		.image = &image,
		.container = &container,
		.mounts = add_mounts,
		.arg = running,
		.dir = dir,
		.dir_fd = dir_fd,
		.output = on_output,
		.started = on_started,
		.canceled = work->canceled,
	};
	struct step_result result;
	int failed;

	container_request_init(&container);
	fill_container(running, &container);
	failed = run_mounts_env(running->mounts, &container.env, err);
	if (!failed)
		failed = fill_image(&work->nodes[running->step], &image, err);
	if (!failed) {
		uint64_t from_ns = timing_now();

		failed = step_run(work->engine, &request, &result, err);
		say_ran(running, from_ns, &result);
	}
	strs_fini(&image.layers);
	container_request_fini(&container);
	if (failed)
		return failed;
	return result.exit_code ? failed_run(running, &result, err) : 0;
}

/* ---- the step ---- */

static int run_and_keep(struct running *running, const struct strs *keys, struct err *err)
{
	auto_strs stubs = STRS_INIT;
	const struct node_product product = {.keys = keys, .stubs = &stubs};
	auto_free char *dir = NULL;
	auto_close int fd = -1;
	uint64_t from_ns = timing_now();
	int failed;

	if (node_bring(running->work, &running->work->nodes[running->step], err) < 0 ||
		work_directory(running->work, &dir, &fd, err) < 0)
		return err->code;
	work_fact(running->work, running->step, from_ns, "\"fact\":\"bring\"");
	from_ns = timing_now();
	failed = run_mounts_open(running->work, running->what, &running->mounts, err);
	work_fact(running->work, running->step, from_ns, "\"fact\":\"prepare\"");
	if (!failed)
		failed = launch(running, dir, fd, err);
	if (!failed)
		failed = run_mounts_stubs(running->mounts, &stubs, err);
	run_mounts_close(running->mounts);
	return failed ? failed
		      : node_make_layer(running->work, running->step, fd, "upper", &product, err);
}

int step_run_command(struct build_work *work, int step, struct err *err)
{
	const struct build_step *what = &work->plan->steps[step];
	struct running running = {.work = work, .step = step, .what = &what->run};
	struct node *node = &work->nodes[step];
	auto_strs keys = STRS_INIT;
	char key[DIGEST_SIZE];
	bool hit;

	if (check_allowed(&running, err) < 0 || node_begin_tree(work, node, what->base, err) < 0)
		return err->code;
	node_seal(node);
	recall_step(work->recall, step, what, node->content);
	if (step_key(&running, node, key, err) < 0)
		return err->code;
	strs_add(&keys, key);
	if (node_from_cache(work, step, key, &hit, err) < 0)
		return err->code;
	if (!hit && work->dry)
		node->unknown = true;
	if (hit || work->dry)
		return 0;
	work_tell_why(work, step);
	return run_and_keep(&running, &keys, err);
}
