/* RUN: the command, its environment, and what is mounted for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "build/paths.h"
#include "build/planner.h"
#include "build/quote.h"

#define PIPES "/dev/pipes/"

/* ---- heredocs ---- */

static bool is_lone_heredoc(struct planner *p, const char *word)
{
	struct heredoc heredoc;
	struct err ignored;

	return heredoc_word(word, strlen(word), &p->arena, &heredoc, &ignored) == 0;
}

static const struct build_file_text *script_of(
	struct planner *p, const struct heredoc *heredoc, const char *body, size_t len)
{
	struct build_file_text *script = arena_get(&p->arena, sizeof(*script));

	if (script)
		*script = (struct build_file_text){heredoc->name, body, len};
	return script;
}

/* A heredoc that is all there is becomes the command, or a file to run when it names its
 * interpreter. One among other words goes to the shell as it stands in the file. */
static int heredoc_words(struct planner *p, const struct command *command, struct words *words,
	const struct build_file_text **script)
{
	const struct instruction *in = command->in;
	auto_buf text = BUF_INIT;
	size_t len;

	if (words->len != 1 || !command->shell_form)
		return 0;
	if (!is_lone_heredoc(p, words->v[0])) {
		buf_adds(&text, words->v[0]);
		for (size_t i = 0; i < in->heredocs_len; i++) {
			buf_addc(&text, '\n');
			buf_add(&text, in->heredocs[i].text, in->heredocs[i].len);
			buf_adds(&text, in->heredocs[i].name);
		}
	} else {
		const char *body = heredoc_body(&in->heredocs[0], &p->arena, &len);

		if (!body)
			return out_of_memory(p);
		if (str_has_prefix(in->heredocs[0].text, "#!")) {
			*script = script_of(p, &in->heredocs[0], body, len);
			buf_addf(&text, PIPES "%s", in->heredocs[0].name);
		} else {
			buf_add(&text, body, len);
		}
	}
	words->v[0] = keep_text(p, &text);
	return words->v[0] ? 0 : out_of_memory(p);
}

static int command_words(struct planner *p, struct stage *stage, const struct command *command,
	struct build_run *run)
{
	struct words words = {0};
	auto_buf line = BUF_INIT;

	for (size_t i = 0; i < command->words.len; i++)
		words_add(&words, &p->arena, command->words.v[i], strlen(command->words.v[i]));
	if (command->in->heredocs_len && heredoc_words(p, command, &words, &run->script) < 0)
		return p->err->code;
	if (with_shell(p, stage, command, &words, &run->argv) < 0)
		return p->err->code;
	for (size_t i = 0; i < run->argv.len; i++)
		buf_addf(&line, "%s%s", i ? " " : "", run->argv.v[i]);
	run->command = keep_text(p, &line);
	return run->command ? 0 : out_of_memory(p);
}

/* ---- mounts ---- */

struct mounting {
	struct planner *p;
	struct stage *stage;
	const struct command *command;
};

static int expand_mount_word(void *context, const char *word, const char **out, struct err *err)
{
	struct mounting *m = context;

	(void)err;
	return args_expand(m->p, m->stage, m->command, word, out);
}

static int find_from(struct mounting *m, const char *from, int *out)
{
	struct planner *p = m->p;
	const char *context;
	int found;

	if (stages_find_source(p, m->command, from, &found) < 0)
		return p->err->code;
	if (found >= m->stage->index)
		return refuse_at(p, &m->command->in->place,
			"cannot mount from stage \"%.100s\" to \"%.100s\", stage needs to be defined before current command",
			from, m->stage->pub->title);
	if (found != BUILD_NONE) {
		*out = p->pub[found].result;
		return 0;
	}
	*out = BUILD_NONE;
	if (strcmp(from, "scratch") == 0)
		return 0;
	context = stages_context(p, from);
	*out = context ? stages_named_context(p, context, &m->command->in->place)
		       : stages_image(p, from, p->pub[p->plan.target].platform, true,
				 &m->command->in->place);
	return *out == BUILD_NONE ? p->err->code : 0;
}

