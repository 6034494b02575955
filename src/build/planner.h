/* planner.h - a plan in the making: what plan.c (the order of things), stages.c (which stages),
 * plan_args.c (variables), plan_config.c, plan_run.c and plan_copy.c (instructions) share. */
#ifndef BUILD_PLANNER_H
#define BUILD_PLANNER_H

#include "build/command.h"
#include "build/lint.h"
#include "build/plan.h"

/* What no Dockerfile of good will comes near. */
enum {
	STAGES_MAX = 4096,
	STEPS_MAX = 10000,
	PAIRS_MAX = 10000, /* variables, labels, volumes of an image */
	PLAN_MAX = 128 << 20,
	CONFIGS_MAX = 256 << 20,
};

enum base_kind { BASE_SCRATCH, BASE_STAGE, BASE_IMAGE, BASE_CONTEXT };

/* An ARG of a stage, as histories tell it. */
struct stage_arg {
	const char *name, *value; /* NULL: it has none */
	const struct command *command;
	bool inherited; /* from a global one */
};

struct stage {
	struct build_stage *pub; /* this stage as the plan shows it */
	int index;
	const struct command *from;
	struct command *commands; /* triggers first, once the base is known */
	size_t len;
	enum base_kind base_kind;
	int base_step;  /* IMAGE and CONTEXT, when needed */
	bool triggered; /* its base's ONBUILD instructions are among the commands */
	bool unknown;   /* nobody knows the config that it began with */
	bool replaced;  /* --build-context has its name: the commands do not count */

	/* While it is planned. */
	bool planned;
	struct strs env; /* what variables mean: ENV and ARG */
	struct stage_arg *args;
	size_t args_len, args_room;
	int tip;       /* the step whose tree the next one changes */
	int at, total; /* "[2/5]" */
	bool cmd_set;
	bool workdir_set;
	const struct command *last_cmd, *last_entrypoint, *last_health;
};

/* A step with what only planning needs. */
struct planner {
	struct build_plan plan; /* first: the plan is given out as this */
	const struct build_plan_options *options;
	struct arena arena;
	struct ast *ast;
	struct lint lint;
	struct build_step *steps;
	size_t steps_room;
	struct build_stage *pub;
	struct stage *stages;
	size_t len;
	const struct command *commands; /* of the whole file */
	size_t globals_read;            /* so many stand before the first FROM */
	int sources;          /* --from and mount from that are no stage: they count for titles */
	struct strs globals;  /* predefined, and ARG before the first FROM */
	struct strs defaults; /* the same without --build-arg */
	bool *arg_used;       /* per options->build_args */
	struct build_config **configs; /* per step; NULL: not given */
	size_t configs_len;
	bool *given;
	bool alone;          /* keys are made without those of inputs */
	size_t copied;       /* bytes of configs, from stage to stage */
	struct place *place; /* of the mistake */
	struct err *err;
};

const char *keep_text(struct planner *p, const struct buf *text); /* on the arena */
int out_of_memory(struct planner *p);
int refuse_at(struct planner *p, const struct place *place, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

int check_size(struct planner *p, const struct place *place); /* -EFBIG */
int check_pairs(struct planner *p, const struct place *place, const struct strs *list);

/* Appends a step and returns its index; BUILD_NONE: out of memory. */
int add_step(struct planner *p, enum build_step_kind kind, int stage, const struct place *place);
/* Sets inputs (those that are BUILD_NONE left out, each once). */
void set_inputs(struct planner *p, int step, const int *inputs, size_t len);
/* Computes the step's key once all of it is set. */
void set_key(struct planner *p, int step);
/* "[build 2/5] ": counts on. */
const char *step_title(struct planner *p, struct stage *stage, const char *text);
/* The instruction's line with variables in it told, its name upper-case. */
const char *line_title(struct planner *p, struct stage *stage, const struct command *command);

/* ---- stages.c ---- */

/* Reads the stages and what they stand on; marks those that the target needs. */
int stages_read(struct planner *p);
/* Again, after triggers brought more. Image and context steps are made for what is needed. */
int stages_need(struct planner *p);
/* The stage that `--from` means; BUILD_NONE: none. -EINVAL for a number that is none's. */
int stages_find_source(
	struct planner *p, const struct command *command, const char *from, int *out);
int stages_find(const struct planner *p, const char *name); /* by name only */
/* Commands out of the base's ONBUILD triggers; the base is known. */
int stages_trigger(struct planner *p, struct stage *stage);
/* Whether --build-context has this name, for an image or a stage; NULL: not. */
const char *stages_context(const struct planner *p, const char *name);
/* The step of that image or named context, made on first use. */
int stages_image(struct planner *p, const char *reference, const char *platform, bool content_only,
	const struct place *place);
int stages_named_context(struct planner *p, const char *name, const struct place *place);
int stages_main_context(struct planner *p);

/* ---- plan_args.c ---- */

int args_globals(struct planner *p, const struct command *commands, size_t len);
/* Global ARGs in a word of FROM; *out on the arena. */
int args_from(struct planner *p, const struct command *from, const char *word, const char **out);
int args_expand(struct planner *p, struct stage *stage, const struct command *command,
	const char *word, const char **out);
/* Split at blanks, as EXPOSE is. */
int args_expand_words(struct planner *p, struct stage *stage, const struct command *command,
	const char *word, struct words *out);
/* Only variables: quotes are text. A heredoc's body. */
int args_expand_text(struct planner *p, struct stage *stage, const struct command *command,
	struct piece text, const char **out, size_t *len);
void args_set(struct planner *p, struct strs *list, const char *name, const char *value);
int args_arg(struct planner *p, struct stage *stage, const struct command *command);
void args_remember(struct planner *p, struct stage *stage, const struct stage_arg *arg);
/* The global argument that a word of FROM nearly names, as " (did you mean X?)"; "" else. */
const char *args_meant(struct planner *p, const char *word);
/* What is said of --build-args that nothing used. */
void args_report(struct planner *p);
const char *args_build_arg(
	struct planner *p, const char *name); /* NULL: not given; marks it used */
void args_proxies(struct planner *p, const struct stage *stage, struct words *out);
void args_check_secret(struct planner *p, const struct command *command, const char *name);

/* ---- an instruction each ---- */

int plan_config_command(struct planner *p, struct stage *stage, const struct command *command);
int plan_run(struct planner *p, struct stage *stage, const struct command *command);
int plan_copy(struct planner *p, struct stage *stage, const struct command *command);
/* With the shell of the stage before it, or as it is. */
int with_shell(struct planner *p, struct stage *stage, const struct command *command,
	const struct words *words, struct words *out);

/* ---- plan_lint.c ---- */

void lint_file(struct planner *p); /* what the text alone shows */
void lint_stages(struct planner *p);

#endif
