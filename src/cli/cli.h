/* cli.h - the command line: argv → a row of the table of commands → its function → an exit code.
 *
 * One file per command, cmd_NAME.c: its options, its row and its function. The row gives the
 * grammar, from which reading, --help and completion follow; the function sees values and operands.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/args.h"
#include "cli/output.h"
#include "core/engine.h"

enum {
	EXIT_TROUBLE = 125, /* docker's code for what failed before a container's own process ran */
	NAMES_MAX = 5,
};

struct cli;

struct command {
	/* "images", "image ls", "image list": each works; the first is what messages say. */
	const char *names[NAMES_MAX];
	const char *usage;   /* "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
	const char *summary; /* NULL: not listed in help */
	struct syntax syntax;
	int least, most; /* operands; most -1: any number */
	size_t values_size;
	const void *defaults; /* of values_size bytes; NULL: zeroes */
	bool is_outside;      /* of an ordinary user's namespaces: it needs no store */
	/* Prints what the command prints and returns the exit code. */
	int (*run)(struct cli *cli, void *values, const struct operands *operands);
};

extern const struct command *const commands[]; /* ends with NULL */

struct cli {
	const struct command *command;
	const char *spelling; /* the name it was called by */
	const char *root, *run_root;
	bool debug, version, read_only;
	bool mouse, plain, slow; /* of the screen */
	int (*screen)(const struct engine_options *options);
	uv_loop_t loop;
	bool has_loop;
	struct engine *engine; /* after cli_open */
	/* Whose process this is: all progress is told in JSON, and its end is written last. */
	struct job_own *job;
	struct output out;
	/* For the record of what was done (action.h): */
	uint64_t began_ns;
	struct strs words; /* as typed, without davit and its own options */
	struct operands operands;
	char about[65], about_name[136]; /* whom it made: its operands do not say; "" */
	struct buf undo;                 /* what takes it back, where the command knows */
	uint64_t undoes;                 /* with undoes_one: the action that it took back */
	bool undoes_one;
};

/* The whole command line; screen is what runs where no command is named. */
int cli_main(int argc, char **argv, int (*screen)(const struct engine_options *options));

/* For a command that is_outside and goes in after all: before cli_open, and while there is one
 * thread. A failure was told. */
bool cli_enter(const struct cli *cli);
/* Opens the engine for this command; a failure was told. Reading and single operations are done on
 * the loop's own thread. */
bool cli_open(struct cli *cli);
/* The command that argv begins with, as if it had been typed. */
int cli_dispatch(struct cli *cli, int argc, char **argv);
/* "davit: sentence" on standard error. */
void cli_tell(const struct err *err);
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The last of these sentences, or "". */
const char *cli_last_said(void);
/* cli_tell for a command that ends with it; returns code. */
int cli_fail(const struct err *err, int code);
/* "davit: sentence" and where to read on; the exit code of a command that was called wrongly. */
int cli_misused(const struct cli *cli, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- offer.c ---- */

/* Once a boot: what restart policies would start, and how. On standard error. */
void offer_boot(struct engine *engine);

/* ---- help.c ---- */

void help_command(const struct command *command, const char *spelling, struct buf *out);
void help_group(const char *group, struct buf *out);
void help_all(struct buf *out);
bool help_has_group(const char *group);
extern const struct option global_options[];

/* ---- lookup.c ---- */

/* Finds the command argv begins with; *used words belong to its name. NULL: there is none. */
const struct command *command_find(int argc, char **argv, int *used, const char **spelling);
/* The name nearest to what was typed, or NULL. */
const char *command_guess(const char *typed);
/* A word of docker's that davit does not know yet: a guess would mislead. */
bool command_comes_later(const char *word);

/* ---- completion.c ---- */

void completion_bash(struct buf *out);

#endif
