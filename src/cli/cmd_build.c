#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "build/build.h"
#include "cli/build_json.h"
#include "cli/build_shell.h"
#include "cli/build_view.h"
#include "cli/cli.h"
#include "cli/names_options.h"
#include "cli/units.h"
#include "util/own.h"

struct values {
	const char *file, *target, *platform, *network, *iid_file, *metadata_file, *progress,
		*on_fail, *call;
	struct strs tags, build_args, labels, contexts, secrets, ssh, add_hosts, no_cache_stages,
		allow, outputs, ulimits, cache_from, cache_to;
	const char *provenance, *sbom;
	int64_t redo, stop_before;
	bool no_cache, pull, squash, check, dry_run, quiet, rm, force_rm, compress, load, push;
	int64_t memory, memory_swap, cpu_shares, shm_size;
};

static const struct values defaults = {.progress = "auto", .rm = true};

#define at(member) offsetof(struct values, member)
#define later(name)                                                                                \
	{                                                                                          \
		name, 0, OPTION_LATER, NULL, NULL, 0                                               \
	}

static const struct option options[] = {
	{"add-host", 0, OPTION_LIST, NULL, "Add a custom host-to-IP mapping (format: \"host:ip\")",
		at(add_hosts)},
	{"allow", 0, OPTION_LIST, NULL,
		"Allow extra privileged entitlement (network.host, security.insecure, git.file)",
		at(allow)},
	{"build-arg", 0, OPTION_LIST, NULL, "Set build-time variables", at(build_args)},
	{"build-context", 0, OPTION_LIST, NULL, "Additional build contexts (e.g., name=path)",
		at(contexts)},
	{"cache-from", 0, OPTION_LIST, NULL,
		"Where results of steps may be found (e.g. \"user/app:cache\", "
		"\"type=local,src=path\")",
		at(cache_from)},
	{"cache-to", 0, OPTION_LIST, NULL,
		"Where to put the results of steps (e.g. \"type=registry,ref=user/app:cache\")",
		at(cache_to)},
	{"call", 0, OPTION_STRING, NULL,
		"Ask the file instead of building it: check, outline, targets", at(call)},
	{"check", 0, OPTION_BOOL, NULL, "Check the Dockerfile, and build nothing", at(check)},
	{"compress", 0, OPTION_BOOL, NULL, NULL, at(compress)},
	{"cpu-shares", 'c', OPTION_INT, NULL, "CPU shares of a step (relative weight)",
		at(cpu_shares)},
	{"dry-run", 0, OPTION_BOOL, NULL, "Show the steps, what is cached, and why the rest is not",
		at(dry_run)},
	{"file", 'f', OPTION_STRING, NULL, "Name of the Dockerfile (default: \"PATH/Dockerfile\")",
		at(file)},
	{"force-rm", 0, OPTION_BOOL, NULL, NULL, at(force_rm)},
	{"iidfile", 0, OPTION_STRING, NULL, "Write the image ID to a file", at(iid_file)},
	{"label", 0, OPTION_LABELS, NULL, "Set metadata for an image", at(labels)},
	{"load", 0, OPTION_BOOL, NULL, NULL, at(load)},
	{"memory", 'm', OPTION_BYTES, NULL, "Memory limit of a step", at(memory)},
	{"memory-swap", 0, OPTION_SWAP, NULL, "Swap limit equal to memory plus swap",
		at(memory_swap)},
	{"metadata-file", 0, OPTION_STRING, NULL, "Write build result metadata to a file",
		at(metadata_file)},
	{"network", 0, OPTION_STRING, NULL, "Networking mode of RUN: default, none, host",
		at(network)},
	{"no-cache", 0, OPTION_BOOL, NULL, "Do every step anew", at(no_cache)},
	{"no-cache-filter", 0, OPTION_LIST, NULL, "Do the steps of these stages anew",
		at(no_cache_stages)},
	{"on-fail", 0, OPTION_STRING, NULL, "What to do when a step fails: shell", at(on_fail)},
	{"output", 'o', OPTION_LIST, NULL, "Output destination (format: \"type=local,dest=path\")",
		at(outputs)},
	{"platform", 0, OPTION_STRING, NULL, "Build for this platform", at(platform)},
	{"progress", 0, OPTION_STRING, NULL, "How to show it: auto, plain, tty, json, quiet",
		at(progress)},
	{"provenance", 0, OPTION_STRING, NULL, NULL, at(provenance)},
	{"pull", 0, OPTION_BOOL, NULL, "Pull the images it stands on, even when they are here",
		at(pull)},
	{"push", 0, OPTION_BOOL, NULL, "Push the image afterwards", at(push)},
	{"quiet", 'q', OPTION_BOOL, NULL, "Print the image ID alone", at(quiet)},
	{"redo", 0, OPTION_INT, "line",
		"Do the step at this line of the Dockerfile anew, and what follows from it",
		at(redo)},
	{"rm", 0, OPTION_BOOL, NULL, NULL, at(rm)},
	{"sbom", 0, OPTION_STRING, NULL, NULL, at(sbom)},
	{"secret", 0, OPTION_LIST, NULL,
		"Secret for a step (format: \"id=mysecret,src=/local/secret\")", at(secrets)},
	{"shm-size", 0, OPTION_BYTES, NULL, "Size of /dev/shm of a step", at(shm_size)},
	{"squash", 0, OPTION_BOOL, NULL,
		"Merge the layers that are new into one, above the image it stands on", at(squash)},
	{"ssh", 0, OPTION_LIST, NULL, "SSH agent for a step (format: \"default|id=socket\")",
		at(ssh)},
	{"stop-before", 0, OPTION_INT, "line",
		"Make an image of what is there before the step at this line, and stop",
		at(stop_before)},
	{"tag", 't', OPTION_LIST, NULL, "Name of the image (format: \"name:tag\")", at(tags)},
	{"target", 0, OPTION_STRING, NULL, "The stage to build", at(target)},
	{"ulimit", 0, OPTION_LIST, "ulimit", "Ulimit options of a step", at(ulimits)},
	later("annotation"),
	later("attest"),
	later("builder"),
	later("cgroup-parent"),
	later("cpu-period"),
	later("cpu-quota"),
	later("cpuset-cpus"),
	later("cpuset-mems"),
	later("isolation"),
	{NULL, 0, 0, NULL, NULL, 0},
};
static const struct option *const tables[] = {options, NULL};