static const char *clean_below(struct planner *p, const char *dir, const char *path)
{
	auto_buf clean = BUF_INIT;

	path_below(dir, path, &clean);
	return keep_text(p, &clean);
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int settle_secret(struct mounting *m, struct mount_request *request)
{
	struct build_mount *mount = &request->mount;
	auto_buf target = BUF_INIT;

	if (request->source && *request->source)
		mount->id = request->source;
	if (!mount->id || !*mount->id)
		mount->id = last_name(request->target ? request->target : "");
	if (!*mount->id)
		return refuse_at(m->p, &m->command->in->place,
			"invalid secret mount. one of source, target required");
	if (request->target && *request->target)
		mount->target = clean_below(m->p, "/", request->target);
	if (mount->env || mount->target)
		return 0;
	buf_addf(&target, "/run/secrets/%s", last_name(mount->id));
	mount->target = keep_text(m->p, &target);
	return mount->target ? 0 : out_of_memory(m->p);
}

static int settle_ssh(struct mounting *m, struct mount_request *request, size_t index)
{
	struct build_mount *mount = &request->mount;
	auto_buf target = BUF_INIT;

	if (!mount->id || !*mount->id)
		mount->id = "default";
	if (request->target && *request->target)
		buf_adds(&target, request->target);
	else
		buf_addf(&target, "/run/buildkit/ssh_agent.%zu", index);
	mount->target = clean_below(m->p, "/", buf_text(&target));
	return mount->target ? 0 : out_of_memory(m->p);
}

/* A cache is known by its id, in the name space that the build was given. */
static int settle_cache(struct mounting *m, struct build_mount *mount)
{
	const char *space = args_build_arg(m->p, "BUILDKIT_CACHE_MOUNT_NS");
	auto_buf id = BUF_INIT;

	if (space && *space)
		buf_addf(&id, "%s/", space);
	buf_adds(&id, mount->id && *mount->id ? mount->id : mount->target);
	mount->id = keep_text(m->p, &id);
	return mount->id ? 0 : out_of_memory(m->p);
}

static int settle_files(struct mounting *m, struct mount_request *request)
{
	struct build_mount *mount = &request->mount;
	const struct build_config *config = m->stage->pub->config;

	mount->target = clean_below(m->p, config->working_dir ? config->working_dir : "/",
		request->target ? request->target : "");
	mount->source = clean_below(m->p, "/", request->source ? request->source : "");
	if (!mount->target || !mount->source)
		return out_of_memory(m->p);
	if (strcmp(mount->target, "/") == 0)
		return refuse_at(
			m->p, &m->command->in->place, "invalid mount target \"%s\"", mount->target);
	if (mount->kind == BUILD_MOUNT_TMPFS)
		return 0;
	if (request->from && *request->from) {
		if (find_from(m, request->from, &mount->from) < 0)
			return m->p->err->code;
	} else if (mount->kind == BUILD_MOUNT_BIND) {
		mount->from = stages_main_context(m->p);
		if (mount->from == BUILD_NONE)
			return out_of_memory(m->p);
	}
	return mount->kind == BUILD_MOUNT_CACHE ? settle_cache(m, mount) : 0;
}

static int settle_mount(struct mounting *m, struct mount_request *request, size_t ssh)
{
	switch (request->mount.kind) {
	case BUILD_MOUNT_SECRET:
		return settle_secret(m, request);
	case BUILD_MOUNT_SSH:
		return settle_ssh(m, request, ssh);
	case BUILD_MOUNT_BIND:
	case BUILD_MOUNT_CACHE:
	case BUILD_MOUNT_TMPFS:
		return settle_files(m, request);
	}
	return 0;
}

static int plan_mounts(struct planner *p, struct stage *stage, const struct command *command,
	struct build_run *run)
{
	struct mounting m = {p, stage, command};
	const struct mount_words words = {expand_mount_word, &m};
	struct build_mount *mounts =
		arena_get(&p->arena, (command->mounts.len + 1) * sizeof(*mounts));
	size_t ssh = 0;

	if (!mounts)
		return out_of_memory(p);
	for (size_t i = 0; i < command->mounts.len; i++) {
		struct mount_request request;

		*p->place = command->in->place;
		if (mount_read(command->mounts.v[i], &words, &p->arena, &request, p->err) < 0 ||
			settle_mount(&m, &request, ssh) < 0)
			return p->err->code;
		ssh += request.mount.kind == BUILD_MOUNT_SSH;
		mounts[i] = request.mount;
	}
	run->mounts = mounts;
	run->mounts_len = command->mounts.len;
	return 0;
}

/* ---- the step ---- */

static enum build_network network_of(struct planner *p, const struct command *command)
{
	if (!command->network || strcmp(command->network, "default") == 0)
		return command->network ? BUILD_NETWORK_DEFAULT : p->options->network;
	return strcmp(command->network, "none") == 0 ? BUILD_NETWORK_NONE : BUILD_NETWORK_HOST;
}

static const char *keep(struct planner *p, const char *text, const char *otherwise)
{
	const char *kept = text && *text ? text : otherwise;

	return arena_copy(&p->arena, kept, strlen(kept));
}

static int fill_run(struct planner *p, struct stage *stage, const struct command *command,
	struct build_run *run)
{
	const struct build_config *config = stage->pub->config;

	*run = (struct build_run){
		.cwd = keep(p, config->working_dir, "/"),
		.user = keep(p, config->user, ""),
		.network = network_of(p, command),
		.insecure = command->security && strcmp(command->security, "insecure") == 0,
		.devices = command->devices,
	};
	for (size_t i = 0; i < stage->env.len; i++)
		words_add(&run->env, &p->arena, stage->env.v[i], strlen(stage->env.v[i]));
	args_proxies(p, stage, &run->proxies);
	if (command_words(p, stage, command, run) < 0)
		return p->err->code;
	return plan_mounts(p, stage, command, run);
}

/* "RUN |1 A=b /bin/sh -c make # buildkit" */
static int commit_run(struct planner *p, struct stage *stage, const struct build_run *run, int step)
{
	auto_buf line = BUF_INIT;

	buf_adds(&line, "RUN ");
	if (stage->args_len)
		buf_addf(&line, "|%zu ", stage->args_len);
	for (size_t i = 0; i < stage->args_len; i++) {
		const char *now = strs_env(&stage->env, stage->args[i].name);
		const char *value = now ? now : stage->args[i].value;

		buf_addf(&line, "%s=%s ", stage->args[i].name, value ? value : "");
	}
	buf_addf(&line, "%s # buildkit", run->command);
	build_config_commit(stage->pub->config, buf_text(&line), step);
	return buf_failed(&line) ? out_of_memory(p) : 0;
}

int plan_run(struct planner *p, struct stage *stage, const struct command *command)
{
	struct build_run run;
	int *inputs, step;

	if (fill_run(p, stage, command, &run) < 0)
		return p->err->code;
	inputs = arena_get(&p->arena, (run.mounts_len + 1) * sizeof(*inputs));
	step = add_step(p, BUILD_RUN, stage->index, &command->in->place);
	if (!inputs || step == BUILD_NONE)
		return p->arena.failed ? out_of_memory(p) : p->err->code;
	inputs[0] = stage->tip;
	for (size_t i = 0; i < run.mounts_len; i++)
		inputs[i + 1] = run.mounts[i].from;
	p->steps[step].run = run;
	p->steps[step].base = stage->tip;
	p->steps[step].name = line_title(p, stage, command);
	set_inputs(p, step, inputs, run.mounts_len + 1);
	set_key(p, step);
	stage->tip = step;
	return commit_run(p, stage, &run, step);
}
