#include "cli/request.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/each.h"
#include "cli/envfile.h"
#include "cli/names_options.h"
#include "cli/units.h"
#include "util/own.h"

static int check_limits(const struct request_values *values, struct err *err)
{
	if (values->memory_swap > 0 && values->memory && values->memory_swap < values->memory)
		return err_set(err, EINVAL,
			"Minimum memoryswap limit should be larger than memory limit, see usage");
	if (values->memory_swap > 0 && !values->memory)
		return err_set(err, EINVAL,
			"You should always set the Memory limit when using Memoryswap limit, see usage");
	if (values->nano_cpus < 0)
		return err_set(err, EINVAL, "--cpus: the number of processors cannot be negative");
	if (values->oom_score_adj < -1000 || values->oom_score_adj > 1000)
		return err_set(err, EINVAL,
			"Invalid value %lld, range for oom score adj is [-1000, 1000]",
			(long long)values->oom_score_adj);
	return 0;
}

static int check_pull(const char *pull, struct err *err)
{
	if (str_eq(pull, "always") || str_eq(pull, "missing") || str_eq(pull, "never"))
		return 0;
	return err_set(err, EINVAL,
		"invalid pull option: '%s': must be one of \"always\", \"missing\" or \"never\"",
		pull);
}

/* The path need not exist: docker makes it. */
static char *absolute(const char *path)
{
	auto_free char *here = getcwd(NULL, 0);
	char *whole = NULL;

	return here && asprintf(&whole, "%s/%s", here, path) >= 0 ? whole : NULL;
}

static void copy_plain(const struct request_values *values, struct container_request *request)
{
	request->name = values->name;
	request->hostname = values->hostname;
	request->domainname = values->domainname;
	request->workdir = values->workdir;
	request->user = values->user;
	request->platform = values->platform;
	request->stop_signal = values->stop_signal;
	request->restart = values->restart;
	request->cpuset_cpus = values->cpuset_cpus;
	request->cpuset_mems = values->cpuset_mems;
	request->tty = values->tty;
	request->stdin_open = values->interactive;
	request->auto_remove = values->remove;
	request->read_only = values->read_only;
	request->privileged = values->privileged;
	request->strict = values->strict;
	request->memory = values->memory;
	request->memory_swap = values->memory_swap;
	request->memory_reservation = values->memory_reservation;
	request->nano_cpus = values->nano_cpus;
	request->cpu_shares = values->cpu_shares;
	request->pids_limit = values->pids_limit;
	request->shm_size = (uint64_t)values->shm_size;
	request->stop_timeout = (int)values->stop_timeout;
	request->oom_score_adj = (int)values->oom_score_adj;
}

/* "./data:/data" is relative to where the user is, which only this process knows. */
static int copy_binds(const struct strs *given, struct strs *out, struct err *err)
{
	for (size_t i = 0; i < given->len; i++) {
		const char *bind = given->v[i], *colon = strchr(bind, ':');
		auto_free char *path = NULL, *real = NULL;

		if (bind[0] != '.' || !colon) {
			strs_add(out, bind);
			continue;
		}
		path = strndup(bind, (size_t)(colon - bind));
		real = path ? absolute(path) : NULL;
		if (!real)
			return err_sys(err, "-v %s", bind);
		strs_addf(out, "%s%s", real, colon);
	}
	return 0;
}

static void add_field(struct buf *to, const char *key, const char *value)
{
	if (value)
		buf_addf(to, ",%s=%s", key, value);
}

/* --ip and its like speak of the first network. */
static void copy_networks(const struct request_values *values, struct container_request *request)
{
	const char *first = values->networks.len ? values->networks.v[0] : "bridge";
	auto_buf text = BUF_INIT;

	if (values->ip || values->ip6 || values->mac || values->aliases.len) {
		buf_addf(&text, "%s%s", strchr(first, '=') ? "" : "name=", first);
		add_field(&text, "ip", values->ip);
		add_field(&text, "ip6", values->ip6);
		add_field(&text, "mac-address", values->mac);
		for (size_t i = 0; i < values->aliases.len; i++)
			add_field(&text, "alias", values->aliases.v[i]);
		strs_add(&request->networks, buf_text(&text));
	} else if (values->networks.len) {
		strs_add(&request->networks, first);
	}
	for (size_t i = 1; i < values->networks.len; i++)
		strs_add(&request->networks, values->networks.v[i]);
	if (str_eq(first, "host") && (values->publish.len || values->publish_all))
		cli_say("WARNING: Published ports are discarded when using host network mode");
	request->publish_all = values->publish_all;
}

static void copy_lists(const struct request_values *values, struct container_request *request)
{
	strs_copy(&request->mounts, &values->mounts);
	strs_copy(&request->volumes_from, &values->volumes_from);
	strs_copy(&request->tmpfs, &values->tmpfs);
	strs_copy(&request->cap_add, &values->cap_add);
	strs_copy(&request->cap_drop, &values->cap_drop);
	strs_copy(&request->ulimits, &values->ulimits);
	strs_copy(&request->sysctls, &values->sysctls);
	strs_copy(&request->groups, &values->groups);
	strs_copy(&request->publish, &values->publish);
	strs_copy(&request->expose, &values->expose);
}