static atomic_bool canceled;

/* Once: everything is taken down in order. A second time: at once. */
static void on_signal(int signal)
{
	(void)signal;
	atomic_store(&canceled, true);
}

static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < array_len(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static enum build_question question_of(const struct values *values)
{
	if (values->check || (values->call && strcmp(values->call, "check") == 0))
		return BUILD_CHECK;
	if (values->call && strcmp(values->call, "outline") == 0)
		return BUILD_OUTLINE;
	if (values->call && strcmp(values->call, "targets") == 0)
		return BUILD_TARGETS;
	return values->dry_run ? BUILD_DRY_RUN : BUILD_IT;
}

static void fill(struct build_request *request, const struct values *values, const char *context)
{
	request->context = context;
	request->file = values->file && *values->file ? values->file : NULL;
	request->target = values->target;
	request->platform = values->platform;
	request->network = values->network;
	request->iid_file = values->iid_file;
	request->metadata_file = values->metadata_file;
	request->no_cache = values->no_cache;
	request->pull = values->pull;
	request->redo_line = (int)values->redo;
	request->stop_before_line = (int)values->stop_before;
	request->squash = values->squash;
	request->question = question_of(values);
	request->keep_failed = values->on_fail != NULL;
	request->memory = values->memory;
	request->memory_swap = values->memory_swap;
	request->cpu_shares = values->cpu_shares;
	request->shm_size = (uint64_t)values->shm_size;
	strs_copy(&request->tags, &values->tags);
	strs_copy(&request->build_args, &values->build_args);
	strs_copy(&request->labels, &values->labels);
	strs_copy(&request->contexts, &values->contexts);
	strs_copy(&request->secrets, &values->secrets);
	strs_copy(&request->ssh, &values->ssh);
	for (size_t i = 0; i < values->add_hosts.len; i++)
		names_host(values->add_hosts.v[i], &request->add_hosts, NULL);
	strs_copy(&request->no_cache_stages, &values->no_cache_stages);
	strs_copy(&request->allow, &values->allow);
	strs_copy(&request->ulimits, &values->ulimits);
	strs_copy(&request->cache_from, &values->cache_from);
	strs_copy(&request->cache_to, &values->cache_to);
	strs_copy(&request->outputs, &values->outputs);
	if (values->push && !request->outputs.len)
		strs_add(&request->outputs, "type=registry");
}

static int check_lists(const struct values *values, struct err *err)
{
	static const char *const entitlements[] = {"network.host", "security.insecure", "git.file"};
	auto_strs hosts = STRS_INIT;
	int failed = 0;

	for (size_t i = 0; i < values->add_hosts.len && !failed; i++)
		failed = names_host(values->add_hosts.v[i], &hosts, err);
	for (size_t i = 0; i < values->allow.len && !failed; i++) {
		bool known = false;

		for (size_t k = 0; k < array_len(entitlements); k++)
			known |= str_eq(values->allow.v[i], entitlements[k]);
		if (!known)
			failed = err_set(err, EINVAL,
				"invalid --allow %.50s: it is network.host, security.insecure or "
				"git.file",
				values->allow.v[i]);
	}
	return failed;
}

static int check_values(const struct values *values, struct err *err)
{
	static const char *const modes[] = {"default", "none", "host", "bridge"};
	bool known = !values->network;

	if (values->on_fail && strcmp(values->on_fail, "shell") != 0)
		return err_set(
			err, EINVAL, "invalid --on-fail %.50s: it can be shell", values->on_fail);
	for (size_t i = 0; !known && i < array_len(modes); i++)
		known = strcmp(values->network, modes[i]) == 0;
	if (values->call && strcmp(values->call, "build") != 0 && question_of(values) == BUILD_IT)
		return err_set(err, EINVAL,
			"invalid --call %.50s: it is build, check, outline or targets",
			values->call);
	if (!known)
		return err_set(err, EINVAL,
			"network mode \"%.50s\" not supported by a build: it is default, none or host",
			values->network);
	if (values->redo < 0 || values->redo > INT_MAX || values->stop_before < 0 ||
		values->stop_before > INT_MAX)
		return err_set(err, EINVAL, "--redo and --stop-before take a line's number");
	if (values->provenance && strcmp(values->provenance, "false") != 0)
		return err_set(err, ENOTSUP,
			"--provenance: attestations are not made; --provenance=false is fine");
	if (values->sbom && strcmp(values->sbom, "false") != 0)
		return err_set(
			err, ENOTSUP, "--sbom: attestations are not made; --sbom=false is fine");
	return check_lists(values, err);
}

static void print_result(
	struct cli *cli, const struct values *values, const struct build_result *result)
{
	auto_buf said = BUF_INIT;

	if (result->text.len)
		buf_add(&cli->out.text, buf_text(&result->text), result->text.len);
	if (!*result->image)
		return;
	if (values->quiet) {
		buf_addf(&cli->out.text, "%s\n", result->image);
		return;
	}
	buf_addf(&said, "Successfully built %.12s\n", strchr(result->image, ':') + 1);
	for (size_t i = 0; !values->stop_before && i < values->tags.len; i++)
		buf_addf(&said, "Successfully tagged %s\n", values->tags.v[i]);
	output_write(STDERR_FILENO, buf_text(&said), said.len);
}

static int tell_failure(
	struct cli *cli, const struct values *values, struct build_result *result, struct err *err)
{
	if (result->text.len)
		buf_add(&cli->out.text, buf_text(&result->text), result->text.len);
	if (!cli->job) /* which has told it already */
		output_write(STDERR_FILENO, buf_text(&result->excerpt), result->excerpt.len);
	if (err->code == -ECANCELED)
		return cli_fail(err, 128 + SIGINT);
	cli_tell(err);
	if (values->on_fail && *result->before_failure)
		build_shell(cli, result);
	return 1;
}

/* Who hears of it: the user, and who looks at this build from elsewhere (core/engine_jobs.h). */
struct audience {
	struct build_view *view;
	struct job_own *job;
	struct build_json *record; /* NULL: nobody else hears of it */
	int facts;                 /* -1: nobody wants them */
};

static void put_fact(const struct audience *audience, const struct build_event *event)
{
	auto_buf line = BUF_INIT;

	if (audience->facts < 0)
		return;
	buf_add(&line, event->text, event->text_len);
	buf_addc(&line, '\n');
	output_write(audience->facts, buf_text(&line), line.len);
}

static void on_event(void *arg, const struct build_event *event)
{
	struct audience *audience = arg;

	if (event->kind == BUILD_EVENT_FACT) {
		put_fact(audience, event);
		return;
	}
	build_view_event(audience->view, event);
	if (audience->record)
		build_json_event(audience->record, event);
}

/* A build that cannot be recorded is a build all the same. */
static void open_record(struct cli *cli, const struct values *values, struct audience *audience)
{
	struct err ignored;

	if (cli->job || question_of(values) != BUILD_IT || values->stop_before ||
		engine_job_be(cli->engine, (const char *const *)cli->words.v, &audience->job,
			&ignored) < 0)
		return;
	audience->record = build_json_new(job_own_events(audience->job), true);
	audience->facts = job_own_facts(audience->job);
}

static void end_audience(
	struct audience *audience, const struct build_result *result, const struct err *err)
{
	build_view_end(audience->view, result, err);
	build_view_free(audience->view);
	if (audience->record)
		build_json_end(audience->record, result, err);
	build_json_free(audience->record);
	job_own_end(audience->job, !err ? 0 : err->code == -ECANCELED ? 128 + SIGINT : 1);
}

static int run(struct cli *cli, const struct values *values, const char *context,
	struct audience *audience)
{
	struct build_request request;
	struct build_result result = {0};
	struct err err;
	int failed;

	build_request_init(&request);
	fill(&request, values, context);
	audience->facts = cli->job ? job_own_facts(cli->job) : -1;
	open_record(cli, values, audience);
	catch_signals();
	failed = build_here(cli->engine, &request, on_event, audience, &canceled, &result, &err);
	end_audience(audience, &result, failed ? &err : NULL);
	build_request_fini(&request);
	if (failed) {
		failed = tell_failure(cli, values, &result, &err);
	} else {
		print_result(cli, values, &result);
		/* A warning is reason enough for --check to fail, as docker's does. */
		failed = question_of(values) == BUILD_CHECK ? result.exit_code : 0;
	}
	build_result_fini(&result);
	return failed;
}

static int build(struct cli *cli, void *data, const struct operands *operands)
{
	const struct values *values = data;
	struct audience audience = {.facts = -1};
	enum build_view_kind kind;
	struct err err;

	if (check_values(values, &err) < 0 || build_view_kind(values->progress, &kind, &err) < 0)
		return cli_fail(&err, EXIT_TROUBLE);
	if (values->quiet || question_of(values) != BUILD_IT)
		kind = BUILD_VIEW_QUIET;
	audience.view = build_view_new(cli->job ? BUILD_VIEW_JSON : kind, cli->job != NULL);
	if (!audience.view || !cli_open(cli)) {
		build_view_free(audience.view);
		return 1;
	}
	return run(cli, values, operands->v[0], &audience);
}

const struct command command_build = {
	.names = {"build", "image build", "builder build", "buildx build"},
	.usage = "[OPTIONS] PATH | URL | -",
	.summary = "Build an image from a Dockerfile",
	.syntax = {.tables = tables, .hands_on_after = -1},
	.least = 1,
	.most = 1,
	.values_size = sizeof(struct values),
	.defaults = &defaults,
	.run = build,
};
