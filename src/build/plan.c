/* The order in which a plan comes about: stages, then configs as they are given, then every step.
 */
#include "build/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/expand.h"
#include "build/planner.h"
#include "core/reference.h"

/* ---- what the planner's files share ---- */

int out_of_memory(struct planner *p)
{
	return err_set(p->err, ENOMEM, "out of memory");
}

int refuse_at(struct planner *p, const struct place *place, const char *fmt, ...)
{
	char text[sizeof(p->err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*p->place = *place;
	return err_set(p->err, EINVAL, "%s", text);
}

int check_size(struct planner *p, const struct place *place)
{
	if (p->arena.total <= PLAN_MAX && p->copied <= CONFIGS_MAX)
		return 0;
	*p->place = *place;
	return err_set(p->err, EFBIG, "up to here the Dockerfile expands to more than %d MiB",
		PLAN_MAX >> 20);
}

int check_pairs(struct planner *p, const struct place *place, const struct strs *list)
{
	if (list->len <= PAIRS_MAX)
		return 0;
	return refuse_at(p, place,
		"there are more than %d variables, labels or volumes of an image", PAIRS_MAX);
}

const char *keep_text(struct planner *p, const struct buf *text)
{
	if (buf_failed(text)) {
		p->arena.failed = true;
		return NULL;
	}
	return arena_copy(&p->arena, buf_text(text), text->len);
}

static bool grow_steps(struct planner *p)
{
	size_t room = p->steps_room ? p->steps_room * 2 : 32;
	struct build_step *steps = arena_get(&p->arena, room * sizeof(*steps));
	struct build_config **configs = arena_get(&p->arena, room * sizeof(*configs));
	bool *given = arena_get(&p->arena, room * sizeof(*given));

	if (!steps || !configs || !given)
		return false;
	if (p->plan.steps_len) {
		memcpy(steps, p->steps, p->plan.steps_len * sizeof(*steps));
		memcpy(configs, p->configs, p->plan.steps_len * sizeof(struct build_config *));
		memcpy(given, p->given, p->plan.steps_len * sizeof(*given));
	}
	p->steps = steps;
	p->plan.steps = steps;
	p->configs = configs;
	p->given = given;
	p->steps_room = room;
	return true;
}

int add_step(struct planner *p, enum build_step_kind kind, int stage, const struct place *place)
{
	if (check_size(p, place) < 0)
		return BUILD_NONE;
	if (p->plan.steps_len == STEPS_MAX) {
		refuse_at(p, place, "there are more than %d steps", STEPS_MAX);
		return BUILD_NONE;
	}
	if (p->plan.steps_len == p->steps_room && !grow_steps(p)) {
		out_of_memory(p);
		return BUILD_NONE;
	}
	p->steps[p->plan.steps_len] = (struct build_step){
		.kind = kind, .stage = stage, .place = *place, .base = BUILD_NONE, .name = ""};
	return (int)p->plan.steps_len++;
}

void set_inputs(struct planner *p, int step, const int *inputs, size_t len)
{
	int *kept = arena_get(&p->arena, (len + 1) * sizeof(*kept));
	size_t count = 0;

	if (!kept)
		return;
	for (size_t i = 0; i < len; i++) {
		bool known = inputs[i] == BUILD_NONE;

		for (size_t j = 0; j < count; j++)
			known |= kept[j] == inputs[i];
		if (!known)
			kept[count++] = inputs[i];
	}
	p->steps[step].inputs = kept;
	p->steps[step].inputs_len = count;
}

/* ---- titles ---- */

static int digits(int number)
{
	int count = 1;

	for (; number > 9; number /= 10)
		count++;
	return count;
}

const char *step_title(struct planner *p, struct stage *stage, const char *text)
{
	bool alone = p->len + (size_t)p->sources == 1;
	auto_buf title = BUF_INIT;

	buf_addc(&title, '[');
	if (!alone || *stage->from->stage)
		buf_addf(&title, "%s ", stage->pub->title);
	buf_addf(&title, "%*d/%d] %s", digits(stage->total), ++stage->at, stage->total, text);
	return keep_text(p, &title);
}

static const char *look_up(void *context, const char *name)
{
	const struct stage *stage = context;

	return strs_env(&stage->env, name);
}

const char *line_title(struct planner *p, struct stage *stage, const struct command *command)
{
	const struct expander x = {
		.escape = p->ast->escape,
		.raw_quotes = true,
		.raw_escapes = true,
		.keep_unset = true,
		.lookup = look_up,
		.context = stage,
	};
	const char *line = command->in->line;
	auto_buf text = BUF_INIT, title = BUF_INIT;
	struct err ignored;
	size_t len;

	if (expand_word(&x, piece_of(line), &text, &ignored) < 0) {
		buf_clear(&text);
		buf_adds(&text, line);
	}
	len = strcspn(buf_text(&text), " \t");
	for (size_t i = 0; i < len; i++)
		buf_addc(&title, (char)toupper((unsigned char)text.data[i]));
	buf_adds(&title, buf_text(&text) + len);
	line = keep_text(p, &title);
	return line ? step_title(p, stage, line) : NULL;
}

/* ---- a stage ---- */

static void count_steps(struct stage *stage)
{
	stage->total = stage->base_kind == BASE_IMAGE || stage->base_kind == BASE_CONTEXT;
	for (size_t i = 0; i < stage->len; i++) {
		enum keyword keyword = stage->commands[i].keyword;

		stage->total += keyword == KEYWORD_RUN || keyword == KEYWORD_COPY ||
				keyword == KEYWORD_ADD || keyword == KEYWORD_WORKDIR;
	}
}

/* "FROM docker.io/library/debian:12@sha256:…" */
static const char *image_title(struct planner *p, const struct build_image *image)
{
	auto_buf text = BUF_INIT;
	struct reference ref;
	struct err ignored;

	buf_adds(&text, "FROM ");
	if (reference_parse(image->reference, &ref, &ignored) < 0) {
		buf_adds(&text, image->reference);
	} else {
		reference_default_tag(&ref);
		reference_text(&ref, &text);
		if (*image->digest && !*ref.digest)
			buf_addf(&text, "@%s", image->digest);
	}
	return keep_text(p, &text);
}

/* An image that several stages stand on is told with the first of them. */
static void title_base(struct planner *p, struct stage *stage)
{
	struct build_step *step = &p->steps[stage->base_step];
	const char *title = step_title(p, stage, step->name);

	if (step->stage != BUILD_NONE || step->kind != BUILD_IMAGE)
		return;
	step->stage = stage->index;
	step->name = title;
}

static size_t config_size(const struct build_config *config)
{
	size_t size = sizeof(*config);

	for (size_t i = 0; i < config->env.len; i++)
		size += strlen(config->env.v[i]);
	for (size_t i = 0; i < config->labels.len; i++)
		size += strlen(config->labels.v[i]);
	for (size_t i = 0; i < config->history_len; i++)
		size += sizeof(config->history[i]) +
			(config->history[i].created_by ? strlen(config->history[i].created_by) : 0);
	return size;
}

/* A stage on a stage has its arguments, too; ENV of either comes before ARG of the base. */
static void inherit(struct planner *p, struct stage *stage)
{
	const struct strs *env = &stage->pub->config->env;
	const struct stage *base;

	if (stage->base_kind == BASE_STAGE) {
		base = &p->stages[stage->pub->from_stage];
		strs_copy(&stage->env, &base->env);
		stage->workdir_set = base->workdir_set;
		for (size_t i = 0; i < base->args_len; i++)
			args_remember(p, stage, &base->args[i]);
	}
	for (size_t i = 0; i < env->len; i++)
		strs_set_env(&stage->env, env->v[i]);
}

static int begin_config(struct planner *p, struct stage *stage)
{
	const struct words none = {0};
	const struct build_config *from = NULL;

	if (stage->base_kind == BASE_STAGE)
		from = p->pub[stage->pub->from_stage].config;
	else if (stage->base_step != BUILD_NONE)
		from = p->configs[stage->base_step];
	stage->unknown = stage->base_kind == BASE_STAGE ? p->stages[stage->pub->from_stage].unknown
							: stage->base_step != BUILD_NONE && !from;
	stage->pub->config =
		from ? build_config_copy(from) : build_config_scratch(stage->pub->platform);
	if (!stage->pub->config)
		return out_of_memory(p);
	p->copied += config_size(stage->pub->config);
	if (check_size(p, &stage->pub->place) < 0)
		return p->err->code;
	build_config_list(&stage->pub->config->on_build, &none);
	inherit(p, stage);
	return strs_failed(&stage->env) ? out_of_memory(p) : 0;
}

static void begin_tree(struct planner *p, struct stage *stage)
{
	if (stage->base_kind == BASE_STAGE) {
		stage->tip = p->pub[stage->pub->from_stage].result;
	} else {
		stage->tip = stage->base_step;
		if (stage->base_step != BUILD_NONE)
			title_base(p, stage);
	}
}

static bool is_no_cache(const struct planner *p, const struct stage *stage)
{
	if (p->options->no_cache)
		return true;
	for (size_t i = 0; i < p->options->no_cache_stages.len; i++)
		if (strcasecmp(p->options->no_cache_stages.v[i], stage->pub->name) == 0)
			return true;
	return false;
}

static bool is_redone(const struct planner *p, const struct build_step *step)
{
	return p->options->redo_line && step->place.first == p->options->redo_line;
}

static int plan_command(struct planner *p, struct stage *stage, const struct command *command)
{
	switch (command->keyword) {
	case KEYWORD_RUN:
		return plan_run(p, stage, command);
	case KEYWORD_COPY:
	case KEYWORD_ADD:
		return plan_copy(p, stage, command);
	default:
		return plan_config_command(p, stage, command);
	}
}

/* Which base's platform is not the one that is built for. */
static void check_base_platform(struct planner *p, struct stage *stage)
{
	const struct build_config *config = stage->pub->config;
	const char *wanted = stage->pub->platform;
	auto_buf got = BUF_INIT;

	if (stage->base_kind != BASE_IMAGE || !p->configs[stage->base_step] || !config->os ||
		!config->architecture)
		return;
	buf_addf(&got, "%s/%s", config->os, config->architecture);
	if (strncmp(wanted, buf_text(&got), got.len) != 0 ||
		(wanted[got.len] && wanted[got.len] != '/'))
		lint_warn(&p->lint, LINT_INVALID_BASE_IMAGE_PLATFORM, &stage->pub->place,
			"Base image %s was pulled with platform \"%s\", expected \"%s\" for current build",
			stage->pub->base, buf_text(&got), wanted);
}

static int plan_stage(struct planner *p, struct stage *stage)
{
	size_t first = p->plan.steps_len;

	count_steps(stage);
	if (begin_config(p, stage) < 0)
		return p->err->code;
	check_base_platform(p, stage);
	begin_tree(p, stage);
	for (size_t i = 0; i < stage->len; i++)
		if (plan_command(p, stage, &stage->commands[i]) < 0)
			return p->err->code;
	for (size_t i = first; i < p->plan.steps_len; i++)
		p->steps[i].no_cache = is_no_cache(p, stage) || is_redone(p, &p->steps[i]);
	stage->pub->result = stage->tip;
	if (build_config_failed(stage->pub->config) || p->arena.failed)
		return out_of_memory(p);
	return 0;
}

static void add_labels(struct planner *p)
{
	const struct strs *labels = &p->options->labels;

	for (size_t i = 0; i < labels->len; i++) {
		size_t len = strcspn(labels->v[i], "=");
		const char *name = arena_copy(&p->arena, labels->v[i], len);
		const char *value = labels->v[i][len] ? labels->v[i] + len + 1 : "";

		if (name)
			build_config_label(p->pub[p->plan.target].config, name, value);
	}
}

/* ---- until it is whole ---- */

static bool is_waiting(const struct planner *p, size_t step)
{
	if (p->given[step])
		return false;
	if (p->steps[step].kind == BUILD_IMAGE)
		return true;
	/* A named context may be an image, when a stage stands on it. */
	for (size_t i = 0; p->steps[step].kind == BUILD_CONTEXT && i < p->len; i++)
		if (p->pub[i].needed && p->stages[i].base_step == (int)step &&
			p->stages[i].base_kind == BASE_CONTEXT)
			return true;
	return false;
}

int build_plan_next(const struct build_plan *plan, int after)
{
	const struct planner *p = (const struct planner *)plan;

	for (size_t i = after == BUILD_NONE ? 0 : (size_t)after + 1; i < plan->steps_len; i++)
		if (is_waiting(p, i))
			return (int)i;
	return BUILD_NONE;
}

/* A base that is known brings its triggers; those may need more. True: something was new. */
static int add_triggers(struct planner *p, bool *added)
{
	*added = false;
	for (size_t i = 0; i < p->len; i++) {
		struct stage *stage = &p->stages[i];

		if (!stage->pub->needed || stage->triggered ||
			(stage->base_step != BUILD_NONE && is_waiting(p, (size_t)stage->base_step)))
			continue;
		if (stages_trigger(p, stage) < 0)
			return p->err->code;
		*added = true;
	}
	return 0;
}

static int finish(struct planner *p)
{
	for (size_t i = 0; i < p->plan.steps_len; i++) {
		if (p->steps[i].kind == BUILD_IMAGE)
			p->steps[i].name = image_title(p, &p->steps[i].image);
		set_key(p, (int)i);
	}
	for (size_t i = 0; i < p->len; i++)
		if (p->pub[i].needed && plan_stage(p, &p->stages[i]) < 0)
			return p->err->code;
	add_labels(p);
	args_report(p);
	lint_sort(&p->lint);
	p->plan.whole = true;
	return p->arena.failed ? out_of_memory(p) : 0;
}

/* Goes as far as what is known allows. */
static int go_on(struct planner *p)
{
	bool added;

	do {
		if (stages_need(p) < 0 || add_triggers(p, &added) < 0)
			return p->err->code;
	} while (added);
	return build_plan_next(&p->plan, BUILD_NONE) == BUILD_NONE ? finish(p) : 0;
}

int build_plan_give(struct build_plan *plan, int step, const char *digest, const char *config,
	size_t config_len, struct place *place, struct err *err)
{
	struct planner *p = (struct planner *)plan;

	p->place = place;
	p->err = err;
	*place = p->steps[step].place;
	if (p->steps[step].kind == BUILD_IMAGE)
		snprintf(p->steps[step].image.digest, sizeof(p->steps[step].image.digest), "%s",
			digest ? digest : "");
	if (config && build_config_read(config, config_len, &p->configs[step], err) < 0)
		return err_in(err, "%.100s",
			p->steps[step].kind == BUILD_IMAGE ? p->steps[step].image.reference
							   : p->steps[step].context);
	p->given[step] = true;
	return go_on(p);
}

static const char *given_arg(const struct planner *p, const char *name)
{
	return strs_env(&p->options->build_args, name);
}

/* `# syntax=` names a front end, which is an image that would read this file. */
static int check_syntax(struct planner *p)
{
	const char *asked = given_arg(p, "BUILDKIT_SYNTAX");
	const char *syntax = asked ? asked : p->plan.syntax;

	if (!syntax || syntax_is_ours(syntax))
		return 0;
	return refuse_at(p, &(struct place){.first = asked ? 0 : 1},
		"syntax %.100s is another front end, and only docker/dockerfile is built in; without that "
		"line, or with --build-arg BUILDKIT_SYNTAX=dockerfile.v0, the file is read as a Dockerfile",
		syntax);
}

/* What is given with the build replaces what the file says. */
static int read_checks(struct planner *p)
{
	const char *given = given_arg(p, "BUILDKIT_DOCKERFILE_CHECK");

	if (given)
		return lint_options(&p->lint, given, p->err);
	if (!p->ast->check || lint_options(&p->lint, p->ast->check, p->err) == 0)
		return 0;
	p->place->first = p->ast->check_line;
	return p->err->code;
}

static int begin(struct planner *p)
{
	const struct build_plan_options *options = p->options;

	*p->place = (struct place){0};
	if (ast_parse(&options->source, &p->ast, p->place, p->err) < 0)
		return p->err->code;
	lint_init(&p->lint, &p->arena);
	p->plan.lint = &p->lint;
	p->plan.syntax = p->ast->syntax;
	if (check_syntax(p) < 0)
		return p->err->code;
	if (read_checks(p) < 0)
		return p->err->code;
	if (options->checks && lint_options(&p->lint, options->checks, p->err) < 0)
		return p->err->code;
	p->arg_used = arena_get(&p->arena, options->build_args.len + 1);
	if (!p->arg_used)
		return out_of_memory(p);
	lint_file(p);
	if (stages_read(p) < 0)
		return p->err->code;
	lint_stages(p);
	return go_on(p);
}

int build_plan_new(const struct build_plan_options *options, struct build_plan **out,
	struct place *place, struct err *err)
{
	struct planner *p = calloc(1, sizeof(*p));
	int failed;

	if (!p)
		return err_set(err, ENOMEM, "out of memory");
	p->options = options;
	p->place = place;
	p->err = err;
	failed = begin(p);
	if (failed < 0) {
		build_plan_free(&p->plan);
		return failed;
	}
	*out = &p->plan;
	return 0;
}

void build_plan_free(struct build_plan *plan)
{
	struct planner *p = (struct planner *)plan;

	if (!p)
		return;
	for (size_t i = 0; i < p->plan.steps_len; i++)
		build_config_free(p->configs[i]);
	for (size_t i = 0; p->stages && i < p->len; i++) {
		build_config_free(p->pub[i].config);
		strs_fini(&p->stages[i].env);
	}
	strs_fini(&p->globals);
	strs_fini(&p->defaults);
	lint_fini(&p->lint);
	ast_free(p->ast);
	arena_fini(&p->arena);
	free(p);
}