int request_build(const struct request_values *values, const struct operands *operands,
	struct container_request *request, struct err *err)
{
	container_request_init(request);
	copy_plain(values, request);
	copy_lists(values, request);
	copy_networks(values, request);
	request->image = operands->v[0];
	for (int i = 1; i < operands->len; i++)
		strs_add(&request->command, operands->v[i]);
	request->has_entrypoint = values->entrypoint;
	if (values->entrypoint && *values->entrypoint)
		strs_add(&request->entrypoint, values->entrypoint);
	if (check_limits(values, err) < 0 || copy_binds(&values->binds, &request->binds, err) < 0 ||
		check_pull(values->pull, err) < 0 ||
		request_host_build(&values->host, request, err) < 0 ||
		names_options(values, request, err) < 0 ||
		envfile_env(&values->env_files, &values->env, &request->env, err) < 0 ||
		envfile_labels(&values->label_files, &values->labels, &request->labels, err) < 0)
		return err->code;
	return 0;
}

/* ---- the image ---- */

enum { INTERRUPTED = 128 + SIGINT };

struct helper {
	struct engine *engine;
	const char *const *args;
	int out_fd;
};

static struct op *start_job(void *context, op_done_fn done, void *arg)
{
	const struct helper *helper = context;

	return engine_job(helper->engine, helper->args, helper->out_fd, done, arg);
}

/* "busybox" as "busybox:latest", for the line that docker prints. */
static void put_tagged(struct buf *out, const char *image)
{
	const char *slash = strrchr(image, '/');

	buf_adds(out, image);
	if (!strchr(image, '@') && !strchr(slash ? slash : image, ':'))
		buf_adds(out, ":latest");
}

static int fetch(struct cli *cli, const struct request_values *values, const char *image)
{
	const char *const demo[] = {"image", "bootstrap", "demo", NULL};
	const char *pull[] = {"pull", image, NULL, NULL, NULL};
	struct helper helper = {.engine = cli->engine,
		.args = engine_is_demo(image) ? demo : pull,
		.out_fd = values->quiet ? -1 : STDERR_FILENO};
	struct err err;
	int code = 0;

	if (values->platform) {
		pull[2] = "--platform";
		pull[3] = values->platform;
	}
	if (one_op(cli, start_job, &helper, &code, NULL, &err) < 0)
		return cli_fail(&err, err.code == -ECANCELED ? INTERRUPTED : EXIT_TROUBLE);
	if (code == INTERRUPTED)
		return code;
	/* It told why itself, unless it had no chance to. */
	if (code && (values->quiet || code >= 128))
		cli_say("pull %s: it ended with exit code %d", image, code);
	return code ? EXIT_TROUBLE : 0;
}

/* -ENOENT: it is not here, or (*found) not for the platform that was asked for. */
static int look_for(struct cli *cli, const struct request_values *values, const char *image,
	bool *found, struct err *err)
{
	int failed = engine_image_find(cli->engine, image, NULL, err);

	*found = !failed;
	if (!failed && values->platform)
		failed = engine_image_fits(cli->engine, image, values->platform, err);
	return failed;
}

/* What came may still be for another platform. */
static int fetch_fitting(
	struct cli *cli, const struct request_values *values, const char *image, struct err *err)
{
	int code = fetch(cli, values, image);
	bool found;

	if (code || !values->platform)
		return code;
	return look_for(cli, values, image, &found, err) < 0 ? cli_fail(err, EXIT_TROUBLE) : 0;
}

int request_image(struct cli *cli, const struct request_values *values, const char *image)
{
	auto_buf tagged = BUF_INIT;
	struct err err = {0};
	int missing;
	bool found;

	if (str_eq(values->pull, "always"))
		return fetch_fitting(cli, values, image, &err);
	missing = look_for(cli, values, image, &found, &err);
	if (!missing)
		return 0;
	/* The demo is made of this machine's parts: another one would be for the same platform. */
	if (missing != -ENOENT || str_eq(values->pull, "never") || (found && engine_is_demo(image)))
		return cli_fail(&err, EXIT_TROUBLE);
	buf_adds(&tagged, "Unable to find image '");
	put_tagged(&tagged, image);
	buf_adds(&tagged, "' locally\n");
	if (engine_is_demo(image))
		buf_adds(&tagged, "Making it from this machine's busybox\n");
	if (!values->quiet)
		output_write(STDERR_FILENO, buf_text(&tagged), tagged.len);
	return fetch_fitting(cli, values, image, &err);
}

/* ---- --cidfile ---- */

int request_open_cidfile(const struct request_values *values, int *fd, struct err *err)
{
	*fd = -1;
	if (!values->cidfile)
		return 0;
	*fd = open(values->cidfile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (*fd >= 0)
		return 0;
	if (errno == EEXIST)
		return err_set(err, EEXIST,
			"container ID file found, make sure the other container isn't running or delete %s",
			values->cidfile);
	return err_sys(err, "failed to create the container ID file %s", values->cidfile);
}

int request_write_cidfile(
	const struct request_values *values, int fd, const char *id, struct err *err)
{
	int failed = fd < 0 ? 0 : output_write(fd, id, strlen(id));

	if (failed)
		return err_set(err, failed, "failed to write the container ID to %s: %s",
			values->cidfile, err_name(failed));
	return 0;
}
