/* Which stages there are, what they stand on and take from, and which of them are needed. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build/planner.h"
#include "build/quote.h"
#include "core/image/platform.h"
#include "core/reference.h"

/* ---- names ---- */

int stages_find(const struct planner *p, const char *name)
{
	for (size_t i = p->len; i-- > 0;)
		if (*p->stages[i].from->stage && strcasecmp(p->stages[i].from->stage, name) == 0)
			return (int)i;
	return BUILD_NONE;
}

/* "alpine" and "docker.io/library/alpine:latest" are the same context. */
static void familiar(const char *name, struct buf *out)
{
	struct reference ref;
	struct err ignored;

	if (reference_parse(name, &ref, &ignored) < 0) {
		buf_adds(out, name);
		return;
	}
	if (strcmp(ref.tag, "latest") == 0)
		ref.tag[0] = '\0';
	reference_familiar(&ref, out);
}

const char *stages_context(const struct planner *p, const char *name)
{
	auto_buf wanted = BUF_INIT;

	if (!p->options->contexts.len)
		return NULL;
	familiar(name, &wanted);
	for (size_t i = 0; i < p->options->contexts.len; i++) {
		auto_buf given = BUF_INIT;

		familiar(p->options->contexts.v[i], &given);
		if (strcasecmp(buf_text(&given), buf_text(&wanted)) == 0)
			return p->options->contexts.v[i];
	}
	return NULL;
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

int stages_find_source(struct planner *p, const struct command *command, const char *from, int *out)
{
	*out = BUILD_NONE;
	if (strchr(from, '$'))
		return refuse_at(p, &command->in->place,
			"'from' doesn't support variable expansion, define alias stage instead");
	if (!is_number(from)) {
		*out = stages_find(p, from);
		return 0;
	}
	if (command->keyword != KEYWORD_COPY)
		return 0;
	if (strlen(from) > 6 || (size_t)atoi(from) >= p->len)
		return refuse_at(p, &command->in->place, "invalid stage index %.20s", from);
	*out = atoi(from);
	return 0;
}

/* ---- reading ---- */

static int read_platform(struct planner *p, struct stage *stage)
{
	const struct command *from = stage->from;
	const char *target =
		p->options->platform ? p->options->platform : p->options->host_platform;
	struct platform platform;
	char text[96];

	stage->pub->platform = target;
	if (!from->platform)
		return 0;
	if (args_from(p, from, from->platform, &stage->pub->platform) < 0)
		return p->err->code;
	if (!*stage->pub->platform)
		return refuse_at(p, &from->in->place,
			"empty platform value from expression %.100s%s", from->platform,
			args_meant(p, from->platform));
	if (platform_parse(stage->pub->platform, &platform, p->err) < 0) {
		*p->place = from->in->place;
		return err_in(p->err, "failed to parse platform %.100s", stage->pub->platform);
	}
	platform_text(&platform, text);
	stage->pub->platform = arena_copy(&p->arena, text, strlen(text));
	return stage->pub->platform ? 0 : out_of_memory(p);
}

/* An earlier stage, a context, nothing, or an image. */
static int read_base(struct planner *p, struct stage *stage)
{
	const struct command *from = stage->from;

	if (args_from(p, from, from->base, &stage->pub->base) < 0)
		return p->err->code;
	if (!*stage->pub->base)
		return refuse_at(
			p, &from->in->place, "base name (%.200s) should not be blank", from->base);
	stage->pub->from_stage = BUILD_NONE;
	for (int i = stage->index; i-- > 0;) {
		if (!*p->stages[i].from->stage ||
			strcasecmp(p->stages[i].from->stage, stage->pub->base) != 0)
			continue;
		stage->pub->from_stage = i;
		stage->base_kind = BASE_STAGE;
		return 0;
	}
	stage->base_kind = stages_context(p, stage->pub->base)        ? BASE_CONTEXT
			   : strcmp(stage->pub->base, "scratch") == 0 ? BASE_SCRATCH
								      : BASE_IMAGE;
	return 0;
}

static const char *stage_title(struct planner *p, const struct stage *stage)
{
	auto_buf title = BUF_INIT;

	if (*stage->from->stage)
		return stage->from->stage;
	buf_addf(&title, "stage-%d", stage->index);
	return keep_text(p, &title);
}

/* `# NAME what it is`, right above. */
static const char *description(struct planner *p, const struct stage *stage)
{
	const struct words *comments = &stage->from->in->comments;
	size_t len = strlen(stage->from->stage);

	for (size_t i = 0; len && i < comments->len; i++)
		if (strncmp(comments->v[i], stage->from->stage, len) == 0 &&
			comments->v[i][len] == ' ')
			return arena_copy(&p->arena, comments->v[i] + len + 1,
				strlen(comments->v[i] + len + 1));
	return "";
}

static int read_stage(struct planner *p, struct stage *stage)
{
	const struct command *from = stage->from;

	*stage->pub = (struct build_stage){
		.name = from->stage,
		.title = stage_title(p, stage),
		.description = description(p, stage),
		.place = from->in->place,
		.result = BUILD_NONE,
		.from_stage = BUILD_NONE,
	};
	if (read_base(p, stage) < 0 || read_platform(p, stage) < 0)
		return p->err->code;
	if (*from->stage && stages_context(p, from->stage)) {
		stage->replaced = true;
		stage->base_kind = BASE_CONTEXT;
		stage->pub->from_stage = BUILD_NONE;
		stage->pub->base = from->stage;
		stage->len = 0;
	}
	return 0;
}

static int parse_error(struct planner *p, const struct instruction *in)
{
	*p->place = in->place;
	return err_in(p->err, "dockerfile parse error on line %d", in->place.first);
}

static int read_commands(struct planner *p, struct command *commands)
{
	bool in_stage = false;

	for (size_t i = 0; i < p->ast->len; i++) {
		const struct instruction *in = &p->ast->v[i];

		if (command_read(in, &p->arena, &commands[i], p->err) < 0)
			return parse_error(p, in);
		in_stage |= in->keyword == KEYWORD_FROM;
		if (!in_stage && in->keyword != KEYWORD_ARG)
			return refuse_at(p, &in->place, "no build stage in current context");
		p->len += in->keyword == KEYWORD_FROM;
		if (p->len > STAGES_MAX)
			return refuse_at(
				p, &in->place, "there are more than %d stages", STAGES_MAX);
	}
	return 0;
}

/* Cuts the commands at each FROM. */
static void divide(struct planner *p, struct command *commands)
{
	struct stage *stage = NULL;

	for (size_t i = 0; i < p->ast->len; i++) {
		if (commands[i].keyword == KEYWORD_FROM) {
			int index = stage ? stage->index + 1 : 0;

			stage = &p->stages[index];
			*stage = (struct stage){
				.pub = &p->pub[index],
				.index = index,
				.from = &commands[i],
				.commands = &commands[i + 1],
				.base_step = BUILD_NONE,
				.tip = BUILD_NONE,
			};
		} else if (stage) {
			stage->len++;
		}
	}
}

static int read_target(struct planner *p)
{
	const char *target = p->options->target;
	auto_buf quoted = BUF_INIT;

	p->plan.target = (int)p->len - 1;
	if (!target || !*target)
		return 0;
	p->plan.target = stages_find(p, target);
	if (p->plan.target == BUILD_NONE && is_number(target) && strlen(target) < 6 &&
		(size_t)atoi(target) < p->len)
		p->plan.target = atoi(target);
	if (p->plan.target != BUILD_NONE)
		return 0;
	quote_add(&quoted, piece_of(target));
	*p->place = (struct place){0};
	return err_set(p->err, EINVAL, "target stage %.200s could not be found", buf_text(&quoted));
}

int stages_read(struct planner *p)
{
	struct command *commands = arena_get(&p->arena, p->ast->len * sizeof(*commands));
	size_t globals = 0;

	if (!commands)
		return out_of_memory(p);
	if (read_commands(p, commands) < 0)
		return p->err->code;
	if (!p->len)
		return err_set(p->err, EINVAL, "dockerfile contains no stages to build");
	p->stages = arena_get(&p->arena, p->len * sizeof(*p->stages));
	p->pub = arena_get(&p->arena, p->len * sizeof(*p->pub));
	if (!p->stages || !p->pub)
		return out_of_memory(p);
	divide(p, commands);
	while (commands[globals].keyword != KEYWORD_FROM)
		globals++;
	p->commands = commands;
	p->globals_read = globals;
	if (args_globals(p, commands, globals) < 0)
		return p->err->code;
	for (size_t i = 0; i < p->len; i++)
		if (read_stage(p, &p->stages[i]) < 0)
			return p->err->code;
	p->plan.stages = p->pub;
	p->plan.stages_len = p->len;
	return read_target(p);
}

/* ---- what a stage takes from ---- */

typedef int source_fn(struct planner *p, struct stage *stage, const struct command *command,
	const char *from, int found, void *arg);

static int each_mount_source(struct planner *p, struct stage *stage, const struct command *command,
	source_fn *each, void *arg)
{
	for (size_t i = 0; i < command->mounts.len; i++) {
		const char *from;
		int found;

		if (mount_from(command->mounts.v[i], &p->arena, &from, p->err) < 0)
			return p->err->code;
		if (!from || !*from)
			continue;
		if (stages_find_source(p, command, from, &found) < 0 ||
			each(p, stage, command, from, found, arg) < 0)
			return p->err->code;
	}
	return 0;
}

static int each_source(struct planner *p, struct stage *stage, source_fn *each, void *arg)
{
	for (size_t i = 0; i < stage->len; i++) {
		const struct command *command = &stage->commands[i];
		int found;

		if (command->keyword == KEYWORD_RUN &&
			each_mount_source(p, stage, command, each, arg) < 0)
			return p->err->code;
		if (command->keyword != KEYWORD_COPY || !command->from)
			continue;
		if (stages_find_source(p, command, command->from, &found) < 0 ||
			each(p, stage, command, command->from, found, arg) < 0)
			return p->err->code;
	}
	return 0;
}

/* ---- circles ---- */

enum visit { VISIT_NEW, VISIT_OPEN, VISIT_DONE };

static int visit(struct planner *p, int index, enum visit *visits);

static int visit_source(struct planner *p, struct stage *stage, const struct command *command,
	const char *from, int found, void *arg)
{
	(void)command;
	(void)from;
	(void)stage;
	return found == BUILD_NONE ? 0 : visit(p, found, arg);
}

static int visit(struct planner *p, int index, enum visit *visits)
{
	struct stage *stage = &p->stages[index];

	if (visits[index] == VISIT_OPEN) {
		*p->place = stage->pub->place;
		return err_set(p->err, EINVAL, "circular dependency detected on stage: %.100s",
			stage->pub->title);
	}
	if (visits[index] == VISIT_DONE)
		return 0;
	visits[index] = VISIT_OPEN;
	if (stage->pub->from_stage != BUILD_NONE && visit(p, stage->pub->from_stage, visits) < 0)
		return p->err->code;
	if (each_source(p, stage, visit_source, visits) < 0)
		return p->err->code;
	visits[index] = VISIT_DONE;
	return 0;
}

static int check_circles(struct planner *p)
{
	enum visit *visits = arena_get(&p->arena, p->len * sizeof(*visits));

	if (!visits)
		return out_of_memory(p);
	for (size_t i = 0; i < p->len; i++)
		if (visit(p, (int)i, visits) < 0)
			return p->err->code;
	return 0;
}

/* ---- what is needed ---- */

static int find_step(
	const struct planner *p, enum build_step_kind kind, const char *name, const char *platform)
{
	for (size_t i = 0; i < p->plan.steps_len; i++) {
		const struct build_step *step = &p->steps[i];

		if (step->kind != kind)
			continue;
		if (kind == BUILD_CONTEXT ? strcmp(step->context, name) == 0
					  : strcmp(step->image.reference, name) == 0 &&
						    strcmp(step->image.platform, platform) == 0)
			return (int)i;
	}
	return BUILD_NONE;
}

int stages_image(struct planner *p, const char *reference, const char *platform, bool content_only,
	const struct place *place)
{
	int step = find_step(p, BUILD_IMAGE, reference, platform);
	struct reference ref;

	if (step != BUILD_NONE) {
		p->steps[step].image.content_only &= content_only;
		return step;
	}
	if (reference_parse(reference, &ref, p->err) < 0) {
		*p->place = *place;
		err_in(p->err, "failed to parse stage name \"%.100s\"", reference);
		return BUILD_NONE;
	}
	step = add_step(p, BUILD_IMAGE, BUILD_NONE, place);
	if (step != BUILD_NONE)
		p->steps[step].image = (struct build_image){
			.reference = reference, .platform = platform, .content_only = content_only};
	return step;
}

static int context_step(struct planner *p, const char *name, const struct place *place)
{
	int step = find_step(p, BUILD_CONTEXT, name, "");
	auto_buf title = BUF_INIT;

	if (step != BUILD_NONE)
		return step;
	step = add_step(p, BUILD_CONTEXT, BUILD_NONE, place);
	if (step == BUILD_NONE)
		return step;
	if (*name)
		buf_addf(&title, "[context %s] load", name);
	else
		buf_adds(&title, "[internal] load build context");
	p->steps[step].context = name;
	p->steps[step].name = keep_text(p, &title);
	set_key(p, step);
	return step;
}

int stages_named_context(struct planner *p, const char *name, const struct place *place)
{
	return context_step(p, name, place);
}

int stages_main_context(struct planner *p)
{
	const struct place nowhere = {0};

	return context_step(p, "", &nowhere);
}

static int need(struct planner *p, struct stage *stage);

static int need_source(struct planner *p, struct stage *stage, const struct command *command,
	const char *from, int found, void *arg)
{
	const char *context = found == BUILD_NONE ? stages_context(p, from) : NULL;
	int step;

	(void)arg;
	if (found != BUILD_NONE)
		return need(p, &p->stages[found]);
	if (strcmp(from, "scratch") == 0)
		return 0;
	step = context ? stages_named_context(p, context, &command->in->place)
		       : stages_image(p, from, p->stages[p->plan.target].pub->platform, true,
				 &command->in->place);
	(void)stage;
	return step == BUILD_NONE ? p->err->code : 0;
}

static int need_base(struct planner *p, struct stage *stage)
{
	const struct build_stage *pub = stage->pub;
	const struct place *place = &pub->place;

	switch (stage->base_kind) {
	case BASE_STAGE:
		return need(p, &p->stages[pub->from_stage]);
	case BASE_SCRATCH:
		return 0;
	case BASE_IMAGE:
		stage->base_step = stages_image(p, pub->base, pub->platform, false, place);
		break;
	case BASE_CONTEXT:
		stage->base_step = stages_named_context(p, stages_context(p, pub->base), place);
		break;
	}
	return stage->base_step == BUILD_NONE ? p->err->code : 0;
}

/* A stage that is needed already was looked into, unless triggers came since. */
static int need(struct planner *p, struct stage *stage)
{
	if (stage->pub->needed)
		return 0;
	stage->pub->needed = true;
	if (need_base(p, stage) < 0)
		return p->err->code;
	return each_source(p, stage, need_source, NULL);
}

static int count_source(struct planner *p, struct stage *stage, const struct command *command,
	const char *from, int found, void *arg)
{
	(void)stage;
	(void)command;
	(void)from;
	(void)arg;
	p->sources += found == BUILD_NONE;
	return 0;
}

int stages_need(struct planner *p)
{
	if (check_circles(p) < 0)
		return p->err->code;
	p->sources = 0;
	for (size_t i = 0; i < p->len; i++) {
		p->pub[i].needed = false;
		if (each_source(p, &p->stages[i], count_source, NULL) < 0)
			return p->err->code;
	}
	return need(p, &p->stages[p->plan.target]);
}

/* ---- triggers ---- */

static int read_trigger(
	struct planner *p, struct stage *stage, const char *text, struct command *out)
{
	struct source source = {"ONBUILD", text, strlen(text)};
	struct ast *ast = NULL;
	struct instruction *in;
	struct place ignored;

	if (ast_parse(&source, &ast, &ignored, p->err) < 0) {
		*p->place = stage->pub->place;
		return err_in(
			p->err, "the ONBUILD trigger \"%.100s\" of %.100s", text, stage->pub->base);
	}
	in = arena_get(&p->arena, sizeof(*in));
	if (!in || ast->len != 1) {
		ast_free(ast);
		return refuse_at(
			p, &stage->pub->place, "onbuild trigger should be a single expression");
	}
	*in = ast->v[0];
	in->place = stage->pub->place;
	/* Its words stay with the plan. */
	ast->next = p->ast->next;
	p->ast->next = ast;
	if (in->keyword == KEYWORD_FROM || in->keyword == KEYWORD_ONBUILD ||
		in->keyword == KEYWORD_MAINTAINER)
		return refuse_at(p, &stage->pub->place, "%s isn't allowed as an ONBUILD trigger",
			keyword_upper(in->keyword));
	if (command_read(in, &p->arena, out, p->err) < 0)
		return parse_error(p, in);
	return 0;
}

/* The base's triggers: of an image, what its config says; of a stage, its own ONBUILD lines. */
static void base_triggers(struct planner *p, const struct stage *stage, struct words *out)
{
	const struct stage *base;
	const struct build_config *config;

	if (stage->base_kind == BASE_STAGE) {
		base = &p->stages[stage->pub->from_stage];
		for (size_t i = 0; i < base->len; i++)
			if (base->commands[i].keyword == KEYWORD_ONBUILD)
				words_add(out, &p->arena, base->commands[i].text,
					strlen(base->commands[i].text));
	} else if (stage->base_step != BUILD_NONE) {
		config = p->configs[stage->base_step];
		for (size_t i = 0; config && i < config->on_build.len; i++)
			words_add(out, &p->arena, config->on_build.v[i],
				strlen(config->on_build.v[i]));
	}
}

int stages_trigger(struct planner *p, struct stage *stage)
{
	struct words triggers = {0};
	struct command *commands;

	stage->triggered = true;
	if (!stage->replaced)
		base_triggers(p, stage, &triggers);
	if (!triggers.len)
		return 0;
	commands = arena_get(&p->arena, (triggers.len + stage->len) * sizeof(*commands));
	if (!commands)
		return out_of_memory(p);
	for (size_t i = 0; i < triggers.len; i++)
		if (read_trigger(p, stage, triggers.v[i], &commands[i]) < 0)
			return p->err->code;
	if (stage->len)
		memcpy(commands + triggers.len, stage->commands, stage->len * sizeof(*commands));
	stage->commands = commands;
	stage->len += triggers.len;
	return 0;
}
